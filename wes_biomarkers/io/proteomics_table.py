"""A proteomics file as columns of cells: CSV, TSV (also gzip), XLSX or Parquet."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_text
from wes_biomarkers.io.lines import FaultList, check_readable, read_lines
from wes_biomarkers.io.sheet import read_rows

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"


def _magic(path: Path | str) -> bytes:
    if faults := check_readable([path]):
        raise InputError(faults)
    with open(path, "rb") as handle:
        return handle.read(4)


def _delimiter(line: str) -> str:
    unquoted = "".join(line.split('"')[::2])
    return max(",;\t", key=unquoted.count)


def _lines(path: Path | str, magic: bytes) -> Iterator[str]:
    """The lines of a text file with \\n at their ends."""
    if magic[:2] == _GZIP:
        return (line + "\n" for line in read_lines(path))
    return io.StringIO(read_text(path))


def read_header(path: Path | str) -> tuple[str, ...]:
    """The headings of a file; an empty one is "", but that of the first column `name` (as R and pandas write it).

    Raises:
        InputError: when the file cannot be read, is empty, has one column, or a heading twice.
    """
    name, magic = str(path), _magic(path)
    if magic == _PARQUET:
        return tuple(_parquet_schema(path))
    if magic == _ZIP:
        return read_rows(path).columns
    line = next((line for line in _lines(path, magic) if line.strip(" \t,;\n")), "")
    headings = [heading.strip() for heading in next(csv.reader([line], delimiter=_delimiter(line)), [])]
    headings[:1] = [headings[0] or "name"] if headings else []
    faults = [
        Fault("heading given twice", "Keep one of the columns.", file=name, row=1, column=heading)
        for heading, count in Counter(headings).items()
        if count > 1 and heading
    ]
    if len(headings) < 2:
        remedy = "Separate columns by comma, semicolon or tab."
        faults.append(Fault("has one column only (wrong delimiter)", remedy, file=name, row=1))
    if faults:
        raise InputError(faults)
    return tuple(headings)


def _parquet_schema(path: Path | str) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError([Fault("cannot be read as Parquet", "Export it again.", file=str(path))]) from error


def read_cells(path: Path | str) -> pd.DataFrame:
    """Every named column of a table; cells are text (numbers in Parquet), the index holds the file's row numbers.

    Empty lines are skipped.

    Raises:
        InputError: as `read_header`; rows of another length than the header, an unbalanced quote, no rows.
    """
    magic, headings = _magic(path), read_header(path)
    if magic == _PARQUET:
        frame = pd.read_parquet(path)
        frame.index = pd.RangeIndex(1, len(frame) + 1)
    elif magic == _ZIP:
        sheet = read_rows(path)
        frame = pd.DataFrame(sheet.rows, columns=list(sheet.columns), index=sheet.row_numbers)
    else:
        frame = _read_text(path, magic, headings)
    if frame.empty:
        raise InputError([Fault("has a header but no rows", "Give a table with rows.", file=str(path))])
    return frame


def _read_text(path: Path | str, magic: bytes, headings: tuple[str, ...]) -> pd.DataFrame:
    rows: list[list[str]] = []
    numbers: list[int] = []
    faults = FaultList(path)
    lines = _lines(path, magic)
    start, delimiter = 1, ""
    for line in lines:
        if line.strip(" \t,;\n"):
            delimiter = _delimiter(line)
            break
        start += 1
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = start + 1
    try:
        for cells in reader:
            if len(cells) == len(headings):
                rows.append(cells)
                numbers.append(number)
            elif any(map(str.strip, cells)):
                rule = f"has {len(cells)} cells where the header has {len(headings)}"
                faults.add(
                    rule, "Give every row one cell a column; quote cells that hold the delimiter.", row=number
                )
            number = start + reader.line_num + 1
    except csv.Error as error:
        rule, remedy = "cannot be split into cells", 'Close every quote; write a quote inside one as "".'
        raise InputError([Fault(rule, remedy, file=str(path), row=number)]) from error
    if faults.count:
        raise InputError(faults.faults())
    columns = {
        heading: pd.Series(cells, index=numbers, dtype="object")
        for heading, cells in zip(headings, zip(*rows, strict=True), strict=True)
        if heading
    } if rows else {}  # fmt: skip
    frame = pd.DataFrame(columns)
    return frame[(frame != "").any(axis=1)]


def read_columns(path: Path | str, columns: Sequence[str], words: Sequence[str]) -> pd.DataFrame:
    """The named columns of a program's own export, which may be large.

    Args:
        path: tab- or comma-separated text, also gzip, or Parquet.
        columns: columns to read; all must be there.
        words: those of them that repeat few words; read as categories.

    Raises:
        InputError: when the file cannot be read to its end.
    """
    magic = _magic(path)
    if magic == _PARQUET:
        frame = pd.read_parquet(path, columns=list(columns))
        return frame.astype(dict.fromkeys(words, "category"))
    kinds: Any = {name: "category" if name in words else "str" for name in columns}
    line = next(iter(_lines(path, magic)), "") if magic[:2] == _GZIP else _first_line(path)
    try:
        return pd.read_csv(
            path, sep=_delimiter(line), usecols=list(columns), dtype=kinds, keep_default_na=False,
            encoding="utf-8-sig", compression="gzip" if magic[:2] == _GZIP else None,
        )  # fmt: skip
    except UnicodeError as error:
        raise InputError([Fault("is not UTF-8 text", "Save it as UTF-8.", file=str(path))]) from error
    except (pd.errors.ParserError, EOFError, OSError) as error:
        rule = "cannot be read to its end"
        raise InputError([Fault(rule, "Copy or export it again.", file=str(path))]) from error


def _first_line(path: Path | str) -> str:
    with open(path, encoding="utf-8-sig", errors="replace") as handle:
        return handle.readline()
