/** The shapes of the API's answers (see docs/serve.md). */

import type { Row, Scalar } from "./api";

export interface Cohort {
  name: string;
  counts: Record<string, number>;
  builds: string[];
  synthetic: boolean;
  plans: string[];
  tables: { name: string; n_row: number; doc: string }[];
  /** What the cohort has; a page or chart whose data are not there is absent. */
  has: Record<string, boolean>;
  /** What a static site holds answers to; absent where the browser runs. */
  site?: Site;
}

export interface Site {
  /** Whether it holds single patients. */
  patients: boolean;
  /** Counts below it, and those that would tell them, are null. */
  min_cell: number;
  /** Levels to narrow by, one at a time, by column. */
  filters: Record<string, Scalar[]>;
  features: string[];
  /** Features that are answered under a filter too. */
  narrowed: string[];
  against: string[];
  treatment: string[];
}

/** Of patients; null where it is withheld. */
export type Count = number | null;

export interface Column {
  table: string;
  name: string;
  dtype: string;
  unit?: string | null;
  doc: string;
  min?: number | null;
  max?: number | null;
  levels?: { value: Scalar; n?: number }[] | null;
  n_known: number;
}

export interface Bin {
  value?: Scalar;
  /** [from, to) of a histogram's bin. */
  bin?: [number, number];
  n: Count;
  n_all: Count;
}

export interface FlowStep {
  step: string;
  n: Count;
  excluded?: Count;
  reason?: string;
}

export interface Counts {
  n_patient: Count;
  n_pair: Count;
  flow: FlowStep[];
  by: Record<string, Bin[]>;
}

export interface Rows {
  rows: Row[];
  n: number;
}

/** What every answer about an analysis tells of itself. */
export interface Provenance {
  n?: number | null;
  method?: string | null;
  definition_id?: string | null;
  flags?: string[];
  /** What the flags and limits mean for the reader, a sentence each. */
  sentences?: string[];
  sql?: string | null;
  python?: string | null;
}
