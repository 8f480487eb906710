"""The browser's API: its numbers are the cohort's own, and bad questions are refused in words."""

import csv
import io
import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.frame import Join
from wes_biomarkers.query import open_cohort
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.arrow import ARROW
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

FILTER = [{"c": "tmb_per_mb", "ge": 2}, {"c": "gene:TP53", "in": [True]}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=80, seed=3), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def client(folder):
    return TestClient(create_app(folder), base_url="http://localhost")


@pytest.fixture(scope="module")
def tables(folder):
    return read_cohort(folder).tables


def asked(client, path, status=200, **params):
    params = {name: json.dumps(value) if name == "f" else value for name, value in params.items()}
    answer = client.get(f"/api/{path}", params=params)
    assert answer.status_code == status, answer.text[:500]
    return answer.json()


def chosen(folder, client, f):
    with open_cohort(folder) as cohort:
        wide = cohort.sql("SELECT * FROM patient_biomarker").to_pandas()
        altered = cohort.sql(
            "SELECT patient_id FROM gene JOIN baseline_pair USING (patient_id, pair_id) "
            "WHERE gene = 'TP53' AND status IN ('altered', 'biallelic')"
        ).to_pandas()
    keep = (wide["tmb_per_mb"] >= 2).fillna(False) & wide["patient_id"].isin(altered["patient_id"])
    return wide[keep.astype(bool)]


def test_cohort_and_columns(client, tables):
    cohort = asked(client, "cohort")
    assert cohort["counts"]["n_patient"] == len(tables["patient"])
    assert {each["name"] for each in cohort["tables"]} == set(tables)
    columns = {each["name"]: each for each in asked(client, "columns")}
    clinical = tables["clinical"]
    assert columns["age"]["n_known"] == clinical["age"].notna().sum()
    assert {each["value"]: each["n"] for each in columns["arm_assigned"]["levels"]} == (
        clinical["arm_assigned"].value_counts().to_dict()
    )


def test_counts_follow_the_filter(folder, client):
    expected = chosen(folder, client, FILTER)
    found = asked(client, "counts", f=FILTER, columns="arm_assigned,age,tmb_per_mb")
    assert found["n_patient"] == len(expected) > 0
    assert found["flow"][0]["n"] == 80
    arms = {each["value"]: each["n"] for each in found["by"]["arm_assigned"]}
    counted = expected["arm_assigned"].value_counts().to_dict()
    assert {value: n for value, n in arms.items() if n and value is not None} == counted
    assert sum(each["n"] for each in found["by"]["age"]) == len(expected)
    own = sum(each["n"] for each in found["by"]["tmb_per_mb"])
    assert own > len(expected), "a column's own condition does not narrow its own bars"


def test_patients_are_sorted_and_paged(folder, client):
    expected = chosen(folder, client, FILTER).sort_values("tmb_per_mb", ascending=False)
    found = asked(client, "patients", f=FILTER, sort="-tmb_per_mb", offset=1, limit=3)
    assert found["n"] == len(expected)
    assert [row["tmb_per_mb"] for row in found["rows"]] == expected["tmb_per_mb"].tolist()[1:4]


def test_true_false_and_unknown_of_a_gene_are_everybody(client):
    parts = [asked(client, "counts", f=[{"c": "gene:TP53", "in": [v]}], columns="")["n_patient"]
             for v in (True, False, None)]  # fmt: skip
    assert sum(parts) == 80
    assert asked(client, "counts", f=[{"c": "gene:TP53", "in": [True, False, None]}])["n_patient"] == 80


@pytest.mark.parametrize("cut", ["", "median", "2.5"])
def test_survival_is_what_associate_says(folder, client, tables, cut):
    ids = set(chosen(folder, client, FILTER)["patient_id"])
    cutpoint = {"": None, "median": Cutpoint("median")}.get(cut, Cutpoint("value", 2.5))
    analysis = Analysis("ad hoc", "os", ("tmb_per_mb",), cutpoint=cutpoint)
    some = {name: part[part["patient_id"].isin(ids)] for name, part in tables.items() if "patient_id" in part}
    expected = run_plan(Join(some), Plan("", (analysis,))).table
    found = asked(client, "survival", f=FILTER, feature="tmb_per_mb", cut=cut)
    assert len(found["rows"]) == len(expected)
    for row, (_, other) in zip(found["rows"], expected.iterrows(), strict=True):
        assert row["n"] == other["n"] and row["status"] == other["status"]
        for name in ("effect", "p_value", "ci_low", "ci_high"):
            assert (row[name] is None) == pd.isna(other[name])
            assert row[name] is None or np.isclose(row[name], other[name])
    assert sum(group["n"] for group in found["groups"]) == found["n"]
    assert "exploratory" in found["cut_label"]


