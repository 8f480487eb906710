"""Copies, tests and states of HLA loss, against other ways to compute them, and a slice of the simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from wes_biomarkers.features.ccf import Purity
from wes_biomarkers.features.hla_allele_reads import count_site_reads, fill_exons, find_sites
from wes_biomarkers.features.hla_loh import (
    Labels,
    Locus,
    LocusLoh,
    LocusReads,
    Tumor,
    compute_hla_loh,
    copies_by_depth,
    copies_by_total,
    effective_copies,
    judge_locus,
    measure_imbalance,
)
from wes_biomarkers.io.hla_loh import read_rules
from wes_biomarkers.simulate.hla_loh import LohParameters, invent_genes, simulate_counts, simulate_pairs

RULES, ASSIGN, _ = read_rules()
LABELS = Labels("P", "T_vs_N")


def one_site(t_1: int, t_2: int, n_1: int, n_2: int) -> LocusReads:
    return LocusReads(np.array([[t_1], [t_2]]), np.array([[n_1], [n_2]]))


def spread_over(reads: tuple[int, int, int, int], n_site: int = 20) -> LocusReads:
    """The reads spread evenly over sites."""
    even = [np.bincount(np.arange(n) % n_site, minlength=n_site) for n in reads]
    return LocusReads(np.stack(even[:2]), np.stack(even[2:]))


def judge(reads: LocusReads | None, total_cn: float | None = 2, tumor: Tumor | None = None) -> LocusLoh:
    own = Tumor(Purity(0.6)) if tumor is None else tumor
    return judge_locus(Locus("A", "A*01:01", "A*02:01", reads, total_cn), own, RULES)


@pytest.mark.parametrize("table", [(60, 90, 100, 95), (12, 40, 33, 25), (200, 210, 80, 70)])
def test_one_site_is_the_two_by_two_table(table):
    found = measure_imbalance(one_site(*table))
    t_1, t_2, n_1, n_2 = table
    n = sum(table)
    plain = stats.chi2_contingency([[t_1, t_2], [n_1, n_2]], correction=False)
    p_value = stats.chi2.sf(plain.statistic * (n - 1) / n, 1)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    assert found.log_ratio == pytest.approx(math.log(t_1 * n_2 / (t_2 * n_1)))
    assert found.error == pytest.approx(math.sqrt(sum(1 / k for k in table)))  # Woolf's
    assert found.scatter == 1


def exact_p_value(reads: LocusReads) -> float:
    """Two-sided: chance of the tumour's sum of allele 1 over all sites, or one less likely, given each site's margins."""
    chances = np.ones(1)
    low = 0
    for (t_1, t_2), (n_1, n_2) in zip(reads.tumor.T.tolist(), reads.normal.T.tolist(), strict=True):
        if t_1 + t_2 + n_1 + n_2 == 0:
            continue
        law = stats.hypergeom(t_1 + t_2 + n_1 + n_2, t_1 + n_1, t_1 + t_2)
        least, most = int(law.support()[0]), int(law.support()[1])
        chances = np.convolve(chances, law.pmf(np.arange(least, most + 1)))
        low += least
    own = chances[int(reads.tumor[0].sum()) - low]
    return float(chances[chances <= own * (1 + 1e-9)].sum())


@pytest.mark.parametrize("seed", range(100, 106))
def test_the_test_agrees_with_the_exact_one(seed):
    copies = ((1, 1), (0, 1), (2, 1))[seed % 3]
    reads = simulate_counts(LohParameters(0.4, copies, depth_tumor=50, depth_normal=40), seed, scatter=0)
    found = measure_imbalance(reads)
    z = stats.norm.isf(found.p_value / 2) * math.sqrt(found.scatter)
    exact = stats.norm.isf(exact_p_value(reads) / 2)
    assert z == pytest.approx(exact, abs=0.25)


def test_sites_that_disagree_widen_the_error():
    reads = simulate_counts(LohParameters(0.6, (1, 1), depth_tumor=300, depth_normal=300), 101, scatter=0.5)
    found = measure_imbalance(reads)
    assert found.scatter > 2
    narrow = one_site(*reads.totals)
    assert found.error > 1.3 * measure_imbalance(narrow).error


@pytest.mark.parametrize("purity", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("copies", [(0, 1), (0, 2), (1, 1), (2, 1), (3, 1), (2, 2)])
def test_expected_reads_give_back_the_copies(purity, copies):
    """Without noise both ways find the truth, whatever the capture prefers and the libraries hold."""
    own = LohParameters(purity, copies, ploidy=3.1, depth_tumor=8e5, depth_normal=3e5, capture_bias=1.7)
    tumor, normal = (np.round(depth).astype(np.int64) for depth in own.depths())
    reads = one_site(*tumor.tolist(), *normal.tolist())
    by_total = copies_by_total(measure_imbalance(reads), sum(copies), Purity(purity))
    by_depth = copies_by_depth(reads, 1.0, Purity(purity), 3.1, 8 / 3)
    for found in (by_total, by_depth):
        assert [allele.value for allele in found] == pytest.approx(copies, abs=0.01)
        assert all(allele.low <= allele.value <= allele.high for allele in found)


def test_an_uncertain_purity_widens_the_interval():
    imbalance = measure_imbalance(spread_over((150, 300, 250, 250)))
    sure, unsure = (copies_by_total(imbalance, 2, p)[0] for p in (Purity(0.5), Purity(0.5, 0.4, 0.6)))
    assert unsure.value == sure.value and unsure.low <= sure.low and unsure.high > sure.high


def test_copies_of_a_segment_that_few_cells_share():
    assert effective_copies(1, float("nan"), 0.5) == 1
    assert effective_copies(1, 0.5, 0.5) == 1
    assert effective_copies(4, 0.2, 0.8) == 2.5


STATES = [
    ("loss", (100, 400, 250, 250), 2),
    ("kept", (260, 240, 250, 250), 2),
    ("kept", (200, 420, 250, 250), 3),  # 2 + 1
    ("review", (250, 250, 250, 250), 0),  # both gone
    ("review", (19, 34, 300, 300), 1),  # loss or chance
    ("not_evaluable", (12, 22, 16, 16), 2),  # too wide
    ("review", (20, 400, 250, 250), 2),  # more than purity allows
    ("review", (400, 30, 400, 60), 1),  # the normal lacks an allele
]


@pytest.mark.parametrize(("state", "reads", "total_cn"), STATES)
def test_states(state, reads, total_cn):
    found = judge(spread_over(reads), total_cn)
    assert found.state == state
    assert bool(found.reason) == (state in ("review", "not_evaluable"))
    assert found.lost_allele == ("A*01:01" if state == "loss" else "")


def test_a_loss_at_a_single_site_is_for_review():
    assert judge(spread_over((100, 400, 250, 250), 1)).state == "review"
    assert judge(spread_over((100, 400, 250, 250), 2)).state == "loss"


@pytest.mark.parametrize(
    ("reads", "word"),
    [
        (LocusReads(np.empty((2, 0), int), np.empty((2, 0), int)), "do not differ"),
        (spread_over((0, 0, 0, 0)), "in the normal"),
        (spread_over((200, 200, 200, 3)), "in the normal"),
        (spread_over((9, 9, 200, 200)), "in the tumour"),
    ],
)
def test_thin_evidence_is_not_evaluable(reads, word):
    found = judge(reads)
    assert found.state == "not_evaluable" and word in found.reason and found.copies is None


def test_without_purity_or_copies_nothing_is_claimed():
    reads = spread_over((50, 400, 250, 250))
    for tumor, total_cn in (
        (Tumor(None, missing="the purity was not fitted"), 2),
        (Tumor(Purity(0.6)), None),
    ):
        found = judge(reads, total_cn, tumor)
        assert found.state == "not_evaluable" and found.reason and found.copies is None
        assert found.p_value is not None and found.p_value < 0.01


def test_library_sizes_serve_where_segments_do_not():
    reads = spread_over((100, 250, 250, 250))
    found = judge(reads, None, Tumor(Purity(0.6), 2.0, 1.0))
    assert found.state == "loss" and found.total_cn == pytest.approx(1, abs=0.1)


def test_a_tumour_without_one_allele_s_reads():
    found = judge(spread_over((0, 400, 200, 200)), 1, Tumor(Purity(1.0)))
    assert found.state == "loss" and found.copies is not None and found.copies[0].value < 0.02


def locus(name: str, state: str) -> LocusLoh:
    return LocusLoh(Locus(name, f"{name}*01:01", f"{name}*02:01"), state, "why" if state == "review" else "")


@pytest.mark.parametrize(
    ("states", "status", "lost", "n_lost"),
    [
        (("loss", "kept", "homozygous"), "ok", True, 1),
        (("kept", "kept", "not_evaluable"), "ok", False, 0),
        (("loss", "review", "loss"), "ok", True, 2),
        (("kept", "review", "kept"), "not_evaluable", None, None),
        (("homozygous", "homozygous", "homozygous"), "not_evaluable", None, None),
        ((), "not_evaluable", None, None),
    ],
)
def test_the_record(states, status, lost, n_lost):
    record = compute_hla_loh([locus(n, s) for n, s in zip("ABC", states, strict=False)], Tumor(None), LABELS)
    assert (record.status, record.values["hla_loh"], record.values["n_hla_lost"]) == (status, lost, n_lost)
    assert record.values["hla_loh_a"] == (states[0] if states else None)
    assert ("needs_review" in record.flags) == ("review" in states)
    assert bool(record.reason) == (status == "not_evaluable")


def test_a_slice_of_simulated_pairs_from_counts():
    n = 60
    lost, false = 0, 0
    for seed in range(1, n + 1):
        purity = 0.4 + 0.5 * seed / n
        for copies in ((0, 1), (0, 2), (1, 1), (2, 1), (3, 1), (2, 2)):
            own = LohParameters(purity, copies, capture_bias=0.7 + seed % 7 / 10)
            found = judge(simulate_counts(own, seed), sum(copies), Tumor(Purity(purity)))
            if 0 in copies:
                lost += found.lost_allele == "A*01:01"
            else:
                false += found.state == "loss"
    assert lost / (2 * n) >= 0.95
    assert false / (4 * n) <= 0.02


def test_a_slice_of_simulated_pairs_from_reads():
    for seed in (1, 2, 3):
        genes = invent_genes(seed)
        copies = {"A": (0, 1), "B": (0, 2), "C": (2, 1)}
        samples = simulate_pairs(genes, copies, LohParameters(0.6, capture_bias=1.3), seed)
        typed = {gene.alleles[0].locus: fill_exons(*gene.alleles) for gene in genes[:3]}
        sites = {name: find_sites(*pair) for name, pair in typed.items()}
        alleles = [allele for pair in typed.values() for allele in pair]
        tumor, normal = (count_site_reads(pairs, alleles, sites, ASSIGN) for pairs in samples)
        states = {}
        for name, pair in typed.items():
            reads = LocusReads(tumor[name].counted, normal[name].counted)
            asked = Locus(name, pair[0].name, pair[1].name, reads, sum(copies[name]))
            found = judge_locus(asked, Tumor(Purity(0.6)), RULES)
            states[name] = (found.state, found.lost_allele)
        assert states == {"A": ("loss", "SIMA*01:01"), "B": ("loss", "SIMB*01:01"), "C": ("kept", "")}
