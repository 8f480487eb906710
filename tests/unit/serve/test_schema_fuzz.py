"""Any question gets an answer as OpenAPI declares it; tests/acceptance asks thousands."""

import pyarrow as pa
import pytest
from api_cases import ask_many
from starlette.testclient import TestClient

from wes_biomarkers.serve import summary
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.arrow import ARROW
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=60, seed=2), out)
    return TestClient(create_app(out / "cohort"), base_url="http://localhost")


def test_any_question_is_answered_as_declared(client, monkeypatch):
    monkeypatch.setattr("wes_biomarkers.serve.sql_routes.TIMEOUT_S", 1.0)
    tally = ask_many(client, 6, first_seed=1)
    assert tally.wrong == []
    routes = {path for path, _ in tally.answers}
    assert routes == {path for path, _ in tally.answers if tally.answers[(path, 200)]}, (
        "each answers something"
    )
    assert routes == set(client.get("/api/openapi.json").json()["paths"])


def test_an_answer_of_another_shape_is_seen(client, monkeypatch):
    monkeypatch.setattr(summary, "tables", lambda store: [{"name": "patient"}])
    assert any("/api/tables" in each for each in ask_many(client, 1, first_seed=1).wrong)


def test_every_answer_is_declared(client):
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        for operation in methods.values():
            content = operation["responses"]["200"]["content"]
            assert all(each.get("schema") for each in content.values()), path


NOBODY = '[{"c": "age", "ge": 1000}]'
TABLES = [
    "columns", "tables", "genes", "counts", "patients", "survival?feature=tmb_per_mb", "response?feature=tmb_per_mb",
    "toxicity?feature=sex", "interaction?feature=tmb_per_mb", "values?x=tmb_per_mb&y=purity&colour=sex", "oncoprint",
    "cooccurrence", "lollipop?gene=TP53", "plan",
]  # fmt: skip


@pytest.mark.parametrize("path", TABLES)
def test_every_table_comes_as_arrow(client, path):
    """Its columns do not depend on who is chosen."""
    asked = [client.get(f"/api/{path}", params=params, headers={"Accept": ARROW})
             for params in (_own(path), _own(path) | {"f": NOBODY})]  # fmt: skip
    everybody, nobody = (pa.ipc.open_stream(answer.content).read_all() for answer in asked)
    assert all(answer.headers["content-type"] == ARROW for answer in asked)
    assert everybody.column_names == nobody.column_names
    if not path.startswith("values"):
        assert everybody.schema == nobody.schema
    if path not in ("plan",):
        assert everybody.num_rows > 0


def _own(path: str) -> dict[str, str]:
    return dict(each.split("=") for each in path.partition("?")[2].split("&") if each)


def test_arrow_holds_what_json_holds(client):
    rows = client.get("/api/survival", params={"feature": "tmb_per_mb"}).json()["rows"]
    answer = client.get("/api/survival", params={"feature": "tmb_per_mb"}, headers={"Accept": ARROW})
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column("effect").to_pylist() == [row["effect"] for row in rows]
    assert (
        table.schema.field("n").type == pa.int64() and table.schema.field("prespecified").type == pa.bool_()
    )
    counts = client.get("/api/counts", params={"columns": "age,sex"}).json()["by"]
    answer = client.get("/api/counts", params={"columns": "age,sex"}, headers={"Accept": ARROW})
    bars = pa.ipc.open_stream(answer.content).read_all().to_pandas()
    assert bars.groupby("column")["n"].sum().to_dict() == {
        name: sum(each["n"] for each in bins) for name, bins in counts.items()
    }
    answer = client.post("/api/sql", json={"sql": "SELECT sum(n_tumor_sample) AS s FROM patient"})
    assert isinstance(answer.json()["rows"][0]["s"], int)
