"""Charts of mutational signatures: a tumour's mutations by channel, and the exposures of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.contracts.biomarkers.signatures import AGGREGATES
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.mutation_channels import CHANNELS, Kind
from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels
from wes_biomarkers.plots.theme import (
    BLUE,
    GREEN,
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

#: COSMIC's colours of the classes of each kind, in the order of the channels.
_COLOURS: Mapping[Kind, str] = {
    "SBS": "#03bcee #010101 #e32926 #cac9c9 #a1ce63 #ebc6c4",
    "DBS": "#03bcee #0366cb #a2cf63 #016501 #fe9898 #e32926 #feb064 #fe8001 #cb98fe #4c0198",
    "ID": "#fdbe6f #ff8002 #b0dd8b #36a12e #fdcab5 #fc8a6a #f14432 #bc141a "
    "#d0e1f2 #94c4df #4a98c9 #1764ab #e2e2ef #b6b6d8 #8683bd #61409b",
}
_DARK = frozenset(
    (
        "#010101",
        "#e32926",
        "#0366cb",
        "#016501",
        "#4c0198",
        "#36a12e",
        "#bc141a",
        "#1764ab",
        "#61409b",
        "#f14432",
    )
)
_KINDS: Mapping[str, Kind] = {"sbs96": "SBS", "dbs78": "DBS", "id83": "ID"}
_UNITS: Mapping[Kind, str] = {
    "SBS": "single base substitutions",
    "DBS": "doublet base substitutions",
    "ID": "insertions and deletions",
}
_ID_SECTIONS = (
    ("1 base deleted", 0, 12),
    ("1 base inserted", 12, 24),
    ("deleted at repeats, by size", 24, 48),
    ("inserted at repeats, by size", 48, 72),
    ("microhomology", 72, 83),
)
_STEP, _HEIGHT = 10, 220
_STRIP = 18  #: height of the coloured strip above the bars

#: What each aggregate is called in a legend, and its colour; in the order they are stacked.
_GROUPS: Mapping[str, tuple[str, str]] = {
    "sbs_clock": ("clock-like", "#c9d3dc"),
    "sbs_apobec": ("APOBEC", VERMILLION),
    "sbs_smoking": ("smoking", "#6b4c2a"),
    "sbs_alcohol": ("alcohol-related", PURPLE),
    "sbs_mmr": ("mismatch repair", GREEN),
    "sbs_pole": ("POLE", BLUE),
    "sbs_pold1": ("POLD1", SKY),
    "sbs_hrd_like": ("HRD-like", ORANGE),
    "sbs_platinum": ("platinum", "#f0e442"),
    "sbs_artefact": ("possible artefact", INK),
}
_OTHER = ("other", "#eef1f4")
_WIDTH = 860
#: Kind of mutations by definition, in words; and the colours of kinds side by side.
_KIND_WORDS = {"sbs96": "substitutions", "dbs78": "doublets", "id83": "insertions and deletions"}
_KIND_COLOURS = ["#9cc3dd", "#9fd3c1", "#e3bdd2", "#f3d9a4"]


def _class_and_label(kind: Kind, channel: str) -> tuple[str, str]:
    """The class on the strip and the label below the bar."""
    if kind == "SBS":
        return channel[2:5], channel[0] + channel[2] + channel[6]
    if kind == "DBS":
        return f"{channel[:2]}>NN", channel[3:]
    size, what, base, number = channel.split(":")
    shown = int(number) + (base != "M" and what == "Del")
    most = 6 if base != "M" and what == "Del" else 5
    name = base if size == "1" else "5+" if size == "5" else size
    return f"{what} {base} {name}", f"{shown}+" if shown == most else str(shown)


def _strip(kind: Kind) -> list[dict[str, object]]:
    """The coloured boxes above the bars: from, to, name, colours."""
    classes = [_class_and_label(kind, channel)[0] for channel in CHANNELS[kind]]
    boxes: list[dict[str, object]] = []
    at = 0
    for (name, members), colour in zip(groupby(classes), _COLOURS[kind].split(), strict=True):
        end = at + len(list(members))
        text = name.split()[-1] if kind == "ID" else name.removesuffix(">NN")
        ink = "white" if colour in _DARK else INK
        boxes.append(
            {"from": at, "to": end, "middle": (at + end) / 2, "text": text, "colour": colour, "ink": ink}
        )
        at = end
    return boxes


def _ticks(top: float) -> list[int]:
    """Whole numbers for an axis from 0, about five."""
    step = next(step * 10**power for power in range(9) for step in (1, 2, 5) if step * 10**power * 5 >= top)
    return list(range(0, int(top) + 1, step))


def mutation_spectrum(
    counts: Sequence[float], kind: Kind, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """Mutations by channel as bars, coloured and ordered as COSMIC does, the classes above.

    Args:
        counts: of each channel of the kind, in their order.
        kind: SBS (96 bars), DBS (78) or ID (83).
        title: names the sample.
        flags: of the record.
        notes: lines below the title, such as the fitted signatures.
    """
    boxes = _strip(kind)
    bars = []
    for index, (channel, count) in enumerate(zip(CHANNELS[kind], counts, strict=True)):
        colour = next(box["colour"] for box in boxes if float(str(box["to"])) > index)
        label = _class_and_label(kind, channel)[1]
        bars.append({"from": index + 0.15, "to": index + 0.85, "middle": index + 0.5, "count": float(count),
                     "channel": channel, "label": label, "colour": colour})  # fmt: skip
    n = len(bars)
    size = {"width": n * _STEP, "height": _HEIGHT}
    top = max(max(float(count) for count in counts), 1.0)
    x_scale = alt.Scale(domain=[0, n], nice=False)
    base = inline_chart(bars, **size)
    strip = inline_chart(boxes, **size)
    layers = [
        base.mark_rect().encode(
            x=alt.X("from:Q", scale=x_scale, axis=None),
            x2="to:Q",
            y=alt.Y("count:Q", title=_UNITS[kind], scale=alt.Scale(domain=[0, top * 1.05], nice=False),
                    axis=alt.Axis(values=_ticks(top), format="d")),
            y2=alt.datum(0),
            color=alt.Color("colour:N", scale=None),
            tooltip=["channel:N", alt.Tooltip("count:Q", format="d")],
        ),
        base.mark_text(angle=270, align="right", baseline="middle", fontSize=8, font="monospace", color=INK).encode(
            x="middle:Q", y=alt.value(_HEIGHT + 4), text="label:N"
        ),
        strip.mark_rect(stroke="white").encode(
            x="from:Q", x2="to:Q", y=alt.value(-_STRIP - 6), y2=alt.value(-6), color=alt.Color("colour:N", scale=None)
        ),
        strip.mark_text(fontSize=11, fontWeight=600, baseline="middle").encode(
            x="middle:Q", y=alt.value(-_STRIP / 2 - 6), text="text:N", color=alt.Color("ink:N", scale=None)
        ),
    ]  # fmt: skip
    if kind == "ID":
        sections = inline_chart(
            [{"text": text, "middle": (a + b) / 2} for text, a, b in _ID_SECTIONS], **size
        )
        layers.append(
            sections.mark_text(fontSize=11, color=INK, baseline="bottom").encode(
                x="middle:Q", y=alt.value(-_STRIP - 9), text="text:N"
            )
        )
    total = f"{int(sum(counts))} {_UNITS[kind]}"
    return alt.layer(*layers).properties(title=titled(title, flags, total, *notes))


def record_spectra(records: Sequence[Record]) -> alt.TopLevelMixin:
    """The spectrum of each record with counts, one below the other, with its largest signatures.

    Args:
        records: of the feature `signatures`.
    """
    charts: list[Any] = [
        mutation_spectrum(
            record.values["counts"], _KINDS[record.definition_id], record.pair_id or record.sample_id, record.flags,
            [_fitted(record)],
        )
        for record in records
        if record.values.get("counts") is not None
    ]  # fmt: skip
    return alt.vconcat(*charts, spacing=30) if charts else message("No mutations are known.")


def _fitted(record: Record) -> str:
    """The signatures above a twentieth in words, or why there are none."""
    if record.status != "ok":
        return f"{record.status.replace('_', ' ')}: {record.reason}"
    shares = zip(record.values["signature"], record.values["exposure"], strict=True)
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares if share >= 0.05)
    return f"{words}; cosine {record.values['cosine']:.2f}"


def exposures_by_patient(pairs: pd.DataFrame, flags: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Shares of the aggregated signatures of every pair, stacked, pairs with the same largest one side by side.

    Pairs without a value come last and say so.

    Args:
        pairs: a row a pair: patient_id, pair_id, timepoint, n_sbs, sbs_clock_status, and the aggregates.
        flags: of the values shown.
    """
    if pairs.empty:
        return message("No pairs.")
    labels, pieces, missing = (
        list(pair_labels(pairs).values()),
        list[dict[str, object]](),
        list[dict[str, object]](),
    )
    ranks: dict[str, tuple[float, float]] = {}
    for label, (_, pair) in zip(labels, pairs.iterrows(), strict=True):
        n = None if pd.isna(pair["n_sbs"]) else int(pair["n_sbs"])
        if pair["sbs_clock_status"] != "ok":
            missing.append({"label": label, "text": str(pair["sbs_clock_status"]).replace("_", " "), "n": n})
            ranks[label] = (len(_GROUPS) + 1, 0.0)
            continue
        shares = {name: 0.0 if pd.isna(pair[name]) else float(pair[name]) for name in _GROUPS}
        shares["other"] = max(0.0, 1 - sum(shares.values()))
        main = max(shares, key=lambda name: shares[name])
        ranks[label] = (list(shares).index(main), -shares[main])
        for order, (name, share) in enumerate(shares.items()):
            group = _GROUPS.get(name, _OTHER)[0]
            members = AGGREGATES.get(name, "")
            pieces.append(
                {"label": label, "group": group, "share": share, "order": order, "members": members, "n": n}
            )
    return _stacked(pieces, missing, sorted(labels, key=lambda label: ranks[label]), flags)


