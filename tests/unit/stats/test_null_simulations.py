"""A slice of tests/acceptance/test_statistics.py: 120 trials, so with room for chance; it sees what is badly wrong."""

from __future__ import annotations

import numpy as np
import pytest
import statistics_study as study

SEEDS = range(5001, 5121)


def over_seeds(function, seeds=SEEDS):
    rows = [function(seed) for seed in seeds]
    return {
        name: np.array([np.nan if row[name] is None else float(row[name]) for row in rows])
        for name in rows[0]
    }


@pytest.mark.parametrize(
    "function", [study.survival_tests, study.response_tests, study.competing_tests, study.interaction_tests]
)
def test_levels(function):
    """The level of .05 within .001 to .14, what 99.9 % of 60 to 120 trials give; and p values spread evenly."""
    found = over_seeds(lambda seed: function(study.allocated_of(seed)), SEEDS[:60])
    for name, p in found.items():
        assert np.isfinite(p).all(), name
        assert (p <= 0.05).sum() <= 10, name
        assert 0.3 < p.mean() < 0.7, name


def test_a_wrong_test_would_be_seen():
    """Responders compared by survival from allocation: the planted immortal time rejects far too often."""
    found = over_seeds(study.responders_compared)
    assert (found["responders by survival, from allocation"] <= 0.05).sum() > 30
    assert (found["responders by survival, from the landmark"] <= 0.05).sum() <= 16


def test_a_searched_cut_pays_for_its_search():
    found = over_seeds(study.searched_cut)
    assert (found["best cut, permutation"] <= 0.05).sum() <= 16
    assert (found["best cut, as if it had been given"] <= 0.05).mean() > 0.2


def test_intervals():
    """Of 60 intervals at least 49 hold the truth: 99.99 % of those of 95 % do."""
    for name, held in over_seeds(study.intervals, SEEDS[:60]).items():
        assert held.sum() >= 49, name


def test_planted_interaction_is_found():
    rows = [study.planned_interaction(seed) for seed in SEEDS[:80]]
    assert 0.65 < np.mean([p <= 0.05 for p, _, _ in rows]) < 0.97


def test_false_discoveries():
    shares = [study.false_discoveries(seed, "benjamini_hochberg") for seed in SEEDS[:60]]
    assert np.mean(shares) < 0.045 + 4 * np.std(shares) / np.sqrt(60)
