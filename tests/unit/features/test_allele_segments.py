import math

import numpy as np
import pytest
from scipy.stats import betabinom, binom

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.allele_segments import (
    Bins,
    HetSites,
    assemble_segments,
    bin_noise,
    find_holes,
    mean_log2,
)
from wes_biomarkers.features.baf import (
    BAF_GRID,
    AlleleNoise,
    likeliest_baf,
    measure_allele_noise,
    site_log_likelihood,
)

BIN = 1000


def bins_of(levels, chrom="chr1", sd=0.1, seed=0):
    """Bins of 1 kb side by side with the given log ratios and noise."""
    rng = np.random.default_rng(seed)
    n = len(levels)
    start = np.arange(n) * BIN
    return Bins.of(
        {"chrom": [chrom] * n, "start": start, "end": start + BIN, "log2": levels + rng.normal(0, sd, n)}
    )


def sites_of(shares, depth=100, chrom="chr1", seed=0):
    """A site a bin with the given share of one allele, in random phase; the normal is known and balanced."""
    rng = np.random.default_rng(seed)
    n = len(shares)
    shares = np.where(rng.random(n) < 0.5, shares, 1 - np.asarray(shares))
    t_alt, n_alt = rng.binomial(depth, shares), rng.binomial(80, 0.5, n)
    columns = {"chrom": [chrom] * n, "pos": np.arange(n) * BIN + 500, "t_alt": t_alt, "t_ref": depth - t_alt}
    return HetSites.of({**columns, "n_alt": n_alt, "n_ref": 80 - n_alt})


def whole(n, chrom="chr1"):
    return {"chrom": [chrom], "start": [0], "end": [n * BIN]}


NONE = HetSites.of({"chrom": [], "pos": [], "t_ref": [], "t_alt": []})


def test_bins_are_sorted_and_those_without_a_log_ratio_left_out():
    bins = Bins.of(
        {
            "chrom": ["2", "1", "1", "1", "1"],
            "start": [0, 900, 100, 200, 300],
            "end": [9, 909, 109, 209, 309],
            "log2": [0.1, 0.2, 0.3, math.nan, -20.0],
        }
    )
    assert bins.chrom.tolist() == ["2", "1", "1"] and bins.start.tolist() == [0, 100, 900]
    assert bins.weight.tolist() == [1, 1, 1] and np.isnan(bins.depth).all()


def test_likelihood_is_the_mixture_of_two_beta_binomials():
    het = HetSites.of({"chrom": ["1"], "pos": [5], "t_ref": [70], "t_alt": [30]})
    found = site_log_likelihood(het.t_ref, het.t_alt, AlleleNoise(0.5, 150.0))[0]
    b = BAF_GRID[40]
    expected = [
        0.5 * betabinom.pmf(30, 100, share * 150, (1 - share) * 150)
        + 0.5 * betabinom.pmf(70, 100, share * 150, (1 - share) * 150)
        for share in (b, BAF_GRID[80])
    ]
    assert found[40] - found[80] == pytest.approx(math.log(expected[0] / expected[1]), abs=0.02)


def test_stray_sites_do_not_decide():
    balanced = np.full(50, 50.0)
    fit = site_log_likelihood(balanced, balanced, AlleleNoise()).sum(axis=0)
    stray = site_log_likelihood(np.array([100.0]), np.array([0.0]), AlleleNoise())[0]
    assert likeliest_baf(fit + stray) == 0.5


def test_reads_of_balanced_sites_are_not_folded_to_an_imbalance():
    het = sites_of(np.full(400, 0.5), depth=60)
    folded = np.minimum(het.t_ref, het.t_alt).mean() / 60
    fit = site_log_likelihood(het.t_ref, het.t_alt, AlleleNoise(0.5, 1000.0)).sum(axis=0)
    assert folded < 0.46 and likeliest_baf(fit) == 0.5


@pytest.mark.parametrize("share", [0.05, 0.2, 0.33, 0.42])
def test_allele_fraction_is_recovered(share):
    het = sites_of(np.full(300, share))
    fit = site_log_likelihood(het.t_ref, het.t_alt, AlleleNoise(0.5, 1000.0)).sum(axis=0)
    assert likeliest_baf(fit) == pytest.approx(share, abs=0.015)


@pytest.mark.parametrize("concentration", [60.0, 300.0])
def test_noise_is_measured_from_the_normal(concentration):
    rng = np.random.default_rng(1)
    alt = rng.binomial(80, rng.beta(0.48 * concentration, 0.52 * concentration, 5000))
    imbalanced = binom.rvs(100, 0.2, size=5000, random_state=rng)
    noise = measure_allele_noise(100.0 - imbalanced, 1.0 * imbalanced, 80.0 - alt, 1.0 * alt)
    assert noise.alt_share == pytest.approx(0.48, abs=0.01)
    assert concentration / 1.6 <= noise.concentration <= concentration * 1.6


def test_noise_of_few_sites_is_the_default():
    one = np.array([50.0])
    assert measure_allele_noise(one, one, one, one) == AlleleNoise()


def test_noise_of_bins_ignores_steps_and_outliers():
    levels = np.repeat([0.0, 1.0], 2000)
    levels[::100] += 3
    assert bin_noise(bins_of(levels, sd=0.2)) == pytest.approx(0.2, rel=0.08)
    assert bin_noise(bins_of(np.zeros(1))) == 1.0


