"""Cells and rows of the tab-separated tables a feature writes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from wes_biomarkers.io.files import write_text


def format_cell(value: object, *, whole: bool = False) -> str:
    """The text of a cell: unknown (None, NaN) is empty, true and false are 1 and 0, fractions have six digits.

    Args:
        value: what the cell holds.
        whole: a count that may come as a float; written without decimals.

    >>> [format_cell(value) for value in (None, float("nan"), True, 2, 1 / 3, "TP53")]
    ['', '', '1', '2', '0.333333', 'TP53']
    >>> format_cell(2.0, whole=True)
    '2'
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(round(value)) if whole else f"{value:.6g}"
    return str(value)


def write_rows(
    path: Path | str,
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    whole: Collection[str] = (),
) -> None:
    """Write a table as TSV: a heading, then the rows with their cells in the order of the columns.

    Args:
        path: the file.
        columns: the heading.
        rows: as many values each as there are columns, else a ValueError.
        whole: the columns of counts, see `format_cell`.
    """
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (format_cell(value, whole=name in whole) for name, value in zip(columns, row, strict=True))
        lines.append("\t".join(cells))
    write_text(path, "\n".join(lines) + "\n")
