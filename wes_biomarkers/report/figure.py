"""A figure: a chart, and what it says in words; in a page it is a vector picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wes_biomarkers.plots.save import spec_svg
from wes_biomarkers.plots.theme import themed

_ARIA = re.compile(r'(?: aria-label="([^"]*)")?(?: role="[^"]*")? aria-roledescription="[^"]*"')
_SILENT = re.compile(
    r'<path class="(?:fore|back)ground" aria-hidden="true" d="[^"]*"(?: pointer-events="none")?(?: display="none")?/>'
    r'| role="[^"]*"| aria-label="[^"]*"| aria-hidden="true"| pointer-events="none"| opacity="1"| stroke-miterlimit="10"'
    r'| font-family="[^"]*"| class="[^"]*"'
)
_PLACES = re.compile(r' (?:d|transform|x|y|x1|y1|x2|y2|width|height|r)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e[-+]?\d+)?|-?\d+(?:\.\d+)?e-\d+")
_EMPTY = re.compile(r'<g(?: transform="translate\(0,0\)")?></g>|<g/>')


@dataclass(frozen=True)
class Figure:
    """A chart on a page or in a file of its own.

    Attributes:
        name: unique on its page.
        chart: the picture.
        alt: what it says, for those who cannot see it.
        caption: stands below it.
    """

    name: str
    chart: Any
    alt: str
    caption: str = ""

    @cached_property
    def svg(self) -> str:
        """The picture as markup for a page that holds others."""
        spec = themed(self.chart).to_dict()
        return compact_svg(spec_svg(spec), self.name, frozenset(_tooltips(spec)))


def _tooltips(part: Any) -> Iterator[str]:
    """Names of all fields that the marks of a specification show when pointed at."""
    if isinstance(part, list):
        for each in part:
            yield from _tooltips(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "tooltip" and isinstance(value, list):
                yield from (str(field.get("title") or field.get("field")) for field in value)
            elif name not in ("values", "datasets"):
                yield from _tooltips(value)


def compact_svg(svg: str, name: str, told: frozenset[str] = frozenset()) -> str:
    """A chart's SVG for a page that holds others: half the size, its ids its own, what its marks tell kept.

    What a mark tells stands in `data-tip`. Coordinates are rounded to a hundredth of a pixel; the font is the page's.

    Args:
        svg: as the chart library writes it.
        name: of the figure, put before ids.
        told: names of the fields that marks show when pointed at.
    """
    svg = _ARIA.sub(lambda found: _tip(found[1] or "", told), svg)
    svg = _PLACES.sub(lambda found: _LONG.sub(_rounded, found[0]), _SILENT.sub("", svg))
    before = ""
    while before != svg:
        before, svg = svg, _EMPTY.sub("", svg)
    svg = _own_ids(svg, name)
    return svg.replace(' version="1.1"', "").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")


def _own_ids(svg: str, name: str) -> str:
    """The ids counted anew from 1 behind the figure's name: the library counts them through all charts it has made."""
    names = {old: f"{name}-{index}" for index, old in enumerate(re.findall(r' id="([^"]*)"', svg), 1)}
    return re.sub(
        r'( id="|url\(#|href="#)([^")]*)', lambda found: found[1] + names.get(found[2], found[2]), svg
    )


def _tip(label: str, told: frozenset[str]) -> str:
    """The fields of a mark's label that it tells, as an attribute."""
    fields, is_told = dict[str, None](), False
    for part in label.split("; "):
        key, colon, value = part.partition(": ")
        is_told = key in told and bool(value) if colon else is_told
        if is_told:
            fields[part] = None
    return f' data-tip="{"; ".join(fields)}"' if fields else ""


def _rounded(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
