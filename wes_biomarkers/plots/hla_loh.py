"""Charts of HLA loss: copies of both alleles along the places where they differ; who lost which locus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels
from wes_biomarkers.plots.theme import BLUE, GREY, INK, ORANGE, VERMILLION, inline_chart, message, titled

_COLOURS = (BLUE, ORANGE)
_SHAPES = ("circle", "triangle-up")
#: Pairs of the normal over a place, below which its ratio is left out of the picture.
_MIN_NORMAL = 5
_MAX_COPIES = 6
_STATE_WORDS = {"kept": "both alleles kept", "review": "for review", "not_evaluable": "not evaluable"}
#: State of a locus -> fill and ink of its cell in the cohort's chart.
_STATE_COLOURS = {
    "loss": (VERMILLION, "white"),
    "review": (ORANGE, INK),
    "kept": ("#cfe3f1", INK),
    "homozygous": ("#e6e9ed", "#52606d"),
    "not_evaluable": ("white", "#52606d"),
}


def hla_loh_panels(
    loci: pd.DataFrame, sites: pd.DataFrame, title: str, flags: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """A panel a heterozygous locus: each place where the alleles differ, the estimate and its interval.

    Args:
        loci: of one pair, as hla_loh.tsv.
        sites: of the pair, as the table of places.
        title: names the pair.
        flags: of the record.
    """
    shown = loci[loci["cn_1"].notna()]
    left_out = [f"{row['locus']} {_words(row)}" for row in _rows(loci[loci["cn_1"].isna()])]
    if shown.empty:
        return message("; ".join(left_out) or "No class I locus was typed.")
    panels = [_panel(row, sites[sites["locus"] == row["locus"]]) for row in _rows(shown)]
    note = "points: single places; line and band: all reads of the allele, with the 95 % interval"
    return alt.vconcat(*panels, spacing=22).properties(title=titled(title, flags, note, "; ".join(left_out)))


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False)]


def _words(row: dict[str, Any]) -> str:
    """State of a locus in words."""
    if row["state"] == "loss":
        return f"lost {row['lost_allele']}"
    return _STATE_WORDS.get(row["state"], str(row["state"]))


def _panel(row: dict[str, Any], sites: pd.DataFrame) -> Any:
    names = [row["allele_1"], row["allele_2"]]
    own = sites[(sites["n_read_normal"] >= _MIN_NORMAL) & sites["copies"].notna()]
    points = [
        {
            "position": site["position"] + 1,
            "copies": min(site["copies"], _MAX_COPIES),
            "allele": site["allele"],
        }
        for site in _rows(own)
    ]
    end = max((int(point["position"]) for point in points), default=1000) * 1.02
    estimates = [
        {
            "allele": row[f"allele_{n}"],
            "copies": row[f"cn_{n}"],
            "low": row[f"cn_{n}_low"],
            "high": min(row[f"cn_{n}_high"], _MAX_COPIES),
            "start": 0,
            "end": end,
        }
        for n in (1, 2)
    ]
    colour = alt.Color("allele:N", scale=alt.Scale(domain=names, range=_COLOURS), legend=None)
    x = alt.X("start:Q", title="base of the coding sequence", scale=alt.Scale(domain=[0, end], nice=False),
              axis=alt.Axis(grid=False))  # fmt: skip
    top = max(2.5, *(point["copies"] for point in points), *(row["high"] for row in estimates))
    scale = alt.Scale(domain=[-1, top], nice=False)
    y = alt.Y(
        "copies:Q", title="copies in tumour cells", scale=scale, axis=alt.Axis(tickMinStep=1, format="d")
    )
    size = {"width": 560, "height": 150}
    band = inline_chart(estimates, **size).mark_rect(opacity=0.18).encode(
        x=x, x2="end:Q", y=alt.Y("low:Q", scale=scale, title="copies in tumour cells"), y2="high:Q", color=colour
    )  # fmt: skip
    zero = inline_chart([{"copies": 0}]).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y=y)
    dots = inline_chart(points).mark_point(filled=True, size=42, opacity=0.75).encode(
        x=alt.X("position:Q"), y=y, color=colour,
        shape=alt.Shape("allele:N", scale=alt.Scale(domain=names, range=_SHAPES), legend=None),
        tooltip=["allele:N", "position:Q", alt.Tooltip("copies:Q", format=".2f")],
    )  # fmt: skip
    lines = inline_chart(estimates).mark_rule(strokeWidth=2).encode(x=x, x2="end:Q", y=y, color=colour)
    labels = inline_chart(_labels(estimates)).mark_text(align="left", dx=6, fontSize=12, color=INK).encode(
        x=alt.X("end:Q"), y=alt.Y("label:Q", scale=scale), text="text:N", color=colour
    )  # fmt: skip
    p_value = f"p = {row['p_value']:.2g}"
    title = alt.TitleParams(f"HLA-{row['locus']}: {_words(row)}, {p_value}", fontSize=13, offset=6)
    return alt.layer(band, zero, lines, dots, labels).properties(title=title)


def _labels(estimates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names with copies beside the lines, kept apart where the lines are near."""
    low, high = sorted(estimates, key=lambda row: row["copies"])
    push = max(0.0, 0.5 - (high["copies"] - low["copies"])) / 2
    return [
        {
            "allele": row["allele"],
            "end": row["end"],
            "label": min(row["copies"], _MAX_COPIES) + shift,
            "text": f"{row['allele']}  {row['copies']:.1f}",
        }
        for row, shift in ((low, -push), (high, push))
    ]


