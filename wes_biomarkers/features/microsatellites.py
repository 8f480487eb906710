"""Microsatellites of a sequence: pure repeats of units of one to five bases, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]

#: Columns of the sites file, in their order.
COLUMNS = ("chrom", "start", "end", "unit", "n_unit", "left_flank", "right_flank")

UNIT_NAMES: Mapping[int, str] = {
    1: "mononucleotide",
    2: "dinucleotide",
    3: "trinucleotide",
    4: "tetranucleotide",
    5: "pentanucleotide",
}


@dataclass(frozen=True)
class ScanRules:
    """Which repeats count as sites.

    Attributes:
        min_unit: least whole units of a repeat, for units of 1, 2, 3, 4 and 5 bases.
        max_length: longest repeat, in bases; a read must hold it whole with both flanks.
        flank: bases on each side that a read must show.
        pad: bases around a target in which sites are still looked for.
    """

    min_unit: tuple[int, ...]
    max_length: int
    flank: int
    pad: int


@dataclass(frozen=True)
class Sites:
    """Microsatellites; arrays of equal length n, in the order of the genome.

    Attributes:
        chrom: contig names.
        start, end: of the repeat with a last broken unit, 0-based half-open.
        unit: the repeated bases, as they begin at `start`.
        left_flank, right_flank: bases just before and just after, all of one length.
    """

    chrom: NDArray[Any]
    start: IntArray
    end: IntArray
    unit: NDArray[Any]
    left_flank: NDArray[Any]
    right_flank: NDArray[Any]

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike]) -> Sites:
        """Sites from columns of any sequence type."""
        return cls(
            **{
                name: np.asarray(columns[name], np.int64 if name in ("start", "end") else object)
                for name in COLUMNS
                if name != "n_unit"
            }
        )

    @property
    def length(self) -> IntArray:
        """Bases of each repeat."""
        return self.end - self.start

    @property
    def unit_length(self) -> IntArray:
        """Bases of each unit, 1 to 5."""
        return np.fromiter((len(unit) for unit in self.unit), np.int64, len(self))

    @property
    def n_unit(self) -> IntArray:
        """Whole units of each repeat."""
        return self.length // np.maximum(self.unit_length, 1)

    def where(self, rows: NDArray[Any] | slice) -> Sites:
        """The sites of a mask, of row numbers or of a slice."""
        return Sites(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def label(self, row: int) -> str:
        """A site as people write it: `chr1:101-112 (A)12`, places 1-based inclusive."""
        place = f"{self.chrom[row]}:{self.start[row] + 1}-{self.end[row]}"
        return f"{place} ({self.unit[row]}){self.n_unit[row]}"


def find_repeats(sequence: bytes, rules: ScanRules) -> tuple[IntArray, IntArray, IntArray]:
    """Every pure repeat of a sequence that the rules admit, whole: no base more on either side fits the unit.

    A base equal to the one k places before it goes on with a repeat of unit length k, so repeats are the runs
    of such bases. A unit that is itself a repeat of a shorter one is left to the shorter. Letters other than
    A, C, G and T (either case) end a repeat.

    Returns:
        Starts and ends (0-based half-open) and unit lengths, each of shape (n,), sorted by start.

    >>> rules = ScanRules(min_unit=(5, 3, 3, 3, 3), max_length=50, flank=2, pad=0)
    >>> [values.tolist() for values in find_repeats(b"GGAAAAACTCACACAGNN", rules)]
    [[2, 9], [7, 15], [1, 2]]
    """
    bases = np.frombuffer(sequence.upper(), np.uint8)
    known = np.isin(bases, np.frombuffer(b"ACGT", np.uint8))
    found = [_repeats_of(bases, known, size, least, rules) for size, least in enumerate(rules.min_unit, 1)]
    start, end, unit_length = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.lexsort((unit_length, start))
    return start[order], end[order], unit_length[order]


def _repeats_of(
    bases: NDArray[np.uint8], known: NDArray[np.bool_], size: int, least: int, rules: ScanRules
) -> tuple[IntArray, IntArray, IntArray]:
    """The repeats of one unit length: runs of bases equal to the one `size` places before."""
    goes_on = np.zeros(max(len(bases) - size, 0) + 2, np.int8)
    goes_on[1:-1] = (bases[size:] == bases[:-size]) & known[size:] if len(bases) > size else 0
    edges = np.flatnonzero(np.diff(goes_on))
    start, end = edges[::2], edges[1::2] + size
    wanted = (end - start >= least * size) & (end - start <= rules.max_length)
    start, end = start[wanted], end[wanted]
    units = bases[start[:, None] + np.arange(size)]
    is_simple = np.ones(len(start), bool)
    for shorter in range(1, size):
        if size % shorter == 0:
            is_simple &= (units != np.roll(units, -shorter, axis=1)).any(axis=1)
    return start[is_simple], end[is_simple], np.full(int(is_simple.sum()), size, np.int64)


def find_sites(chrom: str, pieces: Sequence[tuple[int, str]], rules: ScanRules) -> Sites:
    """The microsatellites of pieces of one contig whose repeat and flanks lie within a piece.

    Args:
        chrom: the contig's name.
        pieces: start (0-based) and bases of each piece, in order, none overlapping another.
        rules: which repeats count, and the length of the flanks.
    """
    offset = np.array([start for start, _ in pieces], np.int64)
    length = np.array([len(text) for _, text in pieces], np.int64)
    first = np.concatenate([[0], np.cumsum(length + 1)[:-1]]).astype(np.int64)  # each followed by one N
    text = "N".join(text for _, text in pieces).upper()
    start, end, unit_length = find_repeats(text.encode(), rules)
    piece = np.searchsorted(first, start, side="right") - 1
    flank = rules.flank
    rows = [
        (chrom, low + shift, high + shift, text[low : low + size], left, right)
        for low, high, size, shift, begin, until in zip(
            start.tolist(),
            end.tolist(),
            unit_length.tolist(),
            (offset - first)[piece].tolist(),
            first[piece].tolist(),
            (first + length)[piece].tolist(),
            strict=True,
        )
        if low - flank >= begin and high + flank <= until
        if set(left := text[low - flank : low]) | set(right := text[high : high + flank]) <= set("ACGT")
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return Sites.of(dict(zip([name for name in COLUMNS if name != "n_unit"], columns, strict=True)))
