"""Progression, death, loss and the cutoff: exact event times with proportional hazards on a Weibull baseline.

The times to progression and to death share a positive stable frailty, so that both are marginally Weibull with
proportional hazards (a Gumbel copula: Hougaard 1986, Biometrika 73:671). With one shape and one set of effects, the
earlier of the two, progression-free survival, is Weibull with the same hazard ratios too: what is planted is exactly
true of both endpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.allocation import Allocation
from wes_biomarkers.simulate.tables.parameters import SurvivalParameters
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

Numbers = NDArray[np.float64]

_INDUCTION_DAYS = 84
_MAX_TREATMENT_DAYS = 365
_RADIOTHERAPY_AFTER, _RADIOTHERAPY_DAYS = 7, 35


@dataclass(frozen=True)
class Course:
    """What was seen of n patients, days from the first day of the trial, NaN where it did not happen; shape (n,).

    Attributes:
        progression: first progression after allocation; of the allocated alone.
        death: from any cause.
        last_contact: death, loss to follow-up or the cutoff.
        first_dose, last_dose: of the allocated treatment.
        radiotherapy_start, radiotherapy_end: of those who received it.
    """

    progression: Numbers
    death: Numbers
    last_contact: Numbers
    first_dose: Numbers
    last_dose: Numbers
    radiotherapy_start: Numbers
    radiotherapy_end: Numbers


def positive_stable(rng: np.random.Generator, alpha: float, n: int) -> Numbers:
    """n positive stable variates with Laplace transform exp(-s**alpha) (Chambers, Mallows and Stuck 1976)."""
    if alpha == 1:
        return np.ones(n)
    angle, waiting = np.pi * rng.random(n), rng.exponential(size=n)
    first = np.sin(alpha * angle) / np.sin(angle) ** (1 / alpha)
    return np.asarray(first * (np.sin((1 - alpha) * angle) / waiting) ** ((1 - alpha) / alpha))


def event_months(
    rng: np.random.Generator, log_hazard: Numbers, parameters: SurvivalParameters
) -> tuple[Numbers, Numbers]:
    """Months from allocation to progression and to death, shape (n,) each, as if nobody were lost.

    The medians of death and of progression or death are the parameters' where `log_hazard` is 0.
    """
    alpha, shape = 1 - parameters.kendall_tau, parameters.shape
    rate_death = np.log(2) / parameters.median_os_months**shape
    rate_first = np.log(2) / parameters.median_pfs_months**shape
    rate_progression = (rate_first ** (1 / alpha) - rate_death ** (1 / alpha)) ** alpha
    frailty = positive_stable(rng, alpha, len(log_hazard))
    waiting = (rng.exponential(size=(2, len(log_hazard))) / frailty) ** alpha
    rates = np.array([[rate_progression], [rate_death]]) * np.exp(log_hazard)
    progression, death = (waiting / rates) ** (1 / shape)
    return progression, death


def whole_days(months: Numbers) -> Numbers:
    """Months as whole days, rounded up; at least 1."""
    return np.maximum(1, np.ceil(months * DAYS_PER_MONTH))


def draw_course(
    rng: np.random.Generator,
    allocation: Allocation,
    log_hazard: Numbers,
    cutoff_day: int,
    parameters: SurvivalParameters,
) -> Course:
    """What was seen of each patient up to the cutoff; `log_hazard` after allocation, shape (n,)."""
    n, allocated = len(log_hazard), allocation.allocated
    origin = np.where(allocated, allocation.day, allocation.induction_day + _INDUCTION_DAYS)
    to_progression, to_death = event_months(rng, log_hazard, parameters)
    slower = parameters.median_unallocated_months / parameters.median_os_months
    to_death = np.where(allocated, to_death, to_death * slower)
    progression = np.where(allocated, origin + whole_days(to_progression), np.nan)
    death = origin + whole_days(to_death)
    risk = log_hazard - log_hazard.mean()
    risk = risk / (risk.std() or 1.0)
    rate = parameters.lost_per_year / 12 * np.exp(parameters.informative_loss * risk)
    with np.errstate(divide="ignore"):
        lost = origin + whole_days(rng.exponential(size=n) / np.maximum(rate, 1e-12))
    last_contact = np.minimum(np.minimum(death, lost), cutoff_day)
    death = np.where(death <= last_contact, death, np.nan)
    progression = np.where(progression <= last_contact, progression, np.nan)
    return _with_treatment(rng, allocation, progression, death, last_contact)


def _with_treatment(
    rng: np.random.Generator,
    allocation: Allocation,
    progression: Numbers,
    death: Numbers,
    last_contact: Numbers,
) -> Course:
    first_dose = allocation.day + rng.integers(1, 8, len(death))
    first_dose = np.where(first_dose <= last_contact, first_dose, np.nan)
    end = np.fmin(np.fmin(first_dose + _MAX_TREATMENT_DAYS, progression), last_contact)
    last_dose = np.maximum(first_dose, end)
    start = np.where(allocation.received, first_dose + _RADIOTHERAPY_AFTER, np.nan)
    start = np.where(start < last_contact, start, np.nan)
    stop = np.minimum(start + _RADIOTHERAPY_DAYS, last_contact)
    return Course(progression, death, last_contact, first_dose, last_dose, start, stop)
