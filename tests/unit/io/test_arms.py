"""Chromosome arms: of known builds, and from a BED."""

from __future__ import annotations

import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.features.chromosomes import Arm
from wes_biomarkers.io.arms import arms_of_build, builds_with_arms, copy_arms, read_arms


def test_known_builds_have_two_arms_a_chromosome():
    names = [*map(str, range(1, 23)), "X", "Y"]
    for build in builds_with_arms():
        arms = arms_of_build(build, names)
        assert len(arms) == 48
        for short, long in zip(arms[::2], arms[1::2], strict=True):
            assert (short.name, long.name) == (f"{short.chrom}p", f"{short.chrom}q")
            assert 0 == short.start < short.end < long.start < long.end


@pytest.mark.parametrize(
    ("build", "chrom", "place"),
    [
        ("GRCh37", "1", (121_500_000, 128_900_000, 249_250_621)),
        ("GRCh38", "1", (121_700_000, 125_100_000, 248_956_422)),
        ("GRCh38", "17", (22_700_000, 27_400_000, 83_257_441)),
        ("GRCh37", "X", (58_100_000, 63_000_000, 155_270_560)),
    ],
)
def test_centromeres_are_those_of_ucsc(build, chrom, place):
    short, long = arms_of_build(build, [f"chr{chrom}"])
    assert (short.end, long.start, long.end) == place
    assert short.chrom == f"chr{chrom}"


def test_unknown_builds_have_none():
    assert arms_of_build("simulated-v1", ["1"]) == ()


def test_arms_of_any_genome(tmp_path):
    bed = tmp_path / "arms.bed"
    bed.write_text("# arms\nb\t60\t100\tbq\nb\t0\t40\tbp\na\t0\t50\ta\n")
    lengths = {"a": 50, "b": 100}
    assert read_arms(bed, lengths)[2] == Arm("a", 0, 50, "a")
    copy = copy_arms(bed, tmp_path / "copy.bed", lengths)
    assert copy.read_text() == "a\t0\t50\ta\nb\t0\t40\tbp\nb\t60\t100\tbq\n"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("a\t0\t50\n", ["needs contig"]),
        ("a\t0\tx\tap\n", ["needs contig"]),
        ("a\t9\t9\tap\n", ["holds no base"]),
        ("a\t0\t9\tap\na\t9\t20\tap\n", ["named twice"]),
        ("a\t0\t9\tap\na\t8\t20\taq\n", ["do not overlap"]),
        ("a\t0\t9\tap\na\t9\t20\taq\na\t30\t40\tar\nb\t0\n", ["two arms", "needs contig"]),
        ("# nothing\n", ["holds no arm"]),
    ],
)
def test_every_fault_is_told(tmp_path, text, rules):
    bed = tmp_path / "arms.bed"
    bed.write_text(text)
    with pytest.raises(InputError) as caught:
        read_arms(bed)
    assert len(caught.value.faults) == len(rules)
    for fault, rule in zip(caught.value.faults, rules, strict=True):
        assert rule in fault.rule


def test_arms_of_another_genome(tmp_path):
    bed = tmp_path / "arms.bed"
    bed.write_text("a\t0\t50\tap\nb\t0\t500\tbp\n")
    with pytest.raises(ReferenceMismatchError, match="beyond its contig's end"):
        read_arms(bed, {"a": 50, "b": 100})
