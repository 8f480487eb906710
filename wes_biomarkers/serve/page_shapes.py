"""What the routes of the pages Genes, Patient and Plan answer, as types."""

from __future__ import annotations

from wes_biomarkers.serve.shapes import Cell, EstimateLine, Number, Picture, Row, Shape


class GeneRow(Shape):
    """A gene of the oncoprint: where it is altered (`at`, into patients) and how (`bits`, of kinds)."""

    gene: str
    role: str | None
    n_known: int
    n_altered: int
    at: list[int]
    bits: list[int]
    unknown: list[int]


class Track(Shape):
    """A column drawn above the genes."""

    name: str
    dtype: str
    unit: str | None
    doc: str
    values: list[Cell]


class Asked(Shape):
    """Where a picture's numbers come from; what they are flagged with; the picture as Vega-Lite where there is one."""

    n: int
    flags: list[str]
    picture: Picture = None
    method: str
    sql: str
    python: str
    sentences: list[str]


class OncoprintAnswer(Asked):
    """What is altered in whom; `sort` is the track that patients are grouped by in the picture."""

    sort: str
    patients: list[str]
    kinds: list[str]
    genes: list[GeneRow]
    tracks: list[Track]
    definition_id: str


class PairLine(Shape):
    """Two genes together."""

    gene_a: str
    gene_b: str
    n_both: int
    n_a_only: int
    n_b_only: int
    n_neither: int
    odds_ratio: Number
    p_value: float | None
    q_value: float | None
    reason: str | None


class CooccurrenceAnswer(Asked):
    """Genes altered together, or never together."""

    definition_id: str
    pairs: list[PairLine]


class Mutation(Shape):
    """A change and in how many patients it is."""

    change: str
    consequence: str
    position: int | None
    kind: str
    n: int


class ProteinDomain(Shape):
    """A domain: residues from 1, the end included."""

    name: str
    start: int
    end: int
    source: str | None


class LollipopAnswer(Asked):
    """Mutations of a gene along its protein."""

    gene: str
    n_patient: int
    n_mutated: int
    transcript_id: str | None
    length: int | None
    domains: list[ProteinDomain]
    positions: list[Mutation]
    unplaced: list[Mutation]


class Phase(Shape):
    """A phase of treatment, in days from the origin."""

    name: str
    detail: str | None
    start: int
    end: int
    open: bool


class Event(Shape):
    """A day on which something happened."""

    kind: str
    day: int


class Timeline(Shape):
    """A patient's time line, in days from the origin."""

    origin: str
    phases: list[Phase]
    events: list[Event]
    samples: list[Row]
    toxicity: list[Row]
    assessments: list[Row]


class BiomarkerLine(Shape):
    """A biomarker of a pair, its status, and its percentile in the cohort."""

    pair_id: str
    timepoint: str | None
    group: str
    name: str
    doc: str
    unit: str | None
    definition_id: str
    value: Cell
    status: str | None
    reason: str | None
    flags: list[str]
    sentences: list[str]
    percentile: float | None = None
    n_known: int | None = None


class Page(Shape):
    """The first rows of a table, and how many there are."""

    n: int
    rows: list[Row]


class Evolution(Shape):
    """Clusters of mutations, and mutations followed over samples."""

    clusters: list[Row]
    followed: list[Row]


class PatientPictures(Shape):
    """Pictures as Vega-Lite, each where there is anything to draw; those of pairs by pair."""

    timeline: Picture = None
    lesions: Picture = None
    ctdna: Picture = None
    percentile: dict[str, Picture] | None = None
    copy_number: dict[str, Picture] | None = None
    signatures: dict[str, Picture] | None = None
    clones: dict[str, Picture] | None = None
    neoantigens: dict[str, Picture] | None = None


class PatientAnswer(Shape):
    """Everything the cohort holds of one patient."""

    patient_id: str
    clinical: Row
    timeline: Timeline | None
    pairs: list[Row]
    biomarkers: list[BiomarkerLine]
    variants: Page
    segments: list[Row]
    genes: list[Row]
    signatures: list[Row]
    hla: list[Row]
    hla_loh: list[Row]
    neoantigens: Page
    evolution: Evolution | None
    pictures: PatientPictures


class ReadsLine(Shape):
    """A sample whose reads can be shown."""

    sample_id: str
    role: str
    specimen: str | None
    timepoint: str | None
    format: str


class ReadsAnswer(Shape):
    """A patient's samples with reads; whether their reference is at hand; what is not shown, and why."""

    reference: bool
    samples: list[ReadsLine]
    sentences: list[str]


class StoredPlan(Shape):
    """A plan, and how many rows of it the cohort holds."""

    plan_id: str
    title: str
    sha256: str
    n: int


class PlanAnswer(Shape):
    """The stored analyses."""

    plans: list[StoredPlan]
    rows: list[EstimateLine]  # type: ignore[valid-type]
    pictures: dict[str, Picture]
