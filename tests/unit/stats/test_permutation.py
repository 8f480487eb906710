"""Permutations against full enumeration and their level; bootstrap intervals against scipy's and their coverage."""

from itertools import permutations as every_order

import numpy as np
import pytest
from pytest import approx
from scipy import stats

from wes_biomarkers.stats.bootstrap import bootstrap_interval, resample
from wes_biomarkers.stats.permutation import permutation_p, permutations
from wes_biomarkers.stats.scan_score import score_null, score_statistics


def test_counts_by_hand():
    found = permutation_p([2.0, -1.0, np.nan], [[1.0, 3.0, 9.0], [-2.0, 0.5, 9.0], [0.1, np.nan, 9.0]])
    assert found.p_value == approx([2 / 4, 3 / 4, np.nan], nan_ok=True)
    assert found.p_family == approx([4 / 4, 4 / 4, np.nan], nan_ok=True)
    assert found.n_permutation == 3


def test_as_enumerated():
    values, arm = np.array([1.0, 2.5, 0.3, 4.0, 3.1, 2.2]), np.array([0, 1, 0, 1, 1, 0], bool)

    def apart(order):
        dealt = values[np.asarray(order)]
        return dealt[arm].mean() - dealt[~arm].mean()

    exact = np.mean([abs(apart(order)) >= abs(apart(range(6))) - 1e-12 for order in every_order(range(6))])
    found = permutation_p(apart(np.arange(6)), (apart(order) for order in permutations(6, 4000, seed=3)))
    assert found.p_value[0] == approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000) + 1 / 4001)


def test_patients_stay_in_their_stratum_and_a_seed_repeats():
    strata = np.array(["a", "b", "a", "b", "b", "c"])
    orders = list(permutations(6, 50, seed=1, strata=strata))
    assert all((strata[order] == strata).all() and sorted(order) == list(range(6)) for order in orders)
    assert len({tuple(order) for order in orders}) > 5
    again = permutations(6, 50, seed=1, strata=strata)
    assert all((one == two).all() for one, two in zip(orders, again, strict=True))
    with pytest.raises(ValueError, match="one label"):
        next(permutations(3, 1, seed=1, strata=["a"]))


def test_family_level_with_a_scan():
    rng = np.random.default_rng(104)
    hits = 0
    for seed in range(100):
        y, features = (rng.random(50) < 0.5).astype(float), rng.normal(size=(50, 8))
        features[:, 1:4] = features[:, :1] + 0.1 * rng.normal(size=(50, 3))
        null = score_null(y)
        observed = next(score_statistics(null, features, [np.arange(50)]))
        dealt = score_statistics(null, features, permutations(50, 99, seed=seed))
        found = permutation_p(observed, dealt)
        assert (found.p_family >= found.p_value).all()
        hits += bool((found.p_family <= 0.05).any())
    assert hits <= stats.binom.ppf(0.9995, 100, 0.05)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_interval_as_scipy(method):
    values = np.random.default_rng(105).exponential(size=60)
    ours = bootstrap_interval(lambda i: values[i].mean(), 60, seed=1, method=method, n_resample=6000)
    theirs = stats.bootstrap((values,), np.mean, method=method, n_resamples=6000, random_state=2)
    spread = values.std() / np.sqrt(60)
    assert ours.value == values.mean()
    assert ours.ci_low == approx(theirs.confidence_interval.low, abs=0.1 * spread)
    assert ours.ci_high == approx(theirs.confidence_interval.high, abs=0.1 * spread)
    assert ours.standard_error == approx(theirs.standard_error, rel=0.05)


def test_bootstrap_within_strata_and_failures():
    strata = np.repeat([0, 1], [10, 30])
    assert np.bincount(strata[resample(40, np.random.default_rng(1), strata)]).tolist() == [10, 30]
    assert bootstrap_interval(lambda i: None, 5, seed=1).status == "not_evaluable"

    def often_none(i):
        return (
            1.0 * i.mean() if len(i) != len(set(i)) and i[0] == 0 else 1.0 if len(set(i)) == len(i) else None
        )

    found = bootstrap_interval(often_none, 6, seed=1, n_resample=200)
    assert found.status == "not_evaluable" and found.n_failed > 10 and found.ci_low is None
    lowest = bootstrap_interval(
        lambda i: 0.0 if len(set(i)) == len(i) else 1.0 + i[0], 8, seed=1, method="bca", n_resample=50
    )
    assert lowest.status == "not_evaluable" and "BCa" in lowest.reason
    with pytest.raises(ValueError, match="percentile or bca"):
        bootstrap_interval(lambda i: 1.0, 5, seed=1, method="t")
