"""A volcano of many features: size of the effect against how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, GREY, INK, VERMILLION, inline_chart, message, text_shade
from wes_biomarkers.plots.words import explained, numbers, records, spread

_WIDTH, _HEIGHT = 520, 340
#: Flags of single features: of many features some carry each, so the picture names none and points to the table.
OF_SINGLE_FEATURES = frozenset(
    ("constant_feature", "few_events", "firth", "non_proportional_hazards", "one_group_small", "separation",
     "unknown_as_zero")
)  # fmt: skip
#: Labels are this many pixels apart, so that none covers another.
_LABEL_GAP = 14


def volcano(
    rows: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    *,
    effect_name: str = "hazard ratio",
    ratio: bool = True,
    q_threshold: float = 0.05,
    n_label: int = 12,
) -> alt.TopLevelMixin:
    """Effect against p, both on a log scale; the features within the threshold of q coloured, the first labelled.

    Args:
        rows: feature, effect, p_value, q_value; rows without effect or p are counted, not drawn.
        title: names the endpoint.
        flags: of the analysis.
        effect_name: of the horizontal axis.
        ratio: whether the effect is a ratio (drawn on a log scale, 1 is none) or a difference (0 is none).
        q_threshold: features at or below it are coloured.
        n_label: at most so many labels, smallest p first.
    """
    rows = rows.assign(**{name: numbers(rows[name]) for name in ("effect", "p_value", "q_value")})
    effect, p_value = rows["effect"], rows["p_value"]
    drawable = np.isfinite(effect) & p_value.between(0, 1) & ((effect > 0) | (not ratio))
    known = rows[drawable].sort_values(["p_value", "feature"], kind="stable")
    if known.empty:
        return message("No feature could be evaluated.")
    points = _points(known, ratio, q_threshold)
    n_found = sum(point["found"] != "none" for point in points)
    n_lost = len(rows) - len(known)
    notes = (
        f"{len(known):,} features; {n_found:,} with q at most {q_threshold:g}"
        + (" (no line: none reaches it)" if not n_found else ""),
        f"{n_lost:,} not evaluable, not drawn" if n_lost else "",
        "some features carry warnings of their own: see the table"
        if OF_SINGLE_FEATURES.intersection(flags)
        else "",
    )
    shared = [flag for flag in flags if flag not in OF_SINGLE_FEATURES]
    reach = max(0.1, max(abs(point["x"]) for point in points)) * 1.6
    top = max(2.0, max(point["y"] for point in points) * 1.06)
    axes = _axes(reach, top, effect_name, ratio)
    layers: list[Any] = [_threshold(points, reach, axes, f"q = {q_threshold:g}")] if n_found else []
    layers += [_cloud(points, axes), *_labels(points[:n_label], reach, top, axes)]
    return alt.layer(*layers).properties(title=explained(title, shared, *notes, width=_WIDTH))


def _points(known: pd.DataFrame, ratio: bool, q_threshold: float) -> list[dict[str, Any]]:
    """Plain rows, smallest p first; x is the logarithm to base 2 of a ratio."""
    points = []
    for row in records(known):
        effect, p_value, q_value = (row[name] for name in ("effect", "p_value", "q_value"))
        side = effect > 1 if ratio else effect > 0
        points.append(
            {
                "feature": str(row["feature"]),
                "x": math.log2(effect) if ratio else effect,
                "y": -math.log10(max(p_value, 1e-300)),
                "effect": effect,
                "p": p_value,
                "q": q_value if math.isfinite(q_value) else None,
                "found": ("high" if side else "low") if q_value <= q_threshold else "none",
            }
        )
    return points


def _axes(reach: float, top: float, name: str, ratio: bool) -> dict[str, Any]:
    label = (
        "format(pow(2, datum.value), datum.value < -3 ? '.2f' : '~g')"
        if ratio
        else "format(datum.value, '~g')"
    )
    axis = alt.Axis(labelExpr=label, grid=False, tickCount=7)
    if ratio and reach >= 1:
        axis = alt.Axis(labelExpr=label, grid=False, tickMinStep=1)
    return {
        "x": alt.X("x:Q", scale=alt.Scale(domain=[-reach, reach], nice=False), title=name, axis=axis),
        "y": alt.Y(
            "y:Q",
            scale=alt.Scale(domain=[0, top], nice=False),
            title="-log10 p",
            axis=alt.Axis(tickMinStep=1, tickCount=6, format="d"),
        ),
    }


def _threshold(points: Sequence[dict[str, Any]], reach: float, axes: dict[str, Any], words: str) -> Any:
    """A line at the largest p that still is within the threshold of q."""
    lowest = min(point["y"] for point in points if point["found"] != "none")
    rows = [{"x": -reach, "x2": reach, "y": lowest, "words": words}]
    base = inline_chart(rows, width=_WIDTH, height=_HEIGHT)
    line = base.mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=axes["x"], x2="x2:Q", y=axes["y"])
    text = base.mark_text(align="left", dx=4, dy=-7, fontSize=11.5, color=INK)
    return alt.layer(line, text.encode(x=axes["x"], y=axes["y"], text="words:N"))


def _cloud(points: Sequence[dict[str, Any]], axes: dict[str, Any]) -> alt.Chart:
    """All points; those not found that would be drawn on one pixel are drawn once."""
    drawn = {
        (round(point["x"], 2), round(point["y"], 2)) if point["found"] == "none" else index: point
        for index, point in enumerate(points)
    }
    colours = {"high": VERMILLION, "low": BLUE, "none": "#b9c1ca"}
    base = inline_chart(list(drawn.values()), width=_WIDTH, height=_HEIGHT)
    chart: alt.Chart = base.mark_point(filled=True, size=42, opacity=0.75).encode(
        x=axes["x"],
        y=axes["y"],
        color=alt.Color(
            "found:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=None,
        ),
        tooltip=[
            "feature:N",
            alt.Tooltip("effect:Q", format=".3~g"),
            alt.Tooltip("p:Q", format=".2~g"),
            alt.Tooltip("q:Q", format=".2~g"),
        ],
    )
    return chart


def _labels(
    points: Sequence[dict[str, Any]], reach: float, top: float, axes: dict[str, Any]
) -> list[alt.Chart]:
    """Names beside the first points, moved apart up or down, with a hair line where moved."""
    gap, offset = _LABEL_GAP * top / _HEIGHT, 9 * 2 * reach / _WIDTH
    layers = []
    for sign, align in ((1, "left"), (-1, "right")):
        side = [point for point in points if (point["x"] >= 0) == (sign > 0)]
        places = spread([point["y"] for point in side], gap, 0, top)
        labels = [
            {"name": point["feature"], "x": point["x"] + sign * offset, "y": place,
             "colour": {"high": text_shade(VERMILLION), "low": text_shade(BLUE), "none": INK}[point["found"]],
             "x2": point["x"], "y2": point["y"]}
            for point, place in zip(side, places, strict=True)
        ]  # fmt: skip
        if not labels:
            continue
        base = inline_chart(labels, width=_WIDTH, height=_HEIGHT)
        x, y = axes["x"], axes["y"]
        layers.append(base.mark_rule(color=GREY, strokeWidth=0.6).encode(x=x, y=y, x2="x2:Q", y2="y2:Q"))
        marked: Any = base.mark_text
        text = marked(align=align, fontSize=11.5, dx=sign * 2, limit=150)
        layers.append(text.encode(x=x, y=y, text="name:N", color=alt.Color("colour:N", scale=None)))
    return layers
