"""Reading CSV, TSV, XLSX and Parquet tables as users' programs save them: one reader for every table a user gives."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_text

_DELIMITERS = ",;\t"
_ZIP_MAGIC = b"PK\x03\x04"
_PARQUET_MAGIC = b"PAR1"
_OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"

#: One line of a file before it is a row: its number as an editor counts it, and its cells.
_Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Sheet:
    """A table of text: `rows` are dictionaries by column name, every cell stripped, every column present.

    `row_numbers` holds for each row the line of the file (or of the spreadsheet) it came from; the header is
    usually line 1, in Parquet always. `path` is the file's name for messages. `text_columns` are those that the
    file itself declares to be text (Parquet): `12` in them is no number. `padded` are the cells (row number, column)
    that had white space around them.
    """

    path: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    row_numbers: list[int]
    text_columns: frozenset[str] = frozenset()
    padded: frozenset[tuple[int, str]] = frozenset()


def read_rows(path: Path | str, *, min_columns: int = 2, allow_no_rows: bool = False) -> Sheet:
    """Read a table: comma, semicolon or tab; UTF-8 or UTF-16; any line ends; the first sheet of an XLSX; or
    a Parquet file.

    Empty lines and empty unnamed columns are skipped. In XLSX and Parquet, dates become ISO 8601 and whole numbers
    lose their `.0`. Faults name rows and columns, never a cell's value: the table may be clinical.

    Args:
        path: the file.
        min_columns: fewer columns than this mean a wrong delimiter.
        allow_no_rows: accept a header without rows.

    Raises:
        InputError: listing every fault: missing or unreadable file, wrong delimiter, duplicate or missing
            headings, ragged rows, unbalanced quotes, spreadsheet errors, nested columns of Parquet, no rows.
    """
    name = str(path)
    raw = {number: cells for number, cells in _read_lines(path) if any(cell.strip() for cell in cells)}
    lines = [(number, [cell.strip() for cell in cells]) for number, cells in raw.items()]
    if not lines:
        raise InputError([Fault("is empty", "Give a table with a header line and rows.", file=name)])
    (header_number, header), body = lines[0], lines[1:]
    _refuse_wrong_delimiter(name, header_number, header, min_columns)
    faults = _header_faults(name, header_number, header, body)
    faults += [
        Fault(
            f"has {len(cells)} cells where the header has {len(header)}",
            "Give every row one cell a column; quote cells that hold the delimiter.",
            file=name,
            row=number,
        )
        for number, cells in body
        if len(cells) < len(header) or any(cells[len(header) :])
    ]
    if not body and not allow_no_rows:
        faults.append(Fault("has a header but no rows", "Add one row a record.", file=name))
    if faults:
        raise InputError(faults)
    kept = [index for index, heading in enumerate(header) if heading]
    return Sheet(
        path=name,
        columns=tuple(header[index] for index in kept),
        rows=[{header[index]: cells[index] for index in kept} for _, cells in body],
        row_numbers=[number for number, _ in body],
        text_columns=_text_columns(path),
        padded=frozenset(
            (number, header[index])
            for number, cells in body
            for index in kept
            if cells[index] and len(cells[index]) != len(raw[number][index])
        ),
    )


def _read_lines(path: Path | str) -> Iterator[_Line]:
    magic = _read_magic(path)
    if magic.startswith(_OLD_EXCEL_MAGIC):
        raise InputError([Fault("is an old Excel file", "Save it as XLSX or CSV.", file=str(path))])
    if magic == _PARQUET_MAGIC:
        return _parquet_lines(path)
    return _xlsx_lines(path) if magic.startswith(_ZIP_MAGIC) else _text_lines(path)


def _read_magic(path: Path | str) -> bytes:
    try:
        with open(path, "rb") as handle:
            return handle.read(4)
    except OSError:
        return b""  # read_text says what is wrong, in our words


def _text_lines(path: Path | str) -> Iterator[_Line]:
    name = str(path)
    text = read_text(path)
    if "\0" in text:
        remedy = "Save it as UTF-8 text (CSV or TSV) or as XLSX."
        raise InputError([Fault("holds NUL characters: not a text table", remedy, file=name)])
    first = next((line for line in text.split("\n") if line.strip(" \t,;")), "")
    delimiter = max(_DELIMITERS, key=lambda mark: _unquoted(first).count(mark))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        remedy = 'Close every quote; write a quote inside a quoted cell as "".'
        raise InputError(
            [Fault(f"cannot be split into cells: {error}", remedy, file=name, row=number)]
        ) from error


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


def _xlsx_lines(path: Path | str) -> Iterator[_Line]:
    import warnings
    import zipfile

    from openpyxl import load_workbook

    data = Path(path).read_bytes()  # openpyxl would judge a path by its ending
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's remarks on styles and validation lists
            values, formulas = (
                [
                    list(row)
                    for row in _first_sheet(
                        load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)
                    )
                ]
                for data_only in (True, False)
            )
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        remedy = "Save it again as XLSX or CSV."
        raise InputError([Fault("cannot be read as a spreadsheet", remedy, file=str(path))]) from error
    _refuse_bad_cells(str(path), values, formulas)
    width = max((len(row) for row in values), default=0)
    for number, row in enumerate(values, start=1):
        yield number, [_cell_text(cell.value) for cell in row] + [""] * (width - len(row))


def _parquet_lines(path: Path | str) -> Iterator[_Line]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = str(path)
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError([Fault("cannot be read as Parquet", "Write it again.", file=name)]) from error
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type) or _is_bytes(field.type)]
    if nested:
        remedy = "Give each column plain text, numbers, dates, or true and false."
        raise InputError(
            [Fault("holds lists, structures or bytes", remedy, file=name, column=column) for column in nested]
        )
    yield 1, [str(column) for column in table.column_names]
    columns = [[_cell_text(value) for value in column.to_pylist()] for column in table.columns]
    for number, cells in enumerate(zip(*columns, strict=True), start=2):
        yield number, list(cells)


def _is_bytes(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _text_columns(path: Path | str) -> frozenset[str]:
    """The columns that a Parquet file declares to be text; none of another file."""
    if _read_magic(path) != _PARQUET_MAGIC:
        return frozenset()
    import pyarrow as pa
    import pyarrow.parquet as pq

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return bool(
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        )

    return frozenset(field.name.strip() for field in pq.read_schema(path) if is_text(field.type))


def _first_sheet(workbook: Any) -> Iterator[Sequence[Any]]:
    sheet = workbook.worksheets[0]
    sheet.reset_dimensions()  # the stated size of a sheet is often wrong
    yield from sheet.iter_rows()


def _refuse_bad_cells(name: str, values: list[list[Any]], formulas: list[list[Any]]) -> None:
    from openpyxl.utils import get_column_letter

    faults = []
    for number, (row, formula_row) in enumerate(zip(values, formulas, strict=True), start=1):
        for index, (cell, formula) in enumerate(zip(row, formula_row, strict=True), start=1):
            place = {"file": name, "row": number, "column": get_column_letter(index)}
            if cell.value is not None and cell.data_type == "e":
                faults.append(Fault("is a spreadsheet error", "Mend the formula or empty the cell.", **place))
            elif formula.data_type == "f" and cell.value is None:
                remedy = "Open the file in a spreadsheet program and save it, or paste the values."
                faults.append(Fault("is a formula without a stored value", remedy, **place))
    if faults:
        raise InputError(faults)


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return "" if math.isnan(value) else _number_text(value)
    if isinstance(value, datetime.datetime):
        return (value.date() if value.time() == datetime.time() else value).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _number_text(value: float | Decimal) -> str:
    """A number as plain decimals, its shortest form that reads back the same."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return str(int(value))
    return format(Decimal(str(value)), "f")


def _refuse_wrong_delimiter(name: str, number: int, header: list[str], min_columns: int) -> None:
    if len([heading for heading in header if heading]) >= min_columns:
        return
    raise InputError(
        [
            Fault(
                "has one column only (wrong delimiter)",
                "Separate columns by comma, semicolon or tab.",
                file=name,
                row=number,
            )
        ]
    )


def _header_faults(name: str, number: int, header: list[str], body: list[_Line]) -> list[Fault]:
    faults = [
        Fault("heading given twice", "Keep one of the columns.", file=name, row=number, column=heading)
        for heading, count in Counter(heading for heading in header if heading).items()
        if count > 1
    ]
    faults += [
        Fault(
            f"column {index + 1} has cells but no heading", "Name or empty the column.", file=name, row=number
        )
        for index, heading in enumerate(header)
        if not heading and any(index < len(cells) and cells[index] for _, cells in body)
    ]
    return faults
