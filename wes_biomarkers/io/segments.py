"""Copy-number segments as a table, `segments.tsv`."""

from __future__ import annotations

import math
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.io.bed import MAX_POSITION
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.tsv import write_rows

_WHOLE = ("start", "end", "n_bin", "n_het", "total_cn", "minor_cn")
#: Cells that mean unknown.
UNKNOWN = ("", "NA", ".", "nan", "NaN")
_NULLABLE = ("baf", "total_cn", "minor_cn", "cell_fraction")
#: Largest possible values; copies: ours, several times what any amplification has shown.
_LARGEST = {
    **dict.fromkeys(("start", "end", "n_bin", "n_het"), MAX_POSITION),
    **dict.fromkeys(("total_cn", "minor_cn"), 1000),
    "baf": 0.5,
    "cell_fraction": 1,
}


def write_segments(path: Path | str, segments: Segments) -> None:
    """Write the segments as TSV with a heading; unknown is an empty cell, fractions have six digits."""
    columns = segments.columns()
    rows = zip(*(columns[name].tolist() for name in COLUMNS), strict=True)
    write_rows(path, COLUMNS, rows, _WHOLE)


def read_segments(path: Path | str) -> Segments:
    """Read `segments.tsv`, or any table with its columns.

    Raises:
        InputError: unreadable, a column missing, or rows with values that are no number or impossible,
            segments that overlap (each with its row).
    """
    lines = list(read_lines(path))
    heading = lines[0].split("\t") if lines else []
    if missing := [name for name in COLUMNS if name not in heading]:
        remedy = "Give the segments.tsv of a run or of `wes-biomarkers feature copy-number`."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
    at = [heading.index(name) for name in COLUMNS]
    faults = FaultList(path)
    rows: list[list[str | float]] = []
    ends: dict[str, float] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(heading):
            faults.add("has not as many cells as the heading", "Mend the row.", row=number)
            continue
        row = _row([cells[index].strip() for index in at], number, faults)
        if row is None:
            continue
        chrom, start, end = str(row[0]), float(row[1]), float(row[2])
        if start < ends.get(chrom, 0.0):
            faults.add("overlaps the segment before it", "Sort the segments; none may overlap.", row=number)
        ends[chrom] = max(end, ends.get(chrom, 0.0))
        rows.append(row)
    if faults.count:
        raise InputError(faults.faults())
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return Segments.of(dict(zip(COLUMNS, columns, strict=True)))


def _row(cells: list[str], number: int, faults: FaultList) -> list[str | float] | None:
    """The values of one row, or None after noting what is wrong with it."""
    row: list[str | float] = [cells[0]]
    for name, cell in zip(COLUMNS[1:], cells[1:], strict=True):
        try:
            value = math.nan if cell in UNKNOWN and name in _NULLABLE else float(cell)
        except ValueError:
            value = math.inf
        if (math.isnan(value) and name not in _NULLABLE) or math.isinf(value):
            faults.add(f"{name} is no finite number", "Mend the value.", row=number, value=cell)
            return None
        if name != "log2" and (value < 0 or value > _LARGEST[name]):
            faults.add(f"{name} is impossible", "Mend the value.", row=number, value=cell)
            return None
        if name in _WHOLE and not math.isnan(value) and value != round(value):
            faults.add(f"{name} is no whole number", "Mend the value.", row=number, value=cell)
            return None
        row.append(value)
    if not cells[0] or float(row[2]) <= float(row[1]):
        faults.add("has no contig, or ends before it starts", "Mend the row.", row=number)
        return None
    total, minor = (float(row[COLUMNS.index(name)]) for name in ("total_cn", "minor_cn"))
    if minor > total / 2:
        faults.add("minor_cn is more than half of total_cn", "Mend the row.", row=number)
        return None
    return row
