"""Worst grades of adverse events: shares of patients by group, and terms by how many had them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import INK, inline_chart, message
from wes_biomarkers.plots.words import explained, records

#: CTCAE grade -> colour, the darker the worse; grade 3 and more stand out.
GRADE_COLOURS = {0: "#eef1f4", 1: "#cfe0ec", 2: "#9cc3dd", 3: "#E69F00", 4: "#D55E00", 5: "#7a2e00"}
#: From this grade on an event is called severe.
SEVERE = 3
_WIDTH = 520
#: Heights in pixels of a group's bar, at least and at most, and of the bars together where that leaves the choice.
_ROW, _MAX_ROW, _ROWS = 34, 60, 150
_TERM_ROW = 20


def grade_bars(
    patients: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    sizes: Mapping[str, int | None] | None = None,
    width: int = _WIDTH,
) -> alt.TopLevelMixin:
    """Each group's patients by worst grade, as shares of a bar.

    Args:
        patients: a row a patient: group, grade (0 to 5, 0 for none; patients of unknown grade are counted beside); or
            a row a group and grade, with the number of its patients `n`.
        title: names the events and their window.
        flags: of the data.
        notes: lines below the title.
        sizes: patients of each group, where grades are left out; None where withheld. By default those drawn.
        width: of the bars in pixels.
    """
    patients = patients if "n" in patients else patients.assign(n=1)
    known = patients[patients["grade"].notna() & patients["group"].notna()]
    if known.empty:
        return message("No patient's worst grade is known.")
    lost = int(patients["n"].sum() - known["n"].sum())
    counts = known.assign(group=known["group"].astype(str)).groupby(["group", "grade"])["n"].sum()
    totals = counts.groupby("group").sum()
    told = {str(group): int(n) for group, n in totals.items()} | dict(sizes or {})
    names = {
        group: str(group) if told[group] is None else f"{group} (n = {told[group]:,})"
        for group in totals.index
    }
    rows = []
    for group, n in totals.items():
        start = 0.0
        for grade in GRADE_COLOURS:
            count = int(counts.get((group, grade), 0))
            if count:
                rows.append(
                    {"group": names[group], "grade": f"grade {grade}" if grade else "none", "patients": count,
                     "start": start, "end": start + count / n, "share": count / n,
                     "words": str(count) if count / n > 0.03 else "", "dark": grade >= SEVERE + 1}
                )  # fmt: skip
                start += count / n
    shown = [grade for grade in GRADE_COLOURS if (known["grade"] == grade).any()]
    labels = [f"grade {grade}" if grade else "none" for grade in shown]
    colour = alt.Color("grade:N", title="worst grade", sort=labels,
                       scale=alt.Scale(domain=labels, range=[GRADE_COLOURS[grade] for grade in shown]),
                       legend=alt.Legend(orient="top", symbolType="square", direction="horizontal"))  # fmt: skip
    row = min(_MAX_ROW, max(_ROW, _ROWS // len(names)))
    base = inline_chart(rows, width=width, height=row * len(names))
    y = alt.Y("group:N", title=None, sort=list(names.values()), scale=alt.Scale(padding=0.15),
              axis=alt.Axis(ticks=False, domain=False, labelLimit=260))  # fmt: skip
    x = alt.X("start:Q", title="share of patients", scale=alt.Scale(domain=[0, 1]),
              axis=alt.Axis(format="%", tickCount=5, grid=False))  # fmt: skip
    bars = base.mark_bar(stroke="white", strokeWidth=1).encode(
        x=x, x2=alt.X2("end:Q"), y=y, color=colour,
        tooltip=["group:N", "grade:N", "patients:Q", alt.Tooltip("share:Q", format=".1%")],
    )  # fmt: skip
    text = base.transform_calculate(middle="(datum.start + datum.end) / 2").mark_text(fontSize=12)
    white = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    written = text.encode(x=alt.X("middle:Q"), y=y, text=alt.Text("words:N"), color=white)
    unknown = (
        f"{lost} of {int(patients['n'].sum())} patients of unknown grade or group, not drawn" if lost else ""
    )
    return alt.layer(bars, written).properties(
        title=explained(title, flags, *notes, unknown, width=width + 120)
    )


def term_bars(
    terms: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Shares of patients with each term, of any grade and severe, by group side by side.

    Args:
        terms: term, group, n (patients of the group), n_any, n_severe (of them with the term, and with a severe grade).
        title: names the events.
        flags: of the data.
        notes: lines below the title.
    """
    if terms.empty:
        return message("No adverse event is recorded.")
    order = list(dict.fromkeys(terms["term"]))
    panels = []
    highest = float((terms["n_any"] / terms["n"]).max())
    for place, group in enumerate(dict.fromkeys(terms["group"])):
        part = terms[terms["group"] == group]
        rows = [
            {"term": str(row["term"]), "any": row["n_any"] / row["n"], "severe": row["n_severe"] / row["n"],
             "patients": int(row["n_any"]), "severe patients": int(row["n_severe"]), "group": str(group),
             "words": f"{int(row['n_any'])}" + (f", {int(row['n_severe'])} severe" if row["n_severe"] else "")}
            for row in records(part)
        ]  # fmt: skip
        base = inline_chart(rows, width=230, height=_TERM_ROW * len(order))
        axis = alt.Axis(ticks=False, domain=False, labelLimit=240) if place == 0 else None
        y = alt.Y("term:N", sort=order, title=None, axis=axis, scale=alt.Scale(padding=0.2))
        scale = alt.Scale(domain=[0, min(1.0, highest * 1.45)], nice=False)
        x = alt.X("any:Q", title="patients", scale=scale, axis=alt.Axis(format="%", tickCount=4))
        tips = ["group:N", "term:N", "patients:Q", "severe patients:Q"]
        panels.append(
            alt.layer(
                base.mark_bar(color=GRADE_COLOURS[2]).encode(x=x, y=y, tooltip=tips),
                base.mark_bar(color=GRADE_COLOURS[4]).encode(x=alt.X("severe:Q"), y=y, tooltip=tips),
                base.mark_text(align="left", dx=4, fontSize=11, color=INK)
                .encode(x=alt.X("any:Q"), y=y, text=alt.Text("words:N")),
            ).properties(title=alt.TitleParams(f"{group} (n = {int(part['n'].iloc[0])})", fontSize=12.5, offset=6))
        )  # fmt: skip
    note = f"pale: any grade; dark: grade {SEVERE} or more"
    heading = explained(title, flags, note, *notes, width=230 * len(panels) + 200)
    chart: alt.HConcatChart = alt.hconcat(*panels, spacing=24, title=heading).resolve_scale(y="independent")
    return chart
