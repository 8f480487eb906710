from dataclasses import dataclass, field

import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.neoantigens.binding import BINDING_FLAGS, is_usual, predict_binding
from wes_biomarkers.neoantigens.heterodimers import class_2_molecules
from wes_biomarkers.neoantigens.nearest import nearest_allele, pocket
from wes_biomarkers.neoantigens.ranks import PERCENTS, BackgroundRanks, condense
from wes_biomarkers.neoantigens.smmpmbec import Smmpmbec


@dataclass
class Counting:
    """A predictor of two alleles that notes what it is asked: IC50 is the sum of the letters' codes."""

    name: str = "counting"
    version: str = "1"
    asked: list = field(default_factory=list)

    def supports(self, allele):
        return allele in ("A*02:01", "B*07:02")

    def predict(self, peptides, allele):
        self.asked.append((allele, tuple(peptides)))
        return np.array([sum(map(ord, p)) + (allele == "B*07:02") for p in peptides], float)


@dataclass
class Halving:
    background: str = "half of it"

    def rank(self, peptides, ic50_nm, allele):
        return ic50_nm / 2


def test_each_distinct_pair_is_predicted_once():
    predictor = Counting()
    binding = predict_binding(["AAA", "CCC", "AAA"], ["A*02:01", "A*02:01", "B*07:02"], predictor, Halving())
    assert predictor.asked == [("A*02:01", ("AAA", "CCC")), ("B*07:02", ("AAA", "CCC"))]
    assert (binding.peptides, binding.alleles) == (("AAA", "CCC"), ("A*02:01", "B*07:02"))
    assert binding.ic50_nm.tolist() == [[195, 196], [201, 202]]
    assert binding.rank_pct.tolist() == [[97.5, 98], [100.5, 101]]
    assert binding.used == binding.alleles and binding.flags == {} and binding.n_unusual == 0


def test_unusual_peptides_are_unknown_and_counted():
    binding = predict_binding(["AAA", "AUA", "AXA", "BBB", "ZZZ", "aaa"], ["A*02:01"], Counting(), Halving())
    assert np.isnan(binding.ic50_nm[:, 0]).tolist() == [False, True, True, True, True, True]
    assert np.isnan(binding.rank_pct).tolist() == np.isnan(binding.ic50_nm).tolist()
    assert binding.n_unusual == 5


def test_an_unsupported_allele_keeps_its_column():
    binding = predict_binding(["AAA"], ["C*99:01", "A*02:01"], Counting(), Halving())
    assert binding.used == (None, "A*02:01")
    assert binding.flags == {"C*99:01": ("unsupported_allele",)}
    assert np.isnan(binding.ic50_nm[0, 0]) and binding.ic50_nm[0, 1] == 195


def test_the_nearest_allele_only_if_asked_and_flagged():
    predictor = Counting()
    near = {"A*02:99": "A*02:01"}.get
    binding = predict_binding(["AAA"], ["A*02:01", "A*02:99", "C*99:01"], predictor, Halving(), nearest=near)
    assert binding.used == ("A*02:01", "A*02:01", None)
    assert binding.flags == {"A*02:99": ("nearest_allele",), "C*99:01": ("unsupported_allele",)}
    assert binding.ic50_nm[0, 1] == 195
    assert len(predictor.asked) == 1, "the same model is not asked twice"


def test_an_invented_allele_borrows_and_says_so():
    borrowed = {"SIMA*01:01": "A*02:01", "SIMA*01:02": "A*02:99"}
    binding = predict_binding(
        ["AAA"], ["SIMA*01:01", "SIMA*01:02", "SIMB*01:01"], Counting(), Halving(), borrowed=borrowed
    )
    assert binding.used == ("A*02:01", None, None)
    assert binding.flags == {
        "SIMA*01:01": ("synthetic_hla",),
        "SIMA*01:02": ("synthetic_hla", "unsupported_allele"),
        "SIMB*01:01": ("unsupported_allele",),
    }
    assert {flag for flags in binding.flags.values() for flag in flags} <= set(BINDING_FLAGS)


def test_null_alleles_are_refused_by_name_all_at_once():
    with pytest.raises(InputError) as error:
        predict_binding(["AAA"], ["A*24:09N", "A*02:01", "DQA1*01:01-DQB1*05:41N"], Counting(), Halving())
    assert [fault.value for fault in error.value.faults] == ["A*24:09N", "DQA1*01:01-DQB1*05:41N"]


