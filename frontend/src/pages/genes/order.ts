/** In which order patients stand in the oncoprint. Plain functions, so that they can be tested and reused. */

import type { GeneRow, Oncoprint, Track } from "./types";

/** Bits of each patient in a gene; unknown is 0 here, because it is drawn but never sorted on. */
export function bitsOf(row: GeneRow, n: number): Uint8Array {
  const bits = new Uint8Array(n);
  row.at.forEach((at, index) => (bits[at] = row.bits[index]!));
  return bits;
}

/**
 * The memo sort: patients by the first gene's alterations, ties by the second gene, and so on, which lets
 * exclusive genes step down like a staircase. `by` names a track to group by first; "" groups by none.
 */
export function order(print: Oncoprint, by: string): number[] {
  const rows = print.genes.map((gene) => bitsOf(gene, print.n));
  const track = print.tracks.find((each) => each.name === by);
  const rank = track ? ranks(track) : null;
  return Array.from({ length: print.n }, (_, index) => index).sort((a, b) => {
    const grouped = rank ? rank[a]! - rank[b]! : 0;
    if (grouped !== 0) return grouped;
    for (const bits of rows) {
      const altered = weight(bits[b]!) - weight(bits[a]!);
      if (altered !== 0) return altered;
    }
    return a - b;
  });
}

/** What counts most comes first: any kind before none, then the earlier kinds. */
const weight = (bits: number): number => (bits === 0 ? 0 : 64 - (Math.log2(bits & -bits) | 0));

/** A place for each patient in the track's order; unknown stands last. */
function ranks(track: Track): number[] {
  const last = Number.MAX_VALUE;
  if (track.dtype === "number") return track.values.map((each) => (typeof each === "number" ? each : last));
  const levels = levelsOf(track);
  return track.values.map((each) => (each === null ? last : levels.indexOf(String(each))));
}

/** The known levels of a track, sorted. */
export const levelsOf = (track: Track): string[] =>
  [...new Set(track.values.filter((each) => each !== null).map(String))].sort();

/** Neighbours of one state joined into runs of [first, length): what keeps ten thousand patients drawable. */
export function runs(n: number, state: (at: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < n; at += 1) {
    if (!state(at)) continue;
    const last = found.at(-1);
    if (last && last[0] + last[1] === at) last[1] += 1;
    else found.push([at, 1]);
  }
  return found;
}
