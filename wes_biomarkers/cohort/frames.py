"""What every table is built with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd


def frame_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame of objects with exactly these columns; a cell no row has is missing."""
    return pd.DataFrame(list(rows), columns=list(columns), dtype="object")


def joined_flags(flags: Iterable[str]) -> str:
    """Flag codes as one cell."""
    return ";".join(sorted(flags))
