"""Copy number of chromosome arms: gained, lost, or without one parental allele as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.chromosomes import Genome, Sex, normal_copies
from wes_biomarkers.features.segments import Segments


@dataclass(frozen=True)
class ArmThresholds:
    """Shares of an arm, as in definitions/copy_number.toml.

    Attributes:
        min_share: of its measured length a change covers to be the arm's.
        min_measured_share: of its length that has copy numbers, below which nothing is said of it.
    """

    min_share: float = 0.8
    min_measured_share: float = 0.5


@dataclass(frozen=True)
class ArmCalls:
    """Names of arms, in the order of the genome's arms: measured, gained, lost, without one parental allele."""

    measured: tuple[str, ...] = ()
    gain: tuple[str, ...] = ()
    loss: tuple[str, ...] = ()
    loh: tuple[str, ...] = ()


def base_copies(segments: Segments, sex: Sex, wgd: bool | None) -> NDArray[np.float64]:
    """Copies of each segment without a change of its own: those of normal cells, twice that after WGD.

    NaN on X and Y where the sex is unknown, and everywhere where it is unknown whether the genome was doubled.
    """
    return normal_copies(segments.chrom, sex) * (np.nan if wgd is None else 2.0 if wgd else 1.0)


def call_arms(
    segments: Segments, genome: Genome, thresholds: ArmThresholds, *, sex: Sex, wgd: bool | None
) -> ArmCalls:
    """The arms that are gained, lost or LOH as a whole: over `min_share` of what was measured of them.

    A segment across the centromere counts with either arm for what lies there.

    Args:
        segments: with copy numbers.
        genome: with its arms.
        thresholds: shares.
        sex: of the patient.
        wgd: the genome was doubled, so that gain and loss are seen from twice the normal copies; None where
            unknown: no arm is called gained or lost.
    """
    base = base_copies(segments, sex, wgd)
    normal = normal_copies(segments.chrom, sex)
    total, minor = segments.total_cn, segments.minor_cn
    has_total = ~np.isnan(total) & ~np.isnan(normal)
    states = {
        "measured": (has_total, has_total),
        "gain": (total > base, has_total),
        "loss": (total < base, has_total),
        "loh": ((minor == 0) & (total > 0) & (normal >= 2), ~np.isnan(minor) & ~np.isnan(normal)),
    }
    found: dict[str, list[str]] = {name: [] for name in states}
    for arm in genome.arms:
        bases = np.clip(np.minimum(segments.end, arm.end) - np.maximum(segments.start, arm.start), 0, None)
        bases = np.where(segments.chrom == arm.chrom, bases, 0)
        for name, (holds, known) in states.items():
            measured = bases[known].sum()
            if measured < thresholds.min_measured_share * (arm.end - arm.start):
                continue
            if bases[holds & known].sum() >= thresholds.min_share * measured:
                found[name].append(arm.name)
    return ArmCalls(**{name: tuple(names) for name, names in found.items()})
