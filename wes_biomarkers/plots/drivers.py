"""Chart of driver genes: genes by tumours, each kind of hit in its own colour and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PURPLE,
    VERMILLION,
    inline_chart,
    message,
    titled,
)

_WIDTH, _ROW = 720, 22
_MAX_LABELLED = 60
#: Columns narrower than this many pixels hold bars instead of shapes.
_DENSE = 10
_ASSESSED, _UNKNOWN = "#eef1f4", "#ffffff"

#: Copy number fills the cell, mutations are drawn on it, loss of heterozygosity runs along its foot.
_FILLS = {"amplification": VERMILLION, "deep_deletion": BLUE}
_MARKS = {"truncating": INK, "hotspot": GREEN, "other": GREY}
#: In the order of drawing: the stronger on top.
_SHAPES = {"other": "circle", "hotspot": "diamond", "truncating": "square"}
_WORDS = {
    "amplification": "amplification",
    "deep_deletion": "deep deletion",
    "truncating": "truncating",
    "hotspot": "hot spot",
    "other": "unknown effect",
    "loh": "loss of heterozygosity",
}
_STATES = {"both copies": INK, "altered": "#9aa5b1"}


def _drawn_genes(genes: pd.DataFrame, max_genes: int) -> list[str]:
    """Genes with a hit, those altered in most tumours first, then those mutated in most, then by name."""
    is_altered = genes["status"].isin(("altered", "biallelic"))
    has_hit = is_altered | (genes["n_mutation"] > 0)
    counts = (
        pd.DataFrame({"gene": genes["gene"], "altered": is_altered, "hit": has_hit}).groupby("gene").sum()
    )
    ranked = counts[counts["hit"] > 0].reset_index().sort_values(
        ["altered", "hit", "gene"], ascending=[False, False, True]
    )  # fmt: skip
    return [str(name) for name in ranked["gene"].head(max_genes)]


def _ordered_pairs(genes: pd.DataFrame, drawn: Sequence[str]) -> list[str]:
    """Tumours in the staircase of such charts: by the first gene altered, then the second, and so on."""
    rank = {"biallelic": 0, "altered": 1, "uncertain": 2}
    status = genes.pivot(index="pair_id", columns="gene", values="status")
    keys = {
        str(pair): tuple(rank.get(str(row.get(gene)), 3) for gene in drawn) for pair, row in status.iterrows()
    }
    return sorted(keys, key=lambda pair: (keys[pair], pair))


def driver_oncoprint(
    genes: pd.DataFrame,
    title: str,
    flags: Sequence[str],
    max_genes: int = 25,
    labels: Mapping[str, str] | None = None,
) -> alt.TopLevelMixin:
    """Genes by tumours with the kinds of their hits, and beside it how often each gene is altered.

    Args:
        genes: rows of the `gene` table (or drivers.tsv): patient_id, pair_id, gene, status, hits, mutations,
            n_mutation.
        title: of the chart.
        flags: of the records shown.
        max_genes: most altered ones are kept.
        labels: what to call each pair; its id where not given.
    """
    drawn = [] if genes.empty else _drawn_genes(genes, max_genes)
    if not drawn:
        return message("No driver gene is hit in any tumour.")
    kept = genes[genes["gene"].isin(drawn)]
    pairs = _ordered_pairs(kept, drawn)
    labels = labels or {pair: pair for pair in pairs}
    cells: list[dict[str, object]] = [
        {
            "gene": row["gene"],
            "tumour": labels[row["pair_id"]],
            "pair": row["pair_id"],
            "status": str(row["status"]).replace("_", " "),
            "hits": [hit for hit in str(row["hits"] if pd.notna(row["hits"]) else "").split(";") if hit],
            "mutations": row["mutations"] if pd.notna(row["mutations"]) else "",
        }
        for _, row in kept.iterrows()
    ]
    grid = _grid(cells, drawn, [labels[pair] for pair in pairs])
    shown = f" (the {len(drawn)} altered most often)" if len(drawn) == max_genes else ""
    note = f"{len(pairs)} tumours, genes of the lists with a hit{shown}; white: sequence not covered"
    chart: alt.TopLevelMixin = (
        alt.hconcat(grid, _frequency(kept, drawn), spacing=12)
        .resolve_scale(color="independent")
        .properties(title=titled(title, flags, note))
    )
    return chart


def _grid(
    cells: list[dict[str, object]], drawn: Sequence[str], order: Sequence[str]
) -> alt.LayerChart | alt.FacetChart:
    step = min(44.0, _WIDTH / len(order))
    size = {"width": round(step * len(order)), "height": _ROW * len(drawn)}
    y = alt.Y(
        "gene:N",
        sort=list(drawn),
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelFontStyle="italic"),
    )
    x = alt.X(
        "tumour:N",
        sort=list(order),
        title=None,
        axis=alt.Axis(
            labels=len(order) <= _MAX_LABELLED, ticks=False, domain=False, labelAngle=-90, labelLimit=140,
            labelFontSize=11,
        ),
    )  # fmt: skip
    tooltip = ["gene:N", "tumour:N", "status:N", "mutations:N"]

    def having(kind: str) -> list[dict[str, object]]:
        """The cells with a hit of this kind, under the word for it."""
        return [
            cell | {"kind": _WORDS[kind]}
            for cell in cells
            if kind in cell["hits"]  # type: ignore[operator]
        ]

    width = max(1.0, 0.86 * step)
    ground = [cell | {"fill": _UNKNOWN if cell["status"] == "not evaluable" else _ASSESSED} for cell in cells]
    layers: list[Any] = [
        inline_chart(ground, **size)
        .mark_rect(width=width, height=_ROW - 4)
        .encode(x=x, y=y, color=alt.Color("fill:N", scale=None), tooltip=tooltip)
    ]
    kinds = {_WORDS[kind]: colour for kind, colour in {**_FILLS, **_MARKS, "loh": PURPLE}.items()}
    present = [word for kind, word in _WORDS.items() if having(kind)]
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=present, range=[kinds[word] for word in present]),
        legend=alt.Legend(
            orient="bottom",
            direction="horizontal",
            symbolType="square",
            columns=max(1, min(6, size["width"] // 150)),
        ),
    )
    for kind in _FILLS:
        if rows := having(kind):
            layers.append(
                inline_chart(rows)
                .mark_rect(width=width, height=_ROW - 4)
                .encode(x=x, y=y, color=colour, tooltip=tooltip)
            )
    if rows := having("loh"):
        layers.append(
            inline_chart(rows)
            .mark_rect(width=width, height=3, yOffset=_ROW / 2 - 3.5)
            .encode(x=x, y=y, color=colour, tooltip=tooltip)
        )
    for kind, shape in _SHAPES.items():
        if rows := having(kind):
            base = inline_chart(rows)
            marked = (
                base.mark_rect(width=width, height=_ROW / 2)
                if step < _DENSE
                else base.mark_point(
                    shape=shape, filled=True, opacity=1, size=64, stroke="white", strokeWidth=0.6
                )
            )
            layers.append(marked.encode(x=x, y=y, color=colour, tooltip=tooltip))
    return alt.layer(*layers)


def _frequency(genes: pd.DataFrame, drawn: Sequence[str]) -> alt.LayerChart | alt.FacetChart:
    """Share of assessed tumours in which each gene is altered, and in which both copies are hit."""
    rows: list[dict[str, object]] = []
    totals: list[dict[str, object]] = []
    for gene, members in genes.groupby("gene"):
        n = int((members["status"] != "not_evaluable").sum())
        both, one = (int((members["status"] == word).sum()) for word in ("biallelic", "altered"))
        share = (both + one) / n if n else 0.0
        rows += [
            {"gene": gene, "state": word, "share": count / n if n else 0.0, "order": at}
            for at, (word, count) in enumerate(zip(_STATES, (both, one), strict=True))
        ]
        totals.append({"gene": gene, "share": share, "text": f"{share:.0%}" if n else "unknown"})
    y = alt.Y("gene:N", sort=list(drawn), title=None, axis=None)
    top = max(0.1, *(float(str(row["share"])) for row in totals))
    x = alt.X("share:Q", stack="zero", title="tumours altered", scale=alt.Scale(domain=[0, top * 1.25]),
              axis=alt.Axis(format="%", tickCount=3, grid=False))  # fmt: skip
    colour = alt.Color(
        "state:N",
        title=None,
        scale=alt.Scale(domain=list(_STATES), range=list(_STATES.values())),
        legend=alt.Legend(orient="bottom", direction="horizontal"),
    )
    bars = inline_chart(rows, width=130, height=_ROW * len(drawn)).mark_bar(size=_ROW - 8).encode(
        y=y, x=x, color=colour, order="order:Q"
    )  # fmt: skip
    text = inline_chart(totals).mark_text(align="left", dx=4, fontSize=11, color=INK).encode(
        y=y, x=alt.X("share:Q"), text="text:N"
    )  # fmt: skip
    return alt.layer(bars, text)