def test_mean_log2_clips_outliers_and_is_unknown_without_bins():
    bins = bins_of(np.zeros(200), sd=0.1)
    bins.log2[7] = -7.0
    mean, precision = mean_log2(bins, slice(None), 0.1)
    assert abs(mean) < 0.03 and precision == pytest.approx(200 / 0.1**2)
    empty, none = mean_log2(bins, slice(0, 0), 0.1)
    assert math.isnan(empty) and none == 0


def test_copy_neutral_loss_splits_a_flat_segment():
    shares = np.concatenate([np.full(150, 0.5), np.full(100, 0.2), np.full(150, 0.5)])
    found = assemble_segments(bins_of(np.zeros(400)), whole(400), sites_of(shares))
    assert len(found) == 3
    assert found.start[1] / BIN == pytest.approx(150, abs=2) and found.end[1] / BIN == pytest.approx(
        250, abs=2
    )
    assert found.baf[[0, 2]].tolist() == [0.5, 0.5] and found.baf[1] == pytest.approx(0.2, abs=0.02)
    assert np.isnan(found.total_cn).all() and np.isnan(found.minor_cn).all()


def test_neighbours_that_differ_in_neither_are_joined_and_others_not():
    levels = np.concatenate([np.zeros(200), np.full(100, 0.4)])
    cbs = {
        "chrom": ["chr1"] * 3,
        "start": [0, 90 * BIN, 200 * BIN],
        "end": [90 * BIN, 200 * BIN, 300 * BIN],
    }
    found = assemble_segments(bins_of(levels), cbs, sites_of(np.full(300, 0.5)))
    assert found.end.tolist() == [200 * BIN, 300 * BIN] and found.n_bin.tolist() == [200, 100]
    assert found.log2 == pytest.approx([0, 0.4], abs=0.03)


def test_without_sites_segments_have_no_allele_fraction():
    found = assemble_segments(bins_of(np.zeros(50)), whole(50), NONE)
    assert len(found) == 1 and found.n_het.tolist() == [0] and np.isnan(found.baf).all()


def test_one_site_is_enough_for_a_row_and_splits_nothing():
    found = assemble_segments(bins_of(np.zeros(50)), whole(50), sites_of(np.array([0.1])))
    assert found.n_het.tolist() == [1] and len(found) == 1


def test_gaps_stay_and_segments_without_bins_are_dropped():
    levels = np.concatenate([np.zeros(50), np.full(50, 1.0)])
    cbs = {"chrom": ["chr1", "chr1", "chr9"], "start": [0, 70 * BIN, 0], "end": [30 * BIN, 100 * BIN, 5]}
    found = assemble_segments(bins_of(levels), cbs, NONE)
    assert list(zip(found.start, found.end, strict=True)) == [(0, 30 * BIN), (70 * BIN, 100 * BIN)]


def test_faulty_segments_are_named_together():
    cbs = {"chrom": ["chr1"] * 3, "start": [0, 20, 90], "end": [30, 60, 80]}
    with pytest.raises(InputError) as error:
        assemble_segments(bins_of(np.zeros(5)), cbs, NONE)
    assert [fault.value for fault in error.value.faults] == ["chr1:20-60", "chr1:90-80"]


def test_segments_with_nan_are_refused():
    with pytest.raises(InputError, match="nan"):
        assemble_segments(bins_of(np.zeros(5)), {"chrom": ["chr1"], "start": [math.nan], "end": [9.0]}, NONE)


def test_nothing_is_joined_across_a_hole():
    bins = bins_of(np.zeros(60))
    outside = bins.where((bins.start < 20 * BIN) | (bins.start >= 40 * BIN))
    three = {"chrom": ["chr1"] * 3, "start": [0, 20 * BIN, 40 * BIN], "end": [20 * BIN, 40 * BIN, 60 * BIN]}
    for cbs, holes in ((three, []), (whole(60), [("chr1", 20 * BIN, 40 * BIN)])):
        found = assemble_segments(outside, cbs, NONE, holes)
        assert found.start.tolist() == [0, 40 * BIN]
        assert found.end.tolist() == [20 * BIN, 60 * BIN]
    between = {"chrom": ["chr1"] * 2, "start": [0, 40 * BIN], "end": [20 * BIN, 60 * BIN]}
    assert len(assemble_segments(outside, between, NONE, [("chr1", 20 * BIN, 40 * BIN)])) == 2
    assert len(assemble_segments(outside, between, NONE, [("chr2", 20 * BIN, 40 * BIN)])) == 1
    reaching = [("chr1", 19 * BIN, 41 * BIN)]
    assert assemble_segments(outside, between, NONE, reaching).end.tolist() == [19 * BIN, 60 * BIN]
    into_the_gap = [("chr1", 19 * BIN, 30 * BIN)]
    assert assemble_segments(outside, between, NONE, into_the_gap).end.tolist() == [19 * BIN, 60 * BIN]


def test_holes_are_runs_of_bins_without_reads():
    log2 = [0, -20, -20, -20, 0, -20, -20, 0, -20, -20]
    columns = {"chrom": ["a"] * 9 + ["b"], "start": np.arange(10) * 5, "end": np.arange(10) * 5 + 4}
    assert find_holes({**columns, "log2": log2}) == [("a", 5, 19)]
