"""The effect of treatment in overlapping windows of a biomarker: a look at the shape of an interaction.

Like STEPP (Bonetti and Gelber 2004, Biostatistics 5:465). Windows are small and share patients: read the curve beside
the interaction test, not in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import Estimate, FollowUp
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.permutation import permutation_p, permutations

Patients = NDArray[np.int64]
Effect = Callable[[Patients], Estimate]


@dataclass(frozen=True)
class Window:
    """Patients whose feature lies from low to high, both included, and the effect of treatment among them.

    Attributes:
        centre: median of the feature among them.
    """

    low: float
    high: float
    centre: float
    estimate: Estimate


@dataclass(frozen=True)
class SlidingWindow:
    """The windows in ascending order, and whether one effect fits all.

    Attributes:
        windows: from the lowest values up.
        overall: effect in all patients.
        statistic: largest distance of a window's coefficient from the overall one, in its standard errors.
        p_value: chance of so large a distance when the feature is dealt anew within each arm.
        n_permutation: behind p_value.
    """

    windows: tuple[Window, ...]
    overall: Estimate
    statistic: float | None = None
    p_value: float | None = None
    n_permutation: int = 0
    status: str = "ok"
    reason: str = ""


def survival_effect(data: FollowUp, treated: ArrayLike) -> Effect:
    """Hazard ratio of treatment among any of the patients, strata and left truncation kept."""
    arm = np.asarray(treated, np.float64)

    def effect(patients: Patients) -> Estimate:
        parts = {name: None if (own := getattr(data, name)) is None else own[patients]
                 for name in ("entry", "strata", "weight")}  # fmt: skip
        chosen = FollowUp(data.time[patients], data.event[patients], **parts)
        return fit_cox(chosen, arm[patients][:, None]).estimate(0)

    return effect


def binary_effect(y: ArrayLike, treated: ArrayLike) -> Effect:
    """Odds ratio of treatment among any of the patients; Firth's where they are few."""
    outcome, arm = np.asarray(y, np.float64), np.asarray(treated, np.float64)
    return lambda patients: fit_logistic(outcome[patients], arm[patients]).estimate(0)


def windows_of(feature: ArrayLike, size: int, step: int) -> list[tuple[float, float]]:
    """(low, high) of windows of at least `size` patients, each starting `step` patients after the one before.

    Patients of one value are never parted, so that windows may be larger. The last window ends with the highest value.

    Raises:
        ValueError: size above the number of patients, or size or step below 1.
    """
    values = np.sort(np.asarray(feature, np.float64))
    n = len(values)
    if not 1 <= size <= n or step < 1:
        raise ValueError("size must be from 1 to the number of patients, and step at least 1")
    starts = list(range(0, n - size + 1, step))
    if starts[-1] != n - size:
        starts.append(n - size)
    limits = [(float(values[start]), float(values[start + size - 1])) for start in starts]
    return list(dict.fromkeys(limits))


def sliding_window(
    effect: Effect,
    feature: ArrayLike,
    treated: Sequence[object] | ArrayLike,
    *,
    size: int,
    step: int,
    n_permutation: int = 500,
    seed: int = 1,
) -> SlidingWindow:
    """The effect of treatment in each window, with a permutation test that it is the same in all.

    The test is sound for a feature that does nothing; a strongly prognostic feature alone may also move windows'
    ratios a little, since hazard and odds ratios do not collapse.

    Args:
        effect: of treatment among the patients with these numbers: `survival_effect`, `binary_effect`.
        feature: shape (n,), none missing.
        treated: arm of each patient; the feature is permuted within arms.
        size, step: as in `windows_of`; some 60 to 80 patients and 10 to 20.
        n_permutation: 0 for no test.
        seed: of the permutations.

    Raises:
        ValueError: a missing value, or as `windows_of`.
    """
    values = np.asarray(feature, np.float64)
    if not np.isfinite(values).all():
        raise ValueError("the feature must be known throughout")
    limits = windows_of(values, size, step)
    overall = effect(np.arange(len(values)))
    windows = tuple(_window(effect, values, low, high) for low, high in limits)
    statistic = _distance([window.estimate for window in windows], overall)
    if len(windows) < 2 or not np.isfinite(statistic):
        reason = "fewer than two windows have an effect"
        return SlidingWindow(windows, overall, status="not_evaluable", reason=reason)
    if not n_permutation:
        return SlidingWindow(windows, overall, statistic)
    inside = [(values >= low) & (values <= high) for low, high in limits]
    dealt = (
        _distance([effect(np.sort(order[mask])) for mask in inside], overall)
        for order in permutations(len(values), n_permutation, seed=seed, strata=treated)
    )
    # a permutation without an effect in two windows is as large as can be, which is on the safe side
    p_value = float(permutation_p(statistic, dealt).p_value[0])
    return SlidingWindow(windows, overall, statistic, p_value, n_permutation)


def _window(effect: Effect, values: NDArray[np.float64], low: float, high: float) -> Window:
    patients = np.flatnonzero((values >= low) & (values <= high))
    return Window(low, high, float(np.median(values[patients])), effect(patients))


def _distance(found: Sequence[Estimate], overall: Estimate) -> float:
    """Largest standardised distance from the overall coefficient; NaN with fewer than two windows to measure."""
    if overall.coefficient is None:
        return float("nan")
    distances = [
        abs(one.coefficient - overall.coefficient) / one.standard_error
        for one in found
        if one.status == "ok" and one.coefficient is not None and one.standard_error
    ]
    return max(distances) if len(distances) > 1 else float("nan")
