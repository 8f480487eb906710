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
        one; from all that shows, coarse as `coarse` makes it, no count below k follows, nor where it is guessed that
        every withheld one is below k and that is so. Where nothing is shown, nothing is left to withhold.
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

    The last row of `whole` is the sum of the others; `totals` are of the rows, -1 where not known.
    """
    if not shown.any():
        return None
    withheld = ~shown[:-1] & (totals[:-1, None] >= 0)
    # Who guesses that all of them are below k is right until one that is not is withheld as well.
    guesses = [math.inf, k - 1] if (whole[:-1][withheld] < k).all() else [math.inf]
    for row, column in np.argwhere(~shown & (whole < k)).tolist():
        if _has_neighbour(whole, shown, totals, guesses[-1], k, (row, column)):
            continue
        for most in guesses:
            highest = np.where(shown[:-1], whole[:-1] // k * k + k - 1, np.where(withheld, most, math.inf))
            if _is_certain(whole, shown, totals, highest, k, (row, column)):
                return row, column
    return None


def _has_neighbour(
    whole: Counts, shown: Mask, totals: Counts, most: float, k: int, cell: tuple[int, int]
) -> bool:
    """Whether one count more or less there, alone or against a withheld one beside it, would show the same table.

    Quick, and enough for most counts; what has no such neighbour may still have another. `most`: of a withheld count.
    """
    row, column = cell
    last = len(whole) - 1

    def same(n: int, step: int) -> bool:
        return n < 0 or (n + step) // k == n // k

    def moves(at: int, column: int, step: int) -> bool:
        """Whether a withheld count can change, its column's total with it."""
        free = not shown[at, column] and 0 <= whole[at, column] + step <= most
        return bool(free and (not shown[last, column] or same(whole[last, column], step)))

    for at in range(last) if row == last else (row,):
        for step in (1, -1):
            if not 0 <= whole[row, column] + step < k or not moves(at, column, step):
                continue
            if same(totals[at], step) and same(totals[last], step):
                return True
            if any(moves(at, other, -step) for other in range(whole.shape[1]) if other != column):
                return True
            if row != last and any(
                not shown[other, column]
                and 0 <= whole[other, column] - step <= most
                and same(totals[at], step)
                and same(totals[other], -step)
                for other in range(last)
                if other != at
            ):
                return True
    return False


def _is_certain(
    whole: Counts, shown: Mask, totals: Counts, highest: NDArray[np.float64], k: int, cell: tuple[int, int]
) -> bool:
    """Whether all tables that would show the same agree on a count below k, by integer programming.

    `highest`: what each count of the table can be at most.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    table, seen, shape = whole[:-1], shown[:-1], whole[:-1].shape
    rows, columns = np.indices(shape)
    wholes = [np.ones(shape, bool), *(rows == at for at in range(shape[0]) if totals[at] >= 0),
              *(columns == at for at in np.flatnonzero(shown[-1]))]  # fmt: skip
    sums = np.array([table[where].sum() for where in wholes])
    floors = np.where(seen, table // k * k, 0).ravel()
    aim = (columns == cell[1]) & ((rows == cell[0]) | (cell[0] == shape[0]))
    least, greatest = (
        milp(
            sign * aim.ravel().astype(float),
            integrality=np.ones(table.size),
            bounds=Bounds(floors, highest.ravel()),
            constraints=LinearConstraint(
                np.array([where.ravel() for where in wholes], float), sums // k * k, sums // k * k + k - 1
            ),
        )
        for sign in (1, -1)
    )
    return bool(round(least.fun) >= min(round(-greatest.fun), k - 1))


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
