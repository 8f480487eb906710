"""What the page Cohort shows: the cohort in short, its columns, counts under a filter, rows of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.serve.bins import bins_of
from wes_biomarkers.serve.filters import Condition, joint, masks_of
from wes_biomarkers.serve.flow import flow_of
from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.store import BIOMARKER_COLUMNS, Store, declared

N_BIN = 20
MAX_ROWS = 1000
#: A number with at most this many values is shown as levels.
_FEW = 7
_HIDDEN = ("patient_id", "pair_id", "n_pair")


def cohort(store: Store) -> dict[str, Any]:
    """The cohort in short: name, counts, builds, plans, tables, and which pages make sense."""
    manifest = store.manifest
    has = {name: store.has(name) for name in TABLES}
    return {
        "name": manifest.get("name") or store.folder.resolve().name,
        "counts": manifest.get("counts", {}),
        "builds": manifest.get("builds", []),
        "synthetic": bool(manifest.get("synthetic", False)),
        "plans": [{"plan_id": name, "title": plan.get("title", "")} for name, plan in manifest.get("plans", {}).items()],
        "tables": [
            {"name": name, "n_row": int(line["n_row"]), "doc": TABLES[name].doc if name in TABLES else ""}
            for name, line in manifest["tables"].items()
        ],
        "endpoints": endpoints(store),
        "has": has | {
            "genes": bool(store.genes), "plan": store.has("association"), "ask": True, "patient": has["patient"],
            "reads": False, "biomarkers": has["biomarker"] or has["clinical"],
        },
    }  # fmt: skip


def endpoints(store: Store) -> list[dict[str, str]]:
    """The endpoints of which some patient has a value."""
    return [
        {"name": name, "title": each.title, "kind": each.kind, "rule": each.rule, "origin": each.origin}
        for name, each in ENDPOINTS.items()
        if all(column in store.types and store.column(column).notna().any() for column in each.columns)
    ]


def columns(store: Store) -> list[dict[str, Any]]:
    """Every column of the patients with a known cell: what it is, and its range or levels."""
    found: list[dict[str, Any]] = store.remembered(
        "columns",
        lambda: [_described(store, name) for name in _named(store) if store.column(name).notna().any()],
    )
    return found


def _named(store: Store) -> list[str]:
    return [
        name
        for name in store.types
        if name not in _HIDDEN and not (name.endswith(("_status", "_flags")) and declared(name) is not None)
    ]


def _described(store: Store, name: str) -> dict[str, Any]:
    known, kind = declared(name), store.kind(name)
    told: dict[str, Any] = {
        "table": "biomarker" if name in BIOMARKER_COLUMNS else "clinical",
        "name": name,
        "dtype": "number" if kind in ("int", "float") else "text" if kind in ("string", "bool") else kind,
        "unit": known.unit if known else None,
        "doc": known.doc if known else "",
        "definition_id": BIOMARKER_COLUMNS.get(name),
        "n_known": int(store.column(name).notna().sum()),
    }
    if known and known.allowed:
        told["allowed"] = list(known.allowed)
    bins = bins_of(store, name)
    if bins is not None and bins.is_histogram:
        values = store.numbers(name)
        return told | {"min": cell(np.nanmin(values)), "max": cell(np.nanmax(values))}
    if bins is not None and kind != "date":
        told["levels"] = [bar | {"n": int(n)} for bar, n in zip(bins.bars, bins.sizes, strict=False)]
    return told


def counts(store: Store, conditions: Sequence[Condition], names: Sequence[str] | None) -> dict[str, Any]:
    """How many meet the filter, the flow to sequencing, and for each column how many have which value.

    A column's own conditions do not narrow its own bars, so that more of it can be chosen.
    """
    masks = masks_of(store, conditions)
    n = len(store.patients)
    chosen = joint(masks, n)
    by = {}
    for name in names if names is not None else [each["name"] for each in columns(store)]:
        others = [mask for each, mask in zip(conditions, masks, strict=True) if each.column != name]
        shown = chosen if len(others) == len(masks) else joint(others, n)
        bins = bins_of(store, name)
        if bins is not None:
            by[name] = bins.counted(shown)
    return {
        "n_patient": int(chosen.sum()),
        "n_pair": int(np.nansum(store.numbers("n_pair")[chosen])),
        "flow": flow_of(store, chosen, bool(conditions)),
        "by": by,
    }


def genes(store: Store, mask: np.ndarray) -> list[dict[str, Any]]:
    """Genes by the number of patients in whom they are altered; every gene the cohort knows of."""
    found = [(int((store.gene(name).state[mask] == 1).sum()), name) for name in store.genes]
    return [{"gene": name, "n": n} for n, name in sorted(found, key=lambda each: (-each[0], each[1]))]


def patients(
    store: Store, mask: np.ndarray, sort: str, offset: int, limit: int, names: Sequence[str] | None
) -> dict[str, Any]:
    """A page of the patients' grid.

    Args:
        store: the cohort.
        mask: who is shown.
        sort: columns separated by commas, each with `-` before it for falling; unknown values stand last.
        offset, limit: of the page, limit at most MAX_ROWS.
        names: columns; None for all that hold anything.
    """
    shown = list(names) if names is not None else [each["name"] for each in columns(store)]
    for name in shown:
        store.kind(name)
    where = np.flatnonzero(mask)
    keys = [key for key in sort.split(",") if key]
    if keys:
        frame = pd.DataFrame({"at": where})
        for index, key in enumerate(keys):
            name = key.lstrip("-")
            ordered = store.kind(name) in ("int", "float", "date")
            frame[f"key{index}"] = (store.numbers(name) if ordered else store.column(name).to_numpy(object))[
                where
            ]
        rising = [not key.startswith("-") for key in keys]
        by = [f"key{index}" for index in range(len(keys))]
        where = frame.sort_values([*by, "at"], ascending=[*rising, True], kind="stable")["at"].to_numpy()
    page = where[offset : offset + min(limit, MAX_ROWS)]
    wanted = list(dict.fromkeys(["patient_id", *shown]))
    cells = [list(map(cell, values)) for values in store.cells(wanted, page)]
    rows = [dict(zip(wanted, row, strict=True)) for row in zip(*cells, strict=True)]
    return {"n": len(where), "rows": rows}


def kinds_of_patients(store: Store, names: Sequence[str] | None) -> dict[str, str]:
    """The columns of `patients` and their kinds, for Arrow; a day is text."""
    shown = list(names) if names is not None else [each["name"] for each in columns(store)]
    return {
        name: "string" if store.kind(name) == "date" else store.kind(name)
        for name in dict.fromkeys(["patient_id", *shown])
    }


#: The columns of `bars` and their kinds.
BARS = {"column": "string", "value": "string", "low": "float", "high": "float", "n": "int", "n_all": "int"}


def bars(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bars of `counts` as one table: a row has a value, or the ends of its bin."""
    return [
        {"column": name, "value": each.get("value"), "n": each["n"], "n_all": each["n_all"]}
        | dict(zip(("low", "high"), each.get("bin", ()), strict=False))
        for name, listed in found["by"].items()
        for each in listed
    ]


def tables(store: Store) -> list[dict[str, Any]]:
    """Tables and views with their columns, for the page Ask."""
    docs = {view.name: view.doc for view in store.database.views}
    listed = store.database.columns()
    return [
        {"name": name, "doc": docs.get(name) or TABLES[name].doc,
         "n_row": store.manifest["tables"].get(name, {}).get("n_row"),
         "columns": [{"name": row.column, "dtype": str(row.type).lower(), "unit": cell(row.unit), "doc": cell(row.doc)}
                     for row in part.itertuples()]}
        for name, part in ((str(name), part) for name, part in listed.groupby("table", sort=False))
    ]  # fmt: skip


def refuse_unknown(store: Store, name: str) -> None:
    """Raise an InputError for a patient the cohort does not have."""
    if name not in store.patients:
        raise InputError([Fault("the cohort has no such patient", "GET /api/patients lists them.")])
