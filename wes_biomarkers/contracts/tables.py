"""The cohort tables: what `cohort build` writes and everything after it reads."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES
from wes_biomarkers.contracts.biomarkers.base import flags_column, status_column
from wes_biomarkers.contracts.clinical import ASSESSMENT, ATTRIBUTIONS, CLINICAL, RESPONSES, TOXICITY
from wes_biomarkers.contracts.columns import (
    cell_fraction_column,
    clonality_column,
    copy_columns,
    fraction_column,
    pair_column,
    patient_column,
    place_columns,
)
from wes_biomarkers.contracts.endpoints import STATES
from wes_biomarkers.contracts.hla_tables import HLA, HLA_LOH, NEOANTIGEN
from wes_biomarkers.contracts.proteomics import (
    PROTEIN,
    PROTEOMICS,
    PROTEOMICS_CHANGE,
    PROTEOMICS_SAMPLE,
)
from wes_biomarkers.contracts.samplesheet import NORMAL_SPECIMENS, TUMOR_SPECIMENS
from wes_biomarkers.contracts.schema import ID_PATTERN, Column, Table

COHORT_SCHEMA = "wes_biomarkers.cohort/1"
SEXES = ("female", "male", "unknown")
STUDY_SCHEMA = "wes_biomarkers.study/1"


def _origin(endpoint: str) -> Column:
    origins = ("allocation", "first_dose", "induction", "ready_made")
    return Column(f"{endpoint}_origin", "string", f"the day {endpoint}_months counts from", allowed=origins)


def _qc_columns() -> tuple[Column, ...]:
    return tuple(
        Column(name, "int" if name.startswith("n_") else "float", value.doc, unit=value.unit, minimum=0,
               maximum=1 if value.unit == "fraction" else None)
        for (feature, name), value in VALUES.items() if feature == "qc"
    )  # fmt: skip


_SEGMENT_LOG2 = Column("log2", "float", "log2 ratio of its segment")
_TIMEPOINT = Column("timepoint", "string", "of the tumour")
_SPECIMEN = Column("specimen", "string", "of the tumour", allowed=TUMOR_SPECIMENS)
_TARGETS = Column("targets", "string", "name of the capture kit")

PATIENT = Table(
    name="patient", key=("patient_id",), version=1,
    doc="Every patient with a sequenced sample or a clinical row.",
    columns=(
        patient_column(),
        Column("sex", "string", "samplesheet's, else the clinical table's", allowed=SEXES),
        Column("n_tumor_sample", "int", "tumour-bearing samples", nullable=False, minimum=0),
        Column("n_pair", "int", "tumour-normal pairs, failed ones included", nullable=False, minimum=0),
        Column("has_clinical", "bool", "a clinical row was given", nullable=False),
    ),
)  # fmt: skip

SAMPLE = Table(
    name="sample", key=("sample_id",), version=1, doc="Every sequenced sample.",
    columns=(
        patient_column(),
        Column("sample_id", "string", "unique across patients", nullable=False, pattern=ID_PATTERN),
        Column("role", "string", "tumour-bearing or normal", nullable=False, allowed=("tumor", "normal")),
        Column("specimen", "string", "what was sampled", allowed=TUMOR_SPECIMENS + NORMAL_SPECIMENS),
        Column("timepoint", "string", "when, in the sheet's words"),
        Column("collection_date", "date", "day the specimen was taken"),
        _TARGETS,
        Column("sex", "string", "samplesheet's", allowed=SEXES),
        Column("hla", "string", "HLA types given in the samplesheet, separated by semicolons"),
    ),
)  # fmt: skip

PAIR = Table(
    name="pair", key=("pair_id",), version=1, doc="Every tumour with its normal, failed ones included.",
    columns=(
        patient_column(),
        pair_column(),
        Column("tumor_sample_id", "string", "the tumour-bearing sample", nullable=False),
        Column("normal_sample_id", "string", "the matched normal"),
        _SPECIMEN,
        _TIMEPOINT,
        _TARGETS,
        Column("entry", "string", "what the pair entered with", allowed=("fastq", "bam", "vcf")),
        Column("build", "string", "name of the reference build", nullable=False),
        Column("status", "string", "whether the pair went through", nullable=False, allowed=("ok", "failed")),
        Column("reason", "string", "why it failed"),
    ),
)  # fmt: skip

VARIANT = Table(
    name="variant", key=("pair_id", "chrom", "start", "ref", "alt"), version=1,
    doc="Somatic calls of every pair, biallelic and left-aligned, all FILTER values.",
    columns=(
        patient_column(),
        pair_column(),
        *place_columns("first base of ref", "base after the last of ref"),
        Column("ref", "string", "reference allele", nullable=False),
        Column("alt", "string", "alternate allele", nullable=False),
        Column("kind", "string", "snv, mnv, insertion, deletion ...", nullable=False),
        Column("filter", "string", "FILTER of the caller"),
        Column("is_pass", "bool", "passed every filter of the caller"),
        Column("gene", "string", "gene of the consequence"),
        Column("transcript_id", "string", "transcript of the consequence"),
        Column("consequence", "string", "most severe term, Sequence Ontology"),
        Column("aa_change", "string", "amino acid change"),
        Column("t_alt", "int", "tumour reads with alt", minimum=0),
        Column("t_depth", "int", "tumour depth", minimum=0),
        fraction_column("vaf", "tumour allele fraction"),
        Column("n_alt", "int", "normal reads with alt", minimum=0),
        Column("n_depth", "int", "normal depth", minimum=0),
        fraction_column("population_af", "allele frequency in the population resource"),
        Column("multiplicity", "int", "mutated copies in a cell that carries the mutation", minimum=1),
        fraction_column("ccf", "cancer cell fraction"),
        fraction_column("ccf_low", "lower end of its 95 % highest-density interval"),
        fraction_column("ccf_high", "upper end of its 95 % highest-density interval"),
        clonality_column("whether every tumour cell carries it"),
        Column("cluster", "int", "cluster of mutations, 1 for the highest cancer cell fraction", minimum=1),
    ),
)  # fmt: skip

TRANSCRIPT = Table(
    name="transcript", key=("transcript_id",), version=1,
    doc="Transcripts that the consequences in `variant` are told on, and the length of their proteins.",
    columns=(
        Column("transcript_id", "string", "as in `variant`", nullable=False),
        Column("gene", "string", "symbol"),
        Column("protein_length", "int", "residues, the stop not counted; unknown where the coding sequence is "
               "incomplete, or where the runs contradict each other", minimum=1),
    ),
)  # fmt: skip

PROTEIN_DOMAIN = Table(
    name="protein_domain", key=("transcript_id", "first_residue", "last_residue", "name"), version=1,
    doc="Domains of the proteins of `transcript`, where the reference bundle was given them.",
    columns=(
        Column("transcript_id", "string", "as in `transcript`", nullable=False),
        Column("gene", "string", "symbol"),
        Column("first_residue", "int", "from 1", nullable=False, minimum=1),
        Column("last_residue", "int", "included", nullable=False, minimum=1),
        Column("name", "string", "of the domain", nullable=False),
        Column("source", "string", "who says so"),
    ),
)  # fmt: skip

FEATURE = Table(
    name="feature", key=("patient_id", "sample_id", "pair_id", "feature", "definition_id", "name"), version=1,
    doc="Every value of every record, long. A clinical table's further numeric columns are features of the "
        "patient, with the definition `clinical`.",
    columns=(
        patient_column(),
        Column("sample_id", "string", "empty for a value of a pair or a patient", nullable=False),
        Column("pair_id", "string", "empty for a value of a sample or a patient", nullable=False),
        Column("feature", "string", "what was measured", nullable=False),
        Column("definition_id", "string", "the definition it was made with", nullable=False),
        status_column(),
        Column("reason", "string", "why it is not ok"),
        flags_column(),
        Column("name", "string", "name of the value", nullable=False),
        Column("value", "float", "the value; 1 and 0 for true and false"),
        Column("text", "string", "the value where it is not a number"),
        Column("unit", "string", "unit of the value"),
        Column("numerator", "float", "of the feature's main value"),
        Column("denominator", "float", "of the feature's main value"),
        Column("ci_low", "float", "lower bound of the main value's 95 % interval"),
        Column("ci_high", "float", "upper bound of the main value's 95 % interval"),
    ),
)  # fmt: skip

BIOMARKER = Table(
    name="biomarker", key=("pair_id",), version=1,
    doc="One row a pair, wide. Each evaluable column has its `_status` and `_flags`.",
    columns=(
        patient_column(),
        pair_column(),
        _TIMEPOINT,
        _SPECIMEN,
        *(column for biomarker in BIOMARKERS for column in biomarker.columns()),
    ),
)  # fmt: skip

QC = Table(
    name="qc", key=("pair_id",), version=1, doc="Quality figures, one row a pair.",
    columns=(patient_column(), pair_column(), status_column(), Column("reason", "string", "why it is not ok"),
             flags_column(), *_qc_columns()),
)  # fmt: skip

GENE = Table(
    name="gene", key=("pair_id", "gene"), version=1,
    doc="Status of every driver and pathway gene of a pair, as drivers.tsv gives it.",
    columns=(
        patient_column(),
        pair_column(),
        Column("gene", "string", "symbol", nullable=False),
        Column("role", "string", "how it drives cancer", nullable=False,
               allowed=("oncogene", "suppressor", "unknown")),
        Column("status", "string", "what is known of it; `no_mutation` where copy number is unknown",
               nullable=False,
               allowed=("biallelic", "altered", "uncertain", "unaltered", "no_mutation", "not_evaluable")),
        Column("hits", "string", "kinds of hits separated by semicolons: amplification, deep_deletion, "
               "truncating, hotspot, other, loh"),
        Column("mutations", "string", "its mutations separated by semicolons"),
        Column("n_mutation", "int", "mutations that change the protein", nullable=False, minimum=0),
        *copy_columns(),
        _SEGMENT_LOG2,
        clonality_column("of its most clonal truncating or hot-spot mutation"),
    ),
)  # fmt: skip

SEGMENT = Table(
    name="segment", key=("pair_id", "chrom", "start"), version=1,
    doc="Copy-number segments of every pair, as segments.tsv gives them.",
    columns=(
        patient_column(),
        pair_column(),
        *place_columns(),
        Column("n_bin", "int", "bins it rests on", nullable=False, minimum=0),
        Column("log2", "float", "log2 ratio of tumour to reference, not corrected for purity", nullable=False),
        Column("n_het", "int", "heterozygous sites of the normal in it", nullable=False, minimum=0),
        Column("baf", "float", "allele fraction of the minor allele", unit="fraction", minimum=0, maximum=0.5),
        *copy_columns("in the tumour cells that carry its change"),
        cell_fraction_column("its"),
    ),
)  # fmt: skip

GENE_COPY = Table(
    name="gene_copy", key=("pair_id", "gene"), version=1,
    doc="Copy number of the genes of the list in every pair, as gene_copies.tsv gives it.",
    columns=(
        patient_column(),
        pair_column(),
        Column("gene", "string", "name in the annotation", nullable=False),
        *place_columns("first coding base", "base after the last coding one"),
        Column("call", "string", "its copy number in a word; empty where it was not measured",
               allowed=("amplification", "gain", "neutral", "loss", "deep_deletion")),
        Column("basis", "string", "what the call rests on", allowed=("copies", "log2")),
        Column("loh", "bool", "a copy is left but one parental allele is lost"),
        _SEGMENT_LOG2,
        *copy_columns(),
        cell_fraction_column("its segment's"),
        Column("n_segment", "int", "segments it lies on: above 1 a break cuts it", nullable=False, minimum=0),
        Column("segment_mb", "float", "length of its segment", unit="Mb", minimum=0),
    ),
)  # fmt: skip


#: Which window the number of events of an attribution has.
_WINDOWS = {"any": "of events that are not serious", "related": "of events that are not serious",
            "immune": "of immune-related events"}  # fmt: skip


def _toxicity_columns(attribution: str, words: str) -> tuple[Column, ...]:
    events = f"events {words} that start within their window"
    return (
        Column(f"grade_{attribution}", "int", f"worst CTCAE grade of {events}; 0 for none", minimum=0, maximum=5),
        Column(f"high_grade_{attribution}", "bool", f"grade 3 or more among {events}"),
        Column(f"high_grade_{attribution}_months", "float",
               f"first dose to the first of grade 3 or more among {events}, else to the end of follow-up for them",
               unit="months", minimum=0),
        Column(f"high_grade_{attribution}_state", "string", "what ended it; death competes", allowed=STATES),
        Column(f"n_event_{attribution}", "int", f"number of events {words} in the time of exposure", minimum=0),
        Column(f"exposure_{attribution}_months", "float",
               f"time of exposure: first dose to the end of the window {_WINDOWS[attribution]}, death or last contact",
               unit="months", minimum=0),
    )  # fmt: skip


#: Columns `cohort build` adds to the clinical table.
DERIVED: tuple[Column, ...] = (
    _origin("os"),
    _origin("pfs"),
    Column("os_induction_months", "float", "induction start to death, all who started; not by arm",
           unit="months", minimum=0),
    Column("os_induction_event", "bool", "death observed"),
    Column("induction_objective_response", "bool", "CR or PR to induction; NE counts as no"),
    Column("objective_response", "bool", "confirmed CR or PR after the origin; NE counts as no"),
    Column("objective_response_unconfirmed", "bool", "CR or PR, confirmed or not; NE counts as no"),
    Column("objective_response_evaluable", "bool", "confirmed CR or PR; NE is unknown"),
    Column("durable_benefit", "bool",
           "CR, PR or SD and 183 days without progression or death; censored earlier is unknown"),
    Column("best_overall_response", "string",
           "best overall response with confirmation of CR and PR (RECIST 1.1, table 3), from assessments",
           allowed=RESPONSES),
    *(column for cause, words in ATTRIBUTIONS.items() for column in _toxicity_columns(cause, words)),
    Column("radiation_grade2", "bool",
           "pneumonitis or oesophagitis of grade 2 or more from the first fraction to 180 days after the last; "
           "unknown without radiotherapy"),
    Column("os_induction_entry_months", "float",
           "start of induction to allocation: when a patient enters a comparison of arms by os_induction",
           unit="months", minimum=0),
)  # fmt: skip

SIGNATURE = Table(
    name="signature", key=("pair_id", "definition_id", "signature"), version=1,
    doc="Exposure of every signature found in a pair whose record is ok.",
    columns=(
        patient_column(),
        pair_column(),
        Column("definition_id", "string", "kind of mutations", nullable=False,
               allowed=("sbs96", "dbs78", "id83")),
        Column("signature", "string", "COSMIC's name", nullable=False),
        fraction_column("exposure", "share of the mutations that have a channel"),
        fraction_column("exposure_low", "lower end of its 95 % bootstrap interval"),
        fraction_column("exposure_high", "upper end of its 95 % bootstrap interval"),
        Column("n_mutation", "int", "mutations the exposures are shares of", minimum=0),
    ),
)  # fmt: skip

COHORT_CLINICAL = Table(
    name="clinical", key=CLINICAL.key, version=1, open_ended=True,
    doc="The clinical table as given, with endpoints derived from its dates; ready-made endpoints are kept.",
    columns=CLINICAL.columns + DERIVED,
)  # fmt: skip

COHORT_ASSESSMENT = Table(
    name="assessment", key=ASSESSMENT.key, version=1, open_ended=True,
    doc="The tumour assessments as given, with the change of the target lesions since baseline: the last visit "
        "with a sum on or before the origin, else the first visit with a sum if it has no response.",
    columns=(
        *ASSESSMENT.columns,
        Column("assessment_months", "float", "origin of the patient's survival to this visit", unit="months"),
        Column("target_change_percent", "float", "change of target_sum_mm since baseline", unit="percent",
               minimum=-100),
        Column("target_change_nadir_percent", "float",
               "change of target_sum_mm since its smallest earlier value, baseline included", unit="percent",
               minimum=-100),
    ),
)  # fmt: skip

WORST_GRADE = Table(
    name="worst_grade", key=("patient_id", "term", "attribution"), version=1,
    doc="Worst CTCAE grade a patient and term, of the events that start within their window.",
    columns=(
        patient_column(),
        Column("term", "string", "adverse event term", nullable=False),
        Column("attribution", "string", "which events are counted", nullable=False, allowed=tuple(ATTRIBUTIONS)),
        Column("grade", "int", "worst CTCAE grade", nullable=False, minimum=1, maximum=5),
    ),
)  # fmt: skip

#: The tables of a cohort folder, in the order of documentation.
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        *(PATIENT, SAMPLE, PAIR, BIOMARKER, QC, FEATURE, VARIANT, TRANSCRIPT, PROTEIN_DOMAIN),
        *(SEGMENT, GENE_COPY, GENE, SIGNATURE),
        *(HLA, HLA_LOH, NEOANTIGEN),
        *(PROTEOMICS_SAMPLE, PROTEIN, PROTEOMICS, PROTEOMICS_CHANGE),
        *(COHORT_CLINICAL, TOXICITY, WORST_GRADE, COHORT_ASSESSMENT),
        ASSOCIATION,
    )
}
