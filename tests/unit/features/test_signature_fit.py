import numpy as np
import pytest
from scipy.optimize import nnls

from wes_biomarkers.features.signature_fit import (
    FitSettings,
    SignatureTable,
    bootstrap_exposures,
    cosine_similarity,
    fit_exposures,
)

SETTINGS = FitSettings(0.02, ("S0",), 1.0, 200, 50, 0.01, 4.0, 0.5)


@pytest.fixture(scope="module")
def table() -> SignatureTable:
    rng = np.random.default_rng(5)
    names = tuple(f"S{index}" for index in range(30))
    return SignatureTable(
        "SBS", tuple(map(str, range(96))), names, rng.dirichlet(np.full(96, 0.4), 30).T, "test"
    )


def drawn(table: SignatureTable, shares: dict[str, float], n: int, seed: int = 1) -> np.ndarray:
    exposure = np.array([shares.get(name, 0.0) for name in table.names])
    return np.random.default_rng(seed).multinomial(n, table.matrix @ exposure).astype(float)[None, :]


def test_a_mixture_is_found_again_and_next_to_nothing_else(table):
    truth = {"S0": 0.5, "S7": 0.3, "S20": 0.2}
    exposures = fit_exposures(drawn(table, truth, 3000), table, SETTINGS)[0] / 3000
    found = {name: share for name, share in zip(table.names, exposures, strict=True) if share > 0.03}
    assert set(found) == set(truth)
    assert all(abs(found[name] - share) < 0.04 for name, share in truth.items())


def test_with_many_mutations_it_agrees_with_least_squares(table):
    counts = drawn(table, {"S1": 0.6, "S2": 0.25, "S3": 0.15}, 100_000)
    ours = fit_exposures(counts, table, SETTINGS)[0]
    np.testing.assert_allclose(ours, nnls(table.matrix, counts[0])[0], atol=1500)


def test_few_mutations_give_few_signatures_where_least_squares_gives_many(table):
    counts = np.concatenate([drawn(table, {"S0": 0.6, "S9": 0.4}, 60, seed) for seed in range(20)])
    ours = (fit_exposures(counts, table, SETTINGS) > 0).sum(axis=1).mean()
    theirs = np.mean([(nnls(table.matrix, row)[0] > 0).sum() for row in counts])
    assert ours < 4 < theirs


def test_shares_below_the_smallest_are_dropped_and_the_rest_sums_to_all(table):
    counts = drawn(table, {"S0": 0.99, "S4": 0.01}, 10_000)
    exposures = fit_exposures(counts, table, SETTINGS)[0]
    assert exposures[4] == 0 and exposures.sum() == pytest.approx(10_000)


def test_no_mutation_has_no_exposure(table):
    assert not fit_exposures(np.zeros((2, 96)), table, SETTINGS).any()


def test_more_rows_than_are_done_at_once(table):
    counts = np.repeat(drawn(table, {"S1": 1.0}, 100), 1030, axis=0)
    exposures = fit_exposures(counts, table, FitSettings(0.02, (), 1.0, 5, 2, 0.01, 4.0, 0.5))
    assert exposures.shape == (1030, 30)
    np.testing.assert_allclose(exposures, exposures[:1].repeat(1030, axis=0))


def test_resamples_depend_on_seed_and_own_counts_alone(table):
    one, other = drawn(table, {"S1": 1.0}, 80), drawn(table, {"S2": 1.0}, 90)
    both = bootstrap_exposures(np.concatenate([one, other]), table, SETTINGS, 5, 3)
    assert both.shape == (2, 5, 30)
    np.testing.assert_allclose(both[1:], bootstrap_exposures(other, table, SETTINGS, 5, 3))
    np.testing.assert_allclose(both.sum(axis=2), [[80] * 5, [90] * 5])
    assert not np.allclose(both[:1], bootstrap_exposures(one, table, SETTINGS, 5, 4))
    assert bootstrap_exposures(one, table, SETTINGS, 0, 3).shape == (1, 0, 30)


def test_a_restricted_table_keeps_order_and_columns(table):
    some = table.only(("S5", "S2", "other"))
    assert some.names == ("S2", "S5")
    np.testing.assert_array_equal(some.matrix, table.matrix[:, [2, 5]])


def test_cosine_of_nothing_is_unknown():
    assert np.isnan(cosine_similarity(np.zeros((1, 3)), np.ones((1, 3)))[0])
