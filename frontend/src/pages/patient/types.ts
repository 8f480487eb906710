/** The answer behind the page Patient (`wes_biomarkers/serve/pages/patient.py`). */

import type { Row, Scalar } from "../../api";
import type { ChartSpec } from "../../components/Chart";

export interface TimelineAnswer {
  origin: string;
  phases: { name: string; detail: string | null; start: number; end: number; open: boolean }[];
  events: { kind: string; day: number }[];
  samples: { sample_id: string; role: string; specimen: string | null; timepoint: string | null; day: number | null }[];
  toxicity: {
    term: string;
    grade: number;
    start: number | null;
    end: number | null;
    open: boolean;
    immune_related: boolean | null;
    treatment_related: boolean | null;
    serious: boolean | null;
  }[];
  assessments: { day: number | null; response: string | null; change_percent: number | null }[];
}

export interface Measured {
  pair_id: string;
  timepoint: string | null;
  group: string;
  name: string;
  doc: string;
  unit: string | null;
  definition_id: string;
  value: Scalar;
  status: string | null;
  reason: string | null;
  flags: string[];
  sentences: string[];
  percentile?: number | null;
  n_known?: number;
}

export interface Segment {
  pair_id: string;
  chrom: string;
  start: number;
  end: number;
  log2: number;
  total_cn?: number | null;
  minor_cn?: number | null;
  cell_fraction?: number | null;
}

export interface Followed {
  pair_id: string;
  timepoint: string | null;
  specimen: string | null;
  date: string | null;
  n: number;
  n_shared: number;
  mean_vaf: number;
}

/** What there is a picture of; those of a pair by its id. */
export interface Pictures {
  timeline?: ChartSpec;
  lesions?: ChartSpec;
  ctdna?: ChartSpec;
  percentile?: Record<string, ChartSpec>;
  copy_number?: Record<string, ChartSpec>;
  signatures?: Record<string, ChartSpec>;
  clones?: Record<string, ChartSpec>;
  neoantigens?: Record<string, ChartSpec>;
}

export interface PatientAnswer {
  pictures: Pictures;
  patient_id: string;
  clinical: Record<string, Scalar>;
  timeline: TimelineAnswer | null;
  pairs: Row[];
  biomarkers: Measured[];
  variants: { n: number; rows: Row[] };
  segments: Segment[];
  genes: Row[];
  signatures: Row[];
  hla: Row[];
  hla_loh: Row[];
  neoantigens: { n: number; rows: Row[] };
  evolution: { clusters: Row[]; followed: Followed[] } | null;
}

export interface ReadsSample {
  sample_id: string;
  role: string;
  specimen: string | null;
  timepoint: string | null;
  format: "bam" | "cram";
}

export interface ReadsAnswer {
  /** Whether the sequence they were aligned to is at hand. */
  reference: boolean;
  samples: ReadsSample[];
  sentences: string[];
}
