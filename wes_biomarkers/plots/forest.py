"""A forest of effects: one row an effect with its interval, numbers beside it, p of the interaction by block."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.names import apart, spelled
from wes_biomarkers.plots.theme import BLUE, GREY, INK, inline_chart, message
from wes_biomarkers.plots.words import explained, interval_text, is_known, p_text, records
from wes_biomarkers.stats.estimate import Estimate

#: Pixels from the left edge of the plot to the end of the counts, and from its right edge to the numbers.
_COUNT, _EFFECT, _P, _INTERACTION = -16, 18, 158, 216
#: The column of labels is as wide as its longest text, within these pixels; a letter is so wide, a count too.
_LABELS, _LETTER, _COUNT_WIDTH, _INDENT = (190, 520), 6.4, 64, 14
#: Height of a line of a label, and what a row has beyond the lines of its label.
_LINE, _BETWEEN = 15, 9
_TEXT_WIDTH = 620
#: Longer texts are cut at so many pixels: of labels and numbers, and of counts.
_LIMIT = {"left": _LABELS[1], "right": _COUNT_WIDTH}
#: An interval reaching further than this factor beyond the outermost effect ends in an arrow.
_REACH = 3.0


@dataclass(frozen=True)
class _Layout:
    """Sizes of a forest.

    Attributes:
        width: of the plot in pixels.
        letters: longer labels are broken into lines, where anything but a space may not be.
        row: height of a row in pixels.
    """

    width: int
    letters: int
    row: int = _LINE + _BETWEEN

    def size(self, n_row: int) -> dict[str, int]:
        """Width and height of the plot."""
        return {"width": self.width, "height": self.row * n_row}

    def texts(self, label: str) -> list[str]:
        """The lines of a label."""
        return textwrap.wrap(label, self.letters, break_long_words=False) or [label]


_WIDE, _NARROW = _Layout(250, 200), _Layout(170, 30)


def forest(
    rows: pd.DataFrame,
    title: str,
    flags: Sequence[str] = (),
    *,
    effect_name: str = "hazard ratio",
    ratio: bool = True,
    favours: tuple[str, str] | None = None,
    notes: Sequence[str] = (),
    narrow: bool = False,
) -> alt.TopLevelMixin:
    """Effects with 95 % intervals, one row each; rows that could not be evaluated say why.

    Args:
        rows: label, n, n_event, effect, ci_low, ci_high, p_value; if any: group (rows of one group stand below its
            name), p_interaction (of the group, shown beside its name), reason.
        title: names endpoint and comparison.
        flags: of the analysis.
        effect_name: of the axis.
        ratio: whether the effect is a ratio (drawn on a log scale, 1 is none) or a difference (0 is none).
        favours: words below the axis for effects left and right of none.
        notes: lines below the title.
        narrow: fit half a page: labels in several lines, and a smaller plot.
    """
    if rows.empty:
        return message("There is no effect to show.")
    lines = _lines(rows)
    layout = _NARROW if narrow else _WIDE
    deepest = max(len(layout.texts(line["label"])) for line in lines)
    layout = replace(layout, row=_LINE * deepest + _BETWEEN)
    drawn = [line for line in lines if line["effect"] is not None]
    domain = _domain(drawn, ratio)
    size = layout.size(len(lines))
    axes = _axes(domain, ratio, effect_name)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[len(lines) - 0.5, -0.5], nice=False), axis=None)
    none = inline_chart([{"x": 1.0 if ratio else 0.0}], **size)
    layers: list[Any] = [none.mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=axes)]
    if drawn:
        layers += _marks(drawn, domain, axes, y, size)
    if favours:
        layers += [
            _favours(words, align, axes, ratio, size)
            for words, align in zip(favours, ("right", "left"), strict=True)
        ]
    layers += _columns(lines, y, layout, any(line["p_interaction"] for line in lines), effect_name)
    return alt.layer(*layers).properties(title=explained(title, flags, *notes, width=_TEXT_WIDTH))


def estimate_rows(
    estimates: Mapping[str, Estimate], group: str = "", p_interaction: float | None = None
) -> pd.DataFrame:
    """Rows of `forest` from estimates by label; concatenate those of several groups."""
    rows = [
        {
            "group": group,
            "label": name,
            "n": estimate.n,
            "n_event": estimate.n_event,
            "effect": estimate.effect,
            "ci_low": estimate.ci_low,
            "ci_high": estimate.ci_high,
            "p_value": estimate.p_value,
            "p_interaction": p_interaction,
            "reason": estimate.reason,
        }
        for name, estimate in estimates.items()
    ]
    numbers = ("n", "n_event", "effect", "ci_low", "ci_high", "p_value", "p_interaction")
    return pd.DataFrame(rows).astype({name: float for name in numbers if rows})


def association_rows(association: pd.DataFrame) -> pd.DataFrame:
    """Rows of `forest` from the association table: a block a feature, its interaction p beside the name.

    The effect of the feature in all patients comes first, then those within an arm and of treatment by subgroup.
    """
    blocks, names = [], apart(association["feature"].astype(str).unique())
    for feature, block in association.groupby("feature", sort=False):
        tested = block.loc[block["role"] == "predictive", "p_value"].dropna()
        shown = block[block["role"] != "predictive"]
        everybody = shown["population"].replace({"the endpoint's own": "all patients", "all": "all patients"})
        labels = shown["term"].where(shown["role"] != "prognostic", everybody)
        if shown.loc[shown["role"] == "treatment", "population"].nunique() > 1:
            labels = labels.where(shown["role"] != "treatment", shown["population"] + ": " + shown["term"])
        blocks.append(
            shown.assign(
                group=names[str(feature)],
                label=labels.map(apart(labels.dropna().unique(), spelled), na_action="ignore"),
                p_interaction=float(tested.iloc[0]) if len(tested) else math.nan,
            )
        )
    return pd.concat(blocks, ignore_index=True) if blocks else association.head(0)


def _lines(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary a line of the picture, with the texts of its columns."""
    lines: list[dict[str, Any]] = []
    header = None
    for row in records(rows):
        group = row.get("group")
        if isinstance(group, str) and group and group != header:
            p_value = row.get("p_interaction")
            known = p_text(p_value) if is_known(p_value) else ""
            lines.append(_line(len(lines), group, p_interaction=known, bold=True))
        header = group
        effect, low, high = (row.get(name) for name in ("effect", "ci_low", "ci_high"))
        counts = "/".join(f"{int(row[name])}" for name in ("n_event", "n") if is_known(row.get(name)))
        line = _line(
            len(lines), str(row["label"]), count=counts, indent=isinstance(group, str) and bool(group)
        )
        if is_known(effect):
            bounds = (low, high) if is_known(low) and is_known(high) else (None, None)
            line |= {
                "effect": effect,
                "low": bounds[0],
                "high": bounds[1],
                "n_event": row.get("n_event") if is_known(row.get("n_event")) else None,
                "text": interval_text(effect, *(math.nan if bound is None else bound for bound in bounds)),
                "p": p_text(row["p_value"]).removeprefix("p = ").removeprefix("p ")
                if is_known(row.get("p_value"))
                else "",
            }
        else:
            line["text"] = str(row.get("reason") or "not evaluable")
            line["muted"] = True
        lines.append(line)
    return lines


