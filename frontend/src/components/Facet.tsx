/** One column of the cohort as a small chart that is also its filter. */

import type { Scalar } from "../api";
import { condition, switched, toggled, withCondition } from "../filter";
import { refilter, type Route } from "../router";
import type { Bin, Column, Site } from "../types";
import { label } from "../words";
import { Bars } from "./Bars";
import { Histogram } from "./Histogram";

interface Props {
  column: Column;
  bins: Bin[] | undefined;
  route: Route;
  site?: Site;
  onClose?: () => void;
}

export function Facet({ column, bins, route, site, onClose }: Props) {
  const chosen = condition(route.filter, column.name);
  const set = (next: { in?: Scalar[]; ge?: number; le?: number } | null, replace = false) =>
    refilter(route, withCondition(route.filter, column.name, next), replace);
  const name = label(column.name);
  return (
    <section class={`card facet${chosen ? " chosen" : ""}`} aria-label={name}>
      <header class="facet-head">
        <h3 title={column.doc}>
          {name}
          {column.unit && !name.endsWith(` ${column.unit}`) && <span class="unit"> {column.unit}</span>}
        </h3>
        {chosen && (
          <button type="button" class="quiet" aria-label={`Clear ${name}`} onClick={() => set(null)}>
            Clear
          </button>
        )}
        {onClose && !chosen && (
          <button type="button" class="quiet" aria-label={`Close ${name}`} onClick={onClose}>
            <span aria-hidden="true">×</span>
          </button>
        )}
      </header>
      {!bins ? (
        <p class="note">…</p>
      ) : bins.some((each) => each.bin) ? (
        <Histogram column={column} bins={bins} chosen={chosen} onRange={site ? undefined : set} />
      ) : (
        <Bars
          name={name}
          bins={bins}
          chosen={chosen?.in ?? []}
          can={site && ((level) => site.filters[column.name]?.includes(level) ?? false)}
          onToggle={(level) => refilter(route, (site ? switched : toggled)(route.filter, column.name, level))}
        />
      )}
    </section>
  );
}
