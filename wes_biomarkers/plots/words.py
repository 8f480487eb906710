"""What charts of outcomes say in words: p values, intervals, the sentences of flags, and where labels fit."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import altair as alt
import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.plots.theme import flag_line
from wes_biomarkers.stats.estimate import Estimate

#: Mean width in pixels of a letter of a subtitle, and of a title.
_LETTER, _TITLE_LETTER = 5.9, 7.8


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def numbers(values: pd.Series) -> pd.Series:
    """A column as floats; what is missing in any way, or no number, is NaN."""
    return pd.to_numeric(values, errors="coerce").astype("Float64").astype(float)


def is_known(value: object) -> TypeGuard[float]:
    """Whether a cell holds a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def p_text(p_value: float, name: str = "p") -> str:
    """A p value as a reader wants it: `p = 0.034`, `p < 0.001`."""
    if p_value < 0.001:
        return f"{name} < 0.001"
    return f"{name} = {p_value:.3f}" if p_value < 0.1 else f"{name} = {p_value:.2f}"


def number_text(value: float) -> str:
    """A number to about three digits: 0.62, 12.3, 148; very small ones to two: 0.0021."""
    size = abs(value)
    if 0 < size < 0.01:
        return f"{value:.2g}"
    return f"{value:.2f}" if size < 10 else f"{value:.1f}" if size < 100 else f"{value:.0f}"


def interval_text(effect: float, ci_low: float, ci_high: float) -> str:
    """An estimate and its interval: `0.62 (0.41 to 0.93)`; without interval the estimate alone."""
    if not (is_known(ci_low) and is_known(ci_high)):
        return number_text(effect)
    return f"{number_text(effect)} ({number_text(ci_low)} to {number_text(ci_high)})"


def estimate_line(row: Mapping[str, Any]) -> str:
    """A row of the association table in words: `hazard ratio 0.62 (0.41 to 0.93) per sd (4.3), p = 0.021`."""
    low, high = (math.nan if row[name] is None else row[name] for name in ("ci_low", "ci_high"))
    kind = str(row["effect_kind"] or "effect").replace("_", " ")
    scale = f" {row['scale']}" if isinstance(row["scale"], str) else ""
    test = f", {p_text(row['p_value'])}" if is_known(row["p_value"]) else ""
    return f"{kind} {interval_text(row['effect'], low, high)}{scale}{test}"


def estimate_text(name: str, estimate: Estimate) -> str:
    """An estimate in words: `hazard ratio 0.62 (0.41 to 0.93), p = 0.021`, or why there is none."""
    if estimate.effect is None:
        return f"{name} not evaluable: {estimate.reason}"
    low, high = (math.nan if bound is None else bound for bound in (estimate.ci_low, estimate.ci_high))
    test = "" if estimate.p_value is None else f", {p_text(estimate.p_value)}"
    return f"{name} {interval_text(estimate.effect, low, high)}{test}"


def time_title(origin: str, landmark_months: float | None = None) -> str:
    """What a time axis counts: `months from first dose`.

    >>> time_title("first_dose"), time_title("allocation", 3.0)
    ('months from first dose', 'months from 3 months after allocation')
    """
    since = origin.replace("ready_made", "the origin of the times given").replace("_", " ")
    return f"months from {'' if landmark_months is None else f'{landmark_months:g} months after '}{since}"


def cut_names(feature: str, cut: float) -> tuple[str, str]:
    """What to call the groups below a cut, and at or above it."""
    return f"{feature} below {cut:g}", f"{feature} {cut:g} or more"


def explained(text: str, flags: Iterable[str], *notes: str, width: int = 460) -> alt.TitleParams:
    """A title with notes below it and, for each flag, its words or its sentence, wrapped to the width.

    Args:
        text: the title.
        flags: codes of theme.FLAG_WORDS (short words, one line) and contracts.association.ASSOCIATION_FLAGS.
        notes: lines between title and flags; empty ones are left out.
        width: of the chart in pixels.
    """
    given = set(flags)
    sentences = [sentence for flag, sentence in ASSOCIATION_FLAGS.items() if flag in given]
    lines = [note for note in (*notes, *sentences, flag_line(given)) if note]
    columns = max(40, int(width / _LETTER))
    wrapped = [part for line in lines for part in textwrap.wrap(line, columns)]
    return alt.TitleParams(text=textwrap.wrap(text, max(40, int(width / _TITLE_LETTER))), subtitle=wrapped)


def marked(chart: Any, flags: Iterable[str]) -> Any:
    """The chart with the short words of the data's flags as the last line of its title, unless a line says them."""
    title, line = chart.title, flag_line(flags)
    if not line or title is alt.Undefined:
        return chart
    if not isinstance(title, alt.TitleParams):
        title = alt.TitleParams(text=title)
    told = title["subtitle"]
    lines = [] if told is alt.Undefined else [told] if isinstance(told, str) else list(told)
    if any(line in each for each in lines):
        return chart
    again = title.copy(deep=False)
    again["subtitle"] = [*lines, line]
    return chart.properties(title=again)


def thinned(names: Sequence[str], most: int) -> tuple[list[str], str]:
    """At most so many of the names, evenly spaced, first and last among them; and a line that says so, or nothing.

    >>> thinned(["a", "b", "c", "d", "e"], 3)
    (['a', 'c', 'e'], '3 of 5 patients drawn, evenly spaced in this order')
    """
    if len(names) <= most:
        return list(names), ""
    drawn = [names[round(place * (len(names) - 1) / (most - 1))] for place in range(most)]
    return drawn, f"{most} of {len(names):,} patients drawn, evenly spaced in this order"


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as a sweep does so that neighbours are `gap` apart, within low and high if they fit.

    The order of the values is kept; the result is in the order given.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved: list[float] = []
    for index in order:
        moved.append(max(places[index], moved[-1] + gap if moved else low))
    ceiling = high
    for at in range(len(moved) - 1, -1, -1):
        moved[at] = min(moved[at], ceiling)
        ceiling = moved[at] - gap
    result = [0.0] * len(places)
    for index, place in zip(order, moved, strict=True):
        result[index] = place
    return result