def _line(
    at: int, label: str, *, count: str = "", p_interaction: str = "", bold: bool = False, indent: bool = False
) -> dict[str, Any]:
    return {
        "at": at,
        "label": label,
        "count": count,
        "text": "",
        "p": "",
        "p_interaction": p_interaction.removeprefix("p = ").removeprefix("p "),
        "weight": "bold" if bold else "normal",
        "indent": _INDENT if indent else 0,
        "effect": None,
        "muted": False,
    }


def _domain(drawn: Sequence[dict[str, Any]], ratio: bool) -> tuple[float, float]:
    """From the lowest to the highest bound, but no further than `_REACH` beyond the outermost effect."""
    none = 1.0 if ratio else 0.0
    effects = [none, *(line["effect"] for line in drawn)]
    bounds = [bound for line in drawn for bound in (line["low"], line["high"]) if bound is not None]
    low, high = min(effects + bounds), max(effects + bounds)
    if not ratio:
        margin = 0.06 * ((high - low) or 1)
        return low - margin, high + margin
    return max(low / 1.1, min(effects) / _REACH), min(high * 1.1, max(effects) * _REACH)


def _axes(domain: tuple[float, float], ratio: bool, name: str) -> alt.X:
    if not ratio:
        scale = alt.Scale(domain=list(domain), nice=False)
        return alt.X("x:Q", scale=scale, title=name, axis=alt.Axis(grid=False, tickCount=6))
    narrow = domain[1] / domain[0] < 6
    steps = (
        (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4) if narrow else (0.01, 0.03, 0.1, 0.25, 0.5, 1, 2, 4, 10, 30, 100)
    )
    ticks = [step for step in steps if domain[0] <= step <= domain[1]]
    scale = alt.Scale(type="log", domain=list(domain), nice=False)
    return alt.X(
        "x:Q",
        scale=scale,
        title=name,
        axis=alt.Axis(values=ticks, labelExpr="toString(datum.value)", grid=False),
    )


