"""Charts of clonality: cancer cell fractions of one tumour, of two time points against each other, and over samples."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.theme import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILLION,
    inline_chart,
    message,
    titled,
)

_CLASS_COLOURS = {"clonal": BLUE, "subclonal": ORANGE}
_CHANGE_COLOURS = {"kept": BLUE, "gained": VERMILLION, "lost": ORANGE, "unknown": GREY}
_CHANGE_SHAPES = {"kept": "circle", "gained": "triangle-up", "lost": "triangle-down", "unknown": "cross"}
_N_BIN = 20


def ccf_histogram(mutations: pd.DataFrame, title: str, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """How many mutations have which cancer cell fraction, clonal and subclonal apart, clusters as marks below.

    Args:
        mutations: of one pair, as clonality.tsv: ccf, clonality, cluster.
        title: names the pair.
        flags: of the record.
    """
    known = mutations[mutations["ccf"].notna()]
    if known.empty:
        return message("No mutation has a cancer cell fraction.")
    n_open = len(mutations) - len(known)
    sizes = known["clonality"].value_counts()
    names = {name: f"{name} (n = {sizes.get(name, 0)})" for name in _CLASS_COLOURS}
    rows = []
    for name, members in known.groupby("clonality"):
        counts, edges = np.histogram(members["ccf"], bins=_N_BIN, range=(0, 1))
        rows += [
            {"from": low, "to": high, "n": n, "class": names[str(name)]}
            for low, high, n in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
            if n
        ]
    x = alt.X(
        "from:Q",
        bin="binned",
        title="cancer cell fraction",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f", grid=False),
    )
    bars = (
        inline_chart(rows, width=460, height=220)
        .mark_bar(stroke="white", strokeWidth=0.6)
        .encode(
            x=x,
            x2="to:Q",
            y=alt.Y("n:Q", title="mutations", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "class:N",
                title=None,
                scale=alt.Scale(domain=list(names.values()), range=list(_CLASS_COLOURS.values())),
                legend=alt.Legend(orient="top-left", fillColor="white"),
            ),
            tooltip=[
                "class:N",
                alt.Tooltip("from:Q", format=".2f"),
                alt.Tooltip("to:Q", format=".2f"),
                "n:Q",
            ],
        )
    )
    marks = _cluster_marks(known)
    notes = [
        "marks above: median of each cluster" if marks else "",
        f"{n_open} indeterminate, not shown" if n_open else "",
    ]
    layers = [bars] if marks is None else [bars, marks]
    return alt.layer(*layers).properties(title=titled(title, flags, "; ".join(filter(None, notes))))


def _cluster_marks(known: pd.DataFrame) -> alt.Chart | None:
    """A triangle at the median fraction of each cluster."""
    middles = known[known["cluster"].notna()].groupby("cluster")["ccf"].median()
    if middles.empty:
        return None
    numbers = [int(number) for number in middles.index]
    rows = [{"ccf": ccf, "cluster": number} for number, ccf in zip(numbers, middles.tolist(), strict=True)]
    chart: alt.Chart = (
        inline_chart(rows)
        .mark_point(shape="triangle-down", filled=True, size=70, color=INK, opacity=1)
        .encode(x="ccf:Q", y=alt.value(-7), tooltip=["cluster:N", alt.Tooltip("ccf:Q", format=".2f")])
    )
    return chart


def ccf_between(
    mutations: pd.DataFrame, pairs: tuple[str, str], names: tuple[str, str], flags: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Cancer cell fractions at two time points against each other; a mutation not found lies at 0.

    Args:
        mutations: of a patient, as the clonality.tsv of several pairs: pair_id, chrom, start, ref, alt, ccf, change.
        pairs: ids of the earlier and the later pair.
        names: of the two time points.
        flags: of the records.
    """
    earlier, later = names
    known = _between(mutations, pairs)
    if known.empty:
        return message("No mutation of either time point has a cancer cell fraction.")
    sizes = known["change"].value_counts()
    shown = [name for name in _CHANGE_COLOURS if sizes.get(name, 0)]
    labels = {name: f"{name} (n = {sizes[name]})" for name in shown}
    rows = [
        {"x": float(x), "y": float(y), "change": labels[change]}
        for x, y, change in zip(
            known["ccf_earlier"].fillna(0), known["ccf_later"].fillna(0), known["change"], strict=True
        )
    ]
    scale = alt.Scale(domain=[-0.03, 1.03], nice=False)
    axis = alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f")
    domain = list(labels.values())
    diagonal = inline_chart([{"x": 0, "y": 0}, {"x": 1, "y": 1}], width=320, height=320)
    points = inline_chart(rows, width=320, height=320)
    layers = (
        diagonal.mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1).encode(
            x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale)
        ),
        points.mark_point(filled=True, size=55, opacity=0.65, stroke="white", strokeWidth=0.5).encode(
            x=alt.X("x:Q", title=f"cancer cell fraction, {earlier}", scale=scale, axis=axis),
            y=alt.Y("y:Q", title=f"cancer cell fraction, {later}", scale=scale, axis=axis),
            color=alt.Color(
                "change:N",
                title=None,
                scale=alt.Scale(domain=domain, range=[_CHANGE_COLOURS[name] for name in shown]),
                legend=alt.Legend(symbolOpacity=1),
            ),
            shape=alt.Shape(
                "change:N",
                title=None,
                scale=alt.Scale(domain=domain, range=[_CHANGE_SHAPES[name] for name in shown]),
            ),
            tooltip=["change:N", alt.Tooltip("x:Q", format=".2f"), alt.Tooltip("y:Q", format=".2f")],
        ),
    )
    note = "unknown: not found, where it might have been missed; not found is drawn at 0"
    return alt.layer(*layers).properties(title=titled(f"Mutations from {earlier} to {later}", flags, note))


