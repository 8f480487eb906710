"""Burden per variant, what is unknown, and PHBR, against counts by hand."""

import numpy as np
import pytest
from neoantigen_cases import V1, V2, V3, binding, peptide, tumor

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.io.neoantigens import read_rules
from wes_biomarkers.neoantigens.burden import compute_neoantigens, phbr_of_variants, protein_changing
from wes_biomarkers.neoantigens.candidates import Facts, pair_up
from wes_biomarkers.neoantigens.molecules import Molecules, molecules_of
from wes_biomarkers.neoantigens.peptides import PeptideSet, Skipped
from wes_biomarkers.neoantigens.phbr import harmonic_best_rank
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW, SAME_PROTEIN
from wes_biomarkers.neoantigens.translation import INCOMPLETE

RULES = read_rules()
ALLELES = ("A*02:01", "B*07:02")
PEPTIDES = [
    peptide("AAAAAAAAA", V1, "AAAACAAAA"),
    peptide("AAAAAAAAL", V1, "AAAACAAAL"),
    peptide("CCCCCCCCC", V2, "CCCCDCCCC"),
    peptide("DDDDDDDDD", V3, consequence="frameshift_variant"),
]
#: V1: two binders of both alleles, one strong; V2: a weak binder of B; V3: none.
RANKS = {"AAAAAAAAA": [0.4, 1.0], "AAAAAAAAL": [1.5, 9.0], "CCCCCCCCC": [8.0, 2.0], "DDDDDDDDD": [50.0, 60.0],
         "AAAACAAAA": [9.0, 9.0], "AAAACAAAL": [9.0, 9.0], "CCCCDCCCC": [9.0, 9.0]}  # fmt: skip


def record(peptides=PEPTIDES, ranks=RANKS, alleles=ALLELES, **changes):
    made = tumor(list(peptides), {"I": binding(ranks, alleles)}, **changes)
    return compute_neoantigens(made, pair_up(made.peptides, made.binding, made.facts, RULES))


def test_variants_are_counted_not_peptides():
    made = record(callable_mb=4.0)
    assert made.status == "ok"
    values = made.values
    assert (values["n_neoantigen"], values["n_neoantigen_strong"], values["n_neoantigen_frameshift"]) == (
        2,
        1,
        0,
    )
    assert values["n_neoantigen_per_mb"] == 0.5
    assert values["n_neoantigen_per_nonsyn"] == pytest.approx(2 / 3)
    assert (values["n_nonsyn"], made.numerator, made.denominator) == (3, 2, 4.0)


def test_thresholds_include_their_value():
    peptides = [peptide("AAAAAAAAA")]
    strong, weak, none = (
        record(peptides, {"AAAAAAAAA": [rank]}, ("A*02:01",)).values for rank in (0.5, 2.0, 2.01)
    )
    assert (strong["n_neoantigen"], strong["n_neoantigen_strong"]) == (1, 1)
    assert (weak["n_neoantigen"], weak["n_neoantigen_strong"]) == (1, 0)
    assert none["n_neoantigen"] == 0


def test_what_is_not_given_is_unknown():
    values = record().values
    for name in ("n_neoantigen_clonal", "n_neoantigen_hla_loh_adj", "n_neoantigen_per_mb", "phbr_i",
                 "n_neoantigen_ii", "n_neoantigen_strong_ii", "phbr_ii"):  # fmt: skip
        assert values[name] is None, name


def test_clonal_burden():
    def clonal(**classes):
        return record(facts=Facts(clonality={V1: classes["v1"], V2: classes["v2"], V3: "clonal"})).values[
            "n_neoantigen_clonal"
        ]

    assert clonal(v1="clonal", v2="subclonal") == 1
    assert clonal(v1="subclonal", v2="indeterminate") == 0
    assert clonal(v1="indeterminate", v2="indeterminate") is None
    assert record(facts=Facts(clonality={})).values["n_neoantigen_clonal"] is None


def test_burden_of_the_alleles_the_tumour_keeps():
    def adjusted(a, b):
        return record(facts=Facts(lost={"A*02:01": a, "B*07:02": b})).values["n_neoantigen_hla_loh_adj"]

    assert adjusted(False, False) == 2
    assert adjusted(False, True) == 1  # V2 binds B alone
    assert adjusted(True, False) == 2
    assert adjusted(True, True) == 0
    assert adjusted(None, False) == 2  # whatever became of A, both bind B
    assert adjusted(False, None) is None  # V2 hangs on B
    assert record(facts=Facts(lost={})).values["n_neoantigen_hla_loh_adj"] is None


def test_frameshift_burden():
    ranks = RANKS | {"DDDDDDDDD": [1.9, 60.0]}
    assert record(ranks=ranks).values["n_neoantigen_frameshift"] == 1


def test_no_type_is_not_evaluable():
    made = record(alleles=(), ranks={name: [] for name in RANKS})
    assert made.status == "not_evaluable" and "no HLA class I allele" in made.reason
    assert made.values["n_neoantigen"] is None and made.values["n_nonsyn"] == 3


