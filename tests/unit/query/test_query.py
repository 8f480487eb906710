"""SQL over a cohort: the tables and views are there, and nothing else can be reached or written."""

import io
import json

import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.samples import choose_samples
from wes_biomarkers.query import open_cohort
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=60, seed=2), out)
    return out / "cohort"


@pytest.fixture
def database(folder):
    with open_cohort(folder) as opened:
        yield opened


def test_tables_are_those_of_the_cohort(folder, database):
    tables = read_cohort(folder).tables
    assert set(database.tables) == set(tables)
    for name, frame in tables.items():
        assert database.sql(f'SELECT count(*) AS n FROM "{name}"').to_pandas()["n"][0] == len(frame)


def test_views_agree_with_pandas(folder, database):
    tables = read_cohort(folder).tables
    wide = database.sql("SELECT * FROM patient_biomarker ORDER BY patient_id").to_pandas()
    assert list(wide["patient_id"]) == sorted(tables["patient"]["patient_id"])
    chosen = choose_samples(tables["biomarker"], "pair_id").set_index("patient_id")
    known = wide[wide["pair_id"].notna()].set_index("patient_id")
    assert known["pair_id"].to_dict() == chosen["pair_id"].to_dict()
    expected = chosen["tmb_per_mb"].reindex(known.index)
    pd.testing.assert_series_equal(known["tmb_per_mb"], expected, check_dtype=False)
    assert {view.name for view in database.views} >= {"baseline_pair", "variant_clinical", "gene_frequency"}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM 'cohort.json'",
        "ATTACH '/tmp/x.db' AS x",
        "COPY (SELECT 1) TO '/tmp/never.csv'",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW patient",
        "INSERT INTO patient VALUES (1)",
        "INSTALL httpfs",
        "SET memory_limit = '1TB'",
        "PRAGMA threads = 64",
        "SELECT 1; SELECT 2",
        "SELECT 1) ; DROP VIEW patient; --",
        "",
        "-- nothing",
        "SELECT * FROM no_such_table",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    ],
)
def test_only_reading_the_cohort(folder, database, text, tmp_path):
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(InputError):
        database.sql(text)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert database.sql("SELECT count(*) AS n FROM patient").to_pandas()["n"][0] == 60


def test_rows_and_time_are_limited(database):
    found = database.sql("SELECT * FROM range(100000000)", limit_rows=10)
    assert found.table.num_rows == 10 and found.truncated
    assert not database.sql("SELECT 1", limit_rows=1).truncated
    with pytest.raises(InputError, match="took longer"):
        database.sql("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", timeout_s=0.3)
    with pytest.raises(InputError):
        database.sql("SELECT list(range) FROM range(2000000000)", timeout_s=20)
    assert database.sql("SELECT 7 AS x").to_pandas()["x"][0] == 7


def test_comments_and_semicolons_are_welcome(database):
    assert database.sql("SELECT 1 AS x; -- one").to_pandas()["x"][0] == 1
    assert database.sql("WITH a AS (SELECT 2 AS x) SELECT x FROM a").to_pandas()["x"][0] == 2
    emoji = database.sql("SELECT '😀; é' AS x ;; -- 😀").to_pandas()
    assert emoji["x"][0] == "😀; é"
    assert database.sql("FROM patient LIMIT 3").table.num_rows == 3


def test_a_broken_cohort(folder, tmp_path):
    with pytest.raises(InputError, match="no such cohort folder"):
        open_cohort(tmp_path / "none")
    old = tmp_path / "old"
    old.mkdir()
    (old / "cohort.json").write_text(json.dumps({"schema": "wes_biomarkers.cohort/0", "tables": {}}))
    with pytest.raises(InputError, match="not a cohort of"):
        open_cohort(old)
    (old / "cohort.json").write_text(
        json.dumps(json.loads((folder / "cohort.json").read_text()) | {"tables": {"patient": {}}})
    )
    with pytest.raises(InputError, match="is gone"):
        open_cohort(old)


def ask(folder, *words):
    from click.testing import CliRunner

    from wes_biomarkers.cli.main import cli

    return CliRunner().invoke(cli, ["query", str(folder), *map(str, words)])


def test_formats_hold_the_same(folder, tmp_path):
    text = "SELECT patient_id, age, objective_response FROM clinical ORDER BY patient_id LIMIT 5"
    csv = pd.read_csv(io.StringIO(ask(folder, text, "--format", "csv").stdout))
    tsv = pd.read_csv(io.StringIO(ask(folder, text, "--format", "tsv").stdout), sep="\t")
    rows = json.loads(ask(folder, text, "--format", "json").stdout)
    assert ask(folder, text, "-o", tmp_path / "x.parquet").exit_code == 0
    parquet = pd.read_parquet(tmp_path / "x.parquet")
    for frame in (csv, tsv, pd.DataFrame(rows), parquet):
        assert list(frame["patient_id"]) == list(csv["patient_id"]) and len(frame) == 5
        assert frame["age"].tolist() == csv["age"].tolist()
    assert "P000001" in ask(folder, text).stdout
    assert "patient_biomarker (view)" in ask(folder, "--tables").stdout
    limited = ask(folder, "SELECT * FROM patient", "--limit", 3, "--format", "csv")
    assert len(limited.stdout.splitlines()) == 4 and "first 3 rows" in limited.stderr


@pytest.mark.parametrize("text", ["SELECT '😀é' AS a;", "SELECT '😀;' AS a; -- é", "SELECT 'é' AS a -- ;😀"])
def test_letters_of_several_bytes_do_not_move_the_end(database, text):
    assert len(database.sql(text).to_pandas()) == 1
