"""What people's tables get wrong: every fault at once, with its place and its remedy, and never a value."""

import logging
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.clinical import (
    check_assessments,
    check_toxicity,
    read_assessments,
    read_clinical,
    read_clinical_tables,
    read_toxicity,
)
from wes_biomarkers.io.column_map import read_column_maps
from wes_biomarkers.io.endpoint_rules import read_endpoint_rules

TODAY = date(2024, 6, 1)


def write(path, text):
    path.write_text(text)
    return path


def faults_of(path, reader=read_clinical):
    with pytest.raises(InputError) as error:
        reader(path, today=TODAY)
    assert all(fault.remedy and fault.file for fault in error.value.faults)
    return error.value.faults


def frame(**columns):
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


# --- ids ----------------------------------------------------------------------------------------------------


def test_ids_of_one_table_that_differ_as_typing_does(tmp_path):
    text = "patient_id,age\nP01,50\nP1,51\np-2,52\nP_02,53\nP3,54\nP 4,55\n P5 ,56\n"
    faults = {fault.row: fault for fault in faults_of(write(tmp_path / "c.csv", text))}
    assert set(faults) == {3, 5, 7, 8}
    assert faults[8].rule == "has white space around it" and "P5" in faults[8].remedy
    assert "differs from P01 of row 2" in faults[3].rule and "differs from p-2 of row 4" in faults[5].rule
    assert "not allowed" in faults[7].rule


def test_ids_of_another_table_are_suggested_never_taken():
    clinical = frame(patient_id=["P1", "P02", "S-1", "s_1"])
    events = frame(patient_id=["p1", "P2", "S1", "P9", "S-01"], grade=[1, 1, 1, 1, 1])
    remedies = {fault.value: fault.remedy for fault in check_toxicity(events, clinical)}
    assert remedies["p1"].startswith("Is it P1?") and remedies["P2"].startswith("Is it P02?")
    assert "Is it" not in remedies["S1"] + remedies["P9"] + remedies["S-01"]
    visits = frame(patient_id=["p1"], assessment_date=pd.to_datetime(["2022-01-01"]))
    assert check_assessments(visits, clinical)[0].remedy.startswith("Is it P1?")


def test_ids_of_samples_are_suggested(tmp_path, make, run):
    results = make.results(tmp_path / "r", ["P01", "P02"])
    table = write(tmp_path / "c.csv", "patient_id,age\nP1,50\nP02,51\n")
    code, _, said = run("cohort", "build", results, "--out", tmp_path / "co", "--clinical", table)
    assert code == 2 and "['P1']" in said and "Is it P01?" in said
    assert not (tmp_path / "co").exists()


# --- two answers --------------------------------------------------------------------------------------------


def test_two_dates_of_death(tmp_path):
    text = "patient_id,death_date,age\nP1,2022-01-01,50\nP2,,\nP1,2022-01-02,50\nP1,2022-01-01,50\n"
    faults = faults_of(write(tmp_path / "c.csv", text))
    assert [(fault.row, fault.rule) for fault in faults] == [
        (4, "given twice, first in row 2, with different death_date"),
        (5, "given twice, first in row 2"),
    ]


@pytest.mark.parametrize(
    "death, event, rule",
    [
        ("2022-03-01", {"onset_date": "2022-03-02"}, "event after death"),
        ("2022-03-01", {"onset_date": "2022-02-01", "resolved_date": "2022-03-05"}, "ends after death"),
        ("2022-03-01", {"onset_date": "2022-02-01", "resolved_date": "2022-02-05"}, "two dates of death"),
        (None, {"onset_date": "2022-02-01"}, "no death in the clinical table"),
        ("2022-03-01", {"onset_date": "2022-02-01", "resolved_date": "2022-03-01"}, None),
        ("2022-03-01", {"onset_date": "2022-02-01"}, None),
    ],
)
def test_grade_5_against_the_date_of_death(death, event, rule):
    clinical = frame(patient_id=["P1"], death_date=pd.to_datetime(pd.Series([death])))
    events = frame(
        patient_id=["P1"], grade=[5], **{name: pd.to_datetime([day]) for name, day in event.items()}
    )
    found = [fault.rule for fault in check_toxicity(events, clinical)]
    assert len(found) == (rule is not None) and all(rule in said for said in found)


def test_grade_5_against_ready_made_survival():
    events = frame(patient_id=["P1", "P2", "P3"], grade=[5, 5, 5])
    clinical = frame(patient_id=["P1", "P2", "P3"], os_event=pd.array([False, True, None], dtype="boolean"))
    assert [fault.value for fault in check_toxicity(events, clinical)] == ["P1"]


