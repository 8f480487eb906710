"""The days of events that come back."""

import pandas as pd
import pytest

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.join.recurrent import event_months
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

FIRST = pd.Timestamp("2024-01-01")


def made(n_event):
    patients = ["P1", "P2", "P3"]
    clinical = pd.DataFrame(
        {
            "patient_id": patients,
            "first_dose_date": FIRST,
            "last_dose_date": FIRST + pd.Timedelta(days=50),
            "n_event_any": pd.array(n_event, dtype="Int64"),
        }
    )
    days = [10, 10, 0, 120, 5, None]
    toxicity = pd.DataFrame(
        {
            "patient_id": ["P1", "P1", "P1", "P1", "P2", "P3"],
            "term": list("abcdef"),
            "grade": 2,
            "onset_date": [pd.NaT if day is None else FIRST + pd.Timedelta(days=day) for day in days],
            "resolved_date": pd.NaT,
            "treatment_related": pd.array([True] * 6, dtype="boolean"),
            "immune_related": pd.array([False] * 6, dtype="boolean"),
            "serious": pd.array([False] * 6, dtype="boolean"),
        }
    )
    return {"clinical": clinical, "toxicity": toxicity}


def test_events_lie_within_their_days_and_the_window():
    months, reason = event_months(made([3, 1, 1]), ENDPOINTS["toxicity_count_any"], None)
    days = [month * DAYS_PER_MONTH for month in months["P1"]]
    assert days == pytest.approx(
        [0.5, 10 + 1 / 3, 10 + 2 / 3]
    )  # day 120 is beyond 30 days after the last dose
    assert reason[["P1", "P2"]].isna().all()


def test_a_serious_event_after_the_window_of_the_number_has_no_place():
    tables = made([3, 1, 1])
    tables["toxicity"]["serious"] = True  # day 120 is within the 90 days of the grades
    months, reason = event_months(tables, ENDPOINTS["toxicity_count_any"], None)
    assert len(months["P1"]) == 3
    assert reason[["P1", "P2"]].isna().all()


def test_a_number_without_its_days_says_so():
    months, reason = event_months(made([3, 2, pd.NA]), ENDPOINTS["toxicity_count_any"], None)
    assert reason["P2"] == "day of an event unknown" and reason["P3"] == "day of an event unknown"
    assert months["P3"] == ()