def _favours(words: str, align: str, x: alt.X, ratio: bool, size: Mapping[str, int]) -> alt.Chart:
    """What an effect on one side of none means, below the axis."""
    text = f"← {words}" if align == "right" else f"{words} →"
    base = inline_chart([{"x": 1.0 if ratio else 0.0, "text": text}], **size)
    write: Any = base.mark_text
    mark = write(align=align, dx=-8 if align == "right" else 8, fontSize=12, color=INK, limit=240)
    chart: alt.Chart = mark.encode(x=x, y=alt.value(size["height"] + 54), text=alt.Text("text:N"))
    return chart


def _marks(
    drawn: Sequence[dict[str, Any]], domain: tuple[float, float], x: alt.X, y: alt.Y, size: Mapping[str, int]
) -> list[alt.Chart]:
    """Whiskers, arrows where they leave the picture, and squares whose area grows with the events."""
    largest = max((line["n_event"] or 1) for line in drawn)
    whiskers, arrows, squares = [], [], []
    for line in drawn:
        area = 30 + 110 * (line["n_event"] or 1) / largest
        squares.append({"x": line["effect"], "at": line["at"], "size": area, "text": line["text"]})
        if line["low"] is None:
            continue
        low, high = max(line["low"], domain[0]), min(line["high"], domain[1])
        whiskers.append({"x": low, "x2": high, "at": line["at"]})
        arrows += [{"x": low, "at": line["at"], "shape": "triangle-left"}] if low > line["low"] else []
        arrows += [{"x": high, "at": line["at"], "shape": "triangle-right"}] if high < line["high"] else []
    charts: list[alt.Chart] = [
        inline_chart(whiskers, **size)
        .mark_rule(color=INK, strokeWidth=1.5)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y),
        inline_chart(squares, **size)
        .mark_point(shape="square", filled=True, opacity=1, color=BLUE)
        .encode(x=x, y=y, size=alt.Size("size:Q", scale=None), tooltip="text:N"),
    ]
    if arrows:
        shape = alt.Shape("shape:N", scale=None)
        base = inline_chart(arrows, **size)
        charts.append(
            base.mark_point(filled=True, size=60, color=INK, opacity=1).encode(x=x, y=y, shape=shape)
        )
    return charts


def _columns(
    lines: Sequence[dict[str, Any]], y: alt.Y, layout: _Layout, has_interaction: bool, effect_name: str
) -> list[alt.Chart]:
    """The texts left and right of the picture, with their headings."""
    texts = [layout.texts(line["label"]) for line in lines]
    longest = max(
        line["indent"] + _LETTER * max(map(len, text)) for line, text in zip(lines, texts, strict=True)
    )
    left = _COUNT - _COUNT_WIDTH - min(max(longest, _LABELS[0]), _LABELS[1])
    placed: list[dict[str, Any]] = []
    effect, p, interaction = (layout.width + offset for offset in (_EFFECT, _P, _INTERACTION))
    for line, text in zip(lines, texts, strict=True):
        colour = GREY if line["muted"] else INK
        middle = line["at"]
        places = [
            (
                left + line["indent"],
                middle + (place - (len(text) - 1) / 2) * _LINE / layout.row,
                part,
                "left",
                line["weight"],
            )
            for place, part in enumerate(text)
        ]
        places += [
            (_COUNT, middle, line["count"], "right", "normal"),
            (effect, middle, line["text"], "left", "normal"),
            (p, middle, line["p"], "left", "normal"),
            (interaction, middle, line["p_interaction"], "left", "bold"),
        ]
        placed += [
            {"x": x, "at": at, "text": written, "align": align, "weight": weight, "colour": colour}
            for x, at, written, align, weight in places
            if written
        ]
    headings = [
        (_COUNT, "events/n", "right"),
        (effect, f"{effect_name} (95 % CI)", "left"),
        (p, "p", "left"),
    ]
    headings += [(interaction, "p interaction", "left")] if has_interaction else []
    placed += [
        {"x": x, "at": -0.5 - 11 / layout.row, "text": text, "align": align, "weight": "bold", "colour": GREY}
        for x, text, align in headings
    ]
    charts = []
    for align in ("left", "right"):
        for weight in ("normal", "bold"):
            rows = [row for row in placed if (row["align"], row["weight"]) == (align, weight)]
            if rows:
                charts.append(_texts(rows, y, layout.size(len(lines)), align, weight))
    return charts


def _texts(
    rows: Sequence[dict[str, Any]], y: alt.Y, size: Mapping[str, int], align: str, weight: str
) -> alt.Chart:
    base = inline_chart(rows, **size)
    write: Any = base.mark_text
    mark = write(align=align, fontSize=12, fontWeight=weight, baseline="middle", limit=_LIMIT[align])
    chart: alt.Chart = mark.encode(
        x=alt.X("x:Q", scale=None, axis=None),
        y=y,
        text=alt.Text("text:N"),
        color=alt.Color("colour:N", scale=None),
    )
    return chart
