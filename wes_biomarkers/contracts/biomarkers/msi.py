"""Columns and values of microsatellite instability."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column

MSI_CLASSES = ("high", "low", "stable")


def _msi(column: Column, *, evidence: bool = False) -> Biomarker:
    return Biomarker(column, "msi", "msi_paired", column.name, evidence)


BIOMARKERS: tuple[Biomarker, ...] = (
    _msi(
        Column(
            "msi_score",
            "float",
            "unstable microsatellites of those evaluable",
            unit="%",
            minimum=0,
            maximum=100,
        )
    ),
    _msi(Column("msi_class", "string", "class of msi_score by the cutoffs", allowed=MSI_CLASSES)),
    _msi(
        Column("n_site_evaluable", "int", "microsatellites deep enough in both samples", minimum=0),
        evidence=True,
    ),
    _msi(
        Column("n_site_unstable", "int", "microsatellites of another length in the tumour", minimum=0),
        evidence=True,
    ),
)

VALUES: Values = {
    ("msi", "msi_score"): Value("unstable microsatellites of those evaluable", "%", main=True),
    ("msi", "msi_class"): Value("high, low or stable by the cutoffs"),
    ("msi", "n_site"): Value("microsatellites of the reference bundle"),
    ("msi", "n_site_evaluable"): Value("microsatellites deep enough in both samples"),
    ("msi", "n_site_unstable"): Value("microsatellites of another length in the tumour"),
    ("msi", "n_site_imbalance"): Value(
        "unstable microsatellites where the tumour may only have lost an allele"
    ),
    ("msi", "top_site"): Value("unstable microsatellites with the largest shifts"),
}
