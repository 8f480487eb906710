import numpy as np
import pytest

from wes_biomarkers.features.ccf import Loci, Purity
from wes_biomarkers.features.clusters import fit_clusters


def drawn(seed, truth, sizes, purity=0.7, depth=150, total=2, minor=1):
    """Reads of clones in one sample; `truth`: each clone's cancer cell fraction."""
    rng = np.random.default_rng(seed)
    fraction = np.repeat(truth, sizes)
    n = len(fraction)
    reads = rng.poisson(depth, n)
    alt = rng.binomial(reads, fraction * purity / (purity * total + 2 * (1 - purity)))
    return Loci(
        alt.astype(float), reads.astype(float), *(np.full(n, float(v)) for v in (total, minor, 2))
    ), Purity(purity)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clones_of_one_sample_are_found(seed):
    made = fit_clusters([drawn(seed, [1.0, 0.4], [60, 40])])
    assert made.ccf[:, 0] == pytest.approx([1.0, 0.4], abs=0.06)
    assert (made.label == np.repeat([1, 2], [60, 40])).mean() > 0.93
    assert made.size.sum() == 100


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_one_clone_is_one_cluster(seed):
    made = fit_clusters([drawn(seed, [1.0], [120])])
    assert made.size.tolist() == [120] and made.ccf[0, 0] > 0.95


def test_a_second_sample_separates_what_one_cannot():
    sizes = [50, 30, 30]
    first = drawn(1, [1.0, 0.4, 0.4], sizes)
    second = drawn(2, [1.0, 0.0, 0.8], sizes)
    assert len(fit_clusters([first]).size) == 2
    made = fit_clusters([first, second])
    assert np.round(made.ccf, 1).tolist() == [[1.0, 1.0], [0.4, 0.8], [0.4, 0.0]]
    assert (made.label == np.repeat([1, 3, 2], sizes)).mean() > 0.95


def test_multiplicity_is_not_taken_for_a_clone():
    """Copy-neutral loss: early mutations on two copies, late ones on one, all in every cell."""
    rng = np.random.default_rng(4)
    reads = rng.poisson(200, 100).astype(float)
    copies = np.repeat([2, 1], 50)
    alt = rng.binomial(reads.astype(int), copies * 0.7 / 2).astype(float)
    loci = Loci(alt, reads, *(np.full(100, v) for v in (2.0, 0.0, 2.0)))
    made = fit_clusters([(loci, Purity(0.7))])
    assert made.size.tolist() == [100] and made.ccf[0, 0] > 0.95


def test_equal_input_gives_equal_clusters_in_any_order():
    loci, purity = drawn(6, [1.0, 0.5, 0.2], [40, 30, 30])
    order = np.random.default_rng(0).permutation(100)
    one, other = fit_clusters([(loci, purity)]), fit_clusters([(loci.where(order), purity)])
    assert np.array_equal(one.ccf, other.ccf) and np.array_equal(one.label[order], other.label)


def test_unknown_mutations_belong_nowhere():
    loci, purity = drawn(7, [1.0, 0.3], [20, 20])
    loci.total_cn[5] = np.nan
    made = fit_clusters([(loci, purity)])
    assert made.label[5] == 0 and np.isnan(made.probability[5]) and made.size.sum() == 39
    assert fit_clusters([(loci.where(np.array([5])), purity)]).size.tolist() == []


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_mutations_are_one_cluster(n):
    assert fit_clusters([drawn(8, [1.0], [n])]).size.tolist() == [n]
