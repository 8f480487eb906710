/** A pair's biomarkers: value, status, and where the patient stands in the cohort. */

import type { Scalar } from "../../api";
import { count, label, number } from "../../words";
import type { Measured } from "./types";

export function Biomarkers({ measured }: { measured: Measured[] }) {
  const groups = Map.groupBy(measured, (each) => each.group);
  return (
    <div class="measured">
      {[...groups].map(([group, each]) => (
        <Group key={group} name={group} measured={each} />
      ))}
    </div>
  );
}

function Group({ name, measured }: { name: string; measured: Measured[] }) {
  return (
    <section class="measured-group" aria-label={name}>
      <table>
        <caption>{name}</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Biomarker</th>
            <th scope="col">Value</th>
            <th scope="col">Percentile in the cohort</th>
          </tr>
        </thead>
        <tbody>
          {measured.map((each) => (
            <Line key={each.name} each={each} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ each }: { each: Measured }) {
  if (each.status !== "ok" && each.value === null)
    return (
      <tr class="lacking">
        <th scope="row" title={each.doc}>
          {label(each.name)}
        </th>
        <td colSpan={2}>
          {label(each.status ?? "unknown")}: {each.reason}
        </td>
      </tr>
    );
  return (
    <tr>
      <th scope="row" title={`${each.doc} (definition ${each.definition_id})`}>
        {label(each.name)}
        {each.flags.length > 0 && (
          <span class="badge exploratory" title={each.sentences.join("\n")}>
            {each.flags.map(label).join(", ")}
          </span>
        )}
      </th>
      <td class="number">
        {told(each.value)}
        {each.unit && each.unit !== "fraction" && <span class="muted"> {each.unit}</span>}
      </td>
      <td>{typeof each.percentile === "number" && <Percentile value={each.percentile} n={each.n_known ?? 0} />}</td>
    </tr>
  );
}

const told = (value: Scalar): string =>
  typeof value === "number" ? number(value) : value === true ? "yes" : value === false ? "no" : String(value ?? "–");

function Percentile({ value, n }: { value: number; n: number }) {
  const text = `percentile ${Math.round(value)} of ${count(n)} patients`;
  return (
    <span class="percentile" title={text}>
      <svg viewBox="0 0 100 12" width="86" height="12" role="img" aria-label={text}>
        <rect x="0" y="4.5" width="100" height="3" rx="1.5" fill="#dfe5ea" />
        <rect x="25" y="4.5" width="50" height="3" fill="#b7c4cf" />
        <circle cx={Math.min(Math.max(value, 4), 96)} cy="6" r="4.6" fill="#0072B2" />
      </svg>
      <span aria-hidden="true">{Math.round(value)}</span>
    </span>
  );
}
