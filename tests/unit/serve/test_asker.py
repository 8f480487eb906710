"""SQL that DuckDB itself cannot stop, or that takes more memory than it counts, ends with its process."""

import time

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.serve.asker import Asker
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=10, seed=1), out)
    found = Asker(out / "cohort")
    yield found
    found.close()


def n_of(asker, text, timeout_s=5.0):
    return asker.sql(text, limit_rows=10, timeout_s=timeout_s).table.num_rows


@pytest.mark.parametrize(
    "text",
    ["SELECT length(list_resize([1], 500000000))", "SELECT length(lpad('x', 2000000000, 'y'))",
     "SELECT length(printf('%2000000000d', 1))", "SELECT sum(a.range) FROM range(100000000) a, range(100000000) b",
     "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
     "SELECT string_agg(repeat('x', 1000000), '') FROM range(10000)"],
)  # fmt: skip
def test_it_ends_in_time_and_the_next_is_answered(asker, text):
    n_of(asker, "SELECT 1")
    began = time.monotonic()
    with pytest.raises(InputError, match=r"took longer|more memory"):
        n_of(asker, text, timeout_s=0.5)
    assert time.monotonic() - began < 20
    assert n_of(asker, "SELECT 1") == 1


def test_only_reading(asker):
    for text in (
        "DROP VIEW patient",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM duckdb_secrets()",
    ):
        with pytest.raises(InputError) as caught:
            n_of(asker, text)
        assert "/" not in str(caught.value)
    assert n_of(asker, "SELECT * FROM patient") == 10


def test_no_cohort(tmp_path):
    with pytest.raises(InputError, match="no such cohort folder"):
        n_of(Asker(tmp_path / "none"), "SELECT 1")
