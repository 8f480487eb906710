"""A user's table of calibrations: lines that turn mutational burdens into those of another assay."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.tmb import Calibration
from wes_biomarkers.io.sheet import read_rows

COLUMNS = ("definition_id", "slope", "intercept", "source")


def read_calibrations(path: Path | str, known: Collection[str]) -> dict[str, Calibration]:
    """Calibrations by definition id, from a table (CSV, TSV or XLSX) with one row a definition.

    Args:
        path: the table; `slope` above 0 and `intercept` (mutations per Mb) are numbers, `source` says where the line
            was fitted.
        known: ids of the definitions.

    Raises:
        InputError: every fault: columns missing, unknown or repeated definitions, impossible numbers, no source.
    """
    sheet = read_rows(path)
    file = str(path)
    if missing := [name for name in COLUMNS if name not in sheet.columns]:
        remedy = f"Columns: {', '.join(COLUMNS)}."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=file)])
    faults: list[Fault] = []
    found: dict[str, Calibration] = {}
    for row, number in zip(sheet.rows, sheet.row_numbers, strict=True):
        name = row["definition_id"]
        if name not in known or name in found:
            rule = "names a definition a second time" if name in found else "no such definition"
            remedy = f"One row each of: {', '.join(known)}."
            faults.append(Fault(rule, remedy, file=file, row=number, column="definition_id", value=name))
        slope, intercept = _number(row["slope"]), _number(row["intercept"])
        if not slope > 0:
            faults.append(Fault("is no number above 0", "Give one.", file=file, row=number, column="slope"))
        if math.isnan(intercept):
            faults.append(Fault("is no number", "Give one.", file=file, row=number, column="intercept"))
        if not row["source"]:
            remedy = "Say where the line was fitted."
            faults.append(Fault("is empty", remedy, file=file, row=number, column="source"))
        found[name] = Calibration(slope, intercept, row["source"])
    if faults:
        raise InputError(faults)
    return found


def _number(cell: str) -> float:
    """A number within the millions, or NaN."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if abs(value) <= 1e6 else math.nan
