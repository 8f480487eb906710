"""Of how many patients each feature is known, and why not of the others."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, INK, ORANGE, PURPLE, SKY, VERMILLION, inline_chart, message
from wes_biomarkers.plots.words import explained

_WIDTH, _ROW = 360, 24
_REASON_COLOURS = ("#c9d0d8", ORANGE, PURPLE, SKY, VERMILLION)
KNOWN = "known"


def missing_chart(
    counts: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """A bar a feature: patients with a known value, then those without by reason; the known share beside.

    Args:
        counts: feature, state (`known`, or the reason why not), n; features in the order drawn.
        title: names the population.
        flags: of the analysis.
        notes: lines below the title.
    """
    present = counts[counts["n"] > 0]
    if present.empty:
        return message("There is no feature, or no patient.")
    features = [str(name) for name in dict.fromkeys(counts["feature"])]
    states = [KNOWN, *(str(name) for name in dict.fromkeys(present["state"]) if name != KNOWN)]
    colours = [BLUE, *(_REASON_COLOURS[index % len(_REASON_COLOURS)] for index in range(len(states) - 1))]
    bars, words = [], []
    for feature in features:
        mine = present[present["feature"] == feature].groupby("state")["n"].sum()
        at = 0
        for state in states:
            n = int(mine.get(state, 0))
            if n:
                bars.append({"feature": feature, "state": state, "from": at, "to": at + n, "n": n})
            at += n
        known = int(mine.get(KNOWN, 0))
        words.append({"feature": feature, "words": f"{known} of {at} ({known / at:.0%})" if at else "0"})
    size = {"width": _WIDTH, "height": _ROW * len(features)}
    y = alt.Y(
        "feature:N",
        sort=features,
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=220, labelPadding=8),
    )
    x = alt.X(
        "from:Q", title="patients", axis=alt.Axis(tickMinStep=1, tickCount=6), scale=alt.Scale(nice=False)
    )
    legend = alt.Legend(orient="top", direction="horizontal", columns=3, labelLimit=260, symbolType="square")
    colour = alt.Color("state:N", title=None, scale=alt.Scale(domain=states, range=colours), legend=legend)
    chart = inline_chart(bars, **size).mark_bar(height=14)
    labels = inline_chart(words, **size).mark_text(align="left", fontSize=12, color=INK)
    layers = (
        chart.encode(x=x, x2="to:Q", y=y, color=colour, tooltip=["feature:N", "state:N", "n:Q"]),
        labels.encode(x=alt.value(_WIDTH + 10), y=y, text="words:N"),
    )
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=_WIDTH + 160))
