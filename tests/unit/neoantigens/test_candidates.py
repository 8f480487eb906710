"""Pairs of peptide and allele, the best of each variant, and the ranked table."""

import numpy as np
import pytest
from neoantigen_cases import V1, V2, binding, peptide, tumor

from wes_biomarkers.io.neoantigens import read_rules, substitution_scores
from wes_biomarkers.neoantigens.candidates import Facts, best_of_each, pair_up, ranked
from wes_biomarkers.neoantigens.expression import Expression
from wes_biomarkers.neoantigens.ranked_table import COLUMNS, Likeness, describe
from wes_biomarkers.neoantigens.scoring import Similarity

RULES = read_rules()
NOTHING = Likeness()
ALLELES = ("A*02:01", "B*08:01")
PEPTIDES = [
    peptide("ALAAAAAAV", V1, "AMAAAAAAV", gene="G1", transcripts=("ENST1.2",)),  # at P2
    peptide("AAAALAAAV", V1, "AAAAMAAAV", gene="G1", transcripts=("ENST1.2",)),  # at P5
    peptide("CLCCCCCCL", V2, "CMCCCCCCL", gene="G2", transcripts=("ENST2",)),
    peptide("W" * 15, V2, mhc_class="II", gene="G2"),
]
FIRST = {"ALAAAAAAV": [0.1, 30.0], "AMAAAAAAV": [0.2, 30.0], "AAAALAAAV": [1.0, 1.2], "AAAAMAAAV": [50.0, 1.0],
         "CLCCCCCCL": [0.3, 70.0], "CMCCCCCCL": [20.0, 70.0]}  # fmt: skip


def made(**facts):
    bindings = {"I": binding(FIRST, ALLELES), "II": binding({"W" * 15: [4.0]}, ("DRB1*01:01",))}
    return tumor(PEPTIDES, bindings, facts=Facts(**facts))


def table(given, likeness=NOTHING, every=False):
    pairs = pair_up(PEPTIDES, given.binding, given.facts, RULES)
    rows = ranked(pairs, PEPTIDES) if every else best_of_each(pairs, PEPTIDES)
    found = describe(rows, pairs, given, RULES, likeness)
    assert tuple(found.columns) == COLUMNS
    rows = zip(*(column.tolist() for column in found.columns.values()), strict=True)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def test_best_of_each_variant_and_class():
    rows = table(made())
    assert [(r["mhc_class"], r["rank"], r["peptide"], r["allele"], r["tier"]) for r in rows] == [
        ("I", 1, "CLCCCCCCL", "A*02:01", "top"),
        # the best binder of V1 differs at an anchor and its wild type binds: the next best stands for the variant
        ("I", 2, "AAAALAAAV", "A*02:01", "candidate"),
        ("II", 1, "W" * 15, "DRB1*01:01", "candidate"),
    ]
    assert rows[0]["anchor"] == "gained" and rows[1]["anchor"] == "outside" and rows[2]["anchor"] is None


def test_scores_of_a_row():
    row = table(made())[1]
    assert (row["ic50_nm"], row["ic50_wt_nm"], row["rank_wt_pct"]) == (100.0, 5000.0, 50.0)
    assert (row["dai_nm"], row["fold_change"]) == (4900.0, 50.0)
    assert row["amplitude"] == pytest.approx(50 / 2.5)
    assert (row["strong"], row["weak"], row["ic50_below_500"]) == (0.0, 1.0, 1.0)
    assert row["changed"] == "5" and row["hydrophobicity"] == pytest.approx((4 * 1.8 + 3.8) / 5)


def test_class_2_has_no_amplitude_and_no_wild_type_means_unknown():
    row = table(made())[2]
    for name in ("amplitude", "dai_nm", "fold_change", "ic50_wt_nm", "hydrophobicity", "hla_lost", "phbr"):
        assert np.isnan(row[name]), name
    assert row["wildtype"] is None


def test_anchors_differ_by_allele():
    """B*08:01 holds a peptide at 3, 5 and the end: the change at 5 is at an anchor, and its wild type binds."""
    rows = {(r["peptide"], r["allele"]): r for r in table(made(), every=True)}
    assert rows["AAAALAAAV", "B*08:01"]["anchor"] == "as_wildtype"
    assert rows["AAAALAAAV", "B*08:01"]["tier"] == "anchor"
    assert rows["ALAAAAAAV", "A*02:01"]["tier"] == "anchor"
    assert len(rows) == 7


def test_facts_move_candidates_down():
    expression = Expression({"G2": 0.0}, {"ENST1": 4.0})
    given = made(expression=expression, lost={"A*02:01": True, "B*08:01": False}, clonality={V1: "clonal"},
                 vaf={V1: 0.25}, ccf={V1: 0.9})  # fmt: skip
    first, second, _ = table(given)
    assert (first["peptide"], first["allele"], first["tier"]) == ("AAAALAAAV", "B*08:01", "anchor")
    assert (first["vaf"], first["ccf"], first["clonality"], first["expression_tpm"]) == (
        0.25,
        0.9,
        "clonal",
        4.0,
    )
    assert (second["tier"], second["hla_lost"]) == ("hla_lost", 1.0)
    assert np.isnan(second["vaf"]) and second["clonality"] is None and second["expression_tpm"] == 0.0


def test_likeness_is_of_the_mutated_peptide():
    scores = substitution_scores()
    rows = table(made(), Likeness(Similarity(["MAAAALAAAVM"], scores), None))
    assert rows[1]["self_similarity"] == 1.0 and rows[0]["self_similarity"] < 0.6
    assert np.isnan(rows[1]["pathogen_similarity"])


def test_the_order_of_the_input_does_not_matter():
    given = made()
    turned = PEPTIDES[::-1]
    other = tumor(turned, given.binding)
    pairs = pair_up(turned, other.binding, other.facts, RULES)
    found = describe(ranked(pairs, turned), pairs, other, RULES, Likeness()).columns
    own = pair_up(PEPTIDES, given.binding, given.facts, RULES)
    expected = describe(ranked(own, PEPTIDES), own, given, RULES, Likeness()).columns
    assert all(np.array_equal(found[n].astype(str), expected[n].astype(str)) for n in COLUMNS)


def test_no_peptide_gives_an_empty_table():
    none = tumor([], {"I": binding({}, ALLELES)})
    pairs = pair_up([], none.binding, none.facts, RULES)
    assert len(best_of_each(pairs, [])) == 0
    assert len(describe(best_of_each(pairs, []), pairs, none, RULES, Likeness())) == 0
