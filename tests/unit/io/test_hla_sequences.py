"""Which entry of the reference stands for a named allele."""

from __future__ import annotations

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.features.hla_allele_reads import AlleleSequence
from wes_biomarkers.io.hla_reference import HlaReference
from wes_biomarkers.io.hla_sequences import allele_sequence, fill_loci

ENTRIES = {
    "A*02:01:01:01": ("AACCC", {2: (0, 2), 3: (2, 5)}),
    "A*02:01:02": ("AATTT", {2: (0, 2), 3: (2, 5)}),
    "A*24:02:01": ("GG", {2: (0, 2)}),
    "A*24:02:02": ("GGTTT", {2: (0, 2), 3: (2, 5)}),
    "A*24:02:03N": ("GGTTTT", {2: (0, 2), 3: (2, 6)}),
    "B*02:01:01": ("CCCCCCC", {2: (0, 7)}),
    "C*01:02": ("CC", {}),
}
REFERENCE = HlaReference(
    alleles=tuple(map(parse_allele, ENTRIES)),
    sequences=tuple(text for text, _ in ENTRIES.values()),
    exons=tuple(exons for _, exons in ENTRIES.values()),
    others={}, genomic={}, proteins={}, borrowed={},
)  # fmt: skip


def exons_of(name: str) -> dict[int, str] | None:
    found = allele_sequence(REFERENCE, parse_allele(name))
    return None if found is None else dict(found.exons)


def test_the_best_known_entry_of_a_name():
    assert exons_of("A*02:01") == {2: "AA", 3: "CCC"}
    assert exons_of("A*02:01:02") == {2: "AA", 3: "TTT"}
    assert exons_of("A*24:02") == {2: "GG", 3: "TTT"}
    assert exons_of("A*24:02N") == {2: "GG", 3: "TTTT"}


def test_no_entry_or_no_exons():
    assert exons_of("A*03:01") is None
    assert exons_of("C*01:02") is None


def test_alleles_of_a_locus_are_filled_once():
    alleles = [
        AlleleSequence("A*1", "A", {2: "AA"}),
        AlleleSequence("B*1", "B", {2: "CC"}),
        AlleleSequence("A*2", "A", {2: "AT", 3: "GG"}),
        AlleleSequence("B*1", "B", {2: "CC"}),
    ]
    filled = fill_loci(alleles)
    assert [allele.name for allele in filled] == ["A*1", "A*2", "B*1"]
    assert filled[0].exons == {2: "AA", 3: "GG"}
