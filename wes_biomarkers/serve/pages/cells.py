"""Cells of frames as JSON knows them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def cell(value: Any) -> Any:
    """A value as JSON knows it: unknown is None, days are ISO text, infinite bounds are text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, datetime.date | pd.Timestamp):
        return value.isoformat()[:10]
    return str(value)


def _number(value: float) -> float | int | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def rows(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """A frame's rows; of `columns`, those it has. Columns without a single known cell are left out."""
    kept = [
        name for name in (columns or frame.columns) if name in frame.columns and frame[name].notna().any()
    ]
    cells = [[cell(value) for value in frame[name].astype(object)] for name in kept]
    return [dict(zip(kept, row, strict=True)) for row in zip(*cells, strict=True)]


def split(codes: Any) -> list[str]:
    """The codes of a cell that holds them separated by semicolons."""
    return [code for code in str(codes).split(";") if code] if cell(codes) is not None else []


def method_words(row: Mapping[str, Any]) -> str | None:
    """The method of a row and what it is adjusted for, in words."""
    method, adjust = row.get("method"), row.get("adjust")
    return f"{method} adjusted for {adjust.replace(';', ', ')}" if method and adjust else method
