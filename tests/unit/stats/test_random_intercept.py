"""Logistic regression with a random effect of the centre against R's lme4::glmer."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.random_intercept import fit_random_intercept

ANSWER = recorded_r.recorded("random_centre")["logistic"]
TRIAL = pd.read_csv(recorded_r.data("random_centre.csv"))
X = TRIAL[["arm", "marker"]].to_numpy(float)


def test_equals_glmer():
    """To what glmer's optimiser leaves open: the log likelihood agrees to 1e-9, and ours is no lower."""
    fit = fit_random_intercept(TRIAL.y, X, TRIAL.site)
    assert fit.coefficients == approx(np.array(ANSWER["coefficients"]), rel=2e-5)
    assert fit.logistic.intercept == approx(ANSWER["intercept"], rel=2e-5)
    assert fit.sd**2 == approx(ANSWER["variance"], rel=2e-5)
    assert fit.log_likelihood == approx(ANSWER["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood >= ANSWER["log_likelihood"] - 1e-9
    assert np.sqrt(np.diag(fit.covariance)) == approx(np.sqrt(np.diag(ANSWER["covariance"])), rel=1e-4)
    found = fit.estimate(1)
    assert (found.method, found.effect_kind, found.n) == ("logistic_random_intercept", "odds_ratio", 300)


def test_units_and_order_do_not_matter():
    fit = fit_random_intercept(TRIAL.y, X, TRIAL.site)
    turned = fit_random_intercept(TRIAL.y[::-1], X[::-1] * [1, 1e4] + [0, 7], TRIAL.site[::-1])
    assert turned.coefficients * [1, 1e4] == approx(fit.coefficients, rel=1e-6)
    assert turned.estimate(1).p_value == approx(fit.estimate(1).p_value, rel=1e-4)


def test_centres_that_are_alike_leave_the_plain_model():
    alike = np.arange(len(TRIAL)) % 10
    fit, plain = fit_random_intercept(TRIAL.y, X, alike), fit_logistic(TRIAL.y, X, firth=False)
    assert fit.sd < 0.4
    assert fit.log_likelihood >= plain.log_likelihood - 1e-9
    assert fit.coefficients == approx(plain.coefficients, rel=0.05)


def test_what_cannot_be_fitted_says_why():
    found = fit_random_intercept(TRIAL.y, np.ones(len(TRIAL)), TRIAL.site).estimate(0)
    assert (found.status, found.effect) == ("not_evaluable", None)
    split = fit_random_intercept(TRIAL.y, TRIAL.y.to_numpy(float), TRIAL.site).estimate(0)
    assert split.status == "not_evaluable"
    with pytest.raises(ValueError, match="two groups"):
        fit_random_intercept(TRIAL.y, X, np.zeros(len(TRIAL)))
