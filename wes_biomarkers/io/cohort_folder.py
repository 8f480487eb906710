"""The cohort folder: its tables and cohort.json, written as a whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.plan import Plan
from wes_biomarkers.contracts.tables import COHORT_SCHEMA, TABLES
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_json, sha256_file, write_json
from wes_biomarkers.io.parts import part_files, table_sha256
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


def _write_table(folder: Path, name: str, frame: pd.DataFrame, text: bool = True) -> dict[str, Any]:
    """Write one table; its line in the manifest."""
    conformed = conform_frame(frame, TABLES[name])
    write_parquet(folder / f"{name}.parquet", conformed, TABLES[name])
    return _described(folder, name, len(conformed), conformed if text else None)


def _described(folder: Path, name: str, n_row: int, text: pd.DataFrame | None) -> dict[str, Any]:
    """The manifest's line of a table whose Parquet is written; its TSV is written here where given."""
    path = folder / f"{name}.parquet"
    line = {"version": TABLES[name].version, "n_row": n_row, "parquet_sha256": table_sha256(path)}
    if path.is_dir():
        line["n_part"] = len(part_files(path))
    if text is not None:
        write_tsv(folder / f"{name}.tsv", text)
        line["tsv_sha256"] = sha256_file(folder / f"{name}.tsv")
    return line


def _write_contents(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    parts: Mapping[str, Iterable[Any]],
    text: bool,
) -> None:
    described = {}
    for name, table in TABLES.items():
        if name in parts:
            path = folder / f"{name}.parquet"
            n_row = write_parquet_parts(path, parts[name], table)
            described[name] = _described(folder, name, n_row, read_parquet(path, table) if text else None)
        elif name in tables:
            described[name] = _write_table(folder, name, tables[name], text)
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
    with _replacement(folder) as new:
        _write_contents(new, tables, manifest, parts or {}, text)


@contextmanager
def _replacement(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when the block ends well, and vanishes when not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp"))
    try:
        new, old = stage / "new", stage / "old"
        new.mkdir()
        yield new
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


def add_association(folder: Path, table: pd.DataFrame, plan: Plan) -> None:
    """Keep an association table in a cohort, in the place of an earlier one of the same plan (or none).

    Rows of other plans stay. The manifest names each plan's title and checksum. The other tables are untouched.

    Raises:
        InputError: when the folder is not a cohort of this version.
        ContractError: when the table breaks its declaration.
    """
    manifest = read_manifest(folder)
    new = conform_frame(table, ASSOCIATION)
    if "association" in manifest["tables"]:
        kept = read_parquet(folder / "association.parquet", ASSOCIATION)
        kept = kept[kept["plan_id"].fillna("") != plan.plan_id]
        new = conform_frame(pd.concat([kept, new], ignore_index=True), ASSOCIATION) if len(kept) else new
    with _replacement(folder) as stage:
        for path in folder.iterdir():
            if path.name != MANIFEST and not path.name.startswith("association."):
                _take(path, stage / path.name)
        tables = manifest["tables"] | {"association": _write_table(stage, "association", new)}
        plans = dict(manifest.get("plans", {}))
        if plan.prespecified:
            plans[plan.plan_id] = {"title": plan.title, "sha256": plan.sha256}
        ordered = {name: tables[name] for name in TABLES if name in tables}
        write_json(stage / MANIFEST, manifest | {"plans": plans, "tables": ordered})


def _take(path: Path, target: Path) -> None:
    """The same file in another place: a second name where the file system can, else a copy."""
    if path.is_dir():
        shutil.copytree(path, target, copy_function=_take_file)
    else:
        _take_file(str(path), str(target))


def _take_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def read_manifest(folder: Path) -> dict[str, Any]:
    """cohort.json of a cohort folder.

    Raises:
        InputError: when it is none, or of another version.
    """
    if not folder.is_dir():
        raise InputError(
            [Fault("no such cohort folder", "Run `wes-biomarkers cohort build`.", file=str(folder))]
        )
    if not (folder / MANIFEST).is_file():
        remedy = "Name a folder of `wes-biomarkers cohort build`; if its build was interrupted, run it again."
        raise InputError([Fault(f"is not a cohort folder: it has no {MANIFEST}", remedy, file=str(folder))])
    manifest = read_json(folder / MANIFEST)
    faults = list(_manifest_faults(manifest))
    if faults:
        raise InputError([replace(fault, file=str(folder / MANIFEST)) for fault in faults])
    return dict(manifest)


def _manifest_faults(manifest: Any) -> Iterator[Fault]:
    """What is wrong with a manifest as read."""
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != COHORT_SCHEMA:
        other = f", but of {schema[:60]}" if isinstance(schema, str) else ""
        yield Fault(f"is not a cohort of {COHORT_SCHEMA}{other}", _UPGRADE)
        return
    tables = manifest.get("tables")
    if not isinstance(tables, dict) or not all(isinstance(line, dict) for line in tables.values()):
        yield Fault("does not list the cohort's tables", "Build the cohort again.")
        return
    for name, line in tables.items():
        if name not in TABLES:
            yield Fault("lists a table this version does not know", _UPGRADE, value=name[:80])
        elif line.get("version", TABLES[name].version) != TABLES[name].version:
            rule = f"table {name} is of version {line['version']}, not {TABLES[name].version}"
            yield Fault(rule, _UPGRADE)


_UPGRADE = (
    "Build the cohort again from the results with this version (`wes-biomarkers cohort build`), or read it with the "
    "version that built it."
)


def read_cohort(folder: Path) -> Cohort:
    """Read a cohort folder.

    Raises:
        InputError: when it is not one, is of another version, or a table was changed after it was built.
    """
    manifest = read_manifest(folder)
    faults: list[Fault] = []
    for name, described in manifest["tables"].items():
        path = folder / f"{name}.parquet"
        try:
            same = name in TABLES and path.exists() and table_sha256(path) == described["parquet_sha256"]
        except InputError as error:
            faults += error.faults
            continue
        if not same:
            rule = "is missing, unknown, or changed after the cohort was built"
            faults.append(Fault(rule, "Build the cohort again.", file=str(path)))
    if faults:
        raise InputError(faults)
    tables = {name: read_parquet(folder / f"{name}.parquet", TABLES[name]) for name in manifest["tables"]}
    return Cohort(tables, manifest)
