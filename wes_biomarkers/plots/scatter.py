"""One number against another: points, or shades of counts where patients are too many or not to be shown."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.scale import axis_of, scale_of
from wes_biomarkers.plots.theme import BLUE, GRID, inline_chart, message
from wes_biomarkers.plots.words import records

WIDTH, HEIGHT = 520, 300


def scatter_chart(
    points: pd.DataFrame, title: alt.TitleParams, x_title: str, y_title: str, *, width: int = WIDTH
) -> alt.TopLevelMixin:
    """A point a patient.

    Args:
        points: x, y, and patient_id if any.
        title: by plots.words.explained.
        x_title, y_title: of the axes.
        width: of the plot in pixels.
    """
    if points.empty:
        return message("No patient has both numbers.")
    rows: list[dict[str, Any]] = [
        {"x": float(row["x"]), "y": float(row["y"]), "patient": str(row.get("patient_id", ""))}
        for row in records(points)
    ]
    xs, ys = ([row[name] for row in rows] for name in ("x", "y"))
    chart: alt.Chart = (
        inline_chart(rows, width=width, height=HEIGHT)
        .mark_circle(size=34, opacity=0.55, color=BLUE)
        .encode(
            x=alt.X("x:Q", title=x_title, scale=scale_of(xs), axis=axis_of(xs)),
            y=alt.Y("y:Q", title=y_title, scale=scale_of(ys), axis=axis_of(ys)),
            tooltip=[
                alt.Tooltip("patient:N", title="patient"),
                alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("y:Q", title=y_title),
            ],
        )
        .properties(title=title)
    )
    return chart


def shades_chart(
    bins: pd.DataFrame, title: alt.TitleParams, x_title: str, y_title: str, *, width: int = WIDTH
) -> alt.TopLevelMixin:
    """Squares, the darker the more patients.

    Args:
        bins: x0, x1, y0, y1, n.
        title: by plots.words.explained.
        x_title, y_title: of the axes.
        width: of the plot in pixels.
    """
    if bins.empty:
        return message("No square of the plot holds enough patients to be shown.")
    shade = alt.Scale(range=[GRID, BLUE], type="log")
    chart: alt.Chart = (
        inline_chart(records(bins), width=width, height=HEIGHT)
        .mark_rect()
        .encode(
            x=alt.X("x0:Q", title=x_title, scale=alt.Scale(zero=False)),
            x2=alt.X2("x1:Q"),
            y=alt.Y("y0:Q", title=y_title, scale=alt.Scale(zero=False)),
            y2=alt.Y2("y1:Q"),
            color=alt.Color("n:Q", title="patients", scale=shade),
            tooltip=[alt.Tooltip("n:Q", title="patients")],
        )
        .properties(title=title)
    )
    return chart
