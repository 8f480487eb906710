from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from wes_biomarkers.contracts.clinical import CLINICAL, TOXICITY
from wes_biomarkers.contracts.validate import PANDAS_DTYPES
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.stats.adverse_events import counted_events, toxicity_endpoints, worst_grades

RULES = read_endpoint_rules().toxicity
START, LAST = date(2022, 1, 1), date(2022, 6, 30)
MONTH = 30.4375


def day(n, origin=START):
    return origin + timedelta(days=n)


def frame(table, rows):
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(table.names)
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=PANDAS_DTYPES[table.by_name[name].dtype])
            for name in names
        }
    )


TREATED = {
    "patient_id": "P1",
    "first_dose_date": START,
    "last_dose_date": LAST,
    "last_contact_date": day(400),
    "toxicity_assessed": True,
}


ONSET = day(30)


def event(grade=3, onset=ONSET, **more):
    return {"patient_id": "P1", "term": "colitis", "grade": grade, "onset_date": onset} | more


def one(*events, rules=RULES, **patient):
    clinical = frame(CLINICAL, [TREATED | patient])
    return toxicity_endpoints(clinical, frame(TOXICITY, list(events)), rules).iloc[0]


def known(value):
    return None if pd.isna(value) else value


def test_assessed_without_an_event_is_none_and_zero():
    row = one()
    for cause in ("any", "related", "immune"):
        assert row[f"grade_{cause}"] == 0 and row[f"n_event_{cause}"] == 0
        assert row[f"high_grade_{cause}"] == False  # noqa: E712
        assert row[f"high_grade_{cause}_state"] == "censored"
        assert row[f"high_grade_{cause}_months"] == pytest.approx(((LAST - START).days + 90) / MONTH)
        window = 90 if cause == "immune" else 30
        assert row[f"exposure_{cause}_months"] == pytest.approx(((LAST - START).days + window) / MONTH)


def test_not_assessed_is_unknown():
    row = one(toxicity_assessed=None)
    assert row.isna().all()


def test_events_not_given_are_unknown_but_for_the_ready_made_grade():
    clinical = frame(CLINICAL, [TREATED, TREATED | {"patient_id": "P2", "highest_toxicity_grade": 4}])
    result = toxicity_endpoints(clinical, None, RULES)
    assert result.iloc[0].isna().all()
    assert result["grade_any"].iloc[1] == 4 and result["high_grade_any"].iloc[1]
    assert result.drop(columns=["grade_any", "high_grade_any"]).iloc[1].isna().all()


@pytest.mark.parametrize(
    "onset, more, grade",
    [
        (day(-1), {}, 0),
        (day(0), {}, 3),
        (day(30, LAST), {}, 3),
        (day(31, LAST), {"serious": False, "immune_related": False}, 0),
        (day(31, LAST), {"serious": True}, 3),
        (day(31, LAST), {"immune_related": True}, 3),
        (day(90, LAST), {"serious": True}, 3),
        (day(91, LAST), {"serious": True, "immune_related": True}, 0),
        (None, {}, None),
        (None, {"resolved_date": day(-5)}, 0),
        (None, {"resolved_date": day(5)}, None),
    ],
)
def test_window(onset, more, grade):
    dated = event(grade=1, onset=day(1), serious=False, immune_related=False)
    row = one(event(onset=onset, **more), dated)
    expected = 1 if grade == 0 else grade
    assert known(row["grade_any"]) == expected
    assert known(row["high_grade_any"]) == (None if grade is None else grade == 3)
    is_rated = grade == 3 and onset <= day(30, LAST)
    assert known(row["n_event_any"]) == (None if grade is None else 1 + is_rated)


def test_a_later_event_of_unknown_seriousness_leaves_the_answer_open():
    serious_known = event(grade=1, onset=day(5), serious=False, immune_related=False)
    late = event(onset=day(60, LAST), immune_related=False)
    row = one(serious_known, late)
    assert pd.isna(row["grade_any"]) and pd.isna(row["high_grade_any"])
    assert row["n_event_any"] == 1, "beyond the window of the number, however serious"


