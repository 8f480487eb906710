"""Charts of microsatellite instability: the lengths at a site, a pair's sites, and the pairs of a cohort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels, say_missing
from wes_biomarkers.plots.theme import BLUE, GREY, INK, ORANGE, VERMILLION, inline_chart, message, titled

#: A row of `msi_sites.tsv.gz`, as `io.msi_tables.read_site_table` gives it.
SiteRow = Mapping[str, Any]

SAMPLE_COLOURS = alt.Scale(domain=["normal", "tumour"], range=[GREY, VERMILLION])
CLASS_COLOURS = alt.Scale(domain=["high", "low", "stable"], range=[VERMILLION, ORANGE, BLUE])
#: Kinds of sites: name, unit length, fewest and most whole units.
_KINDS: tuple[tuple[str, int, int, int], ...] = (
    ("mono 10-11", 1, 10, 11),
    ("mono 12-14", 1, 12, 14),
    ("mono 15-17", 1, 15, 17),
    ("mono 18 and more", 1, 18, 10_000),
    ("di", 2, 1, 10_000),
    ("tri", 3, 1, 10_000),
    ("tetra", 4, 1, 10_000),
    ("penta", 5, 1, 10_000),
)
_SITES_SHOWN = 6
_WIDTH = 860


def site_label(row: SiteRow) -> str:
    """A site as people write it, places 1-based inclusive."""
    return f"{row['chrom']}:{row['start'] + 1}-{row['end']} ({row['unit']}){row['n_unit']}"


def site_lengths(row: SiteRow, *, width: int = 300, height: int = 150) -> alt.Chart:
    """The share of reads of each length at one site, tumour beside normal.

    Args:
        row: of `msi_sites.tsv.gz`.
        width, height: of the chart's inside, pixels.
    """
    samples = {"normal": row["lengths_normal"], "tumour": row["lengths_tumor"]}
    seen = [length for lengths in samples.values() for length in lengths]
    if not seen:
        return message(f"{site_label(row)}: no read spans it.")
    values: list[dict[str, object]] = [
        {
            "sample": sample,
            "length": length,
            "from": length - 0.4 * (sample == "normal"),
            "to": length + 0.4 * (sample == "tumour"),
            "reads": reads,
            "share": reads / sum(lengths.values()),
            "floor": 0,
        }
        for sample, lengths in samples.items()
        for length, reads in lengths.items()
    ]
    depths = [f"{sample} {sum(lengths.values())} reads" for sample, lengths in samples.items() if lengths]
    chart: alt.Chart = (
        inline_chart(values, width=width, height=height)
        .mark_rect()
        .encode(
            x=alt.X(
                "from:Q",
                title="repeat length, bases",
                scale=alt.Scale(domain=[min(seen) - 1, max(seen) + 1], nice=False),
                axis=alt.Axis(format="d", tickMinStep=1, grid=False),
            ),
            x2="to:Q",
            y=alt.Y(
                "share:Q",
                title="share of reads",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=4),
            ),
            y2="floor:Q",
            color=alt.Color("sample:N", scale=SAMPLE_COLOURS, title=None),
            tooltip=["sample:N", "length:Q", "reads:Q", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(
            title=alt.TitleParams(site_label(row), subtitle=[", ".join(depths), _verdict(row)], fontSize=12)
        )
    )
    return chart


def _verdict(row: SiteRow) -> str:
    if not row["evaluable"]:
        return "not evaluable"
    word = "unstable" if row["unstable"] else "stable"
    return f"{word}: shift {100 * row['shift']:.0f} %, q = {row['q']:.2g}"


def msi_of_pair(
    rows: Sequence[SiteRow], title: str, notes: Sequence[str], flags: Iterable[str]
) -> alt.TopLevelMixin:
    """A pair's sites: the unstable share by kind of repeat, and the lengths at the most changed sites.

    Args:
        rows: of `msi_sites.tsv.gz`.
        title: names the pair.
        notes: lines below the title, such as score, interval and class.
        flags: of the record.
    """
    kinds = _by_kind(rows)
    if not kinds:
        return message("No microsatellite is evaluable.")
    most = max(float(str(kind["share"])) for kind in kinds)
    base = inline_chart(kinds, width=300, height=28 * len(kinds))
    y = alt.Y("kind:N", sort=[str(kind["kind"]) for kind in kinds], title=None, axis=alt.Axis(ticks=False))
    x = alt.X(
        "share:Q",
        title="unstable sites",
        scale=alt.Scale(domain=[0, max(1.25 * most, 0.05)], nice=False),
        axis=alt.Axis(format="%", tickCount=4),
    )
    bars = alt.layer(
        base.mark_bar(color=VERMILLION, height=16).encode(x=x, y=y, tooltip=["kind:N", "text:N"]),
        base.mark_text(align="left", dx=5, fontSize=11, color=INK).encode(x=x, y=y, text="text:N"),
    )
    changed = sorted((row for row in rows if row["unstable"]), key=lambda row: (-row["shift"], row["p"]))
    panels = [site_lengths(row, width=230, height=120) for row in changed[:_SITES_SHOWN]]
    chart = alt.hconcat(bars, alt.concat(*panels, columns=2), spacing=40) if panels else alt.hconcat(bars)
    return chart.properties(title=titled(title, flags, *notes))


def _by_kind(rows: Sequence[SiteRow]) -> list[dict[str, object]]:
    """Evaluable sites and the unstable share of each kind that has any."""
    found: list[dict[str, object]] = []
    for name, unit_length, least, most in _KINDS:
        members = [
            row for row in rows
            if row["evaluable"] and len(row["unit"]) == unit_length and least <= row["n_unit"] <= most
        ]  # fmt: skip
        if members:
            n = sum(row["unstable"] for row in members)
            found.append({"kind": name, "share": n / len(members), "text": f"{n} of {len(members)}"})
    return found


def msi_by_pair(
    pairs: pd.DataFrame, high_pct: float, low_pct: float, flags: Sequence[str]
) -> alt.TopLevelMixin:
    """The score of every pair with its interval, coloured by class, and the two cutoffs.

    Args:
        pairs: a row a pair: patient_id, pair_id, timepoint, msi_score, msi_class, msi_score_status, ci_low, ci_high.
        high_pct, low_pct: cutoffs of the classes high and low, percent.
        flags: of the values shown.
    """
    if pairs.empty:
        return message("No pairs.")
    rows = _pair_rows(pairs)
    say_missing(rows, "score", "status")
    order = [str(row["pair"]) for row in rows]
    tops = [row["high"] if row["high"] is not None else row["score"] for row in rows]
    largest = max([float(top) for top in tops if isinstance(top, int | float)] + [high_pct])
    scale = alt.Scale(domain=[0, min(100.0, 1.1 * largest)], nice=False)
    step = min(60.0, _WIDTH / len(rows))
    x = alt.X(
        "pair:N",
        sort=None,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(labels=len(rows) <= MAX_LABELLED, ticks=False, labelAngle=-40 if step >= 26 else -90),
    )
    base = inline_chart(rows, width=max(300, int(step * len(rows))), height=260)
    known = base.transform_filter("datum.score !== null")
    colour = alt.Color("class:N", scale=CLASS_COLOURS, title="MSI", legend=alt.Legend(symbolOpacity=1))
    tooltip = ["pair:N", alt.Tooltip("score:Q", format=".1f"), "class:N", "status:N"]
    lines = inline_chart(
        [{"at": high_pct, "text": f"high {high_pct:g}"}, {"at": low_pct, "text": f"low {low_pct:g}"}]
    )
    cutoff = alt.Y("at:Q", scale=scale)
    layers = [
        lines.mark_rule(strokeDash=[5, 4], color=INK).encode(y=cutoff),
        lines.mark_text(align="left", dx=5, fontSize=11, color=INK).encode(
            x=alt.value("width"), y=cutoff, text="text:N"
        ),
        known.mark_rule(strokeWidth=min(2.0, 0.5 * step), opacity=0.55).encode(
            x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour
        ),
        known.mark_point(filled=True, size=80, opacity=1).encode(
            x=x,
            y=alt.Y("score:Q", scale=scale, title="unstable microsatellites, %"),
            color=colour,
            tooltip=tooltip,
        ),
        base.transform_filter("datum.said !== null")
        .mark_text(angle=270, align="left", dx=6, fontSize=11, color="#52606d", fontStyle="italic")
        .encode(x=x, y=alt.value(260), text="said:N"),
    ]
    note = "bars: Wilson's 95 % interval"
    return alt.layer(*layers).properties(title=titled("Microsatellite instability", flags, note))


def _pair_rows(pairs: pd.DataFrame) -> list[dict[str, object]]:
    """One plain row a pair, highest score first, pairs without a value last."""

    def number(value: object) -> float | None:
        """A number, None where unknown."""
        return None if pd.isna(value) else float(str(value))  # type: ignore[call-overload]

    labels = pair_labels(pairs)
    rows: list[dict[str, object]] = []
    for _, pair in pairs.iterrows():
        ok = pair["msi_score_status"] == "ok"
        rows.append(
            {
                "pair": labels[str(pair["pair_id"])],
                "score": number(pair["msi_score"]) if ok else None,
                "low": number(pair["ci_low"]) if ok else None,
                "high": number(pair["ci_high"]) if ok else None,
                "class": pair["msi_class"] if ok else None,
                "status": str(pair["msi_score_status"]).replace("_", " "),
            }
        )

    def order(row: dict[str, object]) -> tuple[float, str]:
        """Highest score first, unknown last, then by name."""
        score = row["score"]
        return (-score if isinstance(score, float) else float("inf"), str(row["pair"]))

    return sorted(rows, key=order)