def loss_by_pair(loci: pd.DataFrame, pairs: pd.DataFrame, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Class I loci of each pair by their state, lost alleles by name; of many pairs the states of each locus, counted.

    Args:
        loci: as the cohort's table `hla_loh`: pair_id, locus, state, lost_allele.
        pairs: a row a pair, as `biomarker`: patient_id, pair_id, timepoint.
        flags: of the records.
    """
    if loci.empty:
        return message("No tumour was examined for HLA loss.")
    labels = pair_labels(pairs)
    n_open = len(labels) - loci["pair_id"].nunique()
    note = f"{n_open} not examined, not shown" if n_open else ""
    many = loci["pair_id"].nunique() > MAX_LABELLED
    chart: alt.TopLevelMixin = (_state_counts(loci) if many else _state_tiles(loci, labels)).properties(
        title=titled("Loss of HLA alleles", flags, note)
    )
    return chart


def _state_tiles(loci: pd.DataFrame, labels: dict[str, str]) -> Any:
    """A tile a pair and locus."""
    cells = [
        {
            "pair": labels[str(row["pair_id"])],
            "locus": f"HLA-{row['locus']}",
            "state": row["state"],
            "text": _words(row),
            "reason": row["reason"] if pd.notna(row["reason"]) else "",
        }
        for row in _rows(loci)
    ]
    examined = {cell["pair"] for cell in cells}
    order = [label for label in labels.values() if label in examined]
    loci_shown = sorted({cell["locus"] for cell in cells})
    fills, inks = zip(*_STATE_COLOURS.values(), strict=True)
    x = alt.X("locus:N", title=None, sort=loci_shown,
              axis=alt.Axis(orient="top", ticks=False, domain=False, labelAngle=0, labelPadding=8))  # fmt: skip
    y = alt.Y("pair:N", title=None, sort=order, axis=alt.Axis(ticks=False, domain=False, labelPadding=10))
    base = inline_chart(cells, width=170 * len(loci_shown), height=28 * len(order)).encode(
        x=x, y=y, tooltip=["pair:N", "locus:N", "text:N", "reason:N"]
    )
    tiles = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "state:N", legend=None, scale=alt.Scale(domain=list(_STATE_COLOURS), range=list(fills))
        )
    )
    words = base.mark_text(fontSize=11.5).encode(
        text="text:N",
        color=alt.Color(
            "state:N", legend=None, scale=alt.Scale(domain=list(_STATE_COLOURS), range=list(inks))
        ),
    )
    return alt.layer(tiles, words).resolve_scale(color="independent")


def _state_counts(loci: pd.DataFrame) -> Any:
    """A bar a locus, of its states."""
    words = {
        name: _STATE_WORDS.get(name, "an allele lost" if name == "loss" else name) for name in _STATE_COLOURS
    }
    place = {name: at for at, name in enumerate(_STATE_COLOURS)}
    counts = loci.groupby(["locus", "state"]).size().reset_index(name="n")
    bars = [
        {
            "locus": f"HLA-{row['locus']}",
            "state": words[row["state"]],
            "n": row["n"],
            "place": place[row["state"]],
        }
        for row in _rows(counts)
    ]
    met = [name for name in _STATE_COLOURS if (loci["state"] == name).any()]
    scale = alt.Scale(domain=[words[name] for name in met], range=[_STATE_COLOURS[name][0] for name in met])
    bar = inline_chart(bars, width=520, height=40 * int(counts["locus"].nunique())).mark_bar(
        height=24, stroke="#c4cbd3", strokeWidth=0.5
    )
    return bar.encode(
        x=alt.X("n:Q", title="pairs", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("locus:N", title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=10)),
        color=alt.Color("state:N", title=None, scale=scale, legend=alt.Legend(orient="top")),
        order=alt.Order("place:Q"),
        tooltip=["locus:N", "state:N", "n:Q"],
    )
