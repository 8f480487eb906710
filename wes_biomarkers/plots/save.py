"""Writing one chart to a file: picture or page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import atomic_path, write_text
from wes_biomarkers.plots.theme import themed

#: Stands for `<` while the page is made: a private character that no text has.
_LESS = "\ue03c"
#: What a file's suffix may be.
SUFFIXES = (".svg", ".png", ".html")


def check_suffix(path: Path | str) -> None:
    """Raise an InputError for a suffix that is none of `SUFFIXES`."""
    if Path(path).suffix.lower() not in SUFFIXES:
        remedy = f"Name it with one of {', '.join(SUFFIXES)}."
        raise InputError([Fault("is no kind of picture known here", remedy, file=str(path))])


def spec_svg(spec: Mapping[str, Any]) -> str:
    """A Vega-Lite specification as SVG."""
    import vl_convert

    convert: Any = vl_convert
    return str(convert.vegalite_to_svg(spec))


def save_chart(chart: Any, path: Path | str) -> None:
    """Write a chart as SVG, PNG (twice the pixels) or HTML that needs no network, by the file's suffix.

    Raises:
        InputError: another suffix.
    """
    import vl_convert

    convert: Any = vl_convert
    check_suffix(path)
    suffix = Path(path).suffix.lower()
    spec = themed(chart).to_dict()
    if suffix == ".png":
        with atomic_path(path) as temporary:
            temporary.write_bytes(convert.vegalite_to_png(spec, scale=2))
    elif suffix == ".svg":
        write_text(path, spec_svg(spec))
    else:
        write_text(path, _page(convert, spec))


def _page(convert: Any, spec: Any) -> str:
    """A page whose script holds the chart; `<` is written `\\u003c` there, so that no text of the data ends the script."""
    html: str = convert.vegalite_to_html(json.loads(json.dumps(spec).replace("<", _LESS)), bundle=True)
    return html.replace(_LESS, "\\u003c")
