"""Which types count, where sources disagree, and the record."""

from __future__ import annotations

import pytest

from wes_biomarkers.contracts.biomarkers import VALUES
from wes_biomarkers.contracts.biomarkers.hla import BIOMARKERS
from wes_biomarkers.contracts.hla import parse_allele, parse_alleles
from wes_biomarkers.features.hla_diversity import Diversity
from wes_biomarkers.features.hla_types import Labels, LocusType, choose_types, hla_record, types_of

NOTHING = Diversity({}, {}, {})
LABELS = Labels("P1", pair_id="P1_T_vs_P1_N")


def types(text: str, source: str = "typed", **more) -> dict[str, LocusType]:
    from dataclasses import replace

    return {locus: replace(found, **more) for locus, found in types_of(parse_alleles(text), source).items()}


def kinds(normal=None, tumor=None, given=None) -> list[tuple[str, str]]:
    _, conflicts = choose_types(normal, tumor, given)
    return [(conflict.locus, conflict.kind) for conflict in conflicts]


def test_the_given_types_count_before_the_normals_and_those_before_the_tumours() -> None:
    given = types("A*01:01;A*02:01", "sheet")
    normal = types("A*01:01;A*02:01;B*07:02;B*08:01")
    tumor = types("A*01:01;A*02:01;B*07:02;B*08:01;C*07:01;C*07:02")
    chosen, conflicts = choose_types(normal, tumor, given)
    assert {locus: found.source for locus, found in chosen.items()} == {
        "A": "sheet",
        "B": "typed",
        "C": "tumor",
    }
    assert list(chosen) == ["A", "B", "C"]
    assert conflicts == ()


def test_a_locus_not_evaluable_in_the_normal_is_taken_from_the_tumour_and_else_keeps_its_reason() -> None:
    missing = {"A": LocusType("A", status="not_evaluable", reason="3 reads")}
    assert choose_types(missing, types("A*01:01;A*02:01"))[0]["A"].source == "tumor"
    assert choose_types(missing, missing)[0]["A"].reason == "3 reads"
    assert choose_types(None) == ({}, ())


@pytest.mark.parametrize(
    ("given", "typed", "expected"),
    [
        ("A*01:01;A*02:01", "A*02:01:01:01;A*01:01:01", []),
        ("A*01:01;A*02:01", "A*01:01;A*03:01", [("A", "typed")]),
        ("A*01:01;A*01:01", "A*01:01;A*02:01", [("A", "typed")]),
        ("A*24:09N;A*02:01", "A*24:02;A*02:01", [("A", "typed")]),
        ("A*01:01;A*02:01", "B*07:02;B*08:01", []),
    ],
)
def test_given_types_that_the_reads_do_not_show(given: str, typed: str, expected: list) -> None:
    assert kinds(normal=types(typed), given=types(given, "sheet")) == expected


def test_alleles_that_reads_cannot_tell_apart_agree() -> None:
    group = (parse_allele("A*02:09:01"), parse_allele("A*02:43N"))
    given = types("A*01:01;A*02:09", "sheet")
    assert kinds(normal=types("A*01:01;A*02:01", ambiguity_2=group), given=given) == []
    assert kinds(normal=types("A*01:01;A*02:01", ambiguity_1=group), given=given) == [("A", "typed")]


@pytest.mark.parametrize(
    ("tumor", "expected"),
    [
        ("A*02:01;A*01:01", []),
        ("A*01:01;A*01:01", [("A", "lost")]),
        ("A*01:01;A*03:01", [("A", "tumor")]),
        ("A*03:01;A*03:01", [("A", "tumor")]),
    ],
)
def test_a_tumours_typing_is_compared_with_the_persons(tumor: str, expected: list) -> None:
    assert kinds(normal=types("A*01:01;A*02:01"), tumor=types(tumor)) == expected
    assert kinds(tumor=types(tumor), given=types("A*01:01;A*02:01", "sheet")) == expected


def test_the_record_names_alleles_at_two_fields_and_every_value_is_declared() -> None:
    chosen, conflicts = choose_types(
        types("A*01:01:01:01;A*02:01;B*07:02;B*07:02;C*07:01;C*07:02;DRB1*15:01;DRB1*15:01"),
        types("A*01:01;A*01:01"),
    )
    record = hla_record(chosen, conflicts, LABELS, NOTHING)
    assert record.status == "ok"
    assert record.flags == ()
    assert record.values["hla_a_1"] == "A*01:01"
    assert (record.values["hla_b_1"], record.values["hla_b_2"]) == ("B*07:02", "B*07:02")
    assert record.values["hla_dpb1_1"] is None
    assert record.values["n_hla_homozygous"] == 1
    assert record.values["hla_source"] == ["typed"]
    assert record.values["hla_conflicts"] == ["A lost: A*01:01:01:01/A*02:01 chosen, A*01:01/A*01:01 found"]
    assert {("hla", name) for name in record.values} == {key for key in VALUES if key[0] == "hla"}
    assert {column.value for column in BIOMARKERS} <= record.values.keys()


def test_flags_tell_conflicts_sources_and_gaps() -> None:
    given = types("A*01:01;A*02:01", "sheet")
    normal = types("A*01:01;A*03:01;B*07:02;B*08:01", confidence="low")
    tumor = types("A*01:01;A*02:01;B*07:02;B*44:02;DRB1*15:01;DRB1*15:01")
    record = hla_record(*choose_types(normal, tumor, given), LABELS, NOTHING)
    assert set(record.flags) == {
        *("hla_conflict", "hla_from_tumor", "hla_incomplete", "hla_low_confidence", "hla_tumor_differs"),
    }


def test_an_invented_family_is_flagged() -> None:
    chosen, _ = choose_types(types("SIMA*01:01;SIMA*02:01"))
    record = hla_record(chosen, (), LABELS, NOTHING)
    assert "synthetic_hla" in record.flags
    assert record.values["hla_a_1"] == "SIMA*01:01"


def test_nothing_typed_is_not_evaluable_with_its_reasons() -> None:
    missing = {"A": LocusType("A", status="not_evaluable", reason="3 reads")}
    record = hla_record(missing, (), LABELS, NOTHING)
    assert (record.status, record.reason) == ("not_evaluable", "A: 3 reads")
    assert record.values["hla_a_1"] is None and record.values["n_hla_homozygous"] is None
    assert hla_record({}, (), LABELS, NOTHING).reason == "no HLA type is given or was typed"


def test_more_than_two_alleles_of_a_locus_are_refused() -> None:
    with pytest.raises(ValueError, match="more than two alleles of A"):
        types_of(parse_alleles("A*01:01;A*02:01;A*03:01"))


def test_a_lone_given_allele_that_the_reads_do_not_show_is_a_conflict() -> None:
    typed = {"A": LocusType("A", parse_allele("A*02:01"), parse_allele("A*03:01"))}
    lone = {"A": LocusType("A", parse_allele("A*01:01"), status="not_evaluable")}
    types, conflicts = choose_types(typed, None, lone)
    assert types["A"] is typed["A"]
    assert [(conflict.kind, conflict.other) for conflict in conflicts] == [
        ("typed", (parse_allele("A*01:01"),))
    ]
    held = {"A": LocusType("A", parse_allele("A*03:01"), status="not_evaluable")}
    assert choose_types(typed, None, held)[1] == ()
