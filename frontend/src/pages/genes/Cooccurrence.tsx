/** Which genes go together and which exclude one another. */

import type { Row } from "../../api";
import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import { useApi } from "../../hooks";
import type { Route } from "../../router";
import type { CooccurrenceAnswer } from "./types";

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
      spec={data.picture}
      fill
      alt="Odds ratio of every pair of genes; the table holds the numbers"
      rows={ordered.map((each): Row => ({ ...each }))}
      about={{ ...data, sentences: [...(data.sentences ?? []), "Colours are odds ratios with half a patient added to each count; the table's are without."] }}
      busy={loading}
      wide
    />
  );
}
