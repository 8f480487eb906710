from datetime import date

import pandas as pd
import pytest

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.validate import PANDAS_DTYPES
from wes_biomarkers.stats.endpoints import derive_endpoints, highest_grade, why_no_survival


def clinical(*rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    data = {
        name: pd.Series([row.get(name) for row in rows], dtype=PANDAS_DTYPES[CLINICAL.by_name[name].dtype])
        for name in names
    }
    return pd.DataFrame(data)


ALLOCATED = {"patient_id": "P1", "assignment": "randomized", "allocation_date": date(2022, 1, 1)}


def one(**row):
    return derive_endpoints(clinical(ALLOCATED | row)).iloc[0]


def test_death_and_progression_from_allocation():
    row = one(
        progression_date=date(2022, 3, 2), death_date=date(2023, 1, 1), last_assessment_date=date(2022, 3, 2)
    )
    assert row["os_months"] == pytest.approx(365 / 30.4375) and row["os_event"]
    assert row["pfs_months"] == pytest.approx(60 / 30.4375) and row["pfs_event"]
    assert row["os_origin"] == row["pfs_origin"] == "allocation"


def test_death_without_progression_is_a_pfs_event():
    row = one(death_date=date(2022, 1, 31), last_assessment_date=date(2022, 1, 15))
    assert row["pfs_event"] and row["pfs_months"] == pytest.approx(30 / 30.4375)


def test_censoring_days_differ():
    row = one(last_contact_date=date(2022, 12, 1), last_assessment_date=date(2022, 6, 1))
    assert not row["os_event"] and row["os_months"] == pytest.approx(334 / 30.4375)
    assert not row["pfs_event"] and row["pfs_months"] == pytest.approx(151 / 30.4375)


def test_unknown_contact_falls_back_to_the_last_day_seen_alive():
    assert one(last_assessment_date=date(2022, 1, 31))["os_months"] == pytest.approx(30 / 30.4375)


def test_unknown_stays_unknown():
    row = one()
    for name in ("os_months", "os_event", "os_origin", "pfs_months", "pfs_event", "objective_response",
                 "durable_benefit", "induction_objective_response", "os_induction_months"):  # fmt: skip
        assert pd.isna(row[name]), name
    row = one(last_contact_date=date(2022, 5, 1))
    assert pd.isna(row["pfs_months"]), "no assessment: progression is unknown, not absent"


def test_a_last_day_before_the_origin_leaves_all_unknown():
    row = one(last_assessment_date=date(2021, 12, 20), induction_start_date=date(2021, 12, 25))
    for name in ("os_months", "os_event", "os_origin", "pfs_months", "pfs_event", "pfs_origin",
                 "os_induction_months", "os_induction_event", "durable_benefit"):  # fmt: skip
        assert pd.isna(row[name]), name
    row = one(last_assessment_date=date(2021, 12, 20), last_contact_date=date(2022, 1, 31))
    assert row["os_months"] == pytest.approx(30 / 30.4375) and pd.isna(row["pfs_months"])
    row = one(last_assessment_date=date(2021, 12, 20), progression_date=date(2022, 1, 31))
    assert row["pfs_months"] == pytest.approx(30 / 30.4375) and row["pfs_event"]


def test_censoring_on_the_first_day_is_zero_months():
    row = one(last_assessment_date=date(2022, 1, 1))
    assert row["pfs_months"] == 0 and not row["pfs_event"]


@pytest.mark.parametrize("origin", ["first_dose_date", "induction_start_date"])
def test_an_event_before_the_origin_is_unknown_not_negative(origin):
    rows = clinical({"patient_id": "P1", origin: date(2022, 2, 1), "progression_date": date(2022, 1, 1)})
    row = derive_endpoints(rows).iloc[0]
    assert pd.isna(row["pfs_months"]) and pd.isna(row["pfs_event"]) and pd.isna(row["os_months"])


def test_why_there_is_no_survival():
    table = clinical(
        ALLOCATED,
        {"patient_id": "P2", "assignment": "not_allocated"},
        {"patient_id": "P3", "assignment": "randomized"},
    )
    assert list(why_no_survival(table)) == [
        "without follow-up after the origin",
        "never allocated",
        "without a date of allocation",
    ]
    assert list(why_no_survival(clinical({"patient_id": "P1"}))) == ["without a start of induction"]


def test_never_allocated_has_no_endpoint_after_allocation():
    table = clinical(
        ALLOCATED | {"last_contact_date": date(2022, 7, 1)},
        {"patient_id": "P2", "assignment": "not_allocated", "induction_start_date": date(2021, 10, 1),
         "death_date": date(2022, 2, 1), "induction_response": "PD"},
    )  # fmt: skip
    row = derive_endpoints(table).iloc[1]
    assert pd.isna(row["os_months"]) and pd.isna(row["os_origin"]) and pd.isna(row["pfs_event"])
    assert row["os_induction_months"] == pytest.approx(123 / 30.4375) and row["os_induction_event"]
    assert row["induction_objective_response"] == False  # noqa: E712


def test_allocation_by_unknown_way_counts():
    table = clinical(
        {"patient_id": "P1", "allocation_date": date(2022, 1, 1), "death_date": date(2022, 1, 31)}
    )
    assert derive_endpoints(table)["os_months"].iloc[0] == pytest.approx(30 / 30.4375)


@pytest.mark.parametrize(
    "column, origin", [("first_dose_date", "first_dose"), ("induction_start_date", "induction")]
)
def test_origin_of_a_study_without_allocation(column, origin):
    row = derive_endpoints(
        clinical({"patient_id": "P1", column: date(2022, 1, 1), "death_date": date(2022, 1, 31)})
    )
    assert row["os_origin"].iloc[0] == origin
    assert row["os_months"].iloc[0] == pytest.approx(30 / 30.4375)


def test_ready_made_is_kept_beside_derived():
    table = clinical(
        ALLOCATED | {"os_months": 7.5, "os_event": True, "last_contact_date": date(2022, 2, 1)},
        ALLOCATED | {"patient_id": "P2", "last_contact_date": date(2022, 2, 1)},
    )
    result = derive_endpoints(table)
    assert list(result["os_origin"]) == ["ready_made", "allocation"]
    assert result["os_months"].iloc[0] == 7.5 and result["os_event"].iloc[0]
    assert result["os_months"].iloc[1] == pytest.approx(31 / 30.4375)


@pytest.mark.parametrize(
    "response, confirmed, settled, unconfirmed, evaluable",
    [
        ("CR", True, True, True, True),
        ("PR", False, False, True, False),
        ("PR", None, None, True, None),
        ("SD", None, False, False, False),
        ("NE", None, False, False, None),
        (None, None, None, None, None),
    ],
)
def test_objective_response(response, confirmed, settled, unconfirmed, evaluable):
    row = one(best_response=response, response_confirmed=confirmed)
    found = [row[f"objective_response{end}"] for end in ("", "_unconfirmed", "_evaluable")]
    assert [None if pd.isna(value) else bool(value) for value in found] == [settled, unconfirmed, evaluable]


@pytest.mark.parametrize(
    "response, day, event, benefit",
    [
        ("PR", 183, True, True),
        ("PR", 182, True, False),
        ("SD", 183, False, True),
        ("SD", 182, False, None),
        ("PD", 400, False, False),
        ("NE", 400, False, None),
        ("NE", 100, True, False),
        (None, 400, False, None),
    ],
)
def test_durable_benefit_at_its_boundary(response, day, event, benefit):
    when = date.fromordinal(ALLOCATED["allocation_date"].toordinal() + day)
    found = one(best_response=response, **{"progression_date" if event else "last_assessment_date": when})
    value = found["durable_benefit"]
    assert (None if pd.isna(value) else bool(value)) == benefit


def test_highest_grade():
    table = clinical(
        {"patient_id": "P1", "toxicity_assessed": True},
        {"patient_id": "P2", "toxicity_assessed": True},
        {"patient_id": "P3"},
        {"patient_id": "P4", "highest_toxicity_grade": 4},
    )
    events = pd.DataFrame({"patient_id": ["P1", "P1", "P4"], "grade": pd.array([1, 3, 2], dtype="Int64")})
    assert [None if pd.isna(grade) else grade for grade in highest_grade(table, events)] == [3, 0, None, 4]


def test_progression_free_survival_is_never_longer_than_survival():
    days = {name: pd.to_datetime([text, text]).astype("datetime64[s]") for name, text in (
        ("first_dose_date", "2024-01-01"), ("last_contact_date", "2024-02-01"), ("last_assessment_date", "2024-03-01"),
    )}  # fmt: skip
    table = pd.DataFrame({"patient_id": ["A", "B"], **days})
    table["os_months"] = pd.Series([None, 1.0], dtype="float64")
    table["os_event"] = pd.Series([None, False], dtype="boolean")
    found = derive_endpoints(table)
    assert found["os_months"][0] == found["pfs_months"][0] == 60 / 30.4375, "seen alive at the assessment"
    assert (
        pd.isna(found["pfs_months"][1]) and pd.isna(found["pfs_event"][1]) and pd.isna(found["pfs_origin"][1])
    )
