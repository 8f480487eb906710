"""Callable bases: deep enough in the tumour and in its normal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Depths from which a base is callable, from definitions of TMB: 20 in the tumour, 10 in the normal.
MIN_DEPTH_TUMOR = 20
MIN_DEPTH_NORMAL = 10


def callable_runs(
    contig: NDArray[np.integer], position: NDArray[np.integer], is_deep: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Runs of neighbouring deep positions.

    Args:
        contig: contig number of each position, shape (n,).
        position: 0-based positions, ascending within a contig, shape (n,).
        is_deep: whether the position is deep enough in every sample, shape (n,).

    Returns:
        Rows of (contig, start, end), 0-based half-open, shape (m, 3).

    >>> callable_runs(np.zeros(5, int), np.array([3, 4, 5, 9, 10]), np.array([True, True, False, True, True]))
    array([[ 0,  3,  5],
           [ 0,  9, 11]])
    """
    contig, position = contig[is_deep], position[is_deep]
    if not len(position):
        return np.empty((0, 3), dtype=np.int64)
    is_first = np.ones(len(position), dtype=bool)
    is_first[1:] = (np.diff(position) != 1) | (np.diff(contig) != 0)
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(position)) - 1
    return np.column_stack([contig[first], position[first], position[last] + 1]).astype(np.int64)


def join_touching(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted runs with those that touch made one (a run cut by the end of a batch), shape (m, 3)."""
    if not len(runs):
        return runs
    touches = (runs[1:, 0] == runs[:-1, 0]) & (runs[1:, 1] == runs[:-1, 2])
    first = np.append(True, ~touches)
    last = np.append(~touches, True)
    return np.column_stack([runs[first, 0], runs[first, 1], runs[last, 2]])
