"""An exact index of every piece of a reference proteome, up to 28 residues long, as sorted numbers.

A residue is a digit of base 22 (0: past the protein's end, 21: any letter but the twenty amino acids). The 28
residues from each place of each protein on are two numbers of 14 digits (22**14 < 2**64); the distinct pairs are
kept in order, 16 bytes each. A piece is in the proteome if a pair begins with its digits: a range of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_DIGITS = 14
LONGEST = 2 * _DIGITS
_BASE = 22
_OTHER = 21

_CODE = np.full(256, _OTHER, np.uint8)
for _digit, _letter in enumerate("ACDEFGHIKLMNPQRSTVWY", start=1):
    _CODE[ord(_letter)] = _digit
_CODE[0] = 0

#: Value of each digit of a number.
_WEIGHT = np.array([_BASE**power for power in range(_DIGITS - 1, -1, -1)], np.uint64)


class SelfProteome:
    """Exact membership of peptides in a set of proteins.

    Args:
        proteins: one-letter sequences; identical ones are indexed once. A peptide that holds another letter than
            the twenty amino acids (X, U) is never found.
    """

    def __init__(self, proteins: Iterable[str]) -> None:
        distinct = sorted({protein.rstrip("*").upper() for protein in proteins} - {""})
        text = b"".join(protein.encode("ascii", "replace") + bytes(LONGEST) for protein in distinct)
        code = _CODE[np.frombuffer(text, np.uint8)]
        starts = np.flatnonzero(code)
        head = _numbers(code, starts)
        tail = _numbers(code, starts + _DIGITS)
        order = np.lexsort((tail, head))
        head, tail = head[order], tail[order]
        is_first = np.ones(len(head), bool)
        is_first[1:] = (head[1:] != head[:-1]) | (tail[1:] != tail[:-1])
        self._head, self._tail = head[is_first], tail[is_first]
        self.n_protein = len(distinct)

    @property
    def nbytes(self) -> int:
        """Memory of the index in bytes."""
        return self._head.nbytes + self._tail.nbytes

    def contains(self, peptide: str) -> bool:
        """Whether a protein holds the peptide."""
        return bool(self.contain([peptide])[0])

    def contain(self, peptides: Sequence[str]) -> NDArray[np.bool_]:
        """Which of n peptides a protein holds, shape (n,).

        Raises:
            ValueError: an empty peptide, or one longer than LONGEST.
        """
        lengths = np.fromiter(map(len, peptides), np.int64, len(peptides))
        if len(peptides) and not (lengths.min() >= 1 and lengths.max() <= LONGEST):
            raise ValueError(f"peptides of 1 to {LONGEST} residues")
        found = np.zeros(len(peptides), bool)
        for length in np.unique(lengths).tolist():
            at = np.flatnonzero(lengths == length)
            letters = "".join(peptides[index] for index in at.tolist()).encode("ascii", "replace")
            code = _CODE[np.frombuffer(letters, np.uint8).reshape(-1, length)]
            found[at] = self._contain(code) & (code != _OTHER).all(axis=1)
        return found

    def _contain(self, code: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Of peptides of one length as digits, shape (n, length)."""
        head = code[:, :_DIGITS].astype(np.uint64)
        size = head.shape[1]
        low = head @ _WEIGHT[:size]
        high = low + (_WEIGHT[size - 1] - np.uint64(1))  # the last number that begins with these digits
        first, last = np.searchsorted(self._head, low), np.searchsorted(self._head, high, side="right")
        found = first < last
        if code.shape[1] > _DIGITS:
            rest = code[:, _DIGITS:].astype(np.uint64)
            low = rest @ _WEIGHT[: rest.shape[1]]
            high = low + (_WEIGHT[rest.shape[1] - 1] - np.uint64(1))
            for index in np.flatnonzero(found).tolist():
                tail = self._tail[first[index] : last[index]]
                place = int(np.searchsorted(tail, low[index]))
                found[index] = place < len(tail) and tail[place] <= high[index]
        return np.asarray(found, bool)


def _numbers(code: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The number of the _DIGITS digits from each start on, shape of `starts`; 0 beyond the first zero or the end."""
    number = np.zeros(len(starts), np.uint64)
    for step in range(_DIGITS):
        at = starts + step
        digit = np.where(at < len(code), code[np.minimum(at, len(code) - 1)], 0)
        number = number * np.uint64(_BASE) + digit.astype(np.uint64)
    return number
