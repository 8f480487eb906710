"""Columns and values of tumour mutational burden."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column


def _tmb(name: str, dtype: str, doc: str, unit: str | None = None, *, evidence: bool = False) -> Biomarker:
    column = Column(name, dtype, doc, unit=unit, minimum=None if dtype == "bool" else 0)  # type: ignore[arg-type]
    return Biomarker(column, "tmb", "wes_nonsyn", name, evidence)


def _rate_of(name: str, definition_id: str, doc: str) -> Biomarker:
    """The burden by another definition."""
    column = Column(name, "float", f"{doc}, by the definition {definition_id}", "mutations/Mb", minimum=0)
    return Biomarker(column, "tmb", definition_id, "tmb_per_mb")


BIOMARKERS: tuple[Biomarker, ...] = (
    _tmb("tmb_per_mb", "float", "tumour mutational burden by the definition wes_nonsyn", "mutations/Mb"),
    _tmb("tmb_high", "bool", "tmb_per_mb at or above the definition's cutoff"),
    _tmb("callable_mb", "float", "callable coding bases the burden is divided by", "Mb", evidence=True),
    _tmb("n_mutation", "int", "counted mutations: the numerator; n_snv + n_indel + n_mnv", evidence=True),
    _tmb("n_snv", "int", "counted single nucleotide variants", evidence=True),
    _tmb("n_indel", "int", "counted insertions and deletions", evidence=True),
    _tmb("n_mnv", "int", "counted multi-nucleotide variants", evidence=True),
    _rate_of("tmb_clonal_per_mb", "wes_nonsyn_clonal", "burden of clonal mutations"),
    _rate_of("tmb_persistent_per_mb", "wes_persistent", "burden that the loss of one copy would spare"),
    Biomarker(
        Column("n_frameshift", "int", "frameshift insertions and deletions, by wes_frameshift", minimum=0),
        "tmb",
        "wes_frameshift",
        "n_mutation",
        evidence=True,
    ),
)

VALUES: Values = {
    ("tmb", "tmb_per_mb"): Value("tumour mutational burden", "mutations/Mb", main=True),
    ("tmb", "tmb_high"): Value("at or above the definition's cutoff"),
    ("tmb", "tmb_high_count"): Value("counted mutations at or above the cutoff for whole exomes"),
    ("tmb", "n_mutation"): Value("counted mutations"),
    ("tmb", "n_snv"): Value("counted single nucleotide variants"),
    ("tmb", "n_indel"): Value("counted insertions and deletions"),
    ("tmb", "n_mnv"): Value("counted multi-nucleotide variants"),
    ("tmb", "n_indeterminate"): Value("mutations left out since their clonality or copies are unknown"),
    ("tmb", "tmb_calibrated_per_mb"): Value(
        "burden in terms of another assay, by a given line", "mutations/Mb"
    ),
    ("tmb", "callable_mb"): Value("callable bases of the denominator", "Mb"),
}
