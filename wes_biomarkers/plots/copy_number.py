"""Charts of copy number: one tumour's genome, and a cohort's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.allele_segments import Bins, HetSites
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.plots.theme import BLUE, INK, ORANGE, VERMILLION, inline_chart, message, titled

_WIDTH = 860
#: Points drawn of bins and of sites; more are averaged, or thinned.
_MAX_POINTS = 4000
#: Log ratios beyond are drawn at the edge.
_LOG2_LIMIT = 3.0
#: Full colour of the heat map, in log2.
_HEAT_LIMIT = 1.0
_DARK, _LIGHT = "#8a94a0", "#bcc3cb"


@dataclass(frozen=True)
class Layout:
    """Contigs side by side: the place of each contig's first base on a common axis, and its length."""

    offset: Mapping[str, int]
    length: Mapping[str, int]

    @classmethod
    def of(cls, chrom: NDArray[Any], end: NDArray[Any]) -> Layout:
        """The contigs in order of appearance, each as long as what lies on it."""
        length = {str(name): 0 for name in chrom.tolist()}
        for name, last in zip(chrom.tolist(), end.tolist(), strict=True):
            length[name] = max(length[name], int(last))
        starts = np.cumsum([0, *length.values()])[:-1]
        return cls(dict(zip(length, starts.tolist(), strict=True)), length)

    @property
    def end(self) -> int:
        """Length of the axis in bases."""
        return sum(self.length.values())

    def place(self, chrom: NDArray[Any], position: NDArray[Any]) -> NDArray[np.float64]:
        """Positions on the common axis; NaN on contigs it lacks."""
        offsets = [self.offset.get(name, np.nan) for name in chrom.tolist()]
        places: NDArray[np.float64] = np.asarray(offsets, float) + position
        return places

    def is_odd(self, chrom: NDArray[Any]) -> NDArray[np.bool_]:
        """Every other contig."""
        rank = {name: at % 2 == 1 for at, name in enumerate(self.offset)}
        return np.array([rank.get(name, False) for name in chrom.tolist()], bool)

    def x(self, field: str = "x") -> alt.X:
        """The axis, without ticks: `frame` names the contigs."""
        scale = alt.Scale(domain=[0, self.end], nice=False, zero=True)
        return alt.X(f"{field}:Q", scale=scale, axis=None)

    def frame(self, height: int, names: bool, width: int = _WIDTH) -> Any:
        """Lines between contigs, and their names below."""
        rows = [
            {"x": start, "middle": start + self.length[name] / 2, "name": re.sub("^(chr|sim)", "", name)}
            for name, start in self.offset.items()
        ]
        base = inline_chart(rows, width=width, height=height)
        lines = base.mark_rule(color="#d5d9de", strokeWidth=1).encode(x=self.x())
        if not names:
            return alt.layer(lines)
        shown = [row for row in rows if self.length[self._name_at(row)] > self.end / 120]
        text = inline_chart(shown, width=width, height=height).mark_text(
            baseline="top", dy=6, fontSize=10, color=INK
        )
        return alt.layer(lines, text.encode(x=self.x("middle"), y=alt.value(height), text="name:N"))

    def _name_at(self, row: Mapping[str, object]) -> str:
        return next(name for name, start in self.offset.items() if start == row["x"])


