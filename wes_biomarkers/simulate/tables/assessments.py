"""Tumour assessments of a simulated trial, from which RECIST 1.1 gives its responses and progressions again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.frames import dates, patient_ids
from wes_biomarkers.simulate.tables.trial import RESPONSES, VISIT_DAYS, SimulatedTrial

_CR, _PR, _SD, _PD, _NE = range(5)
#: Lowest and highest size of the target lesions by response, in parts of the first sum; one draw a patient, so that
#: lesions do not grow by a fifth between visits without progression.
_SIZES = np.array([[0.0, 0.0], [0.3, 0.64], [0.8, 1.05], [1.35, 1.8], [1.0, 1.0]])
#: The same for a response that was not confirmed: just PR, then just not.
_PASSING = np.array([[0.0, 0.0], [0.68, 0.68], [0.75, 0.77], [1.35, 1.8], [1.0, 1.0]])
#: Half the range by which sizes differ from visit to visit.
_NOISE = 0.02
_NON_TARGET = np.array(["CR", "non_CR_non_PD", "non_CR_non_PD", "non_CR_non_PD", "NE"], dtype=object)


def _visits(trial: SimulatedTrial) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Index of the patient, number (0 at allocation) and day of every visit, in order.

    Every 56 days before the end; then progression, or the last contact of who is alive without it.
    """
    allocation, course = trial.allocation, trial.course
    who = np.flatnonzero(allocation.allocated)
    start = allocation.day[who]
    end = np.fmin(course.progression, course.last_contact)[who]
    ends_seen = ~(course.death[who] == end) | (course.progression[who] == end)
    n_regular = np.ceil((end - start) / VISIT_DAYS).astype(int)
    size = n_regular + ends_seen
    at = np.repeat(np.arange(len(who)), size)
    number = np.arange(len(at)) - np.repeat(np.cumsum(size) - size, size)
    return who[at], number, np.minimum(start[at] + number * VISIT_DAYS, end[at])


def assessment_frame(trial: SimulatedTrial) -> pd.DataFrame:
    """One row a visit, the one at allocation with the sum of the target lesions and no response.

    The trial's responses must have waited for follow-up (`ResponseParameters.needs_follow_up`): other responders
    may have no visit at which to respond.
    """
    rng = stream(trial.parameters.seed, "tables", "assessments")
    patient, number, day = _visits(trial)
    response, is_first = trial.response, number == 0
    best, turn = response.best[patient], response.visit[patient]
    code = np.where(best == _NE, _NE, _SD)
    responds = (turn > 0) & np.where(response.confirmed[patient], number >= turn, number == turn)
    code = np.where(responds, best, code)
    code = np.where(day == trial.course.progression[patient], _PD, code)
    first_sum = rng.uniform(20, 120, trial.n)[patient]
    passing = (turn > 0) & ~response.confirmed[patient]
    low, high = np.where(passing[:, None], _PASSING[code], _SIZES[code]).T
    drawn = low + (high - low) * rng.random(trial.n)[patient]
    size = np.where(is_first, 1.0, drawn * (1 + _NOISE * rng.uniform(-1, 1, len(code))))
    said = np.where(is_first, -1, code)
    words, non_target = (np.array([*names, None], dtype=object)[said] for names in (RESPONSES, _NON_TARGET))
    return pd.DataFrame(
        {
            "patient_id": patient_ids(trial.n)[patient],
            "assessment_date": dates(day, trial.parameters.population.first_day),
            "response": words,
            "target_sum_mm": np.where(said == _NE, np.nan, np.round(first_sum * size, 1)),
            "non_target": non_target,
            "new_lesion": pd.array((said == _PD) & (rng.random(len(code)) < 0.4), dtype="boolean"),
        }
    )
