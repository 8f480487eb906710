/** The answers of /api/survival, /api/response, /api/toxicity, /api/interaction and /api/values. */

import type { Row } from "../../api";
import type { ChartSpec } from "../../components/Chart";
import type { Count, Provenance } from "../../types";

export interface Endpoint {
  name: string;
  title: string;
  kind: "survival" | "binary" | "ordinal" | "competing" | "recurrent";
  rule: string;
  origin: string;
}

export interface Group {
  name: string;
  n: Count;
  n_event?: Count;
  /** Empty where it is withheld. */
  curve: { time: number; survival?: number; incidence?: number; ci_low: number | null; ci_high: number | null; n_censored?: number }[];
  at_risk: Count[];
  median?: number | null;
}

export interface Rate {
  name: string;
  n: Count;
  n_event?: Count;
  rate?: number | null;
  ci_low?: number | null;
  ci_high?: number | null;
  levels: { value: number; n: Count }[];
}

export interface Effect extends Row {
  term: string;
  scale: string | null;
  effect_kind: string | null;
  effect: number | null;
  ci_low: number | null;
  ci_high: number | null;
  p_value: number | null;
  n: number;
  n_event: number | null;
  role: string;
}

export interface Answered extends Provenance {
  /** Drawn by the server, as in files; null where there is nothing to draw. */
  picture: ChartSpec | null;
  title: string;
  origin: string;
  rule: string;
  n_event: number | null;
  effect: Effect | null;
  p_value: number | null;
  /** Why the analysis must not be done, or could not be. */
  refused: string | null;
  reason: string | null;
  prespecified: boolean;
  cut_label?: string;
  groups?: Group[];
  ticks?: number[];
  log_rank?: { p: number | null; reason: string } | null;
  kind?: Endpoint["kind"];
  points?: { patient_id: string; value: number; outcome: string }[];
  box?: { outcome: string; n: Count; min?: number; q1: number; median: number; q3: number; max?: number }[];
  by_group?: Rate[];
  rank_test?: { method: string; p: number | null; auc: number | null } | null;
  interaction?: Effect | null;
  forest?: Effect[];
}

export interface Values extends Provenance {
  picture: ChartSpec | null;
  rows: { patient_id: string; x: number | string; y: number | string; colour?: string | number }[];
  bins: { x0: number; x1: number; y0: number; y1: number; n: number }[];
  correlation: { method: string; value: number | null; p: number | null } | null;
}
