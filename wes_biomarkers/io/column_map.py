"""A site's own headings and words, and ours: the table that `--column-map` names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.sheet import Sheet, read_rows

#: The tables a map may speak of; `clinical` where it does not say.
TABLES = ("clinical", "toxicity", "assessment")


@dataclass(frozen=True)
class ColumnMap:
    """How one table's columns and cells become ours.

    Attributes:
        columns: a site's heading -> our column.
        values: our column -> a site's word -> ours; a word that is not listed stays as it is.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def heading_of(self, column: str) -> str:
        """A site's heading of our column; our own name where the map has none."""
        return next((heading for heading, ours in self.columns.items() if ours == column), column)

    def renamed(self, sheet: Sheet, file: str) -> tuple[dict[str, list[str]], list[Fault]]:
        """The sheet's columns as lists of cells, under our names and in our words, and what is wrong with them."""
        faults = [
            Fault("the column map names a heading the table lacks", "Mend the map.", file=file, value=heading)
            for heading in self.columns
            if heading not in sheet.columns
        ]
        names = [self.columns.get(name, name).strip() for name in sheet.columns]
        for name, count in Counter(names).items():
            if count > 1:
                faults.append(Fault(f"{count} columns of this name", "Keep one.", file=file, column=name))
        cells = {}
        for old, name in zip(sheet.columns, names, strict=True):
            words = self.values.get(name, {})
            cells[name] = [words.get(row[old], row[old]) for row in sheet.rows]
        return cells, faults


def read_column_maps(path: Path | str) -> dict[str, ColumnMap]:
    """The map of each table, from a table with the columns `heading` and `column`.

    A row names a site's heading and our column. With `value` and `becomes` too it also turns one word of that
    column into ours; several rows then share a heading. `table` says which table a row is for (one of `TABLES`).

    Raises:
        InputError: every fault: absent columns, an unknown table, a heading of two columns, two headings of one
            column, a word given twice. No word is quoted.
    """
    sheet = read_rows(path)
    file = str(path)
    missing = [name for name in ("heading", "column") if name not in sheet.columns]
    if ("value" in sheet.columns) != ("becomes" in sheet.columns):
        missing.append("becomes" if "value" in sheet.columns else "value")
    if missing:
        remedy = "Head the map with heading,column or heading,column,value,becomes."
        raise InputError([Fault(f"no column {name}", remedy, file=file) for name in missing])
    faults: list[Fault] = []
    columns: dict[str, dict[str, str]] = {name: {} for name in TABLES}
    values: dict[str, dict[str, dict[str, str]]] = {name: {} for name in TABLES}
    plain: set[tuple[str, str]] = set()
    for row, number in zip(sheet.rows, sheet.row_numbers, strict=True):
        table, heading, column = row.get("table") or TABLES[0], row["heading"], row["column"]
        if table not in TABLES:
            remedy = f"Tables: {', '.join(TABLES)}."
            faults.append(Fault("no such table", remedy, file=file, row=number, column="table", value=table))
            continue
        word = row.get("value", "")
        taken = {ours: theirs for theirs, ours in columns[table].items()}
        words = values[table].setdefault(column, {})
        again = (table, heading) in plain if not word else word in words
        if columns[table].get(heading, column) != column or again:
            faults.append(
                Fault("given twice", "Keep one row.", file=file, row=number, column="heading", value=heading)
            )
        elif taken.get(column, heading) != heading:
            faults.append(
                Fault("given twice", "Keep one row.", file=file, row=number, column="column", value=column)
            )
        columns[table].setdefault(heading, column)
        if word:
            words[word] = row["becomes"]
        else:
            plain.add((table, heading))
    if faults:
        raise InputError(faults)
    return {name: ColumnMap(columns[name], values[name]) for name in TABLES}
