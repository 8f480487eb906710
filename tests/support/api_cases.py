"""Questions to the browser's API: made from its OpenAPI by schemathesis, half of their words the cohort's own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

CHECKS = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
HOST = {"Host": "localhost"}
FILTERS = (
    "", "[]", '[{"c":"age","ge":60}]', '[{"c":"sex","in":["female",null]}]', '[{"c":"gene:TP53","in":[true,null]}]',
    '[{"c":"age","ge":1000}]', '[{"c":"allocation_date","ge":"2022-01-01"}]', '[{"c":"age","in":[true]}]',
    '[{"c":"allocation_date","in":["2022-01-01"]}]', '[{"c":"n_tumor_sample","in":[1,1.5]}]', '[{"c":"sex","in":[]}]',
)  # fmt: skip
QUESTIONS = (
    "SELECT * FROM patient_biomarker", "SELECT 1 AS a, 2 AS a", "SELECT [1, 2] AS x, {'a': NULL} AS y", "SELECT NULL",
    "SELECT interval 1 day", "SELECT date 'infinity'", "SELECT [timestamp 'infinity']", "SELECT MAP {1: 2}",
    "SELECT '10'::BIT, 'ab'::BLOB", "SELECT union_value(k := 1)", "SELECT 1.5::DECIMAL(38, 10), 2::HUGEINT",
    "SELECT now(), uuid(), time '12:00'", "SELECT 'a'::ENUM ('a')", "SELECT 'nan'::DOUBLE, 'inf'::DOUBLE", "SELEC",
    "SELECT chr(0), chr(55296)", "SELECT * FROM range(100000000)", "SELECT '1'::VARIANT", "DROP VIEW patient",
)  # fmt: skip


@dataclass
class Tally:
    """Answers by route and status, and the questions whose answer was wrong, in words."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def words_of(client: TestClient) -> dict[str, tuple[str, ...]]:
    """What this cohort's parameters can be, and a few things they cannot."""
    columns = tuple(each["name"] for each in client.get("/api/columns").json())
    endpoints = tuple(each["name"] for each in client.get("/api/cohort").json()["endpoints"])
    patients = tuple(row["patient_id"] for row in client.get("/api/patients?limit=5").json()["rows"])
    features = (
        *columns,
        "gene:TP53",
        "mutation:TP53",
        "amplification:TP53",
        "gene:NO",
        "patient_id",
        "arm_received",
    )
    return {
        "f": FILTERS, "endpoint": endpoints, "feature": features, "x": features, "against": features, "y": (*features, ""),
        "colour": (*features, ""), "cut": ("", "median", "maximal", "2.5", "-1", "1e308", "nan"),
        "population": ("endpoint", "randomized", "sequenced", "arm:a"), "adjust": ("", "age", "age,sex", "no"),
        "question": ("prognostic", "predictive"), "columns": ("", "age,sex", "tmb_per_mb", "patient_id", "age,age"),
        "sort": ("age", "-tmb_per_mb,sex", "--age", "-", "allocation_date"), "genes": ("", "TP53", "TP53,NO", "TP53,TP53"),
        "tracks": ("", "age", "arm_assigned,age"), "gene": ("TP53", "NO"), "sql": QUESTIONS, "patient_id": patients,
        "name": ("forest", "flow", "curves"), "suffix": ("csv",), "landmark": ("3", "0", "1200"),
    }  # fmt: skip


def ask_many(client: TestClient, n: int, *, first_seed: int, share: float = 0.85) -> Tally:
    """Ask each route `n` questions and compare each answer with what OpenAPI declares.

    Args:
        client: of the app.
        n: questions a route.
        first_seed: of the questions.
        share: of parameters that get a word of the cohort instead of any text.
    """
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app, headers=HOST)
    known, chance, tally = words_of(client), random.Random(first_seed), Tally()
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(first_seed)
        @settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            """One question."""
            _worded(case, known, chance, share)
            answer = case.call(headers=HOST)
            tally.answers[(case.path, answer.status_code)] += 1
            tally.wrong += [f"{case.method} {case.path} {case.query} {case.body}: {each}"
                            for each in _faults(case, answer)]  # fmt: skip

        one()
    return tally


def _worded(case: Any, known: dict[str, tuple[str, ...]], chance: random.Random, share: float) -> None:
    for part in (case.query, case.path_parameters, case.body):
        if isinstance(part, dict):
            for name in [name for name in part if name in known]:
                if chance.random() < share:
                    part[name] = chance.choice(known[name])


def _faults(case: Any, answer: Any) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"{answer.status_code}"
        return
    try:
        case.validate_response(answer, checks=CHECKS, additional_checks=[])
    except* AssertionError as group:
        yield from (str(each)[:400] for each in group.exceptions)
