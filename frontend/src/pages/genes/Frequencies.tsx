/** How often each gene is altered: the oncoprint of a site that holds no single patients. */

import { choose, type Route } from "../../router";
import type { Oncoprint as Print } from "./types";
import { count, percent } from "../../words";

interface Props {
  print: Print;
  gene: string;
  route: Route;
}

export function Frequencies({ print, gene, route }: Props) {
  const top = Math.max(...print.genes.map((row) => row.n_altered ?? 0), 1);
  return (
    <ul class="bars frequencies" aria-label="Patients with an alteration">
      {print.genes.map((row) => (
        <li key={row.gene}>
          <button
            type="button"
            class="bar"
            aria-pressed={row.gene === gene}
            title={`${count(row.n_altered)} of ${count(row.n_known)}; show its mutations`}
            onClick={() => choose(route, { gene: row.gene })}
          >
            <span class="bar-name">{row.gene}</span>
            <span class="bar-track" aria-hidden="true">
              <span class="bar-fill" style={{ width: `${(100 * (row.n_altered ?? 0)) / top}%` }} />
            </span>
            <span class="bar-n">
              {count(row.n_altered)} <span class="muted">{row.n_altered !== null && percent(row.n_altered, row.n_known)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
