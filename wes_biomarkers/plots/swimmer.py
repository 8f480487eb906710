"""Each patient's time on treatment as a lane, with what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, GREEN, INK, ORANGE, SKY, VERMILLION, inline_chart, message
from wes_biomarkers.plots.words import explained, records, thinned

#: Event -> shape and colour, in the order of the legend.
EVENT_MARKS: Mapping[str, tuple[str, str]] = {
    "allocation": ("diamond", "white"),
    "response": ("triangle-up", GREEN),
    "progression": ("square", VERMILLION),
    "death": ("cross", INK),
    "ongoing": ("triangle-right", INK),
}
_PHASE_COLOURS = ("#c9d0d8", SKY, "#f3c978", BLUE, ORANGE)
_WIDTH, _LANE = 480, 15
#: More lanes than this nobody reads, and no renderer sorts thousands.
_MAX_LANES = 200
#: Lanes are drawn narrower beyond this height, down to the least.
_TALL, _LEAST = 640, 3


def swimmer(
    phases: pd.DataFrame,
    events: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> alt.TopLevelMixin:
    """One lane a patient, longest on top: phases of treatment as bars, events as marks; of many patients, every kth.

    Args:
        phases: patient_id, phase (in the order of the legend), start, end in months.
        events: patient_id, months, event (of `EVENT_MARKS`; `ongoing` stands at the end of the lane).
        title: says from when time counts.
        flags: of the analysis.
        notes: lines below the title.
    """
    bars = phases[phases["start"].notna() & phases["end"].notna()]
    if bars.empty:
        return message("No patient has a known start and end of treatment.")
    lanes = bars.groupby("patient_id")["end"].max().sort_values(ascending=False, kind="stable")
    order, fewer = thinned([str(patient) for patient in lanes.index], _MAX_LANES)
    bars = bars[bars["patient_id"].astype(str).isin(order)]
    size = min(_LANE, max(_LEAST, _TALL / len(order)))
    height = int(size * len(order))
    names = [str(name) for name in dict.fromkeys(bars["phase"])]
    colours = [_PHASE_COLOURS[index % len(_PHASE_COLOURS)] for index in range(len(names))]
    few = len(order) <= 60
    axis = alt.Axis(ticks=False, domain=False, labelFontSize=10.5) if few else None
    y = alt.Y("patient:N", sort=order, title=None if few else "patients", axis=axis)
    x = alt.X("start:Q", title="months", axis=alt.Axis(tickCount=8))
    rows = [
        {"patient": str(row["patient_id"]), "phase": str(row["phase"]),
         "start": float(row["start"]), "end": float(row["end"])}
        for row in records(bars)
    ]  # fmt: skip
    legend = alt.Legend(orient="right", symbolOpacity=1, symbolType="square")
    lane = (
        inline_chart(rows, width=_WIDTH, height=height)
        .mark_bar(height=round(0.6 * size, 1))
        .encode(
            x=x,
            x2="end:Q",
            y=y,
            color=alt.Color(
                "phase:N", title="treatment", scale=alt.Scale(domain=names, range=colours), legend=legend
            ),
            tooltip=[
                "patient:N",
                "phase:N",
                alt.Tooltip("start:Q", format=".1f"),
                alt.Tooltip("end:Q", format=".1f"),
            ],
        )
    )
    marks = _marks(events[events["patient_id"].astype(str).isin(order)], y, height, 5 * size)
    layers = [lane] if marks is None else [lane, marks]
    chart: alt.LayerChart = alt.layer(*layers).resolve_scale(color="independent", shape="independent")
    return chart.properties(title=explained(title, flags, *notes, fewer, width=_WIDTH + 180))


def _marks(events: pd.DataFrame, y: alt.Y, height: int, area: float) -> alt.Chart | None:
    """The events on the lanes, `area` square pixels large; those of unknown time are not drawn."""
    known = events[events["months"].notna() & events["event"].isin(list(EVENT_MARKS))]
    if known.empty:
        return None
    shown = [name for name in EVENT_MARKS if (known["event"] == name).any()]
    rows = [
        {"patient": str(row["patient_id"]), "start": float(row["months"]), "event": str(row["event"])}
        for row in records(known)
    ]
    shapes, colours = zip(*(EVENT_MARKS[name] for name in shown), strict=True)
    legend = alt.Legend(orient="right", symbolOpacity=1, symbolStrokeWidth=1)
    chart: alt.Chart = (
        inline_chart(rows, width=_WIDTH, height=height)
        .mark_point(filled=True, size=area, opacity=1, stroke=INK, strokeWidth=0.8 if area > 50 else 0.3)
        .encode(
            x="start:Q",
            y=y,
            shape=alt.Shape(
                "event:N", title="event", scale=alt.Scale(domain=shown, range=list(shapes)), legend=legend
            ),
            color=alt.Color("event:N", title="event", scale=alt.Scale(domain=shown, range=list(colours))),
            tooltip=["patient:N", "event:N", alt.Tooltip("start:Q", format=".1f")],
        )
    )
    return chart
