"""HLA typing against IMGT/HLA 3.33: a slice of the simulation, and the fished reads of a colon sample."""

from __future__ import annotations

import pytest
from hla_study import prepare, share_right, type_individual

from wes_biomarkers.features.hla_typing import TypingRules, type_reads
from wes_biomarkers.io.hla_fish import fish_fastq

pytestmark = pytest.mark.real


def test_simulated_individuals(real_data):
    study = prepare(real_data / "hla_imgt")
    outcomes = [outcome for seed in range(2001, 2005) for outcome in type_individual(study, seed, 60)]
    for mhc_class, least in (("I", 0.95), ("II", 0.94)):
        assert share_right([o for o in outcomes if o.mhc_class == mhc_class]) >= least
    assert all(outcome.right == 2 for outcome in outcomes if outcome.typing.confidence == "high")


def test_reads_of_crc81(real_data):
    """RNA of 2 x 101 bases, fished at class I: common alleles, each with its reads; haplotypes known to go together.

    No truth is stated with the reads. B*40:01 with C*03:04 and B*51:01 with C*15:02 are common neighbours, as are
    DRB1*13:01, DQA1*01:03 and DQB1*06:03.
    """
    study = prepare(real_data / "hla_imgt")
    files = (real_data / "hla_reads_crc81_rna" / f"CRC_81_N_{mate}_fished.fastq.gz" for mate in (1, 2))
    reads = fish_fastq(*map(str, files), study.index).reads
    found = {typing.gene: typing for typing in type_reads(study.models, reads, TypingRules(), study.index)}
    names = {gene: tuple(map(str, typing.alleles)) for gene, typing in found.items() if typing.alleles}
    assert names["A"] == ("A*31:01", "A*68:01")
    assert names["B"] == ("B*40:01", "B*51:01")
    assert names["C"] == ("C*03:04", "C*15:02")
    assert (names["DRB1"][1], names["DQA1"][0]) == ("DRB1*13:01", "DQA1*01:03")
    for gene in "ABC":
        assert min(found[gene].n_telling) >= 40
        assert found[gene].breadth == 1.0
