"""Change of tumour size: the best of each patient as bars, and all visits as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import GREEN, GREY, INK, ORANGE, SKY, VERMILLION, inline_chart, message
from wes_biomarkers.plots.words import explained, records, thinned

#: Best overall response by RECIST 1.1, best first.
RESPONSE_COLOURS: Mapping[str, str] = {
    "CR": GREEN,
    "PR": SKY,
    "SD": ORANGE,
    "PD": VERMILLION,
    "NE": "#b9c1ca",
}
#: Percent change that RECIST 1.1 calls partial response, and progression.
RESPONSE_LINE, PROGRESSION_LINE = -30, 20
#: Growth beyond this is drawn to here, and marked.
_CEILING = 100.0
#: In more bars than this there is no room to write in.
_MAX_WRITTEN = 55
#: More lines than this hide each other.
_MAX_LINES = 500


def _response(values: pd.Series) -> pd.Series:
    return values.where(values.isin(list(RESPONSE_COLOURS)), "NE")


def _colour(counts: Mapping[Any, int]) -> alt.Color:
    """Responses present, with their number of patients."""
    present = [name for name in RESPONSE_COLOURS if counts.get(name)]
    return alt.Color(
        "response:N",
        title=None,
        scale=alt.Scale(
            domain=[f"{name} (n = {counts[name]})" for name in present],
            range=[RESPONSE_COLOURS[name] for name in present],
        ),
        legend=alt.Legend(orient="top", direction="horizontal", symbolOpacity=1, symbolType="square"),
    )


def _beyond(changes: pd.Series) -> str:
    """That some growth is cut, if it is."""
    return (
        f"growth beyond {_CEILING:.0f} % is drawn at {_CEILING:.0f} %" if (changes > _CEILING).any() else ""
    )


def _percent_axis() -> alt.Axis:
    signed = "(datum.value > 0 ? '+' : '') + toString(datum.value)"
    return alt.Axis(values=[-100, -50, 0, 50, 100], labelExpr=signed)


def _limits(width: int, height: int, y: alt.Y) -> list[alt.Chart]:
    """The lines of response and progression, named at the right."""
    rows = [{"y": RESPONSE_LINE, "words": "-30 %"}, {"y": PROGRESSION_LINE, "words": "+20 %"}]
    base = inline_chart(rows, width=width, height=height)
    text = base.mark_text(align="left", fontSize=11.5, color=INK)
    return [
        base.mark_rule(color=GREY, strokeDash=[4, 4]).encode(y=y),
        text.encode(x=alt.value(width + 6), y=y, text="words:N"),
    ]


def waterfall(
    patients: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Best change of the sum of target lesions, one bar a patient, coloured by best response.

    Args:
        patients: patient_id, best_change (percent; patients without a measurement are counted below the title),
            response (CR, PR, SD, PD, NE).
        title: names the change, its baseline and the population.
        flags: of the analysis.
        notes: lines below the title.
    """
    known = patients[patients["best_change"].notna()]
    if known.empty:
        return message("No patient has a measured change of the target lesions.")
    ordered = known.assign(response=_response(known["response"])).sort_values(
        ["best_change", "patient_id"], ascending=[False, True], kind="stable"
    )
    counts = ordered["response"].value_counts().to_dict()
    few = len(ordered) <= 40
    width, height = max(360, min(640, 12 * len(ordered))), 280
    rows = [
        {
            "patient": str(row["patient_id"]),
            "change": float(row["best_change"]),
            "y": min(float(row["best_change"]), _CEILING),
            "response": f"{row['response']} (n = {counts[row['response']]})",
            "beyond": f"+{row['best_change']:.0f} %" if row["best_change"] > _CEILING else None,
        }
        for row in records(ordered)
    ]
    y = alt.Y("y:Q", title="best change, %", scale=alt.Scale(domain=[-100, _CEILING], clamp=True),
              axis=_percent_axis())  # fmt: skip
    names = alt.Axis(labelAngle=-90, labelFontSize=10, ticks=False, domain=False) if few else None
    x = alt.X("patient:N", sort=None, title=None if few else "patients", axis=names,
              scale=alt.Scale(paddingInner=0.15))  # fmt: skip
    base = inline_chart(rows, width=width, height=height)
    bars = base.mark_bar().encode(
        x=x,
        y=y,
        color=_colour(counts),
        tooltip=["patient:N", alt.Tooltip("change:Q", format="+.0f"), "response:N"],
    )
    lost = len(patients) - len(known)
    without = f"{lost} of {len(patients)} patients without a measurement, not drawn" if lost else ""
    layers = [bars, *_limits(width, height, y)]
    wide = len(ordered) <= _MAX_WRITTEN
    if wide:
        marks = base.transform_filter("datum.beyond !== null")
        text = marks.mark_text(angle=270, align="right", dx=-6, fontSize=10.5, color="white")
        layers.append(text.encode(x=x, y=y, text="beyond:N"))
    cut = "" if wide else _beyond(known["best_change"])
    return alt.layer(*layers).properties(
        title=explained(title, flags, *notes, without, cut, width=width + 60)
    )


def spider(
    visits: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Change of the sum of target lesions over time, one line a patient, coloured by best response; of many, every kth.

    Args:
        visits: patient_id, months (0 is the baseline), change (percent of baseline), response (of the patient).
        title: names the change, its baseline and the population.
        flags: of the analysis.
        notes: lines below the title.
    """
    known = visits[visits["change"].notna() & visits["months"].notna()]
    if known.empty:
        return message("No patient has a measured change of the target lesions.")
    known = known.assign(response=_response(known["response"])).sort_values(["patient_id", "months"])
    counts = known.drop_duplicates("patient_id")["response"].value_counts().to_dict()
    drawn, fewer = thinned(sorted({str(patient) for patient in known["patient_id"]}), _MAX_LINES)
    rows = [
        {
            "patient": str(row["patient_id"]),
            "x": float(row["months"]),
            "y": min(float(row["change"]), _CEILING),
            "change": float(row["change"]),
            "response": f"{row['response']} (n = {counts[row['response']]})",
        }
        for row in records(known[known["patient_id"].astype(str).isin(drawn)])
    ]
    width, height = 480, 300
    x = alt.X("x:Q", title="months", axis=alt.Axis(grid=False, tickCount=8), scale=alt.Scale(domainMin=0))
    y = alt.Y("y:Q", title="change from baseline, %", scale=alt.Scale(domain=[-100, _CEILING], clamp=True),
              axis=_percent_axis())  # fmt: skip
    base = inline_chart(rows, width=width, height=height).encode(
        x=x, y=y, color=_colour(counts), detail="patient:N"
    )
    tooltip = ["patient:N", alt.Tooltip("x:Q", format=".1f"), alt.Tooltip("change:Q", format="+.0f")]
    layers = [
        *_limits(width, height, y),
        base.mark_line(strokeWidth=1.7, opacity=0.8),
        base.mark_point(filled=True, size=30, opacity=0.95).encode(tooltip=tooltip),
    ]
    return alt.layer(*layers).properties(
        title=explained(title, flags, *notes, _beyond(known["change"]), fewer, width=width + 60)
    )
