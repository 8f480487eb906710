"""The simulated pairs are what they say, and a slice of the full comparison: four unstable, four stable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysam
import pytest

from wes_biomarkers.features.msi import ScoreRules, Subject, compute_msi
from wes_biomarkers.features.msi_sites import SiteRules, compare_pair
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.microsatellites import read_msi_definition, scan_targets
from wes_biomarkers.io.msi_counts import Alignment, count_lengths
from wes_biomarkers.simulate.msi_reads import (
    MIN_UNIT,
    MsiParameters,
    _aligned,
    make_genome,
    simulate_msi_pair,
)


def counted(folder: Path, sites):
    alignments = [
        Alignment(
            str(folder / f"{name}.bam"), str(folder / f"{name}.bam.bai"), name, str(folder / "genome.fa")
        )
        for name in ("tumor", "normal")
    ]
    return count_lengths(alignments, sites, min_mapping_quality=20)


def score(folder: Path, seed: int, **parameters):
    truth = simulate_msi_pair(folder, MsiParameters(n_site=100, **parameters), seed)
    tumor, normal = counted(folder, truth.sites)
    tests = compare_pair(tumor, normal, SiteRules())
    made = compute_msi(truth.sites, tests, ScoreRules(), Subject("P", "T_vs_N"))
    return made.values["msi_score"], tests, truth


def test_the_genome_holds_the_sites_it_names(tmp_path):
    truth = simulate_msi_pair(tmp_path, MsiParameters(n_site=120, depth_tumor=1, depth_normal=1), 3)
    length = len(make_genome(120, 3)[0])
    found = scan_targets(
        tmp_path / "genome.fa", [Interval("msi1", 0, length)], {"msi1": length}, read_msi_definition().scan
    )
    sites = {(start, end, unit) for start, end, unit in zip(found.start, found.end, found.unit, strict=True)}
    assert {
        (a, b, u) for a, b, u in zip(truth.sites.start, truth.sites.end, truth.sites.unit, strict=True)
    } <= sites
    assert set(truth.sites.unit_length.tolist()) == {1, 2, 3, 4, 5}
    assert all(n >= MIN_UNIT[k - 1] for n, k in zip(truth.sites.n_unit, truth.sites.unit_length, strict=True))


def test_equal_seeds_give_equal_reads_and_reads_agree_with_their_alignment(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        simulate_msi_pair(folder, MsiParameters(n_site=20, unstable_share=0.5, error=0.0), 5)
    lines = [pysam.view(str(folder / "tumor.bam")) for folder in folders]
    assert lines[0] == lines[1]
    with (
        pysam.FastaFile(str(folders[0] / "genome.fa")) as fasta,
        pysam.AlignmentFile(str(folders[0] / "tumor.bam")) as bam,
    ):
        genome = fasta.fetch("msi1")
        n_indel = 0
        for read in bam:
            for at, place in read.get_aligned_pairs(matches_only=True):
                assert read.query_sequence[at] == genome[place]
            n_indel += any(operation in (1, 2) for operation, _ in read.cigartuples)
    assert n_indel > 50


@pytest.mark.parametrize(
    ("place", "length", "expected"),
    [
        (0, 12, (100, "100M")),  # short of the repeat
        (110, 12, (210, "100M")),
        (110, 10, (210, "60M2D40M")),
        (110, 15, (210, "60M3I37M")),
        (175, 10, (277, "100M")),  # begins inside, short of one unit: placed by its right side
        (175, 15, (272, "100M")),
        (171, 15, (270, "2S98M")),
        (85, 12, (185, "100M")),
        (82, 10, (182, "88M2D12M")),
        (75, 10, (175, "100M")),  # ends inside
        (80, 25, (180, "100M")),  # ends inside, within the genome's length
        (72, 28, (172, "100M")),
    ],
)
def test_reads_are_placed_as_an_aligner_would(place, length, expected):
    """A haplotype whose repeat begins 170 bases in, at 270 on the genome, 12 bases there."""
    assert _aligned(place, 100, 100, 170, length, 12) == expected


def test_without_stutter_lengths_are_those_of_the_alleles(tmp_path):
    clean = MsiParameters(n_site=60, stutter=0.0, error=0.0, heterozygous_share=0.3)
    truth = simulate_msi_pair(tmp_path, clean, 6)
    tumor, normal = counted(tmp_path, truth.sites)
    n_allele = (normal > 0).sum(axis=1)
    assert set(n_allele.tolist()) == {1, 2} and 8 < (n_allele == 2).sum() < 30
    own = normal[np.arange(60), truth.sites.length]
    assert (own > 10).all()
    assert ((tumor > 0) == (normal > 0)).all()


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_unstable_pairs_are_apart_from_stable_ones(tmp_path, seed):
    purity = 0.1 + 0.2 * seed
    stable, tests, _ = score(tmp_path, seed, purity=purity, stutter_ratio=1.2)
    assert stable < 3.5 and tests.evaluable.mean() > 0.8
    unstable, tests, truth = score(tmp_path, seed, purity=purity, unstable_share=0.4)
    assert unstable > 10
    assert (tests.unstable & ~truth.unstable).sum() <= 2


def test_lost_alleles_are_counted_apart(tmp_path):
    _, tests, truth = score(tmp_path, 7, purity=0.9, heterozygous_share=0.5, loss_share=0.6)
    assert truth.lost.sum() > 10 and not truth.unstable.any()
    seen = tests.unstable & truth.lost
    assert seen.sum() > 8 and (tests.imbalance & seen).sum() >= 0.9 * seen.sum()
