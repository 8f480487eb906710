"""A clinical table as typed columns, with every fault of its cells and ids. No value is ever put into a message."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL, TOXICITY
from wes_biomarkers.contracts.date_looks import row_list
from wes_biomarkers.contracts.likely_ids import folded_id
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS, Table
from wes_biomarkers.contracts.tables import DERIVED
from wes_biomarkers.contracts.validate import PANDAS_DTYPES
from wes_biomarkers.contracts.values import parse_column
from wes_biomarkers.errors import Fault
from wes_biomarkers.io.column_map import ColumnMap
from wes_biomarkers.io.sheet import Sheet, read_rows

_LOG = logging.getLogger("wes_biomarkers")

#: A column whose known cells are mostly of one kind is warned of if at most this share is of the other.
_ODD_SHARE = 0.1


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _heading_faults(names: Iterable[str], table: Table, file: str) -> list[Fault]:
    """Headings that are absent, ours but for spelling, or taken by derived columns."""
    faults = []
    present = set(names)
    for column in table.columns:
        if not column.nullable and column.name not in present:
            remedy = f"Head a column {column.name}, or use a column map."
            faults.append(Fault("required column is absent", remedy, file=file, column=column.name))
    ours = {_folded(column.name): column.name for column in table.columns}
    taken = {column.name for column in DERIVED} if table is CLINICAL else set()
    for name in sorted(present - set(table.names)):
        if not name:
            faults.append(Fault("a column without a heading", "Name it or delete it.", file=file))
        elif _folded(name) in ours:
            remedy = f"Write {ours[_folded(name)]}, or use a column map."
            faults.append(Fault("heading is not spelled as declared", remedy, file=file, column=name))
        elif name in taken:
            faults.append(
                Fault("heading is reserved for a derived column", "Rename it.", file=file, column=name)
            )
    return faults


#: A plain decimal number: no leading zero (a code), no thousands mark, no exponent.
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]+)?(?<=[0-9])")


def _further_values(cells: list[str], *, as_text: bool) -> pd.Series:
    """A covariate of no declared type: numbers where every known cell is a plain one, else text."""
    known = [None if cell.strip() in UNKNOWN_CELLS else cell.strip() for cell in cells]
    given = [cell for cell in known if cell is not None]
    if (
        as_text
        or not given
        or not all(_PLAIN_NUMBER.fullmatch(cell) and math.isfinite(float(cell)) for cell in given)
    ):
        return pd.Series(known, dtype="string")
    return pd.Series([None if cell is None else float(cell) for cell in known], dtype="float64")


def read_table(
    path: Path | str, table: Table, column_map: ColumnMap | None
) -> tuple[pd.DataFrame, list[Fault]]:
    """The table with typed columns and every cell fault; its index holds the file's row numbers.

    Further columns become numbers or text. A column of numbers with a few words in it, or of words with a few
    numbers, is warned of.
    """
    file = str(path)
    sheet = read_rows(path, allow_no_rows=table is TOXICITY)
    cells, faults = (column_map or ColumnMap()).renamed(sheet, file)
    faults += _heading_faults(cells, table, file)
    faults += padded_id_faults(sheet, (column_map or ColumnMap()).heading_of("patient_id"))
    data: dict[str, pd.Series] = {}
    rows = list(sheet.row_numbers)
    for column in table.columns:
        if column.name in cells:
            values, bad = parse_column(cells[column.name], column, file=file, rows=rows)
            data[column.name] = pd.Series(values, dtype=PANDAS_DTYPES[column.dtype])
            faults += bad
            if column.dtype == "string" and column.allowed is None and column.pattern is None:
                _warn_of_odd_cells(cells[column.name], rows, column.name, file)
    text = {(column_map or ColumnMap()).columns.get(name, name) for name in sheet.text_columns}
    for name, further in cells.items():
        if name not in data:
            data[name] = _further_values(further, as_text=name in text)
            if name not in text:
                _warn_of_odd_cells(further, rows, name, file)
    frame = pd.DataFrame(data)
    frame.index = pd.Index(rows, name="row")
    return frame, faults


def _warn_of_odd_cells(cells: Sequence[str], rows: Sequence[int], name: str, file: str) -> None:
    """Say which rows keep a column of numbers from being one, or which numbers stand among words."""
    known = [
        (cell.strip(), row)
        for cell, row in zip(cells, rows, strict=True)
        if cell.strip() not in UNKNOWN_CELLS
    ]
    numbers = [row for cell, row in known if _PLAIN_NUMBER.fullmatch(cell)]
    words = [row for cell, row in known if not _PLAIN_NUMBER.fullmatch(cell)]
    few = min(numbers, words, key=len)
    if not few or len(few) > max(1, _ODD_SHARE * len(known)) or len(known) < 3:
        return
    if few is words:
        said = f"is kept as text, not as numbers, because of {row_list(words)}"
    else:
        said = f"is text, but for a number in {row_list(numbers)}"
    _LOG.warning("%s: column %s %s", file, name, said)


def duplicate_faults(frame: pd.DataFrame, table: Table, file: str) -> list[Fault]:
    """Rows that share their key with an earlier one, and in which columns they differ from it."""
    keys = list(table.key)
    if not set(keys) <= set(frame.columns):
        return []
    keyed = frame.dropna(subset=keys)
    faults = []
    for _, alike in keyed[keyed.duplicated(keys, keep=False)].groupby(keys, sort=False):
        (first_row, first), *others = zip(alike.index, alike.to_dict("records"), strict=True)
        for row, cells in others:
            differ = [str(name) for name in alike if not _same(first[name], cells[name])]
            rule = "given twice" if len(keys) == 1 else f"same {', '.join(keys)} given twice"
            rule += f", first in row {first_row}"
            rule += f", with different {', '.join(differ)}" if differ else ""
            remedy = "Keep one row, the one that the records confirm." if differ else "Keep one row."
            faults.append(Fault(rule, remedy, file=file, row=int(row), column=keys[0]))
    return faults


def _same(left: Any, right: Any) -> bool:
    known = bool(pd.notna(left)), bool(pd.notna(right))
    return known == (False, False) or (all(known) and bool(left == right))


def padded_id_faults(sheet: Sheet, heading: str) -> list[Fault]:
    """Ids with white space around them: whether that belongs to them is not for us to say."""
    return [
        Fault("has white space around it", f"Write {row[heading]} if that is the id.", file=sheet.path, row=number,
              column=heading, value=row[heading])
        for number, row in zip(sheet.row_numbers, sheet.rows, strict=True)
        if (number, heading) in sheet.padded
    ]  # fmt: skip


def similar_id_faults(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Patient ids of one table that differ only in white space, case, leading zeros or separators."""
    if "patient_id" not in frame:
        return []
    ids = frame["patient_id"].dropna().drop_duplicates()
    folded = ids.map(folded_id)
    several = folded.duplicated(keep=False)
    faults = []
    for _, alike in ids[several].groupby(folded[several], sort=False):
        for row, name in list(alike.items())[1:]:
            faults.append(
                Fault(
                    f"differs from {alike.iloc[0]} of row {alike.index[0]} only in case, leading zeros or separators",
                    "Write one id if they are one patient; rename one if they are two.",
                    file=file,
                    row=int(str(row)),
                    column="patient_id",
                    value=str(name),
                )
            )
    return faults
