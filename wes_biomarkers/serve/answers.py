"""Answers on the wire: JSON that every browser reads, Arrow, CSV without formulas, and faults in words."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from wes_biomarkers.errors import InputError, WesError
from wes_biomarkers.serve.pages.cells import cell

if TYPE_CHECKING:
    import pandas as pd

ARROW = "application/vnd.apache.arrow.stream"
#: First letters that a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(value: Any) -> Any:
    """The value in types JSON knows: unknown is null, and so is what is no number."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return cell(value)


def answer(found: Any, accept: str = "") -> Response:
    """An answer as JSON, or its `rows` (or itself, if it is a list) as an Arrow stream where that is asked for."""
    if ARROW in accept:
        shown = plain(found)
        rows = shown.get("rows") if isinstance(shown, dict) else shown
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            import pyarrow as pa

            flat = [{name: _flat(value) for name, value in row.items()} for row in rows]
            return Response(arrow_bytes(pa.Table.from_pylist(flat)), media_type=ARROW)
    return Response(json_text(found), media_type="application/json")


def json_text(found: Any) -> str:
    """An answer as JSON; walked through only where it holds what JSON has no word for."""
    try:
        return json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(plain(found), ensure_ascii=False, allow_nan=False)


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def arrow_bytes(table: Any) -> bytes:
    """A pyarrow.Table as an Arrow IPC stream."""
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV in which no text is a formula: such cells begin with an apostrophe."""
    import csv

    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([neutral(name) for name in frame.columns])
    columns = [[neutral(cell(value)) for value in frame[name].astype(object)] for name in frame.columns]
    lines.writerows(zip(*columns, strict=True))
    return out.getvalue()


def neutral(value: Any) -> Any:
    """Text that a spreadsheet would run, made inert; anything else as it is, true and false in small letters.

    >>> neutral("=1+1"), neutral(-1.5), neutral("P1")
    ("'=1+1", -1.5, 'P1')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def fault(status: int, error: str, message: str, faults: Any = ()) -> Response:
    """A refusal."""
    body = {"error": error, "message": message, "faults": plain(list(faults))}
    return Response(json.dumps(body, ensure_ascii=False), status_code=status, media_type="application/json")


def refusal(error: WesError) -> Response:
    """An error of ours as an answer; paths of the machine stay here."""
    if not isinstance(error, InputError):
        return fault(500, type(error).__name__, "The server could not do this.")
    told = [{**each.as_dict(), "file": None} for each in error.faults]
    words = " ".join(f"{each.rule[:1].upper()}{each.rule[1:]}. {each.remedy}" for each in error.faults[:3])
    return fault(422, "InputError", words, told)
