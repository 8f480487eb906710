"""Kaplan-Meier curves with the number at risk below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.steps import WIDTH, StepAxes, above_risk_table, step_layers, step_rows, time_ticks
from wes_biomarkers.plots.theme import BLUE, VERMILLION, message, series_colours
from wes_biomarkers.plots.words import explained
from wes_biomarkers.stats.survival import KaplanMeier

__all__ = ["counted", "kaplan_meier_chart", "survival_chart", "time_ticks"]

#: Groups that keep their colour over all charts.
_COLOURS = {"TMB high": VERMILLION, "TMB low": BLUE}
#: An interval band on a curve of fewer patients covers the page and says nothing.
_MIN_BAND = 8
#: Width over which title and notes are wrapped: curves, names of the groups.
_TEXT_WIDTH = 540


def counted(curve: KaplanMeier) -> str:
    """Patients and events of a curve, in words."""
    patients = "1 patient" if curve.n == 1 else f"{curve.n} patients"
    return f"{patients}, {'1 event' if curve.n_event == 1 else f'{curve.n_event} events'}"


def kaplan_meier_chart(
    curves: Mapping[str, KaplanMeier],
    at_risk: Mapping[str, Sequence[int]],
    ticks: Sequence[float],
    title: str,
    notes: Sequence[str],
    flags: Sequence[str],
    x_title: str = "months",
) -> alt.TopLevelMixin:
    """Step curves with censoring marks, 95 % bands where groups are large enough, and numbers at risk.

    Args:
        curves: by group name, in the order of the legend.
        at_risk: by group name, one number a tick.
        ticks: months.
        title: names endpoint and origin.
        notes: lines below the title, such as log-rank p and hazard ratio.
        flags: of the values the groups come from, and of the analysis.
        x_title: of the time axis; says so where time starts at a landmark.
    """
    frames = [
        curve.curve.rename(columns={"survival": "estimate"}).assign(group=name, band=curve.n >= _MIN_BAND)
        for name, curve in curves.items()
    ]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    words = {name: f"{name}: {counted(curve)}" for name, curve in curves.items()}
    heading = explained(title, flags, *notes, width=_TEXT_WIDTH)
    return survival_chart(frame, at_risk, ticks, heading, words, x_title)


def survival_chart(
    curves: pd.DataFrame,
    at_risk: Mapping[str, Sequence[int | None]],
    ticks: Sequence[float],
    title: alt.TitleParams,
    words: Mapping[str, str],
    x_title: str = "months",
    *,
    y_title: str = "probability",
    width: int = WIDTH,
) -> alt.TopLevelMixin:
    """Kaplan-Meier curves from a plain frame.

    Args:
        curves: group, time, estimate, ci_low, ci_high; n_censored and band (draw the interval) if any.
        at_risk: by group, one number a tick, None where it is withheld.
        ticks: of the time axis.
        title: by plots.words.explained.
        words: legend by group, in order.
        x_title: of the time axis; names its origin.
        y_title: what the curves are the probability of.
        width: of the plot in pixels.
    """
    if curves.empty:
        return message("No patient has both a group and a follow-up.")
    colours = series_colours([name for name in words if name not in _COLOURS])
    end = max(float(curves["time"].max()), ticks[-1], 1.0)
    axes = StepAxes(words, {**_COLOURS, **colours}, ticks, end, x_title, y_title, width=width)
    layers = step_layers(step_rows(curves, words), axes, dashed=True)
    return above_risk_table(layers, at_risk, axes, title)
