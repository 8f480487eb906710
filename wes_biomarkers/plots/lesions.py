"""One patient's target lesions over time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message
from wes_biomarkers.plots.words import explained, records

#: RECIST 1.1: growth by a fifth, and shrinkage by three tenths.
_LIMITS = (20, -30)
_DAYS_PER_MONTH = 30.4375


def lesion_chart(
    visits: pd.DataFrame, title: str, flags: Sequence[str] = (), *, origin: str = "", width: int = 900
) -> alt.TopLevelMixin:
    """Change of the sum of target lesions since the baseline, with the limits of partial response and progression.

    Args:
        visits: day, response, change_percent; visits without a day or a measurement are not drawn.
        title: names the patient.
        flags: of the data.
        origin: what day 0 is, for the axis.
        width: of the plot in pixels.
    """
    known = visits[visits["day"].notna() & visits["change_percent"].notna()].sort_values("day", kind="stable")
    if known.empty:
        return message("No visit has a measurement of the target lesions.")
    rows = [
        {"month": row["day"] / _DAYS_PER_MONTH, "day": int(row["day"]), "change": float(row["change_percent"]),
         "response": row["response"] if isinstance(row["response"], str) else ""}
        for row in records(known)
    ]  # fmt: skip
    months = f"months from {origin}" if origin else "months"
    x = alt.X("month:Q", title=months, scale=alt.Scale(zero=True))
    y = alt.Y("change:Q", title="target lesions, % since baseline")
    limits = inline_chart([{"change": at} for at in _LIMITS]).mark_rule(color=GREY, strokeDash=[4, 3])
    base = inline_chart(rows, width=width, height=180)
    return alt.layer(
        limits.encode(y=y),
        base.mark_line(color=BLUE).encode(x=x, y=y),
        base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(
            x=x, y=y, tooltip=["day:Q", "change:Q", "response:N"]
        ),
        base.mark_text(dy=-12, fontSize=11, color=INK).encode(x=x, y=y, text="response:N"),
    ).properties(title=explained(title, flags, "dashed: +20 % and -30 %", width=width))
