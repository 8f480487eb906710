"""An endpoint's outcome by patient: checked, truncated on the left, or moved to a landmark."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from wes_biomarkers.contracts.endpoints import Endpoint
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.join.flow import unless
from wes_biomarkers.join.population import allocates, column, compares_arms
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH, why_no_survival

#: Names of an outcome's columns in a joined frame, by the kind of endpoint.
OUTCOME_COLUMNS = {
    "survival": ("time", "event"),
    "competing": ("time", "state"),
    "binary": ("value",),
    "ordinal": ("value",),
    "recurrent": ("count", "exposure"),
}
#: State of a competing endpoint -> its code in a joined frame.
STATE_CODES = {"censored": 0, "event": 1, "competing": 2}


@dataclass(frozen=True)
class Outcome:
    """The outcome of every patient of a clinical table.

    Attributes:
        frame: indexed by patient id: the columns of OUTCOME_COLUMNS, and `entry` (months) under left truncation.
        steps: of the flow: name and, by patient id, why a patient has no outcome.
        flags: codes of contracts.association.
    """

    frame: pd.DataFrame
    steps: tuple[tuple[str, pd.Series], ...]
    flags: tuple[str, ...] = ()


def read_outcome(clinical: pd.DataFrame, endpoint: Endpoint, analysis: Analysis) -> Outcome:
    """The outcome of an endpoint, left-truncated or moved to a landmark where the analysis asks for it.

    Raises:
        InputError: when the cohort lacks the endpoint's columns, or a landmark is asked of an endpoint without time.
    """
    missing = [name for name in endpoint.columns if name not in clinical]
    if missing:
        remedy = "Give the dates or the ready-made columns it is made from; docs/clinical.md says which."
        rule = f"the cohort has no column {' nor '.join(missing)}"
        raise InputError([Fault(rule, remedy, value=endpoint.name)])
    frame = clinical[list(endpoint.columns)].copy()
    frame.columns = pd.Index(OUTCOME_COLUMNS[endpoint.kind])
    if endpoint.kind == "competing":
        frame["state"] = frame["state"].map(STATE_CODES).astype("Int64")
    known = frame.notna().all(axis=1)
    why = pd.Series("endpoint unknown", index=frame.index, dtype=object)
    if endpoint.name in ("os", "pfs"):
        why = why_no_survival(clinical).astype(object)
    if endpoint.kind == "recurrent":
        exposed = (frame["exposure"] > 0).fillna(False)
        why, known = why.mask(known & ~exposed, "no time of exposure"), known & exposed
    steps = [(f"with the endpoint {endpoint.name}", why.mask(known))]
    flags: list[str] = []
    truncated = endpoint.phase == "induction" and endpoint.kind == "survival"
    if truncated and compares_arms(analysis) and allocates(clinical):
        frame = _truncated(frame, clinical, steps)
        flags.append("left_truncated")
    if analysis.landmark_months is not None:
        frame = _at_landmark(frame, endpoint, analysis.landmark_months, steps)
        flags.append("landmark")
    return Outcome(frame, tuple(steps), tuple(flags))


def _truncated(
    frame: pd.DataFrame, clinical: pd.DataFrame, steps: list[tuple[str, pd.Series]]
) -> pd.DataFrame:
    """Each patient counts from the day of allocation only: nobody could die in an arm before having one."""
    days = (column(clinical, "allocation_date") - column(clinical, "induction_start_date")).dt.days
    entry = (days / DAYS_PER_MONTH).astype("float64")
    followed = unless(frame["time"] > entry, "not followed beyond allocation")
    steps.append(
        (
            "followed after allocation",
            followed.mask(entry.isna(), "day of allocation or start of induction unknown"),
        )
    )
    return frame.assign(entry=entry)


def _at_landmark(
    frame: pd.DataFrame, endpoint: Endpoint, landmark: float, steps: list[tuple[str, pd.Series]]
) -> pd.DataFrame:
    """Only those still at risk at the landmark count, and from there."""
    if "time" not in frame:
        remedy = "Take os, pfs or a time to toxicity, or drop the landmark."
        raise InputError([Fault("a landmark needs an endpoint with time", remedy, value=endpoint.name)])
    reason = unless(frame["time"] > landmark, "event or end of follow-up before the landmark")
    steps.append((f"at risk at {landmark:g} months", reason))
    moved = frame.assign(time=frame["time"] - landmark)
    return moved.assign(entry=(moved["entry"] - landmark).clip(lower=0)) if "entry" in moved else moved
