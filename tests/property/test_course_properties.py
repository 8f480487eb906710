"""Adverse events and assessments, whatever is unknown: known answers survive learning more, orders hold."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.contracts.clinical import ATTRIBUTIONS, CLINICAL, TOXICITY
from wes_biomarkers.contracts.likely_ids import folded_id, likely_counterparts
from wes_biomarkers.contracts.validate import PANDAS_DTYPES
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
from wes_biomarkers.stats.adverse_events import counted_events, toxicity_endpoints, worst_grades
from wes_biomarkers.stats.recist import ResponseRules, best_response

RULES = read_endpoint_rules().toxicity
START = date(2020, 1, 1)
maybe = st.none() | st.booleans()


def frame(table, rows):
    return pd.DataFrame(
        {
            column.name: pd.Series([row.get(column.name) for row in rows], dtype=PANDAS_DTYPES[column.dtype])
            for column in table.columns
        }
    )


def day(n):
    return None if n is None else START + timedelta(days=n)


events = st.lists(
    st.fixed_dictionaries(
        {
            "patient_id": st.sampled_from(["P1", "P2"]),
            "term": st.sampled_from(["rash", "pneumonitis"]),
            "grade": st.integers(1, 5),
            "onset_date": st.none() | st.integers(-40, 300).map(day),
            "treatment_related": maybe,
            "immune_related": maybe,
            "serious": maybe,
        }
    ),
    max_size=6,
)
patients = st.fixed_dictionaries(
    {
        "last_dose_date": st.none() | st.integers(0, 200).map(day),
        "last_contact_date": st.none() | st.integers(0, 500).map(day),
        "death_date": st.none() | st.integers(0, 500).map(day),
        "toxicity_assessed": maybe,
    }
)


def tables(rows, described):
    clinical = [
        {"patient_id": name, "first_dose_date": START, "radiotherapy_start_date": START} | about
        for name, about in zip(("P1", "P2"), described, strict=True)
    ]
    return frame(CLINICAL, clinical), frame(TOXICITY, rows)


@settings(max_examples=60, deadline=None)
@given(events, st.tuples(patients, patients))
def test_toxicity_endpoints_agree_with_one_another(rows, described):
    clinical, toxicity = tables(rows, described)
    for row in toxicity_endpoints(clinical, toxicity, RULES).to_dict("records"):
        for cause in ATTRIBUTIONS:
            grade, high, n = row[f"grade_{cause}"], row[f"high_grade_{cause}"], row[f"n_event_{cause}"]
            months, state = row[f"high_grade_{cause}_months"], row[f"high_grade_{cause}_state"]
            assert pd.isna(grade) or (pd.notna(high) and bool(high) == (grade >= 3))
            # A serious event later than the ordinary window has a grade, but is not in the number beside the exposure.
            assert pd.isna(n) or pd.isna(grade) or n == 0 or grade > 0
            assert pd.isna(n) or pd.isna(grade) or cause != "immune" or n > 0 or grade == 0
            assert pd.isna(months) == pd.isna(state)
            assert pd.isna(months) or months >= 0
            assert state is pd.NA or state != "event" or high
            if cause != "any" and pd.notna(row["grade_any"]) and pd.notna(grade):
                assert grade <= row["grade_any"]


@settings(max_examples=60, deadline=None)
@given(events, st.tuples(patients, patients))
def test_with_one_window_there_are_events_where_there_is_a_grade(rows, described):
    rules = replace(RULES, extended_window_days=RULES.window_days)
    for row in toxicity_endpoints(*tables(rows, described), rules).to_dict("records"):
        for cause in ATTRIBUTIONS:
            grade, n = row[f"grade_{cause}"], row[f"n_event_{cause}"]
            assert pd.isna(n) or pd.isna(grade) or (n == 0) == (grade == 0)


@settings(max_examples=60, deadline=None)
@given(events, st.tuples(patients, patients), st.data())
def test_learning_more_never_changes_a_known_answer(rows, described, data):
    clinical, toxicity = tables(rows, described)
    before = toxicity_endpoints(clinical, toxicity, RULES)
    if not toxicity["onset_date"].notna().any():
        return  # no windows at all
    names = ("treatment_related", "immune_related", "serious")
    asked = {name: any(row[name] is not None for row in rows) for name in names}
    told = []
    for row in rows:
        answers = {
            name: row[name] if row[name] is not None or not asked[name] else data.draw(st.booleans())
            for name in names
        }
        onset = row["onset_date"] or data.draw(st.integers(-40, 300).map(day))
        told.append(row | answers | {"onset_date": onset})
    after = toxicity_endpoints(*tables(told, described), RULES)
    for name in before:
        known = before[name].notna()
        assert (before.loc[known, name] == after.loc[known, name]).all(), name


@settings(max_examples=50, deadline=None)
@given(events, st.tuples(patients, patients))
def test_the_order_of_events_does_not_matter_and_the_worst_term_is_the_worst_grade(rows, described):
    clinical, toxicity = tables(rows, described)
    turned = toxicity.iloc[::-1].reset_index(drop=True)
    endpoints = toxicity_endpoints(clinical, toxicity, RULES)
    pd.testing.assert_frame_equal(endpoints, toxicity_endpoints(clinical, turned, RULES))
    worst = worst_grades(toxicity, counted_events(toxicity, clinical, RULES))
    for cause in ATTRIBUTIONS:
        highest = worst[worst["attribution"] == cause].groupby("patient_id")["grade"].max()
        for patient, grade in zip(clinical["patient_id"], endpoints[f"grade_{cause}"], strict=True):
            assert pd.isna(grade) or grade == highest.get(patient, 0)


# --- best response ------------------------------------------------------------------------------------------

visits = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from(["CR", "PR", "SD", "PD", "NE"])), max_size=7
).map(
    lambda steps: [(sum(gap for gap, _ in steps[: i + 1]), response) for i, (_, response) in enumerate(steps)]
)
RESPONSE = ResponseRules(confirmation_days=28, stable_days=42)


def by_all_pairs(sequence):
    """Best overall response with confirmation, written as the rule says it, over all pairs of visits."""
    if not sequence:
        return None
    end = len(sequence)
    for i, (_, response) in enumerate(sequence):
        after_complete = any(earlier == "CR" for _, earlier in sequence[:i])
        if response == "PD" or (after_complete and response in ("PR", "SD")):
            end = i
            break
    free, progressed = sequence[:end], end < len(sequence)
    pairs = [
        (first, second, {response for _, response in free[i + 1 : j]})
        for i, (first_day, first) in enumerate(free)
        for j, (second_day, second) in enumerate(free)
        if second_day - first_day >= 28
    ]
    if any(a == b == "CR" and between <= {"CR", "NE"} for a, b, between in pairs):
        return "CR"
    if any(a == "PR" and b in ("PR", "CR") and between <= {"CR", "PR", "NE"} for a, b, between in pairs):
        return "PR"
    if any(day >= 42 and response != "NE" for day, response in free):
        return "SD"
    return "PD" if progressed else "NE"


@settings(max_examples=250, deadline=None)
@given(visits)
def test_best_overall_response_is_the_rule_over_all_pairs(sequence):
    assert best_response(sequence, RESPONSE).best_overall_response == by_all_pairs(sequence)


@settings(max_examples=200, deadline=None)
@given(visits)
def test_confirmed_and_unconfirmed_agree(sequence):
    found = best_response(sequence, RESPONSE)
    if found.response_confirmed:
        assert found.best_response == found.best_overall_response
    elif found.response_confirmed is None:
        assert found.best_response == found.best_overall_response and found.best_response not in ("CR", "PR")
    else:
        assert found.best_overall_response in ("SD", "PD", "NE")
    assert found.progression_day is None or found.progression_day in [day for day, _ in sequence]


# --- ids ----------------------------------------------------------------------------------------------------

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,6}", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(ids)
def test_folding_is_stable_and_ignores_what_people_type_differently(name):
    folded = folded_id(name)
    assert folded_id(folded) == folded == folded_id(f" {name.swapcase()} ")


@settings(max_examples=200, deadline=None)
@given(st.sets(ids, max_size=6), st.sets(ids, max_size=6))
def test_a_suggestion_is_another_id_and_the_only_one(ours, theirs):
    for name, likely in likely_counterparts(ours, theirs).items():
        assert name in ours and likely in theirs and likely != name
        assert sum(folded_id(other) == folded_id(name) for other in theirs - {name}) == 1
