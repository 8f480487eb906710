"""Rate ratios against R's MASS::glm.nb and quasi-Poisson glm."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.event_rate import fit_rate

ANSWER = recorded_r.recorded("recurrent")
TOTAL = (
    pd.read_csv(recorded_r.data("recurrent.csv"))
    .groupby("patient")
    .agg(event=("event", "sum"), exposure=("stop", "max"), arm=("arm", "first"), z=("z", "first"))
)
X = TOTAL[["arm", "z"]]


def test_negative_binomial_equals_mass():
    fit, wanted = fit_rate(TOTAL.event, TOTAL.exposure, X), ANSWER["negative_binomial"]
    assert np.append(fit.intercept, fit.coefficients) == approx(np.array(wanted["coefficients"]), rel=1e-6)
    assert fit.covariance == approx(np.array(wanted["covariance"])[1:, 1:], rel=1e-6)
    assert 1 / fit.dispersion == approx(wanted["theta"], rel=1e-6)
    assert fit.log_likelihood == approx(wanted["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood_null == approx(wanted["log_likelihood_null"], rel=1e-9)


def test_quasi_poisson_equals_glm():
    fit, wanted = fit_rate(TOTAL.event, TOTAL.exposure, X, model="quasi_poisson"), ANSWER["quasi_poisson"]
    assert fit.coefficients == approx(np.array(wanted["coefficients"][1:]), rel=1e-6)
    assert fit.covariance == approx(np.array(wanted["covariance"])[1:, 1:], rel=1e-6)
    assert fit.dispersion == approx(wanted["dispersion"], rel=1e-6)
    assert [fit.estimate(i).p_value for i in (0, 1)] == approx(wanted["p"][1:], rel=1e-6)


def test_counts_less_spread_than_poisson_are_poisson():
    fit = fit_rate([2, 2, 3, 2, 4, 4, 5, 4], np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1])
    assert fit.dispersion == 0
    assert fit.estimate(0).effect == approx(17 / 9)
    assert fit.estimate(0).standard_error == approx((1 / 17 + 1 / 9) ** 0.5)


def test_the_unit_of_exposure_does_not_matter():
    days, months = (fit_rate(TOTAL.event, TOTAL.exposure * scale, X) for scale in (30.4375, 1))
    assert days.coefficients == approx(months.coefficients, rel=1e-8)


@pytest.mark.parametrize(
    ("count", "x", "reason", "flags"),
    [
        ([0, 0, 0, 0], [1, 2, 3, 4], "no event", ()),
        ([1, 0, 2, 1], [1, 1, 1, 1], "same value", ("constant_feature",)),
        ([1, 0, 2, 1], [[1, 2], [2, 4], [3, 6], [0, 0]], "combination", ()),
        ([3, 2, 2, 0, 0, 0], [1, 1, 1, 0, 0, 0], "separates", ("few_events", "separation")),
    ],
)
def test_what_cannot_be_fitted_says_why(count, x, reason, flags):
    found = fit_rate(count, np.ones(len(count)), x).estimate(0)
    assert (found.status, found.effect, found.flags) == ("not_evaluable", None, flags)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("count", "exposure"), [([1.5, 1], [1, 1]), ([-1, 1], [1, 1]), ([1, 1], [0, 1]), ([1], [1, 1]), ([], [])]
)
def test_broken_arrays_are_refused(count, exposure):
    with pytest.raises(ValueError):
        fit_rate(count, exposure, np.arange(len(exposure)))
