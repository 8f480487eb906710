"""REDCap exports as our tables: raw and labels, events and repeats, choices, checkboxes, and what stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.clinical import read_clinical, read_toxicity
from wes_biomarkers.io.importers.redcap import read_redcap
from wes_biomarkers.io.importers.redcap_dictionary import Field

RAW = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,surname,sex,ecog,allocation_date,arm,resp,term,grade,onset_date,cause___1,cause___2,height,demographics_complete
R-01,baseline_arm_1,,,Doe,1,0,2023-01-02,1,,,,,,,171,2
R-01,follow_up_arm_1,,,,,,,,3,,,,,,,2
R-01,follow_up_arm_1,adverse_events,1,,,,,,,Pneumonitis,3,2023-03-04 10:30,1,0,,2
R-01,follow_up_arm_1,adverse_events,2,,,,,,,Rash,1,2023-04-01,0,0,,2
R-02,baseline_arm_1,,,Roe,2,1,2023-02-02,2,,,,,,,,2
R-02,follow_up_arm_1,,,,,,,,1,,,,,,,2
"""  # noqa: E501
DICTIONARY = """Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"
record_id,demographics,,text,Record ID,
surname,demographics,,text,Surname,
sex,demographics,,radio,Sex at birth,"1, Female | 2, Male"
ecog,demographics,,dropdown,ECOG,"0, 0 - active | 1, 1 - restricted"
allocation_date,demographics,,text,Day of allocation,
arm,demographics,,radio,Arm,"1, Immunotherapy | 2, Immunotherapy and radiotherapy"
resp,follow,,radio,Best response,"1, CR | 2, PR | 3, Stable disease"
term,adverse_events,,text,Term,
grade,adverse_events,,radio,<b>Grade</b>,"1, Grade 1 | 2, Grade 2 | 3, Grade 3"
onset_date,adverse_events,,text,Onset,
cause,adverse_events,,checkbox,Caused by,"1, Immune | 2, Radiation"
height,demographics,,text,Height,
"""  # noqa: E501
MAP = """heading,column,value,becomes
arm,arm_assigned,,
resp,best_response,Stable disease,SD
cause___1,immune_related,,
height,height_cm,,
"""


def write(folder: Path, **texts: str) -> dict[str, Path | None]:
    made: dict[str, Path | None] = {"export": None, "dictionary": None, "column_map": None}
    for name, text in texts.items():
        path = folder / f"{name}.csv"
        path.write_text(text)
        made[name] = path
    return made


def faults_of(folder: Path, **texts: str) -> str:
    with pytest.raises(InputError) as caught:
        read_redcap(**write(folder, **texts))
    return str(caught.value)


def test_raw_export_with_dictionary_and_map(tmp_path):
    made = read_redcap(**write(tmp_path, export=RAW, dictionary=DICTIONARY, column_map=MAP))
    assert made.tables["clinical"] == [
        {"patient_id": "R-01", "arm_assigned": "Immunotherapy", "best_response": "SD", "height_cm": "171",
         "allocation_date": "2023-01-02", "sex": "female", "ecog": "0"},
        {"patient_id": "R-02", "arm_assigned": "Immunotherapy and radiotherapy", "best_response": "CR",
         "allocation_date": "2023-02-02", "sex": "male", "ecog": "1"}]  # fmt: skip
    assert made.tables["toxicity"] == [
        {"patient_id": "R-01", "immune_related": "true", "term": "Pneumonitis", "grade": "3",
         "onset_date": "2023-03-04"},
        {"patient_id": "R-01", "immune_related": "false", "term": "Rash", "grade": "1",
         "onset_date": "2023-04-01"}]  # fmt: skip
    assert "surname" not in {name for row in made.tables["clinical"] for name in row}


def test_export_with_labels_says_the_same(tmp_path):
    raw = read_redcap(**write(tmp_path, export=RAW, dictionary=DICTIONARY, column_map=MAP))
    labels = """Record ID,Event Name,Repeat Instrument,Repeat Instance,Surname,Sex at birth,ECOG,Day of allocation,Arm,Best response,Term,Grade,Onset,Caused by (choice=Immune),Caused by (choice=Radiation),Height,Complete?
R-01,Baseline,,,Doe,Female,0 - active,2023-01-02,Immunotherapy,,,,,,,171,Complete
R-01,Follow-up,,,,,,,,Stable disease,,,,,,,Complete
R-01,Follow-up,Adverse events,1,,,,,,,Pneumonitis,Grade 3,2023-03-04 10:30,Checked,Unchecked,,Complete
R-01,Follow-up,Adverse events,2,,,,,,,Rash,Grade 1,2023-04-01,Unchecked,Unchecked,,Complete
R-02,Baseline,,,Roe,Male,1 - restricted,2023-02-02,Immunotherapy and radiotherapy,,,,,,,,Complete
R-02,Follow-up,,,,,,,,CR,,,,,,,Complete
"""  # noqa: E501
    words = MAP.replace("cause___1", "Caused by (choice=Immune)")
    made = read_redcap(**write(tmp_path, export=labels, dictionary=DICTIONARY, column_map=words))
    assert made.tables == raw.tables


def test_folder_is_read_back(tmp_path, capsys):
    files = write(tmp_path, export=RAW, dictionary=DICTIONARY, column_map=MAP)
    words = ["import", "redcap", str(files["export"]), "--dictionary", str(files["dictionary"])]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--column-map", str(files["column_map"]), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert stopped.value.code == 0, said
    assert "6 fields of the export are not read" not in said and "fields of the export are not read" in said
    clinical = read_clinical(tmp_path / "out" / "clinical.csv")
    assert clinical["height_cm"].dropna().tolist() == [171.0] and len(clinical) == 2
    assert read_toxicity(tmp_path / "out" / "toxicity.csv")["immune_related"].tolist() == [True, False]
    everything = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert "Doe" not in everything and str(tmp_path) not in everything


