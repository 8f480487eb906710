import numpy as np
import pytest

from wes_biomarkers.features.mutation_channels import SBS96
from wes_biomarkers.features.signature_fit import SignatureTable
from wes_biomarkers.simulate.signature_catalogues import simulate_catalogues

NAMES = ("SBS1", "SBS2", "SBS5", *(f"X{index}" for index in range(9)))
TABLE = SignatureTable(
    "SBS", SBS96, NAMES, np.random.default_rng(1).dirichlet(np.ones(96), len(NAMES)).T, "test"
)


@pytest.mark.parametrize(("design", "fewest", "most"), [("tumour", 3, 5), ("any", 2, 5)])
def test_catalogues_hold_as_many_mutations_as_their_truth(design, fewest, most):
    made = simulate_catalogues(TABLE, 300, 7, design, (50, 1000))
    totals = made.counts.sum(axis=1)
    np.testing.assert_allclose(made.exposures.sum(axis=1), totals)
    assert totals.min() >= 50 and totals.max() <= 1000 and np.median(totals) == pytest.approx(224, rel=0.25)
    n_active = (made.exposures > 0).sum(axis=1)
    assert (n_active.min(), n_active.max()) == (fewest, most)
    assert (made.exposures[:, [0, 2]] > 0).all() == (design == "tumour")
    expected = (made.exposures @ TABLE.matrix.T).sum(axis=0)
    np.testing.assert_allclose(made.counts.sum(axis=0), expected, rtol=0.15)


def test_the_seed_alone_decides():
    one, same, other = (simulate_catalogues(TABLE, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.counts, same.counts)
    assert not np.array_equal(one.counts, other.counts)