@pytest.mark.parametrize(
    "days, n_any, n_immune", [(20, 1, 1), (30, 1, 1), (31, 0, 1), (90, 0, 1), (91, 0, 0)]
)
def test_number_and_time_of_exposure_have_one_window(days, n_any, n_immune):
    row = one(event(onset=day(days, LAST), serious=True, immune_related=True, treatment_related=True))
    assert (row["n_event_any"], row["n_event_related"], row["n_event_immune"]) == (n_any, n_any, n_immune)
    treated = (LAST - START).days
    assert (
        row["exposure_any_months"] == row["exposure_related_months"] == pytest.approx((treated + 30) / MONTH)
    )
    assert row["exposure_immune_months"] == pytest.approx((treated + 90) / MONTH)


@pytest.mark.parametrize(
    "ended, days", [({"death_date": day(195)}, 195), ({"last_contact_date": day(100)}, 100)]
)
def test_exposure_ends_with_follow_up(ended, days):
    row = one(**ended)
    for cause in ("any", "related", "immune"):
        assert row[f"exposure_{cause}_months"] == pytest.approx(days / MONTH)


def test_an_undated_event_does_not_matter_where_it_changes_nothing():
    row = one(event(grade=1, onset=None), event(grade=3, onset=day(30)))
    assert row["grade_any"] == 3 and row["high_grade_any"] and pd.isna(row["n_event_any"])
    assert row["high_grade_any_months"] == pytest.approx(30 / MONTH)


def test_windows_are_the_protocols():
    rules = replace(RULES, window_days=100, extended_window_days=100)
    assert one(event(onset=day(95, LAST)), rules=rules)["grade_any"] == 3


def test_attribution_apart_and_unknown_stays_unknown():
    row = one(
        event(grade=4, treatment_related=False, immune_related=False),
        event(grade=2, treatment_related=True, immune_related=None),
    )
    assert (row["grade_any"], row["grade_related"]) == (4, 2)
    assert pd.isna(row["grade_immune"]) and row["high_grade_immune"] == False  # noqa: E712
    assert (row["n_event_any"], row["n_event_related"]) == (2, 1) and pd.isna(row["n_event_immune"])
    row = one(event(grade=4, treatment_related=None), event(grade=3, treatment_related=True))
    assert pd.isna(row["grade_related"]) and row["high_grade_related"]


@pytest.mark.parametrize(
    "events, patient, state, days",
    [
        ([event(onset=day(30))], {}, "event", 30),
        ([event(onset=day(30)), event(grade=4, onset=day(10))], {}, "event", 10),
        ([event(grade=2)], {}, "censored", 180 + 90),
        ([], {"death_date": day(50), "last_dose_date": day(40)}, "competing", 50),
        ([], {"death_date": day(50), "last_dose_date": None}, "competing", 50),
        ([], {"death_date": day(300)}, "censored", 180 + 90),
        ([event(grade=5, onset=day(50))], {"death_date": day(50)}, "event", 50),
        ([], {"last_contact_date": day(100)}, "censored", 100),
        ([], {"last_dose_date": None}, "censored", 400),
        ([], {"last_contact_date": None}, "censored", 180),
        ([], {"last_contact_date": None, "last_dose_date": None}, None, None),
        ([event(onset=None)], {}, None, None),
        ([event(onset=None), event(onset=day(30))], {}, None, None),
        ([event(onset=day(30)), event(grade=4, onset=day(60), treatment_related=None)], {}, "event", 30),
    ],
)
def test_time_to_the_first_high_grade_event(events, patient, state, days):
    row = one(event(grade=1, onset=day(1)), *events, **patient)
    assert known(row["high_grade_any_state"]) == state
    assert known(row["high_grade_any_months"]) == (None if days is None else pytest.approx(days / MONTH))


def test_an_event_of_unknown_attribution_may_have_been_the_first():
    later = event(onset=day(30), treatment_related=True)
    before, after = (event(onset=day(n), treatment_related=None) for n in (20, 40))
    assert pd.isna(one(later, before)["high_grade_related_months"])
    assert one(later, after)["high_grade_related_months"] == pytest.approx(30 / MONTH)


