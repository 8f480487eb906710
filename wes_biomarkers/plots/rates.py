"""The share of patients with an outcome in each group, with its interval."""

from __future__ import annotations

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, INK, inline_chart, message
from wes_biomarkers.plots.words import is_known, records

WIDTH = 250
_ROW = 40


def rates_chart(
    rates: pd.DataFrame, title: alt.TitleParams, x_title: str = "share of patients", *, width: int = WIDTH
) -> alt.TopLevelMixin:
    """A point and its 95 % interval for each group; counts and share stand beside it.

    Args:
        rates: group, n, n_event, rate, ci_low, ci_high; what is withheld is missing and said to be.
        title: by plots.words.explained.
        x_title: what the share is of.
        width: of the plot in pixels; names stand left of it, numbers right.
    """
    if rates.empty:
        return message("No patient has both a group and an outcome.")
    rows = [
        {"group": str(row["group"]), "rate": _known(row["rate"]), "low": _known(row["ci_low"]),
         "high": _known(row["ci_high"]), "words": rate_words(row)}
        for row in records(rates)
    ]  # fmt: skip
    base = inline_chart(rows, width=width, height=_ROW * len(rows))
    axis = alt.Axis(ticks=False, domain=False, labelLimit=220)
    y = alt.Y("group:N", sort=[str(row["group"]) for row in rows], title=None, axis=axis)
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("rate:Q", title=x_title, scale=scale, axis=alt.Axis(format=".0%", tickCount=5))
    known = base.transform_filter("datum.rate !== null")
    whole = base.mark_text(align="left", fontSize=12, color=INK, dx=12)
    return alt.layer(
        known.mark_rule(strokeWidth=2, color=BLUE).encode(
            y=y, x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q")
        ),
        known.mark_circle(size=110, opacity=1, color=BLUE).encode(y=y, x=x, tooltip=["group:N", "words:N"]),
        whole.encode(y=y, x=alt.value(width), text=alt.Text("words:N")),
    ).properties(title=title)


def rate_words(row: dict[str, object]) -> str:
    """`76 of 171, 44 % (37 to 52)`, as far as it is known."""
    counts = (
        f"{row['n_event']:.0f} of {row['n']:.0f}" if is_known(row["n_event"]) and is_known(row["n"]) else ""
    )
    share = ""
    if is_known(row["rate"]) and is_known(row["ci_low"]) and is_known(row["ci_high"]):
        share = f"{100 * row['rate']:.0f} % ({100 * row['ci_low']:.0f} to {100 * row['ci_high']:.0f})"
    return ", ".join(filter(None, (counts, share))) or "withheld"


def _known(value: object) -> float | None:
    return float(value) if is_known(value) else None
