/** Answers behind the page Genes (`wes_biomarkers/serve/pages/genes.py`). */

import type { Scalar } from "../../api";
import type { ChartSpec } from "../../components/Chart";
import type { Count, Provenance } from "../../types";

export interface GeneRow {
  gene: string;
  role: string | null;
  n_altered: Count;
  n_known: Count;
  /** How many have each kind; only in a static site without single patients, which has no cells. */
  by_kind?: { name: string; n: Count }[];
  /** Indices into `patients` of those with a hit, and the sum of 2**kind over the kinds found there. */
  at: number[];
  bits: number[];
  unknown: number[];
}

export interface Track {
  name: string;
  dtype: string;
  unit?: string | null;
  doc?: string;
  values: Scalar[];
}

/** Where everything lies in the picture, in its pixels (`oncoprint_chart` of wes_biomarkers/plots/oncoprint.py). */
export interface Layout {
  left: number;
  top: number;
  step: number;
  row: number;
  track: number;
  width: number;
  height: number;
  /** Indices into `patients` from left to right, joined by commas. */
  order: string;
}

export interface Oncoprint extends Provenance {
  picture: (ChartSpec & { usermeta: { oncoprint: Layout } }) | null;
  n: number;
  patients: string[];
  kinds: string[];
  genes: GeneRow[];
  tracks: Track[];
}

export interface Mutation {
  change: string;
  consequence: string;
  kind: "truncating" | "missense" | "other";
  position: number | null;
  n: number;
}

export interface LollipopAnswer extends Provenance {
  picture: ChartSpec | null;
  gene: string;
  n_patient: number;
  n_mutated: Count;
  length: number | null;
  domains: { name: string; start: number; end: number }[];
  positions: Mutation[];
  unplaced: Mutation[];
}

export interface GenePair {
  gene_a: string;
  gene_b: string;
  n_both: number;
  n_a_only: number;
  n_b_only: number;
  n_neither: number;
  /** Of the counts; `inf` where nobody has only one of the two. */
  odds_ratio: number | string | null;
  p_value: number | null;
  q_value: number | null;
  reason: string | null;
}

export interface CooccurrenceAnswer extends Provenance {
  picture: ChartSpec | null;
  pairs: GenePair[];
}
