"""Assessments and events through `cohort build`: what the clinical table leaves open is filled, the rest is told."""

import json

import pandas as pd

from wes_biomarkers.io.cohort_folder import read_cohort

CLINICAL = """patient_id,first_dose_date,last_dose_date,best_response,progression_date,last_contact_date,toxicity_assessed
P1,2022-01-01,2022-06-30,,,2023-01-01,true
P2,2022-01-01,2022-06-30,SD,,2023-01-01,true
P3,2022-01-01,2022-06-30,PD,2022-04-01,2023-01-01,true
P4,2022-01-01,2022-06-30,,,2023-01-01,
"""
ASSESSMENTS = """patient_id,assessment_date,response,target_sum_mm
P1,2021-12-20,,50
P1,2022-03-01,PR,25
P1,2022-05-01,PR,20
P1,2022-08-01,PD,40
P2,2022-03-01,PR,
P3,2022-03-01,CR,
P3,2022-05-01,SD,
"""
TOXICITY = """patient_id,term,grade,onset_date
P1,rash,3,2022-08-15
P2,rash,3,2022-02-01
"""


def build(folder, run, *more):
    for name, text in (("c", CLINICAL), ("a", ASSESSMENTS), ("t", TOXICITY)):
        (folder / f"{name}.csv").write_text(text)
    code, _, said = run(
        "cohort", "build", "--clinical", folder / "c.csv", "--assessments", folder / "a.csv",
        "--toxicity", folder / "t.csv", "--out", folder / "co", *more,
    )  # fmt: skip
    assert code == 0, said
    return read_cohort(folder / "co"), said


def test_assessments_fill_what_is_open_and_contradict_aloud(tmp_path, run):
    cohort, said = build(tmp_path, run)
    table = cohort.tables["clinical"].set_index("patient_id")
    assert table["best_response"].fillna("-").to_dict() == {"P1": "PR", "P2": "SD", "P3": "PD", "P4": "-"}
    assert table.at["P1", "objective_response"] and pd.isna(table.at["P2", "response_confirmed"])
    assert table.at["P1", "progression_date"] == pd.Timestamp("2022-08-01") and table.at["P1", "pfs_event"]
    assert table.at["P3", "progression_date"] == pd.Timestamp("2022-04-01"), "the table's own is kept"
    assert table.at["P2", "best_overall_response"] == "SD" and table.at["P3", "best_overall_response"] == "SD"
    unmatched = cohort.manifest["unmatched"]
    assert unmatched["conflicting_best_response"] == ["P3"], "SD of P2 is the unconfirmed PR of its visits"
    assert unmatched["conflicting_progression"] == ["P3"] == unmatched["reappeared_after_complete_response"]
    assert unmatched["conflicting_last_assessment"] == unmatched["conflicting_confirmation"] == []
    assert "PR or SD after CR" in said and "2022" not in said
    assert cohort.tables["assessment"]["target_change_percent"].dropna().tolist() == [-50, -60, -20]


def test_the_rules_are_settable_and_recorded(tmp_path, run):
    cohort, _ = build(tmp_path, run)
    assert cohort.tables["clinical"]["grade_any"].fillna(-1).tolist() == [0, 3, 0, -1]
    rules = tmp_path / "rules.toml"
    rules.write_text("[toxicity]\nwindow_days = 100\n[response]\nconfirmation_days = 90\n")
    cohort, _ = build(tmp_path, run, "--endpoint-rules", rules)
    assert cohort.tables["clinical"]["grade_any"].fillna(-1).tolist() == [3, 3, 0, -1]
    assert not cohort.tables["clinical"]["response_confirmed"].iloc[0]
    manifest = json.loads((tmp_path / "co" / "cohort.json").read_text())
    assert manifest["endpoint_rules"]["toxicity"]["window_days"] == 100
    assert set(manifest["inputs"]) == {"assessments", "clinical", "endpoint_rules", "toxicity"}


def test_faults_of_all_tables_at_once(tmp_path, run):
    (tmp_path / "c.csv").write_text("patient_id,age\nP1,old\n")
    (tmp_path / "t.csv").write_text("patient_id,term,grade\nP1,rash,G3\n")
    (tmp_path / "a.csv").write_text("patient_id,assessment_date,response\nP1,1.2.2022,PR\n")
    code, _, said = run(
        "cohort", "build", "--clinical", tmp_path / "c.csv", "--assessments", tmp_path / "a.csv",
        "--toxicity", tmp_path / "t.csv", "--out", tmp_path / "co",
    )  # fmt: skip
    assert code == 2 and all(f"{name}.csv, row 2" in said for name in "cta")


def test_check_reads_assessments(tmp_path, run):
    (tmp_path / "a.csv").write_text("patient_id,assessment_date,response\nP1,2022-01-01,remission\n")
    code, _, said = run("check", tmp_path / "none.csv", "--assessments", tmp_path / "a.csv")
    assert code == 2 and "a.csv, row 2, column response" in said and "remission" not in said
