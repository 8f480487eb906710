"""Mutations of one gene along its protein."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import GREEN, GREY, INK, VERMILLION, inline_chart, message
from wes_biomarkers.plots.words import explained, is_known, records

#: Kind of a change -> colour.
KIND_COLOURS: Mapping[str, str] = {"truncating": INK, "missense": VERMILLION, "other": GREEN}
_DOMAIN_COLOURS = ("#b9d7e8", "#f3d9a4", "#bfe0d2", "#e7cfdf", "#d5dbe1", "#f0c9b4")
#: Stems that carry their change in letters.
_LABELLED = 8
_HEIGHT, _BODY = 210, 16
_CHANGE = re.compile(r"^(\d+)(\D[^>]*)>(\d+)(\S+)$")


def lollipop_chart(
    changes: pd.DataFrame,
    domains: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    length: int | None = None,
    width: int = 900,
) -> alt.TopLevelMixin:
    """A stem for each change at its residue, as high as it has patients, above the protein and its domains.

    Args:
        changes: change, consequence, position (residue, from 1), kind (of `KIND_COLOURS`), n (patients); those
            without a residue or a count are not drawn.
        domains: name, start, end (residues from 1, the end included); may be empty.
        title: names the gene.
        flags: of the data.
        notes: lines below the title.
        length: of the protein in residues; where unknown the axis ends behind the last change.
        width: of the plot in pixels.
    """
    rows = [
        {"change": str(row["change"]), "consequence": str(row["consequence"]).replace("_", " "),
         "residue": int(row["position"]), "kind": str(row["kind"]), "patients": int(row["n"]), "label": ""}
        for row in records(changes)
        if is_known(row["position"]) and is_known(row["n"])
    ]  # fmt: skip
    if not rows:
        return message("No mutation of this gene has a residue.")
    for row in sorted(rows, key=lambda row: -int(str(row["patients"])))[:_LABELLED]:
        row["label"] = short_change(str(row["change"]), str(row["consequence"]))
    last = max(int(str(row["residue"])) for row in rows)
    end = float(length) if length and length >= last else last * 1.04
    x = alt.X("residue:Q", title="residue", scale=alt.Scale(domain=[0, end], nice=False),
              axis=alt.Axis(tickMinStep=1, grid=False, offset=_BODY + 6, domain=False))  # fmt: skip
    y = alt.Y("patients:Q", title="patients", scale=alt.Scale(domainMin=0),
              axis=alt.Axis(tickMinStep=1, tickCount=4))  # fmt: skip
    shown = [kind for kind in KIND_COLOURS if any(row["kind"] == kind for row in rows)]
    colour = alt.Color("kind:N", title=None, legend=alt.Legend(orient="top"),
                       scale=alt.Scale(domain=shown, range=[KIND_COLOURS[kind] for kind in shown]))  # fmt: skip
    base = inline_chart(rows, width=width, height=_HEIGHT)
    layers = [
        *_protein(domains, end, width),
        base.mark_rule(color=GREY).encode(x=x, y=y, y2=alt.datum(0)),
        base.mark_circle(size=120, opacity=1).encode(
            x=x, y=y, color=colour, tooltip=["change:N", "consequence:N", "residue:Q", "patients:Q"]
        ),
        base.mark_text(dy=-12, fontSize=11.5, color=INK).encode(x=x, y=y, text="label:N"),
    ]
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=width))


def short_change(change: str, consequence: str) -> str:
    """What fits above a stem.

    >>> short_change("140TYGL>140IGNL*", "frameshift_variant"), short_change("153C>153*", "stop_gained")
    ('T140fs', 'C153*')
    >>> short_change("p.R175H", "missense_variant")
    'R175H'
    """
    name = change.removeprefix("p.")
    told = _CHANGE.match(name)
    if told is None:
        return name if len(name) <= 12 else f"{name[:11]}…"
    residue, before, _, after = told.groups()
    if "frameshift" in consequence:
        return f"{before[0]}{residue}fs"
    return f"{before}{residue}{after}" if len(before + after) <= 8 else f"{before[0]}{residue}…"


def _protein(domains: pd.DataFrame, end: float, width: int) -> list[alt.Chart]:
    """The protein below the stems: a body over its length, its domains on it with their names where they fit."""
    top, low = alt.value(_HEIGHT + 2), alt.value(_HEIGHT + 2 + _BODY)
    body = inline_chart([{"from": 0, "to": end}]).mark_rect(color="#e3e8ed").encode(
        x="from:Q", x2="to:Q", y=alt.value(_HEIGHT + 6), y2=alt.value(_HEIGHT - 2 + _BODY)
    )  # fmt: skip
    names = list(dict.fromkeys(domains["name"])) if len(domains) else []
    rows = [
        {"domain": str(row["name"]), "from": int(row["start"]) - 1, "to": int(row["end"]),
         "middle": (int(row["start"]) - 1 + int(row["end"])) / 2, "residues": f"{row['start']} to {row['end']}",
         "colour": _DOMAIN_COLOURS[names.index(row["name"]) % len(_DOMAIN_COLOURS)],
         "words": str(row["name"]) if (row["end"] - row["start"]) * width / end > 6.4 * len(str(row["name"])) else ""}
        for row in records(domains)
    ]  # fmt: skip
    if not rows:
        return [body]
    base = inline_chart(rows)
    boxes = base.mark_rect(cornerRadius=3).encode(
        x="from:Q", x2="to:Q", y=top, y2=low, color=alt.Color("colour:N", scale=None),
        tooltip=["domain:N", "residues:N"],
    )  # fmt: skip
    text = base.mark_text(fontSize=11, color=INK).encode(
        x="middle:Q", y=alt.value(_HEIGHT + 2 + _BODY / 2), text="words:N"
    )
    return [body, boxes, text]
