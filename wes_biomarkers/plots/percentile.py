"""Where one patient stands among all: a percentile a biomarker."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message
from wes_biomarkers.plots.words import explained, records

_WIDTH, _ROW = 360, 21


def percentile_chart(
    values: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Each biomarker's value as a point from the lowest of the cohort (0) to its highest (100), its number beside it.

    Args:
        values: label, percentile (0 to 100), words (the value as text), n_known (patients it is compared with); drawn
            in this order; those without a percentile are left out.
        title: names the patient or pair.
        flags: of the values.
        notes: lines below the title.
    """
    known = values[values["percentile"].notna()]
    if known.empty:
        return message("No biomarker of this patient can be compared.")
    rows = [
        {"label": str(row["label"]), "percentile": float(row["percentile"]), "words": str(row["words"]),
         "patients": int(row["n_known"])}
        for row in records(known)
    ]  # fmt: skip
    order = [str(row["label"]) for row in rows]
    base = inline_chart(rows, width=_WIDTH, height=_ROW * len(order))
    y = alt.Y(
        "label:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=260, grid=True)
    )
    x = alt.X("percentile:Q", title="percentile of the cohort", scale=alt.Scale(domain=[0, 100]),
              axis=alt.Axis(values=[0, 25, 50, 75, 100]))  # fmt: skip
    middle = inline_chart([{"percentile": 50}]).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=x)
    points = base.mark_point(filled=True, size=80, color=BLUE, opacity=1, stroke="white", strokeWidth=0.8).encode(
        x=x, y=y, tooltip=["label:N", "words:N", "percentile:Q", "patients:Q"]
    )  # fmt: skip
    text = base.mark_text(align="left", fontSize=11.5, color=INK).encode(
        x=alt.value(_WIDTH + 8), y=y, text="words:N"
    )
    return alt.layer(middle, points, text).properties(
        title=explained(title, flags, *notes, width=_WIDTH + 300)
    )
