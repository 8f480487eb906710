/**
 * What is altered in whom. One path a gene and kind, neighbours joined: a few hundred shapes whether there are
 * 20 or 10,000 patients, and the same picture on screen, in print and as a file.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Drawn } from "../../components/Chart";
import { drawnSvg } from "../../components/picture";
import { go, href, type Route } from "../../router";
import { BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILLION } from "../../theme";
import { hideTip, showTip } from "../../tip";
import { count, label, number, percent } from "../../words";
import { bitsOf, levelsOf, order, runs } from "./order";
import type { Oncoprint as Print, Track } from "./types";

/** How each kind is drawn: copy number fills the cell, a mutation its middle, LOH a line at its foot. */
export const KINDS: Record<string, { name: string; colour: string; top: number; height: number }> = {
  amplification: { name: "Amplification", colour: "#f2a48a", top: 0, height: 1 },
  deep_deletion: { name: "Deep deletion", colour: "#8fc3e6", top: 0, height: 1 },
  loh: { name: "LOH", colour: ORANGE, top: 0.84, height: 0.16 },
  other: { name: "Other change", colour: GREEN, top: 0.3, height: 0.4 },
  hotspot: { name: "Hot-spot", colour: VERMILLION, top: 0.22, height: 0.56 },
  truncating: { name: "Truncating", colour: INK, top: 0.22, height: 0.56 },
};
const LEFT = 118;
const RIGHT = 52;
const ROW = 21;
const CELL = 17;
const TRACK = 15;
const TRACK_CELL = 11;
const GAP = 10;
const UNKNOWN = "#ffffff";
const LEVELS = [BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, "#6b7785", "#8c6d31"];
const RAMP = ["#edf3f8", "#c6dcec", "#90bfdd", "#4f9ac9", "#1c6fa8", "#0b4a75"];

interface Props {
  print: Print;
  sort: string;
  gene: string;
  route: Route;
  onDrawn: (drawn: Drawn | null) => void;
}

