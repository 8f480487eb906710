"""Tables as Parquet and TSV. Equal frames give equal bytes: no time, host, path or library's own metadata."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.schema import Table
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import atomic_path
from wes_biomarkers.io.parts import MAX_ROWS, in_parts, part_files, part_name

_ROW_GROUP = 100_000
#: Where a Parquet file says which table and version it holds.
_MARK = "wes_biomarkers.table"


def _arrow_types() -> dict[str, Any]:
    import pyarrow as pa

    return {
        "string": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
    }


def arrow_schema(table: Table) -> Any:
    """The Arrow schema of a table's declared columns."""
    import pyarrow as pa

    types = _arrow_types()
    return pa.schema([pa.field(column.name, types[column.dtype]) for column in table.columns])


def _frame_schema(frame: pd.DataFrame, table: Table) -> Any:
    import pyarrow as pa

    types = _arrow_types()
    fields = []
    for name in frame.columns:
        if name in table.by_name:
            kind = types[table.by_name[name].dtype]
        else:
            kind = types["float" if pd.api.types.is_float_dtype(frame[name]) else "string"]
        fields.append(pa.field(str(name), kind))
    return pa.schema(fields)


def write_parquet(path: Path | str, frame: pd.DataFrame, table: Table) -> None:
    """Write a frame already conforming to its table."""
    import pyarrow as pa

    data = pa.Table.from_pandas(frame, schema=_frame_schema(frame, table), preserve_index=False)
    write_parquet_parts(path, [data], table)


def write_parquet_parts(path: Path | str, parts: Iterable[Any], table: Table, most: int = MAX_ROWS) -> int:
    """Write a table too large for memory: Arrow tables of one schema, one below the other; returns the rows.

    The parts must conform to the declaration and come in the order of its key; without a part the table is empty.
    A table of more than about `most` rows becomes a folder of files, see `io.parts`; a file or folder of the name is
    replaced when all is written.
    """
    target = Path(path)
    left = iter(parts)
    first = next(left, None)
    bare = arrow_schema(table) if first is None else first.schema.remove_metadata()
    stream = chain([] if first is None else [first], left)
    stage = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    try:
        made = stage / "table"
        made.mkdir()
        counts = [
            _write_file(made / part_name(at), pieces, bare, table)
            for at, pieces in enumerate(in_parts(stream, most))
        ] or [_write_file(made / part_name(0), (), bare, table)]
        made.chmod(0o777 & ~_umask())
        whole = made if len(counts) > 1 else made / part_name(0)
        if target.is_dir() or (target.exists() and whole is made):
            os.replace(target, stage / "old")
        os.replace(whole, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return sum(counts)


def _write_file(path: Path, pieces: Iterable[Any], schema: Any, table: Table) -> int:
    """Write one file of a table; returns its rows."""
    import pyarrow.parquet as pq

    settings = {"version": "2.6", "compression": "zstd", "compression_level": 3, "store_schema": False}
    n_row = 0
    with pq.ParquetWriter(path, schema, **settings) as writer:
        for piece in pieces:
            writer.write_table(piece.replace_schema_metadata(None), row_group_size=_ROW_GROUP)
            n_row += piece.num_rows
        writer.add_key_value_metadata({_MARK: f"{table.name}/{table.version}"})
    return n_row


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def write_tsv(path: Path | str, frame: pd.DataFrame) -> None:
    """Write tab-separated text: empty for unknown, true and false, ISO dates, shortest exact decimals."""
    text = frame.copy()
    for name in text.columns:
        if pd.api.types.is_bool_dtype(text[name]):
            text[name] = text[name].map({True: "true", False: "false"}).astype("string")
        elif pd.api.types.is_datetime64_any_dtype(text[name]):
            text[name] = text[name].dt.strftime("%Y-%m-%d").astype("string")
    with atomic_path(path) as temporary:
        text.to_csv(temporary, sep="\t", index=False, na_rep="", lineterminator="\n", encoding="utf-8")


def read_parquet(path: Path | str, table: Table, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Read a table back, with the types its declaration gives.

    Args:
        path: of the file, or of the folder of its parts.
        table: its declaration.
        columns: read these declared columns alone, in the order of the table.

    Raises:
        InputError: when the file is missing or damaged, or holds another table or version.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    asked = None if columns is None else list(columns)
    read = []
    for file in part_files(path):
        name = str(file)
        try:
            opened = pq.ParquetFile(file)
            read.append(opened.read(columns=asked))
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                [Fault("cannot be read as Parquet", "Build the cohort again.", file=name)]
            ) from error
        found = (opened.metadata.metadata or {}).get(_MARK.encode(), b"").decode()
        if found != f"{table.name}/{table.version}":
            rule = f"holds {found or 'an unnamed table'}, not {table.name}/{table.version}"
            raise InputError([Fault(rule, "Build the cohort again with this version.", file=name)])
    data = pa.concat_tables(read)
    nullable = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}
    if columns is not None:
        table = replace(table, columns=tuple(each for each in table.columns if each.name in columns))
    return conform_frame(data.to_pandas(types_mapper=nullable.get), table)
