"""Which genes are altered together, and which apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import BLUE, INK, VERMILLION, inline_chart, message
from wes_biomarkers.plots.words import explained, is_known, records

#: Colours end at these powers of two.
_LIMIT = 4
#: Pairs with a q value below it are marked.
Q_MARKED = 0.05
_CELLS = ("n_both", "n_a_only", "n_b_only", "n_neither")


def cooccurrence_chart(
    pairs: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    width: int = 900,
) -> alt.TopLevelMixin:
    """The triangle of all pairs of genes, coloured by the log2 of their odds ratio; a dot where q is below 0.05.

    Colours are of counts with half a patient added to each, so that an empty cell of a small table does not shout;
    the odds ratio told by a square is of the counts as they are.

    Args:
        pairs: gene_a, gene_b, n_both, n_a_only, n_b_only, n_neither (patients), odds_ratio, p_value, q_value; those
            without a p value are not drawn.
        title: names the patients.
        flags: of the analysis.
        notes: lines below the title.
        width: of the plot in pixels.
    """
    rows = [_told(row) for row in records(pairs) if is_known(row["p_value"]) and _counted(row)]
    if not rows:
        return message("No pair of genes can be compared.")
    genes = list(dict.fromkeys([*pairs["gene_a"], *pairs["gene_b"]]))
    height = min(max(len(genes), 2) * 22, 520)
    look: dict[str, Any] = {"labelFontStyle": "italic", "domain": False, "ticks": False, "grid": False}
    x = alt.X("gene_a:N", sort=genes, title=None, axis=alt.Axis(labelAngle=-50, **look))
    y = alt.Y("gene_b:N", sort=genes, title=None, axis=alt.Axis(**look))
    scale = alt.Scale(domain=[-_LIMIT, 0, _LIMIT], range=[VERMILLION, "#f3f4f6", BLUE], interpolate="rgb")
    legend = alt.Legend(gradientLength=160, values=[-4, -2, 0, 2, 4])
    tooltip = [
        alt.Tooltip(f"{name}:N", title=name.replace("_", " "))
        for name in ("gene_a", "gene_b", *_CELLS, "odds_ratio", "p_value", "q_value")
    ]
    base = inline_chart(rows, width=width, height=height)
    squares = base.mark_rect(stroke="white", strokeWidth=1.5, cornerRadius=2).encode(
        x=x, y=y, tooltip=tooltip,
        color=alt.Color("shade:Q", title="log2 odds ratio", scale=scale, legend=legend),
    )  # fmt: skip
    marks = base.mark_text(fontSize=10, color=INK).encode(x=x, y=y, text="mark:N")
    note = f"dot: q below {Q_MARKED:g}; colours with half a patient added to each count"
    return alt.layer(squares, marks).properties(title=explained(title, flags, note, *notes, width=width))


def _counted(row: Mapping[str, Any]) -> bool:
    return all(is_known(row[name]) for name in _CELLS)


def _told(row: Mapping[str, Any]) -> dict[str, object]:
    both, a_only, b_only, neither = (float(row[name]) + 0.5 for name in _CELLS)
    shade = math.log2(both * neither / (a_only * b_only))
    return {
        "gene_a": str(row["gene_a"]), "gene_b": str(row["gene_b"]), **{name: int(row[name]) for name in _CELLS},
        **{name: _short(row[name]) for name in ("odds_ratio", "p_value", "q_value")},
        "shade": round(max(-_LIMIT, min(_LIMIT, shade)), 3),
        "mark": "●" if is_known(row["q_value"]) and row["q_value"] < Q_MARKED else "",
    }  # fmt: skip


def _short(value: object) -> str:
    return f"{value:.3g}" if is_known(value) else "" if value is None else str(value)
