"""Two features of the chosen patients as points, or as counts in bins where there are too many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.join.features import FeatureReader
from wes_biomarkers.serve.filters import Condition, mask_of, where_text
from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.store import BIOMARKER_COLUMNS, Store, quoted

MAX_POINT = 20_000
_BINS = 60


def values(
    store: Store, conditions: tuple[Condition, ...], x: str, y: str = "", colour: str = ""
) -> dict[str, Any]:
    """The features of each chosen patient who has x and y.

    Args:
        store: the cohort.
        conditions: the filter.
        x, y, colour: features as `associate --list` names them, or columns; y and colour may be empty.

    Returns:
        {n, rows: [{patient_id, x, y?, colour?}] or bins: [{x0, x1, y0, y1, n}], correlation, ...}.

    Raises:
        InputError: no such feature or column.
    """
    wanted = {key: name for key, name in (("x", x), ("y", y), ("colour", colour)) if name}
    frame = known_values(store, conditions, wanted)
    n_chosen = int(mask_of(store, conditions).sum())
    found: dict[str, Any] = {
        "n": len(frame), "n_chosen": n_chosen, "method": "one point a patient, the sample of the rule",
        "definition_id": "; ".join(filter(None, (BIOMARKER_COLUMNS.get(name) for name in (x, y)))) or None,
        "names": wanted, "rows": [], "bins": [], "correlation": None,
        "sql": _sql(store, conditions, list(wanted.values())), "python": _python(store, conditions, wanted),
    }  # fmt: skip
    numeric = all(pd.api.types.is_numeric_dtype(frame[key]) for key in ("x", "y") if key in frame)
    if "y" in frame and numeric and len(frame) > 2:
        found["correlation"] = _spearman(frame)
    if len(frame) > MAX_POINT and "y" in frame and numeric:
        return found | {"bins": _binned(frame)}
    shown = frame.iloc[:: -(-len(frame) // MAX_POINT) or 1]
    rows = [
        {"patient_id": str(patient)} | {str(key): cell(value) for key, value in row.items()}
        for patient, row in zip(shown.index, shown.astype(object).to_dict("records"), strict=True)
    ]
    return found | {"rows": rows}


def known_values(store: Store, conditions: tuple[Condition, ...], wanted: Mapping[str, str]) -> pd.DataFrame:
    """The features of each chosen patient who has both x and y, on the patients' ids.

    Args:
        store: the cohort.
        conditions: the filter.
        wanted: name of a column of the answer (x, y, colour) -> the feature.

    Raises:
        InputError: no such feature or column.
    """
    mask = mask_of(store, conditions)
    frame = pd.DataFrame({key: _values(store, name, mask) for key, name in wanted.items()})
    return frame.dropna(subset=[key for key in ("x", "y") if key in frame])


def _values(store: Store, name: str, mask: np.ndarray) -> pd.Series:
    if name in store.types:
        return pd.Series(store.column(name).to_numpy(), index=store.patients, name=name)[
            mask
        ].convert_dtypes()
    return FeatureReader(store.tables(mask, (name,))).read(name).value


def _spearman(frame: pd.DataFrame) -> dict[str, Any]:
    from scipy.stats import spearmanr

    x, y = frame["x"].astype(float), frame["y"].astype(float)
    if x.nunique() < 2 or y.nunique() < 2:
        return {"method": "Spearman", "value": None, "p": None, "reason": "a feature has a single value"}
    result: Any = spearmanr(x, y)
    return {"method": "Spearman", "value": cell(float(result[0])), "p": cell(float(result[1]))}


def _binned(frame: pd.DataFrame) -> list[dict[str, Any]]:
    counts, xs, ys = np.histogram2d(frame["x"].astype(float), frame["y"].astype(float), _BINS)
    return [
        {
            "x0": float(xs[i]),
            "x1": float(xs[i + 1]),
            "y0": float(ys[j]),
            "y1": float(ys[j + 1]),
            "n": int(counts[i, j]),
        }
        for i, j in zip(*np.nonzero(counts), strict=True)
    ]


def _sql(store: Store, conditions: tuple[Condition, ...], names: list[str]) -> str:
    known = [name for name in names if name in store.types]
    shown = ", ".join(quoted(name) for name in dict.fromkeys(["patient_id", *known]))
    return f"SELECT {shown}\nFROM patient_biomarker{where_text(store, conditions)}"


def _python(store: Store, conditions: tuple[Condition, ...], names: dict[str, str]) -> str:
    chosen = f"SELECT patient_id FROM patient_biomarker{where_text(store, conditions)}"
    text = chosen.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return _PYTHON.format(sql=text, names=list(names.values()))


_PYTHON = '''\
from pathlib import Path

import pandas as pd

from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.features import FeatureReader
from wes_biomarkers.query import open_cohort

folder = Path("COHORT")
with open_cohort(folder) as cohort:
    chosen = cohort.sql("""{sql}""").to_pandas()["patient_id"]
reader = FeatureReader(read_cohort(folder).tables)
print(pd.DataFrame({{name: reader.read(name).value for name in {names!r}}}).reindex(chosen))
'''
