"""Turning the text of a user's cells into values by the declared column, without ever quoting a value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from wes_biomarkers.contracts.date_looks import ISO, date_look, row_list
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS, Column
from wes_biomarkers.errors import Fault

_TRUE = frozenset({"true", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "no", "n", "0", "0.0"})
_WORD_AND_NUMBER = re.compile(r"[^\W\d_][^\d]*\d+")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")


class CellError(ValueError):
    """A cell that breaks its column: the rule, and how to mend it."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


def _parse_bool(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise CellError("is neither true nor false", "Write true or false, or leave the cell empty.")


def _parse_number(text: str) -> float:
    try:
        if "_" in text or not text.isascii():  # float() takes 1_000 and digits of other scripts
            raise ValueError
        value = float(text)
    except ValueError:
        remedy = "Write a decimal point." if "," in text else "Write a plain number, or leave the cell empty."
        if _WORD_AND_NUMBER.fullmatch(text):
            remedy = "Write the number alone, as 3 for G3."
        raise CellError("is not a number", remedy) from None
    if not math.isfinite(value):
        raise CellError("is not a finite number", "Leave the cell empty if it is unknown.")
    return value


def _parse_int(text: str) -> int:
    value = _parse_number(text)
    if value != int(value):
        raise CellError("is not a whole number", "Write a whole number, or leave the cell empty.")
    return int(value)


def _parse_date(text: str) -> date:
    day = _MIDNIGHT.sub("", text)
    try:
        if len(day) != 10:
            raise ValueError
        return date.fromisoformat(day)
    except ValueError:
        look, remedy = date_look(day) or ("", "Write year-month-day, as 2024-03-31.")
        raise CellError(f"is not a date: looks like {look}" if look else "is not a date", remedy) from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "int": _parse_int,
    "float": _parse_number,
    "bool": _parse_bool,
    "date": _parse_date,
}


def parse_cell(text: str, column: Column) -> Any:
    """The value of one cell, or None when unknown (empty, `NA` or `.`).

    Raises:
        CellError: when the text is not of the column's type, range, pattern or allowed values.
    """
    text = text.strip()
    if text in UNKNOWN_CELLS:
        if column.nullable:
            return None
        raise CellError("is empty, but required", "Fill it in.")
    value = _PARSERS[column.dtype](text)
    if column.allowed is not None and value not in column.allowed:
        raise CellError(
            "is not an allowed value", f"Write one of {', '.join(column.allowed)}, or leave it empty."
        )
    if column.pattern is not None and not re.search(column.pattern, text):
        raise CellError("has characters that are not allowed", "Use letters, digits, `_`, `.` and `-` only.")
    if column.minimum is not None and value < column.minimum:
        raise CellError(f"is below {column.minimum:g}", "Check the value and its unit.")
    if column.maximum is not None and value > column.maximum:
        raise CellError(f"is above {column.maximum:g}", "Check the value and its unit.")
    return value


def parse_column(
    cells: Sequence[str], column: Column, *, file: str, rows: Sequence[int]
) -> tuple[list[Any], list[Fault]]:
    """Every cell of a column as values (None where unknown or faulty), and a fault for each bad one.

    `rows` are the file's row numbers. The faults carry no value. Where dates are written in several ways, one more
    fault says which rows are written how.
    """
    values: list[Any] = []
    faults: list[Fault] = []
    for text, row in zip(cells, rows, strict=True):
        try:
            values.append(parse_cell(text, column))
        except CellError as error:
            values.append(None)
            faults.append(Fault(error.rule, error.remedy, file=file, row=row, column=column.name))
    if column.dtype == "date" and faults:
        faults += _mixed_dates(cells, values, column.name, file, rows)
    return values, faults


def _mixed_dates(
    cells: Sequence[str], values: Sequence[Any], name: str, file: str, rows: Sequence[int]
) -> list[Fault]:
    """A fault that says which rows hold dates of which look, if a column has several."""
    looks: dict[str, list[int]] = {}
    for text, value, row in zip(cells, values, rows, strict=True):
        found = (ISO, "") if value is not None else date_look(text)
        if found is not None:
            looks.setdefault(found[0], []).append(row)
    if len(looks) < 2:
        return []
    said = "; ".join(f"{look} in {row_list(found)}" for look, found in looks.items())
    return [
        Fault(
            f"dates are written in {len(looks)} ways: {said}",
            "Write all as year-month-day, as 2024-03-31.",
            file=file,
            column=name,
        )
    ]
