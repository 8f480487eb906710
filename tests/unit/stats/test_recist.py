from datetime import date, timedelta

import pandas as pd
import pytest

from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL
from wes_biomarkers.contracts.validate import PANDAS_DTYPES
from wes_biomarkers.stats.recist import (
    ResponseRules,
    best_response,
    grew_without_progression,
    responses,
    until_progression,
    with_target_change,
)

RULES = ResponseRules(confirmation_days=28, stable_days=42)
START = date(2022, 1, 1)

#: Table 3 of RECIST 1.1 (Eisenhauer 2009): first visit, second visit, best overall response if the first visit came
#: late enough for stable disease, and if neither did. CR then PR by footnote a: the PR is progression.
TABLE_3 = [
    ("CR", "CR", "CR", "CR"),
    ("CR", "PR", "SD", "PD"),
    ("CR", "SD", "SD", "PD"),
    ("CR", "PD", "SD", "PD"),
    ("CR", "NE", "SD", "NE"),
    ("PR", "CR", "PR", "PR"),
    ("PR", "PR", "PR", "PR"),
    ("PR", "SD", "SD", "NE"),
    ("PR", "PD", "SD", "PD"),
    ("PR", "NE", "SD", "NE"),
    ("NE", "NE", "NE", "NE"),
    ("SD", "PD", "SD", "PD"),
    ("NE", "CR", "SD", "NE"),
]


@pytest.mark.parametrize("first, second, late, early", TABLE_3)
def test_table_3(first, second, late, early):
    assert best_response([(56, first), (112, second)], RULES).best_overall_response == late
    assert best_response([(10, first), (38, second)], RULES).best_overall_response == early


@pytest.mark.parametrize(
    "visits, best, confirmed, strict",
    [
        ([(56, "PR"), (83, "PR")], "PR", False, "SD"),
        ([(56, "PR"), (84, "PR")], "PR", True, "PR"),
        ([(56, "PR"), (70, "PR"), (84, "PR")], "PR", True, "PR"),
        ([(56, "PR"), (70, "NE"), (98, "PR")], "PR", True, "PR"),
        ([(56, "PR"), (84, "SD"), (112, "PR")], "PR", False, "SD"),
        ([(56, "PR"), (84, "PR"), (112, "CR")], "PR", True, "PR"),
        ([(56, "PR"), (84, "CR"), (112, "CR")], "CR", True, "CR"),
        ([(56, "CR"), (112, "PD")], "CR", False, "SD"),
        ([(56, "PR"), (70, "PD"), (112, "PR")], "PR", False, "SD"),
        ([(42, "SD")], "SD", None, "SD"),
        ([(41, "SD")], "NE", None, "NE"),
        ([(41, "SD"), (60, "PD")], "PD", None, "PD"),
        ([(56, "SD"), (84, "NE")], "SD", None, "SD"),
        ([(56, "PD"), (84, "CR")], "PD", None, "PD"),
        ([], None, None, None),
    ],
)
def test_confirmation_and_stable_disease(visits, best, confirmed, strict):
    found = best_response(visits, RULES)
    assert (found.best_response, found.response_confirmed, found.best_overall_response) == (
        best,
        confirmed,
        strict,
    )


def test_progression_ends_the_sequence_and_disease_after_complete_response_is_one():
    assert until_progression([(1, "SD"), (2, "PD"), (3, "CR")]) == [(1, "SD"), (2, "PD")]
    found = best_response([(56, "CR"), (84, "CR"), (112, "NE"), (140, "SD")], RULES)
    assert (found.best_response, found.progression_day, found.reappeared) == ("CR", 140, True)
    assert best_response([(56, "CR"), (84, "PD")], RULES).reappeared is False


def test_the_protocol_sets_the_days():
    strict = ResponseRules(confirmation_days=56, stable_days=60)
    assert best_response([(56, "PR"), (84, "PR")], strict).response_confirmed is False
    assert best_response([(59, "SD")], strict).best_response == "NE"


def test_without_an_origin_stable_disease_is_unknown_and_progression_is_not():
    assert best_response([(0, "SD"), (90, "PD")], RULES, origin_known=False).best_response is None
    assert best_response([(0, "PD")], RULES, origin_known=False).best_response == "PD"
    assert best_response([(0, "PR"), (28, "PR")], RULES, origin_known=False).response_confirmed


def frame(table, *rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=PANDAS_DTYPES[table.by_name[name].dtype])
            for name in names
        }
    )


def visit(patient, day, response=None, size=None):
    return {
        "patient_id": patient,
        "assessment_date": START + timedelta(days=day),
        "response": response,
        "target_sum_mm": size,
    }


