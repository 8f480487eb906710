/** A plain table of a chart's numbers. Long ones show their beginning and say so; the CSV holds all. */

import type { Row, Scalar } from "../api";
import { count, label, number } from "../words";

const SHOWN = 200;

interface Props {
  rows: Row[];
  columns?: string[];
  caption: string;
}

export function Table({ rows, columns = Object.keys(rows[0] ?? {}), caption }: Props) {
  const numeric = new Set(columns.filter((name) => rows.every((row) => isNumber(row[name]))));
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" class={numeric.has(name) ? "number" : undefined}>
                {label(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, index) => (
            <tr key={index}>
              {columns.map((name) => (
                <td key={name} class={numeric.has(name) ? "number" : undefined}>
                  {cell(row[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && (
        <p class="note">
          The first {count(SHOWN)} of {count(rows.length)} rows; the CSV file holds all.
        </p>
      )}
    </div>
  );
}

const isNumber = (value: Scalar | undefined): boolean =>
  value === null || value === undefined || typeof value === "number";

const cell = (value: Scalar | undefined): string =>
  typeof value === "number" ? number(value, 4) : value === null || value === undefined ? "–" : String(value);
