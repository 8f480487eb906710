/** The patient's pictures as Vega-Lite specifications: data in, specification out. */

import type { Row } from "../../api";
import type { ChartSpec } from "../../components/Chart";
import { BLUE, GREEN, GREY, INK, MUTED, ORANGE, PURPLE, SKY, VERMILLION } from "../../theme";
import { label, number } from "../../words";
import type { Followed, Segment, TimelineAnswer } from "./types";

const DAYS_A_MONTH = 30.4375;
const months = (day: number): number => Math.round((day / DAYS_A_MONTH) * 100) / 100;
const PHASE_COLOUR: Record<string, string> = { Induction: "#c3ccd6", Treatment: SKY, Radiotherapy: "#f3c978" };
const EVENTS: Record<string, { shape: string; colour: string }> = {
  allocation: { shape: "diamond", colour: BLUE },
  progression: { shape: "square", colour: VERMILLION },
  death: { shape: "cross", colour: INK },
  "last contact": { shape: "triangle-right", colour: GREY },
  "normal sample": { shape: "circle", colour: GREY },
  "tumour sample": { shape: "circle", colour: PURPLE },
  assessment: { shape: "circle", colour: GREEN },
};
const GRADE_COLOUR = ["#f6e3b4", "#f0c266", ORANGE, VERMILLION, "#7a2a00"];

interface Bar {
  lane: string;
  start: number;
  end: number;
  text: string;
  colour: string;
  what: string;
}
interface Point {
  lane: string;
  month: number;
  kind: string;
  text: string;
}

/** Lanes of phases, samples, assessments, events and adverse events over months from the origin. */
export function timelineSpec(line: TimelineAnswer): ChartSpec {
  const bars = [...phaseBars(line), ...toxicityBars(line)];
  const points = pointsOf(line);
  const lanes = [...new Set([...phaseBars(line), ...points, ...toxicityBars(line)].map((each) => each.lane))];
  const kinds = Object.keys(EVENTS).filter((kind) => points.some((each) => each.kind === kind));
  const times = [...bars.flatMap((each) => [each.start, each.end]), ...points.map((each) => each.month), 0];
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const room = Math.max((most - least) * 0.02, 0.2);
  const scale = { domain: [least - room, most + room], nice: false };
  const y = { field: "lane", type: "nominal", sort: lanes, title: null, axis: { grid: true, ticks: false, domain: false, labelLimit: 150 } };
  const x = (field: string) => ({ field, type: "quantitative", title: `months from ${line.origin}`, scale, axis: { tickCount: 10 } });
  return {
    width: "container",
    height: lanes.length * 27,
    layer: [
      { data: { values: [{ at: 0 }] }, mark: { type: "rule", color: GREY, strokeDash: [3, 3] }, encoding: { x: x("at") } },
      {
        data: { values: bars },
        mark: { type: "bar", height: 16, cornerRadius: 3 },
        encoding: {
          x: x("start"),
          x2: { field: "end" },
          y,
          fill: { field: "colour", type: "nominal", scale: null },
          tooltip: [{ field: "what", title: "what" }, { field: "start", title: "from month" }, { field: "end", title: "to month" }],
        },
      },
      {
        data: { values: bars.filter((each) => each.text !== "") },
        mark: { type: "text", align: "left", dx: 5, fontSize: 11, color: INK, clip: true },
        encoding: { x: x("start"), y, text: { field: "text" } },
      },
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 110, opacity: 1, stroke: "#fff", strokeWidth: 0.8 },
        encoding: {
          x: x("month"),
          y,
          shape: { field: "kind", type: "nominal", title: null, scale: { domain: kinds, range: kinds.map((kind) => EVENTS[kind]!.shape) }, legend: { orient: "top", columns: 7 } },
          color: { field: "kind", type: "nominal", title: null, scale: { domain: kinds, range: kinds.map((kind) => EVENTS[kind]!.colour) } },
          tooltip: [{ field: "kind", title: "what" }, { field: "text", title: "" }, { field: "month", title: "month" }],
        },
      },
      {
        data: { values: points.filter((each) => each.kind === "assessment") },
        mark: { type: "text", dy: -11, fontSize: 10.5, color: MUTED },
        encoding: { x: x("month"), y, text: { field: "text" } },
      },
    ],
  };
}

const phaseBars = (line: TimelineAnswer): Bar[] =>
  line.phases.map(({ name, detail, start, end, open }) => ({
    lane: name,
    start: months(start),
    end: months(end),
    text: detail ? label(detail) : "",
    colour: PHASE_COLOUR[name] ?? SKY,
    what: `${name}${detail ? `, ${label(detail)}` : ""}${open ? " (no end recorded)" : ""}`,
  }));

