"""Record envelopes as JSON: a file holds one record or a list of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.errors import ContractError
from wes_biomarkers.io.files import read_json, write_text


def records_json(records: Record | Sequence[Record]) -> str:
    """One record as a JSON object, several as a list; indented, with a final newline."""
    data = records.as_dict() if isinstance(records, Record) else [record.as_dict() for record in records]
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_records(path: Path | str, records: Record | Sequence[Record]) -> None:
    """Write records as JSON, atomically."""
    write_text(path, records_json(records))


def read_records(path: Path | str) -> list[Record]:
    """The records of a JSON file.

    Raises:
        InputError: when the file is missing or is not JSON.
        ContractError: when it does not hold records.
    """
    data = read_json(path)
    entries = data if isinstance(data, list) else [data]
    if not all(isinstance(entry, dict) for entry in entries):
        raise ContractError(f"{path} holds something else than records")
    return [Record.from_dict(entry) for entry in entries]
