"""Proportional odds against R's ordinal and MASS, Brant's test against its formula in R."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.ordinal import brant_test, fit_ordinal

ANSWER = recorded_r.recorded("ordinal")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))
X = TRIAL[["tmb", "age", "arm"]]


def test_equals_clm_and_polr():
    fit = fit_ordinal(TRIAL.grade, X)
    assert fit.coefficients == approx(np.array(ANSWER["coefficients"]), rel=1e-6)
    assert fit.covariance == approx(np.array(ANSWER["covariance"]), rel=1e-6)
    assert fit.threshold == approx(np.array(ANSWER["threshold"]), rel=1e-6)
    assert fit.log_likelihood == approx(ANSWER["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood_null == approx(ANSWER["log_likelihood_null"], rel=1e-9)
    assert fit.coefficients == approx(np.array(ANSWER["polr"]), rel=1e-3)
    assert fit.flags == ()


def test_brants_test_equals_its_formula():
    test = fit_ordinal(TRIAL.grade, X).proportionality
    assert (test.chi_square, test.degrees) == (approx(ANSWER["brant"], rel=1e-6), ANSWER["brant_degrees"])
    assert test.p_by_column == approx(ANSWER["brant_by"], rel=1e-6)


def test_two_grades_are_a_logistic_model():
    fit, same = fit_ordinal(TRIAL.y * 3, X), fit_logistic(TRIAL.y, X, firth=False)
    assert fit.coefficients == approx(same.coefficients, rel=1e-8)
    assert fit.covariance == approx(same.covariance, rel=1e-8)
    assert fit.proportionality.reason == "fewer than three grades"


def test_only_the_order_of_grades_matters_and_units_do_not():
    fit, other = fit_ordinal(TRIAL.grade, X), fit_ordinal(np.exp(TRIAL.grade), X * 1e4 + 1e6)
    assert other.coefficients * 1e4 == approx(fit.coefficients, rel=1e-6)


def test_odds_that_are_not_proportional_are_flagged():
    rng = np.random.default_rng(1)
    x = np.repeat([0, 1], 300)
    grade = np.where(
        x, rng.choice(4, 600, p=[0.1, 0.7, 0.1, 0.1]), rng.choice(4, 600, p=[0.4, 0.2, 0.1, 0.3])
    )
    assert "non_proportional_odds" in fit_ordinal(grade, x).estimate(0).flags


@pytest.mark.parametrize(
    ("y", "x", "reason", "flags"),
    [
        ([2, 2, 2], [1, 2, 3], "same grade", ()),
        ([0, 1, 2], [4, 4, 4], "same value", ("constant_feature",)),
        ([0, 1, 2, 3], [[1, 2], [2, 4], [0, 0], [1, 2]], "combination", ()),
        ([0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6], "separates", ("few_events", "separation")),
    ],
)
def test_what_cannot_be_fitted_says_why(y, x, reason, flags):
    found = fit_ordinal(y, x).estimate(0)
    assert (found.status, found.effect, found.flags) == ("not_evaluable", None, flags)
    assert reason in found.reason


def test_brant_says_why_not():
    assert "separates" in brant_test([0, 0, 1, 1, 2, 2], np.array([[0], [0], [1], [1], [1], [0.0]])).reason


@pytest.mark.parametrize(("y", "x"), [([0, 1], [1]), ([0, np.nan], [1, 2]), ([], [])])
def test_broken_arrays_are_refused(y, x):
    with pytest.raises(ValueError):
        fit_ordinal(y, x)
