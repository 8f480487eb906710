"""Data sets of statistical programs as tables of text: SAS transport (XPT), SAS7BDAT, and CSV."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.sheet import Sheet, read_rows

_XPORT_MAGIC = b"HEADER RECORD*******"
_XPORT_8_MAGIC = b"HEADER RECORD*******LIBV8"
_SAS7BDAT_MAGIC = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")

#: pandas reads the zero of a transport file as 5.4e-79.
_ZERO = 1e-70


def sas_format(path: Path | str) -> str | None:
    """`xport` or `sas7bdat` by the file's first bytes, else None.

    Raises:
        InputError: a transport file of version 8, which is not read.
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(len(_SAS7BDAT_MAGIC))
    except OSError:
        return None  # the reader of text says what is wrong
    if head.startswith(_XPORT_8_MAGIC):
        remedy = "Write version 5, as regulators ask for (haven: write_xpt(..., version = 5)), or CSV."
        raise InputError([Fault("is a SAS transport file of version 8", remedy, file=str(path))])
    if head.startswith(_XPORT_MAGIC):
        return "xport"
    return "sas7bdat" if head == _SAS7BDAT_MAGIC else None


def read_data_set(path: Path | str) -> Sheet:
    """A data set with every cell as text: headings in capitals, numbers without needless decimals, days that SAS
    stores as dates in ISO 8601. The rows of a SAS file are counted from 1.

    Raises:
        InputError: unreadable, or not such a file.
    """
    kind = sas_format(path)
    sheet = read_rows(path) if kind is None else _read_sas(path, kind)
    names = {name: name.upper() for name in sheet.columns}
    if len(set(names.values())) < len(names):
        rule = "two headings differ by capitals only"
        raise InputError([Fault(rule, "Keep one of the columns.", file=str(path))])
    rows = [{names[name]: text for name, text in row.items()} for row in sheet.rows]
    return Sheet(sheet.path, tuple(names.values()), rows, sheet.row_numbers)


def _read_sas(path: Path | str, kind: str) -> Sheet:
    import pandas as pd

    frame = None
    for encoding in ("utf-8", "latin-1"):
        try:
            frame = pd.read_sas(path, format=kind, encoding=encoding)  # type: ignore[call-overload]
            break
        except UnicodeDecodeError:
            continue
        except (ValueError, EOFError, IndexError, OverflowError) as error:
            remedy = "Export it again, or as CSV."
            raise InputError([Fault("cannot be read as a SAS file", remedy, file=str(path))]) from error
    if frame is None or frame.empty:
        raise InputError([Fault("has no rows", "Give the data set itself.", file=str(path))])
    columns = [str(name) for name in frame.columns]
    cells = [[_text(value) for value in frame.iloc[:, index]] for index in range(len(columns))]
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*cells, strict=True)]
    return Sheet(str(path), tuple(columns), rows, list(range(1, len(rows) + 1)))


def _text(value: Any) -> str:
    """A cell of a SAS file as text; empty where missing."""
    if value is None or value != value:  # NaN and NaT differ from themselves
        return ""
    if isinstance(value, float):
        if math.isinf(value):
            return ""
        if abs(value) < _ZERO:
            return "0"
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if hasattr(value, "isoformat"):
        text = str(value.isoformat())
        return text.removesuffix("T00:00:00")
    return str(value).strip()
