"""Types from a text and from the files of the programs that type HLA, in their own layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.errors import InputError
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.io.hla_import import parse_types, read_types
from wes_biomarkers.io.hla_types import write_hla_types

OPTITYPE = (
    "\tA1\tA2\tB1\tB2\tC1\tC2\tReads\tObjective\n"
    "0\tA*02:01\tA*02:01\tB*07:02\tB*44:02\tC*05:01\tC*07:02\t1127.0\t1095.44\n"
    "1\tA*01:01\tA*02:01\tB*07:02\tB*44:02\tC*05:01\tC*07:02\t1120.0\t1090.1\n"
)
ARCASHLA = """{"A": ["A*02:01:01"], "B": ["B*07:02:01", "B*44:02:01"], "C": ["C*05:01:01", "C*07:02:01"],
"DRB1": ["DRB1*15:01:01", "DRB1*04:01:01"], "DRB3": ["DRB3*01:01:02"], "E": ["E*01:01:01", "E*01:03:02"]}"""
HLAHD = (
    "A\tHLA-A*02:01:01\t-\n"
    "B\tHLA-B*07:02:01\tHLA-B*44:02:01\n"
    "C\tHLA-C*05:01:01\tHLA-C*07:02:01\n"
    "DRB1\tHLA-DRB1*15:01:01\tHLA-DRB1*04:01:01\n"
    "DQA1\tNot typed\tNot typed\n"
    "DRB3\tNot typed\tNot typed\n"
)
LILAC_COLUMNS = (
    "Allele\tRefTotal\tRefUnique\tRefShared\tRefWild\tTumorTotal\tTumorCopyNumber\tSomaticMissense\n"
)
LILAC = LILAC_COLUMNS + "".join(
    f"{name}\t100\t40\t60\t0\t120\t1.02\t0.0\n"
    for name in ("A*02:01", "A*02:01", "B*07:02", "B*44:02", "C*05:01", "C*07:02")
)


def names(types: dict[str, LocusType]) -> dict[str, tuple[str, ...]]:
    return {
        locus: tuple(str(allele.two_field) for allele in found.alleles or ())
        for locus, found in types.items()
    }


CLASS_I = {"A": ("A*02:01", "A*02:01"), "B": ("B*07:02", "B*44:02"), "C": ("C*05:01", "C*07:02")}
DRB1 = {"DRB1": ("DRB1*04:01", "DRB1*15:01")}


@pytest.mark.parametrize(
    ("name", "text", "source", "expected"),
    [
        ("s1_result.tsv", OPTITYPE, "optitype", CLASS_I),
        ("s1.genotype.json", ARCASHLA, "arcashla", CLASS_I | DRB1),
        ("s1_final.result.txt", HLAHD, "hlahd", CLASS_I | DRB1),
        ("s1.lilac.tsv", LILAC, "lilac", CLASS_I),
    ],
)
def test_each_program_is_recognised(
    tmp_path: Path, name: str, text: str, source: str, expected: dict
) -> None:
    path = tmp_path / name
    path.write_text(text)
    types = read_types(path)
    assert names(types) == expected
    assert {found.source for found in types.values()} == {source}
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert read_types(path) == types


def test_our_own_table_is_read_as_it_is(tmp_path: Path) -> None:
    own = {
        "A": LocusType(
            "A", parse_allele("A*02:01:01:01"), parse_allele("A*03:01"), n_read=40, confidence="high"
        )
    }
    write_hla_types(tmp_path / "hla.tsv", {"S1": own})
    assert read_types(tmp_path / "hla.tsv") == own


def test_a_locus_without_a_type_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "result.tsv"
    path.write_text(OPTITYPE.replace("B*07:02\tB*44:02", "\t"))
    assert list(read_types(path)) == ["A", "C"]


def test_types_of_the_sheet_in_old_and_new_names() -> None:
    types = parse_types("HLA-A*02:01; A0201;B*07:02,B4402;DRB1*15:01:01:01;DRB10401;E*01:01")
    assert names(types) == {"A": ("A*02:01", "A*02:01"), "B": ("B*07:02", "B*44:02")} | DRB1
    assert types["A"].source == "sheet"


def test_one_allele_of_a_locus_leaves_it_unknown() -> None:
    types = parse_types("A*02:01;B*07:02;B*07:02")
    assert types["A"].alleles is None
    assert types["A"].status == "not_evaluable" and "twice" in types["A"].reason
    assert types["B"].homozygous


def test_every_refused_name_is_listed() -> None:
    with pytest.raises(InputError) as caught:
        parse_types("A2;B*07:02;Cw4;nonsense", "--types")
    assert [fault.value for fault in caught.value.faults] == ["A2", "Cw4", "nonsense"]
    assert {fault.file for fault in caught.value.faults} == {"--types"}
    with pytest.raises(InputError, match="more than two alleles of A"):
        parse_types("A*01:01;A*02:01;A*03:01")
    with pytest.raises(InputError, match="names no HLA allele"):
        parse_types(" ; ")


def test_refused_names_of_a_file_have_their_line(tmp_path: Path) -> None:
    path = tmp_path / "final.result.txt"
    path.write_text(HLAHD.replace("HLA-B*44:02:01", "B44"))
    with pytest.raises(InputError) as caught:
        read_types(path)
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [(2, "B44")]


@pytest.mark.parametrize("text", ["a\tb\n1\t2\n", "", "{}", "{broken", "<html>\n"])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    with pytest.raises(InputError, match="no table of HLA types"):
        read_types(path)


def test_arcashlas_table_of_several_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "genotypes.json"
    path.write_text('{"s1": {"A": ["A*01:01"]}, "s2": {"A": ["A*02:01"]}}')
    with pytest.raises(InputError, match="no genotype of one sample"):
        read_types(path)


def test_hlahd_may_begin_with_a_gene_it_could_not_read(tmp_path: Path) -> None:
    path = tmp_path / "s1_final.result.txt"
    path.write_text("A\tCouldn't read result file.\nB\tHLA-B*07:02:01\t-\n")
    types = read_types(path)
    assert set(types) == {"B"}
    assert types["B"].homozygous
