"""The picture of an answer is the one that files get, and holds the numbers of the answer."""

import json

import numpy as np
import pytest
import vl_convert
from starlette.testclient import TestClient

from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.arrow import ARROW
from wes_biomarkers.serve.pictures import with_picture, with_pictures
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

TMB = {"feature": "tmb_per_mb"}
#: Route, its question, and the name of the same chart as a file.
DRAWN = [
    ("survival", {"endpoint": "os", **TMB}, "curves", {}),
    ("survival", {"endpoint": "pfs", "feature": "arm_assigned"}, "curves", {}),
    ("response", TMB | {"endpoint": "response"}, "spread", {}),
    ("response", {"endpoint": "response", "feature": "sex"}, "rates", {}),
    ("toxicity", {"endpoint": "toxicity_grade_any", **TMB}, "grades", {}),
    ("toxicity", {"endpoint": "toxicity_time_any", "feature": "arm_assigned"}, "curves", {}),
    ("interaction", {"endpoint": "os", **TMB}, "forest", {"question": "predictive"}),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=120, seed=5), out)
    return TestClient(create_app(out / "cohort"), base_url="http://localhost")


def asked(client, path, **params):
    answer = client.get(f"/api/{path}", params=params)
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()


def rows_of(picture):
    return [row for rows in picture["datasets"].values() for row in rows]


@pytest.mark.parametrize("path, params, name, more", DRAWN)
def test_the_page_and_files_draw_the_same(client, path, params, name, more):
    picture = asked(client, path, **params)["picture"]
    file = client.get(f"/api/chart/{name}.svg", params=params | more)
    assert file.status_code == 200, file.text[:300]
    assert vl_convert.vegalite_to_svg(picture) == file.text and "SIMULATED DATA" in file.text


def test_curves_hold_the_steps_of_the_answer_and_name_their_origin(client):
    found = asked(client, "survival", endpoint="os", feature="arm_assigned")
    steps = [(step["time"], step["survival"]) for each in found["groups"] for step in each["curve"]]
    drawn = [(row["time"], row["estimate"]) for row in rows_of(found["picture"]) if "estimate" in row]
    assert np.array(sorted(drawn)) == pytest.approx(np.array(sorted(steps)), abs=1e-3)
    assert f"months from {found['origin']}" in json.dumps(found["picture"])


@pytest.mark.parametrize("path, endpoint", [("survival", "os"), ("toxicity", "toxicity_grade_any"),
                                            ("toxicity", "toxicity_time_any"), ("response", "response")])  # fmt: skip
def test_groups_whose_names_read_alike_stay_apart(client, path, endpoint):
    found = asked(client, path, endpoint=endpoint, feature="sex")
    part = "groups" if found.get("groups") else "by_group"
    alike = [each | {"name": name} for each, name in zip(found[part], ("arm_a", "arm a"), strict=True)]
    picture = with_picture(f"/api/{path}", found | {part: alike})["picture"]
    drawn = {str(row["group"]).split(" (n")[0].split(":")[0] for row in rows_of(picture) if "group" in row}
    assert drawn == {"arm_a", "arm a"}


def test_spread_holds_the_points_of_the_answer(client):
    found = asked(client, "response", endpoint="response", feature="tmb_per_mb")
    dots = {row["patient"]: row["value"] for row in rows_of(found["picture"]) if "patient" in row}
    assert dots == {each["patient_id"]: each["value"] for each in found["points"]}


def test_grades_tell_how_many_each_group_has(client):
    found = asked(client, "toxicity", endpoint="toxicity_grade_any", feature="sex")
    groups = {row["group"] for row in rows_of(found["picture"])}
    assert groups == {f"{each['name'].title()} (n = {each['n']})" for each in found["by_group"]}


