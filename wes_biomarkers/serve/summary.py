"""What the cohort page shows: the cohort, its columns, counts that follow the filter, and the patients."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

from wes_biomarkers.contracts.tables import TABLES
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.serve.filters import Where
from wes_biomarkers.serve.served import Served

#: Words with more levels than this are not charted.
MAX_LEVELS = 30
#: Bars of a histogram, at most.
N_BIN = 20
MAX_PAGE = 500

Answer = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON knows it: days as text, what is no finite number as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    return value


def cohort(served: Served) -> Answer:
    """Name, counts, builds, plans, tables, and which pages make sense."""
    manifest, tables = served.manifest, served.database.tables
    return {
        "name": served.folder.resolve().name if served.folder.name in ("", ".") else served.folder.name,
        "counts": manifest["counts"],
        "builds": manifest["builds"],
        "synthetic": bool(manifest["synthetic"]),
        "plans": [plan["title"] for plan in manifest.get("plans", {}).values()],
        "tables": [
            {"name": name, "n_row": manifest["tables"][name]["n_row"], "doc": TABLES[name].doc}
            for name in tables
        ],
        "has": {
            "biomarkers": "clinical" in tables,
            "genes": "gene" in tables,
            "patient": True,
            "ask": True,
            "plan": "association" in tables,
        },
    }


def columns(served: Served) -> list[Answer]:
    """Every column to filter by: type, meaning, range or levels, and how many patients have it."""
    told = {
        (str(row["table"]), str(row["column"])): row for row in served.database.columns().to_dict("records")
    }
    rows = []
    for name, dtype in served.columns.items():
        home = next((table for table in ("clinical", "biomarker", "patient") if (table, name) in told), "")
        known = told.get((home, name), {})
        unit, doc = known.get("unit"), known.get("doc")
        row: Answer = {
            "table": home,
            "name": name,
            "dtype": dtype,
            "unit": unit if isinstance(unit, str) else None,
            "doc": doc if isinstance(doc, str) else "",
        }
        rows.append(row | _extent(served, name, dtype))
    return rows


def _extent(served: Served, name: str, dtype: str) -> Answer:
    quoted = f'"{name}"'
    if dtype in ("float", "int"):
        found = served.fetch(
            f"SELECT count({quoted}) AS n, min({quoted}) AS low, max({quoted}) AS high FROM {served.source}"
        )[0]
        if dtype == "int" and found["low"] is not None and found["high"] - found["low"] <= 5:
            return _levels(served, quoted) | {"n_known": found["n"]}
        return {"n_known": found["n"], "min": plain(found["low"]), "max": plain(found["high"])}
    if dtype == "date":
        found = served.fetch(f"SELECT count({quoted}) AS n FROM {served.source}")[0]
        return {"n_known": found["n"]}
    return _levels(served, quoted)


def _levels(served: Served, quoted: str) -> Answer:
    rows = served.fetch(
        f"SELECT {quoted} AS value, count(*) AS n FROM {served.source} WHERE {quoted} IS NOT NULL "
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {MAX_LEVELS + 1}"
    )
    n_known = served.fetch(f"SELECT count({quoted}) AS n FROM {served.source}")[0]["n"]
    return {"n_known": n_known, "levels": rows if len(rows) <= MAX_LEVELS else None}


def counts(served: Served, asked: Where, names: Sequence[str]) -> Answer:
    """Patients and pairs that meet the filter, and for each column asked how many by level or bin, with the total.

    Raises:
        InputError: a column that cannot be asked.
    """
    unknown = [name for name in names if name not in served.columns]
    if unknown:
        raise InputError(
            [Fault("no such column", "/api/columns names them.", value=name[:60]) for name in unknown]
        )
    patients = served.fetch(f"SELECT count(*) AS n FROM {served.source} WHERE {asked.sql}", asked.values)[0][
        "n"
    ]
    pairs = 0
    if "pair" in served.database.tables:
        pairs = served.fetch(
            f"SELECT count(*) AS n FROM pair WHERE patient_id IN (SELECT patient_id FROM {served.source} WHERE {asked.sql})",
            asked.values,
        )[0]["n"]
    by = {name: _binned(served, asked, name) for name in dict.fromkeys(names)}
    return {"n_patient": patients, "n_pair": pairs, "flow": flow(served, asked), "by": by}


def _binned(served: Served, asked: Where, name: str) -> list[Answer]:
    extent = _extent(served, name, served.columns[name])
    quoted = f'"{name}"'
    if extent.get("min") is None:
        rows = served.fetch(
            f"SELECT {quoted} AS value, count(*) FILTER ({asked.sql}) AS n, count(*) AS n_all FROM {served.source} "
            f"GROUP BY 1 ORDER BY n_all DESC, 1 LIMIT {MAX_LEVELS + 1}",
            asked.values,
        )
        return [row | {"value": plain(row["value"])} for row in rows]
    low, step = _bins(float(extent["min"]), float(extent["max"]), served.columns[name] == "int")
    rows = served.fetch(
        f"SELECT CAST(floor(({quoted} - ?) / ?) AS INTEGER) AS bin, count(*) FILTER ({asked.sql}) AS n, count(*) AS n_all "
        f"FROM {served.source} GROUP BY 1",
        (low, step, *asked.values),
    )
    found = {row["bin"]: row for row in rows}
    last = max((index for index in found if index is not None), default=-1)
    bars = [
        {"bin": [round(low + index * step, 10), round(low + (index + 1) * step, 10)],
         "n": found.get(index, {}).get("n", 0), "n_all": found.get(index, {}).get("n_all", 0)}
        for index in range(last + 1)
    ]  # fmt: skip
    if None in found:
        bars.append({"value": None, "n": found[None]["n"], "n_all": found[None]["n_all"]})
    return bars


def _bins(low: float, high: float, whole: bool) -> tuple[float, float]:
    """(start, width) of round bins, at most N_BIN of them."""
    span = high - low
    if span <= 0:
        return low, 1.0
    rough = span / (N_BIN - 2)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    step = max(step, 1.0) if whole else step
    return math.floor(low / step) * step, step


def flow(served: Served, asked: Where) -> list[Answer]:
    """From the patients of the cohort to those sequenced and evaluable, of those who meet the filter."""
    steps: list[Answer] = [{"step": "patients who meet the filter", "n": 0}]
    chosen = f"SELECT patient_id FROM {served.source} WHERE {asked.sql}"
    steps[0]["n"] = served.fetch(f"SELECT count(*) AS n FROM ({chosen})", asked.values)[0]["n"]
    tables = served.database.tables
    asks = []
    if "assignment" in served.columns:
        asks.append(("allocated to an arm", f"SELECT count(*) AS n FROM {served.source} WHERE {asked.sql} AND "
                                            "assignment IN ('randomized', 'preference')"))  # fmt: skip
        steps += _counted(served, asked, asks)
        asks = []
    if "pair" in tables:
        asks.append(
            (
                "with a tumour sample",
                f"SELECT count(*) AS n FROM patient WHERE n_tumor_sample > 0 AND patient_id IN ({chosen})",
            )
        )
        asks.append(
            (
                "sequenced",
                f"SELECT count(DISTINCT patient_id) AS n FROM pair WHERE status = 'ok' AND patient_id IN ({chosen})",
            )
        )
        steps += _counted(served, asked, asks)
    return steps


def _counted(served: Served, asked: Where, asks: Sequence[tuple[str, str]]) -> list[Answer]:
    return [{"step": step, "n": served.fetch(sql, asked.values)[0]["n"]} for step, sql in asks]


def genes(served: Served, asked: Where) -> list[Answer]:
    """Genes altered in at least one patient, most frequent first, counted among those who meet the filter."""
    if "gene" not in served.database.tables or served.source != "patient_biomarker":
        return []
    return served.fetch(
        "SELECT g.gene AS gene, count(*) AS n FROM gene g JOIN baseline_pair USING (patient_id, pair_id) "
        f"WHERE g.status IN ('altered', 'biallelic') AND patient_id IN (SELECT patient_id FROM {served.source} "
        f"WHERE {asked.sql}) GROUP BY 1 ORDER BY n DESC, gene",
        asked.values,
    )


def patients(served: Served, asked: Where, sort: str, offset: int, limit: int) -> Answer:
    """A page of the patients' grid.

    Args:
        served: the cohort.
        asked: the filter.
        sort: columns separated by commas, `-` before one for descending order.
        offset, limit: of the page.

    Raises:
        InputError: a column that cannot be sorted by.
    """
    order = []
    for word in filter(None, sort.split(",")):
        name = word.removeprefix("-")
        if name not in served.columns and name != "patient_id":
            raise InputError(
                [Fault("no such column to sort by", "/api/columns names them.", value=name[:60])]
            )
        order.append(f'"{name}" {"DESC" if word.startswith("-") else "ASC"} NULLS LAST')
    names = ", ".join(f'"{name}"' for name in ("patient_id", *served.columns))
    rows = served.fetch(
        f"SELECT {names} FROM {served.source} WHERE {asked.sql} ORDER BY {', '.join([*order, 'patient_id'])} "
        f"LIMIT {min(limit, MAX_PAGE)} OFFSET {offset}",
        asked.values,
    )
    n = served.fetch(f"SELECT count(*) AS n FROM {served.source} WHERE {asked.sql}", asked.values)[0]["n"]
    return {"rows": [{name: plain(value) for name, value in row.items()} for row in rows], "n": n}


def described(rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Rows with values JSON knows."""
    return [{name: plain(value) for name, value in row.items()} for row in rows]