const toxicityBars = (line: TimelineAnswer): Bar[] =>
  line.toxicity.flatMap((each) =>
    each.start === null || each.end === null
      ? []
      : [
          {
            lane: label(each.term),
            start: months(each.start),
            end: months(Math.max(each.end, each.start + 2)),
            text: "",
            colour: GRADE_COLOUR[each.grade - 1] ?? GREY,
            what: `grade ${each.grade}${each.immune_related ? ", immune-related" : each.treatment_related ? ", treatment-related" : ""}${each.serious ? ", serious" : ""}${each.open ? ", ongoing" : ""}`,
          },
        ],
  );

function pointsOf(line: TimelineAnswer): Point[] {
  const samples = line.samples.flatMap((each) =>
    each.day === null
      ? []
      : [{ lane: "Samples", month: months(each.day), kind: each.role === "normal" ? "normal sample" : "tumour sample", text: [each.specimen, each.timepoint].filter(Boolean).join(", ") }],
  );
  const visits = line.assessments.flatMap((each) =>
    each.day === null ? [] : [{ lane: "Assessments", month: months(each.day), kind: "assessment", text: each.response ?? "" }],
  );
  const events = line.events.map((each) => ({ lane: "Events", month: months(each.day), kind: each.kind, text: "" }));
  return [...samples, ...visits, ...events];
}

/** Change of the target lesions since baseline. */
export function lesionSpec(line: TimelineAnswer): ChartSpec | null {
  const values = line.assessments.flatMap(({ day, change_percent, response }) =>
    day === null || change_percent === null ? [] : [{ month: months(day), change: change_percent, response: response ?? "baseline" }],
  );
  if (values.length < 2) return null;
  return {
    width: "container",
    height: 180,
    data: { values },
    layer: [
      ...[20, -30].map((at) => ({ mark: { type: "rule", strokeDash: [4, 3], color: GREY }, encoding: { y: { datum: at } } })),
      {
        mark: { type: "line", point: { size: 70, filled: true }, color: BLUE },
        encoding: {
          x: { field: "month", type: "quantitative", title: `months from ${line.origin}` },
          y: { field: "change", type: "quantitative", title: "target lesions, % since baseline" },
          tooltip: [{ field: "month" }, { field: "change", title: "change %" }, { field: "response" }],
        },
      },
    ],
  };
}

/** Chromosomes end to end in the order they come, each as long as its last segment reaches. */
export function placed(segments: Segment[]): { chroms: { chrom: string; from: number; to: number }[]; rows: Row[] } {
  const ends = new Map<string, number>();
  for (const each of segments) ends.set(each.chrom, Math.max(ends.get(each.chrom) ?? 0, each.end));
  const names = [...ends.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  let from = 0;
  const chroms = names.map((chrom) => {
    const to = from + ends.get(chrom)!;
    const found = { chrom, from, to };
    from = to;
    return found;
  });
  const start = new Map(chroms.map((each) => [each.chrom, each.from]));
  const rows = segments.map((each) => ({ ...each, at: start.get(each.chrom)! + each.start, until: start.get(each.chrom)! + each.end }));
  return { chroms, rows };
}

/** Copies of both alleles along the genome, or the log2 ratio where copies are not known. */
export function copyNumberSpec(segments: Segment[]): ChartSpec {
  const { chroms, rows } = placed(segments);
  const copies = segments.some((each) => each.total_cn !== null && each.total_cn !== undefined);
  const x = { field: "at", type: "quantitative", title: null, scale: { domain: [0, chroms.at(-1)?.to ?? 1], nice: false }, axis: null };
  const tooltip = ["chrom", "start", "end", "log2", "total_cn", "minor_cn", "cell_fraction"].map((field) => ({ field, title: label(field) }));
  const top = Math.min(Math.max(...segments.map((each) => each.total_cn ?? 0), 4), 12);
  const scale = copies ? { domain: [-0.3, top + 0.3], nice: false, clamp: true } : { domainMid: 0 };
  const line = (field: string, name: string, thick: number) => ({
    data: { values: rows.map((row) => ({ ...row, line: name })) },
    mark: { type: "rule", strokeWidth: thick, strokeCap: "butt" },
    encoding: {
      x,
      x2: { field: "until" },
      y: { field, type: "quantitative", title: copies ? "copies" : "log₂ ratio", scale, axis: { tickMinStep: copies ? 1 : 0.1 } },
      color: { field: "line", type: "nominal", title: null, scale: { domain: copies ? ["all copies", "minor allele"] : ["log₂ ratio"], range: [BLUE, ORANGE] }, legend: copies ? { orient: "top" } : null },
      tooltip,
    },
  });
  return {
    width: "container",
    height: 220,
    layer: [
      {
        data: { values: chroms.filter((_, index) => index % 2 === 1) },
        mark: { type: "rect", color: "#f2f4f7" },
        encoding: { x: { ...x, field: "from" }, x2: { field: "to" } },
      },
      {
        data: { values: chroms.map((each) => ({ middle: (each.from + each.to) / 2, name: each.chrom.replace(/^(chr|sim)/, "") })) },
        mark: { type: "text", fontSize: 10.5, color: MUTED, baseline: "top", dy: 5 },
        encoding: { x: { ...x, field: "middle" }, y: { value: 220 }, text: { field: "name" } },
      },
      ...(copies ? [line("total_cn", "all copies", 5), line("minor_cn", "minor allele", 3)] : [line("log2", "log₂ ratio", 4)]),
    ],
  };
}

const KIND: Record<string, string> = { sbs96: "single bases", dbs78: "doublets", id83: "indels" };

/** Shares of mutations by signature with their intervals, a panel for each kind of mutation. */
export function signatureSpec(signatures: Row[]): ChartSpec {
  const values: Row[] = signatures.map((each) => ({ ...each, kind: KIND[String(each.definition_id)] ?? String(each.definition_id) }));
  const names = [...values].sort((a, b) => Number(b.exposure) - Number(a.exposure)).map((each) => String(each.signature));
  const y = { field: "signature", type: "nominal", sort: names, title: null, axis: { ticks: false, domain: false } };
  const x = { type: "quantitative", title: "share of mutations", scale: { domain: [0, 1] }, axis: { format: "%", tickCount: 5 } };
  return {
    width: "container",
    height: signatures.length * 20,
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: "bar", height: 12 },
        encoding: {
          x: { ...x, field: "exposure" },
          color: { field: "kind", type: "nominal", title: null, legend: { orient: "top" }, scale: { domain: ["single bases", "doublets", "indels"].filter((kind) => values.some((each) => each.kind === kind)), range: [SKY, GREEN, PURPLE] } },
          tooltip: ["signature", "exposure", "exposure_low", "exposure_high", "n_mutation"].map((field) => ({ field, title: label(field) })),
        },
      },
      { mark: { type: "rule", color: INK }, encoding: { x: { ...x, field: "exposure_low" }, x2: { field: "exposure_high" } } },
    ],
  };
}

