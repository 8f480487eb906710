"""Thousands of questions to the browser's API, made from its OpenAPI: none fails, each answer is as declared.

Seeds 1 to 4, 60 questions a route each, on a simulated cohort of 200 patients; most parameters are words of the cohort
and its clinical columns, the others any text that the declaration allows.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from acceptance_table import Measure, note
from api_cases import ask_many
from starlette.testclient import TestClient

from wes_biomarkers.serve.app import create_app
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

pytestmark = pytest.mark.acceptance

SEEDS = range(1, 5)


def test_any_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()
    simulate_tables(TableParameters(n_patient=200, seed=1), tmp_path / "trial")
    monkeypatch.setattr("wes_biomarkers.serve.sql_routes.TIMEOUT_S", 2.0)
    client = TestClient(create_app(tmp_path / "trial" / "cohort"), base_url="http://localhost")
    n, answered, wrong = 0, 0, []
    for number in SEEDS:
        tally = ask_many(client, 60, first_seed=number)
        n += tally.answers.total()
        answered += sum(count for (_, status), count in tally.answers.items() if status == 200)
        wrong += tally.wrong
    note(
        "browser",
        f"{SEEDS[0]}-{SEEDS[-1]}",
        (time.monotonic() - start) / 60,
        [
            Measure("questions that fail or break OpenAPI", n, len(wrong), "0", not wrong),
            Measure("questions answered, the others refused in words", n, answered / n),
        ],
    )
    assert not wrong, "\n".join(wrong[:20])
    assert n > 3000
