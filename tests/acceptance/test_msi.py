"""Simulated pairs of BAMs, from reads to scores: 40 unstable and 40 stable ones, and deep libraries.

Seeds 1 to 40 (none was used to choose a threshold: those were 100 to 107). Purity .2 to .9 in even steps, depth 80 to
150 in the tumour and 60 to 120 in the normal, 200 microsatellites, stutter of the two libraries apart by up to a
quarter; a fifth to three fifths of the sites changed in an unstable tumour.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from acceptance_table import Measure, note

from wes_biomarkers.features.msi import ScoreRules, Subject, compute_msi
from wes_biomarkers.features.msi_sites import SiteRules, SiteTests, compare_pair
from wes_biomarkers.io.msi_counts import Alignment, LengthCounts, count_lengths
from wes_biomarkers.simulate.msi_reads import MsiParameters, MsiTruth, simulate_msi_pair
from wes_biomarkers.stats.groups import mann_whitney

pytestmark = pytest.mark.acceptance

SEEDS = range(1, 41)


def parameters_of(seed: int) -> MsiParameters:
    """A stable pair of the seed's purity, depths and libraries."""
    rng = np.random.default_rng((seed, 2))
    return MsiParameters(
        n_site=200,
        purity=0.2 + 0.7 * (seed - SEEDS[0]) / (len(SEEDS) - 1),
        depth_tumor=rng.uniform(80, 150),
        depth_normal=rng.uniform(60, 120),
        stutter_ratio=rng.uniform(0.8, 1.25),
    )


def lengths(folder: Path, parameters: MsiParameters, seed: int) -> tuple[MsiTruth, list[LengthCounts]]:
    truth = simulate_msi_pair(folder, parameters, seed)
    fasta = str(folder / "genome.fa")
    alignments = [
        Alignment(str(p), f"{p}.bai", p.stem, fasta) for p in (folder / "tumor.bam", folder / "normal.bam")
    ]
    return truth, count_lengths(alignments, truth.sites, min_mapping_quality=20)


def score(truth: MsiTruth, tests: SiteTests) -> float:
    made = compute_msi(truth.sites, tests, ScoreRules(), Subject("P", "T_vs_N"))
    return float(made.values["msi_score"])


def test_unstable_against_stable(tmp_path: Path) -> None:
    start = time.monotonic()
    found: dict[str, list[float]] = {"stable": [], "unstable": [], "lost": []}
    n_false = n_stable_site = n_seen = n_changed = 0
    for seed in SEEDS:
        plain = parameters_of(seed)
        share = np.random.default_rng((seed, 3)).uniform(0.2, 0.6)
        kinds = {"stable": plain, "unstable": replace(plain, unstable_share=share)}
        if seed % 4 == 0:
            kinds["lost"] = replace(plain, loss_share=0.4)
        for kind, parameters in kinds.items():
            truth, (tumor, normal) = lengths(tmp_path, parameters, seed)
            tests = compare_pair(tumor, normal, SiteRules())
            found[kind].append(score(truth, tests))
            if kind == "unstable":
                changed = truth.unstable & tests.evaluable
                n_seen, n_changed = (
                    n_seen + int((tests.unstable & changed).sum()),
                    n_changed + int(changed.sum()),
                )
            if kind == "stable":
                n_false, n_stable_site = (
                    n_false + int(tests.unstable.sum()),
                    n_stable_site + int(tests.evaluable.sum()),
                )
    auc = mann_whitney(found["unstable"], found["stable"]).auc
    assert auc is not None
    highest = max(found["stable"])
    high = [
        value >= 10
        for value, seed in zip(found["unstable"], SEEDS, strict=True)
        if parameters_of(seed).purity >= 0.4
    ]
    note(
        "msi",
        "1-40",
        (time.monotonic() - start) / 60,
        [
            Measure(
                "AUC, 40 unstable and 40 stable pairs, purity .2 to .9", 80, auc, "at least .99", auc >= 0.99
            ),
            Measure("highest score of a stable pair, %", 40, highest, "below 3.5", highest < 3.5),
            Measure("lowest score of an unstable pair, %", 40, min(found["unstable"])),
            Measure("unstable pairs of purity .4 or more called high", len(high), float(np.mean(high))),
            Measure("changed sites called unstable", n_changed, n_seen / n_changed),
            Measure("sites called unstable in stable pairs", n_stable_site, n_false / n_stable_site),
            Measure(
                "highest score of a stable pair that lost 40 % of heterozygous sites, %",
                len(found["lost"]),
                max(found["lost"]),
            ),
        ],
    )
    assert auc >= 0.99 and highest < 3.5


def test_deep_libraries_of_unlike_stutter_stay_stable(tmp_path: Path) -> None:
    start = time.monotonic()
    deep = MsiParameters(n_site=60, depth_tumor=2500, depth_normal=2500, stutter_ratio=1.25)
    guarded, bare = [], []
    for seed in (1, 2, 3):
        truth, (tumor, normal) = lengths(tmp_path, deep, seed)
        for scores, rules in ((guarded, SiteRules()), (bare, SiteRules(min_shift=0))):
            scores.append(score(truth, compare_pair(tumor, normal, rules)))
    limit = "below 3.5"
    note(
        "msi",
        "1-3",
        (time.monotonic() - start) / 60,
        [
            Measure(
                "highest score, stable pairs at 2,500x, stutter apart by a quarter, %",
                3,
                max(guarded),
                limit,
                max(guarded) < 3.5,
            ),
            Measure("the same without the least shift, %", 3, max(bare)),
        ],
    )
    assert max(guarded) < 3.5
