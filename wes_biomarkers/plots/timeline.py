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
_WIDTH, _LANE = 620, 26
#: Width in pixels of a letter on a bar.
_LETTER = 5.8
_DAYS_PER_MONTH = 30.4375


def timeline_chart(
    spans: pd.DataFrame,
    marks: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    origin: str = "",
    width: int = _WIDTH,
) -> alt.TopLevelMixin:
    """Lanes from top to bottom: phases of treatment, those that hold marks, adverse events; each as they first come.

    Marks of one kind on one day of a lane are drawn as one, with how many they are and the words of each. What a phase
    is, is written on its bar; a dashed line stands at day 0.

    Args:
        spans: lane, kind (of `SPAN_COLOURS`), start, end (days), open (goes on after the last day known), words.
        marks: lane, kind (of `MARKS`), day, words (written above the mark where not empty), detail (told when pointed
            at; may be left out).
        title: names the patient.
        flags: of the data.
        notes: lines below the title.
        origin: what day 0 is, for the axis.
        width: of the plot in pixels.
    """
    spans, marks = spans[spans["start"].notna()], marks[marks["day"].notna()]
    if spans.empty and marks.empty:
        return message("No day is known.")
    events = spans["kind"].astype(str).str.startswith("grade")
    lanes = list(dict.fromkeys([*spans["lane"][~events], *marks["lane"], *spans["lane"][events]]))
    height = _LANE * len(lanes)
    days = pd.concat([spans["start"], spans["end"], marks["day"]]).astype(float) / _DAYS_PER_MONTH
    first, last = min(float(days.min()), 0.0), max(float(days.max()), 0.0)
    edge = max(0.5, 0.03 * (last - first))
    scale_start, scale_end = first - edge, last + edge
    scale = alt.Scale(domain=[scale_start, scale_end], nice=False)
    axis = alt.Axis(tickCount=9, grid=True)
    x = alt.X("x:Q", title=f"months from {origin}" if origin else "months", scale=scale, axis=axis)
    y = alt.Y("lane:N", sort=lanes, title=None, scale=alt.Scale(domain=lanes),
              axis=alt.Axis(ticks=False, domain=False, labelLimit=220, grid=False))  # fmt: skip
    start = inline_chart([{"x": 0.0}], width=width, height=height)
    layers = [start.mark_rule(color=GREY, strokeDash=[3, 3]).encode(x=x)]
    if len(spans):
        layers += _bars(spans, x, y, width * (1 / (scale_end - scale_start)))
    if len(marks):
        layers += _points(marks, x, y)
    chart: alt.LayerChart = alt.layer(*layers).resolve_scale(color="independent", shape="independent")
    return chart.properties(title=explained(title, flags, *notes, width=width + 120))


def _bars(spans: pd.DataFrame, x: alt.X, y: alt.Y, month: float) -> list[alt.Chart]:
    """Bars of spans; `month` is the width of one in pixels, for where words fit."""
    least = 3 / _DAYS_PER_MONTH
    rows = [
        {"lane": str(row["lane"]), "kind": str(row["kind"]), "x": row["start"] / _DAYS_PER_MONTH,
         "x2": max(row["end"] / _DAYS_PER_MONTH, row["start"] / _DAYS_PER_MONTH + least), "words": str(row["words"]),
         "from day": int(row["start"]), "to day": int(row["end"]), "arrow": "▸" if row["open"] else ""}
        for row in records(spans)
    ]  # fmt: skip
    for row in rows:
        fits = (row["x2"] - row["x"]) * month > _LETTER * len(row["words"]) + 8
        row["written"] = row["words"] if fits else ""
    shown = [kind for kind in SPAN_COLOURS if any(row["kind"] == kind for row in rows)]
    colour = alt.Color("kind:N", title=None, sort=shown,
                       scale=alt.Scale(domain=shown, range=[SPAN_COLOURS[kind] for kind in shown]),
                       legend=alt.Legend(orient="right", symbolType="square"))  # fmt: skip
    base = inline_chart(rows)
    bars = base.mark_bar(height=14, cornerRadius=2).encode(
        x=x, x2="x2:Q", y=y, color=colour, tooltip=["lane:N", "kind:N", "words:N", "from day:Q", "to day:Q"]
    )
    return [
        bars,
        base.mark_text(align="left", dx=5, fontSize=11, color=INK).encode(x=alt.X("x:Q"), y=y, text="written:N"),
        base.mark_text(align="left", dx=1, fontSize=13, color=INK).encode(x=alt.X("x2:Q"), y=y, text="arrow:N"),
    ]  # fmt: skip


def _points(marks: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    days: dict[tuple[str, str, int], list[dict[str, object]]] = {}
    for row in records(marks):
        days.setdefault((str(row["lane"]), str(row["kind"]), int(row["day"])), []).append(row)
    rows = [
        {"lane": lane, "kind": kind, "x": day / _DAYS_PER_MONTH, "day": day,
         "detail": "; ".join(dict.fromkeys(str(row.get("detail", "")) for row in found)),
         "written": f"× {len(found)}" if len(found) > 1 else str(found[0]["words"])}
        for (lane, kind, day), found in days.items()
    ]  # fmt: skip
    shown = [kind for kind in MARKS if any(row["kind"] == kind for row in rows)]
    shapes, colours = zip(*(MARKS[kind] for kind in shown), strict=True)
    base = inline_chart(rows)
    legend = alt.Legend(orient="right", symbolOpacity=1, symbolStrokeWidth=1)
    points = base.mark_point(filled=True, size=85, opacity=1, stroke=INK, strokeWidth=0.9).encode(
        x=x, y=y,
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=shown, range=list(shapes)), legend=legend),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=shown, range=list(colours))),
        tooltip=["lane:N", "kind:N", "day:Q", "written:N", "detail:N"],
    )  # fmt: skip
    text = base.mark_text(fontSize=10, dy=-11, color=INK).encode(x=x, y=y, text="written:N")
    return [points, text]