/** The tumour's mutations followed through later samples. */
export function followedSpec(followed: Followed[]): ChartSpec {
  const values = followed.map((each, index) => ({ ...each, at: each.date ?? String(index), name: [each.timepoint, each.specimen].filter(Boolean).join(", "), share: each.n_shared / Math.max(each.n, 1) }));
  return {
    width: "container",
    height: 190,
    data: { values },
    layer: [
      {
        mark: { type: "line", color: PURPLE, point: { size: 90, filled: true, color: PURPLE } },
        encoding: {
          x: { field: "at", type: "ordinal", title: null, axis: { labelAngle: 0 } },
          y: { field: "mean_vaf", type: "quantitative", title: "mean allele fraction", scale: { domainMin: 0 }, axis: { tickCount: 4 } },
          tooltip: [{ field: "name", title: "sample" }, { field: "n_shared", title: "mutations found" }, { field: "n", title: "of the first sample's" }, { field: "mean_vaf", title: "mean allele fraction" }],
        },
      },
      { mark: { type: "text", dy: -14, fontSize: 11.5, color: INK }, encoding: { x: { field: "at", type: "ordinal", title: null }, y: { field: "mean_vaf", type: "quantitative", title: "mean allele fraction" }, text: { field: "name" } } },
    ],
  };
}

/** Clusters of mutations by the share of tumour cells that carry them. */
export function clusterSpec(clusters: Row[]): ChartSpec {
  const values = clusters.map((each) => ({ ...each, text: `${number(each.n as number)} mutations` }));
  return {
    width: "container",
    height: Math.max(clusters.length * 34, 60),
    data: { values },
    encoding: {
      x: { field: "ccf", type: "quantitative", title: "median cancer cell fraction", scale: { domain: [0, 1.15] }, axis: { values: [0, 0.25, 0.5, 0.75, 1], format: "%" } },
      y: { field: "cluster", type: "ordinal", title: "cluster", axis: { ticks: false, domain: false } },
    },
    layer: [
      { mark: { type: "circle", color: BLUE, opacity: 0.85 }, encoding: { size: { field: "n", type: "quantitative", legend: null, scale: { range: [80, 700], domainMin: 0 } }, tooltip: ["cluster", "n", "ccf"].map((field) => ({ field })) } },
      { mark: { type: "text", align: "left", dx: 18, fontSize: 11.5, color: INK }, encoding: { text: { field: "text" } } },
    ],
  };
}
