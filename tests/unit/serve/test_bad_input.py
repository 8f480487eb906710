"""Cohorts as they should not be: one error that says what to do, or a page that works."""

import json
import shutil
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from wes_biomarkers.cli.main import cli
from wes_biomarkers.errors import EXIT_INPUT, InputError
from wes_biomarkers.io.cohort_folder import read_cohort, write_cohort
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.arrow import ARROW
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

ROUTES = (
    "cohort", "columns", "tables", "genes", "counts", "patients", "plan", "oncoprint", "cooccurrence",
    "lollipop?gene=TP53", "survival", "survival?feature=tmb_per_mb", "survival?feature=tmb_per_mb&cut=maximal",
    "survival?feature=gene:TP53", "response?feature=tmb_per_mb", "toxicity", "interaction?feature=tmb_per_mb",
    "values?x=tmb_per_mb&y=purity", "chart/forest.csv?feature=tmb_per_mb",
)  # fmt: skip
STRANGE = ('O\'Neil "x"', "<img src=x onerror=alert(1)>", "😀 é", "=cmd()", "..%2f..", "' OR 1=1 --")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=30, seed=6), out)
    return out / "cohort"


@pytest.fixture(scope="module")
def cohort(folder):
    return read_cohort(folder)


def rewritten(cohort, tables, target):
    manifest = {name: value for name, value in cohort.manifest.items() if name not in ("schema", "tables")}
    write_cohort(target, tables, manifest, text=False)
    return target


def answers(folder):
    """Each route's status; none is an error of ours."""
    client = TestClient(create_app(folder), base_url="http://localhost")
    found = {}
    for path in ROUTES:
        for accept in ("application/json", ARROW):
            answer = client.get(f"/api/{path}", headers={"Accept": accept})
            assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
            found[path] = answer.status_code
    return found


def _manifest(**changes):
    def change(folder):
        path = folder / "cohort.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def _old_table(folder):
    path = folder / "cohort.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["clinical"]["version"] = 0
    path.write_text(json.dumps(manifest))


def _cut_short(folder):
    path = folder / "clinical.parquet"
    path.write_bytes(path.read_bytes()[:500])


def _without_column(folder):
    frame = pd.read_parquet(folder / "biomarker.parquet")
    frame.drop(columns=["pair_id"]).to_parquet(folder / "biomarker.parquet")


@pytest.mark.parametrize(
    "spoil, words",
    [
        (_manifest(schema="wes_biomarkers.cohort/0"), "Build the cohort again from the results"),
        (_manifest(schema="wes_biomarkers.cohort/99"), "with the version that built it"),
        (_old_table, "table clinical is of version 0, not 1"),
        (_manifest(tables=None), "does not list"),
        (_manifest(tables={"../x": {}}), "does not know"),
        (lambda folder: (folder / "cohort.json").unlink(), "it has no cohort.json"),
        (lambda folder: (folder / "cohort.json").write_text("{"), "not valid JSON"),
        (lambda folder: (folder / "clinical.parquet").unlink(), "is gone"),
        (_cut_short, "cut short"),
        (lambda folder: (folder / "gene.parquet").write_bytes(b""), "cut short"),
        (_without_column, "without a column"),
    ],
)
def test_no_cohort_of_this_version(folder, tmp_path, spoil, words):
    mine = tmp_path / "cohort"
    shutil.copytree(folder, mine)
    spoil(mine)
    with pytest.raises(InputError, match=words):
        create_app(mine)
    for command in (["query", str(mine), "SELECT 1"], ["serve", str(mine), "--port", "0"]):
        error = CliRunner().invoke(cli, command).exception
        assert isinstance(error, InputError) and error.exit_code == EXIT_INPUT
        assert words in str(error)


@pytest.mark.parametrize("path", ["none", "file", "empty"])
def test_no_cohort_at_all(tmp_path, path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="cohort build"):
        create_app(tmp_path / path)


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_and_one(cohort, tmp_path, n):
    ids = set(cohort.tables["patient"]["patient_id"][:n])
    tables = {
        name: table[table["patient_id"].isin(ids)] if "patient_id" in table else table
        for name, table in cohort.tables.items()
    }
    found = answers(rewritten(cohort, tables, tmp_path / "cohort"))
    assert found["cohort"] == found["counts"] == found["patients"] == found["oncoprint"] == 200


