"""Clonality of each mutation as a table, `clonality.tsv`, and the thresholds it is made with."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.clonality import CLASSES, KEY, Rules
from wes_biomarkers.features.evolution import CHANGES
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.tsv import write_rows

Array = NDArray[Any]

_TEXT = ("pair_id", "chrom", "ref", "alt", "clonality", "change")
_WHOLE = ("start", "t_alt", "t_depth", "total_cn", "minor_cn", "multiplicity", "cluster")
#: Columns in their order. `start` is 0-based; `change` is filled where time points were compared.
COLUMNS: tuple[str, ...] = (
    *("pair_id", *KEY, "t_alt", "t_depth", "vaf", "total_cn", "minor_cn", "multiplicity"),
    *("ccf", "ccf_low", "ccf_high", "ccf_halfmax_low", "ccf_halfmax_high", "clonality", "cluster", "change"),
)
#: What other features need of the table.
_REQUIRED = (*KEY, "total_cn", "multiplicity", "clonality")
_ALLOWED = {"clonality": CLASSES, "change": CHANGES}


def read_rules() -> Rules:
    """The thresholds of definitions/clonality.toml."""
    table = tomllib.loads(packaged_text("clonality.toml"))
    return Rules(**{field.name: table[field.name]["value"] for field in fields(Rules)})


def write_clonality(path: Path | str, tables: Mapping[str, Mapping[str, Array]]) -> None:
    """Write the mutations of one or several pairs as TSV; unknown is an empty cell, fractions have six digits.

    Args:
        path: the file.
        tables: columns of each pair by its id; a column that is absent stays empty.
    """
    rows: list[tuple[Any, ...]] = []
    for pair_id, table in tables.items():
        n = len(table["start"])
        columns = {"pair_id": [pair_id] * n} | {name: values.tolist() for name, values in table.items()}
        rows += zip(*(columns.get(name, [None] * n) for name in COLUMNS), strict=True)
    write_rows(path, COLUMNS, rows, _WHOLE)


def read_clonality(path: Path | str, pair_id: str | None = None) -> dict[str, Array]:
    """The columns of `clonality.tsv`: text as objects (None where empty), numbers as floats (NaN where empty).

    Args:
        path: the file, or any table with chrom, start, ref, alt, total_cn, multiplicity and clonality.
        pair_id: only the rows of this pair; may be None where the table is of one pair or names none.

    Raises:
        InputError: unreadable, columns missing, rows with impossible values, a mutation that stands twice,
            no row of the pair, rows of several pairs and none was named.
    """
    lines = list(read_lines(path))
    heading = lines[0].split("\t") if lines else []
    if missing := [name for name in _REQUIRED if name not in heading]:
        remedy = "Give the clonality.tsv of a run or of `wes-biomarkers feature clonality`."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
    known = [name for name in COLUMNS if name in heading]
    faults = FaultList(path)
    rows: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    pairs: set[str | None] = set()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = dict(zip(heading, (cell.strip() for cell in line.split("\t")), strict=False))
        row = {name: _value(name, cells.get(name, ""), number, faults) for name in known}
        pairs.add(row.get("pair_id"))
        if pair_id is not None and row.get("pair_id") not in (None, pair_id):
            continue
        key = (row.get("pair_id"), *(row[name] for name in KEY))
        if key in seen:
            faults.add("names a mutation a second time", "Leave one row of it; name the pair.", row=number)
        seen.add(key)
        rows.append(row)
    if pair_id is None and len(pairs) > 1:
        faults.add(f"holds {len(pairs)} pairs, whose mutations would be mixed", "Name the pair: --pair-id.")
    if pairs and not rows and not faults.count:
        faults.add("has no row of the pair", "Give the table of this pair.", value=pair_id)
    if faults.count:
        raise InputError(faults.faults())
    return {
        name: np.array([row[name] for row in rows], object if name in _TEXT else np.float64) for name in known
    }


def _value(name: str, cell: str, number: int, faults: FaultList) -> Any:
    """The value of a cell; a fault is noted where it cannot be one."""
    if name in _TEXT:
        if cell and name in _ALLOWED and cell not in _ALLOWED[name]:
            faults.add(f"{name} is none of {', '.join(_ALLOWED[name])}", "Mend it.", row=number, value=cell)
        if not cell and name in KEY:
            faults.add(f"{name} is empty", "Fill it.", row=number)
        return cell or None
    if cell in ("", "NA", ".") and name != "start":
        return math.nan
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (name in _WHOLE and value != round(value)):
        kind = "whole number" if name in _WHOLE else "number"
        faults.add(f"{name} is no {kind} from 0", "Mend the value.", row=number, value=cell)
    return value
