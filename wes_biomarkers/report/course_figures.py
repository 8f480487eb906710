"""The course of the patients as pictures: best change, change over time, and lanes of treatment and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.join.population import column, origin_dates
from wes_biomarkers.plots.swimmer import swimmer
from wes_biomarkers.plots.waterfall import spider, waterfall
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH, study_origin

Tables = Mapping[str, pd.DataFrame]

_FROM = {"allocation": "allocation", "first_dose": "the first dose", "induction": "the start of induction"}


def course_charts(tables: Tables, flags: Sequence[str] = ()) -> dict[str, tuple[Any, str]]:
    """Name -> (chart, words) of what the cohort has: waterfall and spider of assessments, swimmer of dates."""
    charts: dict[str, tuple[Any, str]] = {}
    if "clinical" not in tables:
        return charts
    if "assessment" in tables and tables["assessment"]["target_change_percent"].notna().any():
        patients, visits = best_changes(tables), changes_over_time(tables)
        title = "Best change of the sum of target lesions"
        charts["waterfall"] = (waterfall(patients, title, flags), f"{title}, one bar a patient")
        title = "Change of the sum of target lesions over time"
        charts["spider"] = (spider(visits, title, flags), f"{title}, one line a patient")
    phases, events = lanes(tables)
    if len(phases):
        origin = _FROM[study_origin(tables["clinical"])]
        title = f"Course of each patient, months from {origin}"
        charts["swimmer"] = (swimmer(phases, events, title, flags), title)
    return charts


def _responses(tables: Tables) -> pd.Series:
    clinical = tables["clinical"].set_index("patient_id")
    return column(clinical, "best_response")


def best_changes(tables: Tables) -> pd.DataFrame:
    """patient_id, best_change (percent of baseline, the smallest after it), response; a row an assessed patient."""
    visits = tables["assessment"]
    best = visits.groupby("patient_id")["target_change_percent"].min()
    frame = best.rename("best_change").reset_index()
    return frame.assign(response=frame["patient_id"].map(_responses(tables)))


def changes_over_time(tables: Tables) -> pd.DataFrame:
    """patient_id, months, change (percent of baseline; 0 at it), response; a row a measured visit."""
    visits = tables["assessment"]
    measured = visits[visits["target_sum_mm"].notna() & visits["assessment_months"].notna()]
    first = measured.sort_values("assessment_months").drop_duplicates("patient_id").index
    change = measured["target_change_percent"].astype("Float64")
    frame = measured.assign(
        months=measured["assessment_months"],
        change=change.mask(change.isna() & measured.index.isin(first), 0.0).astype("float64"),
        response=measured["patient_id"].map(_responses(tables)),
    )
    return frame[["patient_id", "months", "change", "response"]].reset_index(drop=True)


def lanes(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(phases of treatment, events) by patient, in months from the study's origin; empty without dates."""
    clinical = tables["clinical"].set_index("patient_id")
    start = origin_dates(clinical, study_origin(clinical))

    def months(name: str) -> pd.Series:
        """Days of a column as months after the origin."""
        return (column(clinical, name) - start).dt.days / DAYS_PER_MONTH

    last = months("last_contact_date").fillna(months("death_date")).fillna(months("last_assessment_date"))
    spans = {
        "followed": (start.notna().map({True: 0.0}), last),
        "treated": (months("first_dose_date"), months("last_dose_date")),
        "radiotherapy": (months("radiotherapy_start_date"), months("radiotherapy_end_date")),
    }
    phases = [
        pd.DataFrame({"patient_id": clinical.index, "phase": phase, "start": first, "end": end}).dropna()
        for phase, (first, end) in spans.items()
    ]
    alive = last.where(months("death_date").isna())
    marks = {"progression": months("progression_date"), "death": months("death_date"), "ongoing": alive}
    events = [
        pd.DataFrame({"patient_id": clinical.index, "months": when, "event": event}).dropna()
        for event, when in marks.items()
    ]
    if "assessment" in tables:
        events.append(_first_responses(tables))
    return pd.concat(phases, ignore_index=True), pd.concat(events, ignore_index=True)


def _first_responses(tables: Tables) -> pd.DataFrame:
    visits = tables["assessment"]
    responded = visits[visits["response"].isin(("CR", "PR")) & visits["assessment_months"].notna()]
    first = responded.groupby("patient_id")["assessment_months"].min()
    return pd.DataFrame({"patient_id": first.index, "months": first.to_numpy(float), "event": "response"})
