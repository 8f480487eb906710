"""How the effect of treatment changes with a biomarker: sliding windows and risk by arm."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.lines import end_names, last_heights, line_layers
from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message, series_colours
from wes_biomarkers.plots.words import explained, records

_SIZE = (420, 280)


def _known_bounds(rows: pd.DataFrame) -> list[float]:
    bounds = rows[["ci_low", "ci_high"]].to_numpy(dtype=float).ravel()
    return [float(bound) for bound in bounds if bound > 0]


def sliding_window_chart(
    windows: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    *,
    feature: str,
    effect_name: str = "hazard ratio of treatment",
    overall: float | None = None,
    notes: Sequence[str] = (),
) -> alt.TopLevelMixin:
    """The effect of treatment among patients in overlapping windows of a biomarker, on a log scale.

    Args:
        windows: centre (median of the biomarker in the window), effect, ci_low, ci_high, n.
        title: names treatment and endpoint.
        flags: of the analysis.
        feature: names the horizontal axis.
        effect_name: of the vertical axis.
        overall: the effect in all patients, as a line.
        notes: such as the p value for one effect in all windows.
    """
    known = windows[windows["effect"].notna() & (windows["effect"] > 0)]
    if known.empty:
        return message("No window could be evaluated.")
    effects = known["effect"].astype(float).tolist()
    bounds = [*effects, *_known_bounds(known), 1.0]
    domain = [max(min(bounds), min(effects) / 4) / 1.05, min(max(bounds), max(effects) * 4) * 1.05]
    x = alt.X(
        "x:Q", title=feature, axis=alt.Axis(grid=False, tickCount=6), scale=alt.Scale(zero=False, nice=False)
    )
    ticks = [tick for tick in (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8) if domain[0] <= tick <= domain[1]]
    y = alt.Y("y:Q", title=effect_name, axis=alt.Axis(values=ticks, labelExpr="toString(datum.value)"),
              scale=alt.Scale(type="log", domain=domain, nice=False, clamp=True))  # fmt: skip
    rows = known.rename(columns={"centre": "x", "effect": "y", "ci_low": "low", "ci_high": "high"})
    points = inline_chart(records(rows[["x", "y", "n"]].astype(float)), width=_SIZE[0], height=_SIZE[1])
    none = inline_chart([{"y": 1.0}], width=_SIZE[0], height=_SIZE[1])
    layers = [
        none.mark_rule(color=INK, strokeWidth=1).encode(y=y),
        *line_layers(rows.assign(group="all"), x, y, {"all": BLUE}, size=_SIZE),
        points.mark_point(filled=True, size=36, color=BLUE, opacity=1).encode(
            x=x, y=y, tooltip=["x:Q", "y:Q", "n:Q"]
        ),
    ]
    if overall is not None:
        all_of_them = inline_chart([{"y": overall, "words": "all patients"}], width=_SIZE[0], height=_SIZE[1])
        layers.append(all_of_them.mark_rule(color=GREY, strokeDash=[5, 4]).encode(y=y))
        text = all_of_them.mark_text(align="left", fontSize=12, fontWeight=600, color="#5a6470")
        layers.append(text.encode(x=alt.value(_SIZE[0] + 8), y=y, text="words:N"))
    sizes = known["n"].astype(int)
    range_ = f"{sizes.min()}" if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    note = f"{len(known)} windows of {range_} patients; windows overlap"
    heading = explained(title, flags, *notes, note, width=_SIZE[0] + 100)
    return alt.layer(*layers).properties(title=heading)


def predictiveness_chart(
    curves: pd.DataFrame, title: str, flags: Sequence[str] = (), *, feature: str, notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Risk of the event under each treatment by percentile of the biomarker, with bands (Janes et al. 2011).

    Args:
        curves: group (arm), percentile (0 to 100), risk, ci_low, ci_high.
        title: names the event and the time.
        flags: of the analysis.
        feature: the biomarker.
        notes: lines below the title.
    """
    if curves.empty:
        return message("There is no risk to show by arm.")
    rows = curves.rename(columns={"percentile": "x", "risk": "y", "ci_low": "low", "ci_high": "high"})
    highest = float(np.nanmax(rows[["y", "high"]].to_numpy(dtype=float)))
    domain = (0.0, min(1.0, float(np.ceil(highest * 10.5) / 10)))
    x = alt.X("x:Q", title=f"percentile of {feature}", scale=alt.Scale(domain=[0, 100]),
              axis=alt.Axis(grid=False, values=[0, 25, 50, 75, 100]))  # fmt: skip
    y = alt.Y("y:Q", title="risk of the event", axis=alt.Axis(format=".0%", tickCount=5),
              scale=alt.Scale(domain=list(domain), nice=False))  # fmt: skip
    colours = series_colours(list(dict.fromkeys(rows["group"].astype(str))))
    layers = line_layers(rows, x, y, colours, size=_SIZE)
    ends = {name: (height, name) for name, height in last_heights(rows).items()}
    layers.append(end_names(ends, y, domain, colours, _SIZE))
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=_SIZE[0] + 120))
