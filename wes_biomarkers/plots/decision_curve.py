"""Whether acting on a model does more good than treating all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.lines import end_names, last_heights, line_layers
from wes_biomarkers.plots.theme import GREY, INK, inline_chart, message, series_colours
from wes_biomarkers.plots.words import explained, records

_SIZE = (420, 280)
#: Strategies that need no model.
REFERENCE = {"treat all": GREY, "treat none": INK}


def _left_picture(shown: pd.DataFrame, name: str, x: alt.X, y: alt.Y) -> alt.Chart:
    """The name of a line that falls out of the picture, where it does."""
    last = shown[shown["group"] == name].sort_values("x").tail(1)
    rows = [{"x": row["x"], "y": row["y"], "words": name} for row in records(last)]
    base = inline_chart(rows, width=_SIZE[0], height=_SIZE[1])
    mark: Any = base.mark_text(align="left", dx=8, dy=-4, fontSize=12, fontWeight=600, color="#5a6470")
    chart: alt.Chart = mark.encode(x=x, y=y, text="words:N")
    return chart


def decision_curve_chart(
    curves: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Net benefit by threshold probability, a line a strategy, `treat all` and `treat none` in grey and black.

    Args:
        curves: strategy, threshold, net_benefit (unknown ones are not drawn).
        title: names the outcome.
        flags: of the analysis.
        notes: lines below the title.
    """
    known = curves[curves["net_benefit"].notna()]
    if known.empty:
        return message("There is no net benefit to show.")
    rows = known.rename(columns={"strategy": "group", "threshold": "x", "net_benefit": "y"})
    models = [name for name in dict.fromkeys(rows["group"]) if name not in REFERENCE]
    colours = {
        **{name: REFERENCE[name] for name in REFERENCE if (rows["group"] == name).any()},
        **series_colours(models),
    }
    top = max(0.01, float(rows["y"].max())) * 1.1
    domain = (-0.25 * top, top)
    x = alt.X("x:Q", title="threshold probability", axis=alt.Axis(format=".0%", grid=False, tickCount=6),
              scale=alt.Scale(domain=[float(rows["x"].min()), float(rows["x"].max())], nice=False))  # fmt: skip
    y = alt.Y(
        "y:Q",
        title="net benefit",
        axis=alt.Axis(tickCount=5),
        scale=alt.Scale(domain=list(domain), nice=False),
    )
    shown = rows[rows["y"] >= domain[0]]
    layers = line_layers(shown, x, y, colours, size=_SIZE, dashes={"treat all": [5, 4], "treat none": [2, 2]})
    complete = [name for name in colours if rows.loc[rows["group"] == name, "y"].min() >= domain[0]]
    heights = last_heights(rows)
    layers.append(end_names({name: (heights[name], name) for name in complete}, y, domain, colours, _SIZE))
    layers += [_left_picture(shown, name, x, y) for name in colours if name not in complete]
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=_SIZE[0] + 120))
