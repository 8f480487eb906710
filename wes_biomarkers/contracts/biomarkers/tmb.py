"""Columns and values of tumour mutational burden."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column


def _tmb(name: str, dtype: str, doc: str, unit: str | None = None, *, evidence: bool = False) -> Biomarker:
    column = Column(name, dtype, doc, unit=unit, minimum=None if dtype == "bool" else 0)  # type: ignore[arg-type]
    return Biomarker(column, "tmb", "wes_nonsyn", name, evidence)


BIOMARKERS: tuple[Biomarker, ...] = (
    _tmb("tmb_per_mb", "float", "tumour mutational burden by the definition wes_nonsyn", "mutations/Mb"),
    _tmb("tmb_high", "bool", "tmb_per_mb at or above the definition's cutoff"),
    _tmb("callable_mb", "float", "callable coding bases the burden is divided by", "Mb", evidence=True),
    _tmb("n_mutation", "int", "counted mutations: the numerator; n_snv + n_indel + n_mnv", evidence=True),
    _tmb("n_snv", "int", "counted single nucleotide variants", evidence=True),
    _tmb("n_indel", "int", "counted insertions and deletions", evidence=True),
    _tmb("n_mnv", "int", "counted multi-nucleotide variants", evidence=True),
)

VALUES: Values = {
    ("tmb", "tmb_per_mb"): Value("tumour mutational burden", "mutations/Mb", main=True),
    ("tmb", "tmb_high"): Value("at or above the definition's cutoff"),
    ("tmb", "tmb_high_count"): Value("counted mutations at or above the cutoff for whole exomes"),
    ("tmb", "n_mutation"): Value("counted mutations"),
    ("tmb", "n_snv"): Value("counted single nucleotide variants"),
    ("tmb", "n_indel"): Value("counted insertions and deletions"),
    ("tmb", "n_mnv"): Value("counted multi-nucleotide variants"),
    ("tmb", "callable_mb"): Value("callable bases of the denominator", "Mb"),
}