def test_event_after_the_last_contact():
    clinical = frame(patient_id=["P1"], last_contact_date=pd.to_datetime(["2022-01-01"]))
    events = frame(patient_id=["P1"], grade=[1], onset_date=pd.to_datetime(["2022-01-02"]))
    assert [fault.rule for fault in check_toxicity(events, clinical)] == ["event after the last contact"]


def test_event_long_before_treatment_is_warned_of(caplog):
    clinical = frame(patient_id=["P1"], induction_start_date=pd.to_datetime(["2022-01-01"]))
    events = frame(patient_id=["P1"], grade=[1], onset_date=pd.to_datetime(["2020-01-02"]))
    with caplog.at_level(logging.WARNING, "wes_biomarkers"):
        assert check_toxicity(events, clinical) == []
    assert "1 events start over a year before treatment" in caplog.text and "2020" not in caplog.text


# --- numbers ------------------------------------------------------------------------------------------------


def test_grades(tmp_path):
    grades = ["0", "6", "G3", "Grade 3", "2.5", "-1", "3"]
    text = "patient_id,term,grade\n" + "".join(f"P{row},rash,{cell}\n" for row, cell in enumerate(grades))
    faults = {
        fault.row: (fault.rule, fault.remedy)
        for fault in faults_of(write(tmp_path / "t.csv", text), read_toxicity)
    }
    assert faults[2][0] == "grade 0 is not an event" and "above 5" in faults[3][0]
    assert faults[4] == faults[5] == ("is not a number", "Write the number alone, as 3 for G3.")
    assert faults[6][0] == "is not a whole number" and set(faults) == {2, 3, 4, 5, 6, 7}


def test_negative_times(tmp_path):
    text = "patient_id,os_months,os_event\nP1,-2,true\nP2,2,true\n"
    faults = faults_of(write(tmp_path / "c.csv", text))
    assert [(fault.row, fault.column, fault.rule) for fault in faults] == [(2, "os_months", "is below 0")]


@pytest.mark.parametrize(
    "cells, said",
    [
        (["1", "2", "high", "4"], "is kept as text, not as numbers, because of row 4"),
        (["a", "b", "3", "c"], "is text, but for a number in row 4"),
        (["a", "2", "3", "b"], None),
        (["1", "2", "NA", ""], None),
        (["a", "b", "c", "d"], None),
        (["1", "b"], None),
    ],
)
def test_covariates_of_two_kinds_are_warned_of(tmp_path, caplog, cells, said):
    path = write(
        tmp_path / "c.csv",
        "patient_id,marker\n" + "".join(f"P{row},{cell}\n" for row, cell in enumerate(cells)),
    )
    with caplog.at_level(logging.WARNING, "wes_biomarkers"):
        read_clinical(path, today=TODAY)
    assert (f"column marker {said}" in caplog.text) if said else not caplog.text
    assert "high" not in caplog.text


def test_declared_text_with_a_number_is_warned_of(tmp_path, caplog):
    rows = "".join(f"P{row},{cell}\n" for row, cell in enumerate(["squamous", "adeno", "17", "squamous"]))
    path = write(tmp_path / "c.csv", "patient_id,histology\n" + rows)
    with caplog.at_level(logging.WARNING, "wes_biomarkers"):
        assert len(read_clinical(path, today=TODAY)) == 4
    assert "column histology is text, but for a number in row 4" in caplog.text


def test_small_numbers_of_a_spreadsheet_stay_numbers(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["patient_id", "marker"], ["P1", 1e-7], ["P2", 2.5], ["P3", -3e20]):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    assert read_clinical(tmp_path / "c.xlsx", today=TODAY)["marker"].tolist() == [1e-7, 2.5, -3e20]


# --- dates --------------------------------------------------------------------------------------------------

LOOKS = [
    ("31.12.2023", "day.month.year"),
    ("31/12/2023", "cannot be told apart"),
    ("3/4/23", "cannot be told apart"),
    ("31-12-2023", "cannot be told apart"),
    ("2023/12/31", "year/month/day"),
    ("20231231", "without hyphens"),
    ("45291", "serial number of a spreadsheet"),
    ("45291.5", "serial number of a spreadsheet"),
    ("31 Dec 2023", "the month's name"),
    ("31DEC2023", "the month's name"),
    ("Dec 31, 2023", "the month's name"),
    ("2023-12", "a month without its day"),
    ("2023", "a year alone"),
    ("2023-2-5", "without leading zeros"),
    ("2023-02-30", "in no calendar"),
    ("2023-12-31T10:30:00", "a day with a time"),
]


@pytest.mark.parametrize("cell, look", LOOKS)
def test_what_a_date_looks_like(tmp_path, cell, look):
    faults = faults_of(write(tmp_path / "c.csv", f'patient_id,death_date\nP1,"{cell}"\n'))
    assert (
        len(faults) == 1 and look in faults[0].rule and cell not in str(faults[0]).replace("2024-03-31", "")
    )


