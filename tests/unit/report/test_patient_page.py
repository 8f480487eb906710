"""A patient's page holds what the cohort holds of the patient, escaped, and nothing of others."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.cohort_folder import Cohort, read_cohort
from wes_biomarkers.report.patient_charts import course_frames
from wes_biomarkers.report.patient_page import patient_ids, render_index, render_patient, render_patients


@pytest.fixture(scope="module")
def cohort(trial):
    return read_cohort(trial)


@pytest.fixture(scope="module")
def treated(cohort):
    """A patient with events, assessments and a pair that went through."""
    tables = cohort.tables
    ok = tables["biomarker"].loc[tables["biomarker"]["tmb_per_mb_status"] == "ok", "patient_id"]
    return next(
        patient
        for patient in tables["toxicity"]["patient_id"]
        if patient in set(ok) and patient in set(tables["assessment"]["patient_id"])
    )


@pytest.fixture(scope="module")
def page(cohort, treated):
    return render_patient(cohort, treated)


def test_every_section_of_the_patient_is_there(page):
    for name in ("course", "biomarkers", "copy-number", "signatures", "clones", "variants", "hla"):
        assert f'<section id="{name}">' in page and f'href="#{name}"' in page, name
    assert page.count("<svg") >= 5 and "SIMULATED DATA" in page


def test_values_are_those_of_the_tables(page, cohort, treated):
    wide = cohort.tables["biomarker"]
    row = wide[wide["patient_id"] == treated].iloc[0]
    cell = re.search(r">tmb per mb(?:<small>.*?</small>)?</th><td class=\"n\">([\d.,]+)", page)[1]
    assert float(cell.replace(",", "")) == pytest.approx(row["tmb_per_mb"], rel=0.01)
    variant = cohort.tables["variant"]
    mine = variant[(variant["patient_id"] == treated) & variant["is_pass"]]
    table = re.search(r'(?s)id="variant-table">.*?</table>', page)[0]
    assert table.count('<tr><th scope="row">') == min(len(mine), 200)


def test_no_other_patient_is_named(page, cohort, treated):
    others = [patient for patient in patient_ids(cohort) if patient != treated]
    assert not [patient for patient in others if patient in page]


def test_ids_in_a_page_are_single(page):
    ids = re.findall(r'(?<![-\w])id="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_an_unknown_patient_is_told_with_those_alike(cohort):
    with pytest.raises(InputError, match="Did you mean P0000"):
        render_patient(cohort, "P00001")


def test_a_patient_without_samples_has_a_short_page(cohort):
    tables = cohort.tables
    lone = next(p for p in patient_ids(cohort) if p not in set(tables["pair"]["patient_id"]))
    page = render_patient(cohort, lone)
    assert f"Patient {lone}" in page and 'id="biomarkers"' not in page


def test_a_failed_pair_says_why(cohort):
    pair = cohort.tables["pair"]
    failed = pair[pair["status"] == "failed"]
    if failed.empty:
        pytest.skip("no failed pair in this simulation")
    assert f"{failed.iloc[0]['pair_id']} failed: {failed.iloc[0]['reason']}" in render_patient(
        cohort, failed.iloc[0]["patient_id"]
    )


def test_hostile_cells_are_text(cohort, treated):
    tables = dict(cohort.tables)
    attack = "<img src=x onerror=alert(1)>"
    variant = tables["variant"]
    tables["variant"] = variant.assign(gene=variant["gene"].mask(variant["patient_id"] == treated, attack))
    tables["toxicity"] = tables["toxicity"].assign(term=attack)
    page = render_patient(Cohort(tables, cohort.manifest), treated)
    assert attack not in page and "&lt;img" in page


def test_a_page_does_not_depend_on_those_before_it(cohort, treated, page):
    first = next(patient for patient in patient_ids(cohort) if patient != treated)
    assert dict(render_patients(cohort, [first, treated]))[treated] == page
    assert f'href="{treated}.html"' in render_index(cohort, [first, treated])


def test_the_course_keeps_every_known_day():
    line = {
        "phases": [{"name": "Treatment", "detail": "a", "start": 0, "end": 90, "open": False}],
        "events": [{"kind": "death", "day": 200}],
        "assessments": [{"day": 50, "response": "PR", "change_percent": -40.0}],
        "samples": [{"role": "tumor", "specimen": "tissue", "timepoint": "baseline", "day": -5},
                    {"role": "normal", "specimen": None, "timepoint": None, "day": None}],
        "toxicity": [{"term": "rash", "grade": 2, "start": 10, "end": 20, "open": True, "immune_related": True,
                      "serious": False},
                     {"term": "cough", "grade": 1, "start": None, "end": None, "open": True, "immune_related": None,
                      "serious": None}],
    }  # fmt: skip
    spans, marks = course_frames(line)
    assert list(spans["lane"]) == ["Treatment", "Rash"] and list(spans["words"]) == ["A", "immune-related"]
    assert list(marks["lane"]) == ["Events", "Assessments", "Tumour samples", "Normal samples"]
    assert marks["detail"].tolist()[2] == "Tissue, Baseline"
    assert list(marks["kind"]) == ["death", "PR", "tumour sample", "normal sample"]
    assert marks["words"].tolist()[1] == "-40 %" and pd.isna(marks["day"].iloc[3])
