"""Competing risks against R's cmprsk and survival."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.competing_risks import cumulative_incidence, fit_cause_specific, gray_test

ANSWER = recorded_r.recorded("competing_risks")
TRIAL = pd.read_csv(recorded_r.data("competing.csv"))
TIMES = np.array(ANSWER["times"])


def numbers(values):
    return np.array([np.nan if value == "NA" else value for value in values], float)


def rows(curve):
    return np.searchsorted(curve.time, TIMES, side="right") - 1


def test_incidence_and_variance_equal_cuminc():
    curve = cumulative_incidence(TRIAL.time, TRIAL.state)["all"]
    at = rows(curve)
    assert curve.incidence[at] == approx(np.array(ANSWER["all"][0]), rel=1e-9)
    assert curve.competing_incidence[at] == approx(np.array(ANSWER["all"][1]), rel=1e-9)
    assert curve.variance[at] == approx(np.array(ANSWER["all_variance"][0]), rel=1e-9)
    assert curve.incidence[at] == approx(np.array(ANSWER["aalen_johansen"]), rel=1e-9)


def test_groups_equal_cuminc_and_end_with_their_follow_up():
    for index, curve in enumerate(cumulative_incidence(TRIAL.time, TRIAL.state, TRIAL.group).values()):
        wanted, variance = numbers(ANSWER["by"][index]), numbers(ANSWER["by_variance"][index])
        assert [curve.at(time)[0] for time in TIMES] == approx(wanted, rel=1e-9, nan_ok=True)
        known = np.isfinite(wanted)
        assert curve.variance[rows(curve)][known] == approx(variance[known], rel=1e-9)


def test_counts_and_total_probability_add_up():
    curve = cumulative_incidence(TRIAL.time, TRIAL.state)["all"]
    assert curve.n_at_risk[0] == len(TRIAL)
    assert (curve.n_event + curve.n_competing + curve.n_censored).sum() == len(TRIAL)
    inside = curve.incidence > 0
    assert (curve.ci_low[inside] < curve.incidence[inside]).all()
    assert (curve.ci_high[inside] > curve.incidence[inside]).all()
    assert ((curve.incidence + curve.competing_incidence) <= 1 + 1e-12).all()


def test_without_censoring_the_incidence_is_a_share():
    curve = cumulative_incidence([1, 2, 3, 4], [1, 2, 1, 2])["all"]
    assert curve.incidence.tolist() == approx([0, 0.25, 0.25, 0.5, 0.5])


@pytest.mark.parametrize(
    ("time", "state"), [([1], [0, 1]), ([-1.0], [1]), ([1.0], [3]), ([np.nan], [1]), ([], [])]
)
def test_broken_arrays_are_refused(time, state):
    with pytest.raises(ValueError):
        cumulative_incidence(time, state)


@pytest.mark.parametrize(
    ("name", "group", "strata"),
    [("gray", "group", None), ("gray_two", "x2", None), ("gray_strata", "group", "stratum")],
)
def test_grays_test_equals_cuminc(name, group, strata):
    found = gray_test(TRIAL.time, TRIAL.state, TRIAL[group], None if strata is None else TRIAL[strata])
    chi_square, p, degrees = ANSWER[name][0]
    assert (found.chi_square, found.p_value) == (approx(chi_square, rel=1e-9), approx(p, rel=1e-9))
    assert found.degrees == degrees


def test_grays_test_says_why_not():
    assert gray_test([1, 2, 3], [1, 1, 0], ["a"] * 3).reason == "only one group"
    assert gray_test([1, 2, 3], [0, 2, 0], [1, 2, 1]).reason == "no event"


def test_gray_without_competing_events_is_near_the_log_rank_test():
    """With one kind of event, and a last time that is the same in each group, both test one hypothesis."""
    rng = np.random.default_rng(1)
    time, group = rng.exponential(1, 300).round(2) + 0.01, rng.integers(0, 2, 300)
    found = gray_test(time, np.ones(300, int), group)
    from lifelines.statistics import multivariate_logrank_test

    assert found.chi_square == approx(
        multivariate_logrank_test(time, group, np.ones(300)).test_statistic, rel=0.05
    )


def test_cause_specific_hazards_equal_coxph():
    fit = fit_cause_specific(TRIAL.time, TRIAL.state, TRIAL[["x1", "x2"]])
    assert fit.coefficients == approx(np.array(ANSWER["cause_specific"]), rel=1e-6)
