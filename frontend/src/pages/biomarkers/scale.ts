/** Which axis suits values. */

/** A linear, or for a long upper tail a logarithmic, axis. */
export function scaleOf(values: number[]): Record<string, unknown> {
  if (!stretched(values)) return { zero: false };
  return Math.min(...values) > 0 ? { type: "log", nice: false } : { type: "symlog", constant: 1 };
}

/** Whether values from zero on stretch so far that a linear axis would crowd most of them together. */
function stretched(values: number[]): boolean {
  if (values.length < 8) return false;
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return sorted[0]! >= 0 && median > 0 && sorted.at(-1)! > 12 * median;
}

/** Labels of a logarithmic axis. */
export const LOG_TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Where an axis of this scale has its labels. */
export const ticksOf = (scale: Record<string, unknown>): Record<string, unknown> =>
  scale.type === "log" ? { values: LOG_TICKS } : { tickCount: 6 };

export const levelled = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
