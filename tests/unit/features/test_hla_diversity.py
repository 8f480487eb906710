"""Divergence, homozygosity and supertypes, against published values and a direct computation."""

from __future__ import annotations

import random

import pytest
from Bio.Seq import Seq
from hla_alleles import EXONS_OF_A, coding_sequence

from wes_biomarkers.contracts.hla import Allele, parse_allele
from wes_biomarkers.features.hla_diversity import (
    Diversity,
    binding_domain,
    divergence,
    diversity_values,
    locus_divergence,
)
from wes_biomarkers.io.hla_definitions import read_grantham, read_supertypes

#: Composition, polarity and volume of each residue: Grantham 1974, table 1.
PROPERTIES = {
    "S": (1.42, 9.2, 32),
    "R": (0.65, 10.5, 124),
    "L": (0, 4.9, 111),
    "P": (0.39, 8.0, 32.5),
    "T": (0.71, 8.6, 61),
    "A": (0, 8.1, 31),
    "V": (0, 5.9, 84),
    "G": (0.74, 9.0, 3),
    "I": (0, 5.2, 111),
    "F": (0, 5.2, 132),
    "Y": (0.20, 6.2, 136),
    "C": (2.75, 5.5, 55),
    "H": (0.58, 10.4, 96),
    "Q": (0.89, 10.5, 85),
    "N": (1.33, 11.6, 56),
    "K": (0.33, 11.3, 119),
    "D": (1.38, 13.0, 54),
    "E": (0.92, 12.3, 83),
    "M": (0, 5.7, 105),
    "W": (0.13, 5.4, 170),
}


def pair(first: str, second: str) -> tuple[Allele, Allele]:
    return parse_allele(first), parse_allele(second)


@pytest.mark.parametrize(
    ("a", "b", "published"),
    [("S", "R", 110), ("L", "I", 5), ("C", "W", 215), ("F", "Y", 22), ("D", "W", 181)],
)
def test_distances_are_the_published_ones(a: str, b: str, published: int) -> None:
    assert read_grantham()[a, b] == read_grantham()[b, a] == published


def test_distances_follow_granthams_formula() -> None:
    """Within rounding of the published table; D-W stands there 9.6 below what its own formula gives."""
    table = read_grantham()
    assert len(table) == 400
    for (a, b), published in table.items():
        c, p, v = (x - y for x, y in zip(PROPERTIES[a], PROPERTIES[b], strict=True))
        formula = 50.723 * (1.833 * c * c + 0.1018 * p * p + 0.000399 * v * v) ** 0.5
        assert abs(formula - published) < (1.2 if {a, b} != {"D", "W"} else 10), (a, b)
    assert sum(table.values()) / 380 == pytest.approx(100, abs=0.1)


def test_the_domain_is_the_codons_that_lie_wholly_in_exons_2_and_3() -> None:
    sequence = coding_sequence(4, sum(EXONS_OF_A))
    exons = {1: (0, 73), 2: (73, 343), 3: (343, 619), 4: (619, 895)}
    expected = str(Seq(sequence[75:618]).translate())
    assert len(expected) == 181
    assert binding_domain(sequence, exons, "I") == expected
    part = sequence[73:619]
    assert binding_domain(part, {2: (0, 270), 3: (270, 546)}, "I") == expected
    assert binding_domain(sequence, exons, "II") == expected[:89]


def test_no_domain_without_an_exon_or_with_a_stop_or_an_ambiguous_base() -> None:
    sequence = coding_sequence(4, sum(EXONS_OF_A))
    exons = {2: (73, 343), 3: (343, 619)}
    assert binding_domain(sequence, {2: (73, 343)}, "I") is None
    assert binding_domain(sequence[:90] + "TAA" + sequence[93:], exons, "I") is None
    assert binding_domain(sequence[:90] + "N" + sequence[91:], exons, "I") is None


def test_divergence_is_the_mean_over_residues() -> None:
    rng = random.Random(2)
    table = read_grantham()
    letters = sorted(PROPERTIES)
    a, b = ("".join(rng.choices(letters, k=181)) for _ in range(2))
    assert divergence(a, b, table) == pytest.approx(sum(table[x, y] for x, y in zip(a, b, strict=True)) / 181)
    assert divergence(a, a, table) == 0
    assert divergence("SL", "RI", table) == (110 + 5) / 2
    assert divergence("SL", "SLR", table) is None


DIVERSITY = Diversity(
    domains={"A*01:01": "SL", "A*02:01": "RI", "B*07:02": "CC", "B*08:01": "CW", "A*30:01": "SLL"},
    distance=read_grantham(),
    supertypes={"A*01:01": "A01", "A*02:01": "A02", "B*07:02": "B07", "B*08:01": "B08"},
)


def test_a_locus_is_0_when_homozygous_and_unknown_without_sequences_or_with_a_null_allele() -> None:
    assert locus_divergence(pair("A*01:01", "A*02:01"), DIVERSITY) == 57.5
    assert locus_divergence(pair("A*01:01:01:01", "A*01:01:02"), DIVERSITY) == 0
    assert locus_divergence(pair("C*07:99", "C*07:99"), DIVERSITY) == 0
    assert locus_divergence(pair("A*01:01", "A*03:01"), DIVERSITY) is None
    assert locus_divergence(pair("A*01:01", "A*30:01"), DIVERSITY) is None
    assert locus_divergence(pair("A*01:01", "A*01:01:01:02N"), DIVERSITY) is None


def test_values_of_a_person() -> None:
    pairs = {
        "A": pair("A*01:01", "A*02:01"),
        "B": pair("B*07:02", "B*08:01"),
        "C": pair("C*07:01", "C*07:01:01"),
    }
    values = diversity_values(pairs, DIVERSITY)
    assert values == {
        "hed": pytest.approx((57.5 + 107.5 + 0) / 3),
        "hed_a": 57.5,
        "hed_b": 107.5,
        "hed_c": 0.0,
        "n_hla_homozygous": 1,
        "hla_supertypes": ["A01", "A02", "B07", "B08"],
    }


def test_what_is_not_known_of_all_three_loci_is_unknown() -> None:
    values = diversity_values({"A": pair("A*01:01", "A*01:01"), "B": pair("B*07:02", "B*15:99")}, DIVERSITY)
    assert values == {"hed": None, "hed_a": 0.0, "hed_b": None, "hed_c": None} | {
        "n_hla_homozygous": None,
        "hla_supertypes": None,
    }


@pytest.mark.parametrize(
    ("allele", "supertype"),
    [("A*01:01", "A01"), ("A*02:01", "A02"), ("A*68:02", "A02"), ("A*11:01", "A03"), ("A*24:02", "A24"),
     ("A*30:01", "A01/A03"), ("A*29:02", "A01/A24"), ("B*07:02", "B07"), ("B*08:01", "B08"), ("B*27:05", "B27"),
     ("B*44:02", "B44"), ("B*57:01", "B58"), ("B*15:01", "B62"), ("A*02:10", "unclassified")],
)  # fmt: skip
def test_supertypes_are_the_published_ones(allele: str, supertype: str) -> None:
    assert read_supertypes()[allele] == supertype
    assert len(read_supertypes()) == 945
