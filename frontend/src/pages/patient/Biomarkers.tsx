/** A pair's biomarkers: value, status, and where the patient stands in the cohort. */

import type { Scalar } from "../../api";
import { count, label, number } from "../../words";
import type { Measured } from "./types";

export function Biomarkers({ measured }: { measured: Measured[] }) {
  const groups = Map.groupBy(measured, (each) => each.group);
  const notes = [...new Map(measured.flatMap((each) => each.flags.map((flag, index) => [flag, each.sentences[index] ?? flag] as const)))];
  const marks = new Map(notes.map(([flag], index) => [flag, String.fromCharCode(97 + (index % 26))]));
  return (
    <>
      <div class="measured">
        {[...groups].map(([group, each]) => (
          <Group key={group} name={group} measured={each} marks={marks} />
        ))}
      </div>
      {notes.length > 0 && (
        <ul class="flag-notes">
          {notes.map(([flag, sentence]) => (
            <li key={flag}>
              <sup>{marks.get(flag)}</sup> {sentence}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

type Marks = Map<string, string>;
const lacks = (each: Measured): boolean => each.status !== "ok" && each.value === null;

function Group({ name, measured, marks }: { name: string; measured: Measured[]; marks: Marks }) {
  const lacking = Map.groupBy(measured.filter(lacks), (each) => `${label(each.status ?? "unknown")}: ${each.reason}`);
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
          {measured
            .filter((each) => !lacks(each))
            .map((each) => (
              <Line key={each.name} each={each} marks={marks} />
            ))}
        </tbody>
      </table>
      {[...lacking].map(([reason, each]) => (
        <p key={reason} class="lacking">
          {each.map(({ name: column }) => label(column)).join(", ")}. {reason}
        </p>
      ))}
    </section>
  );
}

function Line({ each, marks }: { each: Measured; marks: Marks }) {
  return (
    <tr>
      <th scope="row" title={`${each.doc} (definition ${each.definition_id})`}>
        {label(each.name)}
        {each.flags.length > 0 && <sup title={each.sentences.join("\n")}>{each.flags.map((flag) => marks.get(flag)).join(" ")}</sup>}
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
