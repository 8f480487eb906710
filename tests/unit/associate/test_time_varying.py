"""Features that begin on the way: counted from their day, which takes immortal time away."""

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.plan import Analysis, Plan
from wes_biomarkers.join.flow import losses_frame
from wes_biomarkers.join.frame import Join


def tables_of(n, seed):
    """Survival and response are unrelated; who dies before the visit cannot respond."""
    rng = np.random.default_rng(seed)
    death, cut, visit = rng.exponential(10, n) + 0.01, rng.uniform(20, 30, n), rng.uniform(2, 8, n)
    time = np.minimum(death, cut)
    origin = pd.Timestamp("2022-01-01")
    responds = (rng.random(n) < 0.5) & (visit < time)
    ids = [f"P{i:04}" for i in range(n)]
    clinical = pd.DataFrame(
        {"patient_id": ids, "allocation_date": origin, "assignment": "randomized", "arm_assigned": "a",
         "os_months": time, "os_event": death <= cut, "os_origin": "allocation", "objective_response": responds}
    ).astype({"os_event": "boolean", "objective_response": "boolean"})  # fmt: skip
    first = pd.DataFrame(
        {"patient_id": ids, "assessment_date": origin + pd.Timedelta(days=1), "response": "SD"}
    )
    days = pd.to_timedelta(np.round(visit * 30.4375), unit="D")
    later = pd.DataFrame({"patient_id": ids, "assessment_date": origin + days, "response": "PR"})[responds]
    patient = pd.DataFrame({"patient_id": ids, "n_tumor_sample": 0})
    return {
        "patient": patient,
        "clinical": clinical,
        "assessment": pd.concat([first, later], ignore_index=True),
    }


def asked(tables, *features, **more):
    analysis = Analysis("a", "os", features, **more)
    return run_plan(Join(tables), Plan("", (analysis,))).table


def test_no_immortal_time():
    tables = tables_of(2000, 4)
    refused = asked(tables, "objective_response").iloc[0]
    assert refused["status"] == "refused" and "live long enough" in refused["reason"]
    row = asked(tables, "objective_response", time_varying=True).iloc[0]
    assert row["ci_low"] < 1 < row["ci_high"] and row["n"] == 2000 and "time_varying" in row["flags"]
    clinical = tables["clinical"]
    naive = clinical.groupby("objective_response")["os_months"].mean()
    assert naive[True] > naive[False] + 2  # what the guard is for


def test_what_has_no_day():
    table = asked(tables_of(50, 1), "age_", "objective_response", time_varying=True)
    assert "have a day" in table.set_index("feature").loc["age_", "reason"]
    tables = tables_of(50, 1)
    del tables["assessment"]
    assert asked(tables, "objective_response", time_varying=True).iloc[0]["status"] == "not_evaluable"


@pytest.mark.parametrize("state", ["event", "censored"])
def test_toxicity_counts_from_its_day(state):
    tables = tables_of(200, 2)
    tables["clinical"]["high_grade_any_months"] = 1.0
    tables["clinical"]["high_grade_any_state"] = [state, "censored"] * 100
    row = asked(tables, "high_grade_any", time_varying=True).iloc[0]
    assert row["status"] == ("ok" if state == "event" else "not_evaluable")


def test_the_flow_says_who_was_lost():
    analysis = Analysis("a", "os", ("objective_response",), time_varying=True)
    tables = tables_of(50, 1)
    tables["assessment"] = tables["assessment"][tables["assessment"]["patient_id"] != "P0003"]
    assert len(run_plan(Join(tables), Plan("", (analysis,))).flow("a", "objective_response").left) == 50
    tables["clinical"].loc[3, "objective_response"] = pd.NA
    flow = run_plan(Join(tables), Plan("", (analysis,))).flow("a", "objective_response")
    lost = dict(losses_frame(flow)[["patient_id", "reason"]].itertuples(index=False))
    assert lost == {"P0003": "whether and when it began is unknown"} and len(flow.left) == 49


def test_a_feature_at_a_landmark_can_be_permuted():
    table = asked(tables_of(200, 3), "objective_response", landmark_months=6.0, n_permutation=99)
    row = table[table["term"].str.contains("CR or PR by 6 months")].iloc[0]
    assert row["status"] == "ok" and row["p_permutation"] == pytest.approx(row["p_value"], abs=0.15)
