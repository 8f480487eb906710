"""What would mislead: each guard flags or refuses, with a sentence a physician understands."""

from __future__ import annotations

import pandas as pd

from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import ARM, ASSIGNMENT, SITE, JoinedFrame

#: Fewer events than this for each number estimated, and the ordinary estimate is not trusted (a rule of thumb;
#: Peduzzi 1995, J Clin Epidemiol 48:1503).
EVENTS_PER_PARAMETER = 10
#: A p of the proportional-hazards test below this is flagged.
PROPORTIONAL_P = 0.05


def is_sparse(n_event: int, n_parameter: int) -> bool:
    """Whether there are too few events for that many numbers."""
    return n_event < EVENTS_PER_PARAMETER * max(n_parameter, 1)


def treatment_flags(frame: pd.DataFrame, analysis: Analysis) -> tuple[str, ...]:
    """What to say of a comparison of arms: whether chance alone allocated them, and by whose treatment."""
    flags = []
    if analysis.estimand == "as_received" and analysis.landmark_months is None:
        flags.append("as_received")
    by_chance = ASSIGNMENT in frame and bool((frame[ASSIGNMENT] == "randomized").fillna(False).all())
    if not by_chance or analysis.estimand == "as_received" or analysis.treatment:
        flags.append("observational_treatment")
    return tuple(flags)


def center_problem(kind: str, analysis: Analysis, frame: pd.DataFrame) -> str:
    """Why the centre cannot be taken as asked; empty where it can."""
    if analysis.center == "random":
        return _random_problem(kind, analysis, frame)
    if analysis.center == "cluster" and kind not in ("survival", "binary"):
        return "robust errors by centre are for survival and for yes and no; take the centre as a stratum"
    return ""


def _random_problem(kind: str, analysis: Analysis, frame: pd.DataFrame) -> str:
    if kind not in ("survival", "binary"):
        return (
            "a random effect of the centre is for survival and for yes and no; take the centre as a stratum"
        )
    if "entry" in frame or analysis.time_varying:
        return "a random effect of the centre has no late entry and no change with time; take the centre as a stratum"
    if analysis.method not in ("", "cox", "logistic"):
        return f"{analysis.method} has no random effect of the centre"
    if len(frame) and frame[SITE].nunique() < 2:
        return "only one centre is left"
    return ""


def arms_problem(frame: pd.DataFrame, analysis: Analysis) -> str:
    """Why arms cannot be compared here; empty where they can."""
    if ARM not in frame:
        return f"the cohort has no column {analysis.arm_column}"
    counts = frame[ARM].value_counts()
    if len(counts) < 2:
        return "only one arm is left: whether the treatment works differently cannot be asked"
    if int(counts.min()) < 2:
        return "an arm has a single patient"
    if analysis.reference_arm and analysis.reference_arm not in counts.index:
        return "the reference arm is not among the patients left"
    return ""


def outcome_problem(joined: JoinedFrame) -> str:
    """Why the outcome tells nothing: nobody is left, nobody or everybody has the event."""
    frame, kind = joined.frame, joined.base.endpoint.kind
    if frame.empty:
        return "no patient is left; the flow says why"
    if kind == "survival" and not frame["event"].astype(bool).any():
        return "no patient had the event"
    if kind == "competing" and not (frame["state"] == 1).any():
        return "no patient had the event"
    if kind in ("binary", "ordinal") and frame["value"].nunique() < 2:
        return "every patient has the same outcome"
    if kind == "recurrent" and not (frame["count"] > 0).any():
        return "no patient had an event"
    return ""
