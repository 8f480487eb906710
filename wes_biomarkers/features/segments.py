"""Copy-number segments of one tumour: what copy number makes and clonality, drivers and burden read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Columns in their order; `total_cn`, `minor_cn`, `baf`, `cell_fraction` are NaN where unknown.
COLUMNS = ("chrom", "start", "end", "n_bin", "log2", "n_het", "baf", "total_cn", "minor_cn", "cell_fraction")


@dataclass(frozen=True)
class Segments:
    """Segments sorted by contig and start, not overlapping; arrays of equal length n.

    Attributes:
        chrom: contig names.
        start, end: 0-based half-open.
        n_bin: bins (targets) the segment rests on.
        log2: log2 ratio of tumour to reference, as segmented (not corrected for purity).
        n_het: heterozygous sites of the normal with tumour reads inside.
        baf: allele fraction of the minor allele there, 0 to .5.
        total_cn: copies in the tumour cells that carry the segment's change, whole numbers.
        minor_cn: copies of the minor allele, whole numbers.
        cell_fraction: share of all cells of the sample, normal ones included, that carry the change
            (facets' `cf`; equal to purity where it is clonal).
    """

    chrom: NDArray[Any]
    start: IntArray
    end: IntArray
    n_bin: IntArray
    log2: FloatArray
    n_het: IntArray
    baf: FloatArray
    total_cn: FloatArray
    minor_cn: FloatArray
    cell_fraction: FloatArray

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike]) -> Segments:
        """Segments from columns of any array type; sorted by contig (in order of appearance) and start."""
        chrom = np.asarray(columns["chrom"], object)
        rank = {name: index for index, name in enumerate(dict.fromkeys(chrom.tolist()))}
        order = np.lexsort(
            (np.asarray(columns["start"], np.int64), np.array([rank[name] for name in chrom.tolist()]))
        )
        arrays = {
            name: np.asarray(
                columns[name], np.int64 if name in ("start", "end", "n_bin", "n_het") else float
            )[order]
            for name in COLUMNS[1:]
        }
        return cls(chrom=chrom[order], **arrays)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, in the order of `COLUMNS`."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def length(self) -> IntArray:
        """Bases of each segment, shape (n,)."""
        return self.end - self.start

    def where(self, mask: NDArray[np.bool_]) -> Segments:
        """The segments of a mask of shape (n,)."""
        return Segments(**{name: values[mask] for name, values in self.columns().items()})

    def at(self, chrom: ArrayLike, position: ArrayLike) -> IntArray:
        """Index of the segment that holds each 0-based position, shape (m,); -1 where none does.

        >>> one = Segments.of({**{name: [1.0] for name in COLUMNS}, "chrom": ["1"], "start": [0], "end": [9]})
        >>> one.at(["1", "1", "2"], [8, 9, 3]).tolist()
        [0, -1, -1]
        """
        names, positions = np.asarray(chrom, object), np.asarray(position, np.int64)
        found = np.full(len(positions), -1, np.int64)
        for name in dict.fromkeys(names.tolist()):
            own = np.flatnonzero(self.chrom == name)
            asked = np.flatnonzero(names == name)
            if not len(own):
                continue
            last = np.searchsorted(self.start[own], positions[asked], side="right") - 1
            inside = (last >= 0) & (positions[asked] < self.end[own[np.maximum(last, 0)]])
            found[asked[inside]] = own[last[inside]]
        return found
