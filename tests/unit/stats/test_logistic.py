"""Logistic regression against R's glm, sandwich and brglm2, and Firth's likelihood maximised directly in R."""

import math

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.logistic import fit_logistic

ANSWER = recorded_r.recorded("logistic")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))
SPARSE = pd.read_csv(recorded_r.data("separated.csv"))
X = TRIAL[["tmb", "age", "arm"]]


def matrix(value):
    return approx(np.asarray(value)[1:, 1:], rel=1e-6)


def test_equals_glm():
    fit = fit_logistic(TRIAL.y, X, firth=False)
    assert fit.intercept == approx(ANSWER["full"]["coefficients"][0], rel=1e-6)
    assert fit.coefficients == approx(np.array(ANSWER["full"]["coefficients"][1:]), rel=1e-6)
    assert fit.covariance == matrix(ANSWER["full"]["covariance"])
    assert fit.log_likelihood == approx(ANSWER["full"]["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood_null == approx(ANSWER["log_likelihood_null"], rel=1e-9)
    assert [fit.estimate(i).p_value for i in range(3)] == approx(ANSWER["p_wald"][1:], rel=1e-6)
    test = fit.likelihood_ratio([2])
    assert (test.statistic, test.degrees) == (approx(ANSWER["lr_arm"], rel=1e-6), 1)
    assert test.p_value == approx(ANSWER["p_lr_arm"], rel=1e-6)
    assert fit.probability(X).sum() == approx(TRIAL.y.sum())


def test_weights_and_clusters_equal_r():
    weighted = fit_logistic(TRIAL.y, X, firth=False, weight=TRIAL.weight)
    assert weighted.coefficients == approx(np.array(ANSWER["weighted"]["coefficients"][1:]), rel=1e-6)
    assert weighted.covariance == matrix(ANSWER["weighted"]["covariance"])
    robust = fit_logistic(TRIAL.y, X, cluster=[f"centre {site}" for site in TRIAL.site])
    assert robust.covariance == matrix(ANSWER["cluster"])
    assert robust.estimate(0).method == "logistic_cluster_robust"


def test_a_weight_of_two_is_a_patient_twice():
    twice = fit_logistic(np.repeat(TRIAL.y, 2), np.repeat(X.to_numpy(), 2, axis=0), firth=True)
    weighted = fit_logistic(TRIAL.y, X, weight=np.full(len(X), 2.0), firth=True)
    assert weighted.coefficients == approx(twice.coefficients, rel=1e-9)
    assert weighted.estimate(1).ci_low == approx(twice.estimate(1).ci_low, rel=1e-8)


def test_firth_equals_r():
    fit = fit_logistic(SPARSE.y, SPARSE[["marker", "z"]])
    wanted = ANSWER["firth"]
    assert fit.flags == ("few_events", "firth", "separation")
    assert fit.coefficients == approx(np.array(wanted["coefficients"][1:]), rel=1e-6)
    assert fit.covariance == matrix(wanted["covariance"])
    assert fit.log_likelihood == approx(wanted["value"], rel=1e-9)
    for index, name in enumerate(("marker", "z")):
        found = fit.estimate(index)
        assert [math.log(found.ci_low), math.log(found.ci_high), found.statistic] == approx(
            wanted[name], rel=1e-6
        )
    dense = fit_logistic(TRIAL.y, X, firth=True)
    assert dense.coefficients == approx(np.array(ANSWER["firth_dense"][1:]), rel=1e-6)
    assert dense.flags == ("firth",)


def test_firth_of_a_two_by_two_table_is_haldanes_odds_ratio():
    """For a saturated table Firth adds a half to each cell (Heinze and Schemper 2002)."""
    y, x = np.repeat([1, 0, 1, 0], [7, 0, 5, 12]), np.repeat([1, 1, 0, 0], [7, 0, 5, 12])
    fit = fit_logistic(y, x)
    assert fit.estimate(0).effect == approx(7.5 * 12.5 / (0.5 * 5.5), rel=1e-9)
    assert "separation" in fit.flags


def test_enough_events_need_no_penalty():
    assert fit_logistic(TRIAL.y, X).method == "logistic"
    assert fit_logistic(TRIAL.y[:60], X[:60]).method == "logistic_firth"
    assert fit_logistic(TRIAL.y[:60], X[:60], firth=False).flags == ("few_events",)


@pytest.mark.parametrize(
    ("y", "x", "reason", "flags"),
    [
        ([0, 0, 0, 0], [1, 2, 3, 4], "same outcome", ()),
        ([0, 1, 0, 1], [5, 5, 5, 5], "same value", ("constant_feature",)),
        ([0, 1, 0, 1], [[5, 1], [5, 1], [5, 1], [5, 1]], "same value", ("constant_feature",)),
    ],
)
def test_what_cannot_be_fitted_says_why(y, x, reason, flags):
    fit = fit_logistic(y, x)
    found = fit.estimate(0)
    assert (fit.status, found.status, found.effect, found.flags) == (
        "not_evaluable",
        "not_evaluable",
        None,
        flags,
    )
    assert reason in found.reason
    assert fit.likelihood_ratio([0]).p_value is None


@pytest.mark.parametrize("firth", [True, False])
def test_columns_that_say_nothing_new_are_left_out_as_in_r(firth):
    useless = np.column_stack([np.full(len(X), 7), X.tmb, X.tmb * 2 - 1, X.age, X.arm])
    fit, plain = fit_logistic(TRIAL.y, useless, firth=firth), fit_logistic(TRIAL.y, X, firth=firth)
    assert fit.status == "not_evaluable"
    assert [fit.estimate(i).status for i in range(5)] == ["not_evaluable", "ok", "not_evaluable", "ok", "ok"]
    assert "combination" in fit.estimate(2).reason
    assert fit.estimate(0).flags[0] == "constant_feature"
    for index, other in ((1, 0), (3, 1), (4, 2)):
        assert fit.estimate(index).ci_low == approx(plain.estimate(other).ci_low, rel=1e-8)
    assert fit.likelihood_ratio([0, 1, 2]).degrees == 1
    assert fit.likelihood_ratio([0, 3]).statistic == approx(plain.likelihood_ratio([1]).statistic)
    assert fit.probability(useless) == approx(plain.probability(X))


def test_plain_likelihood_refuses_separation_even_when_quasi_complete():
    fit = fit_logistic(SPARSE.y, SPARSE[["marker", "z"]], firth=False)
    assert (fit.status, fit.flags) == ("not_evaluable", ("few_events", "separation"))
    clustered = fit_logistic(SPARSE.y, SPARSE.marker, cluster=np.arange(24) // 4)
    assert clustered.status == "not_evaluable"
    assert (
        fit_logistic([1, 1, 0, 0, 1, 0], [3.0, 4.0, 1.0, 2.0, 9.0, 0.0], firth=False).flags[-1]
        == "separation"
    )


def test_extreme_units_do_not_change_the_answer():
    fine, coarse = (fit_logistic(TRIAL.y, X * scale, firth=False) for scale in (1e6, 1e-6))
    assert fine.estimate(0).p_value == approx(coarse.estimate(0).p_value, rel=1e-8)


@pytest.mark.parametrize(
    "broken",
    [
        {"y": [0, 1], "x": [1.0]},
        {"y": [0, 2], "x": [1.0, 2.0]},
        {"y": [0, 1], "x": [1.0, np.nan]},
        {"y": [0, 1], "x": [1.0, 2.0], "weight": [1, -1]},
        {"y": [0, 1], "x": [1.0, 2.0], "cluster": ["a"]},
        {"y": [0, 1], "x": [1.0, 2.0], "cluster": ["a", "b"], "firth": True},
        {"y": [], "x": []},
    ],
)
def test_broken_arrays_are_refused(broken):
    with pytest.raises(ValueError):
        fit_logistic(broken.pop("y"), broken.pop("x"), **broken)
