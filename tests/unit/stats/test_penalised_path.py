"""Paths of penalised fits against glmnet's answers."""

import numpy as np
import pandas as pd
import pytest
import recorded_r

from wes_biomarkers.stats.concordance import binary_outcome, concordance, survival_outcome
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.penalised_path import (
    cox_log_likelihood,
    cox_null_gradient,
    cox_path,
    logistic_path,
    penalty_grid,
)

R = recorded_r.recorded("signature_models")
TABLE = pd.read_csv(recorded_r.data("signature.csv"))
X = TABLE.filter(regex="^x").to_numpy(float)
TIME, EVENT, RESPONSE = (
    TABLE["time"].to_numpy(float),
    TABLE["event"].to_numpy(bool),
    TABLE["response"].to_numpy(bool),
)
PENALTIES = np.asarray(R["penalties"])


@pytest.mark.parametrize(("name", "l1_ratio"), [("lasso", 1.0), ("net", 0.5)])
def test_logistic_equals_glmnet(name, l1_ratio):
    intercepts, coefficients = logistic_path(RESPONSE, X, PENALTIES, l1_ratio)
    expected = R[f"logistic_{name}"]
    np.testing.assert_allclose(coefficients, expected["coefficients"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(intercepts, expected["intercept"], rtol=1e-6)


@pytest.mark.parametrize(("name", "l1_ratio"), [("lasso", 1.0), ("net", 0.5)])
def test_cox_equals_glmnet(name, l1_ratio):
    coefficients = cox_path(TIME, EVENT, X, PENALTIES, l1_ratio, tolerance=1e-14)
    np.testing.assert_allclose(coefficients, R[f"cox_{name}"]["coefficients"], rtol=1e-6, atol=1e-7)
    rough = cox_path(TIME, EVENT, X, PENALTIES, l1_ratio)
    np.testing.assert_allclose(rough, coefficients, atol=2e-5)


def test_null_gradient_are_r_martingale_residuals():
    np.testing.assert_allclose(cox_null_gradient(TIME, EVENT), R["null_residuals"], rtol=1e-9)


def test_log_partial_likelihood_equals_r():
    predictors = X[:, :2] @ [[0.3, 0.0], [-0.2, 0.0]]
    found = cox_log_likelihood(TIME, EVENT, predictors)
    assert found[0] == pytest.approx(R["log_likelihood"], rel=1e-9)
    assert cox_log_likelihood(TIME, EVENT, predictors + 900.0)[0] == pytest.approx(found[0])


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_grid_begins_where_the_first_feature_enters(l1_ratio):
    for gradient, path in (
        (RESPONSE - RESPONSE.mean(), lambda p: logistic_path(RESPONSE, X, p, l1_ratio)[1]),
        (cox_null_gradient(TIME, EVENT), lambda p: cox_path(TIME, EVENT, X, p, l1_ratio)),
    ):
        first = penalty_grid(X, gradient, l1_ratio, 5, 0.1)[0]
        assert not path(np.array([1.001 * first])).any()
        assert (path(np.array([1.001 * first, 0.98 * first]))[:, 1] != 0).sum() == 1


def test_a_path_that_ends_early_repeats_its_last_coefficients():
    random = np.random.default_rng(1)
    x = random.normal(size=(40, 1))
    time = np.exp(-8 * x[:, 0])
    found = cox_path(time, np.ones(40, bool), x, np.geomspace(0.9, 1e-6, 40), 1.0)
    assert found.shape == (1, 40) and np.isfinite(found).all() and (found[:, -1] == found[:, -2]).all()


def test_concordance_equals_r():
    assert concordance(survival_outcome(follow_up(TIME, EVENT)), X[:, 0]) == pytest.approx(
        R["c_index"], rel=1e-12
    )
    from scipy.stats import mannwhitneyu

    u = mannwhitneyu(X[RESPONSE, 0], X[~RESPONSE, 0]).statistic
    expected = u / RESPONSE.sum() / (~RESPONSE).sum()
    assert concordance(binary_outcome(RESPONSE), X[:, 0]) == pytest.approx(expected, rel=1e-12)
    many, score = binary_outcome(np.arange(1300) % 3 == 0), np.arange(1300) % 7.0
    u = mannwhitneyu(score[many.event], score[~many.event]).statistic
    assert concordance(many, score) == pytest.approx(u / many.event.sum() / (~many.event).sum(), rel=1e-12)
    assert np.isnan(concordance(binary_outcome(np.ones(3, bool)), np.arange(3.0)))
