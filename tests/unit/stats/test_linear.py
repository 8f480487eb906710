"""Linear regression and rank correlation against R's lm, sandwich and cor.test."""

import math

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.linear import fit_linear, spearman

ANSWER = recorded_r.recorded("linear")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))
X = TRIAL[["tmb", "age", "arm"]]


def array(name):
    return approx(np.array(ANSWER[name]), rel=1e-6)


def test_equals_lm():
    fit = fit_linear(TRIAL.protein, X)
    assert np.append(fit.intercept, fit.coefficients) == array("coefficients")
    assert fit.covariance == array("covariance")
    found = [fit.estimate(i) for i in range(3)]
    assert np.array([one.p_value for one in found]) == array("p")
    assert np.array([[one.ci_low, one.ci_high] for one in found]) == array("ci")
    assert (fit.log_likelihood, fit.residual_sd) == (
        approx(ANSWER["log_likelihood"], rel=1e-9),
        approx(ANSWER["residual_sd"], rel=1e-9),
    )


def test_robust_and_clustered_covariance_equal_sandwich():
    assert fit_linear(TRIAL.protein, X, robust=True).covariance == array("hc3")
    clustered = fit_linear(TRIAL.protein, X, cluster=TRIAL.site)
    assert clustered.covariance == array("cluster")
    assert clustered.degrees == TRIAL.site.nunique() - 1


def test_weights_equal_lm():
    fit = fit_linear(TRIAL.protein, X, weight=TRIAL.weight)
    assert np.append(fit.intercept, fit.coefficients) == array("weighted")
    assert fit.covariance == array("weighted_covariance")
    assert fit.log_likelihood == approx(ANSWER["weighted_log_likelihood"], rel=1e-9)
    assert fit_linear(TRIAL.protein, X, weight=TRIAL.weight, robust=True).covariance == array("weighted_hc3")


def test_rank_correlation_equals_r():
    found = spearman(TRIAL.protein, TRIAL.tmb)
    assert found.effect == approx(ANSWER["spearman"], rel=1e-9)
    assert found.p_value == approx(ANSWER["spearman_p"], rel=1e-6)
    half = 1.959963984540054 * math.sqrt((1 + found.effect**2 / 2) / (len(TRIAL) - 3))
    assert math.atanh(found.ci_high) - math.atanh(found.effect) == approx(half)


@pytest.mark.parametrize(
    ("y", "x", "reason", "flags"),
    [
        ([1, 2, 3], [4, 4, 4], "same value", ("constant_feature",)),
        ([1, 2], [1, 2], "too few", ()),
        ([5, 5, 5, 5], [1, 2, 3, 5], "same outcome", ()),
        ([1, 2, 3, 5], [[1, 2], [2, 4], [3, 6], [0, 0]], "combination", ()),
    ],
)
def test_what_cannot_be_fitted_says_why(y, x, reason, flags):
    found = fit_linear(y, x).estimate(0)
    assert (found.status, found.effect, found.flags) == ("not_evaluable", None, flags)
    assert reason in found.reason


def test_correlation_says_why_not():
    assert spearman([1, 2, 3], [1, 2, 3]).reason == "fewer than four patients"
    assert spearman([1, 1, 1, 1], [1, 2, 3, 4]).flags == ("constant_feature",)
    assert spearman([1, 2, 3, 4], [1, 2, 3, 4]).effect == 1.0


@pytest.mark.parametrize(
    ("y", "x", "weight"),
    [([1, 2], [1], None), ([1, np.nan], [1, 2], None), ([1, 2], [1, 2], [0, 1]), ([], [], None)],
)
def test_broken_arrays_are_refused(y, x, weight):
    with pytest.raises(ValueError):
        fit_linear(y, x, weight=weight)


def test_a_patient_who_alone_sets_a_coefficient_has_no_robust_variance():
    y, x = [1.0, 2.0, 4.0, 3.0, 9.0], [0, 0, 0, 0, 1]
    assert "alone" in fit_linear(y, x, robust=True).estimate(0).reason
    assert fit_linear(y, x).estimate(0).effect == approx(6.5)
