/** What the cohort is narrowed to, as chips that can be taken away, and how many patients remain. */

import { withCondition, type Condition } from "../filter";
import { refilter, type Route } from "../router";
import type { Cohort, Column, Counts, Site } from "../types";
import { count, label, number, patients, percent } from "../words";

interface Props {
  route: Route;
  cohort: Cohort;
  columns: Column[];
  counts: Counts | null;
}

export function FilterBar({ route, cohort, columns, counts }: Props) {
  const all = cohort.counts.n_patient ?? 0;
  const n = counts?.n_patient ?? null;
  return (
    <div class="filter-bar" role="region" aria-label="Filter">
      <p class="tally" role="status" aria-live="polite">
        <strong data-count="n_patient">{n === null ? "…" : count(n)}</strong> of {patients(all)}
        {n !== null && n < all && <span class="muted"> ({percent(n, all)})</span>}
      </p>
      <ul class="chips" aria-label="Conditions">
        {route.filter.map((each) => (
          <li key={each.c}>
            <button
              type="button"
              class="chip"
              aria-label={`Remove ${sentence(each, columns)}`}
              onClick={() => refilter(route, withCondition(route.filter, each.c, null))}
            >
              {sentence(each, columns)} <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      {route.filter.length > 0 && (
        <button type="button" class="quiet" onClick={() => refilter(route, [])}>
          Clear all
        </button>
      )}
      {cohort.site && <p class="note site">{told(cohort.site)}</p>}
    </div>
  );
}

/** What a static site holds, and what it withholds. */
function told({ filters, min_cell, patients }: Site): string {
  const names = Object.keys(filters).map((name) => label(name).toLowerCase());
  const narrow = names.length > 0 ? ` Narrow it by one level of ${names.join(", ").replace(/, ([^,]*)$/, " or $1")}.` : "";
  const withheld =
    min_cell > 1
      ? ` Counts below ${min_cell}, and any that would tell them, are withheld (–); others are rounded down to a multiple of ${min_cell}, estimates to two digits. The outer bars of a histogram hold everybody beyond.`
      : "";
  return `This copy holds fixed answers${patients ? "" : " and no single patients"}.${narrow}${withheld}`;
}

/** A condition in words: "Arm assigned: a or b", "TMB 5 to 20 per Mb". */
function sentence(each: Condition, columns: Column[]): string {
  const unit = columns.find((column) => column.name === each.c)?.unit;
  const name = label(each.c);
  if (each.in) {
    if (each.c.startsWith("gene:")) return each.in[0] ? name : `${each.c.slice(5)} not mutated`;
    return `${name}: ${each.in.map((level) => String(level ?? "unknown")).join(" or ")}`;
  }
  const tail = unit ? ` ${unit}` : "";
  if (each.ge !== undefined && each.le !== undefined)
    return `${name} ${number(each.ge)} to ${number(each.le)}${tail}`;
  return each.ge !== undefined
    ? `${name} ≥ ${number(each.ge)}${tail}`
    : `${name} ≤ ${number(each.le ?? null)}${tail}`;
}
