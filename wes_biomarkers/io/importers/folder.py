"""What an import makes: tables of our own input format, and import.json, which says what came from where."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wes_biomarkers import __version__
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import sha256_file, write_json, write_text

IMPORT_SCHEMA = "wes_biomarkers.import/1"
MANIFEST = "import.json"

#: A table on its way: rows of text by column name, unknown is an empty cell.
Rows = list[dict[str, str]]


@dataclass
class ImportLog:
    """What was mapped from what, what was left out and why, and everything wrong. No clinical value is in it."""

    source: str
    inputs: list[dict[str, Any]] = field(default_factory=list)
    mapped: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def read(self, path: Path | str, kind: str, n_row: int) -> None:
        """Note an input file."""
        name = Path(path).name
        self.inputs.append({"kind": kind, "file": name, "n_row": n_row, "sha256": sha256_file(path)})

    def map(self, table: str, column: str, source: str, rule: str = "") -> None:
        """Note where a column comes from."""
        self.mapped.append({"table": table, "column": column, "from": source, "rule": rule})

    def drop(self, what: str, why: str, n: int, patients: Iterable[str] = ()) -> None:
        """Note what was left out, unless nothing was; `patients` are ids."""
        if n:
            ids = sorted(set(patients))
            self.dropped.append({"what": what, "why": why, "n": n} | ({"patients": ids} if ids else {}))

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    def fault(self, rule: str, remedy: str, file: str, row: int | None = None, column: str = "") -> None:
        """Note something the user has to mend; never with a clinical value."""
        self.faults.append(Fault(rule, remedy, file=file, row=row, column=column or None))


@dataclass(frozen=True)
class Imported:
    """The tables of an import by the name of their file (without .csv), and the log."""

    tables: Mapping[str, Rows]
    log: ImportLog
    counts: Mapping[str, Any] = field(default_factory=dict)


def raise_faults(log: ImportLog) -> None:
    """End with every fault noted so far.

    Raises:
        InputError: when there is one.
    """
    if log.faults:
        raise InputError(log.faults)


def check_target(out: Path) -> None:
    """Refuse a folder that holds something else than an import.

    Raises:
        InputError: when `out` is a file, or a folder of other things.
    """
    if out.is_dir() and (not any(out.iterdir()) or _is_import(out)):
        return
    if out.exists() or out.is_symlink():
        remedy = "Choose another name; only the folder of an import is written over."
        raise InputError([Fault("exists and is not the folder of an import", remedy, file=str(out))])


def _is_import(out: Path) -> bool:
    try:
        schema = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["schema"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return str(schema).startswith("wes_biomarkers.import/")


def columns_of(rows: Rows, first: Sequence[str]) -> list[str]:
    """The columns some row knows: those of `first` in their order, then the others as they appear."""
    known = {name for row in rows for name, text in row.items() if text}
    others = dict.fromkeys(name for row in rows for name in row if name in known and name not in first)
    return [name for name in first if name in known or name == "patient_id"] + list(others)


def write_table(path: Path, rows: Rows, columns: Sequence[str]) -> None:
    """Write rows as CSV; a cell a row lacks is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    write_text(path, text.getvalue())


def write_import(out: Path, imported: Imported, columns: Mapping[str, Sequence[str]]) -> None:
    """Write each table as CSV, and import.json beside them.

    Args:
        out: the folder, see `check_target`; made where absent.
        imported: what was read.
        columns: table -> its columns in the order to write; those nobody knows anything of are left out.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, rows in imported.tables.items():
        write_table(out / f"{name}.csv", rows, columns_of(rows, columns.get(name, ())))
        written[f"{name}.csv"] = {"n_row": len(rows), "sha256": sha256_file(out / f"{name}.csv")}
    for stale in ("clinical", "toxicity", "assessments"):
        if stale not in imported.tables:
            (out / f"{stale}.csv").unlink(missing_ok=True)
    log = imported.log
    manifest: dict[str, Any] = {"schema": IMPORT_SCHEMA, "source": log.source, "code_version": __version__}
    manifest |= {"inputs": log.inputs, "files": written, "counts": dict(imported.counts)}
    write_json(out / MANIFEST, manifest | {"mapped": log.mapped, "dropped": log.dropped, "notes": log.notes})
