"""Pictures of the page Plan: the effects of each stored analysis at a glance, as `associate --figures` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.report.association_figures import overview


def analysis_key(row: Mapping[str, Any]) -> str:
    """What names an analysis among the stored ones; as in frontend/src/pages/plan.tsx."""
    return f"{'planned' if row['prespecified'] else 'exploratory'}/{row['analysis']}/{row['endpoint']}"


def plan_pictures(found: Mapping[str, Any]) -> dict[str, Any]:
    """By analysis: a forest, of many features a volcano; None where no effect is a ratio."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in found["rows"]:
        groups.setdefault(analysis_key(row), []).append(row)
    return {key: _overview(rows) for key, rows in groups.items()}


def _overview(rows: list[Mapping[str, Any]]) -> Any | None:
    lines = [
        {"flags": None, **row, "reason": "withheld" if row["status"] == "withheld" else row["reason"]}
        for row in rows
    ]
    table = pd.DataFrame(lines)
    analysis = Analysis(
        name=str(rows[0]["analysis"]),
        endpoint=str(rows[0]["endpoint"]),
        features=tuple(table["feature"].unique()),
    )
    return next((each.chart for each in overview(analysis, table)), None)
