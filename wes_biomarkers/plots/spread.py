"""A number by group: every patient a point, quartiles in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.scale import axis_of, scale_of
from wes_biomarkers.plots.theme import BLUE, INK, inline_chart, message
from wes_biomarkers.plots.words import is_known, records

WIDTH, HEIGHT = 520, 280
#: Width of a box in pixels.
_BOX = 46
#: Neighbouring points lie this share of the group's width apart, so that no pattern shows (the golden ratio).
_STEP = 0.618034


def quartiles(values: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """group, n, min, q1, median, q3, max of the values of each group, groups in the order of their names."""
    rows = []
    for name, part in values.groupby(groups.astype(str)):
        cuts = map(float, np.quantile(part, [0, 0.25, 0.5, 0.75, 1]))
        rows.append((str(name), len(part), *cuts))
    return pd.DataFrame(rows, columns=["group", "n", "min", "q1", "median", "q3", "max"])


def spread_chart(
    points: pd.DataFrame,
    boxes: pd.DataFrame,
    title: alt.TitleParams,
    y_title: str,
    *,
    x_title: str | None = None,
    names: Mapping[str, str] | None = None,
    width: int = WIDTH,
) -> alt.TopLevelMixin:
    """Points side by side by group, and boxes from the lower to the upper quartile with a line at the median.

    Args:
        points: group, value, and patient_id if any; none where single patients are not shown.
        boxes: group, n (missing where withheld), q1, median, q3, in the order drawn.
        title: by plots.words.explained.
        y_title: of the number.
        x_title: of the groups.
        names: what to call a group; by default as it is.
        width: of the plot in pixels.
    """
    if boxes.empty:
        return message("No patient has both the number and a group.")
    words = {}
    for row in records(boxes):
        n = f" (n = {int(row['n']):,})" if is_known(row["n"]) else ""
        words[str(row["group"])] = (names or {}).get(str(row["group"]), str(row["group"])) + n
    dots: list[dict[str, Any]] = [
        {"group": words[str(row["group"])], "value": float(row["value"]), "patient": str(row.get("patient_id", "")),
         "jitter": round((at * _STEP + 0.5) % 1 - 0.5, 3)}
        for at, row in enumerate(records(points))
    ]  # fmt: skip
    bars: list[dict[str, Any]] = [
        {"group": words[str(row["group"])]} | {name: float(row[name]) for name in ("q1", "median", "q3")}
        for row in records(boxes)
    ]
    axis = alt.Axis(labelAngle=0, labelLimit=240, ticks=False)
    x = alt.X("group:N", sort=list(words.values()), title=x_title, axis=axis)
    return alt.layer(*_layers(dots, bars, x, y_title, width)).properties(title=title)


def _layers(
    dots: Sequence[dict[str, Any]], bars: Sequence[dict[str, Any]], x: alt.X, y_title: str, width: int
) -> list[alt.Chart]:
    seen = [dot["value"] for dot in dots] or [bar[name] for bar in bars for name in ("q1", "q3")]
    scale, axis = scale_of(seen), axis_of(seen)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=y_title, scale=scale, axis=axis)

    layers = []
    if dots:
        tips = [alt.Tooltip("patient:N", title="patient"), alt.Tooltip("value:Q", title=y_title)]
        offset = alt.XOffset("jitter:Q", scale=alt.Scale(domain=[-1.1, 1.1]))
        marks = inline_chart(dots, width=width, height=HEIGHT).mark_circle(size=26, opacity=0.4, color=BLUE)
        layers.append(marks.encode(x=x, xOffset=offset, y=y("value"), tooltip=tips))
    base = inline_chart(bars, width=width, height=HEIGHT)
    box = base.mark_bar(width=_BOX, fillOpacity=0.06, fill=INK, stroke=INK, strokeWidth=1.4)
    median = base.mark_tick(width=_BOX, thickness=3, color=INK)
    return [*layers, box.encode(x=x, y=y("q1"), y2=alt.Y2("q3:Q")), median.encode(x=x, y=y("median"))]
