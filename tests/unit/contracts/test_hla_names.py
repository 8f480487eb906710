"""Names of HLA alleles: today's nomenclature, the one before 2010, and what is refused."""

from __future__ import annotations

import pytest

from wes_biomarkers.contracts.hla import LOCI, Allele, AlleleNameError, parse_allele, parse_alleles


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A*02:01", "A*02:01"),
        ("HLA-A*02:01:01:01", "A*02:01:01:01"),
        ("HLA-A02:01", "A*02:01"),
        (" a*02:01 ", "A*02:01"),
        ("A0201", "A*02:01"),
        ("A*0201", "A*02:01"),
        ("HLA-A0201", "A*02:01"),
        ("A*020101", "A*02:01:01"),
        ("A*9201", "A*02:101"),
        ("B9530", "B*15:130"),
        ("Cw*0702", "C*07:02"),
        ("CW0702", "C*07:02"),
        ("DRB1*15:01:01:01", "DRB1*15:01:01:01"),
        ("DRB10101", "DRB1*01:01"),
        ("DRB1_1501", "DRB1*15:01"),
        ("HLA-DRB101:01", "DRB1*01:01"),
        ("DPB10402", "DPB1*04:02"),
        ("DPB1*104:01", "DPB1*104:01"),
        ("hla_a_24_02_01_02l", "A*24:02:01:02L"),
        ("A*24:09N", "A*24:09N"),
        ("A*02:01:01G", "A*02:01:01"),
        ("A*02:01P", "A*02:01"),
        ("MICA*002:01", "MICA*002:01"),
        ("SIMA*01:01", "SIMA*01:01"),
        ("SIMDRB1*01:02:01", "SIMDRB1*01:02:01"),
    ],
)
def test_names_are_normalised(text: str, name: str) -> None:
    assert str(parse_allele(text)) == name


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        *((name, "serotype") for name in ("A2", "HLA-A2", "B44", "Cw4", "Cw10", "DR15", "DR4", "DQ8", "DPw1", "Bw4")),
        *((name, "low resolution") for name in ("A*02", "DRB1*15", "C*07", "A203")),
        *((name, "several alleles") for name in ("A*02:01/02:09", "A*02:XX", "A*02:AB", "A*02:01,A*02:09")),
        *((name, "several names") for name in ("A31011", "A02101", "DPB110401")),
        ("DPB1*0203", "2010"),
        ("A*2:1", "fields"),
        ("A*01:01:01:01:01", "fields"),
        ("", "empty"),
        *((name, "no name") for name in ("KRAS", "D*01:01", "A*02:01Z", "SIMA0101", "A*", "HLA")),
    ],
)  # fmt: skip
def test_what_is_no_allele_is_refused_with_rule_and_remedy(text: str, rule: str) -> None:
    with pytest.raises(AlleleNameError, match=rule) as caught:
        parse_allele(text)
    assert caught.value.remedy


def test_an_allele_knows_its_locus_class_and_protein() -> None:
    allele = parse_allele("SIMDRB1*01:02:03")
    assert (allele.locus, allele.mhc_class, allele.synthetic, allele.null) == ("DRB1", "II", True, False)
    assert str(allele.two_field) == "SIMDRB1*01:02"
    assert [parse_allele(f"{locus}*01:01").mhc_class for locus in LOCI] == ["I"] * 3 + ["II"] * 5


def test_null_stays_null_at_two_fields_and_other_letters_stay_with_their_own_name() -> None:
    assert str(parse_allele("A*01:01:01:02N").two_field) == "A*01:01N"
    assert str(parse_allele("A*24:02:01:02L").two_field) == "A*24:02"
    assert str(parse_allele("A*30:14L").two_field) == "A*30:14L"


def test_a_list_of_names() -> None:
    assert parse_alleles("HLA-A*02:01; B0702;") == (Allele("A", ("02", "01")), Allele("B", ("07", "02")))
    assert parse_alleles("A0201,A0301", ",")[1] == Allele("A", ("03", "01"))
    with pytest.raises(AlleleNameError):
        parse_alleles("A*02:01;B44")


def test_digits_of_other_scripts_are_no_name() -> None:
    with pytest.raises(AlleleNameError):
        parse_allele("A*\u0660\u0661:\u0660\u0661")
