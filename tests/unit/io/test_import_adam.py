"""ADaM data sets as our tables: days by whichever count, censoring reversed, grades, and who is left out."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.clinical import read_clinical, read_toxicity
from wes_biomarkers.io.importers.adam import read_adam
from wes_biomarkers.io.importers.adam_choice import AdamChoice
from wes_biomarkers.io.importers.adam_dates import DayError, counted_day, iso_day, read_day
from wes_biomarkers.io.importers.sas import read_data_set

FILES = Path(__file__).parent / "adam"
TODAY = date(2026, 1, 1)
ALL = [FILES / name for name in ("adae.xpt", "adrs.xpt", "adtte.xpt", "adsl.xpt")]
CHOICE = AdamChoice(immune_related="AEIRFL", keep=("STRATUM1",))


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with open(path, "w", newline="") as handle:
        writer = csv.DictWriter(handle, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def subjects(**more: object) -> list[dict[str, object]]:
    return [{"USUBJID": f"S{i}", "ARM": "A", "TRTSDT": 18000 + i, "RFXSTDTC": str(date(2019, 4, 14 + i))} | more
            for i in range(1, 4)]  # fmt: skip


def survival(**more: object) -> list[dict[str, object]]:
    return [{"USUBJID": f"S{i}", "PARAMCD": "OS", "AVAL": 100, "CNSR": i % 2, "STARTDT": 18000 + i,
             "ADT": 18099 + i} | more for i in range(1, 4)]  # fmt: skip


def faults_of(*paths: Path, choice: AdamChoice = AdamChoice()) -> str:  # noqa: B008
    with pytest.raises(InputError) as caught:
        read_adam(paths, choice, TODAY)
    return str(caught.value)


# --- transport files ----------------------------------------------------------------------------------------


def test_transport_files_as_tables():
    made = read_adam(ALL, CHOICE, TODAY)
    rows = {row["patient_id"]: row for row in made.tables["clinical"]}
    assert len(rows) == 6
    one = rows["ONC-01-001"]
    assert (one["allocation_date"], one["first_dose_date"], one["death_date"]) == (
        "2021-03-01", "2021-03-02", "2022-01-10")  # fmt: skip
    assert (one["sex"], one["age"], one["ecog"], one["assignment"]) == ("male", "61", "0", "randomized")
    assert float(one["os_months"]) == pytest.approx(316 / 30.4375) and one["os_event"] == "true"
    assert [rows[f"ONC-01-00{i}"]["os_event"] for i in range(1, 6)] == [
        "true",
        "false",
        "true",
        "false",
        "false",
    ]
    assert rows["ONC-01-005"]["pfs_event"] == "false", "CNSR 2 is another reason for censoring"
    assert (rows["ONC-01-004"]["best_response"], rows["ONC-01-004"]["response_confirmed"]) == ("PR", "false")
    assert rows["ONC-01-001"]["response_confirmed"] == "true"
    assert rows["ONC-01-005"]["best_response"] == "NE"
    failed = rows["ONC-01-006"]
    assert failed["assignment"] == "not_allocated"
    assert not any(
        failed.get(name) for name in ("arm_assigned", "arm_received", "best_response", "os_months")
    )
    assert failed["toxicity_assessed"] == "" and one["toxicity_assessed"] == "true"
    assert one["stratum1"] == "A"
    assert made.tables["assessments"][0] == {
        "patient_id": "ONC-01-001", "assessment_date": "2021-05-04", "response": "PR"}  # fmt: skip
    assert len(made.tables["assessments"]) == 8


def test_events_of_transport_files():
    made = read_adam(ALL, CHOICE, TODAY)
    events = {(row["patient_id"], row["term"]): row for row in made.tables["toxicity"]}
    assert len(events) == len(made.tables["toxicity"]) == 5, "one before treatment, two records of one rash"
    rash = events["ONC-01-004", "Rash"]
    assert (rash["grade"], rash["resolved_date"], rash["treatment_related"]) == ("2", "2021-06-12", "false")
    lung = events["ONC-01-001", "Pneumonitis"]
    assert (lung["grade"], lung["serious"], lung["immune_related"], lung["grade_source"]) == (
        "3", "true", "true", "grade")  # fmt: skip
    assert events["ONC-01-002", "Oesophagitis"]["resolved_date"] == ""
    dropped = {entry["what"] + ": " + entry["why"]: entry["n"] for entry in made.log.dropped}
    assert dropped["ADAE records: not treatment-emergent (TRTEMFL)"] == 1
    every = read_adam(ALL, AdamChoice(all_events=True), TODAY)
    assert len(every.tables["toxicity"]) == 6


def test_sas7bdat_is_read_like_the_transport_file():
    one, other = (read_data_set(FILES / f"adae.{end}") for end in ("xpt", "sas7bdat"))
    assert [{name: row[name] for name in one.columns} for row in other.rows] == one.rows


def test_zero_of_a_transport_file_is_zero():
    """pandas gives 5.4e-79; a censoring flag of that size would be no event."""
    assert {row["CNSR"] for row in read_data_set(FILES / "adtte.xpt").rows} == {"0", "1", "2"}


def test_version_8_is_refused_with_the_remedy():
    assert "version = 5" in faults_of(FILES / "adsl_v8.xpt")


def test_folder_is_ready_for_a_cohort(tmp_path, capsys):
    words = ["--quiet", "import", "adam", *map(str, ALL), "--out", str(tmp_path / "adam")]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 0, capsys.readouterr().err
    clinical = read_clinical(tmp_path / "adam" / "clinical.csv")
    assert clinical["os_event"].sum() == 2 and len(read_toxicity(tmp_path / "adam" / "toxicity.csv")) == 5
    manifest = json.loads((tmp_path / "adam" / "import.json").read_text())
    assert manifest["schema"] == "wes_biomarkers.import/1"
    assert manifest["counts"]["n_subject"] == manifest["counts"]["n_patient"] == 6
    assert str(tmp_path) not in json.dumps(manifest)
    before = {path.name: path.read_bytes() for path in (tmp_path / "adam").iterdir()}
    with pytest.raises(SystemExit):
        main(words)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "adam").iterdir()}


# --- days ---------------------------------------------------------------------------------------------------


def test_numbers_of_a_csv_count_from_where_the_iso_column_says(tmp_path):
    made = read_adam([write_csv(tmp_path / "adsl.csv", subjects())], AdamChoice(), TODAY)
    assert [row["first_dose_date"] for row in made.tables["clinical"]] == [
        "2019-04-15", "2019-04-16", "2019-04-17"]  # fmt: skip
    assert any("1970" in note and "RFXSTDTC" in note for note in made.log.notes)


def test_numbers_count_from_1960_where_the_iso_column_says_so(tmp_path):
    rows = [row | {"RFXSTDTC": str(counted_day(str(row["TRTSDT"]), 1960))} for row in subjects()]
    made = read_adam([write_csv(tmp_path / "adsl.csv", rows)], AdamChoice(), TODAY)
    assert made.tables["clinical"][0]["first_dose_date"] == "2009-04-14"


def test_numbers_that_fit_both_origins_are_refused(tmp_path):
    bare = write_csv(tmp_path / "adsl.csv", subjects(RFXSTDTC=""))
    assert "1960" in faults_of(bare) and "--date-origin" in faults_of(bare)
    made = read_adam([bare], AdamChoice(date_origin=1960), TODAY)
    assert made.tables["clinical"][0]["first_dose_date"] == "2009-04-14"


def test_numbers_that_only_one_origin_allows_are_told_by_range(tmp_path):
    rows = subjects(RFXSTDTC="", TRTSDT=23000)  # 2022 from 1960, 2032 from 1970
    made = read_adam([write_csv(tmp_path / "adsl.csv", rows)], AdamChoice(), TODAY)
    assert made.tables["clinical"][0]["first_dose_date"] == "2022-12-21"


def test_days_of_both_counts_in_one_file_are_refused(tmp_path):
    rows = subjects()
    rows[1]["RFXSTDTC"] = str(counted_day(str(rows[1]["TRTSDT"]), 1960))
    assert "others from 1970" in faults_of(write_csv(tmp_path / "adsl.csv", rows))


def test_excel_serials_are_refused(tmp_path):
    rows = [row | {"TRTSDT": 43570 + i} for i, row in enumerate(subjects())]
    assert "neither from 1960 nor from 1970" in faults_of(write_csv(tmp_path / "adsl.csv", rows))


def test_a_file_without_iso_columns_is_told_by_adsl(tmp_path):
    adsl = write_csv(tmp_path / "adsl.csv", subjects())
    adtte = write_csv(tmp_path / "adtte.csv", survival())
    made = read_adam([adtte, adsl], AdamChoice(), TODAY)
    assert [row["os_event"] for row in made.tables["clinical"]] == ["false", "true", "false"]
    assert any(note.startswith("ADTTE") and "ADSL.TRTSDT" in note for note in made.log.notes)


def test_gzip_is_read(tmp_path):
    plain = write_csv(tmp_path / "adsl.csv", subjects())
    packed = tmp_path / "adsl.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_data_set(packed).rows == read_data_set(plain).rows
    packed.write_bytes(packed.read_bytes()[:-12])
    assert "gzip" in faults_of(packed)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2014-01-02", date(2014, 1, 2)), ("2014-01-02T10:30", date(2014, 1, 2)), ("02JAN2014", date(2014, 1, 2)),
     ("16072", date(2014, 1, 2)), ("", None), ("NA", None), (".", None)],
)  # fmt: skip
def test_day(text, day):
    assert read_day(text, 1970) == day


@pytest.mark.parametrize("text", ["01/02/2014", "2014-13-01", "2014", "2014-02", "soon", "1388620800"])
def test_no_day(text):
    with pytest.raises(DayError):
        read_day(text, None)


@pytest.mark.parametrize("text", ["2014", "2014-02", "2014---03", "--02-03", ""])
def test_partial_iso_day_is_unknown(text):
    assert iso_day(text) is None


# --- time to event ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, 100.0),
        ({"AVALU": "DAYS"}, 100.0),
        ({"AVAL": 100 / 30.4375, "AVALU": "MONTHS"}, 100.0),
        ({"AVAL": 3.29}, 3.29 * 30.4375),
        ({"AVAL": 99}, 99.0),
        ({"AVAL": 100, "STARTDT": "", "ADT": "", "PARAM": "Overall Survival (days)"}, 100.0),
    ],
)
def test_unit_of_time(tmp_path, more, days):
    paths = [write_csv(tmp_path / "a.csv", subjects()), write_csv(tmp_path / "b.csv", survival(**more))]
    row = read_adam(paths, AdamChoice(), TODAY).tables["clinical"][0]
    assert float(row["os_months"]) * 30.4375 == pytest.approx(days)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"STARTDT": "", "ADT": ""}, "unit of AVAL is unknown"),
        ({"AVAL": 300}, "unit of AVAL is unknown"),
        ({"AVAL": 300, "AVALU": "DAYS"}, "does not agree with STARTDT and ADT"),
        ({"AVALU": "HOURS"}, "unit of AVAL is unknown"),
        ({"CNSR": -1}, "no whole number from 0"),
        ({"CNSR": ""}, "no whole number from 0"),
        ({"USUBJID": "S9", "STARTDT": "2019-04-15", "ADT": "2019-07-23"}, "'S9' is not in ADSL"),
        ({"USUBJID": "S1"}, "OS given twice"),
    ],
)
def test_faults_of_time_to_event(tmp_path, more, words):
    adsl = write_csv(tmp_path / "a.csv", subjects())
    text = faults_of(adsl, write_csv(tmp_path / "b.csv", survival(**more)))
    assert words in text and "b.csv" in text and "300" not in text.replace(str(tmp_path), "")


def test_endpoint_by_another_name_and_who_has_none(tmp_path):
    adsl = write_csv(tmp_path / "a.csv", subjects())
    adtte = write_csv(tmp_path / "b.csv", survival(PARAMCD="OSALL")[:2])
    made = read_adam([adsl, adtte], AdamChoice(endpoints={"os": "OSALL", "pfs": "PFS"}), TODAY)
    assert made.counts["n_os"] == 2 and made.counts["n_patient"] == 3
    assert [entry["patients"] for entry in made.log.dropped if entry["what"] == "os of patients"] == [["S3"]]


# --- responses and events -----------------------------------------------------------------------------------


def responses(**more: object) -> list[dict[str, object]]:
    return [{"USUBJID": "S1", "PARAMCD": "BOR", "AVALC": "PR"} | more]


def test_several_evaluators_need_a_choice(tmp_path):
    adsl = write_csv(tmp_path / "a.csv", subjects())
    rows = responses(RSEVAL="INVESTIGATOR") + responses(RSEVAL="INDEPENDENT ASSESSOR", AVALC="SD")
    adrs = write_csv(tmp_path / "b.csv", rows)
    assert "--evaluator" in faults_of(adsl, adrs)
    made = read_adam([adsl, adrs], AdamChoice(evaluator="independent assessor"), TODAY)
    assert made.tables["clinical"][0]["best_response"] == "SD"


def test_unknown_words_are_faults_without_the_word(tmp_path):
    adsl = write_csv(tmp_path / "a.csv", subjects(SEX="X"))
    assert "'X'" not in (text := faults_of(adsl)) and "column SEX" in text and text.count("\n") == 2
    adsl = write_csv(tmp_path / "a.csv", subjects())
    adrs = write_csv(tmp_path / "b.csv", responses(AVALC="BETTER"))
    adae = write_csv(tmp_path / "c.csv", [
        {"USUBJID": "S1", "AEDECOD": "Rash", "AESEV": "MILD", "ASTDT": "2019-05-01", "AREL": "PERHAPS"},
        {"USUBJID": "S1", "AEDECOD": "Rash", "AESEV": "BAD", "ASTDT": "2019-05-02", "AREL": "Y"},
        {"USUBJID": "S1", "AEDECOD": "", "AESEV": "MILD", "ASTDT": "05/2019", "AREL": "Y"}])  # fmt: skip
    text = faults_of(adsl, adrs, adae)
    assert not any(word in text for word in ("BETTER", "PERHAPS", "BAD", "05/2019"))
    assert all(f"c.csv, row {row}," in text for row in (2, 3, 4)) and "b.csv, row 2, column AVALC" in text


@pytest.mark.parametrize("grade", ["0", "6", "G3", "3.5"])
def test_grades_that_are_none(tmp_path, grade):
    adsl = write_csv(tmp_path / "a.csv", subjects())
    adae = write_csv(
        tmp_path / "c.csv", [{"USUBJID": "S1", "AEDECOD": "Rash", "AETOXGR": grade, "ASTDT": ""}]
    )
    assert "is no CTCAE grade" in faults_of(adsl, adae)


def test_severity_stands_for_a_grade_and_says_so(tmp_path):
    adsl = write_csv(tmp_path / "a.csv", subjects(SAFFL="Y"))
    adae = write_csv(tmp_path / "c.csv", [
        {"USUBJID": "S1", "AEDECOD": term, "AESEV": word, "AETOXGR": grade, "ASTDT": "2019-05-01"}
        for term, word, grade in (("a", "MILD", ""), ("b", "MODERATE", ""), ("c", "SEVERE", ""),
                                  ("d", "SEVERE", "4"))])  # fmt: skip
    rows = read_adam([adsl, adae], AdamChoice(), TODAY).tables["toxicity"]
    assert [(row["grade"], row["grade_source"]) for row in rows] == [
        ("1", "severity"), ("2", "severity"), ("3", "severity"), ("4", "grade")]  # fmt: skip


def test_every_file_at_once(tmp_path):
    other = write_csv(tmp_path / "x.csv", [{"USUBJID": "S1", "WHAT": "1"}])
    one = write_csv(tmp_path / "a.csv", subjects())
    two = write_csv(tmp_path / "b.csv", subjects())
    text = faults_of(one, two, other, tmp_path / "absent.csv")
    assert "given twice" in text and "none of the data sets" in text and "no such file" in text


def test_tables_that_break_a_rule_are_written_and_refused(tmp_path, capsys):
    adsl = write_csv(tmp_path / "a.csv", subjects())
    adae = write_csv(
        tmp_path / "c.csv",
        [{"USUBJID": "S1", "AEDECOD": "Rash", "AETOXGR": 2, "ASTDT": "2019-05-01", "AENDT": "2019-04-30"}],
    )
    with pytest.raises(SystemExit) as stopped:
        main(["import", "adam", str(adsl), str(adae), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and (tmp_path / "out" / "toxicity.csv").is_file()
    assert "toxicity.csv, row 2, column resolved_date" in said and "2019" not in said


def test_progression_free_longer_than_survival_is_unknown_and_named(tmp_path):
    rows = survival(AVALU="DAYS") + survival(PARAMCD="PFS", AVALU="DAYS")
    rows[3] |= {"AVAL": 150, "ADT": 18150}
    paths = [write_csv(tmp_path / "a.csv", subjects()), write_csv(tmp_path / "b.csv", rows)]
    made = read_adam(paths, AdamChoice(), TODAY)
    assert made.counts["n_pfs"] == 2 and made.counts["n_os"] == 3
    assert {"what": "progression-free survival", "why": "longer than survival: unknown", "n": 1,
            "patients": ["S1"]} in made.log.dropped  # fmt: skip
