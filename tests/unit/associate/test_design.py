"""Columns of a model: scale, cut, words, and zeros that look filled in."""

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.associate.design import dummies, feature_design, looks_filled_in, strata_codes
from wes_biomarkers.contracts.plan import Analysis, Cutpoint


def design(values, kind="number", **analysis):
    return feature_design(pd.Series(values), "x", kind, Analysis("a", "os", **analysis))


def test_scales():
    per_sd = design([1.0, 2, 3, 4])
    assert per_sd.x[:, 0].std(ddof=1) == pytest.approx(1) and per_sd.scale == ("per sd (1.291)",)
    assert design([1.0, 2, 3], scale="per_unit").x[:, 0].tolist() == [1, 2, 3]
    assert design([1.0, 2, 4], scale="per_doubling").x[:, 0].tolist() == [0, 1, 2]
    assert "no doubling" in design([0.0, 2, 4], scale="per_doubling").reason


def test_cuts():
    at = design([1.0, 2, 3, 4], cutpoint=Cutpoint("value", 3))
    assert at.x[:, 0].tolist() == [0, 0, 1, 1] and at.scale == (">= 3 against the rest (value cut)",)
    median = design([1.0, 2, 2, 9], cutpoint=Cutpoint("median"))
    assert median.x[:, 0].tolist() == [0, 0, 0, 1]
    assert "same value" in design([1.0, 2, 3], cutpoint=Cutpoint("value", 100)).reason


def test_two_values_are_a_yes_and_no():
    assert design([0.0, 1, 1, 0]).scale == ("1 against 0",)
    assert design([True, False, True], "binary").x[:, 0].tolist() == [1, 0, 1]


def test_nothing_to_compare():
    assert design([2.0, 2, 2]).flags == ("constant_feature",)
    assert "no patient" in design([]).reason


def test_words():
    found = dummies(pd.Series(["b"] * 6 + ["a"] * 6 + ["c"] * 5), "stage")
    assert found.terms == ("stage: b against a", "stage: c against a")
    rare = dummies(pd.Series(["a"] * 9 + ["b"] * 2 + ["c"] * 3 + ["d"]), "stage")
    assert rare.terms == ("stage: other against a",)
    single = dummies(pd.Series(["a"] * 9 + ["b"]), "stage")
    assert single.flags == ("one_group_small",)


def test_zeros_that_look_filled_in():
    level = np.array([40.0, 41, 39, 42, 38, 40.5, 43, 0, 0, 0])
    assert looks_filled_in(level) and "unknown_as_zero" in design(level).flags
    assert not looks_filled_in(np.array([0, 0, 0, 0.1, 0.4, 1, 3, 9]))
    assert not looks_filled_in(np.array([0, 0, 0, 1, 2, 3, 1, 2.0]))  # counts do have zeros


def test_strata():
    frame = pd.DataFrame({"site": ["a", "b"], "sex": ["f", "m"]})
    assert strata_codes(frame, ()) is None and len(set(strata_codes(frame, ("site", "sex")))) == 2
