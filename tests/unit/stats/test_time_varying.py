"""Rows of changing covariates beside R's tmerge, the immortal time they avoid, and landmarks by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.landmark import at_landmark
from wes_biomarkers.stats.time_varying import (
    Intervals,
    fit_cox_time_varying,
    split_at_change,
    split_by_history,
)

EXPECTED = recorded_r.recorded("time_varying")


def rows() -> tuple[pd.DataFrame, Intervals]:
    frame = pd.read_csv(recorded_r.data("survival.csv"))
    change = (frame["age"] / 10).where((frame["mutated"] == 1) | (frame["arm"] == 1))
    return frame, split_at_change(frame["time"], frame["event"], change)


def test_rows_equal_tmerge() -> None:
    _, found = rows()
    theirs = EXPECTED["rows"]
    assert (found.patient + 1).tolist() == theirs["patient"]
    assert found.start == pytest.approx(theirs["start"]) and found.stop == pytest.approx(theirs["stop"])
    assert found.event.tolist() == [bool(event) for event in theirs["event"]]
    assert found.value.tolist() == theirs["value"]


def test_fit_equals_coxph() -> None:
    frame, found = rows()
    x = np.column_stack([found.value, frame["marker"].to_numpy()[found.patient]])
    fit = fit_cox_time_varying(found.start, found.stop, found.event, x, patient=found.patient)
    assert fit.coefficients == pytest.approx(EXPECTED["coef"], rel=1e-6)
    assert fit.covariance == pytest.approx(np.array(EXPECTED["var"]), rel=1e-6)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(EXPECTED["loglik"], rel=1e-9)
    assert fit.n == 120 and "left_truncated" not in fit.flags


def test_last_value_is_carried_on_and_never_back() -> None:
    found = split_by_history(
        [5, 4], [1, 0], [0, 0, 1, 0], [2, 3, 4, 3], [7.0, np.nan, 1.0, 9.0], initial=[1.0, 2.0]
    )
    assert found.patient.tolist() == [0, 0, 0, 1]
    assert found.start.tolist() == [0, 2, 3, 0] and found.stop.tolist() == [2, 3, 5, 4]
    assert found.value.tolist() == [1, 7, 9, 2] and found.event.tolist() == [False, False, True, False]


def test_a_change_at_the_start_holds_from_it_and_one_at_the_end_never() -> None:
    found = split_at_change([5, 5, 5], [1, 1, 1], [-1, 5, np.nan])
    assert found.value.tolist() == [1, 0, 0] and found.start.tolist() == [0, 0, 0]


def test_wrong_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        split_at_change([0, 1], [0, 1], [np.nan, np.nan])
    with pytest.raises(ValueError, match="needs a patient"):
        split_by_history([1, 2], [0, 1], [2], [0.5], [1.0])
    with pytest.raises(ValueError, match="one value a patient"):
        split_at_change([1, 2], [0, 1], [1.0])


def test_landmark_by_hand() -> None:
    found = at_landmark([1, 2, 3, 4, 5], [1, 0, 1, 1, 0], 2)
    assert found.kept.tolist() == [False, False, True, True, True]
    assert found.time.tolist() == [1, 2, 3] and found.event.tolist() == [True, True, False]
    assert (found.n_event_before, found.n_censored_before) == (1, 1)
    with pytest.raises(ValueError, match="negative"):
        at_landmark([1], [1], -1)


def test_immortal_time_makes_a_useless_response_look_good_but_neither_landmark_nor_rows_do() -> None:
    rng = np.random.default_rng(5)
    time, response = rng.exponential(10, 4000), rng.exponential(8, 4000)
    responded = response < time
    event = np.ones(4000, bool)
    naive = fit_cox(follow_up(time, event), responded.astype(float)).estimate(0)
    found = split_at_change(time, event, np.where(responded, response, np.nan))
    honest = fit_cox_time_varying(
        found.start, found.stop, found.event, found.value, patient=found.patient
    ).estimate(0)
    landmark = at_landmark(time, event, 6.0)
    late = fit_cox(
        follow_up(landmark.time, landmark.event), (response <= 6)[landmark.kept].astype(float)
    ).estimate(0)
    assert naive.ci_high and naive.ci_high < 0.7
    for estimate in (honest, late):
        assert estimate.ci_low and estimate.ci_high and estimate.ci_low < 1 < estimate.ci_high
