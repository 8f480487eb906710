"""Quality of a pair: coverage, duplicates, contamination. A value that was not measured is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wes_biomarkers.contracts.record import Record

#: Contamination above which a pair needs review: Mutect2's filter absorbs about 2 %; more distorts fractions.
MAX_CONTAMINATION = 0.05
#: Mean target coverage below which counts are thin: the callable depths of the TMB definition.
MIN_MEAN_COVERAGE_TUMOR = 20.0
MIN_MEAN_COVERAGE_NORMAL = 10.0


@dataclass(frozen=True)
class SampleQuality:
    """What was measured on one sample. Coverage is mean depth over the target, in reads."""

    mean_coverage: float | None = None
    target_10x_fraction: float | None = None
    target_20x_fraction: float | None = None
    duplicate_fraction: float | None = None
    n_read: int | None = None


def compute_qc(
    *,
    patient_id: str,
    pair_id: str,
    tumor: SampleQuality,
    normal: SampleQuality,
    callable_target_mb: float | None,
    contamination: tuple[float, float] | None,
    is_synthetic: bool,
    provenance: Mapping[str, Any],
) -> Record:
    """The quality record of a pair.

    Args:
        patient_id: patient of the pair.
        pair_id: the pair.
        tumor: measures of the tumour sample.
        normal: measures of its normal.
        callable_target_mb: target bases callable in both, in Mb.
        contamination: estimate and standard error of GATK CalculateContamination, as fractions.
        is_synthetic: made from simulated reads.
        provenance: of the values.
    """
    values = {
        "mean_coverage_tumor": tumor.mean_coverage,
        "mean_coverage_normal": normal.mean_coverage,
        "target_20x_fraction_tumor": tumor.target_20x_fraction,
        "target_10x_fraction_normal": normal.target_10x_fraction,
        "callable_target_mb": callable_target_mb,
        "duplicate_fraction_tumor": tumor.duplicate_fraction,
        "duplicate_fraction_normal": normal.duplicate_fraction,
        "n_read_tumor": tumor.n_read,
        "n_read_normal": normal.n_read,
        "contamination": None if contamination is None else contamination[0],
        "contamination_error": None if contamination is None else contamination[1],
    }
    measured = any(value is not None for value in values.values())
    flags = ["synthetic"] if is_synthetic else []
    if contamination is not None and contamination[0] > MAX_CONTAMINATION:
        flags.append("contamination_high")
    if (tumor.mean_coverage is not None and tumor.mean_coverage < MIN_MEAN_COVERAGE_TUMOR) or (
        normal.mean_coverage is not None and normal.mean_coverage < MIN_MEAN_COVERAGE_NORMAL
    ):
        flags.append("low_coverage")
    return Record(
        patient_id=patient_id,
        pair_id=pair_id,
        feature="qc",
        definition_id="qc",
        status="ok" if measured else "not_evaluable",
        reason="" if measured else "the pair started from calls: no reads to measure",
        flags=tuple(flags),
        values=values,
        provenance=provenance,
    )
