"""Proteins and peptides from VEP's own sequences."""

from dataclasses import replace

import pytest

from wes_biomarkers.neoantigens.collapse import IN_SELF, collapse
from wes_biomarkers.neoantigens.peptides import PeptideRules
from wes_biomarkers.neoantigens.protein_fasta import protein_fasta
from wes_biomarkers.neoantigens.self_proteome import SelfProteome
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW, UNNATURAL
from wes_biomarkers.neoantigens.translation import INCOMPLETE
from wes_biomarkers.neoantigens.vep_peptides import (
    DISAGREES,
    NO_SHIFTED,
    NO_WILDTYPE,
    NOT_SPELLED,
    VepEntry,
    changes_protein,
    vep_peptides,
)

WILD = "MACDEFGHIKLMNPQRSTVWYACDEFGH"
RULES = PeptideRules(class_i=(9,), class_ii=())
MISSENSE = VepEntry(
    ("1", 100, "C", "T"), "missense_variant", "GENE", "T1", "protein_coding", "", "10", "K/W",
    "P1:p.Lys10Trp", WILD, "", "",
)  # fmt: skip


def test_a_missense_change():
    made = vep_peptides([MISSENSE], RULES)
    assert len(made.peptides) == 9 and not made.skipped
    first = made.peptides[0]
    assert (first.sequence, first.wildtype) == ("ACDEFGHIW"[:8] + "W", "ACDEFGHIK")
    assert (first.protein_start, first.changed, first.frame, first.phase) == (1, (8,), 0, "single")
    assert (first.gene, first.transcripts, first.protein_change) == ("GENE", ("T1",), "p.K10W")
    assert made.proteins[0].sequence == WILD[:9] + "W" + WILD[10:]


@pytest.mark.parametrize(
    ("changes", "sequence"),
    [
        ({"amino_acids": "-/WW", "protein_position": "10-11"}, WILD[:10] + "WW" + WILD[10:]),
        ({"amino_acids": "KLM/N", "protein_position": "10-12"}, WILD[:9] + "N" + WILD[12:]),
        ({"amino_acids": "KL/-", "protein_position": "10-11"}, WILD[:9] + WILD[11:]),
        ({"amino_acids": "KL/WW*", "protein_position": "10-11"}, WILD[:9] + "WW"),
    ],
)
def test_changes_within_the_frame(changes, sequence):
    entry = replace(MISSENSE, consequence="inframe_insertion", hgvsp="", **changes)
    made = vep_peptides([entry], RULES)
    assert made.proteins[0].sequence == sequence
    assert {p.sequence for p in made.peptides} == {
        sequence[a : a + 9] for a in range(len(sequence) - 8) if sequence[a : a + 9] not in WILD
    }


@pytest.mark.parametrize("field", ["frameshift", "downstream"])
def test_a_shifted_frame_by_either_plugin(field):
    text = WILD[:9] + "WYWYW" if field == "frameshift" else "WYWYW*"
    entry = replace(
        MISSENSE, variant=("1", 100, "C", "CTT"), consequence="frameshift_variant&splice_region_variant",
        amino_acids="K/X", **{field: text},
    )  # fmt: skip
    made = vep_peptides([entry], RULES)
    assert made.proteins[0].sequence == WILD[:9] + "WYWYW"
    assert len(made.peptides) == 5
    assert all(p.wildtype is None and p.frame == 2 and p.changed == tuple(range(9)) for p in made.peptides)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"flags": "cds_end_NF"}, INCOMPLETE),
        ({"biotype": "nonsense_mediated_decay"}, "biotype nonsense_mediated_decay"),
        ({"wildtype": ""}, NO_WILDTYPE),
        ({"consequence": "frameshift_variant"}, NO_SHIFTED),
        ({"consequence": "stop_lost", "amino_acids": "*/W", "protein_position": "29"}, NO_SHIFTED),
        ({"consequence": "start_lost", "amino_acids": "M/T", "protein_position": "1"}, NOT_SPELLED),
        ({"amino_acids": "", "protein_position": ""}, NOT_SPELLED),
        ({"amino_acids": "R/W"}, DISAGREES),
        ({"consequence": "stop_gained", "amino_acids": "K/*"}, NOTHING_NEW),
        ({"wildtype": WILD.replace("H", "U")}, UNNATURAL),
    ],
)
def test_nothing_vanishes_in_silence(changes, reason):
    made = vep_peptides([replace(MISSENSE, **changes)], RULES)
    assert reason in {skip.reason for skip in made.skipped}
    if reason == UNNATURAL:
        assert made.skipped[0].n_peptide == 7 and len(made.peptides) == 2
    else:
        assert not made.peptides


def test_a_neighbour_of_unknown_phase_is_told():
    other = replace(MISSENSE, variant=("1", 112, "C", "T"), protein_position="14", amino_acids="P/W")
    made = vep_peptides([MISSENSE, other], RULES)
    phases = {(p.variant[1], p.protein_start): p.phase for p in made.peptides}
    assert phases[100, 1] == "single" and phases[100, 6] == "assumed" and phases[112, 5] == "assumed"
    assert phases[112, 10] == "single"


def test_which_terms_change_a_protein():
    assert changes_protein("splice_region_variant&missense_variant") and changes_protein("stop_lost")
    assert not changes_protein("synonymous_variant") and not changes_protein("intron_variant")


def test_transcripts_are_collapsed_and_self_peptides_dropped():
    second = replace(MISSENSE, transcript="T2", wildtype="M" + WILD, protein_position="11")
    made = vep_peptides([MISSENSE, second], RULES)
    found = collapse([made])
    assert len(found.peptides) == 9 and found.peptides[0].transcripts == ("T1", "T2")
    assert found.peptides[0].protein_start == 1 and len(found.proteins) == 2
    known = collapse([made], SelfProteome(["GGG" + found.peptides[2].sequence]))
    assert len(known.peptides) == 8
    assert [(skip.reason, skip.n_peptide) for skip in known.skipped] == [(IN_SELF, 1)]


def test_fasta_of_whole_and_flanked_proteins():
    twin = replace(MISSENSE, transcript="T2")
    proteins = collapse([vep_peptides([MISSENSE, twin], RULES)]).proteins
    header, sequence = protein_fasta(proteins).splitlines()
    assert sequence == WILD[:9] + "W" + WILD[10:]
    assert header == (
        ">GENE_T1_p.K10W gene=GENE transcript=T1 change=p.K10W consequence=missense_variant changed=10-10 "
        "variants=1:101:C:T others=GENE_T2_p.K10W"
    )
    flanked = protein_fasta(proteins, 3).splitlines()
    assert flanked[1] == "GHIWLMN" and "changed=4-4" in flanked[0]
    deletion = replace(MISSENSE, consequence="inframe_deletion", amino_acids="KL/-", protein_position="10-11")
    junction = protein_fasta(vep_peptides([deletion], RULES).proteins, 2).splitlines()
    assert junction[1] == "HIMN" and "changed=2^3" in junction[0]
