"""Charts of neoantigens: the candidates of one tumour, and the burden of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels
from wes_biomarkers.plots.theme import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    inline_chart,
    message,
    titled,
)

#: Tiers that are drawn, with colour and shape.
_TIERS: Mapping[str, tuple[str, str]] = {
    "top": (VERMILLION, "circle"),
    "candidate": (BLUE, "circle"),
    "low_expression": (SKY, "square"),
    "subclonal": (ORANGE, "triangle-up"),
    "anchor": (PURPLE, "diamond"),
    "not_expressed": (INK, "cross"),
    "hla_lost": (INK, "triangle-down"),
}
_TICKS = [0.01, 0.1, 1, 10, 100]
_LOWEST, _HIGHEST, _NO_WILDTYPE = 0.01, 100.0, 250.0
#: Space that a label takes, in powers of ten of each axis.
_LABEL_SIZE = (0.5, 0.22)
#: Space of a point's half, likewise.
_POINT_SIZE = 0.04
_N_LABEL = 8
_CLASSES = {"I": "class I", "II": "class II"}


def ranked_candidates(table: pd.DataFrame, title: str, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Percentile rank of each variant's best binder against that of its wild type, by tier; a panel a class.

    Those high up bind while their wild type does not. The best ones carry their gene.

    Args:
        table: of one pair, as neoantigens.tsv: mhc_class, rank, tier, gene, peptide, allele, rank_pct, rank_wt_pct.
        title: names the pair.
        flags: of the record.
    """
    if table.empty or table["rank_pct"].isna().all():
        return message("No variant has a peptide whose binding is known.")
    known = table[table["tier"].isin(_TIERS)]
    if known.empty:
        return message("No variant has a peptide that binds.")
    panels = [
        _panel(known[known["mhc_class"] == name], words)
        for name, words in _CLASSES.items()
        if (known["mhc_class"] == name).any()
    ]
    n_open = len(table) - len(known)
    notes = ["a point: best binder of a variant; above 100: no wild-type counterpart"]
    notes += [f"{n_open} best peptides that bind poorly or cannot be predicted, not shown"] if n_open else []
    chart: alt.TopLevelMixin = (
        alt.hconcat(*panels)
        .resolve_scale(color="independent", shape="independent")
        .properties(title=titled(title, flags, *notes))
    )
    return chart


def _panel(rows: pd.DataFrame, words: str) -> Any:
    sizes = rows["tier"].value_counts()
    shown = {name: f"{name.replace('_', ' ')} ({sizes[name]})" for name in _TIERS if sizes.get(name, 0)}
    rows = rows.sort_values("rank")
    x_of = rows["rank_pct"].clip(_LOWEST, _HIGHEST)
    y_of = rows["rank_wt_pct"].clip(lower=_LOWEST).fillna(_NO_WILDTYPE)
    free = _free_labels(np.log10(x_of.to_numpy(float)), np.log10(y_of.to_numpy(float)))
    points = [
        {
            "x": float(x),
            "y": float(y),
            "tier": shown[row["tier"]],
            "gene": row["gene"] if pd.notna(row["gene"]) else "",
            "peptide": row["peptide"],
            "allele": row["allele"],
            "label": row["gene"] if number in free and pd.notna(row["gene"]) else "",
        }
        for number, (x, y, (_, row)) in enumerate(zip(x_of, y_of, rows.iterrows(), strict=True))
    ]
    x = alt.X("x:Q", title=f"percentile rank, {words}",
              scale=alt.Scale(type="log", domain=[_LOWEST * 0.8, 8], nice=False),
              axis=alt.Axis(values=_TICKS, format="~g", grid=False))  # fmt: skip
    y = alt.Y("y:Q", title="percentile rank of the wild type",
              scale=alt.Scale(type="log", domain=[_LOWEST * 0.8, 400], nice=False),
              axis=alt.Axis(values=_TICKS, format="~g", grid=False))  # fmt: skip
    base = inline_chart(points, width=380, height=340)
    dots = base.mark_point(filled=True, size=55, opacity=0.75, stroke="white", strokeWidth=0.4).encode(
        x=x, y=y,
        color=alt.Color("tier:N", title=None, legend=alt.Legend(orient="bottom", columns=4, symbolOpacity=1),
                        scale=alt.Scale(domain=list(shown.values()), range=[_TIERS[name][0] for name in shown])),
        shape=alt.Shape("tier:N", title=None,
                        scale=alt.Scale(domain=list(shown.values()), range=[_TIERS[name][1] for name in shown])),
        tooltip=["gene:N", "peptide:N", "allele:N", alt.Tooltip("x:Q", title="rank %", format=".3g"), "tier:N"],
    )  # fmt: skip
    labels = base.mark_text(align="left", dx=6, dy=-6, fontSize=10.5, color=INK).encode(
        x=x, y=y, text="label:N"
    )
    diagonal = inline_chart([{"x": _LOWEST, "y": _LOWEST}, {"x": 8, "y": 8}])
    line = diagonal.mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(x="x:Q", y="y:Q")
    return alt.layer(line, dots, labels)


