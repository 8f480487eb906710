"""The samplesheet: one row a lane."""

from __future__ import annotations

from wes_biomarkers.contracts.schema import ID_PATTERN, Column, Table

TUMOR_SPECIMENS = ("tissue", "ffpe", "plasma", "urine")
#: Tumour specimens in which little of the DNA may be the tumour's.
LOW_FRACTION_SPECIMENS = ("plasma", "urine")
NORMAL_SPECIMENS = ("blood", "saliva", "adjacent")

_FASTQ = r"\.(fastq|fq)(\.gz)?$"

SAMPLESHEET = Table(
    name="samplesheet",
    key=("sample_id", "lane"),
    version=1,
    doc="The sequenced samples of a study, one row a lane; CSV, TSV or XLSX.",
    columns=(
        Column("patient_id", "string", "pseudonymous patient id", nullable=False, pattern=ID_PATTERN),
        Column("sample_id", "string", "sample id, unique across patients", nullable=False, pattern=ID_PATTERN),
        Column("role", "string", "tumour-bearing or matched normal", nullable=False, allowed=("tumor", "normal")),
        Column("specimen", "string", "what was sampled; default tissue for a tumour, blood for a normal",
               allowed=TUMOR_SPECIMENS + NORMAL_SPECIMENS),
        Column("timepoint", "string", "free text; default baseline"),
        Column("collection_date", "date", "day the specimen was taken, ISO 8601"),
        Column("lane", "string", "sequencing lane; default L1, L2, ... in the order of a sample's rows",
               pattern=ID_PATTERN),
        Column("fastq_1", "string", "first reads", pattern=_FASTQ),
        Column("fastq_2", "string", "second reads", pattern=_FASTQ),
        Column("fastq_umi", "string", "UMI reads of cell-free DNA", pattern=_FASTQ),
        Column("bam", "string", "aligned reads instead of FASTQ: sorted, indexed BAM or CRAM", pattern=r"\.(bam|cram)$"),
        Column("vcf", "string", "somatic calls of this tumour against its normal, instead of reads",
               pattern=r"\.(vcf|vcf\.gz|bcf)$"),
        Column("targets", "string", "name of a capture kit in the reference bundle; default the only one"),
        Column("matched_normal", "string", "sample_id of the normal; needed only where a patient has several"),
        Column("sex", "string", "sex", allowed=("female", "male", "unknown")),
        Column("hla", "string", "known HLA types, separated by semicolons"),
    ),
)  # fmt: skip
