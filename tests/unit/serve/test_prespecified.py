"""Only the very question of a stored plan, of all patients, is prespecified."""

import pytest
from starlette.testclient import TestClient

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.io.cohort_folder import add_association, read_cohort
from wes_biomarkers.join.frame import Join
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

ASKED = {"endpoint": "os", "feature": "tmb_per_mb", "cut": "5"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=80, seed=3), out)
    plan = Plan(
        "The plan",
        (Analysis("one", "os", ("tmb_per_mb",), cutpoint=Cutpoint("value", 5.0)),),
        plan_id="f" * 12,
        sha256="f" * 64,
    )
    assert plan.prespecified
    add_association(out / "cohort", run_plan(Join(read_cohort(out / "cohort").tables), plan).table, plan)
    return TestClient(create_app(out / "cohort"), base_url="http://localhost")


def test_the_planned_question(client):
    found = client.get("/api/survival", params=ASKED).json()
    assert found["prespecified"] and "exploratory" not in found["flags"]
    assert found["cut_label"] == "at 5, prespecified"


@pytest.mark.parametrize(
    "other",
    [{"cut": ""}, {"cut": "4"}, {"cut": "median"}, {"cut": "maximal"}, {"adjust": "age"}, {"landmark": "3"},
     {"endpoint": "pfs"}, {"feature": "purity"}, {"population": "all"}, {"f": '[{"c":"age","ge":0}]'}],
)  # fmt: skip
def test_any_other_question_is_exploratory(client, other):
    answer = client.get("/api/survival", params=ASKED | other)
    if answer.status_code == 422:  # a population this study does not have
        assert "population" in other
        return
    assert not answer.json()["prespecified"] and "prespecified" not in answer.json()["cut_label"]
