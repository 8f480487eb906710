"""Score statistics under permutations against the scan's score test of permuted patients."""

import numpy as np
import pytest
from pytest import approx

from wes_biomarkers.stats.linear import fit_linear
from wes_biomarkers.stats.scan_glm import scan_logistic
from wes_biomarkers.stats.scan_score import score_null, score_statistics


@pytest.fixture(scope="module")
def trial():
    rng = np.random.default_rng(101)
    n, m = 90, 12
    covariates, features = rng.normal(size=(n, 2)), rng.normal(size=(n, m))
    features[:, 3], features[:, 4], features[:, 5] = 1, covariates[:, 0], features[:, 5] * 1e4 + 1e6
    y = (rng.random(n) < 1 / (1 + np.exp(-covariates[:, 0] - features[:, 1]))).astype(float)
    orders = [np.arange(n), *(rng.permutation(n) for _ in range(3))]
    return y, features, covariates, orders


def p_of(z):
    from scipy.stats import norm

    return 2 * norm.sf(np.abs(z))


def test_each_permutation_is_the_score_test_of_the_permuted_patients(trial):
    y, features, covariates, orders = trial
    found = list(score_statistics(score_null(y, covariates), features, orders))
    for z, order in zip(found, orders, strict=True):
        wanted = scan_logistic(y[order], features, covariates[order]).p_score
        assert p_of(z) == approx(wanted, rel=1e-6, nan_ok=True)
    assert np.isnan(found[0][[3]]).all() and np.isfinite(found[0][[0, 1, 2, 5]]).all()
    assert np.isnan(found[0][4])


def test_linear_statistic_is_the_partial_correlation(trial):
    _, features, covariates, orders = trial
    number = features[:, 0] + covariates[:, 1] ** 2
    null = score_null(number, covariates, kind="linear")
    for z, order in zip(score_statistics(null, features[:, :3], orders), orders, strict=True):
        for j in range(3):
            fit = fit_linear(number[order], np.column_stack([features[:, j], covariates[order]]))
            t = fit.estimate(0).statistic
            assert z[j] ** 2 / len(number) == approx(t**2 / (t**2 + fit.degrees), rel=1e-8)


@pytest.mark.parametrize(
    ("y", "covariates", "kind", "why"),
    [
        ([1, 1, 1], None, "logistic", "same outcome"),
        ([0, 1, 2], None, "logistic", "0 or 1"),
        ([0, 1, 1, 0], [[0.0], [1.0], [1.0], [0.0]], "logistic", "separate"),
        ([2.0, 2.0], None, "linear", "same outcome"),
    ],
)
def test_a_null_that_cannot_be_fitted_is_refused(y, covariates, kind, why):
    with pytest.raises(ValueError, match=why):
        score_null(y, covariates, kind=kind)


def test_missing_features_are_refused(trial):
    y, features, covariates, _ = trial
    with pytest.raises(ValueError, match="missing"):
        next(score_statistics(score_null(y, covariates), np.full_like(features, np.nan), [np.arange(len(y))]))