def _free_labels(x: NDArray[np.float64], y: NDArray[np.float64]) -> set[int]:
    """Which of the first points get a label, so that it lies upon no other label and no point."""
    chosen: list[int] = []
    width, height = _LABEL_SIZE
    for number in range(min(len(x), _N_LABEL)):
        right, up = x - x[number], y - y[number]
        hidden = (right > _POINT_SIZE) & (right < width) & (up > _POINT_SIZE / 2) & (up < height)
        if hidden.any():
            continue
        if all(abs(x[number] - x[i]) > width or abs(y[number] - y[i]) > height for i in chosen):
            chosen.append(number)
    return set(chosen)


def burden_by_pair(pairs: pd.DataFrame, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Variants with a class I binder of each pair: strong and weak, and marks for clonal ones and kept alleles.

    Args:
        pairs: a row a pair, as `biomarker`: patient_id, pair_id, timepoint, n_neoantigen, n_neoantigen_strong,
            n_neoantigen_clonal, n_neoantigen_hla_loh_adj, n_neoantigen_status.
        flags: of the records.
    """
    labels = pair_labels(pairs)
    ok = pairs[(pairs["n_neoantigen_status"] == "ok") & pairs["n_neoantigen"].notna()]
    if ok.empty:
        return message("No pair has a neoantigen burden.")
    ok = ok.sort_values(["n_neoantigen", "pair_id"], ascending=[False, True])
    order = [labels[str(pair)] for pair in ok["pair_id"]]
    bars, marks = [], []
    for _, row in ok.iterrows():
        label, total, strong = (
            labels[str(row["pair_id"])],
            int(row["n_neoantigen"]),
            int(row["n_neoantigen_strong"]),
        )
        bars.append({"pair": label, "from": 0, "to": strong, "kind": "strong binder"})
        bars.append({"pair": label, "from": strong, "to": total, "kind": "weak binder"})
        for name, words in (
            ("n_neoantigen_clonal", "clonal"),
            ("n_neoantigen_hla_loh_adj", "by kept alleles"),
        ):
            if pd.notna(row[name]):
                marks.append({"pair": label, "n": int(row[name]), "kind": words})
    y = alt.Y(
        "pair:N",
        title=None,
        sort=order,
        axis=alt.Axis(ticks=False, domain=False, labelPadding=10, labels=len(order) <= MAX_LABELLED),
    )
    step = max(4.0, min(24.0, 900 / len(order)))
    point: dict[str, Any] = {"size": 3 * step, "stroke": "white", "strokeWidth": 0.7 if step > 12 else 0.3}
    top = max(int(ok["n_neoantigen"].max()), 1)
    scale = alt.Scale(domain=[0, top * 1.05], nice=False)
    size = {"width": 520, "height": max(int(step * len(order)), 48)}
    layers = [
        inline_chart(bars, **size).mark_bar(height=round(0.6 * step, 1)).encode(
            x=alt.X("from:Q", title="variants with a class I binder", scale=scale, axis=alt.Axis(tickMinStep=1)),
            x2="to:Q", y=y,
            color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=["strong binder", "weak binder"],
                            range=[BLUE, "#a9cfe6"]), legend=alt.Legend(orient="top")),
            tooltip=["pair:N", "kind:N", alt.Tooltip("to:Q", title="up to")],
        )
    ]  # fmt: skip
    if marks:
        layers.append(
            inline_chart(marks).mark_point(filled=True, opacity=1, **point).encode(
                x=alt.X("n:Q", scale=scale), y=y, tooltip=["pair:N", "kind:N", "n:Q"],
                shape=alt.Shape("kind:N", title=None, legend=alt.Legend(orient="top"),
                                scale=alt.Scale(domain=["clonal", "by kept alleles"], range=["diamond", "triangle-left"])),
                fill=alt.Fill("kind:N", title=None, legend=alt.Legend(orient="top"),
                              scale=alt.Scale(domain=["clonal", "by kept alleles"], range=[VERMILLION, ORANGE])),
            )
        )  # fmt: skip
    n_open = len(pairs) - len(ok)
    note = f"{n_open} not evaluable, not shown" if n_open else ""
    chart: alt.TopLevelMixin = (
        alt.layer(*layers)
        .resolve_scale(color="independent", fill="independent", shape="independent")
        .properties(title=titled("Predicted neoantigen burden", flags, note))
    )
    return chart
