"""Risk under each arm by percentile of a biomarker: whom treatment would help, and how much.

The marker-by-treatment predictiveness curve of Janes, Pepe, Bossuyt and Barlow (2011, Ann Intern Med 154:253). Own
code: no Python library has it; the risks are compared with R's coxph and glm in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.bootstrap import MAX_FAILED, resample
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import FollowUp
from wes_biomarkers.stats.logistic import fit_logistic

Array = NDArray[np.float64]
#: (patients, values of the marker) -> risks of shape (2, k): control, treated; None where the model does not fit.
Risk = Callable[[NDArray[np.int64], Array], Array | None]

PERCENTILES = tuple(range(1, 100))


@dataclass(frozen=True)
class Predictiveness:
    """Risks by percentile of the marker; shapes (2, k) are control, then treated.

    Attributes:
        percentile: shape (k,), 0 to 100.
        value: of the marker there.
        risk: of the event.
        ci_low, ci_high: pointwise 95 % percentile bootstrap.
        reduction: risk in control less risk treated, shape (k,).
        reduction_low, reduction_high: likewise.
        share_without_benefit: of the percentiles where treatment does not lower the risk.
        n, n_resample: patients; resamples with an answer.
    """

    percentile: Array
    value: Array
    risk: Array
    ci_low: Array
    ci_high: Array
    reduction: Array
    reduction_low: Array
    reduction_high: Array
    share_without_benefit: float | None
    n: int
    n_resample: int = 0
    status: str = "ok"
    reason: str = ""


def binary_risk(y: ArrayLike, treated: ArrayLike, marker: ArrayLike) -> Risk:
    """Risks of a yes-or-no outcome: logistic, with treatment, marker and their product."""
    outcome, columns = np.asarray(y, np.float64), _columns(treated, marker)

    def risk(patients: NDArray[np.int64], values: Array) -> Array | None:
        fit = fit_logistic(outcome[patients], columns[patients], firth=False)
        if fit.status != "ok":
            return None
        return np.array([fit.probability(_columns(np.full(len(values), arm), values)) for arm in (0, 1)])

    return risk


def survival_risk(data: FollowUp, treated: ArrayLike, marker: ArrayLike, tau: float) -> Risk:
    """Risks of the event by time tau: Cox with treatment, marker and their product, Efron's baseline hazard.

    Raises:
        ValueError: strata, which have no one baseline, or weights.
    """
    if data.strata is not None or data.weight is not None:
        raise ValueError("risks at a time are for data without strata or weights")
    columns = _columns(treated, marker)
    entry = np.full(len(data.time), -np.inf) if data.entry is None else data.entry

    def risk(patients: NDArray[np.int64], values: Array) -> Array | None:
        time, event, start, x = data.time[patients], data.event[patients], entry[patients], columns[patients]
        if time.max() < tau:
            return None
        fit = fit_cox(FollowUp(time, event, None if data.entry is None else start), x)
        if fit.status != "ok":
            return None
        hazard = _baseline_hazard(time, event, start, np.exp(x @ fit.coefficients), tau)
        rows = [_columns(np.full(len(values), arm), values) @ fit.coefficients for arm in (0, 1)]
        return np.asarray(1 - np.exp(-hazard * np.exp(np.array(rows))))

    return risk


def _columns(treated: ArrayLike, marker: ArrayLike) -> Array:
    arm, values = np.asarray(treated, np.float64), np.asarray(marker, np.float64)
    return np.column_stack([arm, values, arm * values])


def _baseline_hazard(time: Array, event: NDArray[np.bool_], entry: Array, hazard: Array, tau: float) -> float:
    """Cumulated by tau for a patient of columns 0; ties share the risk set as Efron's likelihood does."""
    total = 0.0
    for at in np.unique(time[event & (time <= tau)]):
        dying = event & (time == at)
        at_risk, tied, count = (
            hazard[(time >= at) & (entry < at)].sum(),
            hazard[dying].sum(),
            int(dying.sum()),
        )
        total += float((1 / (at_risk - np.arange(count) / count * tied)).sum())
    return total


def predictiveness(
    risk: Risk,
    marker: ArrayLike,
    treated: ArrayLike,
    *,
    percentiles: ArrayLike = PERCENTILES,
    n_resample: int = 500,
    seed: int = 1,
) -> Predictiveness:
    """Risk under each arm by percentile of the marker, with pointwise bootstrap bands.

    The marker is linear on the scale of the model, so that the curves show the fitted interaction and no more.
    A resample's percentiles are of its own patients; arms keep their sizes.

    Args:
        risk: `binary_risk` or `survival_risk` of the same patients.
        marker: shape (n,), none missing.
        treated: 0 or 1, shape (n,).
        percentiles: of the marker, 0 to 100.
        n_resample: 0 for no bands (NaN).
        seed: of the resamples.
    """
    values, levels = np.asarray(marker, np.float64), np.asarray(percentiles, np.float64)
    n = len(values)
    everyone = np.arange(n)

    def curves(patients: NDArray[np.int64]) -> Array | None:
        return risk(patients, np.quantile(values[patients], levels / 100))

    found = curves(everyone)
    blank = np.full((2, len(levels)), np.nan)
    at = np.quantile(values, levels / 100)
    if found is None:
        reason = "the model with treatment, marker and their product has no fit, or follow-up is too short"
        return Predictiveness(levels, at, blank, blank, blank, blank[0], blank[0], blank[0], None, n,
                              status="not_evaluable", reason=reason)  # fmt: skip
    rng = np.random.default_rng(seed)
    drawn = [curves(resample(n, rng, treated)) for _ in range(n_resample)]
    known = [one for one in drawn if one is not None]
    low, high = blank, blank
    fall_low, fall_high = blank[0], blank[0]
    if len(known) > 1 and n_resample - len(known) <= MAX_FAILED * n_resample:
        stack = np.array(known)
        low, high = np.quantile(stack, [0.025, 0.975], axis=0)
        fall_low, fall_high = np.quantile(stack[:, 0] - stack[:, 1], [0.025, 0.975], axis=0)
    fall = found[0] - found[1]
    return Predictiveness(levels, at, found, low, high, fall, fall_low, fall_high, float((fall <= 0).mean()), n,
                          len(known))  # fmt: skip
