"""IMGT/HLA's own files: names, exons, domains, and divergences that others published."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from wes_biomarkers.contracts.hla import LOCI, LOCI_CLASS_I, parse_allele
from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.features.hla_diversity import locus_divergence
from wes_biomarkers.io.hla_definitions import read_diversity
from wes_biomarkers.io.hla_reference import HlaReference, read_hla_reference
from wes_biomarkers.reference.hla import build_hla

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def reference(real_data: Path) -> HlaReference:
    return read_hla_reference(real_data / "hla_imgt")


def test_every_name_of_the_allele_list_is_read_as_it_stands(real_data: Path) -> None:
    lines = (real_data / "hla_imgt" / "Allelelist.txt").read_text().splitlines()
    names = [line.split(",")[1] for line in lines if not line.startswith("#")][1:]
    assert len(names) > 40_000
    assert [name for name in names if str(parse_allele(name)) != name] == []


def test_every_serotype_of_the_nomenclature_is_refused_and_every_old_name_read(real_data: Path) -> None:
    """Old names of five digits (deleted before 2010) are refused as ambiguous; a few serotypes have four digits."""
    refused, read = [], []
    for line in (real_data / "hla_imgt" / "hla_nom.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        gene, name = line.split(";")[:2]
        try:
            (read if gene.endswith("*") else refused).append((gene + name, str(parse_allele(gene + name))))
        except ValueError:
            (refused if not gene.endswith("*") else read).append((gene + name, ""))
    taken = [name for name, allele in refused if allele]
    assert taken == ["A2403", "B2708", "B3901", "B3902", "B4005", "B5102", "B5103"]
    unread = [name for name, allele in read if not allele]
    assert len(unread) == 12 and all(len(name.split("*")[1]) in (5, 8) for name in unread)


def test_the_reference_holds_every_entry_with_exons(reference: HlaReference) -> None:
    assert len(reference.alleles) == len(set(reference.alleles)) == 18_179
    assert {allele.locus for allele in reference.alleles} == set(LOCI)
    assert reference.release == "3.33"
    assert len(reference.lacking(2)) == 1
    class_i = [allele for allele in reference.lacking(2, 3) if allele.locus in LOCI_CLASS_I]
    assert class_i == []


def test_a_bundles_files_are_the_same_each_time_and_carry_the_licence(
    tmp_path: Path, real_data: Path
) -> None:
    contigs = [Contig("chr6", 170_805_979)]
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files, notes = build_hla(real_data / "hla_imgt", tmp_path / name, "GRCh38", contigs, [])
        made.append({key: path.read_bytes() for key, path in files.items()})
    assert made[0] == made[1]
    assert "hla_LICENCE.md" in made[0] and any("CC BY-ND" in note for note in notes)
    assert "hla: 18179 alleles of IMGT/HLA 3.33" in notes
    genes = {
        gene
        for line in made[0]["hla_regions"].decode().splitlines()
        for gene in line.split("\t")[3].split(",")
    }
    assert set(LOCI) <= genes


def test_exons_agree_with_an_alignment(reference: HlaReference) -> None:
    """Entries with a gap, aligned by Biopython on the first complete allele: its aligned bases give the borders."""
    from Bio.Align import PairwiseAligner

    aligner = PairwiseAligner(mode="global", match_score=2, mismatch_score=-1)
    aligner.open_gap_score, aligner.extend_gap_score, aligner.end_gap_score = -12, -0.01, 0
    rows = list(zip(reference.alleles, reference.sequences, reference.exons, strict=True))
    rng = random.Random(1)
    compared = 0
    for locus, complete_length in (("A", 1098), ("B", 1089), ("C", 1101), ("DRB1", 801), ("DQA1", 768)):
        own = [row for row in rows if row[0].locus == locus]
        complete, borders = next((text, exons) for _, text, exons in own if len(text) == complete_length)
        gapped = [
            row for row in own if row[1] not in complete and len(row[1]) % 3 and 2 in row[2] and 3 in row[2]
        ]
        for allele, text, exons in rng.sample(gapped, min(6, len(gapped))):
            blocks = aligner.align(complete, text)[0].aligned
            for number in (2, 3):
                start, end = borders[number]
                inside = [
                    (q + max(0, start - t), q + min(end, t_end) - t)
                    for (t, t_end), (q, _) in zip(*blocks, strict=True)
                    if t_end > start and t < end
                ]
                first, last = exons[number]
                assert abs(inside[0][0] - first) <= 3 and abs(inside[-1][1] - last) <= 3, (allele, number)
                compared += 1
    assert compared > 40


def test_domains_lie_in_the_proteins_of_the_same_name(reference: HlaReference) -> None:
    alleles = [allele for allele in reference.alleles if allele.locus in LOCI_CLASS_I]
    domains = read_diversity(reference, alleles).domains
    compared = 0
    for allele, protein in reference.proteins.items():
        domain = domains.get(str(allele.two_field))
        if domain and not allele.null:
            assert domain in protein, allele
            compared += 1
    assert compared > 15_000


@pytest.mark.parametrize(
    ("first", "second", "published"),
    [
        ("A*01:01", "A*02:01", 10.50276),
        ("A*01:01", "A*03:01", 5.74586),
        ("A*01:01", "A*11:01", 3.20442),
        ("A*01:01", "A*24:02", 10.60773),
        ("A*01:01", "A*80:01", 4.40331),
        ("A*01:02", "A*02:07", 13.03867),
        ("A*01:03", "A*30:07", 10.28177),
        ("A*02:01", "A*02:01", 0.0),
    ],
)
def test_divergences_are_those_of_another_program(
    reference: HlaReference, first: str, second: str, published: float
) -> None:
    """Values of hlaDivergence (github.com/axelgschwind/hlaDivergence) over the same 181 residues."""
    pair = parse_allele(first), parse_allele(second)
    assert locus_divergence(pair, read_diversity(reference, pair)) == pytest.approx(published, abs=5e-6)


def test_divergences_of_common_alleles_lie_where_published_ones_do(reference: HlaReference) -> None:
    """Chowell 2021: each HED is a whole number of Grantham's units over 3 x 181 residues, from 0 to 10.9."""
    names = {
        "A": ("01:01", "02:01", "03:01", "11:01", "24:02", "29:02", "30:01", "68:01"),
        "B": ("07:02", "08:01", "15:01", "27:05", "35:01", "40:01", "44:02", "57:01"),
        "C": ("01:02", "03:04", "04:01", "05:01", "06:02", "07:01", "07:02", "12:03"),
    }
    alleles = {locus: [parse_allele(f"{locus}*{name}") for name in own] for locus, own in names.items()}
    diversity = read_diversity(reference, (allele for own in alleles.values() for allele in own))
    for own in alleles.values():
        found = [locus_divergence((a, b), diversity) for a in own for b in own if a < b]
        assert all(value is not None and 0.3 < value < 15 for value in found)


def test_published_heds_have_our_denominator(real_data: Path) -> None:
    with open(real_data / "cohort_chowell2021" / "chowell_all.csv", newline="") as handle:
        heds = [float(row["HED"]) for row in csv.DictReader(handle)]
    assert len(heds) == 1479
    assert all(abs(hed * 543 - round(hed * 543)) < 1e-6 for hed in heds)
