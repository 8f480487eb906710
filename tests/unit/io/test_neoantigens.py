"""neoantigens.tsv, thresholds, epitopes and HLA loss as files."""

import numpy as np
import pytest
from neoantigen_cases import V1, binding, peptide, tumor

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.neoantigens import (
    lost_alleles,
    read_epitopes,
    read_neoantigens,
    read_rules,
    write_neoantigens,
)
from wes_biomarkers.neoantigens.candidates import best_of_each, pair_up
from wes_biomarkers.neoantigens.ranked_table import COLUMNS, Likeness, RankedTable, describe

HEADING = "pair_id\tlocus\tallele_1\tallele_2\tstate\tlost_allele\n"


def test_the_table_is_read_as_written(tmp_path):
    made = tumor(
        [peptide("SIINFEKL", V1, "SIIKFEKL")],
        {"I": binding({"SIINFEKL": [1 / 3], "SIIKFEKL": [9]}, ("A*02:01",))},
    )
    pairs = pair_up(made.peptides, made.binding, made.facts, read_rules())
    table = describe(best_of_each(pairs, made.peptides), pairs, made, read_rules(), Likeness())
    write_neoantigens(tmp_path / "n.tsv", table)
    back = read_neoantigens(tmp_path / "n.tsv")
    for name in COLUMNS:
        own, other = table.columns[name], back.columns[name]
        if own.dtype == object:
            assert own.tolist() == other.tolist(), name
        else:
            assert other == pytest.approx(own, rel=1e-5, nan_ok=True), name
    cells = dict(zip(COLUMNS, (tmp_path / "n.tsv").read_text().splitlines()[1].split("\t"), strict=True))
    assert (cells["rank"], cells["start"], cells["strong"], cells["hla_lost"]) == ("1", "100", "1", "")


def test_an_empty_table(tmp_path):
    write_neoantigens(tmp_path / "n.tsv", RankedTable())
    assert len(read_neoantigens(tmp_path / "n.tsv")) == 0


def test_faults_of_the_table(tmp_path):
    (tmp_path / "n.tsv").write_text("a\tb\n")
    with pytest.raises(InputError, match="not the columns"):
        read_neoantigens(tmp_path / "n.tsv")
    cells = ["x" if name == "rank_pct" else "" for name in COLUMNS]
    (tmp_path / "n.tsv").write_text("\t".join(COLUMNS) + "\n" + "\t".join(cells) + "\n1\t2\n")
    with pytest.raises(InputError) as caught:
        read_neoantigens(tmp_path / "n.tsv")
    assert [fault.row for fault in caught.value.faults] == [2, 3]


def test_epitopes_of_a_fasta_or_a_list(tmp_path):
    (tmp_path / "f.fa").write_text(">a\nSIIN\nFEKL\n>b\nGILGFVFTL*\n")
    assert read_epitopes(tmp_path / "f.fa") == ("SIINFEKL", "GILGFVFTL")
    (tmp_path / "f.txt").write_text("# IEDB\nsiinfekl\tovalbumin\nGILGFVFTL,flu\n\n")
    assert read_epitopes(tmp_path / "f.txt") == ("SIINFEKL", "GILGFVFTL")
    (tmp_path / "f.txt").write_text("SIIN3\n12\n")
    with pytest.raises(InputError) as caught:
        read_epitopes(tmp_path / "f.txt")
    assert len(caught.value.faults) == 2
    (tmp_path / "f.txt").write_text("# none\n")
    with pytest.raises(InputError, match="holds no sequence"):
        read_epitopes(tmp_path / "f.txt")


def test_lost_alleles(tmp_path):
    path = tmp_path / "hla_loh.tsv"
    path.write_text(
        HEADING
        + "p\tA\tA*02:01:01\tA*24:02\tloss\tA*24:02\n"
        + "p\tB\tB*07:02\tB*07:02\thomozygous\t\n"
        + "p\tC\tC*07:02\tC*03:04\treview\t\n"
        + "q\tA\tA*01:01\tA*03:01\tkept\t\n"
    )
    assert lost_alleles(path, "p") == {
        "A*02:01": False, "A*24:02": True, "B*07:02": False, "C*07:02": None, "C*03:04": None,
    }  # fmt: skip
    with pytest.raises(InputError, match="several pairs"):
        lost_alleles(path)
    assert lost_alleles(path, "q") == {"A*01:01": False, "A*03:01": False}


def test_faults_of_hla_loss(tmp_path):
    path = tmp_path / "hla_loh.tsv"
    path.write_text("locus\tstate\n")
    with pytest.raises(InputError, match="allele_1"):
        lost_alleles(path)
    path.write_text(HEADING + "p\tA\tA2\tA*24:02\tloss\tA*24:02\np\tB\tB*07:02\tB*08:01\tgone\t\n"
                    "p\tC\tC*07:02\tC*03:04\tloss\tC*01:02\n")  # fmt: skip
    with pytest.raises(InputError) as caught:
        lost_alleles(path)
    assert [fault.row for fault in caught.value.faults] == [2, 3, 4]


def test_thresholds_are_those_of_the_definitions():
    rules = read_rules()
    assert dict(rules.strong_rank) == {"I": 0.5, "II": 1.0} and dict(rules.weak_rank) == {"I": 2.0, "II": 5.0}
    assert (rules.affine_nm, rules.amplitude_constant) == (500.0, 0.0003)
    assert rules.anchors["default"] == (2, -1) and rules.anchors["B*08:01"] == (3, 5, -1)
    assert np.isin(["top", "hla_lost"], rules.tiers.order).all()