def genome_profile(
    segments: Segments,
    bins: Bins | None,
    het: HetSites | None,
    records: Sequence[Record],
    flags: Sequence[str] = (),
) -> alt.TopLevelMixin:
    """Log ratios with segments above, allele fractions at the normal's heterozygous sites below.

    Bins and sites beyond 4,000 are averaged and thinned. The lines of allele fractions are the segments' BAF
    and 1 - BAF. The subtitle gives purity and ploidy, or why they are unknown.

    Args:
        segments: of one tumour.
        bins, het: what the segments were made from; None or empty draws segments alone.
        records: `purity` and `copy_number` of the tumour.
        flags: of the data, beside those of the records.
    """
    if not len(segments):
        return message("No segments.")
    layout = Layout.of(segments.chrom, segments.end)
    ratio = alt.layer(
        *_points(_bin_rows(layout, bins), layout, "log2"),
        layout.frame(210, names=False),
        _lines(_segment_rows(layout, segments, segments.log2, clip=True), layout, 210),
    )
    fraction = alt.layer(
        *_points(_site_rows(layout, het), layout, "fraction"),
        layout.frame(150, names=True),
        _lines(_segment_rows(layout, segments, segments.baf), layout, 150),
        _lines(_segment_rows(layout, segments, 1 - segments.baf), layout, 150),
    )
    shown = sorted({*flags, *(flag for record in records for flag in record.flags)})
    title = titled(
        f"Copy number of {records[0].pair_id}" if records else "Copy number", shown, *_notes(records)
    )
    return alt.vconcat(ratio, fraction, spacing=14).properties(title=title)


def copies_profile(
    segments: pd.DataFrame, title: str, flags: Sequence[str] = (), *, width: int = _WIDTH
) -> alt.TopLevelMixin:
    """Copies of both alleles along the genome, or the log2 ratio where no copies are known.

    Args:
        segments: rows of the table `segment` of one pair: chrom, start, end, log2, total_cn, minor_cn, cell_fraction;
            the last three may be left out.
        title: names the pair.
        flags: of the data.
        width: of the plot in pixels.
    """
    if segments.empty:
        return message("No segments.")
    ordered = segments.iloc[natural_order(segments["chrom"])]
    layout = Layout.of(ordered["chrom"].to_numpy(object), ordered["end"].to_numpy())
    start = layout.place(ordered["chrom"].to_numpy(object), ordered["start"].to_numpy())
    has_copies = "total_cn" in ordered and bool(ordered["total_cn"].notna().any())
    lines = {"total_cn": "all copies", "minor_cn": "minor allele"} if has_copies else {"log2": "log2 ratio"}
    told = [name for name in ("log2", "total_cn", "minor_cn", "cell_fraction") if name in ordered]
    rows = [
        {"line": name, "y": float(row[column]), "x": round(float(at)),
         "x2": round(float(at)) + int(row["end"] - row["start"]),
         "where": f"{row['chrom']}:{int(row['start']) + 1}-{int(row['end'])}",
         **{each: None if pd.isna(row[each]) else round(float(row[each]), 3) for each in told}}
        for column, name in lines.items() if column in ordered
        for at, row in zip(start, ordered.to_dict("records"), strict=True)
        if pd.notna(row[column])
    ]  # fmt: skip
    if not rows:
        return message("No segment has copies or a log2 ratio.")
    top = min(max(4.0, *(float(str(row["y"])) for row in rows)), 12.0)
    scale = (
        alt.Scale(domain=[-0.3, top + 0.3], nice=False, clamp=True) if has_copies else alt.Scale(domainMid=0)
    )
    y = alt.Y("y:Q", title="copies" if has_copies else "log2 ratio", scale=scale,
              axis=alt.Axis(tickMinStep=1 if has_copies else 0.1))  # fmt: skip
    shown = list(lines.values())
    colour = alt.Color("line:N", title=None, scale=alt.Scale(domain=shown, range=[BLUE, ORANGE][: len(shown)]),
                       legend=alt.Legend(orient="top") if has_copies else None)  # fmt: skip
    drawn = [
        inline_chart([row for row in rows if row["line"] == name], width=width, height=220)
        .mark_rule(strokeWidth=thick, strokeCap="butt")
        .encode(
            x=layout.x(), x2="x2:Q", y=y, color=colour, tooltip=["where:N", *(f"{each}:Q" for each in told)]
        )
        for name, thick in zip(shown, (5, 3), strict=False)
    ]
    return alt.layer(layout.frame(220, names=True, width=width), *drawn).properties(
        title=titled(title, flags)
    )