def test_nothing_to_predict():
    binding = predict_binding([], ["A*02:01"], Counting(), Halving())
    assert binding.ic50_nm.shape == (0, 1)
    assert predict_binding(["AAA"], [], Counting(), Halving()).ic50_nm.shape == (1, 0)


def test_twelve_molecules_of_class_2():
    alleles = {
        "DRB1": ["DRB1*01:01", "DRB1*03:01"],
        "DQA1": ["DQA1*01:01", "DQA1*05:01"],
        "DQB1": ["DQB1*02:01", "DQB1*05:01"],
        "DPA1": ["DPA1*01:03", "DPA1*01:03"],
        "DPB1": ["DPB1*04:01", "DPB1*02:01"],
    }
    molecules = class_2_molecules(alleles)
    assert len(molecules) == 12 and molecules.count("DRB1*03:01") == 2
    assert molecules.count("DPA1*01:03-DPB1*04:01") == 2
    assert sum(molecule.startswith("DQA1") for molecule in set(molecules)) == 4
    assert class_2_molecules({"DQA1": ["DQA1*01:01"]}) == ()


def test_a_rank_is_the_share_of_the_background_that_binds_better():
    rng = np.random.default_rng(5)
    affinity = dict(zip([f"P{i}" for i in range(5000)], np.exp(rng.normal(8, 2, 5000)), strict=True))
    predictor = Counting()
    predictor.predict = lambda peptides, allele: np.array([affinity[p] for p in peptides])
    kept = []
    ranks = BackgroundRanks(
        predictor, list(affinity), "5,000 of them", keep=lambda tables: kept.append(set(tables))
    )
    asked = np.array([*np.quantile(list(affinity.values()), [0.004, 0.02, 0.5]), 1e-9, 1e9, np.nan])
    found = ranks.rank(["?"] * len(asked), asked, "A*02:01")
    exact = [100 * np.mean(np.array(list(affinity.values())) < ic50) for ic50 in asked[:3]]
    assert found[:3] == pytest.approx(exact, rel=0.01, abs=0.02)
    assert found[3] == PERCENTS[0] and found[4] == 100 and np.isnan(found[5])
    assert kept == [{"A*02:01"}]


def test_ranks_rise_with_the_affinity():
    table = condense(np.random.default_rng(1).lognormal(8, 2, 20_000))
    assert (np.diff(table) > 0).all() and (np.diff(PERCENTS) > 0).all()
    assert np.isnan(condense(np.array([np.nan, np.nan]))).all()


def test_a_matrix_adds_what_each_residue_brings():
    matrix = np.zeros((4, 20))
    matrix[0, 0], matrix[1, 1], matrix[2, 19], matrix[3, 0] = 0.5, -0.25, 1, 2
    predictor = Smmpmbec({("A*02:01", 3): matrix, ("B*07:02", 9): np.zeros((10, 20))}, "1")
    found = predictor.predict(["ACY", "DDD", "AC", "ACX"], "A*02:01")
    assert found[:2] == pytest.approx([10**3.25, 100]) and np.isnan(found[2:]).all()
    assert predictor.supports("B*07:02") and not predictor.supports("C*07:02")


def test_the_nearest_allele_is_of_the_same_gene_with_fewest_pocket_differences():
    base = "M" * 24 + "A" * 200
    proteins = {
        "A*01:01": base,
        "A*02:01": base[:30] + "CC" + base[32:],  # mature 7 and 8: one in the pocket
        "A*03:01": base[:30] + "C" + base[31:47] + "C" + base[48:],  # mature 7 and 24
        "B*07:02": base,
    }
    assert pocket("A*02:01", proteins["A*02:01"]).count("C") == 1
    assert nearest_allele("A*01:01", ["A*02:01", "A*03:01", "B*07:02"], proteins) == "A*02:01"
    assert nearest_allele("A*01:01", ["B*07:02"], proteins) is None
    assert nearest_allele("A*99:01", ["A*02:01"], proteins) is None
    proteins |= {"DQA1*01:01": "M" * 200, "DQB1*02:01": "M" * 200, "DQB1*02:02": "M" * 40 + "K" * 160}
    supported = ["DQA1*01:01-DQB1*02:01", "DQB1*02:01"]
    assert nearest_allele("DQA1*01:01-DQB1*02:02", supported, proteins) == supported[0]


@pytest.mark.parametrize("peptide", ["", "GILGFVFT*", "gilgfvftl", "GILG FVF"])
def test_what_is_no_usual_peptide(peptide):
    assert not is_usual(peptide)
