"""Areas under the curve against R's pROC."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.roc import auc, auc_difference, roc_curve

ANSWER = recorded_r.recorded("roc")
TRIAL = pd.read_csv(recorded_r.data("response.csv"))


def test_area_and_interval_equal_proc():
    found = auc(TRIAL.score, TRIAL.y)
    assert [found.ci_low, found.effect, found.ci_high] == approx(ANSWER["ci"], rel=1e-9)
    assert found.standard_error**2 == approx(ANSWER["variance"], rel=1e-9)
    other = auc(TRIAL.protein, TRIAL.y)
    assert [other.ci_low, other.effect, other.ci_high] == approx(ANSWER["other_ci"], rel=1e-9)


def test_two_markers_equal_proc():
    found = auc_difference(TRIAL.score, TRIAL.protein, TRIAL.y)
    assert (found.statistic, found.p_value) == (approx(ANSWER["z"], rel=1e-9), approx(ANSWER["p"], rel=1e-9))
    assert [found.ci_low, found.ci_high] == approx(ANSWER["ci_difference"], rel=1e-9)
    assert found.effect == approx(ANSWER["auc"] - ANSWER["other"], rel=1e-9)


def test_curve_equals_proc_and_its_area():
    curve = roc_curve(TRIAL.score, TRIAL.y)
    assert curve.sensitivity == approx(np.array(ANSWER["sensitivity"]))
    assert 1 - curve.false_positive_rate == approx(np.array(ANSWER["specificity"]))
    assert np.trapezoid(curve.sensitivity, curve.false_positive_rate) == approx(ANSWER["auc"])


def test_turning_the_marker_mirrors_the_area():
    there, back = auc(TRIAL.score, TRIAL.y), auc(-TRIAL.score, TRIAL.y)
    assert (there.effect + back.effect, there.p_value) == (approx(1), approx(back.p_value))


def test_separated_groups_have_an_area_without_interval():
    found = auc([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])
    assert (found.effect, found.ci_low, found.p_value) == (1.0, None, approx(0.1))
    assert found.flags == ("separation", "one_group_small")


def test_what_has_no_area_says_why():
    assert auc([1, 2, 3], [0, 0, 1]).status == "not_evaluable"
    assert auc([2, 2, 2, 2], [0, 0, 1, 1]).flags == ("constant_feature",)
    assert "alike" in auc_difference([1, 2, 3, 4], [2, 4, 6, 8], [0, 1, 0, 1]).reason


@pytest.mark.parametrize(("scores", "y"), [([1], [0, 1]), ([1, np.nan], [0, 1]), ([1, 2], [0, 3]), ([], [])])
def test_broken_arrays_are_refused(scores, y):
    with pytest.raises(ValueError):
        auc(scores, y)


def test_a_curve_needs_both_outcomes():
    with pytest.raises(ValueError, match="with the outcome and without"):
        roc_curve([1, 2], [1, 1])