def natural_order(names: pd.Series) -> list[int]:
    """Places of contigs in the order readers know: numbers as numbers, then letters; rows of one contig as they stand."""
    parts = [
        [
            (not part.isdigit(), int(part) if part.isdigit() else 0, part)
            for part in re.split(r"(\d+)", str(name))
            if part
        ]
        for name in names
    ]
    return sorted(range(len(parts)), key=lambda at: parts[at])


def _y(field: str) -> alt.Y:
    if field == "log2":
        scale = alt.Scale(domain=[-_LOG2_LIMIT, _LOG2_LIMIT], nice=False)
        return alt.Y("y:Q", scale=scale, title="log2 ratio", axis=alt.Axis(values=[-3, -2, -1, 0, 1, 2, 3]))
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2f")
    return alt.Y("y:Q", scale=alt.Scale(domain=[0, 1]), title="alternate allele fraction", axis=axis)


def _points(rows: list[dict[str, object]], layout: Layout, field: str) -> list[alt.Chart]:
    base = inline_chart(rows, width=_WIDTH, height=210 if field == "log2" else 150)
    colour = alt.Color("odd:N", scale=alt.Scale(domain=[False, True], range=[_DARK, _LIGHT]), legend=None)
    return [base.mark_circle(size=9, opacity=0.6).encode(x=layout.x(), y=_y(field), color=colour)]


def _lines(rows: list[dict[str, object]], layout: Layout, height: int) -> alt.Chart:
    base = inline_chart(rows, width=_WIDTH, height=height)
    tooltip = [
        alt.Tooltip("where:N", title="segment"),
        alt.Tooltip("log2:Q", format=".2f"),
        alt.Tooltip("copies:N", title="copies (total, minor)"),
    ]
    y = _y("log2" if height == 210 else "fraction")
    chart: alt.Chart = base.mark_rule(strokeWidth=3, color=VERMILLION, strokeCap="butt").encode(
        x=layout.x(), x2="x2:Q", y=y, tooltip=tooltip
    )
    return chart


