"""Cancer cell fractions of simulated tumours against their truth: coverage of the 95 % interval, and clusters.

60 tumours of 400 mutations, seeds 1 to 60 (none was used to choose the prior: those were 100 to 159): purity .2 to .9,
copy-number states with and without a doubled genome, mean depth 60 to 300, 1 to 3 subclones.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from acceptance_table import Measure, note

from wes_biomarkers.features.ccf import Loci, estimate_ccf
from wes_biomarkers.features.clusters import fit_clusters
from wes_biomarkers.simulate.clonality import Truth, simulate_mutations

pytestmark = pytest.mark.acceptance

SEEDS = range(1, 61)


def with_any_multiplicity(truth: Truth, seed: int) -> Truth:
    """The same tumour, where a subclone's mutation lies on any number of copies up to the major one."""
    rng = np.random.default_rng((seed, 1))
    loci, p = truth.loci, truth.purity.value
    copies = np.where(truth.clone == 0, truth.multiplicity, rng.integers(1, loci.major_cn + 1))
    expected = truth.ccf * copies * p / (p * loci.total_cn + 2 * (1 - p))
    alt = rng.binomial(loci.depth.astype(int), expected).astype(float)
    return Truth(Loci(alt, loci.depth, loci.total_cn, loci.minor_cn, loci.normal_cn), truth.purity, copies,
                 truth.ccf, truth.clone)  # fmt: skip


def coverage(truths: list[Truth]) -> tuple[float, int, float, int]:
    """Share covered and number of mutations, below .9 and at 1."""
    made = [estimate_ccf(truth.loci, truth.purity) for truth in truths]
    ccf = np.concatenate([truth.ccf for truth in truths])
    low, high = (np.concatenate([getattr(each, name) for each in made]) for name in ("low", "high"))
    covered = (low <= ccf + 1e-9) & (ccf <= high + 1e-9)
    below, at_one = ccf < 0.9, ccf == 1
    return float(covered[below].mean()), int(below.sum()), float(covered[at_one].mean()), int(at_one.sum())


@pytest.mark.parametrize("name", ["subclones on one copy", "subclones on any copies"])
def test_interval_covers_the_truth(name: str) -> None:
    start = time.monotonic()
    truths = [simulate_mutations(seed, n=400) for seed in SEEDS]
    if name == "subclones on any copies":
        truths = [with_any_multiplicity(truth, seed) for truth, seed in zip(truths, SEEDS, strict=True)]
    below, n_below, at_one, n_at_one = coverage(truths)
    note(
        "ccf",
        "1-60",
        (time.monotonic() - start) / 60,
        [
            Measure(f"coverage below .9, {name}", n_below, below, ".93 to .97", 0.93 <= below <= 0.97),
            Measure(f"coverage at 1, {name}", n_at_one, at_one, "at least .93", at_one >= 0.93),
        ],
    )
    assert 0.93 <= below <= 0.97
    assert at_one >= 0.93


def pairs_of(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Agreement of two partitions beyond chance (Hubert 1985, Journal of Classification 2:193)."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    rows, columns, both = pairs_of(table.sum(axis=1)), pairs_of(table.sum(axis=0)), pairs_of(table)
    chance = rows * columns / pairs_of(np.array([len(one)]))
    most = (rows + columns) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def test_clusters_are_the_clones() -> None:
    start = time.monotonic()
    single = [simulate_mutations(seed, n=150, n_subclone=0) for seed in SEEDS]
    n_single = sum(len(fit_clusters([(truth.loci, truth.purity)]).size) == 1 for truth in single)
    rand = []
    for seed in SEEDS:
        truth = simulate_mutations(seed, n=150)
        rand.append(adjusted_rand(truth.clone, fit_clusters([(truth.loci, truth.purity)]).label))
    minutes = (time.monotonic() - start) / 60
    share, mean = n_single / len(SEEDS), float(np.mean(rand))
    note(
        "clusters",
        "1-60",
        minutes,
        [
            Measure("tumours of one clone with one cluster", len(SEEDS), share, "at least .9", share >= 0.9),
            Measure("mean adjusted Rand index, one sample", len(SEEDS), mean, "at least .6", mean >= 0.6),
        ],
    )
    assert share >= 0.9
    assert mean >= 0.6
