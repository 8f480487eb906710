"""Small counts in tables that are shared: which cells are shown, and how coarsely.

Every count is rounded down to a multiple of k and is withheld below k, so each figure, shown or not, stands for k
possible counts. A withheld count is then safe from subtraction but in one case: where shown counts of a line all lie
at the top of their ranges and the total at the bottom. There a second count of the line is withheld as well
(complementary suppression), which unties the sum. Rounding matters as much as withholding: two tables of nearly the
same patients, such as those with one biomarker known and those with another, would otherwise give the difference away.
Terms after Hundepool et al., Statistical Disclosure Control (Wiley 2012).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: Bounds stop moving after a few rounds; more would cost time and change nothing.
_ROUNDS = 25


def coarse(n: int | None, k: int) -> int | None:
    """The count as it is shared: a multiple of k, None below k. With k of 1 or less, the count.

    >>> coarse(13, 5), coarse(4, 5), coarse(0, 5), coarse(3, 1)
    (10, None, None, 3)
    """
    if n is None or k <= 1:
        return n
    return n - n % k if n >= k else None


def shown_cells(table: Counts, k: int, published: Mask | None = None) -> tuple[Mask, Mask]:
    """Which cells of a table, and which of its column totals, may be shown beside its row totals and their sum.

    Args:
        table: counts, shape (r, c); everybody of a row is in one of its cells.
        k: counts below it are withheld; 1 or less withholds nothing.
        published: rows of which anything is shown, total and cells, shape (r,); what may be shown of the row totals
            themselves is a table of one row, to be judged first. All by default.

    Returns:
        Masks of shapes (r, c) and (c,). A withheld count looks the same whether it is below k or stands beside such a
        one; from all that shows, coarse as `coarse` makes it, no count below k follows.
    """
    whole = np.vstack([table, table.sum(0)])
    shown = np.ones(whole.shape, bool)
    known = np.append(np.ones(len(table), bool) if published is None else published, True)
    shown &= known[:, None]
    if k <= 1:
        return shown[:-1], shown[-1]
    shown &= whole >= k
    totals = np.where(known, whole.sum(1), -1)
    while (cell := _given_away(whole, shown, totals, k)) is not None:
        near = np.zeros(whole.shape, bool)
        near[cell[0]] = near[:, cell[1]] = True
        chosen = near & shown
        if not chosen.any():
            chosen = shown
        places = np.argwhere(chosen)
        row, column = places[np.argmin(whole[chosen])]
        shown[row, column] = shown[-1, column] = False  # its column's total would tell it
    return shown[:-1], shown[-1]


def _given_away(whole: Counts, shown: Mask, totals: Counts, k: int) -> tuple[int, int] | None:
    """A withheld count below k that everything shown leaves but one value, if anything shown is left to withhold.

    The last row of `whole` is the sum of the others; `totals` are of the rows, -1 where not known. A reader is taken to
    know which counts are below k.
    """
    if not shown.any():
        return None
    small = ~shown & (whole < k)
    floors = np.where(shown, whole // k * k, 0)
    low = floors.astype(float)
    high = np.where(shown, floors + k - 1.0, np.where(small, k - 1.0, np.inf))
    bottom = np.where(totals >= k, totals // k * k, 0).astype(float)
    top = np.where(totals < 0, np.inf, bottom + k - 1)
    for _ in range(_ROUNDS):
        before = [bounds.copy() for bounds in (low, high, bottom, top)]
        bottom, top = np.maximum(bottom, low.sum(1)), np.minimum(top, high.sum(1))
        parts_bottom, parts_top = _tightened(bottom[:-1], top[:-1], bottom[-1], top[-1])
        bottom[-1], top[-1] = max(bottom[-1], bottom[:-1].sum()), min(top[-1], top[:-1].sum())
        bottom[:-1], top[:-1] = parts_bottom, parts_top
        for row in range(len(whole)):
            low[row], high[row] = _tightened(low[row], high[row], bottom[row], top[row])
        for at in range(whole.shape[1]):
            parts_low, parts_high = _tightened(low[:-1, at], high[:-1, at], low[-1, at], high[-1, at])
            low[-1, at] = max(low[-1, at], low[:-1, at].sum())
            high[-1, at] = min(high[-1, at], high[:-1, at].sum())
            low[:-1, at], high[:-1, at] = parts_low, parts_high
        if all(map(np.array_equal, before, (low, high, bottom, top))):
            break
    found = np.argwhere(small & (high - low < 1))
    return (int(found[0][0]), int(found[0][1])) if len(found) else None


def _tightened(low: Floats, high: Floats, bottom: float, top: float) -> tuple[Floats, Floats]:
    """Bounds of counts whose sum is from `bottom` to `top`."""
    others_low = low.sum() - low
    endless = ~np.isfinite(high)
    finite = np.where(endless, 0, high)
    others_high = np.where(endless.sum() - endless > 0, np.inf, finite.sum() - finite)
    return np.maximum(low, bottom - others_high), np.minimum(high, top - others_low)


def rounded(value: Any, digits: int) -> Any:
    """To significant digits; what is no number stays.

    >>> rounded(0.034567, 1), rounded(123.4, 2), rounded(None, 2)
    (0.03, 120.0, None)
    """
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not math.isfinite(value)
        or value == 0
    ):
        return value
    return float(f"{value:.{digits - 1}e}")
