/**
 * What is altered in whom: the server's picture, with what the pointer and the keyboard do on it. The picture tells
 * where its rows and columns lie.
 */

import { useMemo, useRef } from "preact/hooks";
import { Chart, type Drawn } from "../../components/Chart";
import { go, href, type Route } from "../../router";
import { hideTip, showTip } from "../../tip";
import { count, label, number } from "../../words";
import type { Layout, Oncoprint as Print } from "./types";

/** Pixels around the plot. */
const PADDING = 5;
/** How far a picture is drawn larger than it is. */
const MOST = 1.2;

interface Props {
  print: Print;
  gene: string;
  route: Route;
  onDrawn: (drawn: Drawn | null) => void;
}

export function Oncoprint({ print, gene, route, onDrawn }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const layout = print.picture?.usermeta.oncoprint;
  const order = useMemo(() => (layout?.order ?? "").split(",").map(Number), [layout?.order]);
  if (!print.picture || !layout) return null;
  const [width, height] = [layout.width + 2 * PADDING, layout.height + 2 * PADDING];
  const where = (event: MouseEvent): [number | undefined, number] => {
    const box = place.current!.getBoundingClientRect();
    const scale = box.width / width;
    const x = (event.clientX - box.left) / scale - PADDING - layout.left;
    return [x < 0 ? undefined : order[Math.floor(x / layout.step)], (event.clientY - box.top) / scale - PADDING];
  };
  const point = (event: MouseEvent) => {
    const [patient, y] = where(event);
    const told = patient === undefined ? null : tipOf(print, layout, patient, y);
    if (told) showTip(event, told);
    else hideTip();
  };
  const open = (event: MouseEvent) => {
    const [patient, y] = where(event);
    if (patient === undefined || y > bottom(print, layout) || (event.target as Element).closest("a")) return;
    hideTip();
    go(href("patient", { part: print.patients[patient]!, filter: route.filter }));
  };
  return (
    <div ref={place} class="oncoprint" style={{ maxWidth: `${width * MOST}px` }} onMouseMove={point} onMouseLeave={hideTip} onClick={open}>
      <Chart
        spec={print.picture}
        alt={`Alterations of ${print.genes.length} genes in ${count(print.n)} patients; the table below holds the numbers`}
        onDrawn={onDrawn}
      />
      {print.genes.map((row, index) => (
        <a
          key={row.gene}
          href={href("genes", { ...route, choices: { ...route.choices, gene: row.gene } })}
          aria-label={`${row.gene}: show its mutations`}
          aria-current={row.gene === gene ? "true" : undefined}
          style={{
            top: `${(100 * (PADDING + layout.top + index * layout.row - 2)) / height}%`,
            height: `${(100 * layout.row) / height}%`,
            width: `${(100 * (PADDING + layout.left - 4)) / width}%`,
          }}
        >
          <span class="visually-hidden">{row.gene}</span>
        </a>
      ))}
    </div>
  );
}

const bottom = (print: Print, { top, row }: Layout): number => top + print.genes.length * row;

function tipOf(print: Print, { top, row: high, track }: Layout, patient: number, y: number): Record<string, unknown> | null {
  const named = { Patient: print.patients[patient] };
  const column = print.tracks[Math.floor(y / track)];
  if (y < top && column) return { ...named, [label(column.name)]: shown(column.values[patient]) };
  const row = print.genes[Math.floor((y - top) / high)];
  if (!row) return y < top ? named : null;
  const at = row.at.indexOf(patient);
  const kinds = print.kinds.filter((_, index) => at >= 0 && (row.bits[at]! & (1 << index)) !== 0);
  const words = kinds.map(kindName).join(", ");
  return { ...named, [row.gene]: row.unknown.includes(patient) ? "not evaluable" : words || "no alteration" };
}

const NAMES: Record<string, string> = { loh: "LOH", other: "Other change", hotspot: "Hot-spot" };

/** A kind of alteration as the picture calls it. */
export const kindName = (kind: string): string => NAMES[kind] ?? label(kind);

const shown = (value: unknown): string =>
  typeof value === "number" ? number(value) : value === null || value === undefined ? "unknown" : String(value);
