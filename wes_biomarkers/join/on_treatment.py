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


def at_landmark(
    tables: Mapping[str, pd.DataFrame], name: str, origin: pd.Series, landmark_months: float
) -> FeatureValues | None:
    """An on-treatment feature as it was known at the landmark; None where the cohort cannot tell.

    Response: an assessment of CR or PR by then (none by then: no). Toxicity of grade 3 or more: its first event
    by then. Both are unknown for patients without dated assessments or follow-up.

    Args:
        tables: the cohort's.
        name: of the feature.
        origin: first day of the clock, by patient id.
        landmark_months: after it.
    """
    if name in ("best_response", "objective_response", "objective_response_unconfirmed"):
        return _response_by(tables, name, origin, landmark_months)
    for cause in _CAUSES:
        if name == f"high_grade_{cause}":
            return _toxicity_by(tables, name, landmark_months)
    return None


def _response_by(
    tables: Mapping[str, pd.DataFrame], name: str, origin: pd.Series, landmark_months: float
) -> FeatureValues | None:
    if "assessment" not in tables:
        return None
    rows = tables["assessment"]
    start = rows["patient_id"].map(origin)
    days = (pd.to_datetime(rows["assessment_date"]) - start).dt.days
    seen = rows[(days >= 0) & (days <= landmark_months * DAYS_PER_MONTH) & rows["response"].notna()]
    responded = seen["response"].isin(("CR", "PR")).groupby(seen["patient_id"]).max()
    patients = list(tables["patient"]["patient_id"])
    value = responded.reindex(patients).astype("boolean")
    reason = pd.Series("no assessment by the landmark", index=patients, dtype=object).mask(value.notna())
    return FeatureValues(
        f"{name} by {landmark_months:g} months", value, reason, flags=("responders_by_survival",)
    )


def _toxicity_by(
    tables: Mapping[str, pd.DataFrame], name: str, landmark_months: float
) -> FeatureValues | None:
    clinical = tables["clinical"].set_index("patient_id")
    if f"{name}_months" not in clinical:
        return None
    months, state = clinical[f"{name}_months"], clinical[f"{name}_state"]
    early = (
        ((months <= landmark_months) & (state == "event"))
        .astype("boolean")
        .mask(months.isna() | state.isna())
    )
    patients = list(tables["patient"]["patient_id"])
    value = early.reindex(patients).astype("boolean")
    reason = pd.Series("time to toxicity unknown", index=patients, dtype=object).mask(value.notna())
    return FeatureValues(
        f"{name} by {landmark_months:g} months", value, reason, flags=("feature_after_origin",)
    )