def test_a_code_is_not_taken_for_the_number_it_looks_like(tmp_path):
    """Code 1 stands for ECOG 0 here."""
    shifted = DICTIONARY.replace('"0, 0 - active | 1, 1 - restricted"', '"1, ECOG 0 | 2, ECOG 1"')
    text = faults_of(tmp_path, export=RAW.replace(",2,1,2023", ",2,2,2023").replace(",1,0,2023", ",1,1,2023"),
                     dictionary=shifted, column_map=MAP)  # fmt: skip
    assert text.count("is a choice that the column does not know") == 2 and "column ecog" in text
    assert "ECOG" not in text
    words = MAP + "ecog,ecog,ECOG 0,0\necog,ecog,ECOG 1,1\n"
    made = read_redcap(**write(tmp_path, export=RAW.replace(",2,1,2023", ",2,2,2023").replace(",1,0,2023", ",1,1,2023"),
                               dictionary=shifted, column_map=words))  # fmt: skip
    assert [row["ecog"] for row in made.tables["clinical"]] == ["0", "1"]


@pytest.mark.parametrize(
    ("text", "label", "code", "readings"),
    [
        ("3", "Grade 3", "3", ["Grade 3", "3"]),
        ("Grade 3", "Grade 3", "3", ["Grade 3", "3"]),
        ("1", "ECOG 0", "1", ["ECOG 0"]),
        ("1", "Male", "1", ["Male"]),
        ("male", "Male", "1", ["Male"]),
        ("7", "Male", "1", ["7"]),
    ],
)
def test_readings_of_a_choice(text, label, code, readings):
    assert Field("f", "F", {code: label}).readings(text) == readings


def test_values_that_differ_between_events_need_one(tmp_path):
    rows = RAW.replace("R-01,follow_up_arm_1,,,,,,,,3", "R-01,follow_up_arm_1,,,,,1,,,3")
    assert "Name the event" in faults_of(tmp_path, export=rows, dictionary=DICTIONARY, column_map=MAP)
    chosen = (
        MAP.replace("value,becomes", "value,becomes,event")
        .replace(",,\n", ",,,\n")
        .replace(",SD\n", ",SD,\n")
    )
    chosen += "ecog,ecog,,,baseline_arm_1\n"
    made = read_redcap(**write(tmp_path, export=rows, dictionary=DICTIONARY, column_map=chosen))
    assert made.tables["clinical"][0]["ecog"] == "0"
    assert "no row of the event" in faults_of(
        tmp_path, export=rows, dictionary=DICTIONARY, column_map=chosen.replace("baseline_arm_1", "start"))  # fmt: skip


def test_without_a_dictionary_words_are_translated_by_the_map(tmp_path):
    export = "patient_id,sex,agreed,grade,term\nP1,m,2,2,rash\nP2,f,1,,\n"
    words = (
        "heading,column,value,becomes\nsex,sex,m,male\nsex,sex,f,female\nagreed,toxicity_assessed,2,false\n"
    )
    words += "agreed,toxicity_assessed,1,true\n"
    made = read_redcap(**write(tmp_path, export=export, column_map=words))
    assert [(row["sex"], row["toxicity_assessed"]) for row in made.tables["clinical"]] == [
        ("male", "false"), ("female", "true")]  # fmt: skip
    assert made.tables["toxicity"] == [{"patient_id": "P1", "grade": "2", "term": "rash"}]


@pytest.mark.parametrize(
    ("export", "column_map", "words"),
    [
        ("patient_id,sex\nP 1,male\n,male\n", "heading,column\nsex,sex\n", "characters that are not allowed"),
        ("patient_id,sex\nP1,man\n", "heading,column\nsex,sex\n", "is not an allowed value"),
        (
            "patient_id,sex\nP1,male\n",
            "heading,column\ngender,sex\n",
            "names 'gender', which the export lacks",
        ),
        (
            "patient_id,sex\nP1,male\n",
            "heading,column\nid,patient_id\n",
            "heading of patient_id is not in the export",
        ),
        ("patient_id,sex\nP1,male\n", "field,column\nsex,sex\n", "no column heading"),
        ("patient_id,a,b\nP1,1,2\n", "heading,column\na,age\nb,age\n", "comes from two places"),
        ("patient_id,a\nP1,1\n", "heading,column,table\na,age,labs\n", "is not a row of a map"),
        ("patient_id,a___1\nP1,7\n", "heading,column\na___1,serious\n", "neither checked nor unchecked"),
        (
            "patient_id,death_date\nP1,03/04/2023\n",
            "heading,column\ndeath_date,death_date\n",
            "is not a date",
        ),
    ],
)
def test_faults_without_values(tmp_path, export, column_map, words):
    text = faults_of(tmp_path, export=export, column_map=column_map)
    assert words in text
    assert not any(value in text for value in ("man\n", "'man'", "03/04"))


def test_assessments_repeat_like_events(tmp_path):
    export = (
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,age,assessment_date,response,target_sum_mm\n"
        "P1,,,61,,,\nP1,scan,1,,2023-01-01,,60\nP1,scan,2,,2023-03-01,pr,30\nP2,,,50,,,\n"
    )
    made = read_redcap(**write(tmp_path, export=export))
    assert [row["response"] for row in made.tables["assessments"]] == ["", "PR"]
    assert [row["patient_id"] for row in made.tables["clinical"]] == ["P1", "P2"]
