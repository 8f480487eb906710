"""How well numbers tell who has the outcome: the receiver operating characteristic and calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.lines import line_layers
from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message, series_colours, text_shade
from wes_biomarkers.plots.words import explained, records

_SIDE = 340
_TEXT_WIDTH = 400


def _unit(field: str, title: str) -> dict[str, Any]:
    axis = alt.Axis(format=".0%", tickCount=5)
    return {
        "shorthand": f"{field}:Q",
        "scale": alt.Scale(domain=[0, 1], nice=False),
        "title": title,
        "axis": axis,
    }


def _diagonal(x: alt.X, y: alt.Y) -> alt.Chart:
    base = inline_chart([{"x": 0, "y": 0}, {"x": 1, "y": 1}], width=_SIDE, height=_SIDE)
    chart: alt.Chart = base.mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y)
    return chart


def roc_chart(
    curves: pd.DataFrame,
    words: Mapping[str, str],
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> alt.TopLevelMixin:
    """Sensitivity against 1 - specificity, one curve a marker, its AUC with interval named beside.

    Args:
        curves: group, false_positive_rate, true_positive_rate, in the order of falling cutoffs.
        words: by group, such as `TMB: AUC 0.63 (0.56 to 0.70)`; in the order of the legend.
        title: names the outcome.
        flags: of the analysis.
        notes: lines below the title.
    """
    if curves.empty:
        return message("Nobody, or everybody, has the outcome: there is no curve.")
    x, y = alt.X(**_unit("x", "1 - specificity")), alt.Y(**_unit("y", "sensitivity"))
    rows = curves.rename(columns={"false_positive_rate": "x", "true_positive_rate": "y"})
    colours = series_colours(list(words))
    layers = [_diagonal(x, y)]
    for group, colour in colours.items():
        mine = records(rows.loc[rows["group"] == group, ["x", "y"]].astype(float))
        steps = [{"x": row["x"], "y": row["y"], "order": at} for at, row in enumerate(mine)]
        base = inline_chart(steps, width=_SIDE, height=_SIDE)
        layers.append(base.mark_line(strokeWidth=2.4, color=colour).encode(x=x, y=y, order="order:Q"))
    names = [
        {"y": 0.06 * (len(words) - at) - 0.02, "words": text, "colour": text_shade(colours[group])}
        for at, (group, text) in enumerate(words.items())
    ]
    base = inline_chart(names, width=_SIDE, height=_SIDE)
    mark: Any = base.mark_text(align="right", fontSize=12, fontWeight=600, limit=_SIDE - 20)
    colour_of = alt.Color("colour:N", scale=None)
    layers.append(mark.encode(x=alt.value(_SIDE - 8), y=y, text="words:N", color=colour_of))
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=_TEXT_WIDTH))


def calibration_chart(
    bins: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Observed against predicted probability in bins of patients, with intervals; on the diagonal they agree.

    Args:
        bins: predicted, observed, n; ci_low and ci_high of observed where known.
        title: names the model and the outcome.
        flags: of the analysis.
        notes: such as intercept, slope and Brier score.
    """
    if bins.empty:
        return message("There is no prediction to compare with what happened.")
    x, y = alt.X(**_unit("x", "predicted")), alt.Y(**_unit("y", "observed"))
    rows = bins.rename(columns={"predicted": "x", "observed": "y", "ci_low": "low", "ci_high": "high"})
    columns = [name for name in ("x", "y", "low", "high", "n") if name in rows]
    points = records(rows[columns].astype(float).dropna(subset=["x", "y"]))
    texts = [{**row, "words": f"{row['n']:.0f}"} for row in points]
    base = inline_chart(texts, width=_SIDE, height=_SIDE)
    layers = [
        _diagonal(x, y),
        *line_layers(rows.assign(group="all").drop(columns=["low", "high"], errors="ignore"), x, y, {"all": BLUE},
                     size=(_SIDE, _SIDE)),
        base.mark_point(filled=True, color=BLUE, size=80, opacity=1).encode(x=x, y=y),
        base.mark_text(align="left", dx=8, dy=9, fontSize=11, color=INK).encode(x=x, y=y, text="words:N"),
    ]  # fmt: skip
    if "low" in columns and "high" in columns:
        low = alt.Y("low:Q", scale=alt.Scale(domain=[0, 1], nice=False), title="observed")
        layers.insert(1, base.mark_rule(color=BLUE, strokeWidth=1.5).encode(x=x, y=low, y2="high:Q"))
    note = "numbers: patients in the bin"
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, note, width=_SIDE + 60))
