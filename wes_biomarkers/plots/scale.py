"""Which axis suits values that may stretch over orders of magnitude."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

#: Labels of a logarithmic axis.
LOG_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
#: Fewer values than this are drawn on a linear axis.
_FEW = 8
#: A largest value of more than so many medians would crowd most of the others together.
_STRETCH = 12


def is_stretched(values: Sequence[float]) -> bool:
    """Whether values from zero on have a tail so long that a linear axis hides the others.

    >>> is_stretched([1, 2, 2, 3, 3, 4, 5, 6]), is_stretched([0, 1, 1, 1, 2, 2, 3, 90])
    (False, True)
    """
    if len(values) < _FEW:
        return False
    ordered = sorted(values)
    median = ordered[len(ordered) // 2]
    return ordered[0] >= 0 and median > 0 and ordered[-1] > _STRETCH * median


def scale_of(values: Sequence[float]) -> alt.Scale:
    """A linear scale; of a long tail a logarithmic one, with zero in it where that is a value."""
    if not is_stretched(values):
        return alt.Scale(zero=False)
    if min(values) > 0:
        return alt.Scale(type="log", nice=False)
    return alt.Scale(type="symlog", constant=1)


def axis_of(values: Sequence[float]) -> alt.Axis:
    """The labels that go with `scale_of`; of a single value its own, in few digits."""
    if len(set(values)) == 1:
        return alt.Axis(values=[values[0]], format=".3~g")
    if is_stretched(values) and min(values) > 0:
        return alt.Axis(values=list(LOG_TICKS))
    return alt.Axis(tickCount=6)
