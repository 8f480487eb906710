"""Where reads lie within the scored exons of HLA genes, by shared words of K bases.

Entries of IMGT/HLA's coding sequences have no introns, and a third of the reads of an exome cross the edge of an
exon of 270 bases: an aligner that wants whole reads loses them. Here a read is laid over an exon on the diagonal
that most of its words vote for, and only the bases within the exon are used. A read of RNA may lie over two exons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.hla_model import UNKNOWN, Frame, LocusModel

#: Bases of a word.
K = 15
#: A read's words are taken every so many bases.
STEP = 3
#: Words a pair must share with the reference to be of an HLA gene, and a mate to be laid over an exon.
MIN_WORDS_PAIR = 4
MIN_WORDS_EXON = 2

_FILTER_BITS = 24
_FILTER_MASK = np.uint32((1 << _FILTER_BITS) - 1)
_CHUNK = 20_000

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Reads:
    """Pairs of reads, shorter ones filled with UNKNOWN at the end.

    Attributes:
        bases: codes, shape (n, 2, length); the second mate of a single read is all UNKNOWN.
        quality: Phred, shape (n, 2, length).
    """

    bases: NDArray[np.uint8]
    quality: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.bases)

    def take(self, rows: NDArray[np.bool_] | IntArray) -> Reads:
        """Some of the pairs."""
        return Reads(self.bases[rows], self.quality[rows])

    def turned(self, flip: NDArray[np.bool_]) -> Reads:
        """Both mates on the strand of the genes: the second reversed, or the first where `flip`, shape (n,)."""
        bases, quality = self.bases.copy(), self.quality.copy()
        for mate, rows in ((0, flip), (1, ~flip)):
            bases[rows, mate], quality[rows, mate] = _reverse(bases[rows, mate], quality[rows, mate])
        return Reads(bases, quality)


@dataclass(frozen=True)
class WordIndex:
    """The words of all scored exons of all alleles.

    Attributes:
        words: sorted, shape (n,); a word may stand in several frames and columns.
        frame, column: where each starts; frames are counted over all models.
        n_frame: frames in all.
    """

    words: NDArray[np.uint32]
    frame: NDArray[np.int32]
    column: NDArray[np.int32]
    n_frame: int
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class Placements:
    """Mates laid over frames, one row each.

    Attributes:
        pair, mate, frame: which.
        start: column of the read's first base; negative where it begins before the exon.
    """

    pair: IntArray
    mate: IntArray
    frame: IntArray
    start: IntArray


def words_of(bases: NDArray[np.uint8], step: int = 1) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Words that begin at every `step`-th base and which hold no unknown base, shapes (n, n_word)."""
    n_start = bases.shape[-1] - K + 1
    if n_start < 1:
        return np.zeros((*bases.shape[:-1], 0), np.uint32), np.zeros((*bases.shape[:-1], 0), bool)
    words = np.zeros((*bases.shape[:-1], -(-n_start // step)), np.uint32)
    known = np.ones(words.shape, bool)
    for place in range(K):
        letters = bases[..., place : place + n_start : step]
        words = (words << np.uint32(2)) | (letters & 3)
        known &= letters != UNKNOWN
    return words, known


def index_words(models: Sequence[LocusModel]) -> WordIndex:
    """The words of all frames of some genes."""
    return index_frames([frame for model in models for frame in model.frames])


def index_frames(frames: Sequence[Frame]) -> WordIndex:
    """The words of some frames."""
    empty = np.zeros(0, np.int32)
    parts = [(np.zeros(0, np.uint64), empty, empty)]
    for number, frame in enumerate(frames):
        words, known = words_of(frame.bases)
        rows, columns = np.nonzero(known)
        keys = (words[rows, columns].astype(np.uint64) << np.uint64(20)) | columns.astype(np.uint64)
        unique = np.unique(keys)
        place = (unique & np.uint64((1 << 20) - 1)).astype(np.int32)
        parts.append((unique >> np.uint64(20), np.full(len(unique), number, np.int32), place))
    words, frame_of, column_of = (np.concatenate(part) for part in zip(*parts, strict=True))
    words = words.astype(np.uint32)
    order = np.argsort(words, kind="stable")
    seen = np.zeros(1 << _FILTER_BITS, bool)
    seen[words & _FILTER_MASK] = True
    return WordIndex(words[order], frame_of[order], column_of[order], len(frames), seen)


def count_words(index: WordIndex, reads: Reads) -> IntArray:
    """Words of each pair that the index knows, shape (n, 2): as read, and with the strands exchanged."""
    counts = np.zeros((len(reads), 2), np.int64)
    for first in range(0, len(reads), _CHUNK):
        part = reads.take(np.arange(first, min(first + _CHUNK, len(reads))))
        for side in (0, 1):
            turned = part.turned(np.full(len(part), bool(side))).bases
            words, known = words_of(turned, STEP)
            known &= index.seen[words & _FILTER_MASK]
            held = np.zeros(words.shape, bool)
            held[known] = _holds(index, words[known])
            counts[first : first + len(part), side] = held.sum(axis=(1, 2))
    return counts


def place_pairs(index: WordIndex, reads: Reads) -> Placements:
    """The place of each mate in every frame it shares words with; `reads` as `Reads.turned` gives them."""
    found = [_place_chunk(index, reads.bases[at], at.start) for at in _chunks(len(reads))]
    parts = list(zip(*found, strict=True)) if found else [[np.zeros(0, np.int64)]] * 4
    return Placements(*(np.concatenate(part) for part in parts))


def _chunks(n: int) -> Iterator[slice]:
    for first in range(0, n, _CHUNK // 4):
        yield slice(first, min(first + _CHUNK // 4, n))


def _place_chunk(index: WordIndex, bases: NDArray[np.uint8], first: int) -> tuple[IntArray, ...]:
    words, known = words_of(bases, STEP)
    known &= index.seen[words & _FILTER_MASK]
    pair, mate, at = np.nonzero(known)
    low = np.searchsorted(index.words, words[known], "left")
    high = np.searchsorted(index.words, words[known], "right")
    times = high - low
    source = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(source)) - np.repeat(np.cumsum(times) - times, times)
    entry = low[source] + within
    length = bases.shape[-1]
    diagonal = index.column[entry] - at[source] * STEP + length  # never negative
    span = int(diagonal.max(initial=0)) + 1
    row = (pair[source] * 2 + mate[source]) * index.n_frame + index.frame[entry]
    votes, counts = np.unique(row * span + diagonal, return_counts=True)
    enough = counts >= MIN_WORDS_EXON
    votes, counts = votes[enough], counts[enough]
    order = np.lexsort((votes, -counts, votes // span))
    votes = votes[order]
    best = votes[np.unique(votes // span, return_index=True)[1]]
    row, start = best // span, best % span - length
    return row // index.n_frame // 2 + first, row // index.n_frame % 2, row % index.n_frame, start


def _holds(index: WordIndex, words: NDArray[np.uint32]) -> NDArray[np.bool_]:
    if not len(index.words):
        return np.zeros(len(words), bool)
    at = np.minimum(np.searchsorted(index.words, words), len(index.words) - 1)
    held: NDArray[np.bool_] = index.words[at] == words
    return held


def _reverse(
    bases: NDArray[np.uint8], quality: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Reverse complements, padding kept at the end."""
    length = bases.shape[-1]
    used = length - (bases[..., ::-1] != UNKNOWN).argmax(axis=-1)
    used[(bases == UNKNOWN).all(axis=-1)] = 0
    at = used[..., None] - 1 - np.arange(length)
    inside = at >= 0
    at = np.where(inside, at, 0)
    letters = np.take_along_axis(bases, at, axis=-1)
    complement = np.where(letters == UNKNOWN, UNKNOWN, 3 - letters)
    turned = np.where(inside, complement, UNKNOWN).astype(np.uint8)
    return turned, np.where(inside, np.take_along_axis(quality, at, axis=-1), 0).astype(np.uint8)
