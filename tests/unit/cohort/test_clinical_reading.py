from datetime import date

import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.clinical import check_toxicity, read_clinical, read_toxicity
from wes_biomarkers.io.column_map import ColumnMap, read_column_maps

TODAY = date(2024, 6, 1)


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_of(path, reader=read_clinical, **more):
    with pytest.raises(InputError) as error:
        reader(path, today=TODAY, **more)
    return error.value.faults


TABLE = (
    "patient_id,age,sex,allocation_date,os_event,os_months,crp,note\n"
    "P1,61,female,2022-01-31,yes,5.5,3.5,a\nP2,,NA,.,0,1,NA,\n"
)


@pytest.mark.parametrize(
    "data",
    [
        TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        "\ufeff" + TABLE,
        TABLE.encode("utf-16"),
    ],
    ids=["comma", "semicolon", "tab", "crlf", "cr", "bom", "utf16"],
)
def test_any_export_reads_the_same(tmp_path, data):
    frame = read_clinical(write(tmp_path / "c.csv", data), today=TODAY)
    assert list(frame["patient_id"]) == ["P1", "P2"]
    assert frame["age"].iloc[0] == 61 and pd.isna(frame["age"].iloc[1])
    assert pd.isna(frame["sex"].iloc[1]) and pd.isna(frame["allocation_date"].iloc[1])
    assert frame["allocation_date"].iloc[0] == pd.Timestamp(2022, 1, 31)
    assert list(frame["os_event"]) == [True, False]
    assert frame["crp"].dtype == "float64" and pd.isna(frame["crp"].iloc[1])
    assert frame["note"].dtype == "string"


def test_spreadsheet(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["patient_id", "age", "death_date"])
    book.active.append(["P1", 61, date(2023, 5, 4)])
    book.active.append(["P2", None, None])
    book.save(tmp_path / "c.xlsx")
    frame = read_clinical(tmp_path / "c.xlsx", today=TODAY)
    assert frame["death_date"].iloc[0] == pd.Timestamp(2023, 5, 4) and pd.isna(frame["death_date"].iloc[1])


def test_every_bad_cell_is_listed_without_its_value(tmp_path):
    text = (
        "patient_id,age,sex,ecog,death_date,os_event\n"
        "P1,1234.5,woman,1.5,31.12.2023,maybe\n"
        ",61,female,9,2023-02-30,true\n"
        "P 3,inf,male,1,2023-01-01,true\n"
    )
    faults = faults_of(write(tmp_path / "c.csv", text))
    found = {(fault.row, fault.column) for fault in faults}
    assert found >= {
        (2, "age"),
        (2, "sex"),
        (2, "ecog"),
        (2, "death_date"),
        (2, "os_event"),
        (3, "patient_id"),
        (3, "ecog"),
        (3, "death_date"),
        (4, "patient_id"),
        (4, "age"),
    }
    said = "\n".join(map(str, faults))
    for secret in ("1234.5", "woman", "31.12.2023", "maybe", "2023-02-30", "P 3"):
        assert secret not in said
    assert all(fault.value is None and fault.remedy for fault in faults)


