"""Lines over a number with bands and their names at the right end: what several charts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.theme import inline_chart, text_shade
from wes_biomarkers.plots.words import is_known, records, spread

#: Pixels between the names at the right end.
_GAP = 16


def line_layers(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    colours: Mapping[str, str],
    *,
    size: tuple[int, int],
    dashes: Mapping[str, Sequence[int]] | None = None,
) -> list[alt.Chart]:
    """Bands and lines of each group, in one colour each.

    Args:
        rows: group, x, y, and low, high where there is an interval.
        x, y: encodings of the fields `x` and `y`.
        colours: by group.
        size: width and height in pixels.
        dashes: by group, where a line is not solid.
    """
    layers = []
    for group, colour in colours.items():
        mine = [
            {
                name: value
                for name, value in row.items()
                if name in ("x", "y", "low", "high") and is_known(value)
            }
            for row in records(rows[rows["group"] == group])
        ]
        base = inline_chart(mine, width=size[0], height=size[1])
        if any("low" in row and "high" in row for row in mine):
            band = base.transform_filter("isValid(datum.low) && isValid(datum.high)")
            layers.append(
                band.mark_area(opacity=0.14, color=colour).encode(x=x, y=_named(y, "low"), y2="high:Q")
            )
        dash = list((dashes or {}).get(group, [1, 0]))
        line = base.transform_filter("isValid(datum.x) && isValid(datum.y)")
        layers.append(line.mark_line(strokeWidth=2.4, color=colour, strokeDash=dash).encode(x=x, y=y))
    return layers


def _named(y: alt.Y, field: str) -> alt.Y:
    """The same axis for another field."""
    parts: Any = y.to_dict()
    return alt.Y.from_dict({**parts, "field": field})


def end_names(
    ends: Mapping[str, tuple[float, str]],
    y: alt.Y,
    domain: tuple[float, float],
    colours: Mapping[str, str],
    size: tuple[int, int],
) -> alt.Chart:
    """Names right of the plot at the height of their lines, moved apart where they would touch.

    Args:
        ends: group -> height at the right end (in the units of y), words.
        y: encoding of the field `y`, on a linear scale.
        domain: of y.
        colours: by group; the words are a darker shade.
        size: width and height of the plot in pixels.
    """
    low, high = domain
    heights = [min(max(height, low), high) for height, _ in ends.values()]
    places = spread(heights, _GAP * (high - low) / size[1], low, high)
    rows = [
        {"y": place, "words": words, "colour": text_shade(colours[group])}
        for (group, (_, words)), place in zip(ends.items(), places, strict=True)
    ]
    base = inline_chart(rows, width=size[0], height=size[1])
    mark: Any = base.mark_text(align="left", fontSize=12, fontWeight=600, limit=240)
    chart: alt.Chart = mark.encode(
        x=alt.value(size[0] + 8), y=y, text="words:N", color=alt.Color("colour:N", scale=None)
    )
    return chart


def last_heights(rows: pd.DataFrame) -> dict[str, float]:
    """The y of each group's last x, in the order of the rows."""
    known = rows[rows["y"].notna()]
    return {
        str(group): float(part.sort_values("x")["y"].iloc[-1])
        for group, part in known.groupby("group", sort=False)
    }
