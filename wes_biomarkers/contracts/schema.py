"""Columns and tables as frozen declarations; schemas, validators and the data dictionary come from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DType = Literal["string", "int", "float", "bool", "date"]

#: Cells that mean "unknown" in every table a user gives.
UNKNOWN_CELLS: frozenset[str] = frozenset({"", "NA", "."})

#: What an id may hold. It becomes part of file names and read groups on every system.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit, allowed values and meaning."""

    name: str
    dtype: DType
    doc: str
    unit: str | None = None
    nullable: bool = True
    allowed: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Table:
    """One table: its name, key columns, version, columns and meaning.

    `open_ended` tables accept further columns (a clinical table's own covariates).
    """

    name: str
    key: tuple[str, ...]
    version: int
    columns: tuple[Column, ...]
    doc: str
    open_ended: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The declared column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def by_name(self) -> Mapping[str, Column]:
        """The declared columns by name."""
        return {column.name: column for column in self.columns}
