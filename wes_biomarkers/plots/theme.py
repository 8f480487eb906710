"""The look shared by all charts: colour-blind safe, light, with the flags of the data in every subtitle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

#: Okabe and Ito's palette, safe for the common colour vision deficiencies.
BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
INK = "#1f2933"
GREY = "#8a94a0"
GRID = "#e6e9ed"

#: Colours of groups in the order they are given out.
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

#: What a chart's subtitle says for a flag its data carry.
FLAG_WORDS = {
    "synthetic": "SIMULATED DATA",
    "callable_floor_lowered": "callable floor lowered by the user",
    "below_one_callable_mb": "less than 1 callable Mb",
    "no_population_af": "no population frequencies used",
    "low_coverage": "low coverage",
    "no_matched_normal": "without a matched normal",
    "purity_uncertain": "purity uncertain in some",
    "signatures_low_cosine": "some signatures fit poorly",
    "few_mutations": "few mutations in some",
    "synthetic_hla": "invented HLA alleles with the binding models of real ones",
    "unsupported_allele": "some HLA alleles have no binding model",
    "nearest_allele": "some HLA alleles judged by their nearest with a model",
    "no_self_proteome": "peptides of normal proteins not dropped",
}


def series_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each group, in their order; after six they repeat."""
    return {name: SERIES[index % len(SERIES)] for index, name in enumerate(names)}


def text_shade(colour: str) -> str:
    """A darker shade of a `#rrggbb` colour, legible as text on white."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{int(part * 0.72):02x}" for part in parts)


def split_flags(values: Iterable[object]) -> tuple[str, ...]:
    """The distinct codes in columns of semicolon-joined flags, sorted."""
    return tuple(
        sorted({code for value in values if isinstance(value, str) for code in value.split(";") if code})
    )


def _index_classes_once() -> None:
    """Spare two thirds of the time of a chart: Altair indexes its thousand classes anew for each channel that is a word.

    Where a later Altair has no such index by this name, nothing is changed.
    """
    from altair.utils import schemapi

    build = getattr(schemapi, "_FromDict", None)
    classes = getattr(alt.VegaLiteSchema, "_default_wrapper_classes", None)
    if build is not None and classes is not None:
        index = cache(lambda: build(classes()))
        setattr(schemapi, "_FromDict", lambda _classes: index())  # noqa: B010


_index_classes_once()


def flag_line(flags: Iterable[str]) -> str:
    """The flags that change how a chart is read, in words."""
    given = set(flags)
    return " · ".join(words for flag, words in FLAG_WORDS.items() if flag in given)


def titled(text: str, flags: Iterable[str], *notes: str) -> alt.TitleParams:
    """A chart's title, with notes and the flags below it."""
    lines = [note for note in notes if note]
    if flag_line(flags):
        lines.append(flag_line(flags))
    return alt.TitleParams(text, subtitle=lines)


def themed(chart: Any) -> Any:
    """The chart with the shared look; call it once, on the outermost chart."""
    dressed = chart.copy(deep=["config"])
    dressed.config = alt.Config(
        font=FONT,
        background="white",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=INK,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight=500,
            gridColor=GRID,
            domainColor=GREY,
            tickColor=GREY,
            titlePadding=10,
        ),
        title=alt.TitleConfig(
            anchor="start",
            fontSize=15,
            fontWeight=600,
            color=INK,
            subtitleFontSize=12,
            subtitleColor="#52606d",
            subtitlePadding=4,
            offset=14,
        ),
        legend=alt.LegendConfig(
            labelFontSize=12, titleFontSize=12, labelColor=INK, titleColor=INK, symbolSize=90
        ),
    )
    return dressed


class _Rows(alt.InlineData):
    """Rows within a chart: never changed, so that copies of a chart may share them, nor checked one by one."""

    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, memo: object) -> _Rows:
        return self


def inline_chart(rows: Sequence[Mapping[str, object]], **size: int) -> alt.Chart:
    """A chart over rows written into it; keywords `width` and `height` in pixels."""
    data: Any = _Rows(values=[dict(row) for row in rows])
    chart = alt.Chart(data)
    return chart.properties(**size) if size else chart


def message(text: str) -> alt.Chart:
    """An empty chart that says why it is empty."""
    base = inline_chart([{"text": text}], width=560, height=60)
    chart: alt.Chart = base.mark_text(align="left", fontSize=13, color="#52606d").encode(
        x=alt.value(0), text="text:N"
    )
    return chart
