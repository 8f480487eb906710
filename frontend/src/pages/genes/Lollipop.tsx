/** Mutations of one gene along its protein. */

import { Fault } from "../../components/Fault";
import { Figure } from "../../components/Figure";
import type { Row } from "../../api";
import { useApi } from "../../hooks";
import type { Route } from "../../router";
import { count, patients, percent } from "../../words";
import type { LollipopAnswer } from "./types";

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
      spec={data.picture}
      fill
      alt={`Patients by residue of ${data.gene}`}
      rows={rows}
      about={{ n: data.n_patient, method: "passing somatic calls of the baseline pair, a patient counted once a change", ...data, sentences }}
      busy={loading}
      wide
    />
  );
}
