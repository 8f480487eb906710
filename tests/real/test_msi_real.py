"""Microsatellites of real reads: the chr22 pair, lengths against a plain loop over aligned pairs."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pysam
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.features.microsatellites import ScanRules
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.io.microsatellites import scan_targets
from wes_biomarkers.io.msi_counts import check_alignments, count_lengths
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.inputs import BundleInputs

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pair(real_data, tmp_path_factory):
    """The bundle and the two BAMs."""
    folder = real_data / "bam_pair_chr22_40kb"
    out = tmp_path_factory.mktemp("real") / "bundle"
    build_bundle(BundleInputs(folder / "genome/genome.fasta", {"all": folder / "genome/genome.bed"}), out)
    bams = folder / "illumina" / "bam"
    return out, bams / "test2.paired_end.sorted.bam", bams / "test.paired_end.sorted.bam"


def plain_counts(path, sites, row):
    """Lengths at one site, each fragment once."""
    shown: dict[str, set[int]] = {}
    first, last = int(sites.start[row]) - 5, int(sites.end[row]) + 5
    with pysam.AlignmentFile(str(path)) as reads:
        for read in reads.fetch(sites.chrom[row], first, last):
            places = dict(map(reversed, read.get_aligned_pairs(matches_only=True)))
            if read.flag & 0xF00 or read.mapping_quality < 20 or not {first, last - 1} <= set(places):
                continue
            bases = read.query_sequence[places[first] : places[last - 1] + 1]
            if (
                bases[:5] == sites.left_flank[row]
                and bases[-5:] == sites.right_flank[row]
                and len(bases) >= 10
            ):
                shown.setdefault(read.query_name, set()).add(len(bases) - 10)
    return Counter(lengths.pop() for lengths in shown.values() if len(lengths) == 1)


def test_lengths_are_those_of_a_plain_loop(pair):
    out, tumor, normal = pair
    bundle = read_bundle(out)
    rules = ScanRules(min_unit=(5, 3, 3, 3, 3), max_length=60, flank=5, pad=0)  # shorter ones too: more reads
    sites = scan_targets(bundle.root / "genome.fa", [Interval("chr22", 0, 40001)], bundle.lengths, rules)
    alignments = check_alignments([tumor, normal], bundle)
    total = 0
    for alignment, counts in zip(
        alignments, count_lengths(alignments, sites, min_mapping_quality=20), strict=True
    ):
        for row in range(len(sites)):
            expected = plain_counts(alignment.path, sites, row)
            assert {int(n): int(counts[row, n]) for n in np.flatnonzero(counts[row])} == expected
            total += counts[row].sum()
    assert len(sites) > 400 and total > 4000


def test_a_thin_pair_is_not_evaluable(pair, capsys):
    out, tumor, normal = pair
    words = ["feature", "msi", "--tumor", str(tumor), "--normal", str(normal), "--reference", str(out)]
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code in (0, None)
    made = json.loads(capsys.readouterr().out)
    assert made["status"] == "not_evaluable" and "deep enough" in made["reason"]
    assert made["pair_id"] == f"{alignment_name(tumor)}_vs_{alignment_name(normal)}"


def alignment_name(path):
    with pysam.AlignmentFile(str(path)) as reads:
        return reads.header.to_dict()["RG"][0]["SM"]
