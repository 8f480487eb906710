"""The cohort folder: its tables and cohort.json, written as a whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.tables import COHORT_SCHEMA, TABLES
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json, sha256_file, write_json
from wes_biomarkers.io.tables import read_parquet, write_parquet, write_parquet_parts, write_tsv

MANIFEST = "cohort.json"


@dataclass(frozen=True)
class Cohort:
    """A cohort as read: its tables by name and its manifest."""

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]


def check_target(folder: Path) -> None:
    """Refuse to replace anything but a cohort folder or an empty one.

    Raises:
        InputError: when `folder` is a file or holds something else.
    """
    if folder.is_dir() and (not any(folder.iterdir()) or _is_cohort(folder)):
        return
    if folder.exists() or folder.is_symlink():
        remedy = "Choose another name; only a cohort folder is replaced."
        raise InputError([Fault("exists and is not a cohort folder", remedy, file=str(folder))])


def _is_cohort(folder: Path) -> bool:
    try:
        schema = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["schema"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return str(schema).startswith("wes_biomarkers.cohort/")


def _write_contents(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    parts: Mapping[str, Iterable[Any]],
    text: bool,
) -> None:
    described = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        if name in parts:
            n_row = write_parquet_parts(path, parts[name], table)
            frame = read_parquet(path, table) if text else None
        elif name in tables:
            frame = conform_frame(tables[name], table)
            n_row = len(frame)
            write_parquet(path, frame, table)
        else:
            continue
        described[name] = {"version": table.version, "n_row": n_row, "parquet_sha256": sha256_file(path)}
        if text and frame is not None:
            write_tsv(folder / f"{name}.tsv", frame)
            described[name]["tsv_sha256"] = sha256_file(folder / f"{name}.tsv")
    write_json(folder / MANIFEST, {"schema": COHORT_SCHEMA, **manifest, "tables": described})


def write_cohort(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    *,
    parts: Mapping[str, Iterable[Any]] | None = None,
    text: bool = True,
) -> None:
    """Write the tables and the manifest beside `folder`, then put them in its place.

    Args:
        folder: the cohort.
        tables: by name.
        manifest: cohort.json without its list of tables.
        parts: further tables by name, too large for memory: see `io.tables.write_parquet_parts`.
        text: write TSV beside Parquet.

    Raises:
        InputError: when `folder` exists and is not a cohort.
        ContractError: when a table breaks its declaration.
    """
    check_target(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp"))
    try:
        new, old = stage / "new", stage / "old"
        new.mkdir()
        _write_contents(new, tables, manifest, parts or {}, text)
        if folder.exists():
            os.replace(folder, old)
        try:
            os.replace(new, folder)
        except OSError:
            with suppress(FileNotFoundError):
                os.replace(old, folder)
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def read_cohort(folder: Path) -> Cohort:
    """Read a cohort folder.

    Raises:
        InputError: when it is not one, is of another version, or a table was changed after it was built.
    """
    if not folder.is_dir():
        raise InputError(
            [Fault("no such cohort folder", "Run `wes-biomarkers cohort build`.", file=str(folder))]
        )
    manifest = read_json(folder / MANIFEST)
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != COHORT_SCHEMA:
        rule = f"is not a cohort of {COHORT_SCHEMA}"
        remedy = "Build the cohort again with this version."
        raise InputError([Fault(rule, remedy, file=str(folder / MANIFEST))])
    faults = []
    for name, described in manifest["tables"].items():
        path = folder / f"{name}.parquet"
        if name not in TABLES or not path.is_file() or sha256_file(path) != described["parquet_sha256"]:
            rule = "is missing, unknown, or changed after the cohort was built"
            faults.append(Fault(rule, "Build the cohort again.", file=str(path)))
    if faults:
        raise InputError(faults)
    tables = {name: read_parquet(folder / f"{name}.parquet", TABLES[name]) for name in manifest["tables"]}
    return Cohort(tables, manifest)