def test_no_model_is_not_evaluable():
    made = record(ranks={name: [np.nan, np.nan] for name in RANKS})
    assert made.status == "not_evaluable" and "a model of none" in made.reason


def test_types_and_no_peptide_is_a_measured_zero():
    made = record(peptides=[], ranks={})
    assert made.status == "ok"
    assert made.values["n_neoantigen"] == made.values["n_neoantigen_strong"] == 0
    assert made.values["n_neoantigen_per_nonsyn"] is None and made.values["phbr_i"] is None
    assert record(peptides=[], ranks={}, callable_mb=2.0).values["n_neoantigen_per_mb"] == 0.0


def test_flags_of_alleles_and_incomplete_types():
    ranks = {name: [rank[0], np.nan] for name, rank in RANKS.items()}
    part = binding(ranks, ALLELES, {"B*07:02": ("unsupported_allele",)})
    made = tumor(PEPTIDES, {"I": part}, flags=("synthetic",))
    found = compute_neoantigens(made, pair_up(PEPTIDES, made.binding, made.facts, RULES))
    assert found.flags == ("hla_incomplete", "synthetic", "unsupported_allele")
    assert found.values["n_neoantigen"] == 1


def test_class_2_has_its_own_thresholds_and_columns():
    second = [peptide("A" * 15, V1, mhc_class="II"), peptide("C" * 15, V2, mhc_class="II")]
    ranks = {"A" * 15: [1.0], "C" * 15: [5.0]}
    made = tumor([*PEPTIDES, *second], {"I": binding(RANKS, ALLELES), "II": binding(ranks, ("DRB1*01:01",))})
    values = compute_neoantigens(made, pair_up(made.peptides, made.binding, made.facts, RULES)).values
    assert (values["n_neoantigen_ii"], values["n_neoantigen_strong_ii"], values["n_neoantigen"]) == (2, 1, 2)
    assert values["phbr_ii"] is None  # DQ and DP are not known


def test_harmonic_mean_by_hand():
    assert harmonic_best_rank(np.array([[0.5, 1, 2, 4, 8, 16]]), 6)[0] == pytest.approx(6 / 3.9375)
    assert harmonic_best_rank(np.array([[3.0] * 12]), 12)[0] == pytest.approx(3.0)
    # a null allele: five alleles present, the sixth has an endless rank
    assert harmonic_best_rank(np.array([[2.0] * 5]), 6)[0] == pytest.approx(6 / 2.5)
    assert np.isnan(harmonic_best_rank(np.array([[2.0] * 5 + [np.nan]]), 6)[0])


def test_phbr_takes_each_alleles_best_rank_and_homozygous_ones_twice():
    alleles = ("A*02:01", "B*07:02", "B*08:01", "C*07:01", "C*07:02")
    ranks = {"AAAAAAAAA": [1.0, 4.0, 2.0, 8.0, 8.0], "AAAAAAAAL": [3.0, 2.0, 2.0, 8.0, 1.0]}
    peptides = [peptide("AAAAAAAAA"), peptide("AAAAAAAAL")]
    first = Molecules("I", ("A*02:01", *alleles), True)
    made = tumor(
        peptides, {"I": binding(ranks, alleles)}, molecules={"I": first, "II": Molecules("II", (), False)}
    )
    pairs = pair_up(peptides, made.binding, made.facts, RULES)
    # best: A 1 (twice), B 2, 2, C 8, 1
    assert phbr_of_variants(made, pairs, "I") == {V1: pytest.approx(6 / (1 + 1 + 0.5 + 0.5 + 0.125 + 1))}


def test_molecules_of_types():
    types = {
        locus: [parse_allele(name) for name in names]
        for locus, names in {
            "A": ["A*02:01:01", "A*02:01"], "B": ["B*07:02", "B*15:01N"], "C": ["C*07:02", "C*03:04"],
            "DRB1": ["DRB1*01:01", "DRB1*03:01"], "DQA1": ["DQA1*01:01", "DQA1*05:01"],
            "DQB1": ["DQB1*02:01", "DQB1*05:01"], "DPA1": ["DPA1*01:03", "DPA1*02:01"],
            "DPB1": ["DPB1*04:01", "DPB1*02:01"],
        }.items()
    }  # fmt: skip
    first, second = molecules_of(types)
    assert first.names == ("A*02:01", "A*02:01", "B*07:02", "C*07:02", "C*03:04") and first.complete
    assert len(second.names) == 12 and len(second.distinct) == 10 and second.complete and not second.synthetic
    first, second = molecules_of({"A": [parse_allele("SIMA*01:01")], "DRB1": []})
    assert (first.names, first.complete, first.synthetic) == (("SIMA*01:01",), False, True)
    assert (second.names, second.complete) == ((), False)


def test_variants_that_change_a_protein_without_a_peptide_count():
    skipped = (Skipped(V2, "t", NOTHING_NEW), Skipped(V3, "t", SAME_PROTEIN), Skipped(V3, "u", INCOMPLETE))
    assert protein_changing(PeptideSet((peptide("AAAAAAAAA", V1),), (), skipped)) == (V1, V2)
