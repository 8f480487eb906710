"""What holds of HLA names, exons, types and divergence whatever goes in."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.contracts.hla import LOCI, SUFFIXES, Allele, AlleleNameError, parse_allele
from wes_biomarkers.features.hla_diversity import divergence
from wes_biomarkers.features.hla_exons import place_exons
from wes_biomarkers.features.hla_types import choose_types, types_of
from wes_biomarkers.io.hla_definitions import read_grantham

fields = st.lists(st.integers(1, 1200).map(lambda n: f"{n:02d}"), min_size=2, max_size=4).map(tuple)
genes = st.one_of(st.sampled_from(LOCI), st.sampled_from(LOCI).map(lambda locus: f"SIM{locus}"))
alleles = st.builds(Allele, genes, fields, st.sampled_from(["", *SUFFIXES]))

RNG = random.Random(4)
LENGTHS = (73, 270, 276, 120, 5)
COMPLETE = "".join(RNG.choices("ACGT", k=sum(LENGTHS)))


@given(alleles)
def test_a_name_is_read_back_with_and_without_prefix(allele: Allele) -> None:
    assert parse_allele(str(allele)) == allele
    assert parse_allele(f" HLA-{str(allele).lower()} ") == allele
    assert parse_allele(str(allele.two_field)) == allele.two_field == allele.two_field.two_field
    assert allele.two_field.null == allele.null
    assert allele.locus in LOCI


@given(st.text(alphabet="ABCDRPQXYZ0123456789*:;/- HLANw\t\n", max_size=14))
def test_any_text_is_an_allele_or_refused_with_a_remedy(text: str) -> None:
    try:
        assert len(parse_allele(text).fields) >= 2
    except AlleleNameError as error:
        assert error.rule and error.remedy


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 744), st.integers(0, 744)), max_size=3), st.text("ACGTN", max_size=30)
)
def test_exons_of_any_pieces_lie_in_order_within_the_entry(
    pieces: list[tuple[int, int]], insert: str
) -> None:
    entry = insert.join(COMPLETE[min(piece) : max(piece)] for piece in pieces)
    found = place_exons(entry, COMPLETE, LENGTHS)
    ends = [0]
    for number in sorted(found):
        start, end = found[number]
        assert ends[-1] <= start < end <= len(entry)
        ends.append(end)


@given(st.integers(0, 744), st.integers(0, 744))
def test_an_unbroken_piece_has_the_exons_that_it_holds_by_half(a: int, b: int) -> None:
    start, end = min(a, b), max(a, b)
    if end - start < 30:
        return
    expected, at = {}, 0
    for number, length in enumerate(LENGTHS, start=1):
        first, last = max(start, at), min(end, at + length)
        if last - first >= length / 2:
            expected[number] = (first - start, last - start)
        at += length
    assert place_exons(COMPLETE[start:end], COMPLETE, LENGTHS) == expected


people = st.fixed_dictionaries(
    {locus: st.tuples(*[st.sampled_from(["01", "02", "03"])] * 2) for locus in ("A", "B")}
)


def typed(person: dict, source: str = "typed"):
    return types_of((Allele(locus, (n, "01")) for locus, pair in person.items() for n in pair), source)


@given(people, people, people)
def test_the_first_source_counts_and_a_source_agrees_with_itself(one: dict, two: dict, three: dict) -> None:
    chosen, conflicts = choose_types(typed(two), typed(three), typed(one, "sheet"))
    assert chosen == typed(one, "sheet")
    differing = {locus for locus in one if sorted(one[locus]) != sorted(two[locus])}
    assert {conflict.locus for conflict in conflicts if conflict.kind == "typed"} == differing
    for conflict in conflicts:
        if conflict.kind != "typed":
            lost = set(three[conflict.locus]) <= set(one[conflict.locus])
            assert conflict.kind == ("lost" if lost else "tumor")
    assert choose_types(typed(one), typed(one), typed(one))[1] == ()


residues = st.text(sorted("ACDEFGHIKLMNPQRSTVWY"), min_size=1, max_size=40)


@given(residues, st.randoms(use_true_random=False))
def test_divergence_is_symmetric_and_0_for_like_domains_only(a: str, rng: random.Random) -> None:
    table = read_grantham()
    b = "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=len(a)))
    assert divergence(a, b, table) == divergence(b, a, table)
    assert divergence(a, a, table) == 0
    assert (divergence(a, b, table) == 0) == (a == b)
