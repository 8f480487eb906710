/** Files made in the page: no server, no outside address. */

import type { Row, Scalar } from "./api";

/** As in serve/answers.py: also behind white space that a spreadsheet may drop. */
const FORMULA = /^(?:[\t\r\n]|[\s\ufeff\u200b"]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** A cell of a CSV file. Text a spreadsheet would run as a formula is led by an apostrophe. */
export function csvCell(value: Scalar | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csv(rows: readonly Row[], names: readonly string[] = Object.keys(rows[0] ?? {})): string {
  const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(","));
  return [names.map((name) => csvCell(name)).join(","), ...lines, ""].join("\r\n");
}

export function save(content: Blob | string, name: string, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type: `${type};charset=utf-8` }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A file name from a chart's title. */
export const fileName = (title: string, ending: string): string =>
  `${title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "")}.${ending}`;