ORDER = [
    ({"allocation_date": "2022-03-01", "death_date": "2022-02-01"}, "death before allocation"),
    (
        {"induction_start_date": "2022-03-01", "death_date": "2022-02-01"},
        "death before the start of induction",
    ),
    ({"induction_start_date": "2022-03-01", "allocation_date": "2022-02-01"}, "allocation before"),
    ({"progression_date": "2022-03-01", "death_date": "2022-02-01"}, "progression after death"),
    ({"last_dose_date": "2022-03-01", "death_date": "2022-02-01"}, "treatment after death"),
    ({"first_dose_date": "2022-03-01", "death_date": "2022-02-01"}, "treatment after death"),
    ({"radiotherapy_end_date": "2022-03-01", "death_date": "2022-02-01"}, "radiotherapy after death"),
    ({"last_assessment_date": "2022-03-01", "death_date": "2022-02-01"}, "assessment after death"),
    ({"last_contact_date": "2022-03-01", "death_date": "2022-02-01"}, "known alive after death"),
    ({"first_dose_date": "2022-03-01", "last_dose_date": "2022-02-01"}, "last dose before the first"),
    (
        {"radiotherapy_start_date": "2022-03-01", "radiotherapy_end_date": "2022-02-01"},
        "ends before it starts",
    ),
    ({"allocation_date": "2022-03-01", "last_contact_date": "2022-02-01"}, "last contact before allocation"),
    (
        {"progression_date": "2022-03-01", "last_contact_date": "2022-02-01"},
        "last contact before progression",
    ),
    (
        {"induction_start_date": "2022-03-01", "progression_date": "2022-02-01"},
        "progression before the start",
    ),
    ({"induction_start_date": "2022-03-01", "last_contact_date": "2022-02-01"}, "contact before the start"),
    (
        {"induction_start_date": "2022-03-01", "last_assessment_date": "2022-02-01"},
        "assessment before the start",
    ),
    (
        {"first_dose_date": "2022-03-01", "progression_date": "2022-02-01"},
        "progression before the first dose",
    ),
    ({"first_dose_date": "2022-03-01", "last_contact_date": "2022-02-01"}, "contact before the first dose"),
    (
        {"first_dose_date": "2022-03-01", "last_assessment_date": "2022-02-01"},
        "assessment before the first dose",
    ),
    ({"death_date": "2024-06-02"}, "in the future"),
    ({"assignment": "not_allocated", "arm_assigned": "A"}, "never allocated"),
    ({"os_event": "true"}, "without months"),
    ({"pfs_months": "3"}, "without its event"),
    ({"os_months": "3", "os_event": "true", "pfs_months": "4", "pfs_event": "true"}, "longer than survival"),
    ({"os_months": "3", "os_event": "false", "death_date": "2022-02-01"}, "but a date of death"),
]


@pytest.mark.parametrize("cells, rule", ORDER, ids=[rule for _, rule in ORDER])
def test_rules_across_columns(tmp_path, cells, rule):
    text = ",".join(["patient_id", *cells]) + "\n" + ",".join(["P1", *cells.values()]) + "\n"
    faults = faults_of(write(tmp_path / "c.csv", text))
    assert any(rule in fault.rule and fault.row == 2 for fault in faults)
    assert not any(value in str(fault) for fault in faults for value in cells.values() if "-" in value)


def test_equal_days_are_fine(tmp_path):
    columns = [
        "allocation_date",
        "progression_date",
        "last_assessment_date",
        "death_date",
        "last_contact_date",
    ]
    text = ",".join(["patient_id", *columns]) + "\nP1" + ",2022-02-01" * len(columns) + "\n"
    assert len(read_clinical(write(tmp_path / "c.csv", text), today=TODAY)) == 1


def test_allocation_leaves_room_for_restaging_before_it_and_progression_before_the_first_dose(tmp_path):
    cells = {
        "induction_start_date": "2021-12-20",
        "last_assessment_date": "2021-12-10",
        "allocation_date": "2022-03-01",
        "progression_date": "2022-03-05",
        "first_dose_date": "2022-03-08",
    }
    text = ",".join(["patient_id", *cells]) + "\n" + ",".join(["P1", *cells.values()]) + "\n"
    assert len(read_clinical(write(tmp_path / "c.csv", text), today=TODAY)) == 1


@pytest.mark.parametrize(
    "cells, numeric",
    [
        (["12", "-0.5", "+3", ".5", "0", "0.0", "NA"], True),
        (["007", "012"], False),
        (["1", "007"], False),
        (["00.5"], False),
        (["1_000"], False),
        (["1e3"], False),
        (["nan"], False),
        (["9" * 400], False),
        (["5."], False),
        (["-"], False),
        (["\u0663"], False),
        (["NA"], False),
    ],
)
def test_only_plain_numbers_make_a_numeric_covariate(tmp_path, cells, numeric):
    rows = "".join(f"P{index},{cell}\n" for index, cell in enumerate(cells))
    frame = read_clinical(write(tmp_path / "c.csv", "patient_id,code\n" + rows), today=TODAY)
    assert (frame["code"].dtype == "float64") == numeric
    if not numeric:
        assert list(frame["code"].fillna("NA")) == cells