def test_the_python_shown_gives_the_numbers_shown(folder, client, capsys):
    f = [*FILTER, {"c": "arm_assigned", "in": ["it's", None]}]
    for each in (FILTER, f):
        found = asked(client, "survival", f=each, feature="tmb_per_mb", cut="median")
        exec(
            found["python"]
            .replace('Path("COHORT")', f"Path({str(folder)!r})")
            .replace("print(", "shown = ("),
            scope := {},
        )
        assert int(scope["shown"]["n"].iloc[0]) == found["rows"][0]["n"]
        with open_cohort(folder) as cohort:
            assert len(cohort.sql(found["sql"]).to_pandas()) == asked(client, "counts", f=each)["n_patient"]


@pytest.mark.parametrize(
    "path, params",
    [
        ("survival", {"endpoint": "pfs", "feature": "arm_assigned"}),
        ("survival", {"endpoint": "toxicity_time_any", "feature": "gene:TP53"}),
        ("survival", {"feature": "protein:IL6"}),
        ("response", {"feature": "tmb_per_mb"}),
        ("response", {"feature": "sex"}),
        ("toxicity", {"endpoint": "toxicity_grade_any", "feature": "tmb_per_mb"}),
        ("interaction", {"feature": "tmb_per_mb"}),
        ("values", {"x": "tmb_per_mb", "y": "purity", "colour": "arm_assigned"}),
        ("oncoprint", {}), ("cooccurrence", {}), ("lollipop", {"gene": "TP53"}), ("plan", {}), ("tables", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("f", [[], FILTER, [{"c": "age", "ge": 1000}]], ids=["all", "some", "nobody"])
def test_every_route_answers_for_all_some_and_nobody(client, path, params, f):
    if path in ("plan", "tables"):
        asked(client, path, **params)
    else:
        asked(client, path, f=f, **params)


def test_pictures(client):
    picture = client.get("/api/chart/curves.svg", params={"feature": "tmb_per_mb"})
    assert picture.status_code == 200 and picture.text.startswith("<svg")
    table = client.get("/api/chart/forest.csv", params={"feature": "tmb_per_mb"})
    assert "hazard_ratio" in set(pd.read_csv(io.StringIO(table.text))["effect_kind"])


def test_patient(client):
    first = asked(client, "patients", limit=1)["rows"][0]["patient_id"]
    assert asked(client, f"patient/{first}")["patient_id"] == first
    for wrong in ("nobody", "..%2f..%2fetc%2fpasswd", "<img src=x>", "' OR 1=1 --"):
        assert client.get(f"/api/patient/{wrong}").status_code == 404


def test_arrow(client):
    answer = client.get("/api/patients?limit=5&columns=age", headers={"Accept": ARROW})
    assert pa.ipc.open_stream(answer.content).read_all().num_rows == 5


@pytest.mark.parametrize(
    "f",
    [
        "{", "{}", "[1]", '[{"c": "age"}]', '[{"c": "nope", "in": [1]}]', '[{"c": "age", "in": ["x"]}]',
        '[{"c": "age", "ge": "1 OR 1=1"}]', '[{"c": "age\\"; DROP TABLE patient; --", "ge": 1}]',
        '[{"c": "arm_assigned", "ge": 1}]', '[{"c": "age", "ge": NaN}]', '[{"c": "age", "in": [[1]]}]',
        '[{"c": "gene:\' OR 1=1", "in": [true]}]', '[{"c": "gene:TP53", "in": ["x"]}]', "[" * 10_000,
        '[{"c": "age", "ge": 1e400}]', '[{"c": "age", "in": [99999999999999999999999]}]',
    ],
)  # fmt: skip
def test_filters_that_are_none_are_refused(client, f):
    answer = client.get("/api/counts", params={"f": f, "columns": "age"})
    assert answer.status_code == 422 or (answer.status_code == 200 and "1e400" in f)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW patient", "ATTACH '/tmp/x.db'", "COPY patient TO '/tmp/x.csv'", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT 1; SELECT 2", "INSTALL httpfs", "SET memory_limit = '99GB'", "PRAGMA database_list", "", "SELEC",
        "SELECT * FROM 'cohort.json'", "SELECT getenv('HOME')", "CREATE TABLE t AS SELECT 1",
        "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.range + b.range = c.range - 1",
    ],
)  # fmt: skip
def test_sql_that_does_more_than_read_is_refused(client, monkeypatch, sql):
    monkeypatch.setattr("wes_biomarkers.serve.sql_routes.TIMEOUT_S", 1.0)
    answer = client.post("/api/sql", json={"sql": sql})
    assert answer.status_code == 422, answer.text[:300]
    assert "root:" not in answer.text


def test_a_hundred_million_rows_are_cut(client):
    found = client.post("/api/sql", json={"sql": "SELECT * FROM range(100000000)", "limit": 10}).json()
    assert len(found["rows"]) == 10 and found["truncated"]


def test_formulas_in_cells_are_neutral(client):
    sql = "SELECT '=cmd()' AS a, '@x' AS \"+b\", -1 AS c, '<script>' AS d, '😀' AS e"
    text = client.get("/api/sql/download", params={"sql": sql}).text
    assert text.splitlines() == ["a,'+b,c,d,e", "'=cmd(),'@x,-1,<script>,😀"]
    parquet = client.get("/api/sql/download", params={"sql": "SELECT 1 AS a", "format": "parquet"})
    assert pd.read_parquet(io.BytesIO(parquet.content))["a"].tolist() == [1]


@pytest.mark.parametrize("start", ["", " ", "   ", "\n", "\t", "\r", "\ufeff", "\u00a0", "\u3000", '"'])
@pytest.mark.parametrize("letter", "=+-@")
def test_formulas_behind_white_space_are_neutral(client, start, letter):
    sql = f"SELECT '{start}{letter}1+1' AS a"
    text = client.get("/api/sql/download", params={"sql": sql}).text
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{start}{letter}1+1"]


def test_a_cohort_built_again_is_served_anew(folder, tmp_path):
    mine, other = tmp_path / "cohort", tmp_path / "other"
    shutil.copytree(folder, mine)
    client = TestClient(create_app(mine), base_url="http://localhost")
    assert asked(client, "counts", columns="")["n_patient"] == 80
    simulate_tables(TableParameters(n_patient=30, seed=4), other)
    mine.rename(tmp_path / "old")
    asked(client, "counts", status=422)
    shutil.copytree(other / "cohort", mine)
    assert asked(client, "counts", columns="")["n_patient"] == 30


def test_two_patients(tmp_path):
    simulate_tables(TableParameters(n_patient=2, seed=5), tmp_path / "one")
    client = TestClient(create_app(tmp_path / "one" / "cohort"), base_url="http://localhost")
    for path in (
        "cohort",
        "columns",
        "counts",
        "genes",
        "patients",
        "survival",
        "response",
        "oncoprint",
        "plan",
    ):
        asked(client, path)


def test_a_gene_that_was_not_evaluated_is_not_unaltered(client, folder):
    gene, pair = (pd.read_parquet(folder / f"{name}.parquet") for name in ("gene", "pair"))
    baseline = pair[(pair["timepoint"] == "baseline") & (pair["status"] == "ok")]
    mine = gene[gene["pair_id"].isin(baseline["pair_id"]) & (gene["gene"] == "TP53")]
    known = mine[mine["status"] != "not_evaluable"]
    (row,) = client.get("/api/oncoprint", params={"genes": "TP53"}).json()["genes"]
    assert row["n_known"] == known["patient_id"].nunique() < pair["patient_id"].nunique()
    together = client.get("/api/cooccurrence", params={"genes": "TP53,CDKN2A"}).json()["pairs"][0]
    counts = [together[name] for name in ("n_both", "n_a_only", "n_b_only", "n_neither")]
    assert sum(counts) == row["n_known"]
