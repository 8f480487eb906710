"""What the page Cohort shows: the cohort in short, its columns, counts under a filter, rows of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.join.flow import Flow, unless
from wes_biomarkers.join.population import enrol, sample_steps
from wes_biomarkers.serve.filters import Condition, joint, masks_of
from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.store import ALTERED, BIOMARKER_COLUMNS, MAX_LEVEL, WIDE, Store, declared, quoted

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
    edges = _edges(store, name)
    if edges is not None:
        values = store.column(name).dropna().astype(float)
        return told | {"min": cell(values.min()), "max": cell(values.max())}
    levels, codes = _levels(store, name)
    if levels and kind != "date":
        sizes = np.bincount(codes, minlength=len(levels) + 1)
        told["levels"] = [{"value": value, "n": int(n)} for value, n in zip(levels, sizes, strict=False)]
    return told


def _edges(store: Store, name: str) -> np.ndarray | None:
    """Edges of the histogram of a number, shape (N_BIN + 1,); None where levels are shown."""

    def make() -> np.ndarray | None:
        """From all patients, so that a filter does not move the bars."""
        if store.kind(name) not in ("int", "float"):
            return None
        values = store.column(name).dropna().astype(float)
        values = values[np.isfinite(values)]
        return np.histogram_bin_edges(values, N_BIN) if values.nunique() > _FEW else None

    edges: np.ndarray | None = store.remembered(f"edges {name}", make)
    return edges


def _levels(store: Store, name: str) -> tuple[list[Any], np.ndarray]:
    """Levels, most frequent first (numbers in order), and each patient's; len(levels) where unknown. None: too many."""

    def make() -> tuple[list[Any], np.ndarray]:
        """From all patients."""
        values = store.column(name)
        codes, uniques = pd.factorize(values, use_na_sentinel=True)
        if not 0 < len(uniques) <= MAX_LEVEL:
            return [], np.zeros(len(values), np.int64)
        sizes = np.bincount(codes[codes >= 0], minlength=len(uniques))
        words = [cell(value) for value in uniques]
        by_value = store.kind(name) in ("int", "float", "bool")
        order = sorted(range(len(words)), key=lambda i: words[i] if by_value else (-sizes[i], str(words[i])))
        place = np.empty(len(words) + 1, np.int64)
        place[order] = np.arange(len(words))
        place[-1] = len(words)
        return [words[i] for i in order], place[codes]

    found: tuple[list[Any], np.ndarray] = store.remembered(f"levels {name}", make)
    return found


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
        bins = _bins(store, name, shown)
        if bins is not None:
            by[name] = bins
    return {
        "n_patient": int(chosen.sum()),
        "n_pair": int(store.column("n_pair")[chosen].fillna(0).sum()),
        "flow": _flow(store, chosen, bool(conditions)),
        "by": by,
    }


def _bins(store: Store, name: str, mask: np.ndarray) -> list[dict[str, Any]] | None:
    edges = _edges(store, name)
    if edges is not None:
        values = store.column(name).astype("Float64").to_numpy(float, na_value=np.nan)
        everybody, _ = np.histogram(values[np.isfinite(values)], edges)
        under = values[mask]
        found, _ = np.histogram(under[np.isfinite(under)], edges)
        bins = [
            {"bin": [float(edges[i]), float(edges[i + 1])], "n": int(found[i]), "n_all": int(everybody[i])}
            for i in range(len(everybody))
        ]
        unknown = np.isnan(values)
        return bins + _unknown(int(unknown[mask].sum()), int(unknown.sum()))
    levels, codes = _levels(store, name)
    if not levels:
        return None
    everybody = np.bincount(codes, minlength=len(levels) + 1)
    found = np.bincount(codes[mask], minlength=len(levels) + 1)
    bins = [
        {"value": value, "n": int(found[i]), "n_all": int(everybody[i])} for i, value in enumerate(levels)
    ]
    return bins + _unknown(int(found[-1]), int(everybody[-1]))


def _unknown(n: int, n_all: int) -> list[dict[str, Any]]:
    return [{"value": None, "n": n, "n_all": n_all}] if n_all else []


def _flow(store: Store, mask: np.ndarray, filtered: bool) -> list[dict[str, Any]]:
    """From the cohort through the filter, enrolment and sequencing; each loss with its reasons."""
    tables = store.tables(mask)
    ids = list(store.patients[mask])
    if "clinical" in tables and len(tables["clinical"]):
        clinical = tables["clinical"].set_index("patient_id")
        flow = enrol(ids, clinical, ENDPOINTS["os"], Analysis("", "os"))
    else:
        flow = Flow.start("in the cohort", ids)
    if "pair" in tables:
        sample_steps(tables, flow)
    else:
        patient = tables["patient"].set_index("patient_id")
        flow.keep("with a tumour sample", unless(patient["n_tumor_sample"] > 0, "no tumour sample"))
    steps = flow_steps(flow)
    if filtered:
        n = len(store.patients)
        steps[0] = steps[0] | {"step": "chosen by the filter", "excluded": n - len(ids)}
        steps.insert(0, {"step": "in the cohort", "n": n, "excluded": 0, "reason": "", "lost": []})
    return steps


def flow_steps(flow: Flow) -> list[dict[str, Any]]:
    """A flow as the page draws it."""
    return [
        {"step": step.name, "n": step.n, "excluded": sum(n for _, n in step.lost),
         "reason": "; ".join(f"{word} ({n})" for word, n in step.lost),
         "lost": [{"reason": word, "n": n} for word, n in step.lost]}
        for step in flow.steps
    ]  # fmt: skip


def genes(store: Store, mask: np.ndarray) -> list[dict[str, Any]]:
    """Genes by the number of patients in whom they are altered; every gene the cohort knows of."""
    if not store.genes:
        return []

    def read() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Altered genes as codes: gene names, and for each alteration patient and gene."""
        found = store.rows(f"SELECT patient_id, gene FROM {ALTERED}")
        codes, names = pd.factorize(found["gene"].to_numpy(object))
        return np.asarray(names, object), store.patients.get_indexer(pd.Index(found["patient_id"])), codes

    names, patient, code = store.remembered("altered", read)
    known = dict(zip(names, np.bincount(code[mask[patient]], minlength=len(names)), strict=True))
    ordered = sorted(
        ((int(known.get(gene, 0)), gene) for gene in store.genes), key=lambda each: (-each[0], each[1])
    )
    return [{"gene": gene, "n": n} for n, gene in ordered]


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
            frame[f"key{index}"] = store.column(key.lstrip("-"))[mask].to_numpy()
        rising = [not key.startswith("-") for key in keys]
        by = [f"key{index}" for index in range(len(keys))]
        where = frame.sort_values([*by, "at"], ascending=[*rising, True], kind="stable")["at"].to_numpy()
    page = list(store.patients[where[offset : offset + min(limit, MAX_ROWS)]])
    wanted = ", ".join(quoted(name) for name in dict.fromkeys(["patient_id", *shown]))
    marks = ", ".join("?" for _ in page)
    rows: list[Mapping[str, Any]] = []
    if page:
        found = store.rows(f"SELECT {wanted} FROM {WIDE} WHERE patient_id IN ({marks})", page)
        by_id = {row["patient_id"]: row for row in found.astype(object).to_dict("records")}
        rows = [{str(name): cell(value) for name, value in by_id[each].items()} for each in page]
    return {"n": int(mask.sum()), "rows": rows}


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
    docs = {view.name: view.doc for view in store.asked.views}
    listed = store.asked.columns()
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
