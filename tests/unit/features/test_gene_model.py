"""Phases, untranslated regions, splice bases and the chosen transcript, against figures worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wes_biomarkers.features.gene_model import (
    Transcript,
    callable_coding,
    choose_transcripts,
    coding_segments,
    untranslated_segments,
)

BASE = Transcript(
    transcript_id="t1",
    gene_id="g",
    gene_name="G",
    gene_biotype="protein_coding",
    biotype="protein_coding",
    contig="c",
    strand="+",
    exons=((10, 20), (30, 50), (60, 80), (90, 95)),
    cds=((35, 50), (60, 80)),
)


def test_phases_follow_the_direction_of_transcription():
    assert coding_segments(BASE) == [(35, 50, 0), (60, 80, 0)]
    odd = replace(BASE, cds=((36, 50), (60, 80)))  # 14 bases: one base is left to finish the codon
    assert coding_segments(odd) == [(36, 50, 0), (60, 80, 1)]
    assert coding_segments(replace(odd, strand="-")) == [(36, 50, 1), (60, 80, 0)]
    assert coding_segments(replace(BASE, phase=2)) == [(35, 50, 2), (60, 80, 2)]


def test_a_first_piece_within_its_phase_is_dropped():
    assert coding_segments(replace(BASE, cds=((48, 50), (60, 80)), phase=2)) == [(60, 80, 0)]
    assert coding_segments(replace(BASE, cds=((49, 50), (60, 80)), phase=2)) == [(60, 80, 1)]


def test_untranslated_regions():
    five, three = "five_prime_UTR", "three_prime_UTR"
    assert untranslated_segments(BASE) == [(five, 10, 20), (five, 30, 35), (three, 90, 95)]
    assert untranslated_segments(replace(BASE, strand="-")) == [
        (three, 10, 20),
        (three, 30, 35),
        (five, 90, 95),
    ]


def test_splice_bases_only_where_a_coding_exon_meets_an_intron():
    assert callable_coding(BASE, 1000) == [(35, 52), (58, 82)]
    whole = replace(BASE, cds=((30, 50), (60, 80)))  # coding from its exon's first base: the acceptor counts
    assert callable_coding(whole, 1000) == [(28, 52), (58, 82)]
    alone = replace(BASE, exons=((30, 50),), cds=((30, 50),))
    assert callable_coding(alone, 1000) == [(30, 50)]
    tight = replace(BASE, exons=((30, 50), (51, 80)), cds=((30, 50), (51, 80)))
    assert callable_coding(tight, 1000) == [(30, 51), (50, 80)]


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        ({"tags": frozenset({"MANE_Select"})}, {"tags": frozenset({"Ensembl_canonical"})}),
        ({"tags": frozenset({"Ensembl_canonical"})}, {"tags": frozenset({"appris_principal_1"})}),
        ({"tags": frozenset({"appris_principal_1"})}, {"tags": frozenset({"appris_principal_2"})}),
        ({"tags": frozenset({"appris_principal_2"})}, {"cds": ((30, 50), (60, 80))}),
        ({"cds": ((32, 50), (60, 78))}, {"cds": ((35, 50), (60, 78))}),  # longer, both whole codons
        ({"cds": ((35, 50), (60, 75))}, {"cds": ((30, 50), (60, 80))}),  # whole codons before 40 bases
    ],
)
def test_choice(winner, loser):
    one, two = replace(BASE, transcript_id="z", **winner), replace(BASE, transcript_id="a", **loser)
    for order in ([one, two], [two, one]):
        assert choose_transcripts(order) == {("c", "g"): one}


def test_ties_go_to_the_first_id_and_noncoding_is_never_chosen():
    twin = replace(BASE, transcript_id="t0")
    silent = replace(BASE, transcript_id="a", biotype="lncRNA", tags=frozenset({"MANE_Select"}))
    assert choose_transcripts([BASE, twin, silent]) == {("c", "g"): twin}
