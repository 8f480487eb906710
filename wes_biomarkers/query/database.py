"""A cohort as a read-only SQL database (DuckDB) over its Parquet files, which are not loaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.cohort_folder import MANIFEST, read_manifest
from wes_biomarkers.io.parts import part_files
from wes_biomarkers.query.views import View, views_of

if TYPE_CHECKING:
    import pandas as pd

#: Rows and seconds of an answer, where the asker names none.
LIMIT_ROWS, TIMEOUT_S = 100_000, 30.0
_MEMORY = "1GB"


@dataclass(frozen=True)
class Result:
    """An answer.

    Attributes:
        table: a pyarrow.Table.
        truncated: whether there were more rows than asked for.
        seconds: it took.
    """

    table: Any
    truncated: bool
    seconds: float

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a data frame; whole numbers and yes and no keep their unknowns.

        Raises:
            InputError: a column of a kind pandas does not hold.
        """
        import pandas as pd
        import pyarrow as pa

        kinds = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}
        with _convertible():
            frame: pd.DataFrame = self.table.to_pandas(types_mapper=kinds.get)
        return frame

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as objects of Python.

        Raises:
            InputError: a day or time beyond Python's calendar.
        """
        with _convertible():
            rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows

    def write_parquet(self, out: Any) -> None:
        """Write the rows to a path or an open file.

        Raises:
            InputError: a column of a kind Parquet does not hold.
        """
        import pyarrow.parquet as pq

        with _convertible():
            pq.write_table(self.table, out)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Says that a table cannot be used, whatever DuckDB has against it."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        rule = "cannot be read: cut short, changed, or without a column it should have"
        raise InputError([Fault(rule, "Build the cohort again.", file=str(path))]) from error


@contextmanager
def _convertible() -> Iterator[None]:
    """Says what to do about columns, such as of intervals, that have no place where they go."""
    try:
        yield
    except (ValueError, OverflowError, NotImplementedError) as error:
        rule = "a column holds what cannot be written, such as an interval or a day after 9999"
        raise InputError([Fault(rule, "Write CAST(... AS VARCHAR) for it.")]) from error


class CohortDatabase:
    """The tables and views of one cohort. Several threads may ask at once; close it, or use it in `with`."""

    def __init__(self, folder: Path | str, *, memory: str = _MEMORY, threads: int = 2) -> None:
        """Opens the cohort.

        Args:
            folder: of `cohort build`.
            memory: DuckDB's limit.
            threads: DuckDB's number.

        Raises:
            InputError: no cohort of this version, or a table is gone.
        """
        import duckdb

        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        files = {name: (self.folder / f"{name}.parquet").resolve() for name in self.manifest["tables"]}
        gone = [path for path in files.values() if not path.exists()]
        if gone:
            remedy = "Build the cohort again."
            raise InputError(
                [Fault("a table of the cohort is gone", remedy, file=str(path)) for path in gone]
            )
        self._stamp = _stamp(self.folder / MANIFEST)
        settings: dict[str, str | bool | int | float | list[str]]
        settings = {"threads": threads, "memory_limit": memory, "temp_directory": ""}
        self._connection = duckdb.connect(":memory:", config=settings)
        parts = {
            name: ", ".join(_quoted(str(part)) for part in part_files(path, self._n_part(name)))
            for name, path in files.items()
        }
        self._connection.execute(f"SET allowed_paths = [{', '.join(parts.values())}]")
        self.tables = tuple(files)
        self.views: tuple[View, ...] = ()
        for name, path in files.items():
            with _readable(path):
                self._connection.execute(
                    f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{parts[name]}])'
                )
        clinical = self._columns("clinical") if "clinical" in files else ()
        with _readable(self.folder):
            self.views = tuple(views_of(files, [name for name, _ in clinical]))
            for view in self.views:
                self._connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
        if read_manifest(self.folder) != self.manifest:
            raise _built_again()
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def _n_part(self, table: str) -> int | None:
        n = self.manifest["tables"][table].get("n_part")
        return n if isinstance(n, int) else None

    def __enter__(self) -> CohortDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the memory."""
        self._connection.close()

    def _columns(self, name: str) -> list[tuple[str, str]]:
        rows = self._connection.cursor().execute(f'DESCRIBE SELECT * FROM "{name}"').fetchall()
        return [(str(row[0]), str(row[1])) for row in rows]

    def columns(self) -> pd.DataFrame:
        """Every column: table, column, type, unit, and meaning where it is declared; views last."""
        import pandas as pd

        rows = []
        for name in (*self.tables, *(view.name for view in self.views)):
            declared = TABLES[name].by_name if name in TABLES else {}
            for column, kind in self._columns(name):
                known = declared.get(column)
                rows.append((name, column, kind, known.unit if known else None, known.doc if known else None))
        return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "doc"])

    def sql(self, text: str, *, limit_rows: int = LIMIT_ROWS, timeout_s: float = TIMEOUT_S) -> Result:
        """The answer to one SELECT.

        Args:
            text: SQL of DuckDB's kind; a single statement that reads.
            limit_rows: at most so many rows come back; `truncated` says that there were more.
            timeout_s: seconds after which the question is given up.

        Raises:
            InputError: not one SELECT, an error of the SQL, out of time or of memory.
        """
        statement = _one_select(text)
        return self.select(f"SELECT * FROM (\n{statement}\n)", limit_rows=limit_rows, timeout_s=timeout_s)

    def keep(self, name: str, text: str) -> None:
        """Keep the answer to a SELECT of ours in memory, as a table of that name."""
        self._connection.cursor().execute(f'CREATE OR REPLACE TABLE "{name}" AS {text}')

    def keep_view(self, name: str) -> None:
        """Keep the rows of a view in memory, for all that ask it."""
        self.keep(f"{name}_kept", f"SELECT * FROM {name}")
        self._connection.cursor().execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {name}_kept")

    def is_unchanged(self) -> bool:
        """Whether the cohort is the one that was opened; its manifest is written anew with it.

        Raises:
            InputError: the cohort is gone.
        """
        return _stamp(self.folder / MANIFEST) == self._stamp

    def check_unchanged(self) -> None:
        """Refuse what was read while the cohort was built again: it may be of both.

        Raises:
            InputError: it was.
        """
        if not self.is_unchanged():
            raise _built_again()

    def select(
        self, text: str, parameters: Sequence[Any] = (), *, limit_rows: int | None = None,
        timeout_s: float | None = None,
    ) -> Result:  # fmt: skip
        """The answer to a SELECT of ours, whose `?` are filled from `parameters`; all rows without `limit_rows`.

        It may take its time without `timeout_s`.

        Raises:
            InputError: as sql.
        """
        import duckdb

        limit = "" if limit_rows is None else f" LIMIT {limit_rows + 1}"
        cursor, began, late = self._connection.cursor(), time.monotonic(), threading.Event()

        def stop() -> None:
            """Gives the question up."""
            late.set()
            cursor.interrupt()

        timer = None if timeout_s is None else threading.Timer(timeout_s, stop)
        if timer is not None:
            timer.start()
        try:
            answer: Any = cursor.sql(text + limit, params=list(parameters))
            table = _with_numbers(answer.to_arrow_table())
        except duckdb.Error as error:
            if late.is_set():
                remedy = "Ask for less: filter rows, or aggregate."
                raise InputError([Fault(f"took longer than {timeout_s:g} s", remedy)]) from error
            self.check_unchanged()
            raise InputError([_fault(error)]) from error
        finally:
            if timer is not None:
                timer.cancel()
            cursor.close()
        self.check_unchanged()
        truncated = limit_rows is not None and table.num_rows > limit_rows
        return Result(table.slice(0, limit_rows), truncated, time.monotonic() - began)


