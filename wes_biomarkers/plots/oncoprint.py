"""What is altered in whom: genes by tumours, with columns of the cohort above.

One path a gene and kind, neighbours joined: a few hundred marks whether there are 20 tumours or 10,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.plots.theme import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    inline_chart,
    message,
)
from wes_biomarkers.plots.words import explained

#: Kind of hit -> its name, colour, and place in the cell (top and height as shares of it), in the order of drawing:
#: copy number fills the cell, a mutation its middle, loss of heterozygosity runs along its foot.
KINDS: Mapping[str, tuple[str, str, float, float]] = {
    "amplification": ("Amplification", "#f2a48a", 0.0, 1.0),
    "deep_deletion": ("Deep deletion", "#8fc3e6", 0.0, 1.0),
    "loh": ("LOH", ORANGE, 0.84, 0.16),
    "other": ("Other change", GREEN, 0.3, 0.4),
    "hotspot": ("Hot-spot", VERMILLION, 0.22, 0.56),
    "truncating": ("Truncating", INK, 0.22, 0.56),
}
#: What a cell says of a gene that could not be evaluated there.
NOT_EVALUABLE = "not_evaluable"
#: Kinds from the one that sorts first.
_RANK = ("truncating", "hotspot", "other", "amplification", "deep_deletion", "loh")
#: Pixels: names left, shares right, rows and cells of genes and of tracks, the gap between, rows of the legend.
_LEFT, _RIGHT, _ROW, _CELL, _TRACK, _TRACK_CELL, _GAP, _KEY = 118, 52, 21, 17, 15, 11, 10, 19
#: Pixels of the longest bar of tumours with both copies hit, and the colour of those altered.
_BAR, _ALTERED = 60, "#c3ccd6"
_MUTED, _ASSESSED = "#52606d", "#e9edf1"
_LEVELS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, "#6b7785", "#8c6d31")
_RAMP = ("#edf3f8", "#c6dcec", "#90bfdd", "#4f9ac9", "#1c6fa8", "#0b4a75")


Level = tuple[str, str, NDArray[np.bool_]]


def oncoprint_chart(
    hits: pd.DataFrame,
    tumours: pd.DataFrame,
    genes: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    *,
    tracks: Mapping[str, str] | None = None,
    sort: str = "",
    width: int = 900,
) -> alt.TopLevelMixin:
    """Genes from top to bottom, tumours from left to right in the staircase of `tumour_order`.

    The chart's `usermeta` tells where everything lies, for pages that answer the pointer: {left, top, step, row, track,
    width, height, order}, in pixels of the plot; `order` holds places in `tumours`, joined by commas:
    the chart library takes a long time over long lists.

    Args:
        hits: gene, tumour, kinds (of `KINDS`, joined by semicolons, or `not_evaluable`); unaltered cells are left out.
        tumours: tumour (all different), and the columns of `tracks`.
        genes: gene, n_altered, n_known (tumours), drawn in this order; with n_biallelic, a bar on the right tells how
            many of the altered have both copies hit.
        title: names the tumours.
        flags: of the data.
        tracks: column of `tumours` -> its heading; numbers are shaded in six steps, words coloured.
        sort: the track to group by first; empty for none.
        width: of everything in pixels.
    """
    if genes.empty or tumours.empty:
        return message("No gene is altered in any tumour.")
    tracks = tracks or {}
    bits, unknown = _matrix(hits, tumours, genes)
    order = tumour_order(bits, tumours[sort] if sort in tracks else None)
    n = len(order)
    with_both = "n_biallelic" in genes
    step = min((width - _LEFT - _RIGHT - (_BAR + 24 if with_both else 0)) / n, 26.0)
    top = len(tracks) * _TRACK + (_GAP if tracks else 0)
    drawn = _Drawn(step, n)
    levels = {name: _levels(tumours[name]) for name in tracks}
    for row, (name, heading) in enumerate(tracks.items()):
        drawn.text("track", _LEFT - 10, row * _TRACK + _TRACK_CELL - 1.5, _cut(heading.split(",")[0]))
        for _, colour, cells in levels[name]:
            drawn.path(cells[order], colour, row * _TRACK, _TRACK_CELL)
    for row, gene in enumerate(genes.to_dict("records")):
        y = top + row * _ROW
        drawn.text("gene", _LEFT - 10, y + _CELL - 4.5, _cut(str(gene["gene"])))
        drawn.text("share", _LEFT + step * n + 8, y + _CELL - 4.5, _share(gene["n_altered"], gene["n_known"]))
        if with_both:
            drawn.bar(_LEFT + step * n + _RIGHT, y, gene, max(1, int(genes["n_altered"].max())))
        drawn.path(~unknown[row][order], _ASSESSED, y, _CELL)
        for kind, (_, colour, start, high) in KINDS.items():
            here = bits[row][order] >> _RANK.index(kind) & 1 > 0
            drawn.path(here, colour, round(y + start * _CELL, 2), round(high * _CELL, 2))
    grid = top + len(genes) * _ROW
    keys = _keys(bits, tumours, tracks, levels)
    if with_both:
        keys.append(("Tumours", [("altered", _ALTERED), ("both copies hit", INK)]))
    height = _legend(drawn, keys, grid + 14, width)
    place = {"left": _LEFT, "top": top, "step": step, "row": _ROW, "track": _TRACK, "width": width,
             "height": height, "order": ",".join(map(str, order.tolist()))}  # fmt: skip
    note = f"{n:,} tumours; white: not evaluable" if unknown.any() else f"{n:,} tumours"
    return alt.layer(*drawn.layers(width, height)).properties(
        title=explained(title, flags, note, width=width), usermeta={"oncoprint": place}
    )


def tumour_order(bits: NDArray[np.int64], by: pd.Series | None = None) -> NDArray[np.int64]:
    """The memo sort: tumours by the first gene's alterations, ties by the second's, and so on.

    Exclusive genes then step down like a staircase. What could not be evaluated counts as unaltered.

    Args:
        bits: sum of 2**place over the kinds of hits, shape (genes, tumours), places from the kind that comes first.
        by: a track to group by before that; unknown comes last.
    """
    first = np.full(bits.shape, len(_RANK), np.int64)
    for place in reversed(range(len(_RANK))):
        first[bits >> place & 1 > 0] = place
    keys = list(first[::-1])
    if by is not None:
        numbers = pd.api.types.is_numeric_dtype(by)
        ranks = by.astype("Float64") if numbers else by.astype("string")
        keys.append(ranks.rank(method="dense", na_option="bottom").to_numpy(np.float64))
    return np.lexsort(keys).astype(np.int64)


@dataclass
class _Drawn:
    """What is drawn, in pixels: paths of rectangles, and texts by where they stand; n columns, `step` apart."""

    step: float
    n: int
    paths: list[dict[str, object]] = field(default_factory=list)
    texts: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    @cached_property
    def _columns(self) -> tuple[list[str], list[str]]:
        """Where each column begins, and how wide so many of them are; told apart by eye, each keeps a gap."""
        begins = _LEFT + np.arange(self.n) * self.step
        widths = np.arange(self.n + 1) * self.step - self._gap
        return [f"{x:g}" for x in begins.round(2).tolist()], [
            f"{width:g}" for width in widths.round(2).tolist()
        ]

    @property
    def _gap(self) -> float:
        return 1.2 if self.step > 5 else 0.0

    def path(self, where: NDArray[np.bool_], colour: str, y: float, height: float) -> None:
        """Rectangles over the columns where it is so; neighbours are joined where they keep no gap."""
        if self._gap:
            begin = np.flatnonzero(where)
            runs = np.column_stack((begin, begin + 1))
        else:
            runs = np.flatnonzero(np.diff(where, prepend=False, append=False)).reshape(-1, 2)
        begins, widths = self._columns
        self._add([(begins[a], widths[b - a]) for a, b in runs.tolist()], colour, y, height)

    def bar(self, x: float, y: float, gene: Mapping[Any, Any], most: int) -> None:
        """Tumours altered, and of these with both copies hit: its length against that of `most` tumours."""
        for column, colour, top, high in (
            ("n_altered", _ALTERED, 3.0, _CELL - 6.0),
            ("n_biallelic", INK, 6.0, _CELL - 12.0),
        ):
            if gene[column]:
                self.box(x, _BAR * gene[column] / most, colour, y + top, high)
        self.text("share", x + _BAR * gene["n_altered"] / most + 4, y + _CELL - 4.5, str(gene["n_biallelic"]))

    def box(self, x: float, width: float, colour: str, y: float, height: float) -> None:
        """One rectangle."""
        self._add([(f"{round(x, 2):g}", f"{width:g}")], colour, y, height)

    def _add(self, boxes: Sequence[tuple[str, str]], colour: str, y: float, height: float) -> None:
        path = "".join([f"M{x},{y:g}h{width}v{height:g}h-{width}z" for x, width in boxes])
        if path:
            self.paths.append({"path": path, "fill": colour})

    def text(self, kind: str, x: float, y: float, text: str) -> None:
        """A word of a kind at a place, in pixels."""
        self.texts.setdefault(kind, []).append({"x": x, "y": y, "text": text})

    def layers(self, width: int, height: int) -> list[Any]:
        """The marks. A shape of size 4 is a path in pixels."""
        look: dict[str, dict[str, Any]] = {
            "track": {"align": "right", "fontSize": 11.5, "color": _MUTED},
            "gene": {"align": "right", "fontSize": 12.5, "color": INK, "fontStyle": "italic"},
            "share": {"align": "left", "fontSize": 12, "color": _MUTED},
            "key": {"align": "left", "fontSize": 11.5, "color": _MUTED, "fontWeight": 600},
            "item": {"align": "left", "fontSize": 11.5, "color": INK},
        }
        shapes = inline_chart(self.paths, width=width, height=height).mark_point(
            filled=True, size=4, opacity=1, strokeWidth=0
        )
        found: list[Any] = [
            shapes.encode(
                x=alt.value(0), y=alt.value(0), shape=alt.Shape("path:N", scale=None),
                color=alt.Color("fill:N", scale=None),
            )
        ]  # fmt: skip
        for kind, rows in self.texts.items():
            base = inline_chart(rows).mark_text(baseline="alphabetic", **look[kind])
            x, y = (
                alt_of(f"{name}:Q", scale=None, axis=None) for name, alt_of in (("x", alt.X), ("y", alt.Y))
            )
            found.append(base.encode(x=x, y=y, text="text:N"))
        return found


def _matrix(
    hits: pd.DataFrame, tumours: pd.DataFrame, genes: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Bits of the kinds in each cell by `_RANK`, and where it could not be evaluated; (genes, tumours) both."""
    shape = (len(genes), len(tumours))
    bits, unknown = np.zeros(shape, np.int64), np.zeros(shape, bool)
    row = pd.Index(genes["gene"]).get_indexer(pd.Index(hits["gene"]))
    column = pd.Index(tumours["tumour"]).get_indexer(pd.Index(hits["tumour"]))
    kinds = hits["kinds"].to_numpy(object)
    worth = {
        each: sum(1 << _RANK.index(kind) for kind in set(str(each).split(";")) if kind in _RANK)
        for each in set(kinds)
    }
    here = (row >= 0) & (column >= 0)
    bits[row[here], column[here]] = [worth[each] for each in kinds[here]]
    lost = here & (kinds == NOT_EVALUABLE)
    unknown[row[lost], column[lost]] = True
    return bits, unknown


