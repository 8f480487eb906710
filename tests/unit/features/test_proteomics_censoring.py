"""Limits of censored values, against a table made by hand; ranks, against all pairs compared one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, rankdata

from wes_biomarkers.features.proteomics import for_ranking
from wes_biomarkers.features.proteomics_censoring import batch_codes, censor
from wes_biomarkers.features.proteomics_marks import parse_cells

#: cell, batch, and by hand: limit or number, side.
HAND = [
    ("10", "a", 10.0, 0),
    ("4", "a", 4.0, 0),
    ("100", "a", 100.0, 0),
    ("OOR <", "a", 4.0, -1),  # the lowest quantified of batch a
    ("OOR >", "a", 100.0, 1),  # the highest
    ("*2", "a", 4.0, -1),  # below the range: its end is the limit
    ("*4", "a", 4.0, -1),
    ("*7", "a", 7.0, -1),  # within the range: only the number is known
    ("*250", "a", 100.0, 1),  # above the range
    ("<0.5", "a", 0.5, -1),  # a stated limit stays
    (">900", "a", 900.0, 1),
    ("6", "b", 6.0, 0),
    ("OOR <", "b", 6.0, -1),
    ("*7", "b", 6.0, 1),  # above the only number of batch b
    ("OOR <", "c", 4.0, -1),  # batch c has no number: that of all batches
    ("", "a", None, 0),
]


def matrix(cells):
    parsed = parse_cells(cells)
    return parsed.raw[:, None], parsed.side[:, None], parsed.flags[:, None]


def test_limits_as_by_hand():
    numbers, sides = censor(*matrix([row[0] for row in HAND]), batch_codes([row[1] for row in HAND]))
    expected = [np.nan if row[2] is None else row[2] for row in HAND]
    np.testing.assert_array_equal(numbers[:, 0], expected)
    np.testing.assert_array_equal(sides[:, 0], [row[3] for row in HAND])


def test_a_protein_never_quantified_has_no_limit():
    numbers, sides = censor(*matrix(["OOR <", "OOR <", "<3"]), batch_codes(["a", "a", "a"]))
    np.testing.assert_array_equal(numbers[:, 0], [np.nan, np.nan, 3])
    assert sides[:, 0].tolist() == [-1, -1, -1]


def pairwise(value, censored):
    """Half of (n + 1 + certainly lower - certainly higher), each pair by its intervals."""
    bounds = []
    for number, side in zip(value, censored, strict=True):
        low, high = {"": (number, number), "below": (-np.inf, number), "above": (number, np.inf)}[side]
        if np.isnan(number):
            low, high = -np.inf, np.inf
        bounds.append((low, high, side))

    def lower(a, b):
        """Whether a is certainly lower than b; a limit itself is not reached."""
        return a[1] < b[0] or (a[1] == b[0] and "" not in (a[2], b[2])) or (
            a[1] == b[0] and np.isfinite(a[1]) and a[2] != b[2]
        )  # fmt: skip

    n = len(bounds)
    return [
        (n + 1 + sum(lower(other, one) for other in bounds) - sum(lower(one, other) for other in bounds)) / 2
        for one in bounds
    ]


@pytest.mark.parametrize("seed", range(20))
def test_ranks_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    value = rng.integers(1, 12, 30).astype(float)
    censored = rng.choice(["", "", "below", "above"], 30)
    value[(censored != "") & (rng.random(30) < 0.2)] = np.nan
    np.testing.assert_allclose(for_ranking(value, censored), pairwise(value, censored))


def test_one_limit_is_tied_lowest():
    rng = np.random.default_rng(5)
    value = np.round(rng.lognormal(size=60), 1)
    below = value < 0.6
    ranks = for_ranking(np.where(below, 0.6, value), np.where(below, "below", ""))
    lowest = np.where(below, -1.0, value)
    np.testing.assert_allclose(ranks, rankdata(lowest))
    group = rng.random(60) < 0.5
    assert (
        mannwhitneyu(ranks[group], ranks[~group]).pvalue == mannwhitneyu(lowest[group], lowest[~group]).pvalue
    )


def test_without_marks_they_are_mid_ranks_and_unknown_stays_unknown():
    value = np.array([3.0, 1.0, np.nan, 3.0, 2.0])
    np.testing.assert_allclose(for_ranking(value, [""] * 5), [3.5, 1, np.nan, 3.5, 2])


def test_undecided_is_neither_lower_nor_higher():
    np.testing.assert_allclose(for_ranking([5.0, 3.0, 7.0], ["below", "", ""]), [1.5, 1.5, 3])


@pytest.mark.parametrize(("value", "censored"), [([1.0], ["", ""]), ([1.0], ["OOR <"])])
def test_broken_arrays_are_refused(value, censored):
    with pytest.raises(ValueError, match="censored"):
        for_ranking(value, censored)
