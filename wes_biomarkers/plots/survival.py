"""Kaplan-Meier curves with the number at risk below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt

from wes_biomarkers.plots.theme import BLUE, GREEN, INK, PURPLE, VERMILLION, inline_chart, message, titled
from wes_biomarkers.stats.survival import KaplanMeier

_COLOURS = {"TMB high": VERMILLION, "TMB low": BLUE}
_OTHERS = (GREEN, PURPLE, INK)
_DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 2])
_WIDTH = 400
#: An interval band on a curve of fewer patients covers the page and says nothing.
_MIN_BAND = 8


def time_ticks(longest: float) -> list[float]:
    """Five to nine round months from 0 to the longest follow-up."""
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if longest / step <= 8 or step == 120)
    return [float(step * index) for index in range(int(longest // step) + 1)]


def counted(curve: KaplanMeier) -> str:
    """Patients and events of a curve, in words."""
    patients = "1 patient" if curve.n == 1 else f"{curve.n} patients"
    return f"{patients}, {'1 event' if curve.n_event == 1 else f'{curve.n_event} events'}"


def _colour(name: str, index: int) -> str:
    return _COLOURS.get(name, _OTHERS[index % len(_OTHERS)])


def _rows(curves: Mapping[str, KaplanMeier]) -> list[dict[str, object]]:
    """The steps of all curves as plain values, unknown bounds as None."""
    rows: list[dict[str, object]] = []
    for name, curve in curves.items():
        for time, survival, low, high, n_censored in zip(
            *(curve.curve[column] for column in ("time", "survival", "ci_low", "ci_high", "n_censored")),
            strict=True,
        ):
            bounds = (None, None) if math.isnan(low) else (float(low), float(high))
            rows.append(
                {
                    "group": name,
                    "time": float(time),
                    "survival": float(survival),
                    "low": bounds[0],
                    "high": bounds[1],
                    "censored": int(n_censored),
                    "band": curve.n >= _MIN_BAND,
                }
            )
    return rows


def _step_curves(
    curves: Mapping[str, KaplanMeier], time_scale: alt.Scale, ticks: Sequence[float]
) -> alt.LayerChart | alt.FacetChart:
    """The curves with bands and censoring marks."""
    names = list(curves)
    words = {name: f"{name}: {counted(curve)}" for name, curve in curves.items()}
    domain, colours = list(words.values()), [_colour(name, index) for index, name in enumerate(names)]
    x = alt.X(
        "time:Q", scale=time_scale, title="months", axis=alt.Axis(values=list(ticks), grid=False, format="d")
    )
    y = alt.Y(
        "survival:Q",
        scale=alt.Scale(domain=[0, 1]),
        title="probability",
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    scale = alt.Scale(domain=domain, range=colours)
    legend = alt.Legend(
        orient="top",
        direction="vertical",
        labelLimit=400,
        symbolType="stroke",
        symbolSize=700,
        symbolStrokeWidth=2.5,
        symbolOpacity=1,
        symbolFillColor="transparent",
    )
    colour = alt.Color("group:N", scale=scale, title=None, legend=legend)
    dash = alt.StrokeDash(
        "group:N", title=None, scale=alt.Scale(domain=domain, range=list(_DASHES[: len(names)]))
    )
    rows = [row | {"group": words[str(row["group"])]} for row in _rows(curves)]
    base = inline_chart(rows, width=_WIDTH, height=260)
    band = base.transform_filter("datum.band && datum.low !== null").mark_area(
        opacity=0.13, interpolate="step-after"
    )
    line = base.mark_line(strokeWidth=2.4, interpolate="step-after")
    censored = base.transform_filter("datum.censored > 0").mark_tick(
        orient="vertical", thickness=1.6, size=11
    )
    return alt.layer(
        band.encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        line.encode(x=x, y=y, color=colour, strokeDash=dash),
        censored.encode(x=x, y=y, color=colour),
    )


def _risk_table(
    at_risk: Mapping[str, Sequence[int]], time_scale: alt.Scale, ticks: Sequence[float]
) -> alt.Chart:
    """The numbers still followed, below the ticks of the curves."""
    table = [
        {"group": name, "time": tick, "n": count, "colour": _colour(name, index)}
        for index, (name, counts) in enumerate(at_risk.items())
        for tick, count in zip(ticks, counts, strict=True)
    ]
    axis = alt.Axis(domain=False, ticks=False, labelFontWeight=600, labelLimit=140, labelPadding=20)
    chart = inline_chart(table, width=_WIDTH, height=24 * len(at_risk)).mark_text(fontSize=12)
    numbers: alt.Chart = chart.encode(
        x=alt.X("time:Q", scale=time_scale, axis=None),
        y=alt.Y("group:N", sort=list(at_risk), title=None, axis=axis),
        text="n:Q",
        color=alt.Color("colour:N", scale=None),
    )
    return numbers.properties(title=alt.TitleParams("Number at risk", fontSize=12, offset=4))


def kaplan_meier_chart(
    curves: Mapping[str, KaplanMeier],
    at_risk: Mapping[str, Sequence[int]],
    ticks: Sequence[float],
    title: str,
    notes: Sequence[str],
    flags: Sequence[str],
) -> alt.TopLevelMixin:
    """Step curves with censoring marks, 95 % bands where groups are large enough, and numbers at risk.

    Args:
        curves: by group name, in the order of the legend.
        at_risk: by group name, one number a tick.
        ticks: months.
        title: names endpoint and origin.
        notes: lines below the title, such as the test.
        flags: of the values the groups come from.
    """
    if not curves:
        return message("No patient has both a group and a follow-up.")
    end = max([float(curve.curve["time"].max()) for curve in curves.values()] + [ticks[-1], 1.0])
    time_scale = alt.Scale(domain=[0, end * 1.02], nice=False)
    return alt.vconcat(
        _step_curves(curves, time_scale, ticks),
        _risk_table(at_risk, time_scale, ticks),
        spacing=6,
        title=titled(title, flags, *notes),
    )
