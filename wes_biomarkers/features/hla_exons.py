"""Where the exons of an HLA allele lie in its coding sequence, which is often only a part of it.

An entry is laid on a complete allele of its locus with one gap at most: a whole exon that was not sequenced, or
an insertion or deletion within one. Beyond that alleles of a locus differ by single bases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: First and one past the last base of an exon in the entry, by its number.
Exons = dict[int, tuple[int, int]]

#: Bases that must agree to find where an end of an entry lies, and how far apart such places are tried.
WORD, STEP = 16, 3
#: Bases at the end of both that make it the same end: the last exon may be shorter than a word.
TAIL = 8
#: An entry that differs at more of its bases is not of the locus, or laid wrongly. Alleles of one locus differ at
#: 14 % of exon 2 at most (DRB1, DQB1).
MAX_DIFFERENCE = 0.25
#: An exon of which an entry holds less is absent.
MIN_SHARE = 0.5


def place_exons(sequence: str, complete: str, lengths: Sequence[int | None]) -> Exons:
    """The exons that an entry holds, in its own coordinates.

    Args:
        sequence: coding bases of the entry, from any base of any exon on.
        complete: coding sequence of a complete allele of the locus.
        lengths: of its exons 1, 2, ...; None where it lacks one.

    Returns:
        Nothing where the entry cannot be laid on the complete allele.

    >>> complete = "ATGGCCGTCATGGCGCCCCGAACCCTCCTCCTGCTACTCTCGGGGGCC"
    >>> place_exons(complete[10:], complete, [20, 28])
    {1: (0, 10), 2: (10, 38)}
    """
    ends = _ends(sequence, complete)
    if ends is None:
        return {}
    left, right = ends
    borders = np.cumsum([0, *(length or 0 for length in lengths)])
    gap, difference = _best_gap(sequence, complete, left, right, borders)
    if difference > MAX_DIFFERENCE:
        return {}
    own = [_moved(int(border), gap, left, right, len(sequence)) for border in borders]
    return {
        number: (own[number - 1], own[number])
        for number, length in enumerate(lengths, start=1)
        if length is not None and own[number] - own[number - 1] >= MIN_SHARE * length
    }


def _ends(sequence: str, complete: str) -> tuple[int, int] | None:
    """By how much the first and the last part of the entry are shifted in the complete allele."""
    last = len(sequence) - WORD
    starts = range(0, last + 1, STEP)
    found = (complete.find(sequence[start : start + WORD]) - start for start in starts)
    left = next((shift for shift, start in zip(found, starts, strict=True) if shift + start >= 0), None)
    if left is None:
        return None
    if len(sequence) >= TAIL and complete.endswith(sequence[-TAIL:]):
        return left, len(complete) - len(sequence)
    starts = range(last, -1, -STEP)
    found = (complete.rfind(sequence[start : start + WORD]) - start for start in starts)
    right = next((shift for shift, start in zip(found, starts, strict=True) if shift + start >= 0), left)
    return left, right


def _best_gap(
    sequence: str, complete: str, left: int, right: int, borders: NDArray[np.int64]
) -> tuple[int, float]:
    """Base of the entry before which the shift changes, at an exon's border where that is as good.

    Returns:
        The base, and the share of bases that differ.
    """
    before, after = (_differences(sequence, complete, shift) for shift in (left, right))
    cost = np.concatenate(([0], np.cumsum(before))) + np.concatenate((np.cumsum(after[::-1])[::-1], [0]))
    best = np.flatnonzero(cost == cost.min())
    at_border = best[np.isin(best + left, borders)]
    gap = int(at_border[0] if len(at_border) else best[0])
    return gap, float(cost.min()) / len(sequence)


def _differences(sequence: str, complete: str, shift: int) -> NDArray[np.bool_]:
    """Whether each base of the entry differs from the one it lies on; it does beyond the complete allele."""
    own, other = (np.frombuffer(text.encode(), np.uint8) for text in (sequence, complete))
    places = np.arange(len(own)) + shift
    inside = (places >= 0) & (places < len(other))
    differs = np.ones(len(own), bool)
    differs[inside] = own[inside] != other[places[inside]]
    return differs


def _moved(border: int, gap: int, left: int, right: int, length: int) -> int:
    """A border of the complete allele in the entry; bases inserted at a border belong to the exon before it."""
    place = border - left if border < gap + left else max(gap, border - right)
    return min(max(place, 0), length)
