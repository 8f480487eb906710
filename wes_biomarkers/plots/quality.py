"""Charts of sequencing quality."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, GREY, ORANGE, inline_chart, message, titled

_WIDTH = 860
_MAX_LABELLED = 70


def coverage_by_pair(
    qc: pd.DataFrame, flags: Sequence[str], callable_depth: tuple[float, float] = (20.0, 10.0)
) -> alt.TopLevelMixin:
    """Mean target coverage of tumour and normal of every pair, with the depths a callable base needs.

    Args:
        qc: the `qc` table.
        flags: of the values shown.
        callable_depth: depth of tumour and of normal that makes a base callable.
    """
    rows = [
        {"pair": pair["pair_id"], "sample": sample, "coverage": float(pair[f"mean_coverage_{sample}"])}
        for _, pair in qc.iterrows()
        for sample in ("tumor", "normal")
        if pd.notna(pair[f"mean_coverage_{sample}"])
    ]
    if not rows:
        return message("No coverage was measured.")
    pairs = list(dict.fromkeys(str(row["pair"]) for row in rows))
    for row in rows:
        row["sample"] = {"tumor": "tumour", "normal": "normal"}[str(row["sample"])]
    colours = alt.Scale(domain=["tumour", "normal"], range=[ORANGE, BLUE])
    shapes = alt.Scale(domain=["tumour", "normal"], range=["triangle-up", "circle"])
    step = min(44.0, _WIDTH / len(pairs))
    x = alt.X(
        "pair:N",
        sort=pairs,
        title=None,
        axis=alt.Axis(
            labels=len(pairs) <= _MAX_LABELLED,
            ticks=False,
            labelAngle=-90 if len(pairs) > 5 else 0,
            labelExpr="split(datum.label, '_vs_')[0]",
            labelLimit=150,
            labelFontSize=12 if len(pairs) <= 40 else 10,
        ),
    )
    y = alt.Y("coverage:Q", title="mean depth over target (x)", scale=alt.Scale(domainMin=0, zero=True))
    base = inline_chart(rows, width=max(420, int(step * len(pairs))), height=220)
    depths = zip(callable_depth, ("tumour", "normal"), strict=True)
    floors = inline_chart([{"depth": depth, "sample": name} for depth, name in depths])
    layers = [
        floors.mark_rule(strokeDash=[5, 4], opacity=0.8).encode(
            y="depth:Q", color=alt.Color("sample:N", scale=colours)
        ),
        base.mark_rule(color=GREY, opacity=0.4).encode(x=x, y=alt.Y("min(coverage):Q"), y2="max(coverage):Q"),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x=x,
            y=y,
            color=alt.Color(
                "sample:N", scale=colours, title=None, legend=alt.Legend(orient="top", direction="horizontal")
            ),
            shape=alt.Shape("sample:N", scale=shapes, title=None),
            tooltip=["pair:N", "sample:N", alt.Tooltip("coverage:Q", title="mean depth", format=".1f")],
        ),
    ]
    tumour, normal = callable_depth
    note = f"dashed: depth a callable base needs, {tumour:g}x tumour and {normal:g}x normal"
    return alt.layer(*layers).properties(title=titled("Coverage by pair", flags, note))
