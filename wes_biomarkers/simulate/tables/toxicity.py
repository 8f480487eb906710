"""Adverse events as a Poisson process on treatment, so that the first of high grade has proportional hazards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.survival import Course
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

#: Days after the last dose within which events are asked for.
WINDOW_DAYS = 90
#: Share of events of grade 1, 2, 3 and 4. Grade 5 is left out: deaths are drawn by `survival.py`.
GRADE_SHARES = (0.4, 0.35, 0.2, 0.05)
#: Term, organ, immune-related, share of the events in the first arm, in the second.
TERMS: tuple[tuple[str, str, bool, float, float], ...] = (
    ("fatigue", "general", False, 0.22, 0.17),
    ("anaemia", "blood", False, 0.14, 0.12),
    ("neutropenia", "blood", False, 0.14, 0.12),
    ("rash", "skin", True, 0.16, 0.12),
    ("hypothyroidism", "endocrine", True, 0.14, 0.1),
    ("pneumonitis", "lung", True, 0.1, 0.08),
    ("colitis", "gut", True, 0.1, 0.08),
    ("radiation pneumonitis", "lung", False, 0.0, 0.09),
    ("oesophagitis", "oesophagus", False, 0.0, 0.12),
)


@dataclass(frozen=True)
class AdverseEvents:
    """Events of all patients, all of shape (events,), in the order of patients and days.

    Attributes:
        patient: index of the patient.
        onset, resolved: days from the first day of the trial; resolved is NaN while ongoing.
        grade: CTCAE, 1 to 4.
        term: index into `TERMS`.
        related, serious: as the clinic judged.
    """

    patient: NDArray[np.int64]
    onset: NDArray[np.float64]
    resolved: NDArray[np.float64]
    grade: NDArray[np.int64]
    term: NDArray[np.int64]
    related: NDArray[np.bool_]
    serious: NDArray[np.bool_]


def draw_events(
    rng: np.random.Generator, course: Course, second_arm: NDArray[np.bool_], rate: NDArray[np.float64]
) -> AdverseEvents:
    """Events from the day after the first dose to 90 days after the last, while the patient is followed.

    Args:
        rng: random numbers.
        course: what was seen of n patients.
        second_arm: received radiotherapy, shape (n,); only they have its events.
        rate: events a month, shape (n,); 0 for patients never asked.

    Returns:
        The events; of two of one term, patient and day only the first.
    """
    end = np.minimum(course.last_dose + WINDOW_DAYS, course.last_contact)
    days = np.where(np.isfinite(course.first_dose), end - course.first_dose, 0.0)
    patient = np.repeat(np.arange(len(rate)), rng.poisson(rate * days / DAYS_PER_MONTH))
    onset = course.first_dose[patient] + np.ceil(rng.random(len(patient)) * days[patient])
    grade = 1 + np.searchsorted(np.cumsum(GRADE_SHARES)[:-1], rng.random(len(patient)))
    term = _draw_terms(rng, second_arm[patient] & (onset > course.radiotherapy_start[patient]))
    resolved = onset + rng.integers(5, 60, len(patient))
    resolved = np.where(resolved <= course.last_contact[patient], resolved, np.nan)
    is_immune = np.array([row[2] for row in TERMS])
    is_radiation = np.array([row[3] == 0 for row in TERMS])
    related = is_immune[term] | is_radiation[term] | (rng.random(len(patient)) < 0.5)
    serious = (grade >= 3) & (rng.random(len(patient)) < 0.7)
    order = np.lexsort((-grade, term, onset, patient))
    key = np.stack([patient[order], onset[order].astype(np.int64), term[order]])
    kept = order[np.r_[True, (np.diff(key) != 0).any(axis=0)]] if len(order) else order
    return AdverseEvents(patient[kept], onset[kept], resolved[kept], grade[kept], term[kept], related[kept],
                         serious[kept])  # fmt: skip


def _draw_terms(rng: np.random.Generator, radiated: NDArray[np.bool_]) -> NDArray[np.int64]:
    first, second = (np.cumsum([row[column] for row in TERMS])[:-1] for column in (3, 4))
    uniform = rng.random(len(radiated))
    return np.where(radiated, np.searchsorted(second, uniform, side="right"),
                    np.searchsorted(first, uniform, side="right"))  # fmt: skip
