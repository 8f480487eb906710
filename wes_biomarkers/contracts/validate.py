"""Bringing a data frame into the shape a table declares, or saying everything that keeps it from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wes_biomarkers.contracts.schema import Column, DType, Table
from wes_biomarkers.errors import ContractError

if TYPE_CHECKING:
    import pandas as pd

#: The pandas type of each declared type. Missing is <NA>, NaN or NaT, never 0 or "".
PANDAS_DTYPES: dict[DType, str] = {
    "string": "string",
    "int": "Int64",
    "float": "float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}


def unknown_values(column: Column, index: pd.Index) -> pd.Series:
    """A column of the declared type with nothing known."""
    import pandas as pd

    return _cast(pd.Series(pd.NA, index=index, dtype="object"), column)


def _cast(values: pd.Series, column: Column) -> pd.Series:
    if column.dtype == "float":
        return values.astype("Float64").astype("float64")
    return values.astype(PANDAS_DTYPES[column.dtype])  # type: ignore[call-overload, no-any-return]


def column_problems(values: pd.Series, column: Column) -> list[str]:
    """What in a cast column breaks its declaration, as sentences without values."""
    problems = []
    missing = values.isna()
    known = values[~missing]
    if not column.nullable and missing.any():
        problems.append(f"{column.name}: {int(missing.sum())} missing of a value that is required")
    if column.allowed is not None and not known.isin(column.allowed).all():
        problems.append(
            f"{column.name}: {int((~known.isin(column.allowed)).sum())} outside {list(column.allowed)}"
        )
    if column.minimum is not None and (known < column.minimum).any():
        problems.append(f"{column.name}: {int((known < column.minimum).sum())} below {column.minimum:g}")
    if column.maximum is not None and (known > column.maximum).any():
        problems.append(f"{column.name}: {int((known > column.maximum).sum())} above {column.maximum:g}")
    if column.pattern is not None and not known.str.contains(column.pattern, regex=True).all():
        problems.append(f"{column.name}: not of the pattern {column.pattern}")
    return problems


def conform_frame(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The frame with the table's columns in order and of their types, sorted by key.

    Declared nullable columns that are absent are added as missing. Further columns stay, after the declared
    ones, in open-ended tables only.

    Raises:
        ContractError: listing every column that is absent, undeclared, of the wrong type or out of range, and
            duplicated keys.
    """
    import pandas as pd

    problems: list[str] = []
    result: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name not in frame.columns:
            if not column.nullable and len(frame):
                problems.append(f"{column.name}: absent")
                continue
            values = unknown_values(column, frame.index)
        else:
            values = frame[column.name]
        try:
            result[column.name] = _cast(values, column)
        except (TypeError, ValueError) as error:
            problems.append(f"{column.name}: not {column.dtype} ({type(error).__name__})")
            continue
        problems += column_problems(result[column.name], column)
    further = [name for name in frame.columns if name not in table.by_name]
    if further and not table.open_ended:
        problems.append(f"undeclared columns {further}")
    result |= {name: frame[name] for name in further}
    conformed = pd.DataFrame(result, index=frame.index)
    keys = [name for name in table.key if name in conformed]
    keyed = conformed.dropna(subset=keys)  # an event of unknown day is no duplicate of another
    if len(keys) == len(table.key) and keyed.duplicated(keys).any():
        problems.append(f"key {keys}: {int(keyed.duplicated(keys).sum())} duplicates")
    if problems:
        raise ContractError(f"table {table.name} breaks its contract: " + "; ".join(problems))
    return conformed.sort_values(keys, kind="stable", ignore_index=True, na_position="last")
