"""Bundles from real references."""

from __future__ import annotations

import re

import pysam
import pytest
from Bio.Seq import Seq

from wes_biomarkers.errors import ReferenceMismatchError
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.check import check_bundle
from wes_biomarkers.reference.inputs import BundleInputs

pytestmark = pytest.mark.real

#: The chr22 piece starts at this position less one (dbSNP's RSPOS against POS in the files beside it).
PIECE_START = 16_569_999


@pytest.fixture
def chr22(real_data):
    return real_data / "bam_pair_chr22_40kb" / "genome"


def test_chr22_piece_with_its_gtf(tmp_path, chr22):
    known = [chr22 / "vcf" / "dbsnp_146.hg38.vcf.gz", chr22 / "vcf" / "mills_and_1000G.indels.vcf.gz"]
    inputs = BundleInputs(
        fasta=chr22 / "genome.fasta",
        targets={"bed": chr22 / "genome.bed", "list": chr22 / "genome.interval_list"},
        annotation=chr22 / "genome.gtf",
        known_sites=known,
        germline=chr22 / "vcf" / "gnomAD.r2.1.1.vcf.gz",
    )
    build_bundle(inputs, tmp_path / "bundle")
    bundle = check_bundle(tmp_path / "bundle")
    assert bundle.lengths == {"chr22": 40001}
    assert bundle.targets["bed"].mb == bundle.targets["list"].mb == 0.040001
    rows = [line.split("\t") for line in (tmp_path / "bundle" / "coding.bed").read_text().splitlines()]
    assert rows == [["chr22", "18850", "20524", "CCT8L2", "ENST00000359963"]]  # CDS and stop codon, no intron
    for path, count in zip((*bundle.known_sites, bundle.path("germline")), (2174, 14, 3500), strict=True):
        with pysam.VariantFile(str(path)) as variants:
            assert sum(1 for _ in variants.fetch("chr22")) == count
    # The shipped GTF lies 2,027 bases before the piece's genes: what it calls coding reads no protein.
    assert any("1 of 1 chosen coding sequences do not read" in note for note in bundle.notes)


def test_chr22_piece_refuses_the_unshifted_gff3(tmp_path, chr22):
    inputs = BundleInputs(
        fasta=chr22 / "genome.fasta.gz", targets={"k": chr22 / "genome.bed"}, annotation=chr22 / "genome.gff3"
    )
    with pytest.raises(ReferenceMismatchError) as caught:
        build_bundle(inputs, tmp_path / "bundle")
    text = str(caught.value)
    assert "pseudogene gene:ENSG00000233995 chr22:16572027-16574637" in text
    assert "gene gene:ENSG00000198445" in text
    assert "64 in all" in text
    assert list(tmp_path.iterdir()) == []


def test_the_same_gff3_shifted_rightly_reads_its_protein(tmp_path, chr22):
    shifted = tmp_path / "shifted.gff3"
    gene = [
        line
        for line in (chr22 / "genome.gff3").read_text().splitlines()
        if "ENSG00000198445" in line or "ENST00000359963" in line
    ]
    shifted.write_text(
        re.sub(
            r"\t(\d+)\t(\d+)\t",
            lambda found: f"\t{int(found[1]) - PIECE_START}\t{int(found[2]) - PIECE_START}\t",
            "\n".join(gene),
        )
    )
    inputs = BundleInputs(
        fasta=chr22 / "genome.fasta", targets={"k": chr22 / "genome.bed"}, annotation=shifted, build="GRCh38"
    )
    bundle, _ = build_bundle(inputs, tmp_path / "bundle")
    assert bundle.notes == ()
    _, start, end, *_ = (tmp_path / "bundle" / "coding.bed").read_text().split("\t")
    with pysam.FastaFile(str(tmp_path / "bundle" / "genome.fa")) as genome:
        protein = str(Seq(genome.fetch("chr22", int(start), int(end))).reverse_complement().translate())
    assert protein.startswith("MDSTVPSALELPQRLALNPRES")  # CCT8L2
    assert protein.index("*") == len(protein) - 1 == 557


def test_b37_cut_with_shared_known_sites(tmp_path, real_data):
    folder = real_data / "wes_pair_b37_small"
    names = (
        "dbsnp_138.b37.small",
        "Mills_and_1000G_gold_standard.indels.b37.small",
        "1000G_phase1.indels.b37.small",
    )
    inputs = BundleInputs(
        fasta=folder / "reference" / "human_g1k_v37_decoy.small.fasta.gz",
        targets={"target": folder / "testdata" / "target.bed"},
        known_sites=[folder / "reference" / f"{name}.vcf.gz" for name in names],
    )
    build_bundle(inputs, tmp_path / "bundle")
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.build == "GRCh37"
    assert list(bundle.lengths) == ["1", "2", "3", "8", "11", "X"]
    assert bundle.targets["target"].mb == 0.005038
    counts = []
    for path in bundle.known_sites:
        with pysam.VariantFile(str(path)) as variants:
            assert [contig.name for contig in variants.header.contigs.values()] == list(bundle.lengths)
            counts.append(sum(1 for _ in variants))
    assert counts == [975 + 4335 + 4075, 2 + 65 + 61 + 28, 18 + 69 + 72 + 42]
    assert "4450 records on 1 contigs that the FASTA does not have left out (Y)" in bundle.notes[1]
