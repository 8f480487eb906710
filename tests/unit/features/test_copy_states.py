import math

import numpy as np
import pytest

from wes_biomarkers.features.allele_segments import Bins, HetSites, assemble_segments
from wes_biomarkers.features.baf import BAF_GRID
from wes_biomarkers.features.copy_evidence import assemble_evidence
from wes_biomarkers.features.copy_states import assign_copies, copy_states, predict_log2, state_log_prior


def test_states_are_all_pairs_up_to_a_total():
    total, minor = copy_states(8)
    assert len(total) == len(set(zip(total, minor, strict=True))) == 25
    assert (minor * 2 <= total).all()


def test_log_ratio_is_0_at_psi_and_finite_without_copies():
    assert predict_log2(0.4, 3.0, np.array([3.0]))[0] == pytest.approx(0)
    assert predict_log2(1.0, 2.0, np.array([0.0]))[0] == pytest.approx(math.log2(0.02 / 2))


def test_a_level_of_four_costs_an_even_genome_no_more_than_one_of_two():
    total, minor = copy_states(8)
    prior = state_log_prior(total, minor, np.array([2.0, 4.0]))
    even = {(t, m): k for k, (t, m) in enumerate(zip(total, minor, strict=True))}
    assert prior[0, even[2, 1]] == pytest.approx(prior[1, even[4, 2]], abs=0.05)
    assert prior[0, even[1, 0]] > prior[1, even[2, 0]]


@pytest.mark.parametrize(
    ("kind", "sex", "copies"),
    [("", "unknown", 2), ("X", "female", 2), ("Y", "female", 0), ("X", "unknown", math.nan), ("M", "male", math.nan)],
)  # fmt: skip
def test_normal_copies(kind, sex, copies):
    evidence = evidence_of([0.0], [50], names=[f"chr{kind or 1}"], sex=sex)
    assert evidence.normal_copies.item() == pytest.approx(copies, nan_ok=True)


def evidence_of(log2, n_alt, names=None, sex="female"):
    """One segment a contig: 50 bins at a log ratio, 40 sites at 100 reads with so many of one allele."""
    rng = np.random.default_rng(0)
    names = names or [f"chr{k + 1}" for k in range(len(log2))]
    chrom = np.repeat(names, 50)
    start = np.tile(np.arange(50) * 1000, len(log2))
    noise = rng.normal(0, 0.05, len(chrom))
    bins = Bins.of({"chrom": chrom, "start": start, "end": start + 500, "log2": np.repeat(log2, 50) + noise})
    alt = np.repeat(n_alt, 40)
    alt = np.where(np.arange(len(alt)) % 2, alt, 100 - alt)
    where = np.repeat(names, 40)
    pos = np.tile(np.arange(40) * 1000, len(log2))
    het = HetSites.of({"chrom": where, "pos": pos, "t_alt": alt, "t_ref": 100 - alt})
    cbs = {"chrom": names, "start": [0] * len(log2), "end": [50_000] * len(log2)}
    segments = assemble_segments(bins, cbs, het)
    return assemble_evidence(segments, bins, het, sex)


def test_evidence_is_highest_at_the_fraction_seen():
    evidence = evidence_of([0.0, 0.5], [50, 33])
    assert evidence.baf_fit.max(axis=1).tolist() == [0, 0]
    assert BAF_GRID[evidence.baf_fit.argmax(axis=1)] == pytest.approx([0.5, 0.33], abs=0.03)
    assert evidence.log2 == pytest.approx([0, 0.5], abs=0.03)
    between = evidence.baf_at(np.array([0.3325]))[:, 0]
    assert between == pytest.approx(evidence.baf_fit[:, 66:68].mean(axis=1))
    assert (evidence.n_bin.tolist(), evidence.n_het.tolist()) == ([50, 50], [40, 40])


def test_copies_of_a_hand_made_tumour():
    """Purity .5, level 2: 2/1, 1/0 (log2 .75, BAF 1/3), 4/1 (1.5, 1/3), 2/0 (1, 1/4), 10/1 (3, 1/6)."""
    log2 = np.log2([1, 0.75, 1.5, 1, 3])
    total, minor, fraction = assign_copies(evidence_of(log2, [50, 33, 33, 25, 17]), 0.5, 2.0)
    assert list(zip(total, minor, strict=True)) == [(2, 1), (1, 0), (4, 1), (2, 0), (10, 1)]
    assert fraction.tolist() == [0.5] * 5


def test_a_mixture_of_cells_with_four_and_three_copies():
    """Purity .8, level 4; 40 % of the tumour's cells have lost one of four: 2.88 + .4 of 3.6 cells' copies."""
    cells = 0.8 * 3.6 + 0.4
    baf = (0.8 * 1.6 + 0.2) / cells
    log2 = np.log2(np.array([3.6, 3.6, cells]) / 3.6)
    evidence = evidence_of(log2, [50, 50, round(100 * baf)])
    total, minor, fraction = assign_copies(evidence, 0.8, 4.0)
    assert list(zip(total, minor, strict=True))[:2] == [(4, 2), (4, 2)]
    assert (total[2], minor[2]) == (3, 1) and fraction[2] == pytest.approx(0.32, abs=0.09)
