"""Step curves over time with bands, censoring marks and numbers at risk: what survival and incidence share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import inline_chart, text_shade
from wes_biomarkers.plots.words import is_known, records

WIDTH, HEIGHT = 400, 260
_DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])


def time_ticks(longest: float) -> list[float]:
    """Five to nine round months from 0 to the longest follow-up."""
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if longest / step <= 8 or step == 120)
    return [float(step * index) for index in range(int(longest // step) + 1)]


@dataclass(frozen=True)
class StepAxes:
    """What the curves of a chart share.

    Attributes:
        words: legend by group, in order.
        colours: by group.
        ticks: of the time axis.
        end: of the time axis.
        x_title, y_title: of the axes.
        y_end: upper end of the probability axis.
        width: of the plot in pixels.
    """

    words: Mapping[str, str]
    colours: Mapping[str, str]
    ticks: Sequence[float]
    end: float
    x_title: str = "months"
    y_title: str = "probability"
    y_end: float = 1.0
    width: int = WIDTH

    @property
    def x_scale(self) -> alt.Scale:
        """The scale of time, also of the numbers at risk."""
        return alt.Scale(domain=[0, self.end * 1.02], nice=False)

    def x(self) -> alt.X:
        """The encoding of time."""
        axis = alt.Axis(values=list(self.ticks), grid=False, format="d")
        return alt.X("time:Q", scale=self.x_scale, title=self.x_title, axis=axis)

    def y(self) -> alt.Y:
        """The encoding of the probability."""
        axis = alt.Axis(format=".0%", tickCount=5)
        return alt.Y("estimate:Q", scale=alt.Scale(domain=[0, self.y_end]), title=self.y_title, axis=axis)

    def colour(self) -> alt.Color:
        """Groups by colour, with words and counts in a legend above."""
        scale = alt.Scale(domain=list(self.words.values()), range=[self.colours[name] for name in self.words])
        return alt.Color("group:N", scale=scale, title=None, legend=self.legend())

    def legend(self) -> alt.Legend:
        """One for colour and dash: equal legends are drawn as one."""
        return alt.Legend(
            orient="top",
            direction="vertical",
            columns=1,
            labelLimit=460,
            symbolType="stroke",
            symbolSize=500,
            rowPadding=0,
            symbolStrokeWidth=2.5,
            symbolOpacity=1,
            symbolFillColor="transparent",
        )

    def dash(self) -> alt.StrokeDash:
        """Groups by dash, for those who see no colours."""
        words = list(self.words.values())
        dashes = [_DASHES[index % len(_DASHES)] for index in range(len(words))]
        return alt.StrokeDash(
            "group:N", title=None, scale=alt.Scale(domain=words, range=dashes), legend=self.legend()
        )


def step_rows(curves: pd.DataFrame, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of a chart from a frame of group, time, estimate and, if any, ci_low, ci_high, n_censored, band.

    They are as exact as a picture shows, so that it stays small: time to 0.001 months, probabilities to 0.0001.
    """
    rows = []
    for row in records(curves):
        low, high = row.get("ci_low"), row.get("ci_high")
        step: dict[str, Any] = {
            "group": words[str(row["group"])],
            "time": round(float(row["time"]), 3),
            "estimate": round(float(row["estimate"]), 4),
        }
        if row.get("band", True) and is_known(low) and is_known(high):
            step |= {"low": round(low, 4), "high": round(high, 4)}
        if row.get("n_censored", 0) > 0:
            step["censored"] = int(row["n_censored"])
        rows.append(step)
    return rows


def step_layers(rows: Sequence[Mapping[str, object]], axes: StepAxes, *, dashed: bool) -> list[alt.Chart]:
    """Bands, lines and censoring marks; `dashed`: groups differ by dash too."""
    base = inline_chart(rows, width=axes.width, height=HEIGHT)
    band = base.transform_filter("isValid(datum.low)").mark_area(
        opacity=0.13 if len(axes.words) <= 2 else 0.06, interpolate="step-after"
    )
    line = base.mark_line(strokeWidth=2.4, interpolate="step-after")
    encoding: dict[str, Any] = {"x": axes.x(), "y": axes.y(), "color": axes.colour()}
    if dashed:
        encoding["strokeDash"] = axes.dash()
    layers = [
        band.encode(x=axes.x(), y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=axes.colour()),
        line.encode(**encoding),
    ]
    if any("censored" in row for row in rows):
        marks = base.transform_filter("datum.censored > 0")
        marks = marks.mark_tick(orient="vertical", thickness=1.6, size=11)
        layers.append(marks.encode(x=axes.x(), y=axes.y(), color=axes.colour()))
    return layers


def above_risk_table(
    layers: Sequence[alt.Chart],
    at_risk: Mapping[str, Sequence[int | None]],
    axes: StepAxes,
    title: alt.TitleParams,
) -> alt.VConcatChart:
    """The curves with the numbers at risk below; the legend, of the curves alone, tells colour and dash in one."""
    chart = alt.vconcat(alt.layer(*layers), risk_table(at_risk, axes), spacing=6, title=title)
    both: alt.VConcatChart = chart.resolve_scale(color="independent", strokeDash="independent")
    return both


def risk_table(at_risk: Mapping[str, Sequence[int | None]], axes: StepAxes) -> alt.Chart:
    """The numbers still followed, below the ticks of the curves; a dash where one is withheld."""
    table = [
        {
            "group": name,
            "time": tick,
            "n": count,
            "words": "–" if count is None else f"{count:,}",
            "colour": text_shade(axes.colours[name]),
        }
        for name, counts in at_risk.items()
        for tick, count in zip(axes.ticks, counts, strict=True)
    ]
    axis = alt.Axis(domain=False, ticks=False, labelFontWeight=600, labelLimit=200, labelPadding=20)
    chart = inline_chart(table, width=axes.width, height=24 * len(at_risk)).mark_text(fontSize=12)
    numbers: alt.Chart = chart.encode(
        x=alt.X("time:Q", scale=axes.x_scale, axis=None),
        y=alt.Y("group:N", sort=list(at_risk), title=None, axis=axis),
        text=alt.Text("words:N"),
        color=alt.Color("colour:N", scale=None),
    )
    return numbers.properties(title=alt.TitleParams("Number at risk", fontSize=12, offset=4))
