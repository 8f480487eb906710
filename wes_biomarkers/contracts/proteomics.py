"""Proteomics: the sample sheet a user gives, and the cohort's tables of samples, proteins and values."""

from __future__ import annotations

from wes_biomarkers.contracts.columns import patient_column
from wes_biomarkers.contracts.schema import ID_PATTERN, Column, Table

#: What a proteomics sample can be; unlike a sequenced one it may be serum.
PROTEOMICS_SPECIMENS = ("tissue", "ffpe", "blood", "serum", "plasma", "urine", "saliva", "adjacent")

#: Beyond which end of the range of quantification a value lies; "" for a quantified one.
CENSORED = ("", "below", "above")

#: Flags of one value; several are separated by semicolons.
VALUE_FLAGS = {
    "below_lod": "below the assay's limit of detection, but reported as a number",
    "extrapolated": "read off beyond the standard curve; censored, and raw holds the number",
    "qc_warning": "the assay warned of this sample or value",
    "zero": "exported as 0: below the lowest quantified value, not none",
}

#: Why a protein is in the table `protein` only.
DROPPED = ("missing", "never_quantified", "isoform")

_ENTITY = (
    Column("sample_id", "string", "sample id, unique across patients", nullable=False, pattern=ID_PATTERN),
    patient_column(),
    Column("specimen", "string", "what was measured", allowed=PROTEOMICS_SPECIMENS),
    Column("timepoint", "string", "when, in the sheet's words; default baseline"),
    Column("collection_date", "date", "day the specimen was taken"),
    Column("batch", "string", "plate or run measured together"),
)  # fmt: skip
_PROTEIN = Column("protein", "string", "the assay's or search engine's name of it", nullable=False)

PROTEOMICS_SAMPLE_INPUT = Table(
    name="proteomics_sample", key=("sample_id",), version=1,
    doc="The samples of a proteomics table, one row a sample; CSV, TSV or XLSX. They need not be sequenced ones.",
    columns=_ENTITY,
)  # fmt: skip

PROTEOMICS_SAMPLE = Table(
    name="proteomics_sample", key=("sample_id",), version=1,
    doc="Every proteomics sample of the sheet, those without values included.",
    columns=(
        *_ENTITY,
        Column("n_quantified", "int", "proteins with a number, of those kept", nullable=False, minimum=0),
        Column("n_below", "int", "proteins known only to lie below a limit", nullable=False, minimum=0),
        Column("n_above", "int", "proteins known only to lie above a limit", nullable=False, minimum=0),
    ),
)  # fmt: skip

PROTEIN = Table(
    name="protein", key=("protein",), version=1,
    doc="Every protein of the proteomics file, those dropped included.",
    columns=(
        _PROTEIN,
        Column("gene", "string", "symbol, where the file gives it"),
        Column("members", "string", "ids of its protein group, separated by semicolons"),
        Column("n_quantified", "int", "samples with a number", nullable=False, minimum=0),
        Column("n_below", "int", "samples known only to lie below a limit", nullable=False, minimum=0),
        Column("n_above", "int", "samples known only to lie above a limit", nullable=False, minimum=0),
        Column("n_missing", "int", "samples without any value", nullable=False, minimum=0),
        Column("kept", "bool", "whether the table proteomics has it", nullable=False),
        Column("reason", "string", "why it was dropped", allowed=DROPPED),
    ),
)  # fmt: skip

PROTEOMICS = Table(
    name="proteomics", key=("sample_id", "protein"), version=1,
    doc="Every quantified or censored value, long; a protein without a row for a sample was not measured in it.",
    columns=(
        *_ENTITY,
        _PROTEIN,
        Column("value", "float", "log2, after normalisation and batch correction; of a censored value its limit, "
               "empty where that is unknown", unit="log2"),
        Column("raw", "float", "the number as exported; empty for a mark without one"),
        Column("censored", "string", "the end of the range of quantification beyond which the value lies; "
               "empty for a quantified one", nullable=False, allowed=CENSORED),
        Column("flags", "string", "codes separated by semicolons: " + ", ".join(VALUE_FLAGS), nullable=False),
    ),
)  # fmt: skip

PROTEOMICS_CHANGE = Table(
    name="proteomics_change", key=("sample_id", "protein"), version=1,
    doc="Change of a protein from a patient's baseline to each later sample of the same specimen.",
    columns=(
        *_ENTITY,
        _PROTEIN,
        Column("baseline_sample_id", "string", "the sample compared with", nullable=False),
        Column("change", "float", "log2 of value over baseline; of a censored change its bound, empty where "
               "both values are censored on one side", unit="log2"),
        Column("censored", "string", "the change lies below or above `change`; empty for an exact or unknown "
               "one", nullable=False, allowed=CENSORED),
        Column("reason", "string", "why the change is unknown", allowed=("both_censored", "unknown_value")),
    ),
)  # fmt: skip