def followed_chart(samples: pd.DataFrame, title: str, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Mean allele fraction of the first sample's mutations in it and in the later ones.

    Args:
        samples: in the order of time: label (day or number of the sample, all different), words (beside the mark), n
            (mutations of the first sample), n_shared (of them found here), mean_vaf (one not found counts as 0).
        title: names the patient.
        flags: of the data.
    """
    if samples.empty:
        return message("No sample.")
    rows = [
        {"sample": str(row["label"]), "words": str(row["words"]), "mean": float(row["mean_vaf"]),
         "found": int(row["n_shared"]), "of": int(row["n"])}
        for row in samples.to_dict("records")
    ]  # fmt: skip
    base = inline_chart(rows, width=460, height=200)
    x = alt.X("sample:O", title=None, sort=[str(row["sample"]) for row in rows], axis=alt.Axis(labelAngle=0))
    top = max(float(str(row["mean"])) for row in rows) or 1.0
    y = alt.Y("mean:Q", title="mean allele fraction", scale=alt.Scale(domain=[0, 1.15 * top]),
              axis=alt.Axis(tickCount=4))  # fmt: skip
    tooltip = ["words:N", alt.Tooltip("found:Q", title="mutations found"),
               alt.Tooltip("of:Q", title="of the first sample's"), alt.Tooltip("mean:Q", format=".3f")]  # fmt: skip
    return alt.layer(
        base.mark_line(color=PURPLE).encode(x=x, y=y),
        base.mark_point(filled=True, size=90, color=PURPLE, opacity=1).encode(x=x, y=y, tooltip=tooltip),
        base.mark_text(dy=-13, fontSize=11.5, color=INK).encode(x=x, y=y, text="words:N"),
    ).properties(title=titled(title, flags, "a mutation not called in a sample counts as 0"))


def _between(mutations: pd.DataFrame, pairs: tuple[str, str]) -> pd.DataFrame:
    """ccf_earlier, ccf_later and change of each mutation; kept ones need both fractions, others the one found."""
    key = ["chrom", "start", "ref", "alt"]
    first, second = (mutations[mutations["pair_id"] == pair].set_index(key) for pair in pairs)
    joined = pd.DataFrame({"ccf_later": second["ccf"], "change": second["change"]}).join(
        first["ccf"].rename("ccf_earlier"), how="left"
    )
    fractions = joined[["ccf_earlier", "ccf_later"]].notna()
    enough = fractions.any(axis=1) & (fractions.all(axis=1) | (joined["change"] != "kept"))
    return joined[enough & joined["change"].notna()]
