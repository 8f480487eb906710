"""The course of patients: what each picture is drawn from."""

import pandas as pd
import pytest
from hand_made_cohort import day, hand_made_tables

from wes_biomarkers.report.course_figures import best_changes, changes_over_time, course_charts, lanes


@pytest.fixture
def tables():
    tables = hand_made_tables()
    tables["assessment"] = pd.DataFrame(
        {
            "patient_id": ["P0", "P0", "P0", "P1", "P1", "P2"],
            "assessment_date": [day(3), day(5), day(7), day(3), day(5), day(5)],
            "assessment_months": [0.0, 2.0, 4.0, 0.0, 2.0, 2.0],
            "response": [None, "PR", "PR", None, "PD", "NE"],
            "target_sum_mm": [50.0, 30, 20, 40, 60, None],
            "target_change_percent": [None, -40.0, -60.0, None, 50.0, None],
        }
    )
    tables["clinical"]["progression_date"] = [pd.NaT, day(5), *[pd.NaT] * 7]
    tables["clinical"]["death_date"] = [day(13), day(5.5), *[pd.NaT] * 7]
    tables["clinical"]["last_contact_date"] = [day(13), day(5.5), *[day(20)] * 7]
    return tables


def test_best_change_is_the_smallest_after_baseline(tables):
    best = best_changes(tables).set_index("patient_id")
    assert best["best_change"].to_dict() == pytest.approx(
        {"P0": -60, "P1": 50, "P2": float("nan")}, nan_ok=True
    )
    assert best["response"]["P0"] == "PR"


def test_changes_begin_at_nothing(tables):
    visits = changes_over_time(tables)
    assert visits[visits["patient_id"] == "P0"]["change"].tolist() == [0, -40, -60]
    assert "P2" not in set(visits["patient_id"])  # never measured


def test_lanes(tables):
    phases, events = lanes(tables)
    followed = phases[phases["phase"] == "followed"].set_index("patient_id")
    assert followed["end"]["P0"] == pytest.approx((day(13) - day(3)).days / 30.4375)
    assert "P8" not in followed.index  # never allocated
    marks = events.groupby("event")["patient_id"].agg(set).to_dict()
    assert marks["response"] == {"P0"} and marks["progression"] == {"P1"} and marks["death"] == {"P0", "P1"}
    assert "P2" in marks["ongoing"] and "P0" not in marks["ongoing"]


def test_only_what_is_there_is_drawn(tables):
    assert set(course_charts(tables)) == {"waterfall", "spider", "swimmer"}
    del tables["assessment"]
    assert set(course_charts(tables)) == {"swimmer"}
    assert course_charts({"patient": tables["patient"]}) == {}
