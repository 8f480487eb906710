/** The charts of the page as Vega-Lite. */

import type { ChartSpec } from "../../components/Chart";
import { BLUE, GREY, GRID, INK, MUTED, SERIES } from "../../theme";
import { count, label, spelling } from "../../words";
import { levelled, LOG_TICKS, scaleOf, ticksOf } from "./scale";
import type { Answered, Effect, Group, Rate, Values } from "./types";

const CURVE_HEIGHT = 280;
const ROW = 18;

/** Curves with the numbers at risk below them, in one picture. */
export function curveSpec(groups: Group[], ticks: number[], axis: string): ChartSpec {
  const names = groups.map((each) => each.name);
  const field = groups.find((each) => each.curve.length > 0)?.curve[0]?.survival !== undefined ? "survival" : "incidence";
  const values = groups.flatMap((group) =>
    group.curve.map((step) => ({ ...step, value: step[field] ?? null, group: group.name })),
  );
  const color = { field: "group", type: "nominal", scale: { domain: names, range: SERIES }, legend: null };
  const x = { field: "time", type: "quantitative", title: "Months", scale: { domain: [0, ticks.at(-1) ?? 1], nice: false }, axis: { values: ticks } };
  const below = (row: number) => ({ value: CURVE_HEIGHT + 66 + row * ROW });
  const risks = groups.flatMap((group, row) => [
    {
      data: { values: ticks.map((time, at) => ({ time, n: count(group.at_risk[at] === undefined ? 0 : group.at_risk[at]) })) },
      mark: { type: "text", fontSize: 12, color: INK },
      encoding: { x: { field: "time", type: "quantitative" }, y: below(row), text: { field: "n" } },
    },
    {
      data: { values: [{}] },
      mark: { type: "point", shape: "stroke", size: 160, strokeWidth: 3.5, opacity: 1, color: SERIES[row % SERIES.length] },
      encoding: { x: { value: -28 }, y: below(row) },
    },
  ]);
  return {
    width: "container",
    height: CURVE_HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: "area", interpolate: "step-after", opacity: 0.1, clip: true },
        encoding: { x, y: { field: "ci_low", type: "quantitative" }, y2: { field: "ci_high" }, color },
      },
      {
        mark: { type: "line", interpolate: "step-after", strokeWidth: 2.25, clip: true },
        encoding: {
          x,
          y: { field: "value", type: "quantitative", title: axis, scale: { domain: [0, 1] }, axis: { format: ".0%", tickCount: 5 } },
          color,
        },
      },
      {
        transform: [{ filter: "datum.n_censored > 0" }],
        mark: { type: "point", shape: "stroke", angle: 90, size: 55, strokeWidth: 1.3, clip: true },
        encoding: { x, y: { field: "value", type: "quantitative" }, color, tooltip: { value: null } },
      },
      {
        data: { values: [{}] },
        mark: { type: "text", text: "At risk", align: "left", fontSize: 12, fontWeight: 500, color: MUTED },
        encoding: { x: { value: -38 }, y: { value: CURVE_HEIGHT + 46 } },
      },
      ...risks,
    ],
  };
}

/** A number by a yes and no, or by grade: every patient a point, quartiles in front. */
export function spreadSpec(found: Answered, name: string): ChartSpec {
  const points = (found.points ?? []).map((each, at) => ({ ...each, jitter: ((at * 0.618034) % 1) - 0.5 }));
  const scale = scaleOf([...points.map((each) => each.value), ...(found.box ?? []).flatMap((each) => [each.q1, each.q3])]);
  const x = { field: "outcome", type: "nominal", title: null, axis: { labelAngle: 0 }, sort: "ascending" };
  const y = (field: string) => ({ field, type: "quantitative", title: name, scale, axis: ticksOf(scale) });
  return {
    width: "container",
    height: 280,
    layer: [
      {
        data: { values: points },
        mark: { type: "circle", size: 26, opacity: 0.4, color: BLUE },
        encoding: {
          x,
          xOffset: { field: "jitter", type: "quantitative", scale: { domain: [-1.1, 1.1] } },
          y: y("value"),
          tooltip: [
            { field: "patient_id", title: "Patient" },
            { field: "value", title: name },
          ],
        },
      },
      {
        data: { values: found.box ?? [] },
        mark: { type: "bar", width: 46, fillOpacity: 0.06, fill: INK, stroke: INK, strokeWidth: 1.4 },
        encoding: { x, y: y("q1"), y2: { field: "q3" } },
      },
      {
        data: { values: found.box ?? [] },
        mark: { type: "tick", width: 46, thickness: 3, color: INK },
        encoding: { x, y: y("median") },
      },
    ],
  };
}

