"""The report's section of stored associations: an analysis a block, the prespecified first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import AD_HOC, Analysis
from wes_biomarkers.plots.words import is_known, number_text, p_text, records
from wes_biomarkers.report.association_figures import overview
from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.tables import split

#: Rows of a block's table.
N_ROW = 60
_ONE = ("plan_id", "analysis", "endpoint", "population", "landmark_months")


def association_blocks(
    tables: Mapping[str, pd.DataFrame], plans: Mapping[str, Mapping[str, str]], flags: Sequence[str]
) -> list[dict[str, Any]]:
    """One block an analysis and population: its words, figures, rows, and what its flags mean.

    Args:
        tables: of the cohort; empty result without stored associations.
        plans: of cohort.json, by plan id.
        flags: of the data, for the figures.
    """
    if "association" not in tables or tables["association"].empty:
        return []
    stored = tables["association"].sort_values("prespecified", ascending=False, kind="stable")
    parts = stored.groupby([stored[name].astype("string").fillna("") for name in _ONE], sort=False)
    return [_block(index, part, plans, flags) for index, (_, part) in enumerate(parts, 1)]


def _block(
    index: int, part: pd.DataFrame, plans: Mapping[str, Mapping[str, str]], flags: Sequence[str]
) -> dict[str, Any]:
    first = part.iloc[0]
    endpoint = ENDPOINTS[first["endpoint"]].title
    codes = [
        code
        for code in ASSOCIATION_FLAGS
        if part["flags"].map(lambda text, code=code: code in split(text)).any()
    ]
    plan = plans.get(str(first["plan_id"]), {})
    features = tuple(part["feature"].dropna().unique())
    analysis = Analysis(str(first["analysis"]), str(first["endpoint"]), features)
    by_p = part.sort_values("p_value", kind="stable", na_position="last") if len(part) > N_ROW else part
    adjusted = part["adjust"].dropna()
    return {
        "title": endpoint if first["analysis"] == AD_HOC else f"{first['analysis']}: {endpoint}",
        "prespecified": bool(first["prespecified"]),
        "population": first["population"],
        "origin": _text(first["origin"]).replace("_", " "),
        "adjust": _text(adjusted.iloc[0]).replace(";", ", ") if len(adjusted) else "",
        "strata": _text(first["strata"]).replace(";", ", "),
        "adjustment": _adjustments(part),
        "plan": f"{plan.get('title', '')} ({first['plan_id']})" if plan else "",
        "figures": list(_figures(index, analysis, part, flags)),
        "n": len(part),
        "rows": [_row(row) for row in records(by_p.head(N_ROW))],
        "sentences": [(code, ASSOCIATION_FLAGS[code]) for code in codes],
    }


def _figures(index: int, analysis: Analysis, part: pd.DataFrame, flags: Sequence[str]) -> Iterator[Any]:
    for picture in overview(analysis, part, flags):
        yield Figure(f"association-{index}", picture.chart, picture.text)


def _adjustments(part: pd.DataFrame) -> str:
    """Each family with how its p values were adjusted."""
    tested = part[part["q_value"].notna()]
    named = tested[["family", "adjustment"]].drop_duplicates()
    return ", ".join(
        f"{_text(adjustment).replace('_', ' ')} in the family {family}"
        for family, adjustment in zip(named["family"], named["adjustment"], strict=True)
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    effect, low, high = (row[name] for name in ("effect", "ci_low", "ci_high"))
    interval = f"{number_text(low)} to {number_text(high)}" if is_known(low) and is_known(high) else ""
    return {
        "feature": _text(row["feature"]),
        "scale": _text(row["scale"]),
        "term": _text(row["term"]) if row["term"] != row["feature"] else "the feature",
        "role": _text(row["role"]).replace("_", " "),
        "n": int(row["n"]),
        "n_event": "" if pd.isna(row["n_event"]) else int(row["n_event"]),
        "kind": _text(row["effect_kind"]).replace("_", " "),
        "method": _text(row["method"]).replace("_", " "),
        "effect": number_text(effect) if is_known(effect) else "",
        "effect_sort": effect if is_known(effect) else "",
        "interval": interval,
        "p": _p(row["p_value"]),
        "p_sort": row["p_value"] if is_known(row["p_value"]) else "",
        "q": _p(row["q_value"]),
        "q_sort": row["q_value"] if is_known(row["q_value"]) else "",
        "status": _text(row["status"]).replace("_", " "),
        "reason": _text(row["reason"]),
        "flags": [(code, ASSOCIATION_FLAGS.get(code, code)) for code in split(row["flags"])],
    }


def _p(value: Any) -> str:
    return p_text(float(value)).removeprefix("p ").removeprefix("= ") if is_known(value) else ""


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
