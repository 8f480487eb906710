"""A chart of HLA typing: the read pairs behind the types of each locus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from wes_biomarkers.features.hla_types import LocusType, Types
from wes_biomarkers.plots.theme import BLUE, GREY, INK, ORANGE, inline_chart, message, titled

_PARTS = ("of the first allele", "of both alike", "of the second allele")
_COLOURS = (BLUE, "#c9d0d8", ORANGE)


def support_chart(types: Types, title: str, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Read pairs of each locus: of the first allele alone, of both alike, of the second alone; the type beside.

    Args:
        types: as typed from reads; loci without counts show their words alone.
        title: names the sample.
        flags: of the record.
    """
    if not types:
        return message("No HLA locus was typed.")
    bars: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for locus, found in types.items():
        counts = (found.n_read_1 or 0, found.n_read_shared or 0, found.n_read_2 or 0)
        at = 0
        for order, (part, count) in enumerate(zip(_PARTS, counts, strict=True)):
            if count and found.alleles:
                bars.append(
                    {"locus": locus, "from": at, "to": at + count, "n": count, "part": part, "order": order}
                )
                at += count
        words.append({"locus": locus, "at": at, "type": _words(found), "known": found.alleles is not None})
    y = alt.Y("locus:N", sort=list(types), title=None, axis=alt.Axis(ticks=False, domain=False))
    top = max(1, *(row["at"] for row in words))
    x = alt.X(
        "from:Q",
        title="read pairs",
        scale=alt.Scale(domain=[0, top], nice=True),
        axis=alt.Axis(tickMinStep=1, tickCount=5),
    )
    colour = alt.Color(
        "part:N",
        title=None,
        scale=alt.Scale(domain=list(_PARTS), range=list(_COLOURS)),
        legend=alt.Legend(orient="top", direction="horizontal"),
    )
    size = {"width": 360, "height": 26 * len(types)}
    support = (
        inline_chart(bars, **size)
        .mark_bar(height=14)
        .encode(x=x, x2="to:Q", y=y, color=colour, tooltip=["locus:N", "part:N", "n:Q"])
    )
    labels = (
        inline_chart(words, **size)
        .mark_text(align="left", fontSize=12)
        .encode(
            x=alt.value(372),
            y=y,
            text="type:N",
            color=alt.condition("datum.known", alt.value(INK), alt.value(GREY)),
        )
    )
    note = "bars: read pairs over the scored exons; right: type, confidence and margin over the runner-up"
    return alt.layer(*([support] if bars else []), labels).properties(title=titled(title, flags, note))


def _words(found: LocusType) -> str:
    if found.alleles is None:
        return f"not evaluable: {found.reason}" if found.reason else "not evaluable"
    names = " / ".join(str(allele.two_field) for allele in found.alleles)
    margin = "" if found.margin is None else f", {found.margin:.0f}"
    return f"{names}   {found.confidence}{margin}" if found.confidence else f"{names}   {found.source}"
