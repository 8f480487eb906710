"""The report's tables: biomarkers by pair and sequencing quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.biomarkers import GROUPS, main_value
from wes_biomarkers.contracts.biomarkers.base import Biomarker
from wes_biomarkers.contracts.schema import Column
from wes_biomarkers.contracts.tables import QC

_SHORT = {
    "tmb_per_mb": "TMB",
    "tmb_high": "TMB high",
    "callable_mb": "callable",
    "callable_target_mb": "callable target",
    "n_mutation": "mutations",
    "n_snv": "SNV",
    "n_indel": "indel",
    "n_mnv": "MNV",
    "mean_coverage_tumor": "coverage tumour",
    "mean_coverage_normal": "coverage normal",
    "target_20x_fraction_tumor": "≥ 20x tumour",
    "target_10x_fraction_normal": "≥ 10x normal",
    "duplicate_fraction_tumor": "duplicates tumour",
    "duplicate_fraction_normal": "duplicates normal",
    "n_read_tumor": "reads tumour",
    "n_read_normal": "reads normal",
}

#: Numbers of the evolution table, in its order.
EVOLUTION_COUNTS = ("n_kept", "n_gained", "n_lost", "n_unknown", "turnover_fraction")


def heading(column: Column) -> dict[str, str]:
    """A column's heading: a short name, its unit, and its meaning."""
    text = _SHORT.get(column.name, column.name.replace("_", " "))
    unit = column.unit if column.unit not in (None, "fraction") else ""
    return {"text": text, "unit": unit or "", "doc": column.doc}


def number_text(value: float) -> str:
    """A number with three digits that count, thousands apart."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def _value_text(value: Any, column: Column) -> str:
    if column.dtype == "bool":
        return "yes" if value else "no"
    return number_text(float(value)) if column.dtype in ("int", "float") else str(value)


def _sort_key(value: Any, column: Column) -> str:
    return f"{float(value):.12g}" if column.dtype in ("int", "float", "bool") else str(value)


def split(flags: Any) -> list[str]:
    """The codes of a semicolon-joined cell."""
    return [code for code in str(flags).split(";") if code] if pd.notna(flags) else []


def _reasons(tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str, str, str], tuple[str, Any, Any]]:
    """(pair, feature, definition, value name) -> reason and interval."""
    long = tables["feature"]
    keys = zip(*(long[name] for name in ("pair_id", "feature", "definition_id", "name")), strict=True)
    found = zip(long["reason"].fillna(""), long["ci_low"], long["ci_high"], strict=True)
    return dict(zip(keys, found, strict=True))


def biomarker_tables(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The wide table for the page, a table a group: title, headings, and rows of cells with their statuses.

    A group that no run has asked for is left out.
    """
    if "biomarker" not in tables:
        return []
    details = _reasons(tables)
    pair_reason = dict(zip(tables["pair"]["pair_id"], tables["pair"]["reason"], strict=True))
    found = []
    for title, group in GROUPS.items():
        statuses = {status for item in group for status in tables["biomarker"][f"{item.column.name}_status"]}
        if not statuses - {"not_requested", "failed"}:
            continue
        rows = [
            _biomarker_row(pair, group, details, pair_reason) for _, pair in tables["biomarker"].iterrows()
        ]
        common = _hoist_common(rows)
        found.append(
            {
                "title": title,
                "headings": [heading(item.column) for item in group],
                "rows": rows,
                "common": common,
            }
        )
    return found


def _biomarker_row(
    pair: pd.Series[Any],
    group: Sequence[Biomarker],
    details: Mapping[tuple[str, str, str, str], tuple[str, Any, Any]],
    pair_reason: Mapping[str, Any],
) -> dict[str, Any]:
    cells, flags = [], set()
    for biomarker in group:
        column = biomarker.column
        key = (pair["pair_id"], biomarker.feature, biomarker.definition_id, biomarker.value)
        reason, low, high = details.get(key, ("", None, None))
        status, value = pair[f"{column.name}_status"], pair[column.name]
        flags.update(split(pair[f"{column.name}_flags"]))
        if status == "failed" and pd.notna(pair_reason[pair["pair_id"]]):
            reason = pair_reason[pair["pair_id"]]
        cell = {"status": status, "reason": reason, "text": "", "sort": "", "ci": ""}
        if status == "ok" and pd.notna(value):
            cell |= {"text": _value_text(value, column), "sort": _sort_key(value, column)}
            if biomarker.value == main_value(biomarker.feature) and pd.notna(low) and pd.notna(high):
                cell["ci"] = f"{number_text(low)} to {number_text(high)}"
        cells.append(cell)
    return {
        "patient": pair["patient_id"],
        "pair": pair["pair_id"],
        "timepoint": _text(pair["timepoint"]),
        "specimen": _text(pair["specimen"]),
        "cells": cells,
        "flags": sorted(flags),
    }


def _hoist_common(rows: list[dict[str, Any]]) -> list[str]:
    """Takes the flags that every row with any carries out of the rows, and returns them."""
    flagged = [set(row["flags"]) for row in rows if row["flags"]]
    common = set.intersection(*flagged) if flagged else set()
    for row in rows:
        row["flags"] = [flag for flag in row["flags"] if flag not in common]
    return sorted(common)


def evolution_table(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """What changed between a patient's tumours, a row a later pair: the counts of mutations and the turnover.

    An unknown number is empty; `status` and `reason` are those of the turnover.
    """
    long = tables["feature"]
    rows = []
    for (patient, pair), found in long[long["feature"] == "evolution"].groupby(["patient_id", "pair_id"]):
        by_name = found.set_index("name")
        main = by_name.loc["turnover_fraction"] if "turnover_fraction" in by_name.index else found.iloc[0]
        row = {"patient": str(patient), "pair": str(pair), "status": str(main["status"])}
        row |= {"reason": _text(main["reason"]), "compared_with": _text(by_name["text"].get("compared_with"))}
        for name in EVOLUTION_COUNTS:
            value = by_name["value"].get(name)
            row[name] = "" if value is None or pd.isna(value) else number_text(float(value))
        rows.append(row)
    return rows


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def quality_table(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The QC table for the page."""
    if "qc" not in tables:
        return {"headings": [], "rows": [], "common": []}
    columns = [
        column
        for column in QC.columns
        if column.name not in ("patient_id", "pair_id", "status", "reason", "flags")
    ]
    shown = [column for column in columns if tables["qc"][column.name].notna().any()]
    rows = []
    for _, pair in tables["qc"].iterrows():
        cells = []
        for column in shown:
            value = pair[column.name]
            if pd.isna(value):
                cells.append({"text": "–", "sort": ""})
            elif column.unit == "fraction":
                cells.append({"text": f"{100 * value:.1f} %", "sort": _sort_key(value, column)})
            else:
                cells.append({"text": _value_text(value, column), "sort": _sort_key(value, column)})
        rows.append(
            {
                "pair": pair["pair_id"],
                "status": pair["status"],
                "reason": _text(pair["reason"]),
                "flags": split(pair["flags"]),
                "cells": cells,
            }
        )
    return {"headings": [heading(column) for column in shown], "rows": rows, "common": _hoist_common(rows)}
