"""Calibration against R's glm."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.calibration import calibrate

ANSWER = recorded_r.recorded("exact")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))
CHANCE = 1 / (1 + np.exp(1.6 - 0.15 * TRIAL.tmb))


def test_equals_glm():
    found = calibrate(TRIAL.y, CHANCE)
    intercept, slope = found.intercept, found.slope
    assert [intercept.effect, intercept.standard_error, intercept.statistic, intercept.p_value] == approx(
        ANSWER["intercept"], rel=1e-6
    )
    assert [slope.effect, slope.standard_error] == approx(ANSWER["slope"], rel=1e-6)
    assert slope.statistic == approx((slope.effect - 1) / slope.standard_error)
    assert found.brier == approx(ANSWER["brier"], rel=1e-9)


def test_bins_hold_every_patient_once():
    found = calibrate(TRIAL.y, CHANCE, n_bin=5)
    assert sum(one.n for one in found.bins) == len(TRIAL)
    assert sum(one.n_event for one in found.bins) == TRIAL.y.sum()
    predicted = [one.predicted for one in found.bins]
    assert predicted == sorted(predicted)
    assert len(found.bins) == 5
    assert all(one.ci_low <= one.observed <= one.ci_high for one in found.bins)


def test_one_prediction_for_all_is_one_bin_and_has_no_slope():
    found = calibrate([0, 1, 1, 0], [0.5] * 4)
    assert (len(found.bins), found.slope.status, found.intercept.effect) == (1, "not_evaluable", approx(0))
    assert found.brier_scaled == approx(0)


def test_one_outcome_has_no_intercept():
    assert calibrate([1, 1], [0.4, 0.6]).intercept.status == "not_evaluable"
    assert calibrate([1, 1], [0.4, 0.6]).brier_scaled is None


@pytest.mark.parametrize(
    ("y", "chance"), [([0], [0.1, 0.2]), ([0, 1], [0.0, 0.5]), ([0, 2], [0.1, 0.5]), ([], [])]
)
def test_broken_arrays_are_refused(y, chance):
    with pytest.raises(ValueError):
        calibrate(y, chance)
