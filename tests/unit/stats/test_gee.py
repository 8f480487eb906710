"""Estimating equations against R's geepack."""

import numpy as np
import pandas as pd
import recorded_r
from pytest import approx

from wes_biomarkers.stats.gee import fit_logistic_exchangeable
from wes_biomarkers.stats.logistic import fit_logistic

ANSWER = recorded_r.recorded("gee")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))
X = TRIAL[["tmb", "age", "arm"]]


def test_equals_geeglm():
    fit = fit_logistic_exchangeable(TRIAL.y, X, TRIAL.site)
    assert np.append(fit.intercept, fit.coefficients) == approx(np.array(ANSWER["coefficients"]), rel=1e-6)
    assert fit.covariance == approx(np.array(ANSWER["covariance"])[1:, 1:], rel=1e-6)
    assert fit.estimate(0).method == "logistic_exchangeable"
    assert fit.likelihood_ratio([0]).p_value is None


def test_centres_of_one_patient_are_plain_logistic_coefficients():
    fit = fit_logistic_exchangeable(TRIAL.y, X, np.arange(len(TRIAL)))
    assert fit.coefficients == approx(fit_logistic(TRIAL.y, X, firth=False).coefficients, rel=1e-8)


def test_what_cannot_be_fitted_says_why():
    assert (
        fit_logistic_exchangeable(TRIAL.y, X, ["one"] * len(TRIAL)).estimate(0).reason == "only one cluster"
    )
    sparse = pd.read_csv(recorded_r.data("separated.csv"))
    found = fit_logistic_exchangeable(sparse.y, sparse.marker, np.arange(24) // 4).estimate(0)
    assert (found.status, found.effect, "separation" in found.flags) == ("not_evaluable", None, True)
