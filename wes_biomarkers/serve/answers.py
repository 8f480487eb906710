"""Answers on the wire: JSON that every browser reads, CSV without formulas, and faults in words."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from wes_biomarkers.errors import InputError, WesError
from wes_biomarkers.serve.arrow import ARROW, arrow, kinds_of
from wes_biomarkers.serve.pages.cells import cell

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

#: First letters that a spreadsheet takes for a formula, also behind white space or a quotation mark that it may drop.
_FORMULA = re.compile(r"[\t\r\n]|[\s\ufeff\u200b\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def plain(value: Any) -> Any:
    """The value in types JSON knows: unknown is null, and so is what is no number."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return cell(value)


def answer(
    found: Any, accept: str = "", table: str | None = None, shape: type[BaseModel] | None = None
) -> Response:
    """An answer as JSON, or its table as an Arrow stream where that is asked for.

    Args:
        found: the answer.
        accept: the header of the question.
        table: where the rows are in the answer; empty for the answer itself, None where it has none.
        shape: of a row.
    """
    if ARROW in accept and table is not None and shape is not None:
        return arrow(plain(found[table] if table else found), kinds_of(shape))
    return Response(json_text(found), media_type="application/json")


def json_text(found: Any) -> str:
    """An answer as JSON; walked through only where it holds what JSON has no word for."""
    try:
        return json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(plain(found), ensure_ascii=False, allow_nan=False)


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV in which no text is a formula: such cells begin with an apostrophe."""
    import csv

    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([neutral(name) for name in frame.columns])
    columns = [[neutral(cell(value)) for value in values.astype(object)] for _, values in frame.items()]
    lines.writerows(zip(*columns, strict=True))
    return out.getvalue()


def neutral(value: Any) -> Any:
    """Text that a spreadsheet would run, made inert; anything else as it is, true and false in small letters.

    >>> neutral("=1+1"), neutral("  =1+1"), neutral(-1.5), neutral("P1")
    ("'=1+1", "'  =1+1", -1.5, 'P1')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


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
