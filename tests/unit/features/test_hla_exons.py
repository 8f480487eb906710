"""Exons of partial entries, against sequences whose exons are known because the test made them."""

from __future__ import annotations

import random

import pytest

from wes_biomarkers.features.hla_exons import place_exons

LENGTHS = (73, 270, 276, 276, 117, 33, 48, 5)


def bases(rng: random.Random, n: int) -> str:
    return "".join(rng.choices("ACGT", k=n))


def mutated(rng: random.Random, text: str, share: float) -> str:
    return "".join(rng.choice("ACGT".replace(base, "")) if rng.random() < share else base for base in text)


@pytest.fixture(scope="module")
def gene() -> list[str]:
    rng = random.Random(3)
    return [bases(rng, length) for length in LENGTHS]


def held(entry: str, gene: list[str]) -> dict[int, str]:
    found = place_exons(entry, "".join(gene), LENGTHS)
    return {number: entry[start:end] for number, (start, end) in found.items()}


def test_a_complete_entry_has_every_exon(gene: list[str]) -> None:
    assert held("".join(gene), gene) == dict(enumerate(gene, start=1))


@pytest.mark.parametrize(
    "numbers", [(2, 3), (2,), (3, 4), (1, 2, 3, 4, 5), (2, 3, 5), (1, 2, 3, 4, 5, 7, 8), (2, 4)]
)
def test_a_partial_entry_has_its_own_exons(gene: list[str], numbers: tuple[int, ...]) -> None:
    rng = random.Random(5)
    own = {number: mutated(rng, gene[number - 1], 0.06) for number in numbers}
    found = held("".join(own.values()), gene)
    assert {n: text for n, text in found.items() if n < 8} == {n: text for n, text in own.items() if n < 8}


def test_inserted_and_deleted_bases_belong_to_their_exon(gene: list[str]) -> None:
    shorter, longer = gene[1][:100] + gene[1][103:], gene[2][:50] + "ACGTTG" + gene[2][50:]
    assert held("".join([gene[0], shorter, *gene[2:]]), gene)[2] == shorter
    assert held("".join([gene[1], longer]), gene) == {2: gene[1], 3: longer}


def test_a_short_last_exon_after_a_skipped_one(gene: list[str]) -> None:
    complete, lengths = "".join(gene[:4]) + gene[4][:24] + gene[5][:14], (*LENGTHS[:4], 24, 14)
    entry = "".join(gene[:4]) + gene[5][:14]
    assert list(place_exons(entry, complete, lengths)) == [1, 2, 3, 4, 6]


def test_half_an_exon_is_enough_and_less_is_absent(gene: list[str]) -> None:
    assert held(gene[1][100:] + gene[2][:150], gene) == {2: gene[1][100:], 3: gene[2][:150]}
    assert held(gene[1][100:] + gene[2][:100], gene) == {2: gene[1][100:]}


def test_a_form_without_an_exon(gene: list[str]) -> None:
    entry = gene[0] + gene[2]
    assert place_exons(entry, entry, (73, None, 276)) == {1: (0, 73), 3: (73, 349)}


def test_what_is_not_of_the_locus_has_no_exon(gene: list[str]) -> None:
    assert held(bases(random.Random(9), 600), gene) == {}
    assert held(gene[1][:40] + bases(random.Random(9), 600), gene) == {}
    assert held("ACGT", gene) == {}
    assert held("", gene) == {}