/** The share with the event in each group, with its interval. */
export function rateSpec(rates: Rate[]): ChartSpec {
  const y = { field: "name", type: "nominal", title: null, axis: { labelLimit: 220 }, sort: null };
  return {
    width: "container",
    height: 36 * rates.length,
    data: { values: rates.filter((each) => each.rate !== null).map((each) => ({ ...each, name: label(each.name) })) },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 2, color: BLUE },
        encoding: {
          y,
          x: { field: "ci_low", type: "quantitative", title: "Share of patients", scale: { domain: [0, 1] }, axis: { format: ".0%", grid: true, tickCount: 5 } },
          x2: { field: "ci_high" },
        },
      },
      { mark: { type: "circle", size: 110, opacity: 1, color: BLUE }, encoding: { y, x: { field: "rate", type: "quantitative" } } },
    ],
  };
}

const GRADES = ["#eef2f5", "#c9dcea", "#8cbad9", "#4690c2", "#0b5d93", "#062f4d"];

/** How the grades are shared out in each group. */
export function gradeSpec(rates: Rate[]): ChartSpec {
  const values = rates.flatMap((each) =>
    each.levels.map((level) => ({ group: label(each.name), grade: level.value, n: level.n, share: (level.n ?? 0) / (each.n || 1) })),
  );
  const grades = levelled(values.map((each) => each.grade));
  return {
    width: "container",
    height: 46 * rates.length,
    data: { values },
    mark: { type: "bar", stroke: "#aab4bf", strokeWidth: 0.5 },
    encoding: {
      y: { field: "group", type: "nominal", title: null, axis: { labelLimit: 220 }, sort: null },
      x: { field: "n", type: "quantitative", stack: "normalize", title: "Share of patients", axis: { format: ".0%", tickCount: 5 } },
      order: { field: "grade" },
      color: { field: "grade", type: "ordinal", title: "Grade", scale: { domain: grades, range: GRADES.slice(0, grades.length) }, legend: { orient: "top", direction: "horizontal" } },
      tooltip: [
        { field: "group", title: "Group" },
        { field: "grade", title: "Grade" },
        { field: "n", title: "Patients" },
        { field: "share", title: "Share", format: ".0%" },
      ],
    },
  };
}

/** `arm_a against arm_b, x 1 sd below` as words, in up to three lines. */
function termName(term: string): string {
  const words = term.split(" ").map((word, at) => (at === 0 ? label(word) : spelling(word)));
  return words.join(" ").replace(/ (against|in|at) /, "\n$1 ").replace(", ", ",\n");
}

/** Effects with their intervals around no effect, on a logarithmic axis. */
export function forestSpec(effects: Effect[], axis: string): ChartSpec {
  const y = { field: "term", type: "nominal", title: null, sort: null, axis: { labelLimit: 300, labelExpr: "split(datum.label, '\\n')", ticks: false, domain: false } };
  const x = { field: "ci_low", type: "quantitative", title: axis, scale: { type: "log" }, axis: { grid: true, values: LOG_TICKS } };
  return {
    width: "container",
    height: 46 * effects.length,
    data: { values: effects.map((each) => ({ ...each, term: termName(each.term) })) },
    layer: [
      { data: { values: [{ at: 1 }] }, mark: { type: "rule", color: GREY, strokeDash: [4, 3] }, encoding: { x: { field: "at", type: "quantitative" } } },
      { mark: { type: "rule", strokeWidth: 2, color: INK }, encoding: { y, x, x2: { field: "ci_high" } } },
      {
        mark: { type: "square", size: 110, opacity: 1, color: BLUE },
        encoding: {
          y,
          x: { field: "effect", type: "quantitative", scale: { type: "log" } },
          tooltip: [
            { field: "term", title: "Of" },
            { field: "effect", title: "Effect", format: ".3" },
            { field: "ci_low", title: "from", format: ".3" },
            { field: "ci_high", title: "to", format: ".3" },
            { field: "n", title: "Patients" },
          ],
        },
      },
    ],
  };
}

/** Two features: points, or shades of counts where there are too many patients. */
export function scatterSpec(found: Values, x: string, y: string): ChartSpec {
  if (found.bins.length > 0)
    return {
      width: "container",
      height: 300,
      data: { values: found.bins },
      mark: { type: "rect" },
      encoding: {
        x: { field: "x0", type: "quantitative", title: x },
        x2: { field: "x1" },
        y: { field: "y0", type: "quantitative", title: y },
        y2: { field: "y1" },
        color: { field: "n", type: "quantitative", title: "Patients", scale: { range: [GRID, BLUE], type: "log" } },
      },
    };
  const axis = (field: "x" | "y", title: string) => {
    const values = found.rows.map((row) => row[field]);
    const numeric = values.every((value) => typeof value === "number");
    if (!numeric) return { field, type: "nominal", title, axis: { labelAngle: 0 } };
    const scale = scaleOf(values as number[]);
    return { field, type: "quantitative", title, scale, axis: ticksOf(scale) };
  };
  return {
    width: "container",
    height: 300,
    data: { values: found.rows },
    mark: { type: "circle", size: 34, opacity: 0.55, color: BLUE },
    encoding: {
      x: axis("x", x),
      y: axis("y", y),
      tooltip: [
        { field: "patient_id", title: "Patient" },
        { field: "x", title: x },
        { field: "y", title: y },
      ],
    },
  };
}