def _stacked(
    pieces: list[dict[str, object]], missing: list[dict[str, object]], labels: list[str], flags: Sequence[str]
) -> alt.TopLevelMixin:
    seen = {piece["group"] for piece in pieces if float(str(piece["share"])) > 0}
    groups = [both for both in (*_GROUPS.values(), _OTHER) if both[0] in seen]
    step = min(60.0, _WIDTH / len(labels))
    size = {"width": max(300, int(step * len(labels))), "height": 260}
    x = alt.X(
        "label:N",
        sort=labels,
        scale=alt.Scale(domain=labels),
        title=None,
        axis=alt.Axis(
            labels=len(labels) <= MAX_LABELLED,
            labelAngle=0 if step > 7.5 * max(map(len, labels)) else -60,
            ticks=False,
            labelLimit=150,
        ),
    )
    bars = inline_chart(pieces, **size).mark_bar(stroke="white", strokeWidth=0.6).encode(
        x=x,
        y=alt.Y("share:Q", title="share of substitutions", stack="zero", scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])),
        color=alt.Color("group:N", title=None, sort=[name for name, _ in groups],
                        scale=alt.Scale(domain=[name for name, _ in groups], range=[c for _, c in groups])),
        order=alt.Order("order:Q"),
        tooltip=[
            alt.Tooltip("label:N", title="pair"),
            alt.Tooltip("group:N"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("members:N", title="signatures"),
            alt.Tooltip("n:Q", title="substitutions"),
        ],
    )  # fmt: skip
    if len(labels) > MAX_LABELLED and missing:
        missing = [missing[len(missing) // 2] | {"text": f"{len(missing)} without a value"}]
    unknown = (
        inline_chart(missing, **size)
        .mark_text(angle=270, align="left", dx=6, fontSize=11, color=GREY, fontStyle="italic")
        .encode(x=x, y=alt.value(260), text="text:N",
                tooltip=["label:N", alt.Tooltip("n:Q", title="substitutions")])
    )  # fmt: skip
    note = "COSMIC signatures summed by cause; fitted to single base substitutions"
    return alt.layer(bars, unknown).properties(title=titled("Mutational signatures by patient", flags, note))


def exposure_bars(
    exposures: pd.DataFrame, title: str, flags: Sequence[str] = (), notes: Sequence[str] = ()
) -> alt.TopLevelMixin:
    """The fitted signatures of one tumour as bars with their intervals, the largest of each kind first.

    Args:
        exposures: signature, exposure (share of the mutations), exposure_low, exposure_high (unknown: no interval), and
            definition_id (kind of mutations) where there are several.
        title: names the tumour and the kind of mutations.
        flags: of the fit.
        notes: lines below the title.
    """
    known = exposures[exposures["exposure"].notna() & (exposures["exposure"] > 0)]
    if known.empty:
        return message("No signature was fitted.")
    kinds = [_KIND_WORDS.get(str(name), str(name)) for name in known.get("definition_id", [""] * len(known))]
    ordered = known.assign(kind=kinds).sort_values(
        ["exposure", "signature"], ascending=[False, True], kind="stable"
    )
    shown = [kind for kind in (*_KIND_WORDS.values(), *sorted(set(kinds))) if kind in kinds]
    shown = list(dict.fromkeys(shown))
    ordered = ordered.iloc[sorted(range(len(ordered)), key=lambda at: shown.index(ordered["kind"].iloc[at]))]
    columns = ("signature", "kind", "exposure", "exposure_low", "exposure_high")
    rows = [
        {"signature": str(name), "kind": kind, "share": float(share), "low": None if pd.isna(low) else float(low),
         "high": None if pd.isna(high) else float(high), "words": f"{float(share):.0%}"}
        for name, kind, share, low, high in zip(*(ordered[column] for column in columns), strict=True)
    ]  # fmt: skip
    order = [str(row["signature"]) for row in rows]
    base = inline_chart(rows, width=400, height=22 * len(order))
    y = alt.Y("signature:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    x = alt.X(
        "share:Q",
        title="share of mutations",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
    )
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=shown, range=_KIND_COLOURS[: len(shown)]),
                       legend=alt.Legend(orient="top") if len(shown) > 1 else None)  # fmt: skip
    interval = base.transform_filter("datum.low !== null && datum.high !== null")
    return alt.layer(
        base.mark_bar(height=14).encode(
            x=x, y=y, color=colour, tooltip=["signature:N", "kind:N", alt.Tooltip("share:Q", format=".1%")]
        ),
        interval.mark_rule(color=INK).encode(x=alt.X("low:Q"), x2="high:Q", y=y),
        base.mark_text(align="left", fontSize=11.5, color=INK).encode(x=alt.value(408), y=y, text="words:N"),
    ).properties(title=titled(title, flags, *notes))
