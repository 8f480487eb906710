"""Whether predicted chances are right: calibration intercept and slope, Brier score, and the calibration curve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import BinomialModel, maximise
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.proportions import NORMAL_97_5, wilson_interval

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CalibrationBin:
    """Patients of similar predicted chance: their mean prediction, and how many had the outcome (Wilson's interval)."""

    n: int
    n_event: int
    predicted: float
    observed: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Calibration:
    """How predicted chances agree with what came.

    Attributes:
        intercept: calibration in the large: log odds by which the predictions are too low (coefficient; 0 is
            right), with the slope held at 1.
        slope: of the outcome on the predicted log odds (coefficient; 1 is right, below 1 too extreme). The effects
            of both are on the same scale as their coefficients, and p tests 0 and 1 (Cox 1958, Biometrika 45:562).
        brier: mean squared error of the predicted chance (Brier 1950).
        brier_scaled: 1 - brier / brier of always predicting the share of outcomes; None where that is 0.
        bins: of about equal size by predicted chance, rising.
    """

    intercept: Estimate
    slope: Estimate
    brier: float
    brier_scaled: float | None
    bins: tuple[CalibrationBin, ...]


def calibrate(y: ArrayLike, probability: ArrayLike, n_bin: int = 10) -> Calibration:
    """Compares predicted chances, made without these patients, with the outcomes.

    Args:
        y: outcome, 0 or 1, shape (n,).
        probability: predicted chance of the outcome, strictly between 0 and 1, shape (n,).
        n_bin: bins of the calibration curve, fewer where predictions tie.

    Raises:
        ValueError: unequal lengths, no patient, an outcome other than 0 and 1, or a chance outside (0, 1).
    """
    outcome, chance = np.asarray(y, np.float64), np.asarray(probability, np.float64)
    if not len(outcome) or len(outcome) != len(chance):
        raise ValueError("y and probability must be of one length, above 0")
    if not np.isin(outcome, (0.0, 1.0)).all() or not ((chance > 0) & (chance < 1)).all():
        raise ValueError("the outcome must be 0 or 1, and the predicted chance between them")
    log_odds = np.log(chance) - np.log1p(-chance)
    brier = float(np.mean((outcome - chance) ** 2))
    base = float(outcome.mean() * (1 - outcome.mean()))
    return Calibration(
        _in_the_large(outcome, log_odds), _slope(outcome, log_odds), brier, 1 - brier / base if base > 0 else None,
        _bins(outcome, chance, n_bin),
    )  # fmt: skip


def _in_the_large(outcome: Array, log_odds: Array) -> Estimate:
    n, n_event = len(outcome), int(outcome.sum())
    if n_event in (0, n):
        reason = "every patient has the same outcome"
        return Estimate("calibration_intercept", "none", n, n_event, status="not_evaluable", reason=reason)
    best = maximise(BinomialModel(outcome, np.ones((n, 1)), np.ones(n), log_odds))
    error = math.sqrt(float(best.inverse_information[0, 0]))
    return _wald("calibration_intercept", n, n_event, float(best.beta[0]), error, 0.0)


def _slope(outcome: Array, log_odds: Array) -> Estimate:
    fit = fit_logistic(outcome, log_odds, firth=False)
    if fit.status != "ok":
        return Estimate(
            "calibration_slope",
            "none",
            fit.n,
            fit.n_event,
            status=fit.status,
            reason=fit.reason,
            flags=fit.flags,
        )
    error = math.sqrt(float(fit.covariance[0, 0]))
    return _wald("calibration_slope", fit.n, fit.n_event, float(fit.coefficients[0]), error, 1.0)


def _wald(method: str, n: int, n_event: int, value: float, error: float, right: float) -> Estimate:
    z = (value - right) / error
    low, high = value - NORMAL_97_5 * error, value + NORMAL_97_5 * error
    p = math.erfc(abs(z) / math.sqrt(2))
    return Estimate(method, "none", n, n_event, value, low, high, p, z, value, error)


def _bins(outcome: Array, chance: Array, n_bin: int) -> tuple[CalibrationBin, ...]:
    edges = np.unique(np.quantile(chance, np.linspace(0, 1, n_bin + 1)))
    place = np.clip(np.searchsorted(edges, chance, side="left") - 1, 0, max(len(edges) - 2, 0))
    found = []
    for code in np.unique(place):
        here = place == code
        n, k = int(here.sum()), int(outcome[here].sum())
        found.append(CalibrationBin(n, k, float(chance[here].mean()), k / n, *wilson_interval(k, n)))
    return tuple(found)
