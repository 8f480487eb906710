import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.ccf import Loci, Purity, estimate_ccf
from wes_biomarkers.features.clonality import shannon_index
from wes_biomarkers.features.clusters import fit_clusters
from wes_biomarkers.features.tmb import persistence
from wes_biomarkers.stats.proportions import wilson_interval

copies = st.integers(1, 8).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total // 2)))
reads = st.integers(1, 400).flatmap(lambda depth: st.tuples(st.integers(0, depth), st.just(depth)))
mutation = st.tuples(reads, copies).map(lambda both: (*both[0], *both[1], 2))
mutations = st.lists(mutation, min_size=1, max_size=12)
purities = st.floats(0.05, 1.0)


def loci_of(rows):
    return Loci(*np.array(rows, float).T)


@settings(max_examples=40, deadline=None)
@given(mutations, purities)
def test_estimates_lie_in_their_range(rows, purity):
    loci = loci_of(rows)
    made = estimate_ccf(loci, Purity(purity))
    assert ((made.multiplicity >= 1) & (made.multiplicity <= np.maximum(loci.major_cn, 1))).all()
    assert ((made.ccf >= 0) & (made.ccf <= 1)).all()
    for low, high in ((made.low, made.high), (made.halfmax_low, made.halfmax_high)):
        assert ((low >= 0.001) & (low <= high) & (high <= 1)).all()


@settings(max_examples=30, deadline=None)
@given(mutation, purities)
def test_more_mutated_reads_never_lower_the_mutated_copies(row, purity):
    _, depth, *rest = row
    rows = [(value, depth, *rest) for value in range(0, depth + 1, max(1, depth // 10))]
    made = estimate_ccf(loci_of(rows), Purity(purity))
    assert (np.diff(made.multiplicity * made.ccf) >= -1e-9).all()


@settings(max_examples=15, deadline=None)
@given(mutations, purities)
def test_every_known_mutation_has_a_cluster(rows, purity):
    made = fit_clusters([(loci_of(rows), Purity(purity))])
    assert sorted(set(made.label.tolist())) == list(range(1, len(made.size) + 1))
    assert made.size.sum() == len(rows) and (np.diff(made.ccf[:, 0]) <= 0).all()
    assert ((made.probability > 0) & (made.probability <= 1 + 1e-9)).all()


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_holds_the_share(counts):
    n, total = counts
    low, high = wilson_interval(n, total)
    assert 0 <= low <= n / total + 1e-12 and n / total - 1e-12 <= high <= 1


@given(st.lists(st.integers(0, 50), max_size=8))
def test_diversity_is_at_most_that_of_equal_shares(sizes):
    found, filled = shannon_index(sizes), sum(size > 0 for size in sizes)
    assert (found is None) == (filled == 0)
    assert found is None or -1e-9 <= found <= np.log(filled) + 1e-9


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1))
def test_a_mutation_persists_on_one_of_one_or_on_several(pairs):
    total, multiplicity = np.array(pairs, float).T
    expected = [t == 1 or m > 1 for t, m in pairs]
    assert persistence(total, multiplicity).tolist() == expected
