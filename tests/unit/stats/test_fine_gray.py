"""The Fine-Gray model against R's crr, and against survival's finegray with coxph."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.fine_gray import fit_fine_gray

ANSWER = recorded_r.recorded("competing_risks")
TRIAL = pd.read_csv(recorded_r.data("competing.csv"))
X = TRIAL[["x1", "x2"]]


def test_equals_crr_with_ties():
    fit, wanted = fit_fine_gray(TRIAL.time, TRIAL.state, X), ANSWER["fine_gray"]
    assert fit.coefficients == approx(np.array(wanted["coefficients"]), rel=1e-6)
    assert fit.covariance == approx(np.array(wanted["covariance"]), rel=1e-6)
    assert fit.log_likelihood == approx(wanted["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood_null == approx(wanted["log_likelihood_null"], rel=1e-9)
    assert (fit.n, fit.n_event, fit.flags) == (220, 116, ())


def test_equals_weighted_cox_without_ties():
    fit = fit_fine_gray(TRIAL.time + np.arange(1, len(TRIAL) + 1) / 1e4, TRIAL.state, X)
    assert fit.coefficients == approx(np.array(ANSWER["finegray_weighted"]), rel=1e-6)


def test_units_and_order_do_not_matter():
    fit = fit_fine_gray(TRIAL.time, TRIAL.state, X)
    turned = fit_fine_gray(TRIAL.time[::-1] * 30.4375, TRIAL.state[::-1], X[::-1] * 1e4 + 7)
    assert turned.coefficients * 1e4 == approx(fit.coefficients, rel=1e-8)
    assert turned.estimate(0).p_value == approx(fit.estimate(0).p_value, rel=1e-8)


@pytest.mark.parametrize(
    ("time", "state", "x", "reason", "flags"),
    [
        ([1, 2, 3], [0, 2, 0], [1, 2, 3], "no event", ()),
        ([1, 2, 3], [1, 2, 0], [1, 1, 1], "same value", ("constant_feature",)),
        ([1, 2, 3, 4], [1, 2, 0, 1], [[1, 2], [2, 4], [0, 0], [1, 2]], "combination", ()),
        ([1, 2, 3, 4, 5], [1, 1, 0, 2, 0], [1, 1, 0, 0, 0], "separates", ("few_events", "separation")),
    ],
)
def test_what_cannot_be_fitted_says_why(time, state, x, reason, flags):
    fit = fit_fine_gray(time, state, x)
    found = fit.estimate(0)
    assert (found.status, found.effect, found.flags) == ("not_evaluable", None, flags)
    assert reason in found.reason


def test_missing_values_are_refused():
    with pytest.raises(ValueError):
        fit_fine_gray([1, 2], [1, 0], [1.0, np.nan])


def test_memory_grows_with_the_columns_not_with_their_square():
    import tracemalloc

    rng = np.random.default_rng(1)
    n, p = 2_000, 60
    time, state, x = rng.integers(1, 30, n), rng.choice(3, n), rng.normal(size=(n, p))
    tracemalloc.start()
    fit = fit_fine_gray(time, state, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fit.status == "ok"
    assert peak < 20 * x.nbytes
