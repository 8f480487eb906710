"""Features that are only known after the clock started: refused without a landmark, read at it with one.

Comparing survival by such a feature favours whoever lived long enough to have it (immortal time; Anderson 1983,
J Clin Oncol 1:710, on responders).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from wes_biomarkers.contracts.endpoints import Endpoint
from wes_biomarkers.contracts.tables import COHORT_CLINICAL
from wes_biomarkers.join.features import COVARIATES, FeatureValues
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

_RESPONSE = ("best_response", "response_confirmed", "objective_response", "objective_response_unconfirmed",
             "objective_response_evaluable", "durable_benefit", "best_overall_response")  # fmt: skip
_INDUCTION = (
    "induction_response",
    "induction_objective_response",
    "assignment",
    "arm_assigned",
    "allocation_date",
)
_CAUSES = ("any", "related", "immune")
_DATED_RESPONSE = ("best_response", "objective_response", "objective_response_unconfirmed")
#: Features with a day on which they begin to hold.
DATED = (*_DATED_RESPONSE, *(f"high_grade_{cause}" for cause in _CAUSES))


def known_after_origin(name: str, endpoint: Endpoint) -> str:
    """Why a clinical column may not be a feature of this endpoint; empty where it may."""
    if name in endpoint.columns:
        return "this is the endpoint itself"
    if name in _RESPONSE:
        if endpoint.kind in ("survival", "competing", "recurrent"):
            return (
                "responders must live long enough to respond, so their survival looks better even where response "
                "does nothing; compare from a landmark, with dated assessments"
            )
        return "it is only known after the clock started"
    if name.startswith("protein_change:"):
        return ""  # its sample's day is judged
    if name.endswith(("_date", "_origin")):
        return "it is a day, not a feature"
    if name in _INDUCTION and endpoint.phase == "after_allocation":
        return ""
    if name in _INDUCTION:
        return "it is only known after induction, and this endpoint counts from its start"
    if name in COHORT_CLINICAL.by_name and name not in COVARIATES:
        return (
            "it is only known after the clock started: whoever has it has lived to have it (immortal time); "
            "compare from a landmark"
        )
    return ""


def onset_months(tables: Mapping[str, pd.DataFrame], name: str, origin: pd.Series) -> pd.DataFrame | None:
    """When an on-treatment feature began: `months` after the origin (missing: never) and whether that is `known`.

    Response: the first assessment of CR or PR, confirmed or not; known with an assessment after the origin, and in who
    is recorded as having none (NE counts as no): who died before the first visit did not respond. Toxicity of grade 3
    or more: the first event; its months count from the first dose and are moved to the origin.

    Args:
        tables: the cohort's.
        name: of the feature.
        origin: first day of the clock, by patient id.

    Returns:
        Indexed by patient id; None where the cohort cannot tell.
    """
    if name in _DATED_RESPONSE:
        return _response_onset(tables, origin)
    for cause in _CAUSES:
        if name == f"high_grade_{cause}":
            return _toxicity_onset(tables, name, origin)
    return None


def _response_onset(tables: Mapping[str, pd.DataFrame], origin: pd.Series) -> pd.DataFrame | None:
    if "assessment" not in tables:
        return None
    visits = tables["assessment"]
    days = (pd.to_datetime(visits["assessment_date"]) - visits["patient_id"].map(origin)).dt.days
    after = visits[(days >= 0) & visits["response"].notna()]
    responded = after[after["response"].isin(("CR", "PR"))]
    first = (days / DAYS_PER_MONTH).loc[responded.index].groupby(responded["patient_id"]).min()
    earliest = (days / DAYS_PER_MONTH).loc[after.index].groupby(after["patient_id"]).min()
    patients = origin.index
    seen = earliest.reindex(patients)
    clinical = tables["clinical"].set_index("patient_id")
    known = seen.notna()
    if "objective_response" in clinical:  # who died before the first visit never responded
        known |= clinical["objective_response"].reindex(patients).eq(False).fillna(False).astype(bool)
    return pd.DataFrame({"months": first.reindex(patients), "known": known, "first_seen": seen})


def _toxicity_onset(tables: Mapping[str, pd.DataFrame], name: str, origin: pd.Series) -> pd.DataFrame | None:
    clinical = tables["clinical"].set_index("patient_id")
    if f"{name}_months" not in clinical:
        return None
    months, state = clinical[f"{name}_months"], clinical[f"{name}_state"]
    start = pd.Series(0.0, index=clinical.index)
    if "first_dose_date" in clinical and clinical["first_dose_date"].notna().any():
        start = (clinical["first_dose_date"] - origin.reindex(clinical.index)).dt.days / DAYS_PER_MONTH
    known = months.notna() & state.notna() & start.notna()
    return pd.DataFrame(
        {"months": (months + start).where(state == "event"), "known": known, "first_seen": start}
    )


def at_landmark(
    tables: Mapping[str, pd.DataFrame], name: str, origin: pd.Series, landmark_months: float
) -> FeatureValues | None:
    """An on-treatment feature as it was known at the landmark; None where the cohort cannot tell.

    Yes: it began by then (`onset_months`). No: it had not, in a patient seen for it by then: assessed, or treated.
    A toxicity not recorded by the landmark is a no also where its window had closed before.

    Args:
        tables: the cohort's.
        name: of the feature.
        origin: first day of the clock, by patient id.
        landmark_months: after it.
    """
    found = onset_months(tables, name, origin)
    if found is None:
        return None
    response = name in _DATED_RESPONSE
    patients = list(tables["patient"]["patient_id"])
    seen = found["known"] & (found["first_seen"] <= landmark_months)
    value = (found["months"] <= landmark_months).astype("boolean").mask(~seen).reindex(patients)
    why = "no assessment by the landmark" if response else "not treated by the landmark, or toxicity unknown"
    reason = pd.Series(why, index=patients, dtype=object).mask(value.notna().to_numpy())
    label = f"{f'{name}: CR or PR' if response else name} by {landmark_months:g} months"
    flag = "responders_by_survival" if response else "feature_after_origin"
    return FeatureValues(label, value, reason, flags=(flag,))