def test_three_kinds_of_dates_are_told_by_row(tmp_path):
    cells = ["2023-01-05", "2023-01-06", "31.12.2022", "2023-01-07", "44927", "NA", "soon", "30.12.2022"]
    text = "patient_id,death_date\n" + "".join(f"P{row},{cell}\n" for row, cell in enumerate(cells))
    faults = faults_of(write(tmp_path / "c.csv", text))
    assert [fault.row for fault in faults] == [None, 4, 6, 8, 9]
    assert faults[0].rule == (
        "dates are written in 3 ways: year-month-day in rows 2-3, 5; day.month.year in rows 4, 9; "
        "the serial number of a spreadsheet's date in row 6"
    )
    assert faults[3].rule == "is not a date"


def test_a_date_before_any_trial(tmp_path):
    text = "patient_id,death_date\nP1,1900-01-01\nP2,1970-01-01\nP3,0202-05-01\nP4,1999-01-01\n"
    faults = faults_of(write(tmp_path / "c.csv", text))
    assert [(fault.row, fault.rule) for fault in faults if "before 1980" in fault.rule][:2] == [
        (2, "before 1980"), (3, "before 1980")]  # fmt: skip
    assert {fault.row for fault in faults} == {2, 3, 4}


# --- assessments --------------------------------------------------------------------------------------------


def test_assessments(tmp_path):
    text = (
        "patient_id,assessment_date,response,target_sum_mm,non_target,new_lesion\n"
        "P1,2022-01-01,,80,,\n"
        "P1,2022-03-01,PR,40,non_CR_non_PD,false\n"
        "P1,2022-05-01,CR,0,non_CR_non_PD,\n"
        "P1,2022-07-01,SD,-3,,true\n"
        "P1,2022-07-01,PD,30,PD,true\n"
        "P2,,remission,5,,\n"
        "P3,2025-01-01,SD,5,PD,\n"
    )
    path = write(tmp_path / "a.csv", text)
    found = {(fault.row, fault.column): fault.rule for fault in faults_of(path, read_assessments)}
    assert found == {
        (4, "response"): "CR, but the non-target lesions are not CR",
        (5, "target_sum_mm"): "is below 0",
        (5, "response"): "a new lesion, but the response is not PD",
        (6, "patient_id"): "same patient_id, assessment_date given twice, first in row 5, with different "
        "response, target_sum_mm, non_target",
        (7, "assessment_date"): "is empty, but required",
        (7, "response"): "is not an allowed value",
        (8, "assessment_date"): "in the future",
        (8, "response"): "non-target lesions progress, but the response is not PD",
    }


def test_assessments_need_something_assessed(tmp_path):
    path = write(tmp_path / "a.csv", "patient_id,assessment_date\nP1,2022-01-01\n")
    assert "neither response nor target_sum_mm" in faults_of(path, read_assessments)[0].rule


def test_assessments_against_the_clinical_table():
    clinical = frame(
        patient_id=["P1", "P2"],
        death_date=pd.to_datetime(pd.Series(["2022-01-01", None])),
        last_contact_date=pd.to_datetime(pd.Series([None, "2022-01-01"])),
    )
    visits = frame(patient_id=["P1", "P2", "P3"], assessment_date=pd.to_datetime(["2022-01-02"] * 3))
    assert [(fault.value, fault.rule) for fault in check_assessments(visits, clinical)] == [
        ("P3", "patient has no clinical row"),
        ("P1", "assessment after death"),
        ("P2", "assessment after the last contact"),
    ]


# --- Parquet ------------------------------------------------------------------------------------------------


