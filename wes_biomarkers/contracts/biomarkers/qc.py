"""Columns and values of a pair's sequencing quality."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column


def _qc(name: str, doc: str, unit: str, maximum: float | None = None) -> Biomarker:
    return Biomarker(
        Column(name, "float", doc, unit=unit, minimum=0, maximum=maximum), "qc", "qc", name, True
    )


BIOMARKERS: tuple[Biomarker, ...] = (
    _qc("contamination", "estimated cross-sample contamination of the tumour", "fraction", 1),
    _qc("mean_coverage_tumor", "mean depth of the tumour over its capture target", "x"),
    _qc("mean_coverage_normal", "mean depth of the normal over its capture target", "x"),
)

VALUES: Values = {
    ("qc", "mean_coverage_tumor"): Value("mean depth of the tumour over its target", "x", main=True),
    ("qc", "mean_coverage_normal"): Value("mean depth of the normal over its target", "x"),
    ("qc", "target_20x_fraction_tumor"): Value("target covered at least 20x in the tumour", "fraction"),
    ("qc", "target_10x_fraction_normal"): Value("target covered at least 10x in the normal", "fraction"),
    ("qc", "callable_target_mb"): Value("target callable in both samples", "Mb"),
    ("qc", "duplicate_fraction_tumor"): Value("reads marked as duplicates, tumour", "fraction"),
    ("qc", "duplicate_fraction_normal"): Value("reads marked as duplicates, normal", "fraction"),
    ("qc", "n_read_tumor"): Value("reads, tumour"),
    ("qc", "n_read_normal"): Value("reads, normal"),
    ("qc", "contamination"): Value("cross-sample contamination of the tumour", "fraction"),
    ("qc", "contamination_error"): Value("standard error of the contamination", "fraction"),
}
