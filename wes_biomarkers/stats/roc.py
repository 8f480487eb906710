"""How well a marker tells two outcomes apart: the area under the ROC curve, its points, and two markers compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RocCurve:
    """Points of the curve, from (0, 0) to (1, 1); all arrays have one length.

    Attributes:
        threshold: a patient at or above it is called positive; the first is infinite.
        sensitivity: share of those with the outcome called positive.
        false_positive_rate: share of the others called positive.
    """

    threshold: Array
    sensitivity: Array
    false_positive_rate: Array


def _outcome_groups(scores: ArrayLike, y: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    values, outcome = np.asarray(scores, np.float64), np.asarray(y, np.float64)
    if not len(values) or len(values) != len(outcome):
        raise ValueError("scores and y must be of one length, above 0")
    if np.isnan(values).any() or not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("scores must be known, and the outcome 0 or 1")
    return values, outcome == 1


def _placements(values: Array, positive: NDArray[np.bool_]) -> tuple[Array, Array]:
    """For each patient the share of the other group it is ranked rightly against, ties half (DeLong 1988).

    By midranks (Sun and Xu 2014, IEEE Signal Process Lett 21:1389): n log n, not n squared.
    """
    from scipy.stats import rankdata

    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    among_all = rankdata(values)
    of_positive = (among_all[positive] - rankdata(values[positive])) / n_negative
    of_negative = 1 - (among_all[~positive] - rankdata(values[~positive])) / n_positive
    return of_positive, of_negative


def auc(scores: ArrayLike, y: ArrayLike) -> Estimate:
    """The chance that a patient with the outcome scores higher than one without, ties counting half.

    95 % interval and p against .5 by DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837),
    the interval cut at 0 and 1. Where the marker separates the outcomes that variance is 0: the area is given with the
    flag `separation` and without interval, its p is Mann-Whitney's.

    Args:
        scores: higher means the outcome is likelier, shape (n,); an area below .5 says the contrary.
        y: outcome, 0 or 1, shape (n,).

    Raises:
        ValueError: unequal lengths, no patient, missing scores, an outcome other than 0 and 1.
    """
    values, positive = _outcome_groups(scores, y)
    n, n_event = len(values), int(positive.sum())
    reason, flags = _obstacle(values, positive)
    if reason:
        return Estimate("delong", "auc", n, n_event, status="not_evaluable", reason=reason, flags=flags)
    of_positive, of_negative = _placements(values, positive)
    area = float(of_positive.mean())
    error = math.sqrt(of_positive.var(ddof=1) / n_event + of_negative.var(ddof=1) / (n - n_event))
    if area in (0.0, 1.0):
        return Estimate(
            "delong", "auc", n, n_event, area, p_value=_rank_p(values, positive), coefficient=area,
            flags=("separation", *flags),
        )  # fmt: skip
    low, high = max(0.0, area - NORMAL_97_5 * error), min(1.0, area + NORMAL_97_5 * error)
    z = (area - 0.5) / error
    return Estimate("delong", "auc", n, n_event, area, low, high, _normal_p(z), z, area, error, flags=flags)


def _obstacle(values: Array, positive: NDArray[np.bool_]) -> tuple[str, tuple[str, ...]]:
    """Why there is no area, and the flags of this comparison."""
    smaller = min(int(positive.sum()), int((~positive).sum()))
    if smaller < 2:
        return "fewer than two patients with the outcome, or without it", ()
    if np.ptp(values) == 0:
        return "every patient has the same value", ("constant_feature",)
    return "", (("one_group_small",) if smaller < 5 else ())


def _normal_p(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _rank_p(values: Array, positive: NDArray[np.bool_]) -> float:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(values[positive], values[~positive], alternative="two-sided").pvalue)


def auc_difference(first: ArrayLike, second: ArrayLike, y: ArrayLike) -> Estimate:
    """The area of one marker less that of another in the same patients, by DeLong's paired test.

    Raises:
        ValueError: as `auc`.
    """
    values, positive = _outcome_groups(first, y)
    others, _ = _outcome_groups(second, y)
    n, n_event = len(values), int(positive.sum())
    for marker in (values, others):
        reason, flags = _obstacle(marker, positive)
        if reason:
            return Estimate(
                "delong_paired",
                "auc_difference",
                n,
                n_event,
                status="not_evaluable",
                reason=reason,
                flags=flags,
            )
    of_positive = np.subtract(*(_placements(marker, positive)[0] for marker in (values, others)))
    of_negative = np.subtract(*(_placements(marker, positive)[1] for marker in (values, others)))
    difference = float(of_positive.mean())
    error = math.sqrt(of_positive.var(ddof=1) / n_event + of_negative.var(ddof=1) / (n - n_event))
    if error == 0:
        reason = "both markers rank the patients alike"
        return Estimate("delong_paired", "auc_difference", n, n_event, status="not_evaluable", reason=reason)
    low, high = difference - NORMAL_97_5 * error, difference + NORMAL_97_5 * error
    z = difference / error
    return Estimate(
        "delong_paired", "auc_difference", n, n_event, difference, max(-1.0, low), min(1.0, high), _normal_p(z), z,
        difference, error, flags=flags,
    )  # fmt: skip


def roc_curve(scores: ArrayLike, y: ArrayLike) -> RocCurve:
    """The curve's points, one a distinct score, from the highest down.

    Raises:
        ValueError: as `auc`, and where one of the outcomes is absent.
    """
    values, positive = _outcome_groups(scores, y)
    if positive.all() or not positive.any():
        raise ValueError("a curve needs patients with the outcome and without it")
    thresholds = np.unique(values)[::-1]
    above_positive = len(values[positive]) - np.searchsorted(np.sort(values[positive]), thresholds)
    above_negative = len(values[~positive]) - np.searchsorted(np.sort(values[~positive]), thresholds)
    return RocCurve(
        np.append(np.inf, thresholds),
        np.append(0.0, above_positive / positive.sum()),
        np.append(0.0, above_negative / (~positive).sum()),
    )
