"""Scars of recombination deficiency on segments whose answers can be worked out on paper."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from wes_biomarkers.features.chromosomes import Arm, Genome
from wes_biomarkers.features.hrd import Scars, count_scars, has_long_contig
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.arms import arms_of_build

#: One chromosome of 100 Mb whose centromere lies at 40 to 44 Mb.
GENOME = Genome(
    {"chr1": 100_000_000}, (Arm("chr1", 0, 40_000_000, "1p"), Arm("chr1", 44_000_000, 100_000_000, "1q"))
)


def segments(*rows: tuple[float, float, int, int], chrom: str = "chr1") -> Segments:
    """Rows of start and end in Mb, total and minor copies."""
    n = len(rows)
    return Segments.of(
        {
            "chrom": [chrom] * n,
            "start": [int(row[0] * 1e6) for row in rows],
            "end": [int(row[1] * 1e6) for row in rows],
            "total_cn": [row[2] for row in rows],
            "minor_cn": [row[3] for row in rows],
            **{name: np.zeros(n) for name in ("n_bin", "log2", "n_het", "baf", "cell_fraction")},
        }
    )


def test_a_normal_genome_has_no_scar():
    assert count_scars(segments((0, 100, 2, 1)), GENOME) == Scars(0, 0, 0)


@pytest.mark.parametrize(
    ("rows", "n_loh"),
    [
        (((0, 16, 1, 0), (16, 100, 2, 1)), 1),
        (((0, 15, 1, 0), (15, 100, 2, 1)), 0),  # not longer than 15 Mb
        (((0, 16, 0, 0), (16, 100, 2, 1)), 0),  # no copy is left
        (((0, 40, 1, 0), (44, 100, 2, 0)), 0),  # the whole chromosome
        (((0, 8, 2, 0), (8, 16, 3, 0), (16, 100, 2, 1)), 1),  # more copies of the same allele: one loss
        (((0, 8, 1, 0), (8, 16, 2, 0), (16, 100, 2, 1)), 1),
        (((0, 20, 1, 0), (20, 50, 2, 1), (50, 70, 2, 0), (70, 100, 2, 1)), 2),
    ],
)
def test_loh(rows, n_loh):
    assert count_scars(segments(*rows), GENOME).loh == n_loh


@pytest.mark.parametrize(
    ("rows", "n_lst"),
    [
        (((0, 20, 2, 1), (20, 40, 3, 1), (44, 100, 2, 1)), 1),  # a break within the p arm
        (((0, 40, 2, 1), (44, 100, 3, 1)), 0),  # the break is the centromere
        (((0, 9, 2, 1), (9, 40, 3, 1), (44, 100, 2, 1)), 0),  # 9 Mb on one side
        (((0, 10, 2, 1), (10, 40, 3, 1), (44, 100, 2, 1)), 1),
        (((0, 20, 2, 1), (20, 22, 4, 1), (22, 40, 3, 1), (44, 100, 2, 1)), 1),  # 2 Mb are taken out
        (((0, 20, 2, 1), (20, 22, 4, 1), (22, 40, 2, 1), (44, 100, 2, 1)), 0),  # then both sides are one
        (((0, 20, 2, 1), (20, 24, 4, 1), (24, 40, 3, 1), (44, 100, 2, 1)), 0),  # 4 Mb lie between
        (((0, 20, 2, 1), (23, 40, 3, 1), (44, 100, 2, 1)), 0),  # a gap of 3 Mb
        (((0, 30, 2, 1), (30, 60, 3, 1), (60, 100, 2, 1)), 2),  # across the centromere: one in either arm
    ],
)
def test_lst(rows, n_lst):
    assert count_scars(segments(*rows), GENOME).lst == n_lst


@pytest.mark.parametrize(
    ("rows", "n_tai"),
    [
        (((0, 20, 3, 1), (20, 100, 2, 1)), 1),
        (((0, 20, 3, 1), (20, 80, 2, 1), (80, 100, 1, 0)), 2),
        (((0, 42, 3, 1), (42, 100, 2, 1)), 0),  # crosses into the centromere
        (((0, 100, 3, 1),), 0),  # the whole chromosome
        (((0, 50, 2, 1), (50, 60, 3, 1), (60, 100, 2, 1)), 0),  # touches no telomere
        (((0, 20, 4, 2), (20, 100, 2, 1)), 0),  # balanced
        (((0, 20, 2, 1), (20, 100, 3, 1)), 1),  # where most of the chromosome has 3 copies, 2 is the change
        (((0, 20, 3, 0), (20, 100, 3, 1)), 1),  # ... and so is 3 without the minor allele
        (((0, 0.9, 3, 1), (0.9, 100, 2, 1)), 0),  # under 1 Mb
        (((0, 20, 0, 0), (20, 100, 2, 1)), 0),  # no allele is left: nothing is unequal
    ],
)
def test_tai(rows, n_tai):
    assert count_scars(segments(*rows), GENOME).tai == n_tai


def test_without_arms_only_loh_is_counted():
    rows = segments((0, 20, 1, 0), (20, 100, 2, 1))
    assert count_scars(rows, Genome({"chr1": 100_000_000})) == Scars(1, None, None)


def test_sex_chromosomes_and_unknown_copies_take_no_part():
    assert count_scars(segments((0, 20, 1, 0), (20, 100, 2, 1), chrom="chrX"), GENOME).loh is None
    rows = segments((0, 20, 1, 0), (20, 100, 2, 1))
    rows.minor_cn[0] = np.nan
    assert count_scars(rows, GENOME).loh == 0


def test_short_genomes_have_no_place_for_scars():
    rows = segments((0, 0.2, 1, 0))
    assert not has_long_contig(rows, {"chr1": 250_000})
    assert has_long_contig(rows, {"chr1": 15_000_001})
    assert has_long_contig(segments((0, 16, 2, 1)), {})


#: LOH, LST and TAI that scarHRD (commit c98f8bc, R 4.2.2: calc.hrd, calc.lst, calc.ai_new after preprocess.hrd, with its
#: chrominfo_grch38) counts in `random_tumor(seed)`, seeds 1 to 40. In calc.ai_new's layout column 6 is the total.
SCARHRD = [
    (13, 24, 23), (16, 21, 17), (17, 27, 24), (13, 11, 14), (18, 26, 24), (21, 21, 21), (16, 19, 21),
    (15, 21, 22), (18, 21, 17), (25, 28, 21), (11, 19, 14), (19, 17, 19), (19, 24, 28), (17, 16, 18),
    (24, 29, 21), (16, 24, 22), (18, 21, 19), (17, 16, 25), (19, 20, 19), (22, 32, 23), (13, 13, 17),
    (15, 20, 20), (23, 31, 23), (22, 13, 22), (20, 22, 21), (17, 20, 23), (19, 28, 18), (21, 15, 20),
    (18, 10, 21), (21, 24, 21), (14, 14, 20), (10, 20, 15), (19, 20, 16), (19, 23, 14), (23, 21, 26),
    (11, 21, 20), (18, 19, 16), (17, 17, 19), (24, 22, 28), (23, 25, 26),
]  # fmt: skip
GRCH38 = Genome({}, arms_of_build("GRCh38", [str(number) for number in range(1, 23)]))


def random_tumor(seed: int) -> Segments:
    """Segments with gaps and all kinds of copies on the autosomes; from random() alone, so the same everywhere."""
    rng, rows = random.Random(seed), []
    for arm in GRCH38.arms[1::2]:
        cuts = sorted(rng.random() for _ in range(int(8 * rng.random())))
        for left, right in pairwise([0.0, *cuts, 1.0]):
            start = int(left * arm.end) + int(rng.random() < 0.2) * int(4e6 * rng.random())
            draw = rng.random()
            total = sum(draw >= share for share in (0.03, 0.23, 0.63, 0.85))
            minor = int(rng.random() * (total // 2 + 1))
            if start < int(right * arm.end):
                rows.append((arm.chrom, start, int(right * arm.end), total, minor))
    chrom, start, end, total, minor = zip(*rows, strict=True)
    zero = {name: np.zeros(len(rows)) for name in ("n_bin", "log2", "n_het", "baf", "cell_fraction")}
    return Segments.of(
        {"chrom": chrom, "start": start, "end": end, "total_cn": total, "minor_cn": minor, **zero}
    )


def test_counts_are_those_of_scarhrd():
    found = [count_scars(random_tumor(seed), GRCH38) for seed in range(1, len(SCARHRD) + 1)]
    assert [(scars.loh, scars.lst, scars.tai) for scars in found] == SCARHRD