def open_cohort(folder: Path | str) -> CohortDatabase:
    """The cohort of a folder, to be asked in SQL.

    Raises:
        InputError: as CohortDatabase.
    """
    return CohortDatabase(folder)


def _with_numbers(table: Any) -> Any:
    """Sums as int64, where that holds them, and decimals as float64: the numbers everything else knows."""
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if not pa.types.is_decimal(field.type):
            continue
        made = table.column(index).cast(pa.float64(), safe=False)
        if field.type.scale == 0:
            with suppress(pa.ArrowInvalid):
                made = table.column(index).cast(pa.int64())
        table = table.set_column(index, field.name, made)
    return table


def _built_again() -> InputError:
    rule, remedy = "the cohort was built again meanwhile", "Ask again; in Python, open the cohort again."
    return InputError([Fault(rule, remedy)])


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written anew.

    Raises:
        InputError: it is gone.
    """
    try:
        found = path.stat()
    except OSError:
        rule, remedy = (
            "no cohort here, or it is just being built",
            "Run `wes-biomarkers cohort build`, or try again.",
        )
        raise InputError([Fault(rule, remedy, file=str(path))]) from None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one_select(text: str) -> str:
    """The text of the only statement, if it reads.

    Raises:
        InputError: nothing, several statements, or one that is no SELECT.
    """
    import duckdb

    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise InputError([Fault(_words(error), "Mend the SQL.")]) from error
    if len(statements) != 1:
        rule = "there is no SQL" if not statements else f"{len(statements)} statements at once"
        raise InputError([Fault(rule, "Ask one SELECT.")])
    if statements[0].type != duckdb.StatementType.SELECT:
        raise InputError([Fault("only reading is allowed", "Ask a SELECT: nothing here can be written.")])
    return _without_end(text)


def _without_end(text: str) -> str:
    """The statement without a semicolon at its end and what stands after it."""
    import duckdb

    written = text.encode()  # DuckDB counts bytes
    tokens = [place for place, kind in duckdb.tokenize(text) if kind != duckdb.token_type.comment]
    while tokens and written[tokens[-1] : tokens[-1] + 1] == b";":
        written = written[: tokens.pop()]
    return written.decode()


def _fault(error: Exception) -> Fault:
    """DuckDB's error in words that name no path of the machine."""
    import duckdb

    if isinstance(error, duckdb.PermissionException):
        return Fault("files, networks and settings are out of reach", "Ask the tables of the cohort.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Fault("needs more memory than a question may have", "Ask for less: filter rows, or aggregate.")
    return Fault(_words(error), "Mend the SQL.")


def _words(error: Exception) -> str:
    """DuckDB's message on one line, without the text of the query."""
    return " ".join(str(error).split("\n\nLINE")[0].split()).rstrip(".")
