/** The cohort's filter: a list of conditions, all of which a patient meets. Its JSON is what the API reads. */

import type { Scalar } from "./api";

export interface Condition {
  /** Column, or `gene:SYMBOL`. */
  c: string;
  in?: Scalar[];
  ge?: number;
  le?: number;
}
export type Filter = Condition[];

export const condition = (filter: Filter, column: string): Condition | undefined =>
  filter.find((each) => each.c === column);

/** The filter with this column's condition replaced, or dropped where the new one asks nothing. */
export function withCondition(filter: Filter, column: string, next: Omit<Condition, "c"> | null): Filter {
  const asks = next && ((next.in?.length ?? 0) > 0 || next.ge !== undefined || next.le !== undefined);
  const at = filter.findIndex((each) => each.c === column);
  const others = filter.filter((each) => each.c !== column);
  if (!asks) return others;
  const made: Condition = { c: column, ...next };
  return at < 0 ? [...others, made] : filter.map((each, index) => (index === at ? made : each));
}

/** The filter with one level of a column switched on or off. */
export function toggled(filter: Filter, column: string, level: Scalar): Filter {
  const chosen = condition(filter, column)?.in ?? [];
  const next = chosen.includes(level) ? chosen.filter((each) => each !== level) : [...chosen, level];
  return withCondition(filter, column, { in: next });
}

/** The filter of a static site, which holds one level at a time: this one, or none where it was chosen. */
export const switched = (filter: Filter, column: string, level: Scalar): Filter =>
  condition(filter, column)?.in?.includes(level) ? [] : [{ c: column, in: [level] }];

/** A filter read from a shared address; null where the text is none, so that nobody takes all patients for the chosen. */
export function readFilter(text: string | undefined): Filter | null {
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every(isCondition) ? parsed : null;
  } catch {
    return null;
  }
}

function isCondition(value: unknown): value is Condition {
  const each = value as Condition;
  if (typeof each !== "object" || each === null || typeof each.c !== "string") return false;
  const bounds = [each.ge, each.le].filter((bound) => bound !== undefined);
  const levels = each.in === undefined || Array.isArray(each.in);
  return levels && bounds.every(isBound) && (each.in !== undefined || bounds.length > 0);
}

const isBound = (bound: unknown): boolean => typeof bound === "number" || typeof bound === "string";
