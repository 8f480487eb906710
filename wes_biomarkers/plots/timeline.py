"""One patient's course: what lasted and what happened, a lane each, along the days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    inline_chart,
    message,
)
from wes_biomarkers.plots.toxicity import GRADE_COLOURS
from wes_biomarkers.plots.words import explained, records

#: Kind of a span -> colour: phases of treatment, and adverse events by grade.
SPAN_COLOURS: Mapping[str, str] = {
    "Induction": "#c9d0d8", "Treatment": SKY, "Radiotherapy": "#f3c978",
    **{f"grade {grade}": colour for grade, colour in GRADE_COLOURS.items() if grade},
}  # fmt: skip
#: Kind of a mark -> shape and colour.
MARKS: Mapping[str, tuple[str, str]] = {
    "allocation": ("diamond", "white"), "progression": ("square", VERMILLION), "death": ("cross", INK),
    "last contact": ("triangle-right", INK), "tumour sample": ("circle", PURPLE), "normal sample": ("circle", "white"),
    "CR": ("triangle-up", GREEN), "PR": ("triangle-up", BLUE), "SD": ("square", ORANGE), "PD": ("square", VERMILLION),
    "NE": ("circle", GREY), "adverse event": ("triangle-down", ORANGE),
}  # fmt: skip
_WIDTH, _LANE = 620, 24
_DAYS_PER_MONTH = 30.4375


def timeline_chart(
    spans: pd.DataFrame,
    marks: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    origin: str = "",
) -> alt.TopLevelMixin:
    """Lanes from top to bottom in the order they first come: spans first, then those that hold marks alone.

    Args:
        spans: lane, kind (of `SPAN_COLOURS`), start, end (days), open (goes on after the last day known), words.
        marks: lane, kind (of `MARKS`), day, words (written beside the mark where not empty).
        title: names the patient.
        flags: of the data.
        notes: lines below the title.
        origin: what day 0 is, for the axis.
    """
    spans, marks = spans[spans["start"].notna()], marks[marks["day"].notna()]
    if spans.empty and marks.empty:
        return message("No day is known.")
    lanes = list(dict.fromkeys([*spans["lane"], *marks["lane"]]))
    height = _LANE * len(lanes)
    days = pd.concat([spans["start"], spans["end"], marks["day"]]).astype(float) / _DAYS_PER_MONTH
    edge = max(0.5, 0.03 * float(days.max() - days.min()))
    scale = alt.Scale(domain=[float(days.min()) - edge, float(days.max()) + edge], nice=False)
    axis = alt.Axis(tickCount=9, grid=True)
    x = alt.X("x:Q", title=f"months from {origin}" if origin else "months", scale=scale, axis=axis)
    y = alt.Y("lane:N", sort=lanes, title=None, scale=alt.Scale(domain=lanes),
              axis=alt.Axis(ticks=False, domain=False, labelLimit=220, grid=False))  # fmt: skip
    layers: list[alt.Chart] = []
    if len(spans):
        layers += _bars(spans, x, y, height)
    if len(marks):
        layers += _points(marks, x, y, height)
    chart: alt.LayerChart = alt.layer(*layers).resolve_scale(color="independent", shape="independent")
    return chart.properties(title=explained(title, flags, *notes, width=_WIDTH + 120))


def _bars(spans: pd.DataFrame, x: alt.X, y: alt.Y, height: int) -> list[alt.Chart]:
    least = 3 / _DAYS_PER_MONTH
    rows = [
        {"lane": str(row["lane"]), "kind": str(row["kind"]), "x": row["start"] / _DAYS_PER_MONTH,
         "x2": max(row["end"] / _DAYS_PER_MONTH, row["start"] / _DAYS_PER_MONTH + least), "words": str(row["words"]),
         "from day": int(row["start"]), "to day": int(row["end"]), "arrow": "▸" if row["open"] else ""}
        for row in records(spans)
    ]  # fmt: skip
    shown = [kind for kind in SPAN_COLOURS if any(row["kind"] == kind for row in rows)]
    colour = alt.Color("kind:N", title=None, sort=shown,
                       scale=alt.Scale(domain=shown, range=[SPAN_COLOURS[kind] for kind in shown]),
                       legend=alt.Legend(orient="right", symbolType="square"))  # fmt: skip
    base = inline_chart(rows, width=_WIDTH, height=height)
    return [
        base.mark_bar(height=12).encode(
            x=x, x2="x2:Q", y=y, color=colour, tooltip=["lane:N", "kind:N", "words:N", "from day:Q", "to day:Q"]
        ),
        base.mark_text(align="left", dx=1, fontSize=13, color=INK).encode(x=alt.X("x2:Q"), y=y, text="arrow:N"),
    ]  # fmt: skip


def _points(marks: pd.DataFrame, x: alt.X, y: alt.Y, height: int) -> list[alt.Chart]:
    rows = [
        {"lane": str(row["lane"]), "kind": str(row["kind"]), "x": row["day"] / _DAYS_PER_MONTH,
         "day": int(row["day"]), "words": str(row["words"])}
        for row in records(marks)
    ]  # fmt: skip
    shown = [kind for kind in MARKS if any(row["kind"] == kind for row in rows)]
    shapes, colours = zip(*(MARKS[kind] for kind in shown), strict=True)
    base = inline_chart(rows, width=_WIDTH, height=height)
    legend = alt.Legend(orient="right", symbolOpacity=1, symbolStrokeWidth=1)
    points = base.mark_point(filled=True, size=85, opacity=1, stroke=INK, strokeWidth=0.9).encode(
        x=x, y=y,
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=shown, range=list(shapes)), legend=legend),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=shown, range=list(colours))),
        tooltip=["lane:N", "kind:N", "day:Q", "words:N"],
    )  # fmt: skip
    text = base.mark_text(fontSize=10, dy=-10, color=INK).encode(x=x, y=y, text="words:N")
    return [points, text]
