"""Sets of bases on a genome, 0-based half-open: their size, their overlap and what lies inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Region:
    """A set of bases: each contig's starts and ends of sorted intervals that neither overlap nor touch."""

    contigs: Mapping[str, tuple[IntArray, IntArray]] = field(default_factory=dict)

    @classmethod
    def of(cls, intervals: Iterable[tuple[str, int, int]]) -> Region:
        """The union of intervals (contig, start, end) in any order.

        >>> Region.of([("a", 5, 9), ("a", 1, 6), ("b", 0, 2)]).bases
        10
        """
        by_contig: dict[str, list[tuple[int, int]]] = {}
        for contig, start, end in intervals:
            if start < end:
                by_contig.setdefault(contig, []).append((start, end))
        return cls({contig: _union(np.asarray(pairs, np.int64)) for contig, pairs in by_contig.items()})

    @property
    def bases(self) -> int:
        """How many bases it holds."""
        return int(sum((ends - starts).sum() for starts, ends in self.contigs.values()))

    @property
    def mb(self) -> float:
        """Its size in megabases."""
        return self.bases / 1e6

    def intersect(self, other: Region) -> Region:
        """The bases in both."""
        import pyranges

        if not self.bases or not other.bases:
            return Region()
        shared = pyranges.PyRanges(self._frame()).intersect(pyranges.PyRanges(other._frame())).df
        if not len(shared):
            return Region()
        return Region(
            {
                str(contig): _union(rows[["Start", "End"]].to_numpy(np.int64))
                for contig, rows in shared.groupby("Chromosome", observed=True)
            }
        )

    def overlaps(self, contig: ArrayLike, start: ArrayLike, end: ArrayLike) -> NDArray[np.bool_]:
        """Which of the intervals (contig, start, end), shape (n,) each, share at least one base with it."""
        names, starts, ends = np.asarray(contig, object), np.asarray(start), np.asarray(end)
        inside = np.zeros(len(names), bool)
        for name, (own_starts, own_ends) in self.contigs.items():
            here = np.flatnonzero(names == name)
            if len(here):
                following = np.searchsorted(own_ends, starts[here], side="right")
                exists = following < len(own_starts)
                first = own_starts[np.minimum(following, len(own_starts) - 1)]
                inside[here] = exists & (first < ends[here])
        return inside

    def _frame(self) -> Any:
        import pandas as pd

        parts = [
            pd.DataFrame({"Chromosome": contig, "Start": starts, "End": ends})
            for contig, (starts, ends) in self.contigs.items()
        ]
        return pd.concat(parts, ignore_index=True)


def _union(pairs: IntArray) -> tuple[IntArray, IntArray]:
    """Starts and ends of the union of at least one interval, shape (n, 2); those that touch are joined."""
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    reach = np.maximum.accumulate(pairs[:, 1])
    is_first = np.append(True, pairs[1:, 0] > reach[:-1])
    return pairs[is_first, 0], reach[np.append(is_first[1:], True)]
