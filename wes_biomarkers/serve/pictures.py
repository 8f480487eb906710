"""Pictures of the answers as Vega-Lite, for the page: each drawn by the one function of plots/ that files use.

A picture is made of an answer as it goes out, so that one of a shared site shows what the site may tell and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from wes_biomarkers.plots.theme import message, themed
from wes_biomarkers.plots.words import marked
from wes_biomarkers.serve import analysis_pictures, page_pictures
from wes_biomarkers.serve.plan_pictures import plan_pictures

#: By route: the picture of its answer; None where there is nothing to draw.
PICTURES: dict[str, Callable[[Mapping[str, Any]], Any | None]] = {
    "/api/survival": analysis_pictures.curves,
    "/api/response": analysis_pictures.outcome,
    "/api/toxicity": analysis_pictures.outcome,
    "/api/interaction": analysis_pictures.treatment,
    "/api/values": analysis_pictures.values,
    "/api/oncoprint": page_pictures.oncoprint,
    "/api/lollipop": page_pictures.lollipop,
    "/api/cooccurrence": page_pictures.cooccurrence,
}
#: By route: the pictures of an answer that has several, by name.
SEVERAL: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any | None]]] = {
    "/api/plan": plan_pictures,
}


def spec_of(chart: Any) -> dict[str, Any]:
    """The chart with the shared look as a Vega-Lite specification, data inside."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec | {"config": _look()}


@cache
def _look() -> dict[str, Any]:
    """Of every picture, worked out once: a chart that is dressed is copied whole."""
    look: dict[str, Any] = themed(message("")).to_dict(validate=False)["config"]
    return look


def with_picture(path: str, found: dict[str, Any], flags: Sequence[str] = ()) -> dict[str, Any]:
    """The answer of a route with its `picture`, None where there is nothing to draw; `flags` of the data."""
    if path not in PICTURES:
        return found
    return found | {"picture": _spec(PICTURES[path](found), flags)}


def with_pictures(path: str, found: dict[str, Any], flags: Sequence[str] = ()) -> dict[str, Any]:
    """The answer of a route with its `pictures` by name, None where there is nothing to draw; `flags` of the data."""
    if path not in SEVERAL:
        return found
    charts = SEVERAL[path](found)
    return found | {"pictures": {name: _spec(chart, flags) for name, chart in charts.items()}}


def _spec(chart: Any | None, flags: Sequence[str]) -> dict[str, Any] | None:
    return None if chart is None else spec_of(marked(chart, flags))