@pytest.mark.parametrize(
    "gone", [["clinical"], ["pair", "sample"], ["gene"], ["biomarker"], ["variant", "gene"]]
)
def test_without_a_table(cohort, tmp_path, gone):
    tables = {name: table for name, table in cohort.tables.items() if name not in gone}
    found = answers(rewritten(cohort, tables, tmp_path / "cohort"))
    assert found["cohort"] == found["counts"] == found["patients"] == found["oncoprint"] == 200


def test_only_patients(cohort, tmp_path):
    found = answers(rewritten(cohort, {"patient": cohort.tables["patient"]}, tmp_path / "cohort"))
    assert found["counts"] == 200


def test_a_biomarker_nobody_has(cohort, tmp_path):
    wide = cohort.tables["biomarker"].assign(tmb_per_mb=float("nan"), tmb_per_mb_status="not_evaluable")
    folder = rewritten(cohort, dict(cohort.tables) | {"biomarker": wide}, tmp_path / "cohort")
    assert answers(folder)["survival?feature=tmb_per_mb"] == 200
    client = TestClient(create_app(folder), base_url="http://localhost")
    assert "tmb_per_mb" not in {each["name"] for each in client.get("/api/columns").json()}
    found = client.get("/api/survival?feature=tmb_per_mb").json()
    assert found["n"] == 0 and found["p_value"] is None and found["reason"]


def test_words_with_quotes_tags_and_emojis(cohort, tmp_path):
    clinical = cohort.tables["clinical"]
    sites = [STRANGE[i % len(STRANGE)] for i in range(len(clinical))]
    tables = dict(cohort.tables) | {"clinical": clinical.assign(site=sites)}
    folder = rewritten(cohort, tables, tmp_path / "cohort")
    assert answers(folder)["counts"] == 200
    client = TestClient(create_app(folder), base_url="http://localhost")
    for name in STRANGE:
        params = {"f": json.dumps([{"c": "site", "in": [name]}])}
        assert client.get("/api/counts", params=params).json()["n_patient"] == sites.count(name)
        sql = client.get("/api/survival", params=params).json()["sql"]
        found = client.post("/api/sql", json={"sql": f"SELECT count(*) AS n FROM ({sql})"}).json()
        assert found["rows"] == [{"n": sites.count(name)}]
    text = client.get("/api/sql/download", params={"sql": "SELECT site FROM clinical"}).text
    assert "'=cmd()" in text.split("\r\n") and "=cmd()" not in text.split("\r\n")


def test_ids_with_quotes_tags_and_emojis(folder, cohort, tmp_path):
    """`cohort build` refuses them; tables changed by hand give answers or words, and no error of ours."""
    mine = tmp_path / "cohort"
    shutil.copytree(folder, mine)
    names = dict(zip(cohort.tables["patient"]["patient_id"], STRANGE, strict=False))
    for path in mine.glob("*.parquet"):
        table = pq.read_table(path)
        if "patient_id" in table.column_names:
            at = table.column_names.index("patient_id")
            values = [names.get(old, old) for old in table.column(at).to_pylist()]
            table = table.set_column(at, table.schema.field(at), pa.array(values, pa.string()))
            pq.write_table(table, path)
    found = answers(mine)
    assert found["patients"] == 200 and found["survival"] == 422
    client = TestClient(create_app(mine), base_url="http://localhost")
    assert "pattern" in client.get("/api/survival").json()["message"]
    listed = client.get("/api/patients?limit=100&columns=site").json()["rows"]
    assert {row["patient_id"] for row in listed} >= set(STRANGE)
    for name in (name for name in STRANGE if "%" not in name):  # the client of the test decodes twice
        answer = client.get("/api/patient/" + quote(name, safe=""))
        assert answer.status_code == 200 and answer.json()["patient_id"] == name
