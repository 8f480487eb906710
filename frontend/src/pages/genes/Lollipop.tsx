/** Mutations of one gene along its protein. */

import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import type { ChartSpec } from "../../components/Chart";
import type { Row } from "../../api";
import { useApi } from "../../hooks";
import type { Route } from "../../router";
import { GREEN, GREY, INK, VERMILLION } from "../../theme";
import { count, patients, percent } from "../../words";
import type { LollipopAnswer, Mutation } from "./types";

const LABELLED = 8;

export function Lollipop({ gene, route }: { gene: string; route: Route }) {
  const { data, error, loading } = useApi<LollipopAnswer>("/api/lollipop", { gene, f: route.filter });
  if (error) return <Fault error={error} />;
  if (!data) return null;
  const rows: Row[] = [...data.positions, ...data.unplaced].map(({ change, consequence, position, n }) => ({
    change,
    consequence: consequence.replace(/_/g, " "),
    residue: position,
    patients: n,
  }));
  const off = data.unplaced.reduce((sum, each) => sum + each.n, 0);
  const sentences = [
    ...(data.sentences ?? []),
    ...(data.length === null && data.positions.length > 0
      ? ["The cohort does not hold the protein's length: the axis ends at the last mutation seen."]
      : []),
    ...(off > 0 ? [`${off} without a residue (splice sites and the like) are in the table only.`] : []),
  ];
  return (
    <Figure
      title={`Mutations of ${data.gene}`}
      lead={
        <>
          <b>{count(data.n_mutated)}</b> of {patients(data.n_patient)} ({percent(data.n_mutated, data.n_patient)}) have a
          mutation that changes the protein
        </>
      }
      spec={data.positions.length > 0 ? lollipopSpec(data) : null}
      alt={`Patients by residue of ${data.gene}`}
      rows={rows}
      about={{ n: data.n_patient, method: "passing somatic calls of the baseline pair, a patient counted once a change", ...data, sentences }}
      busy={loading}
      wide
    />
  );
}

/** `140TYG…*>140IGN…*` → `T140fs`, `153C>153*` → `C153*`: what fits above a stem; the table holds the change whole. */
function shortName({ change, consequence, position }: Mutation): string {
  const name = change.replace(/^p\./, "");
  const [before, after] = name.split(">").map((side) => side.replace(/^\d+/, ""));
  if (after === undefined) return name.length > 12 ? `${name.slice(0, 11)}…` : name;
  if (consequence.includes("frameshift")) return `${before?.[0] ?? ""}${position}fs`;
  return before!.length + after.length > 8 ? `${before![0]}${position}…` : `${before}${position}${after}`;
}

/** One stem a residue and kind; the tallest carry their names. */
export function lollipopSpec(data: LollipopAnswer): ChartSpec {
  const end = data.length ?? Math.max(...data.positions.map((each) => each.position ?? 0)) * 1.04;
  const named = new Set([...data.positions].sort((a, b) => b.n - a.n).slice(0, LABELLED));
  const values = data.positions.map((each: Mutation) => ({ ...each, label: named.has(each) ? shortName(each) : "" }));
  const x = { field: "position", type: "quantitative", title: "residue", scale: { domain: [0, end], nice: false }, axis: { tickMinStep: 1 } };
  const y = { field: "n", type: "quantitative", title: "patients", scale: { domainMin: 0 }, axis: { tickMinStep: 1, tickCount: 4 } };
  const colour = {
    field: "kind",
    type: "nominal",
    title: null,
    scale: { domain: ["truncating", "missense", "other"], range: [INK, VERMILLION, GREEN] },
    legend: { orient: "top" },
  };
  return {
    width: "container",
    height: 210,
    data: { values },
    layer: [
      { mark: { type: "rule", color: GREY }, encoding: { x, y, y2: { datum: 0 } } },
      ...(data.domains.length > 0
        ? [
            {
              data: { values: data.domains },
              mark: { type: "rect", height: 10, yOffset: 5, color: "#b9d7e8", tooltip: true },
              encoding: { x: { field: "start", type: "quantitative" }, x2: { field: "end" }, y: { datum: 0 } },
            },
          ]
        : []),
      {
        mark: { type: "circle", size: 120, opacity: 1 },
        encoding: {
          x,
          y,
          color: colour,
          tooltip: [
            { field: "change", title: "change" },
            { field: "consequence", title: "consequence" },
            { field: "n", title: "patients" },
          ],
        },
      },
      {
        mark: { type: "text", dy: -12, fontSize: 11.5, color: INK },
        encoding: { x, y, text: { field: "label" } },
      },
    ],
  };
}
