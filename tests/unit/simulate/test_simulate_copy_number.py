from dataclasses import replace

import numpy as np
import pytest

from wes_biomarkers.simulate.copy_number import TumorPlan, draw_plan, simulate_tumor

SMALL = TumorPlan(0.6, n_change=8, n_focal=2, n_subclonal=0, bin_sd=0.05, wave_sd=0.0, n_bin=6000, n_het=4000)


def test_same_seed_same_tumour_and_another_seed_another():
    one, again, other = (simulate_tumor(seed, SMALL) for seed in (3, 3, 4))
    assert one.ploidy == again.ploidy and np.array_equal(one.bins.log2, again.bins.log2)
    assert np.array_equal(one.het.t_alt, again.het.t_alt)
    assert other.ploidy != one.ploidy


@pytest.mark.parametrize("wgd", [False, True])
def test_log_ratios_and_allele_fractions_are_those_of_the_truth(wgd):
    tumor = simulate_tumor(5, replace(SMALL, wgd=wgd))
    truth, p = tumor.truth, tumor.plan.purity
    at = truth.at(tumor.bins.chrom, tumor.bins.middle)
    assert (at >= 0).all()
    cells = p * truth.total_cn[at] + 2 * (1 - p)
    off = tumor.bins.log2 - np.log2(cells)
    assert np.median(np.abs(off - np.median(off))) < 0.06
    site = truth.at(tumor.het.chrom, tumor.het.pos)
    share = (p * truth.minor_cn[site] + 1 - p) / (p * truth.total_cn[site] + 2 * (1 - p))
    reads = tumor.het.t_ref + tumor.het.t_alt
    deviation = np.abs(tumor.het.t_alt / reads - 0.5)
    expected = np.abs(share - 0.5)
    imbalanced = expected > 0.1
    assert imbalanced.any()
    assert deviation[imbalanced].mean() == pytest.approx(expected[imbalanced].mean(), abs=0.02)


def test_doubling_is_seen_in_ploidy_and_truth():
    flat, doubled = (simulate_tumor(5, replace(SMALL, wgd=wgd)) for wgd in (False, True))
    assert doubled.is_wgd and not flat.is_wgd
    assert doubled.ploidy > flat.ploidy + 1


def test_men_have_one_x_and_no_site_there():
    tumor = simulate_tumor(1, replace(draw_plan(1, quiet=True), sex="male", n_bin=4000, n_het=2000))
    assert not (tumor.het.chrom == "chrX").any()
    on_x = tumor.bins.chrom == "chrX"
    gap = np.median(tumor.bins.log2[~on_x]) - np.median(tumor.bins.log2[on_x])
    assert gap == pytest.approx(1, abs=0.05)
    assert tumor.truth.total_cn[tumor.truth.chrom == "chrX"].tolist() == [1]


def test_a_quiet_genome_has_two_copies_throughout():
    tumor = simulate_tumor(1, replace(draw_plan(1, quiet=True), sex="female", n_bin=2000, n_het=1000))
    assert tumor.ploidy == 2 and len(tumor.truth) == 23
    assert (tumor.truth.total_cn == 2).all() and (tumor.truth.minor_cn == 1).all()


def test_subclonal_changes_carry_their_share_of_cells():
    tumor = simulate_tumor(2, replace(SMALL, n_subclonal=4))
    fraction = tumor.truth.cell_fraction
    assert ((fraction > 0) & (fraction <= tumor.plan.purity)).all()
    assert (fraction < tumor.plan.purity).any()


def test_plans_span_the_purities():
    purities = [draw_plan(seed).purity for seed in range(200)]
    assert 0.2 <= min(purities) < 0.25 and 0.85 < max(purities) <= 0.9
