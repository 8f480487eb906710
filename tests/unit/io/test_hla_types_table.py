"""hla.tsv: what is written is read, and what is wrong is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.errors import InputError
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.io.hla_types import COLUMNS, read_hla_types, write_hla_types

A1, A2, N = parse_allele("A*01:01:01:01"), parse_allele("A*02:01"), parse_allele("A*24:09N")
TYPES = {
    "A": LocusType("A", A1, A2, 120, 40, 38, 42, A1, N, 0.125, (N,), (), "high"),
    "DPB1": LocusType("DPB1", status="not_evaluable", reason="no read", n_read=0),
}


def test_types_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "hla.tsv"
    write_hla_types(path, {"S1": TYPES})
    assert path.read_text().splitlines()[0].split("\t") == list(COLUMNS)
    assert read_hla_types(path) == TYPES
    assert read_hla_types(path, "S1") == TYPES


def test_one_sample_of_several(tmp_path: Path) -> None:
    path = tmp_path / "hla.tsv"
    write_hla_types(path, {"S1": TYPES, "S2": {"A": TYPES["A"]}})
    assert list(read_hla_types(path, "S2")) == ["A"]
    with pytest.raises(InputError, match="2 samples"):
        read_hla_types(path)
    with pytest.raises(InputError, match="no row of the sample"):
        read_hla_types(path, "S3")


def test_a_table_of_alleles_alone_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "hla.tsv"
    path.write_text("locus\tallele_1\tallele_2\nA\tA0101\tHLA-A*02:01\n")
    assert read_hla_types(path)["A"].alleles == (parse_allele("A*01:01"), A2)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("A\tA2\tA*02:01\tok\t1", "allele_1 is a serotype"),
        ("A\tB*07:02\tA*02:01\tok\t1", "of another locus"),
        ("A\tA*01:01\tA*02:01\tgood\t1", "status is none of"),
        ("A\tA*01:01\tA*02:01\tok\tmany", "n_read is no count"),
        ("A\tA*01:01\tA*02:01\tok\t1.5", "n_read is no count"),
        ("DRB3\tA*01:01\tA*02:01\tok\t1", "locus is none of"),
        ("A\tA*01:01\tA*02:01", "not as many cells as the heading"),
        ("A\tA*01:01\tA*02:01\tok\t1\nA\tA*01:01\tA*02:01\tok\t1", "a second time"),
    ],
)
def test_impossible_rows_are_refused(tmp_path: Path, row: str, rule: str) -> None:
    path = tmp_path / "hla.tsv"
    path.write_text(f"locus\tallele_1\tallele_2\tstatus\tn_read\n{row}\n")
    with pytest.raises(InputError, match=rule):
        read_hla_types(path)


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hla.tsv"
    path.write_text("chrom\tstart\n1\t2\n")
    with pytest.raises(InputError, match="lacks the columns locus, allele_1, allele_2"):
        read_hla_types(path)


def test_a_locus_with_one_allele_is_not_evaluable(tmp_path: Path) -> None:
    path = tmp_path / "hla.tsv"
    path.write_text("locus\tallele_1\tallele_2\tstatus\nA\tA*01:01\t\tok\n")
    found = read_hla_types(path)["A"]
    assert found.status == "not_evaluable"
    assert "names it twice" in found.reason
