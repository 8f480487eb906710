"""Fisher's exact test and the conditional odds ratio against R."""

import math

import numpy as np
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.exact import fisher_exact, fisher_exact_counts

TABLES = recorded_r.recorded("exact")["tables"]


def number(value):
    return math.inf if value == "Inf" else value


@pytest.mark.parametrize("wanted", TABLES, ids=lambda wanted: "-".join(map(str, wanted["counts"])))
def test_equals_r(wanted):
    found = fisher_exact_counts(*wanted["counts"])
    assert found.p_value == approx(wanted["p"], rel=1e-6)
    assert found.effect == approx(number(wanted["odds_ratio"]), rel=2e-3)
    ends = zip((found.effect, found.ci_low, found.ci_high), ("mle", "low", "high"), strict=True)
    for end, name in ends:
        if wanted["tight"][name]:
            assert end == approx(wanted["tight"][name], rel=1e-6)


def test_an_empty_cell_is_said():
    found = fisher_exact_counts(7, 0, 5, 12)
    assert (found.effect, found.ci_high, found.coefficient) == (math.inf, math.inf, None)
    assert found.flags == ("separation",)
    assert found.ci_low > 1
    assert fisher_exact_counts(0, 8, 6, 9).effect == 0


def test_patients_and_counts_agree():
    y, x = np.repeat([1, 0, 1, 0], [3, 1, 1, 3]), np.repeat([1, 1, 0, 0], [3, 1, 1, 3])
    assert fisher_exact(y, x) == fisher_exact_counts(3, 1, 1, 3)
    assert fisher_exact(y, x).flags == ("one_group_small",)


def test_what_has_no_odds_ratio_says_why():
    assert fisher_exact([0, 1], [1, 1]).flags == ("constant_feature",)
    assert fisher_exact([1, 1], [0, 1]).reason == "every patient has the same outcome"


@pytest.mark.parametrize(("y", "x"), [([0, 1], [0]), ([0, 2], [0, 1]), ([0, 1], [0, np.nan]), ([], [])])
def test_broken_arrays_are_refused(y, x):
    with pytest.raises(ValueError):
        fisher_exact(y, x)
