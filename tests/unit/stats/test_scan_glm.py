"""Scans give what a fit a feature gives, missing values, constants, separation and collinearity included."""

import numpy as np
import pytest
from pytest import approx

from wes_biomarkers.stats.linear import fit_linear
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.scan_glm import scan_linear, scan_logistic

PATIENTS, FEATURES = 120, 60


@pytest.fixture(scope="module")
def trial():
    rng = np.random.default_rng(100)
    covariates = rng.normal(size=(PATIENTS, 2))
    features = rng.normal(size=(PATIENTS, FEATURES))
    features[:, ::3] = rng.random((PATIENTS, FEATURES // 3)) < 0.15
    features[:, 1::7] = features[:, 1::7] * 1e4 + 1e6
    chance = 1 / (1 + np.exp(0.3 - covariates[:, 0] - 1.5 * features[:, 2]))
    y = (rng.random(PATIENTS) < chance).astype(float)
    features[rng.random((PATIENTS, FEATURES)) < 0.1 * (np.arange(FEATURES) % 2)] = np.nan
    features[:, 5], features[:, 8] = 3, 2 * covariates[:, 1] - 1
    features[:, 11], features[:, 14] = y + rng.random(PATIENTS) / 2, np.nan
    return y, features, covariates, covariates[:, 0] + rng.normal(size=PATIENTS)


ODD = {5: "same value", 8: "combination", 14: "same value"}


def test_logistic_scan_equals_single_fits(trial):
    y, features, covariates, _ = trial
    scan = scan_logistic(y, features, covariates)
    assert set(np.flatnonzero(scan.reason)) == {*ODD, 11}
    assert "separation" in scan.flags[11]
    for j in set(range(FEATURES)) - {*ODD, 11}:
        known = ~np.isnan(features[:, j])
        fit = fit_logistic(y[known], np.column_stack([features[known, j], covariates[known]]), firth=False)
        wanted, found = fit.estimate(0), scan.estimate(j)
        assert (found.n, found.n_event) == (wanted.n, wanted.n_event)
        assert found.coefficient == approx(wanted.coefficient, rel=1e-6)
        assert found.standard_error == approx(wanted.standard_error, rel=1e-6)
        assert (found.ci_low, found.p_value) == (approx(wanted.ci_low), approx(wanted.p_value, rel=1e-6))
        assert scan.p_likelihood_ratio[j] == approx(fit.likelihood_ratio([0]).p_value, rel=1e-6)
        assert found.flags == wanted.flags


def test_score_test_equals_statsmodels(trial):
    import statsmodels.api as sm

    y, features, covariates, _ = trial
    scan = scan_logistic(y, features, covariates)
    for j in (0, 1, 2, 7):
        known = ~np.isnan(features[:, j])
        null = sm.GLM(y[known], sm.add_constant(covariates[known]), family=sm.families.Binomial()).fit(
            tol=1e-14
        )
        p = null.score_test(exog_extra=features[known][:, [j]])[1]
        assert scan.p_score[j] == approx(p, rel=1e-6)


@pytest.mark.parametrize("robust", [False, True])
def test_linear_scan_equals_single_fits(trial, robust):
    _, features, covariates, number = trial
    scan = scan_linear(number, features, covariates, robust=robust)
    assert set(np.flatnonzero(scan.reason)) == set(ODD)
    for j in set(range(FEATURES)) - set(ODD):
        known = ~np.isnan(features[:, j])
        x = np.column_stack([features[known, j], covariates[known]])
        wanted, found = fit_linear(number[known], x, robust=robust).estimate(0), scan.estimate(j)
        assert found.coefficient == approx(wanted.coefficient, rel=1e-6)
        assert (found.ci_low, found.p_value) == (
            approx(wanted.ci_low, rel=1e-6),
            approx(wanted.p_value, rel=1e-6),
        )


def test_what_has_no_estimate_says_why(trial):
    y, features, covariates, number = trial
    for scan in (scan_logistic(y, features, covariates), scan_linear(number, features, covariates)):
        for j, why in ODD.items():
            assert why in scan.reason[j]
            assert scan.estimate(j).status == "not_evaluable"
            assert np.isnan(
                [scan.coefficients[j], scan.p_wald[j], scan.p_score[j], scan.p_likelihood_ratio[j]]
            ).all()
        assert "constant_feature" in scan.flags[5]


def test_without_covariates_and_with_one_outcome():
    y, x = np.array([0, 1, 0, 1, 1, 0.0]), np.array([[0, 1, 2, 3, 1, 2.0]]).T
    assert scan_logistic(y, x).coefficients[0] == approx(
        fit_logistic(y, x, firth=False).coefficients[0], rel=1e-6
    )
    assert "same outcome" in scan_logistic(np.zeros(6), x).reason[0]
    assert "covariates separate" in scan_logistic(y, x, y[:, None]).reason[0]


def test_linear_scan_says_why_not():
    y, x = np.array([1.0, 2.0, 4.0, 3.0, 9.0]), np.array([[0, 0, 0, 0, 1.0]]).T
    assert "alone" in scan_linear(y, x, robust=True).reason[0]
    assert scan_linear(y, x).coefficients[0] == approx(6.5)
    assert "same outcome" in scan_linear(np.ones(5), x).reason[0]


def test_a_mean_far_above_the_spread_costs_no_digits():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(80, 1)), rng.normal(size=80)
    near, far = scan_linear(y, x), scan_linear(y, x + 1e7)
    assert far.p_wald[0] == approx(near.p_wald[0], rel=1e-6)


def test_the_input_is_left_as_it_was():
    y, x = np.array([0, 1, 0, 1, 1, 0.0]), np.array([[0, 1, 2, 3, 1, 2.0]]).T
    scan_logistic(y, x), scan_linear(y, x)
    assert x[:, 0].tolist() == [0, 1, 2, 3, 1, 2]


def test_quasi_separation_with_a_covariate_is_found():
    """Neither column separates alone; together they do."""
    a = np.array([0, 1, 0, 1, 2, 3, 2, 3.0])
    b = np.array([1, 2, 1, 2, 0, 1, 0, 1.0])
    y = (a - b > 0.5).astype(float)
    scan = scan_logistic(y, (a + b)[:, None], (a - 2 * b)[:, None])
    assert "separat" in scan.reason[0]


@pytest.mark.parametrize(
    ("y", "features", "covariates"),
    [
        ([0, 1], [[1.0]], None),
        ([0, 1], [1.0, 2.0], None),
        ([0, 1], [[1.0], [np.inf]], None),
        ([0, 2], [[1.0], [2.0]], None),
        ([0, 1], [[1.0], [2.0]], [[1.0], [np.nan]]),
    ],
)
def test_broken_arrays_are_refused(y, features, covariates):
    with pytest.raises(ValueError):
        scan_logistic(y, features, covariates)
