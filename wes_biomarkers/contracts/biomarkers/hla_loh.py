"""Columns and values of HLA loss."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column

_STATES = ("loss", "kept", "homozygous", "review", "not_evaluable")


def _hla_loh(column: Column, *, evidence: bool = False) -> Biomarker:
    return Biomarker(column, "hla_loh", "wes_hla_loh", column.name, evidence)


def _state(locus: str) -> Biomarker:
    doc = f"whether the tumour lost one of two different HLA-{locus} alleles"
    return _hla_loh(Column(f"hla_loh_{locus.lower()}", "string", doc, allowed=_STATES), evidence=True)


BIOMARKERS: tuple[Biomarker, ...] = (
    _hla_loh(Column("hla_loh", "bool", "the tumour lost an HLA class I allele")),
    _hla_loh(Column("n_hla_lost", "int", "class I loci of which an allele was lost", minimum=0)),
    *map(_state, "ABC"),
)

VALUES: Values = {
    ("hla_loh", "hla_loh"): Value("whether the tumour lost an HLA class I allele", main=True),
    ("hla_loh", "n_hla_lost"): Value("class I loci of which an allele was lost"),
    **{
        ("hla_loh", f"hla_loh_{locus.lower()}"): Value(
            f"state of HLA-{locus}: {', '.join(_STATES[:-1])} or {_STATES[-1]}; empty: not typed"
        )
        for locus in "ABC"
    },
}