def _levels(values: pd.Series) -> list[Level]:
    """(name, colour, which tumours) of each level of a track; six of equal size without names of numbers."""
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("Float64").to_numpy(np.float64, na_value=np.nan)
        known = np.sort(numbers[~np.isnan(numbers)])
        if not len(known):
            return []
        cuts = known[[len(known) * at // len(_RAMP) for at in range(1, len(_RAMP))]]
        shade = np.where(np.isnan(numbers), -1, np.searchsorted(cuts, numbers, side="right"))
        return [("", colour, shade == at) for at, colour in enumerate(_RAMP)]
    words = values.astype("string")
    return [
        (
            str(level).replace("_", " "),
            _LEVELS[at % len(_LEVELS)],
            (words == level).fillna(False).to_numpy(bool),
        )
        for at, level in enumerate(sorted(words.dropna().unique()))
    ]


def _keys(
    bits: NDArray[np.int64],
    tumours: pd.DataFrame,
    tracks: Mapping[str, str],
    levels: Mapping[str, list[Level]],
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The legend: headings, each with its (name, colour); a name without colour stands beside the next."""
    kinds = [
        (name, colour) for kind, (name, colour, *_) in KINDS.items() if (bits >> _RANK.index(kind) & 1).any()
    ]
    found = [("Alteration", kinds)] if kinds else []
    for column, heading in tracks.items():
        items = [(name, colour) for name, colour, _ in levels[column]]
        if items and pd.api.types.is_numeric_dtype(tumours[column]):
            least, most = (f"{value:.3g}" for value in (tumours[column].min(), tumours[column].max()))
            items = [(least, ""), *items, (most, "")]
        found += [(heading, items)] if items else []
    return found


def _legend(
    drawn: _Drawn, keys: Sequence[tuple[str, Sequence[tuple[str, str]]]], y: float, width: int
) -> int:
    """Draw the headings with their colours in lines; the height of all."""
    x = 0.0
    for heading, items in keys:
        long = (
            _wide(heading)
            + 18
            + sum(11 * bool(colour) + (_wide(name) + 16 if name else 0) for name, colour in items)
        )
        if x and x + long > width:
            x, y = 0.0, y + _KEY
        drawn.text("key", x, y + 10, heading)
        x += _wide(heading) + 8
        for name, colour in items:
            if colour:
                drawn.box(x, 11.0, colour, y, 11.0)
                x += 11
            if name:
                drawn.text("item", x + 4, y + 10, name)
                x += _wide(name) + 12
        x += 12
    return round(y + _KEY)


def _wide(text: str) -> float:
    """About how wide a text of the legend is, in pixels."""
    return 6.2 * len(text) + 3


def _share(part: Any, whole: Any) -> str:
    return f"{round(100 * part / whole)} %" if pd.notna(part) and pd.notna(whole) and whole else "–"


def _cut(text: str) -> str:
    return text if len(text) <= 17 else f"{text[:16]}…"
