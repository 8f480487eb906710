"""A cohort of one patient: everything answers, and what takes several patients says that it cannot be evaluated."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.definitions import read_tmb_definitions
from wes_biomarkers.report.page import render_report
from wes_biomarkers.report.patient_page import render_patients
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

FEATURES = ("tmb_per_mb", "tmb_high", "gene:TP53", "sex")


@pytest.fixture(scope="module", params=[1, 2])
def cohort(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=1, seed=request.param), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def browser(cohort):
    return TestClient(create_app(cohort), base_url="http://localhost")


def test_the_pages_answer(browser):
    assert browser.get("/api/cohort").json()["counts"]["n_patient"] == 1
    for path in ("columns", "genes", "counts", "plan", "oncoprint", "cooccurrence", "patient/P000001"):
        assert browser.get(f"/api/{path}").status_code == 200, path


@pytest.mark.parametrize("feature", FEATURES)
def test_no_effect_is_made_up(browser, feature):
    for endpoint in browser.get("/api/cohort").json()["endpoints"]:
        name, kind = endpoint["name"], endpoint["kind"]
        paths = ["interaction"]
        if kind in ("survival", "competing"):
            paths += ["survival"]
        elif kind == "binary":
            paths += ["toxicity" if name.startswith("toxicity") else "response"]
        for path in paths:
            answer = browser.get(f"/api/{path}", params={"endpoint": name, "feature": feature})
            assert answer.status_code == 200, (path, name, answer.text)
            told = answer.json()
            assert (told["effect"], told["p_value"]) == (None, None), (path, name)
            assert told["reason"] or told["refused"] or path == "toxicity", (path, name)


def test_reports_are_written(cohort):
    read = read_cohort(cohort)
    assert "P000001" in next(text for _, text in render_patients(read, ["P000001"]))
    assert "</html>" in render_report(read, read_tmb_definitions())
