"""Landmark analyses: count only patients still at risk at a time after the origin, from that time on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import follow_up


@dataclass(frozen=True)
class Landmark:
    """Who is left at the landmark, and their follow-up from it.

    Attributes:
        kept: (n,) followed beyond the landmark without the event.
        time: (kept,) time from the landmark.
        event: (kept,) whether it ended with the event.
        n_event_before, n_censored_before: patients left out, for the flow of patients.
    """

    kept: NDArray[np.bool_]
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    n_event_before: int
    n_censored_before: int


def at_landmark(time: ArrayLike, event: ArrayLike, landmark: float) -> Landmark:
    """Patients followed beyond the landmark, with time counted from it (Anderson, Cain and Gelber 1983).

    A feature known by then (response, a change on treatment) can be compared without the head start of those who had
    to live long enough to show it. Who has the event or is censored at the landmark itself is left out.

    Raises:
        ValueError: as `follow_up`, or a landmark below 0.
    """
    data = follow_up(time, event)
    if not landmark >= 0:
        raise ValueError("the landmark must not be negative")
    kept = data.time > landmark
    return Landmark(
        kept,
        data.time[kept] - landmark,
        data.event[kept],
        int((~kept & data.event).sum()),
        int((~kept & ~data.event).sum()),
    )