def test_two_features_as_files(client):
    found = asked(client, "values", x="tmb_per_mb", y="pdl1_cps")
    params = {"feature": "tmb_per_mb", "against": "pdl1_cps"}
    file = client.get("/api/chart/scatter.svg", params=params)
    assert file.text == vl_convert.vegalite_to_svg(found["picture"]) and "SIMULATED DATA" in file.text
    lines = client.get("/api/chart/scatter.csv", params=params).text.splitlines()
    assert lines[0] == "patient_id,tmb_per_mb,pdl1_cps" and len(lines) == 1 + found["n"]
    first = found["rows"][0]
    assert lines[1] == f"{first['patient_id']},{first['x']},{first['y']}"
    alone = client.get("/api/chart/scatter.csv", params=params | {"against": "tmb_per_mb"}).text.splitlines()
    assert alone[0] == "patient_id,tmb_per_mb,tmb_per_mb" and len(set(alone[1].split(",")[1:])) == 1
    nobody = params | {"f": json.dumps([{"c": "sex", "in": ["nobody"]}])}
    assert client.get("/api/chart/scatter.csv", params=nobody).text == "patient_id,tmb_per_mb,pdl1_cps\r\n"
    assert client.get("/api/chart/scatter.svg", params=nobody).status_code == 422
    for wrong in ({"feature": "tmb_per_mb"}, {"feature": "tmb_per_mb", "against": "nothing"}):
        assert client.get("/api/chart/scatter.png", params=wrong).status_code == 422


def test_two_features(client):
    found = asked(client, "values", x="tmb_per_mb", y="pdl1_cps")
    assert [row["y"] for row in rows_of(found["picture"])] == [row["y"] for row in found["rows"]]
    by_level = asked(client, "values", x="sex", y="pdl1_cps")
    boxes = [row for row in rows_of(by_level["picture"]) if "median" in row]
    assert [row["group"].split(" ")[0] for row in boxes] == ["female", "male"]
    assert asked(client, "values", x="tmb_per_mb")["picture"] is None


def test_shades_where_patients_are_too_many(client):
    found = asked(client, "values", x="tmb_per_mb", y="pdl1_cps")
    bins = [{"x0": 0.0, "x1": 1.0, "y0": 0.0, "y1": 5.0, "n": 40}]
    drawn = with_picture("/api/values", found | {"rows": [], "bins": bins})
    assert rows_of(drawn["picture"]) == bins


def test_an_arrow_answer_has_no_picture(client):
    answer = client.get("/api/survival", params=TMB, headers={"Accept": ARROW})
    assert answer.status_code == 200 and b"vega" not in answer.content


@pytest.mark.parametrize("path, params, name, more", DRAWN)
def test_nobody_is_no_picture(client, path, params, name, more):
    nobody = json.dumps([{"c": "age", "ge": 1000}])
    assert asked(client, path, f=nobody, **params)["picture"] is None


def test_what_is_withheld_is_not_drawn(client):
    found = asked(client, "survival", endpoint="os", feature="arm_assigned")
    first, *others = found["groups"]
    held = first | {"n": None, "n_event": None, "at_risk": [None] * len(found["ticks"])}
    drawn = with_picture("/api/survival", found | {"groups": [held, *others]})["picture"]
    assert vl_convert.vegalite_to_svg(drawn).count(">–<") >= len(found["ticks"])
    gone = with_picture("/api/survival", found | {"groups": [held | {"curve": []}]})
    assert gone["picture"] is None


def test_a_stored_plan_is_drawn_by_analysis(client):
    about = {"analysis": "A", "endpoint": "os", "population": "all", "method": "cox_efron", "role": "prognostic",
             "status": "ok", "reason": None, "prespecified": True, "n": 80, "n_event": 40, "scale": None}  # fmt: skip
    effect = {
        "effect_kind": "hazard_ratio",
        "effect": 0.5,
        "ci_low": 0.3,
        "ci_high": 0.8,
        "p_value": 0.01,
        "q_value": 0.02,
    }
    rows = [about | effect | {"feature": name, "term": name} for name in ("tmb_per_mb", "purity")]
    held = (
        about
        | dict.fromkeys(effect)
        | {"effect_kind": "hazard_ratio", "feature": "age", "term": "age", "status": "withheld"}
    )
    area = (
        about
        | effect
        | {"feature": "age", "term": "age", "effect_kind": "auc", "analysis": "B", "prespecified": False}
    )
    found = with_pictures("/api/plan", {"plans": [], "rows": [*rows, held, area]})
    assert found["pictures"]["exploratory/B/os"] is None
    drawn = json.dumps(found["pictures"]["planned/A/os"])
    assert "TMB per Mb" in drawn and "0.50 (0.30 to 0.80)" in drawn and "withheld" in drawn
