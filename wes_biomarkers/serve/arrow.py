"""Tables as Arrow streams."""

from __future__ import annotations

import io
import json
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from pydantic import BaseModel

ARROW = "application/vnd.apache.arrow.stream"
#: What a column of rows holds: text (lists as JSON), numbers, yes and no.
KINDS = ("string", "int", "float", "bool")


def kinds_of(shape: type[BaseModel]) -> dict[str, str]:
    """The columns a declared row has as Arrow, each with its kind."""
    return {name: _kind(field.annotation) for name, field in shape.model_fields.items()}


def _kind(annotation: Any) -> str:
    if typing.get_origin(annotation) not in (types.UnionType, typing.Union):
        parts = {annotation}
    else:
        parts = set(typing.get_args(annotation)) - {types.NoneType}
    named: list[tuple[str, set[Any]]] = [
        ("bool", {bool}), ("int", {int}), ("float", {float}), ("float", {float, str}),
    ]  # fmt: skip
    return next((kind for kind, wanted in named if parts == wanted), "string")


def arrow(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> Response:
    """Rows in types of JSON as an Arrow stream whose columns and types do not depend on the rows.

    Args:
        rows: each with some of the columns; what a row lacks is null.
        kinds: column -> one of KINDS, in order; a day is text.
    """
    import pyarrow as pa

    made = {"string": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema([(name, made[kind]) for name, kind in kinds.items()])
    listed = list(rows)
    columns = [_column([row.get(name) for row in listed], kind) for name, kind in kinds.items()]
    return stream(
        pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    )


def _column(values: Sequence[Any], kind: str) -> list[Any]:
    if kind == "float":
        return [None if value is None else float(value) for value in values]
    if kind == "string":
        return [value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                for value in values]  # fmt: skip
    return list(values)


def guessed(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, str]:
    """The kinds of columns nobody declared, from their cells; text where they differ or none is known."""
    found = {}
    for name in names:
        kinds = {type(row[name]) for row in rows if row.get(name) is not None}
        found[name] = (
            "bool" if kinds == {bool}
            else "int" if kinds == {int}
            else "float" if kinds and kinds <= {int, float}
            else "string"
        )  # fmt: skip
    return found


def stream(table: Any) -> Response:
    """A pyarrow.Table as an Arrow IPC stream."""
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return Response(out.getvalue(), media_type=ARROW)
