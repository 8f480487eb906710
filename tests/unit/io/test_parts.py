"""A table of many rows is a folder of parts that reads as the one file would."""

from __future__ import annotations

import hashlib
import shutil

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import InputError
from wes_biomarkers.io import tables as table_files
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.parts import in_parts, part_files, table_sha256
from wes_biomarkers.io.tables import read_parquet, write_parquet_parts
from wes_biomarkers.query import open_cohort
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

VARIANT = TABLES["variant"]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 12), st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_any_split_keeps_the_rows_in_order_and_nobody_lies_in_two_parts(sizes, most, chunk):
    people = np.repeat([f"P{at:02d}" for at in range(len(sizes))], sizes)
    whole = pa.table({"patient_id": people, "row": np.arange(len(people))})
    stream = (whole.slice(at, chunk) for at in range(0, len(people), chunk))
    parts = [pa.concat_tables(list(pieces)) for pieces in in_parts(stream, most)]
    assert pa.concat_tables(parts).equals(whole)
    owners = [set(part["patient_id"].to_pylist()) for part in parts]
    assert sum(map(len, owners)) == len(set().union(*owners))
    assert all(len(part) < most + max(sizes) for part in parts)
    assert all(len(part) >= most for part in parts[:-1])


def test_a_table_without_persons_is_cut_at_the_row():
    parts = [pa.concat_tables(list(each)) for each in in_parts([pa.table({"x": list(range(7))})], 3)]
    assert [part["x"].to_pylist() for part in parts] == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory):
    """The same cohort with tables as files, and with those of more than 100 rows as folders."""
    folder = tmp_path_factory.mktemp("parts")
    simulate_tables(TableParameters(n_patient=40, seed=6), folder / "one")
    most, write = 100, table_files.write_parquet_parts
    with pytest.MonkeyPatch.context() as patch:
        for place in ("wes_biomarkers.io.tables", "wes_biomarkers.io.cohort_folder"):
            patch.setattr(f"{place}.write_parquet_parts", lambda *words: write(*words, most=most))
        simulate_tables(TableParameters(n_patient=40, seed=6), folder / "many")
    return folder / "one" / "cohort", folder / "many" / "cohort"


def test_the_cohort_reads_the_same(cohorts):
    one, many = map(read_cohort, cohorts)
    assert {path.name for path in cohorts[1].iterdir() if path.is_dir()} >= {
        "variant.parquet",
        "feature.parquet",
    }
    assert not any(path.is_dir() for path in cohorts[0].iterdir())
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, many.tables[name])
    line = many.manifest["tables"]["variant"]
    assert line["n_part"] == len(list((cohorts[1] / "variant.parquet").iterdir())) > 3
    assert "n_part" not in one.manifest["tables"]["variant"]


def test_others_read_the_folder_by_its_name(cohorts):
    one, many = (folder / "variant.parquet" for folder in cohorts)
    expected = pd.read_parquet(one)
    pd.testing.assert_frame_equal(pd.read_parquet(many), expected)
    assert pq.read_table(many).num_rows == len(expected)
    with duckdb.connect() as database:
        rows = database.execute(f"SELECT count(*) FROM read_parquet('{many}/*.parquet')").fetchall()
    assert rows == [(len(expected),)]


def test_questions_and_pages_answer_the_same(cohorts):
    text = "SELECT patient_id, count(*) AS n FROM variant_clinical GROUP BY ALL ORDER BY ALL"
    answers = []
    for folder in cohorts:
        with open_cohort(folder) as cohort:
            answers.append(cohort.sql(text).to_pandas())
    one, many = answers
    assert len(one) > 10
    pd.testing.assert_frame_equal(one, many)
    clients = [TestClient(create_app(folder), base_url="http://localhost") for folder in cohorts]
    for path in ("/api/oncoprint", "/api/lollipop?gene=TP53", "/api/survival?endpoint=os&feature=tmb_per_mb",
                 "/api/patient/P000001"):  # fmt: skip
        first, second = (client.get(path) for client in clients)
        assert first.status_code == second.status_code == 200
        assert first.json() == second.json()


def test_checksum_of_a_folder_is_that_of_what_sha256sum_prints(cohorts):
    folder = cohorts[1] / "variant.parquet"
    lines = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())
    )
    assert table_sha256(folder) == hashlib.sha256(lines.encode()).hexdigest()


def test_a_lost_last_part_is_missed_by_who_asks(cohorts, tmp_path):
    mine = tmp_path / "cohort"
    shutil.copytree(cohorts[1], mine)
    last = max((mine / "variant.parquet").iterdir())
    last.unlink()
    with pytest.raises(InputError) as error:
        open_cohort(mine)
    assert [last.name in str(each.file) for each in error.value.faults] == [True]


def test_what_a_file_system_leaves_is_passed_over(cohorts, tmp_path):
    mine = tmp_path / "cohort"
    shutil.copytree(cohorts[1], mine)
    (mine / "variant.parquet" / ".nfs0001").write_text("")
    counts = []
    for folder in (mine, cohorts[1]):
        with open_cohort(folder) as cohort:
            counts.append(cohort.sql("SELECT count(*) AS n FROM variant").to_pandas()["n"][0])
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda parts: (parts / "part-0001.parquet").unlink(), "part-0001"),
        (lambda parts: (parts / "notes.txt").write_text("x"), "notes.txt"),
        (lambda parts: (parts / "part-0001.parquet").write_bytes(b"PAR1"), "variant.parquet"),
        (shutil.rmtree, "variant.parquet"),
    ],
)
def test_a_folder_that_was_touched_is_refused(cohorts, tmp_path, spoil, named):
    mine = tmp_path / "cohort"
    shutil.copytree(cohorts[1], mine)
    spoil(mine / "variant.parquet")
    with pytest.raises(InputError) as error:
        read_cohort(mine)
    assert len(error.value.faults) == 1 and named in str(error.value)


def test_a_file_takes_the_place_of_a_folder_and_the_reverse(cohorts, tmp_path):
    data = pq.read_table(cohorts[0] / "variant.parquet")
    path = tmp_path / "variant.parquet"
    for most, n_file in ((50, None), (10_000, 1), (50, None)):
        assert write_parquet_parts(path, [data], VARIANT, most) == data.num_rows
        assert (len(part_files(path)) == 1) == (n_file == 1)
        assert len(read_parquet(path, VARIANT)) == data.num_rows
    assert [each.name for each in tmp_path.iterdir()] == ["variant.parquet"]


def test_what_fails_on_the_way_leaves_what_was_there(cohorts, tmp_path):
    data = pq.read_table(cohorts[0] / "variant.parquet")
    path = tmp_path / "variant.parquet"
    write_parquet_parts(path, [data], VARIANT, 50)
    before = table_sha256(path)

    def broken():
        yield data.slice(0, 60)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        write_parquet_parts(path, broken(), VARIANT, 50)
    assert table_sha256(path) == before and [each.name for each in tmp_path.iterdir()] == ["variant.parquet"]
