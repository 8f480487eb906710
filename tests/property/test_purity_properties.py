import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.allele_segments import Bins, HetSites, assemble_segments
from wes_biomarkers.features.baf import BAF_GRID, AlleleNoise, site_log_likelihood
from wes_biomarkers.features.copy_states import copy_states, predict_baf, predict_log2, state_log_prior

purities = st.floats(0.05, 0.99)
reads = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)).filter(any), min_size=1, max_size=20)


@settings(deadline=None)
@given(reads, st.floats(20, 5000))
def test_reference_and_alternate_may_be_swapped(counts, concentration):
    ref, alt = np.array(counts, float).T
    noise = AlleleNoise(0.5, concentration)
    assert site_log_likelihood(ref, alt, noise) == pytest.approx(
        site_log_likelihood(alt, ref, noise), abs=1e-6
    )


@given(purities)
def test_predictions_stay_in_range_and_grow_with_copies(purity):
    total, minor = copy_states(8)
    baf = predict_baf(purity, total, minor)
    assert ((baf >= 0) & (baf <= 0.5 + 1e-12)).all()
    assert baf[minor * 2 == total] == pytest.approx(0.5)
    assert (np.diff(predict_log2(purity, 2.0, np.arange(1.0, 20))) > 0).all()


@given(purities, st.floats(1, 3))
def test_doubled_copies_at_half_the_odds_look_the_same(purity, psi):
    """Why a doubled genome without an odd copy cannot be told from one that is not."""
    total, minor = copy_states(4)
    odds = purity / (1 - purity) / 2
    other = odds / (1 + odds)
    assert predict_baf(other, 2 * total, 2 * minor)[1:] == pytest.approx(
        predict_baf(purity, total, minor)[1:]
    )
    one, two = predict_log2(purity, psi, total)[1:], predict_log2(other, 2 * psi, 2 * total)[1:]
    assert one == pytest.approx(two, abs=1e-6)


@given(st.lists(st.floats(0.5, 8), min_size=1, max_size=5))
def test_prior_sums_to_one(levels):
    total, minor = copy_states(8)
    assert np.exp(state_log_prior(total, minor, np.array(levels))).sum(axis=1) == pytest.approx(1)


cuts = st.lists(st.integers(1, 79), unique=True, max_size=8).map(sorted)


@settings(max_examples=40, deadline=None)
@given(cuts, st.integers(0, 2**16), st.sampled_from([0.5, 0.3, 0.1]))
def test_segments_partition_the_bins_and_sites_of_cbs(edges, seed, share):
    rng = np.random.default_rng(seed)
    start = np.arange(80) * 100
    bins = Bins.of({"chrom": ["a"] * 80, "start": start, "end": start + 100, "log2": rng.normal(0, 0.2, 80)})
    alt = rng.binomial(60, np.where(np.arange(80) < 40, 0.5, share))
    het = HetSites.of({"chrom": ["a"] * 80, "pos": start + 50, "t_alt": alt, "t_ref": 60 - alt})
    bounds = [0, *edges, 80]
    cbs = {
        "chrom": ["a"] * (len(edges) + 1),
        "start": [100 * e for e in bounds[:-1]],
        "end": [100 * e for e in bounds[1:]],
    }
    found = assemble_segments(bins, cbs, het)
    assert found.n_bin.sum() == 80 and found.n_het.sum() == 80
    assert (found.start[1:] >= found.end[:-1]).all() and (found.length > 0).all()
    assert found.start[0] == 0 and found.end[-1] == 8000
    assert np.isin(np.round(found.baf, 6), np.round(BAF_GRID, 6)).all()
    order = rng.permutation(len(cbs["chrom"]))
    again = assemble_segments(bins, {k: [v[i] for i in order] for k, v in cbs.items()}, het)
    assert found.start.tolist() == again.start.tolist() and found.log2 == pytest.approx(again.log2)
