"""The record envelope: its keys, what it refuses, and its way through JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.contracts.record import ENVELOPE, FLAGS, RECORD_SCHEMA, STATUSES, Record
from wes_biomarkers.errors import ContractError
from wes_biomarkers.io.records import read_records, records_json, write_records

PACKAGE = Path(__file__).resolve().parents[2] / "wes_biomarkers"


def record(**changes):
    given = {
        "patient_id": "P1",
        "pair_id": "T1_vs_N1",
        "feature": "tmb",
        "definition_id": "wes",
        "status": "ok",
    }
    return Record(**(given | changes))


def test_envelope_is_that_of_the_architecture():
    assert list(record().as_dict()) == [
        *("schema", "patient_id", "sample_id", "pair_id", "feature", "definition_id", "status", "reason"),
        *("flags", "values", "numerator", "denominator", "ci", "provenance"),
    ]  # fmt: skip
    assert list(ENVELOPE) == list(record().as_dict())
    assert set(STATUSES) == {"ok", "not_evaluable", "not_requested", "failed"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": "wes_biomarkers.record/0"}, "schema"),
        ({"pair_id": "", "sample_id": ""}, "neither a sample nor a pair"),
        ({"status": "fine"}, "unknown status"),
        ({"status": "not_evaluable"}, "without a reason"),
        ({"status": "failed"}, "without a reason"),
        ({"flags": ("nonsense",)}, "undeclared flags ['nonsense']"),
    ],
)
def test_refuses(changes, words):
    with pytest.raises(ContractError, match=re.escape(words)):
        record(**changes)


def test_unknown_stays_unknown_and_zero_stays_zero():
    written = json.loads(records_json(record(values={"a": None, "b": 0}, numerator=0, denominator=None)))
    assert written["values"] == {"a": None, "b": 0}
    assert written["numerator"] == 0 and written["numerator"] is not None
    assert written["denominator"] is None and written["ci"] is None


def test_not_a_number_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_records(tmp_path / "r.json", record(values={"a": float("nan")}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"patient_id": "P1"},
        record().as_dict() | {"colour": "red"},
        record().as_dict() | {"flags": None},
        record().as_dict() | {"ci": [1]},
        record().as_dict() | {"ci": 3},
        record().as_dict() | {"values": [1]},
        record().as_dict() | {"values": {"a": float("nan")}},
        record().as_dict() | {"values": {"a": [1.0, float("inf")]}},
        record().as_dict() | {"numerator": float("inf")},
        record().as_dict() | {"denominator": float("nan")},
        record().as_dict() | {"ci": [0.0, float("inf")]},
        {key: value for key, value in record().as_dict().items() if key != "status"},
    ],
)
def test_malformed_json_is_our_bug(data):
    with pytest.raises(ContractError):
        Record.from_dict(data)


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "r.json").write_text("[1, 2]")
    with pytest.raises(ContractError, match="holds something else than records"):
        read_records(tmp_path / "r.json")


finite = st.floats(allow_nan=False, allow_infinity=False)
number = st.none() | st.integers(-(10**9), 10**9) | finite


@given(
    st.builds(
        record,
        status=st.sampled_from(STATUSES),
        reason=st.text(min_size=1),
        flags=st.sets(st.sampled_from(sorted(FLAGS))).map(tuple),
        values=st.dictionaries(st.text(), number | st.text() | st.lists(number)),
        numerator=number,
        denominator=number,
        ci=st.none() | st.tuples(finite, finite),
        sample_id=st.text(),
    )
)
def test_there_and_back(given_record):
    data = json.loads(records_json(given_record))
    back = Record.from_dict(data)
    assert back.as_dict() == given_record.as_dict() == data
    assert data["schema"] == RECORD_SCHEMA
    assert data["flags"] == sorted(given_record.flags)


def test_one_or_several_in_a_file(tmp_path):
    write_records(tmp_path / "one.json", record())
    write_records(tmp_path / "two.json", [record(), record(definition_id="other")])
    assert [r.definition_id for r in read_records(tmp_path / "one.json")] == ["wes"]
    assert [r.definition_id for r in read_records(tmp_path / "two.json")] == ["wes", "other"]


def test_every_flag_is_raised_somewhere():
    """A flag that no code can raise is not documented as one that records may carry."""
    sources = [p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py") if p.name != "record.py"]
    assert [flag for flag in FLAGS if not any(f'"{flag}"' in source for source in sources)] == []