export function Oncoprint({ print, sort, gene, route, onDrawn }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const picture = useRef<SVGSVGElement>(null);
  const width = useWidth(place);
  const patients = useMemo(() => order(print, sort), [print, sort]);
  useEffect(() => onDrawn(picture.current ? drawnSvg(picture.current) : null));
  const step = Math.min((width - LEFT - RIGHT) / Math.max(print.n, 1), 26);
  const top = print.tracks.length * TRACK + (print.tracks.length ? GAP : 0);
  const height = top + print.genes.length * ROW + 4;
  const where = (event: MouseEvent): [number, number] => {
    const box = picture.current!.getBoundingClientRect();
    const scale = box.width / width;
    return [
      Math.floor(((event.clientX - box.left) / scale - LEFT) / step),
      (event.clientY - box.top) / scale,
    ];
  };
  const point = (event: MouseEvent) => {
    const [column, y] = where(event);
    if (column < 0 || column >= print.n) return hideTip();
    showTip(event, tipOf(print, patients[column]!, y, top));
  };
  const open = (event: MouseEvent) => {
    const [column] = where(event);
    if (column < 0 || column >= print.n || (event.target as Element).closest("a")) return;
    hideTip();
    go(href("patient", { part: print.patients[patients[column]!]!, filter: route.filter }));
  };
  return (
    <div ref={place} class="oncoprint">
      {width > 0 && (
        <svg
          ref={picture}
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="group"
          aria-label={`Alterations of ${print.genes.length} genes in ${count(print.n)} patients; the table below holds the numbers`}
          onMouseMove={point}
          onMouseLeave={hideTip}
          onClick={open}
        >
          {print.tracks.map((track, index) => (
            <TrackRow key={track.name} track={track} y={index * TRACK} step={step} patients={patients} />
          ))}
          {print.genes.map((row, index) => {
            const y = top + index * ROW;
            const bits = bitsOf(row, print.n);
            const unknown = new Set(row.unknown);
            const chosen = row.gene === gene;
            return (
              <g key={row.gene}>
                <a href={href("genes", { ...route, choices: { ...route.choices, gene: row.gene } })} aria-label={`${row.gene}: show its mutations`}>
                  <text x={LEFT - 10} y={y + CELL - 4.5} text-anchor="end" font-size="12.5" font-style="italic" font-weight={chosen ? 700 : 450} fill={chosen ? BLUE : INK}>
                    {row.gene}
                  </text>
                </a>
                <g aria-hidden="true">
                  <path d={cells(runs(print.n, (at) => !unknown.has(patients[at]!)), step, y, CELL)} fill="#e9edf1" />
                  {print.kinds.length > 0 &&
                    Object.entries(KINDS).map(([kind, look]) => {
                      const bit = 1 << print.kinds.indexOf(kind);
                      const shape = cells(
                        runs(print.n, (at) => (bits[patients[at]!]! & bit) !== 0),
                        step,
                        y + look.top * CELL,
                        look.height * CELL,
                      );
                      return shape && <path key={kind} d={shape} fill={look.colour} />;
                    })}
                  <text x={LEFT + step * print.n + 8} y={y + CELL - 4.5} font-size="12" fill={MUTED}>
                    {percent(row.n_altered, row.n_known)}
                  </text>
                </g>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

interface TrackProps {
  track: Track;
  y: number;
  step: number;
  patients: number[];
}

function TrackRow({ track, y, step, patients }: TrackProps) {
  return (
    <g aria-hidden="true">
      <text x={LEFT - 10} y={y + TRACK_CELL - 1.5} text-anchor="end" font-size="11.5" fill={MUTED}>
        {short(label(track.name))}
      </text>
      {painted(track).map(({ colour, has }) => {
        const shape = cells(runs(patients.length, (at) => has(patients[at]!)), step, y, TRACK_CELL);
        return shape && <path key={colour} d={shape} fill={colour} />;
      })}
    </g>
  );
}

const short = (text: string): string => (text.length > 17 ? `${text.slice(0, 16)}…` : text);

/** The colours of a track and who has them. */
export function painted(track: Track): { colour: string; name: string; has: (at: number) => boolean }[] {
  if (track.dtype === "number") {
    const known = track.values.filter((each): each is number => typeof each === "number").sort((a, b) => a - b);
    const cuts = RAMP.slice(1).map((_, index) => known[Math.floor(((index + 1) / RAMP.length) * known.length)] ?? 0);
    const shade = track.values.map((each) => (typeof each === "number" ? cuts.filter((cut) => each >= cut).length : -1));
    return RAMP.map((colour, index) => ({ colour, name: "", has: (at: number) => shade[at] === index }));
  }
  return levelsOf(track).map((level, index) => ({
    colour: LEVELS[index % LEVELS.length]!,
    name: level.replace(/_/g, " "),
    has: (at: number) => track.values[at] !== null && String(track.values[at]) === level,
  }));
}

/** Rectangles of runs as one path; cells wide enough to be told apart keep a gap. */
function cells(found: [number, number][], step: number, y: number, height: number): string {
  const gap = step > 5 ? 1.2 : 0;
  const parts: string[] = [];
  for (const [first, length] of found)
    for (let at = first; at < first + (gap ? length : 1); at += 1)
      parts.push(`M${fixed(LEFT + at * step)} ${fixed(y)}h${fixed((gap ? 1 : length) * step - gap)}v${fixed(height)}H${fixed(LEFT + at * step)}z`);
  return parts.join("");
}

const fixed = (value: number): string => value.toFixed(2).replace(/\.?0+$/, "");

function tipOf(print: Print, patient: number, y: number, top: number): Record<string, unknown> {
  const named = { Patient: print.patients[patient] };
  const track = y < top - GAP ? print.tracks[Math.floor(y / TRACK)] : undefined;
  if (track) return { ...named, [label(track.name)]: shown(track.values[patient]) };
  const row = print.genes[Math.floor((y - top) / ROW)];
  if (y < top || !row) return named;
  const at = row.at.indexOf(patient);
  const kinds = print.kinds.filter((_, index) => at >= 0 && (row.bits[at]! & (1 << index)) !== 0);
  const words = kinds.map((kind) => KINDS[kind]?.name ?? label(kind)).join(", ");
  return { ...named, [row.gene]: row.unknown.includes(patient) ? "not evaluable" : words || "no alteration" };
}

const shown = (value: unknown): string =>
  typeof value === "number" ? number(value) : value === null || value === undefined ? "unknown" : String(value);

/** What the colours mean: kinds that occur, then each track. */
export function Legend({ print }: { print: Print }) {
  const found = new Set(print.kinds.filter((_, index) => print.genes.some((row) => row.bits.some((bits) => bits & (1 << index)))));
  const kinds = Object.entries(KINDS).filter(([kind]) => found.has(kind));
  const unknown = print.genes.some((row) => row.unknown.length > 0);
  return (
    <div class="legend">
      <Key name="Alteration" items={[...kinds.map(([, look]) => ({ colour: look.colour, name: look.name })), ...(unknown ? [{ colour: UNKNOWN, name: "Not evaluable" }] : [])]} />
      {print.tracks.map((track) =>
        track.dtype === "number" ? (
          <Key key={track.name} name={`${label(track.name)}${track.unit ? `, ${track.unit}` : ""}`} items={ramp(track)} />
        ) : (
          <Key key={track.name} name={label(track.name)} items={painted(track)} />
        ),
      )}
    </div>
  );
}

function ramp(track: Track): { colour: string; name: string }[] {
  const known = track.values.filter((each): each is number => typeof each === "number");
  if (known.length === 0) return [];
  const least = known.reduce((a, b) => Math.min(a, b));
  const most = known.reduce((a, b) => Math.max(a, b));
  return RAMP.map((colour, index) => ({ colour, name: index === 0 ? number(least) : index === RAMP.length - 1 ? number(most) : "" }));
}

function Key({ name, items }: { name: string; items: { colour: string; name: string }[] }) {
  return (
    <p class="key">
      <span class="key-name">{name}</span>
      {items.map((each, index) => (
        <span key={index} class={each.name ? "key-item" : "key-item bare"}>
          <svg width="11" height="11" aria-hidden="true">
            <rect width="11" height="11" rx="2" fill={each.colour} stroke={each.colour === UNKNOWN ? "#8a94a0" : "none"} />
          </svg>
          {each.name}
        </span>
      ))}
    </p>
  );
}

/** The place's width in pixels, following the window. */
export function useWidth(place: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const measure = () => setWidth(Math.round(place.current?.clientWidth ?? 0));
    measure();
    const watch = new ResizeObserver(measure);
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return width;
}
