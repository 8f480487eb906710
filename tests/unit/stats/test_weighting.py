"""Weights, balance and E-values: by R and by the papers."""

import math

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.multiplicity import adjust, benjamini_hochberg
from wes_biomarkers.stats.weighting import (
    balance,
    e_value,
    effective_size,
    inverse_probability_weights,
    overlap_weights,
    propensity,
    risk_ratio,
)

NAMES = ["tmb", "age", "protein"]


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(recorded_r.data("response.csv"))


@pytest.fixture(scope="module")
def answer():
    return recorded_r.recorded("weighting")


def test_weights_as_r(table, answer):
    chance = propensity(table.arm, table[NAMES]).chance
    overlap = overlap_weights(table.arm, chance)
    assert chance[:10] == approx(answer["chance"], rel=1e-6)
    assert overlap[:10] == approx(answer["overlap"], rel=1e-6)
    assert inverse_probability_weights(table.arm, chance, truncate=0)[:10] == approx(answer["ipw"], rel=1e-6)
    assert inverse_probability_weights(table.arm, chance) == approx(np.array(answer["cut"]), rel=1e-6)
    assert [row.difference for row in balance(NAMES, table[NAMES], table.arm)] == approx(
        answer["before"], rel=1e-6
    )
    weighted = [row.difference for row in balance(NAMES, table[NAMES], table.arm, overlap)]
    assert weighted == approx([0, 0, 0], abs=1e-8)  # overlap weights balance exactly (Li 2018, theorem 3)
    assert answer["after"] == approx([0, 0, 0], abs=1e-8)


def test_weighted_effect_as_survey(table, answer):
    chance = propensity(table.arm, table[NAMES]).chance
    weight = overlap_weights(table.arm, chance)
    own = fit_logistic(table.y, table.arm, weight=weight, cluster=range(len(table))).estimate(0)
    assert own.coefficient == approx(answer["log_odds"], rel=1e-6)
    assert own.standard_error == approx(answer["se"], rel=1e-6)


def test_separated_arms_have_no_propensity():
    found = propensity([0, 0, 0, 1, 1, 1], [[1], [2], [3], [7], [8], [9]])
    assert found.status == "not_evaluable" and np.isnan(found.chance).all()


def test_arms_that_share_nothing_are_not_balanced():
    row = balance(["sex"], [[0], [0], [1], [1]], [0, 0, 1, 1])[0]
    assert row.difference == math.inf and row.variance_ratio is None
    assert balance(["x"], [[3.0], [1.0], [2.0]], [1, 0, 0])[0].difference == approx(1.5 / 0.5)
    assert balance(["same"], [[1], [1], [1], [1]], [0, 0, 1, 1])[0].difference == 0


def test_effective_size():
    assert effective_size([1, 1, 2]) == approx(16 / 6)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "point", "limit"),
    [
        (3.9, 1.8, 8.7, 7.26, 3.0),  # VanderWeele and Ding 2017: their first example
        (0.8, 0.71, 0.91, 1.81, 1.43),
        (1.2, 0.9, 1.6, 1.69, 1.0),
    ],
)
def test_e_value_as_published(ratio, low, high, point, limit):
    assert e_value(ratio, low, high) == approx((point, limit), abs=0.006)
    mirrored = e_value(1 / ratio, 1 / high, 1 / low)
    assert mirrored == approx(e_value(ratio, low, high))


def test_risk_ratio_rules():
    assert risk_ratio("odds_ratio", 4.0, common=True) == 2.0
    assert risk_ratio("odds_ratio", 4.0, common=False) == 4.0
    found = risk_ratio("hazard_ratio", 0.56, common=True)
    assert (
        found == approx((1 - 0.5 ** math.sqrt(0.56)) / (1 - 0.5 ** math.sqrt(1 / 0.56))) and 0.56 < found < 1
    )
    assert risk_ratio("rate_ratio", 3.0, common=True) == 3.0
    with pytest.raises(ValueError, match="no risk ratio"):
        risk_ratio("auc", 0.7, common=True)


@pytest.mark.parametrize("method", ["benjamini_hochberg", "benjamini_yekutieli", "holm"])
def test_adjusted_as_p_adjust(answer, method):
    p = [0.001, 0.012, 0.012, 0.2, np.nan, 0.04, 0.9, 0.03]
    expected = np.array([np.nan if q is None else q for q in answer["adjusted"][method]], float)
    assert adjust(p, method) == approx(expected, rel=1e-9, nan_ok=True)
    if method == "benjamini_hochberg":
        known = np.array(p)[np.isfinite(p)]
        assert adjust(known, method) == approx(benjamini_hochberg(known))
    assert adjust([], method).size == 0 and np.isnan(adjust([np.nan], method)).all()