def test_visits_before_the_origin_and_of_the_never_allocated_do_not_count():
    clinical = frame(
        CLINICAL,
        {"patient_id": "P1", "assignment": "randomized", "allocation_date": START},
        {"patient_id": "P2", "assignment": "not_allocated"},
        {"patient_id": "P3", "assignment": "randomized", "allocation_date": START},
    )
    visits = frame(
        ASSESSMENT,
        visit("P1", 120, "PD"), visit("P1", -10, "CR"), visit("P1", 0, "PR"), visit("P1", 60, "SD"),
        visit("P1", 150, "NE"), visit("P2", 30, "PD"),
    )  # fmt: skip
    found = responses(visits, clinical, RULES)
    assert list(found["best_response"].fillna("-")) == ["SD", "-", "-"]
    assert found["progression_date"].iloc[0] == pd.Timestamp(START + timedelta(days=120))
    assert found["progression_date"].isna().tolist() == [False, True, True]
    assert found["last_assessment_date"].iloc[0] == pd.Timestamp(START + timedelta(days=120))
    assert found["last_assessment_date"].iloc[1] == pd.Timestamp(START + timedelta(days=30))


def test_change_of_the_target_lesions():
    clinical = frame(CLINICAL, {"patient_id": "P1", "first_dose_date": START}, {"patient_id": "P2"})
    visits = frame(
        ASSESSMENT,
        visit("P1", 56, "PR", 40), visit("P1", -60, None, 90), visit("P1", -7, None, 80),
        visit("P1", 112, "NE", None), visit("P1", 168, "PR", 30), visit("P1", 224, "PD", 60),
        visit("P2", 0, None, 50), visit("P2", 60, "CR", 0), visit("P2", 120, "PD", 5),
    )  # fmt: skip
    table = with_target_change(visits, clinical)
    assert table["assessment_date"].is_monotonic_increasing or table["patient_id"].is_monotonic_increasing
    first = table[table["patient_id"] == "P1"]
    assert first["target_change_percent"].tolist()[2:] == pytest.approx(
        [-50, float("nan"), -62.5, -25], nan_ok=True
    )
    assert first["target_change_percent"].isna().tolist()[:2] == [True, True]
    assert first["target_change_nadir_percent"].tolist()[2:] == pytest.approx(
        [-50, float("nan"), -25, 100], nan_ok=True
    )
    assert first["assessment_months"].iloc[2] == pytest.approx(56 / 30.4375)
    second = table[table["patient_id"] == "P2"]
    assert second["target_change_percent"].tolist()[1:] == [-100, -90]
    assert pd.isna(second["target_change_nadir_percent"].iloc[2]), "from nothing there is no percentage"
    assert second["assessment_months"].isna().all()


def test_without_a_baseline_there_is_no_change():
    clinical = frame(CLINICAL, {"patient_id": "P1", "first_dose_date": START})
    table = with_target_change(
        frame(ASSESSMENT, visit("P1", 56, "PR", 40), visit("P1", 90, "PR", 20)), clinical
    )
    assert table[["target_change_percent", "target_change_nadir_percent"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "size, response, told",
    [(48, "PR", True), (48, "PD", False), (47, "PR", False), (48, "NE", False), (40, "SD", False)],
)
def test_growth_that_is_progression(size, response, told):
    clinical = frame(CLINICAL, {"patient_id": "P1", "first_dose_date": START})
    visits = frame(
        ASSESSMENT, visit("P1", 0, None, 80), visit("P1", 56, "PR", 40), visit("P1", 90, response, size)
    )
    assert grew_without_progression(with_target_change(visits, clinical)).tolist() == [False, False, told]


def test_growth_by_a_fifth_of_little_is_none():
    clinical = frame(CLINICAL, {"patient_id": "P1", "first_dose_date": START})
    visits = frame(
        ASSESSMENT, visit("P1", 0, None, 20), visit("P1", 56, "SD", 24.9), visit("P1", 90, "SD", 25)
    )
    assert grew_without_progression(with_target_change(visits, clinical)).tolist() == [False, False, True]


def test_sums_alone_and_responses_alone():
    clinical = frame(CLINICAL, {"patient_id": "P1", "first_dose_date": START})
    both = frame(ASSESSMENT, visit("P1", 0, None, 20), visit("P1", 56, "SD", 15))
    sums = both.drop(columns="response")
    assert responses(sums, clinical, RULES).drop(columns="reappeared").isna().all(axis=None)
    table = with_target_change(sums, clinical)
    assert table["target_change_percent"].tolist()[1:] == [-25] and not grew_without_progression(table).any()
    words = both.drop(columns="target_sum_mm")
    assert responses(words, clinical, RULES)["best_response"].tolist() == ["SD"]
    table = with_target_change(words, clinical)
    assert table["target_change_percent"].isna().all() and not grew_without_progression(table).any()