def test_parquet_reads_as_csv_does(tmp_path):
    columns = {
        "patient_id": pa.array(["P1", "P2"]).dictionary_encode(),
        "age": pa.array([61, None], pa.int32()),
        "death_date": pa.array([date(2023, 5, 4), None]),
        "last_contact_date": pa.array([datetime(2023, 5, 4), None], pa.timestamp("ns")),
        "os_event": pa.array([True, None]),
        "os_months": pa.array([1e-7, float("nan")]),
        "crp": pa.array([3.5, 1e-7]),
        "code": pa.array(["12", "13"]),
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    table = read_clinical(tmp_path / "c.parquet", today=TODAY)
    text = "patient_id,age,death_date,last_contact_date,os_event,os_months,crp,code\n"
    text += "P1,61,2023-05-04,2023-05-04,true,0.0000001,3.5,a12\nP2,,,,,,0.0000001,a13\n"
    same = read_clinical(write(tmp_path / "c.csv", text), today=TODAY)
    pd.testing.assert_frame_equal(table.drop(columns="code"), same.drop(columns="code"))
    assert list(table["code"]) == ["12", "13"] and table["code"].dtype == "string"


def test_parquet_faults(tmp_path):
    pq.write_table(
        pa.table({"patient_id": ["P1", "P2"], "death_date": ["2022-01-01", "1.2.2022"]}),
        tmp_path / "c.parquet",
    )
    assert [fault.row for fault in faults_of(tmp_path / "c.parquet")] == [None, 3]
    pq.write_table(pa.table({"patient_id": ["P1"], "marks": [[1, 2]]}), tmp_path / "n.parquet")
    assert [fault.column for fault in faults_of(tmp_path / "n.parquet")] == ["marks"]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    assert "cannot be read as Parquet" in faults_of(tmp_path / "bad.parquet")[0].rule


# --- maps and rules -----------------------------------------------------------------------------------------


def test_a_map_of_words(tmp_path):
    maps = read_column_maps(
        write(
            tmp_path / "m.csv",
            "table,heading,column,value,becomes\n,ID,patient_id,,\n,Antwort,best_response,Vollremission,CR\n"
            ",Antwort,best_response,Teilremission,PR\n,Antwort,best_response,k.A.,\n"
            "toxicity,Nr,patient_id,,\n",
        )
    )
    path = write(tmp_path / "c.csv", "ID,Antwort\nP1,Vollremission\nP2,Teilremission\nP3,SD\nP4,k.A.\n")
    table = read_clinical(path, maps["clinical"], today=TODAY)
    assert list(table["best_response"].fillna("-")) == ["CR", "PR", "SD", "-"]
    events = write(tmp_path / "t.csv", "Nr,term,grade\nP1,rash,1\n")
    assert list(read_toxicity(events, maps["toxicity"], today=TODAY)["patient_id"]) == ["P1"]


@pytest.mark.parametrize(
    "text, rows",
    [
        ("heading,column,value\nA,age,1\n", [None]),
        ("heading,column,value,becomes\nA,arm_assigned,x,y\nA,arm_assigned,x,z\n", [3]),
        ("heading,column\nA,age\nA,ecog\n", [3]),
        ("heading,column\nA,age\nA,age\n", [3]),
        ("heading,column\nA,age\nB,age\n", [3]),
        ("table,heading,column\ntumour,A,age\n", [2]),
    ],
)
def test_a_wrong_map(tmp_path, text, rows):
    with pytest.raises(InputError) as error:
        read_column_maps(write(tmp_path / "m.csv", text))
    assert [fault.row for fault in error.value.faults] == rows


def test_endpoint_rules_of_a_trial(tmp_path):
    path = write(
        tmp_path / "r.toml",
        '[toxicity]\nwindow_days = 100\nradiation_terms = ["Pneumonitis"]\n[response]\nstable_days = 56\n',
    )
    rules, ours = read_endpoint_rules(path), read_endpoint_rules()
    assert (rules.toxicity.window_days, rules.response.stable_days) == (100, 56)
    assert rules.toxicity.radiation_terms == ("Pneumonitis",)
    assert rules.response.confirmation_days == ours.response.confirmation_days == 28
    assert (ours.toxicity.window_days, ours.toxicity.extended_window_days) == (30, 90)
    bad = "[toxicity]\nwindow = 3\nwindow_days = -1\nprogression_competes = 1\nradiation_terms = []\n[survival]\na = 1\n"
    with pytest.raises(InputError) as error:
        read_endpoint_rules(write(tmp_path / "bad.toml", bad))
    assert len(error.value.faults) == 5
    with pytest.raises(InputError, match="is not TOML"):
        read_endpoint_rules(write(tmp_path / "no.toml", "window_days"))


def test_the_faults_of_all_tables_come_at_once(tmp_path):
    clinical = write(
        tmp_path / "c.csv", "patient_id,death_date,last_contact_date\nP1,2022-03-01,\nP2,x,2022-05-01\n"
    )
    toxicity = write(
        tmp_path / "t.csv",
        "patient_id,term,grade,onset_date\nP1,rash,7,2022-01-01\nP1,rash,2,2022-04-01\nP9,rash,2,\n",
    )
    read = read_clinical_tables(
        {"clinical": clinical, "toxicity": toxicity, "assessments": None}, today=TODAY
    )
    rules = {(Path(fault.file).name, fault.rule) for fault in read.faults}
    assert ("t.csv", "event after death") in rules and ("t.csv", "patient has no clinical row") in rules
    assert ("t.csv", "is above 5, the highest CTCAE grade") in rules
    assert any(file == "c.csv" for file, _ in rules)
