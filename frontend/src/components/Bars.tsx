/** A bar for each level, each a button: the patients under the filter in front of all patients. */

import { useState } from "preact/hooks";
import type { Scalar } from "../api";
import type { Bin } from "../types";
import { count, number } from "../words";

const FEW = 6;

interface Props {
  name: string;
  bins: Bin[];
  chosen: Scalar[];
  onToggle: (level: Scalar) => void;
  /** Whether a level can be chosen; by default every one. */
  can?: (level: Scalar) => boolean;
  /** What a level is called; by default the level itself. */
  say?: (level: Scalar) => string;
}

export function Bars({ name, bins, chosen, onToggle, can = () => true, say = levelName }: Props) {
  const [more, setMore] = useState(false);
  const shown = more || bins.length <= FEW + 1 ? bins : bins.slice(0, FEW);
  const top = Math.max(...bins.map((each) => each.n_all ?? 0), 1);
  return (
    <>
      <ul class="bars" aria-label={name}>
        {shown.map((each) => {
          const level = each.value ?? null;
          const on = chosen.includes(level);
          return (
            <li key={String(level)}>
              <button
                type="button"
                class={`bar${chosen.length > 0 && !on ? " off" : ""}`}
                aria-pressed={on}
                disabled={!can(level)}
                onClick={() => onToggle(level)}
              >
                <span class="bar-name" title={say(level)}>
                  {say(level)}
                </span>
                <span class="bar-track" aria-hidden="true">
                  <span class="bar-all" style={{ width: `${(100 * (each.n_all ?? 0)) / top}%` }} />
                  <span
                    class={`bar-fill${level === null ? " none" : ""}`}
                    style={{ width: `${(100 * (each.n ?? 0)) / top}%` }}
                  />
                </span>
                <span class="bar-n" data-n={each.n}>
                  {count(each.n)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {shown.length < bins.length && (
        <button type="button" class="quiet more" onClick={() => setMore(true)}>
          {bins.length - shown.length} more
        </button>
      )}
    </>
  );
}

export function levelName(level: Scalar): string {
  if (level === null) return "unknown";
  if (typeof level === "number" && !Number.isInteger(level)) return number(level, 4);
  return level === true ? "yes" : level === false ? "no" : String(level).replace(/_/g, " ");
}