def test_digit_groups_are_no_declared_number(tmp_path):
    faults = faults_of(write(tmp_path / "c.csv", "patient_id,age,ecog\nP1,6_1,\u0661\n"))
    assert [(fault.column, fault.rule) for fault in faults] == [
        ("age", "is not a number"),
        ("ecog", "is not a number"),
    ]


def test_headings(tmp_path):
    text = "Patient ID,death date,os_origin\nP1,2022-01-01,allocation\n"
    faults = faults_of(write(tmp_path / "c.csv", text))
    rules = {fault.column: fault.rule for fault in faults}
    assert rules["patient_id"] == "required column is absent"
    assert rules["Patient ID"] == rules["death date"] == "heading is not spelled as declared"
    assert rules["os_origin"] == "heading is reserved for a derived column"


def test_duplicate_patient(tmp_path):
    faults = faults_of(write(tmp_path / "c.csv", "patient_id,age\nP1,50\nP2,60\nP1,51\n"))
    assert [(fault.rule, fault.row) for fault in faults] == [
        ("given twice, first in row 2, with different age", 4)
    ]


def test_column_map(tmp_path):
    maps = read_column_maps(
        write(tmp_path / "map.csv", "heading,column\nSubject,patient_id\nTod,death_date\n")
    )
    path = write(tmp_path / "c.csv", "Subject,Tod\nP1,2022-01-01\n")
    assert list(read_clinical(path, maps["clinical"], today=TODAY).columns) == ["patient_id", "death_date"]
    faults = faults_of(path, column_map=ColumnMap(dict(maps["clinical"].columns) | {"Alter": "age"}))
    assert faults[0].value == "Alter"
    with pytest.raises(InputError, match="given twice"):
        read_column_maps(write(tmp_path / "map2.csv", "heading,column\nA,age\nB,age\n"))


def test_toxicity_rules(tmp_path):
    text = (
        "patient_id,term,grade,onset_date,resolved_date\n"
        "P1,rash,0,2022-01-01,\n"
        "P1,fatigue,6,2022-01-01,\n"
        "P1,nausea,2,2022-03-01,2022-02-01\n"
        "P1,cough,1,2022-01-01,\n"
        "P1,cough,2,2022-01-01,\n"
        "P1,cramp,,2025-01-01,\n"
    )
    faults = faults_of(write(tmp_path / "t.csv", text), read_toxicity)
    rules = {fault.row: fault.rule for fault in faults}
    assert "grade 0" in rules[2] and "above 5" in rules[3] and "resolved before" in rules[4]
    assert "given twice" in rules[6] and {fault.column for fault in faults if fault.row == 7} == {
        "grade",
        "onset_date",
    }


def test_toxicity_without_events_is_a_table(tmp_path):
    assert read_toxicity(write(tmp_path / "t.csv", "patient_id,term,grade\n"), today=TODAY).empty


def test_toxicity_against_clinical():
    clinical = pd.DataFrame({"patient_id": ["P1"], "death_date": pd.to_datetime(["2022-01-01"])})
    events = pd.DataFrame({"patient_id": ["P1", "P9"], "onset_date": pd.to_datetime(["2022-02-01", None])})
    faults = check_toxicity(events, clinical)
    assert {(fault.rule, fault.value) for fault in faults} == {
        ("patient has no clinical row", "P9"),
        ("event after death", "P1"),
    }


def test_events_of_a_patient_not_assessed_for_them():
    clinical = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "P3", "P4"],
            "toxicity_assessed": pd.array([False, True, None, False], dtype="boolean"),
        }
    )
    events = pd.DataFrame({"patient_id": ["P1", "P1", "P2", "P3"], "grade": [3, 1, 2, 4]})
    faults = check_toxicity(events, clinical, "t.csv")
    assert [(fault.rule, fault.value) for fault in faults] == [
        ("event of a patient whose toxicity_assessed is false", "P1")
    ]