def test_progression_competes_only_where_the_trial_stops_asking():
    patient = {"progression_date": day(20)}
    assert one(event(onset=day(30)), **patient)["high_grade_any_state"] == "event"
    rules = replace(RULES, progression_competes=True)
    row = one(event(onset=day(30)), rules=rules, **patient)
    assert row["high_grade_any_state"] == "competing"
    assert row["high_grade_any_months"] == row["exposure_any_months"] == pytest.approx(20 / MONTH)


def test_population_is_the_treated():
    clinical = frame(
        CLINICAL,
        [
            TREATED | {"assignment": "randomized", "allocation_date": START},
            {"patient_id": "P2", "assignment": "not_allocated", "toxicity_assessed": True},
            {
                "patient_id": "P3",
                "assignment": "randomized",
                "allocation_date": START,
                "toxicity_assessed": True,
            },
        ],
    )
    result = toxicity_endpoints(clinical, frame(TOXICITY, [event()]), RULES)
    assert result["grade_any"].iloc[0] == 3 and result.iloc[1:].isna().all(axis=None)


def test_without_dates_all_events_and_the_ready_made_grade_count():
    clinical = frame(
        CLINICAL,
        [{"patient_id": "P1"}, {"patient_id": "P2", "highest_toxicity_grade": 2}, {"patient_id": "P3"},
         {"patient_id": "P4", "toxicity_assessed": True}],
    )  # fmt: skip
    events = frame(
        TOXICITY,
        [{"patient_id": "P1", "term": "rash", "grade": 4}, {"patient_id": "P2", "term": "rash", "grade": 1}],
    )
    result = toxicity_endpoints(clinical, events, RULES)
    assert [known(grade) for grade in result["grade_any"]] == [4, 2, None, 0]
    assert [known(high) for high in result["high_grade_any"]] == [True, False, None, False]
    assert result[["high_grade_any_months", "exposure_any_months"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "term, grade, onset, found",
    [
        ("Radiation pneumonitis", 2, 100, True),
        ("pneumonitis", 3, 100 + 30 + 180, True),
        ("pneumonitis", 3, 100 + 30 + 181, False),
        ("ESOPHAGITIS", 2, 120, True),
        ("oesophagitis", 1, 120, False),
        ("oesophagitis", 3, 99, False),
        ("colitis", 4, 120, False),
        ("pneumonitis", 2, None, None),
    ],
)
def test_radiation_toxicity(term, grade, onset, found):
    patient = {"radiotherapy_start_date": day(100), "radiotherapy_end_date": day(130)}
    events = [event(grade, None if onset is None else day(onset), term=term), event(1, day(1))]
    assert known(one(*events, **patient)["radiation_grade2"]) == found
    assert pd.isna(one(*events)["radiation_grade2"]), "without radiotherapy it is unknown"


def test_radiotherapy_of_unknown_end():
    patient = {"radiotherapy_start_date": day(0)}
    assert one(event(2, day(180), term="pneumonitis"), **patient)["radiation_grade2"]
    assert pd.isna(one(event(2, day(181), term="pneumonitis"), **patient)["radiation_grade2"])


def test_worst_grade_by_patient_term_and_attribution():
    events = frame(
        TOXICITY,
        [
            event(1, treatment_related=True), event(3, day(40), treatment_related=False),
            event(4, day(-3), treatment_related=True), event(2, term="rash", treatment_related=True),
        ],
    )  # fmt: skip
    clinical = frame(CLINICAL, [TREATED])
    table = worst_grades(events, counted_events(events, clinical, RULES))
    assert table.to_dict("records") == [
        {"patient_id": "P1", "term": "colitis", "attribution": "any", "grade": 3},
        {"patient_id": "P1", "term": "colitis", "attribution": "related", "grade": 1},
        {"patient_id": "P1", "term": "rash", "attribution": "any", "grade": 2},
        {"patient_id": "P1", "term": "rash", "attribution": "related", "grade": 2},
    ]