def _bin_rows(layout: Layout, bins: Bins | None) -> list[dict[str, object]]:
    """Bins as points; groups of neighbours on a contig are averaged when there are too many."""
    if bins is None or not len(bins):
        return []
    size = -(-len(bins) // _MAX_POINTS)
    places = layout.place(bins.chrom, bins.middle)
    frame = pd.DataFrame({"x": places, "y": bins.log2, "odd": layout.is_odd(bins.chrom), "chrom": bins.chrom})
    frame = frame[frame["x"].notna()]
    group = frame.groupby("chrom", sort=False).cumcount() // size
    mean = frame.groupby([frame["chrom"], group], sort=False)[["x", "y", "odd"]].mean()
    mean["y"] = mean["y"].clip(-_LOG2_LIMIT, _LOG2_LIMIT)
    return _plain(mean["x"], mean["y"], mean["odd"] > 0.5)


def _site_rows(layout: Layout, het: HetSites | None) -> list[dict[str, object]]:
    if het is None or not len(het):
        return []
    every = het.where(np.arange(0, len(het), -(-len(het) // _MAX_POINTS)))
    places = layout.place(every.chrom, every.pos)
    shown = every.where(~np.isnan(places))
    fraction = shown.t_alt / (shown.t_ref + shown.t_alt)
    return _plain(places[~np.isnan(places)], fraction, layout.is_odd(shown.chrom))


def _plain(x: Any, y: Any, odd: Any) -> list[dict[str, object]]:
    return [
        {"x": round(float(a)), "y": round(float(b), 3), "odd": bool(c)}
        for a, b, c in zip(x, y, odd, strict=True)
    ]


def _segment_rows(
    layout: Layout, segments: Segments, value: NDArray[np.float64], *, clip: bool = False
) -> list[dict[str, object]]:
    """Segments with a value as lines."""
    rows: list[dict[str, object]] = []
    start = layout.place(segments.chrom, segments.start)
    for at in np.flatnonzero(~np.isnan(value)).tolist():
        total, minor = segments.total_cn[at], segments.minor_cn[at]
        y = float(np.clip(value[at], -_LOG2_LIMIT, _LOG2_LIMIT)) if clip else float(value[at])
        first, last = int(segments.start[at]), int(segments.end[at])
        rows.append(
            {
                "x": round(float(start[at])),
                "x2": round(float(start[at])) + last - first,
                "y": round(y, 4),
                "where": f"{segments.chrom[at]}:{first + 1}-{last}",
                "log2": round(float(segments.log2[at]), 3),
                "copies": f"{_copies(total)}, {_copies(minor)}",
            }
        )
    return rows


def _copies(value: float) -> str:
    return "unknown" if np.isnan(value) else f"{value:.0f}"


def _notes(records: Sequence[Record]) -> list[str]:
    by_feature = {record.feature: record for record in records}
    purity = by_feature.get("purity")
    if purity is None:
        return []
    if purity.status != "ok":
        return [f"purity not evaluable: {purity.reason}"]
    values = purity.values
    low, high = purity.ci or (np.nan, np.nan)
    return [
        f"purity {values['purity']:.2f} (95 % interval {low:.2f} to {high:.2f}), ploidy {values['ploidy']:.1f}, "
        f"confidence {values['confidence']}"
    ]


def cohort_heat_map(
    segments: pd.DataFrame, labels: Mapping[str, str], flags: Sequence[str]
) -> alt.TopLevelMixin:
    """Log ratios of every pair's segments along the genome: losses blue, gains red; a row a pair.

    Args:
        segments: the table `segment`: pair_id, chrom, start, end, log2.
        labels: what to call each pair, in the order of rows; pairs left out are not drawn.
        flags: of the values shown.
    """
    shown = segments[segments["pair_id"].isin(list(labels))]
    if shown.empty:
        return message("No copy-number segments.")
    layout = Layout.of(shown["chrom"].to_numpy(object), shown["end"].to_numpy())
    start = layout.place(shown["chrom"].to_numpy(object), shown["start"].to_numpy())
    rows: list[dict[str, object]] = [
        {
            "label": labels[pair],
            "x": round(float(at)),
            "x2": round(float(at)) + int(length),
            "log2": round(float(log2), 3),
        }
        for pair, at, length, log2 in zip(
            shown["pair_id"], start, shown["end"] - shown["start"], shown["log2"], strict=True
        )
    ]
    step = 22 if len(labels) <= 30 else max(3, 660 // len(labels))
    height = step * len(labels)
    y = alt.Y(
        "label:N",
        sort=list(labels.values()),
        scale=alt.Scale(domain=list(labels.values()), padding=0.06),
        title=None,
        axis=alt.Axis(labels=step >= 9, ticks=False, domain=False, labelLimit=160),
    )
    colour = alt.Color(
        "log2:Q",
        scale=alt.Scale(
            domain=[-_HEAT_LIMIT, 0, _HEAT_LIMIT],
            range=[BLUE, "#f4f4f2", VERMILLION],
            interpolate="rgb",
            clamp=True,
        ),
        title="log2 ratio",
        legend=alt.Legend(gradientLength=120, values=[-1, -0.5, 0, 0.5, 1], format=".1f"),
    )
    heat = (
        inline_chart(rows, width=_WIDTH, height=height)
        .mark_rect()
        .encode(x=layout.x(), x2="x2:Q", y=y, color=colour, tooltip=["label:N", "log2:Q"])
    )
    return alt.layer(heat, layout.frame(height, names=True)).properties(
        title=titled("Copy number of the cohort", flags, "log2 ratio of segments, not corrected for purity")
    )
