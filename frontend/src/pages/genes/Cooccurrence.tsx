/** Which genes go together and which exclude one another. */

import type { Row } from "../../api";
import type { ChartSpec } from "../../components/Chart";
import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import { useApi } from "../../hooks";
import type { Route } from "../../router";
import { BLUE, INK, VERMILLION } from "../../theme";
import type { CooccurrenceAnswer, GenePair } from "./types";

const LIMIT = 4;

export function Cooccurrence({ genes, route }: { genes: string[]; route: Route }) {
  const { data, error, loading } = useApi<CooccurrenceAnswer>("/api/cooccurrence", { genes, f: route.filter });
  if (error) return <Fault error={error} />;
  const pairs = data?.pairs.filter((each) => each.p_value !== null) ?? [];
  if (!data || pairs.length === 0) return null;
  const found = pairs.filter((each) => (each.q_value ?? 1) < 0.05).length;
  const ordered = [...data.pairs].sort((a, b) => (a.p_value ?? 2) - (b.p_value ?? 2));
  return (
    <Figure
      title="Together or apart"
      badge={<span class="badge exploratory">exploratory</span>}
      lead={
        <>
          <b>{found}</b> of {pairs.length} pairs of genes with q below 0.05 (marked)
        </>
      }
      spec={matrixSpec(pairs, genes)}
      alt="Odds ratio of every pair of genes; the table holds the numbers"
      rows={ordered.map((each): Row => ({ ...each }))}
      about={{ ...data, sentences: [...(data.sentences ?? []), "Colours are odds ratios with half a patient added to each count; the table's are without."] }}
      busy={loading}
      wide
    />
  );
}

/** The lower triangle of genes: log2 of the odds ratio, cut at 1/16 and 16. The table's odds ratio is without the correction. */
export function matrixSpec(pairs: GenePair[], genes: string[]): ChartSpec {
  const values = pairs.map((each) => ({ ...each, shade: shade(each), mark: (each.q_value ?? 1) < 0.05 ? "●" : "" }));
  const tooltip = ["gene_a", "gene_b", "n_both", "n_a_only", "n_b_only", "n_neither", "odds_ratio", "p_value", "q_value"].map(
    (field) => ({ field, title: field.replace(/_/g, " ") }),
  );
  const size = Math.max(genes.length, 2);
  return {
    width: "container",
    height: Math.min(size * 22, 520),
    data: { values },
    encoding: {
      x: { field: "gene_a", type: "nominal", sort: genes, title: null, axis: { labelAngle: -50, labelFontStyle: "italic", domain: false, ticks: false } },
      y: { field: "gene_b", type: "nominal", sort: genes, title: null, axis: { labelFontStyle: "italic", domain: false, ticks: false } },
    },
    layer: [
      {
        mark: { type: "rect", stroke: "#fff", strokeWidth: 1.5, cornerRadius: 2 },
        encoding: {
          color: {
            field: "shade",
            type: "quantitative",
            title: "log₂ odds ratio",
            scale: { domain: [-LIMIT, 0, LIMIT], range: [VERMILLION, "#f3f4f6", BLUE], interpolate: "rgb" },
            legend: { gradientLength: 160, values: [-4, -2, 0, 2, 4] },
          },
          tooltip,
        },
      },
      { mark: { type: "text", fontSize: 10, color: INK }, encoding: { text: { field: "mark" } } },
    ],
  };
}

/** With half a patient added to each cell, so that an empty cell of a small table does not shout. */
function shade({ n_both, n_a_only, n_b_only, n_neither }: GenePair): number {
  const ratio = ((n_both + 0.5) * (n_neither + 0.5)) / ((n_a_only + 0.5) * (n_b_only + 0.5));
  return Math.max(-LIMIT, Math.min(LIMIT, Math.log2(ratio)));
}
