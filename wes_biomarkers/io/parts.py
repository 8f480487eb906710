"""A table's place: one Parquet file, or, of many rows, a folder of files one below the other.

The folder has the file's name, `variant.parquet/part-0000.parquet`, `part-0001.parquet` and so on, as pandas, Arrow, DuckDB
and Spark read it by the one name. Everybody's rows lie in one part, so that a part can be worked on alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import sha256_file

#: Rows of a file; a table of more is a folder. So many of the widest table are read at once in about 2 GB.
MAX_ROWS = 5_000_000
_PART = re.compile(r"part-(\d{4,9})\.parquet")
_REMEDY = "Build the cohort again."


def part_name(at: int) -> str:
    """Name of a part in its folder.

    >>> part_name(3)
    'part-0003.parquet'
    """
    return f"part-{at:04d}.parquet"


def part_files(path: Path | str, n_part: int | None = None) -> list[Path]:
    """The files of a table in their order: the one file, or the parts of the folder.

    Files whose names begin with a dot, as file systems leave them, are passed over.

    Args:
        path: of the file or folder.
        n_part: how many parts the folder should hold, where that is known; else the last one there is the last one.

    Raises:
        InputError: nothing there, parts missing, or files in the folder that are no parts.
    """
    place = Path(path)
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputError([Fault("no such file", _REMEDY, file=str(place))])
    found = {each.name for each in place.iterdir() if not each.name.startswith(".")}
    numbers = {int(match[1]) for name in found if (match := _PART.fullmatch(name))}
    expected = [part_name(at) for at in range(n_part or max(numbers, default=0) + 1)]
    faults = [
        Fault("a part of the table is missing", _REMEDY, file=str(place / name))
        for name in expected
        if name not in found
    ] + [
        Fault("is no part of the table", "Move it out of the folder.", file=str(place / name))
        for name in sorted(found - set(expected))
    ]
    if faults:
        raise InputError(faults)
    return [place / name for name in expected]


def table_sha256(path: Path | str) -> str:
    """The SHA-256 of a table's file; of a folder that of the lines `<SHA-256 of the part>  <its name>`, as sha256sum prints.

    Raises:
        InputError: as `part_files`.
    """
    files = part_files(path)
    if files == [Path(path)]:
        return sha256_file(path)
    lines = "".join(f"{sha256_file(file)}  {file.name}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def in_parts(tables: Iterable[Any], most: int) -> Iterator[Iterator[Any]]:
    """Arrow tables in their order, split and gathered to parts of about `most` rows at most, each person's rows in one.

    A person of more rows than that makes a larger part. Each part must be used up before the next is asked for.

    Args:
        tables: of one schema, the rows of a person (`patient_id`, where there is one) beside each other.
        most: rows, 1 or more.
    """
    pieces = _Pieces(tables, most)
    while pieces.left():
        yield pieces.part()


class _Pieces:
    """What is left of a stream of tables."""

    def __init__(self, tables: Iterable[Any], most: int) -> None:
        self._tables, self._most = iter(tables), most
        self._rest: Any = None

    def left(self) -> bool:
        """Whether there are rows."""
        while self._rest is None or not self._rest.num_rows:
            self._rest = next(self._tables, None)
            if self._rest is None:
                return False
        return True

    def part(self) -> Iterator[Any]:
        """The pieces of one part; the last person's rows come whole."""
        n, last = 0, None
        while self.left():
            room = self._most - n
            end = min(room, self._rest.num_rows) if room > 0 else _first_of_another(self._rest, last)
            if not end:
                return
            piece, self._rest = self._rest.slice(0, end), self._rest.slice(end)
            n, last = n + end, _person(piece, end - 1)
            yield piece


def _person(table: Any, row: int) -> Any:
    return table["patient_id"][row].as_py() if "patient_id" in table.column_names else None


def _first_of_another(table: Any, person: Any) -> int:
    """The first row that is not this person's; the number of rows where all are; 0 of a table without persons."""
    if person is None or "patient_id" not in table.column_names:
        return 0
    import pyarrow.compute as pc

    at = pc.index(pc.not_equal(table["patient_id"], person), True).as_py()
    return table.num_rows if at < 0 else int(at)
