"""Which of a patient's HLA alleles each read pair comes from.

Reads are laid without gaps on the exons of every allele the patient has, at all loci. What reaches beyond an exon is
not compared, since introns are not known. A pair belongs to the allele that it fits better than any other allele of
any locus, and is counted once, at the middle one of the places it covers where the two alleles of the locus differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.hla_model import UNKNOWN, Frame, encode
from wes_biomarkers.features.hla_place import WordIndex, index_frames

IntArray = NDArray[np.int64]
CodeArray = NDArray[np.uint8]

_OUTSIDE = 255  # of a layout: no exon
_SEED = 11  # bases that must agree in a row for a read to be laid on an allele
_STEP = 3  # every so many bases of a read such a seed is looked up
_MIN_MATE = 20  # bases of a read inside an exon; fewer are taken as none
_CHUNK = 8192  # reads laid at once
_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)


@dataclass(frozen=True)
class AlleleSequence:
    """The coding sequence of one allele by exon, as far as it is known.

    Attributes:
        name: as the patient's table names it, such as A*02:01.
        locus: such as A.
        exons: bases of each known exon by its number from 1.
    """

    name: str
    locus: str
    exons: Mapping[int, str]


@dataclass(frozen=True)
class ReadPairs:
    """Bases of n read pairs as codes (`UNKNOWN` where not read, not trusted, or beyond the read's end), (n, length)."""

    first: CodeArray
    second: CodeArray

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class AssignRules:
    """Which read pairs count.

    Attributes:
        min_overlap: bases of a pair inside exons of its allele.
        max_mismatch: share of these that may disagree with it, beyond `free_mismatch` bases.
        free_mismatch: bases that may always disagree.
    """

    min_overlap: int
    max_mismatch: float
    free_mismatch: int


@dataclass(frozen=True)
class Sites:
    """Places where the two alleles of a locus differ; arrays of shape (n_site,).

    Attributes:
        exon: number of the exon.
        at_1, at_2: 0-based place in that exon of allele 1 and of allele 2; of a gap, where it begins.
        position: 0-based place in the coding sequence of allele 1, for display.
    """

    exon: IntArray
    at_1: IntArray
    at_2: IntArray
    position: IntArray

    def __len__(self) -> int:
        return len(self.exon)


@dataclass(frozen=True)
class SiteCounts:
    """Read pairs of one sample that fit one allele of a locus only, arrays of shape (2, n_site), allele 1 first.

    Attributes:
        counted: each pair once, at the middle one of the sites it covers.
        depth: each pair at every site it covers.
    """

    counted: IntArray
    depth: IntArray


def index_alleles(alleles: Sequence[AlleleSequence]) -> WordIndex:
    """The words of all exons of some alleles, by which their reads are fished."""
    exons = [exon for allele in alleles for exon in allele.exons.items()]
    return index_frames([Frame(number, encode(bases)[None]) for number, bases in exons])


def fill_exons(first: AlleleSequence, second: AlleleSequence) -> tuple[AlleleSequence, AlleleSequence]:
    """Both alleles of a locus with the exons, and the ends of exons, that are known of the other only taken from it.

    Many alleles are known in part. Without this a pair would fit the better known one by mere length.

    >>> first, second = AlleleSequence("x", "A", {2: "CCAGT"}), AlleleSequence("y", "A", {1: "ATG", 2: "AGT"})
    >>> [dict(sorted(allele.exons.items())) for allele in fill_exons(first, second)]
    [{1: 'ATG', 2: 'CCAGT'}, {1: 'ATG', 2: 'CCAGT'}]
    """
    one, two = dict(first.exons), dict(second.exons)
    for exon in set(one) | set(two):
        a, b = one.get(exon, two.get(exon, "")), two.get(exon, one.get(exon, ""))
        one[exon], two[exon] = _extended(a, b), _extended(b, a)
    return replace(first, exons=one), replace(second, exons=two)


def _extended(own: str, other: str) -> str:
    """An exon with the end it lacks taken from the longer one of another allele."""
    gap, n = _gap(encode(own), encode(other)), len(own)
    if n < len(other) and gap in (0, n):
        return other[: len(other) - n] + own if gap == 0 else own + other[n:]
    return own


def find_sites(first: AlleleSequence, second: AlleleSequence) -> Sites:
    """The places where two alleles of a locus, their exons filled, differ; within an exon one gap at most is made."""
    rows: list[tuple[int, int, int, int]] = []
    before = 0
    for exon in sorted(first.exons):
        one, two = encode(first.exons[exon]), encode(second.exons[exon])
        rows += [(exon, a, b, before + a) for a, b in _differences(one, two)]
        before += len(one)
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Sites(*table.T)


def _gap(one: CodeArray, two: CodeArray) -> int:
    """The base of the shorter of two exons before which a gap leaves the fewest bases that disagree."""
    n = min(len(one), len(two))
    head = np.concatenate([[0], np.cumsum(one[:n] != two[:n])])
    tail = np.concatenate([[0], np.cumsum(one[::-1][:n] != two[::-1][:n])])[::-1]
    return int(np.argmin(head + tail))


def _differences(one: CodeArray, two: CodeArray) -> list[tuple[int, int]]:
    """Places where two exons differ; a gap within is one place itself."""
    gap, base = _gap(one, two), np.arange(min(len(one), len(two)))
    longer_by = len(one) - len(two)
    at_1 = base + np.where(base >= gap, max(longer_by, 0), 0)
    at_2 = base + np.where(base >= gap, max(-longer_by, 0), 0)
    unlike = one[at_1] != two[at_2]
    found = list(zip(at_1[unlike].tolist(), at_2[unlike].tolist(), strict=True))
    return sorted([*found, (gap, gap)]) if longer_by else found


class _Layout:
    """The exons of several alleles in one row of codes, with room between them for a read to reach out."""

    def __init__(self, alleles: Sequence[AlleleSequence], length: int) -> None:
        pad = np.full(length, _OUTSIDE, np.uint8)
        pieces: list[CodeArray] = [pad]
        owner: list[IntArray] = [np.full(length, -1)]
        self.start: list[dict[int, int]] = []
        at = length
        for index, allele in enumerate(alleles):
            starts = {}
            for number in sorted(allele.exons):
                exon = encode(allele.exons[number])
                starts[number] = at
                pieces += [exon, pad]
                owner.append(np.full(len(exon) + length, index))
                at += len(exon) + length
            self.start.append(starts)
        self.codes = np.concatenate(pieces)
        self.n_allele = len(alleles)
        self._index(np.concatenate(owner))

    def _index(self, owner: IntArray) -> None:
        """The places of each seed, sorted by seed."""
        codes = _seeds(self.codes[None])[0]
        place = np.flatnonzero(codes >= 0)
        order = np.argsort(codes[place], kind="stable")
        self.place = place[order]
        self.owner = owner[self.place]
        self.seed, self.first = np.unique(codes[self.place], return_index=True)
        self.n_place = np.diff(np.append(self.first, len(self.place)))

    def lay(self, reads: CodeArray) -> tuple[IntArray, IntArray, IntArray]:
        """Where each read fits best on each allele, by the most seeds.

        Returns:
            Start in the layout (-1 where the read does not fit), bases compared, bases that disagree; (n, n_allele).
        """
        n, length = reads.shape
        shape = (n, self.n_allele)
        start, overlap, mismatch = np.full(shape, -1), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        row, owner, begin = self._most_seeds(reads)
        window = self.codes[begin[:, None] + np.arange(length)]
        own = reads[row]
        compared = (window != _OUTSIDE) & (own != UNKNOWN)
        n_compared, n_wrong = compared.sum(axis=1), (compared & (window != own)).sum(axis=1)
        fits = (n_compared >= _MIN_MATE) & (_score(n_compared, n_wrong) > 0)
        at = row[fits], owner[fits]
        start[at], overlap[at], mismatch[at] = begin[fits], n_compared[fits], n_wrong[fits]
        return start, overlap, mismatch

    def _most_seeds(self, reads: CodeArray) -> tuple[IntArray, IntArray, IntArray]:
        """Read, allele and start of the likeliest places, one for each read and allele that share a seed."""
        codes = _seeds(reads, _STEP)
        row, offset = np.nonzero(codes >= 0)
        code = codes[row, offset]
        at = np.minimum(np.searchsorted(self.seed, code), len(self.seed) - 1)
        known = self.seed[at] == code
        row, offset, at = row[known], offset[known], at[known]
        n_place = self.n_place[at]
        hit = np.repeat(self.first[at], n_place) + _within(n_place)
        row, offset = np.repeat(row, n_place), np.repeat(offset * _STEP, n_place)
        size = len(self.codes)
        pair = row * self.n_allele + self.owner[hit]
        key, votes = np.unique(pair * size + np.maximum(self.place[hit] - offset, 0), return_counts=True)
        pair, begin = key // size, key % size
        order = np.lexsort((begin, -votes, pair))
        best = order[np.unique(pair[order], return_index=True)[1]]
        best = best[begin[best] + reads.shape[1] <= size]
        return pair[best] // self.n_allele, pair[best] % self.n_allele, begin[best]


def _seeds(codes: CodeArray, step: int = 1) -> IntArray:
    """The number of the seed that begins at every `step`-th base, -1 where a base of it is not known, (n, n_seed)."""
    n_start = max(codes.shape[1] - _SEED + 1, 0)
    number = np.zeros((len(codes), -(-n_start // step)), np.int64)
    known = np.ones(number.shape, bool)
    for shift in range(_SEED if n_start else 0):
        base = codes[:, shift : shift + n_start : step]
        number = number * 4 + (base & 3)
        known &= base < UNKNOWN
    return np.where(known, number, -1)


def _within(sizes: IntArray) -> IntArray:
    """0, 1, ... within each of consecutive groups of such sizes."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def count_site_reads(
    pairs: ReadPairs, alleles: Sequence[AlleleSequence], loci: Mapping[str, Sites], rules: AssignRules
) -> dict[str, SiteCounts]:
    """Read pairs of each allele at the sites of each heterozygous locus.

    Args:
        pairs: of one sample, in any order and orientation.
        alleles: all the patient has at all loci, each once; two of each locus of `loci`, their exons filled.
        loci: sites of each locus asked for, between its first and its second allele in `alleles`.
        rules: which pairs count.
    """
    layout = _Layout(alleles, pairs.first.shape[1])
    own = {locus: [i for i, allele in enumerate(alleles) if allele.locus == locus] for locus in loci}
    shape = {locus: (2, len(sites)) for locus, sites in loci.items()}
    made = {locus: SiteCounts(np.zeros(s, np.int64), np.zeros(s, np.int64)) for locus, s in shape.items()}
    for at in range(0, len(pairs), _CHUNK):
        mates = [_lay_either(layout, reads[at : at + _CHUNK]) for reads in (pairs.first, pairs.second)]
        winner = _winner(mates, rules)
        for locus, sites in loci.items():
            for side, (index, places) in enumerate(zip(own[locus], (sites.at_1, sites.at_2), strict=True)):
                where = (
                    np.array([layout.start[index][exon] for exon in sites.exon.tolist()], np.int64) + places
                )
                won = winner == index
                starts = np.stack([start[won, index] for start, _, _ in mates])[:, :, None]
                inside = (starts >= 0) & (starts <= where) & (where < starts + pairs.first.shape[1])
                _add(made[locus], side, inside.any(axis=0))
    return made


def _lay_either(layout: _Layout, reads: CodeArray) -> tuple[IntArray, IntArray, IntArray]:
    """Each read laid in the orientation in which it fits any allele better."""
    ahead = layout.lay(reads)
    back = layout.lay(_COMPLEMENT[reads[:, ::-1]])
    turned = (_score(*back[1:]).max(axis=1) > _score(*ahead[1:]).max(axis=1))[:, None]
    start, overlap, mismatch = (np.where(turned, b, a) for a, b in zip(ahead, back, strict=True))
    return start, overlap, mismatch


def _score(overlap: IntArray, mismatch: IntArray) -> IntArray:
    """Bases compared less four for each that disagrees; nothing is worse than not lying there at all."""
    score: IntArray = np.maximum(overlap - 4 * mismatch, 0)
    return score


def _winner(mates: Sequence[tuple[IntArray, IntArray, IntArray]], rules: AssignRules) -> IntArray:
    """The allele that each pair fits better than all others, shape (n,); -1 where there is none."""
    (_, overlap_1, mismatch_1), (_, overlap_2, mismatch_2) = mates
    score = _score(overlap_1, mismatch_1) + _score(overlap_2, mismatch_2)
    overlap, mismatch = overlap_1 + overlap_2, mismatch_1 + mismatch_2
    rows = np.arange(len(score))
    best = score.argmax(axis=1)
    top = score[rows, best]
    alone = (score == top[:, None]).sum(axis=1) == 1
    allowed = rules.free_mismatch + rules.max_mismatch * overlap[rows, best]
    fits = (overlap[rows, best] >= rules.min_overlap) & (mismatch[rows, best] <= allowed)
    winner: IntArray = np.where(alone & fits, best, -1)
    return winner


def _add(counts: SiteCounts, side: int, covered: NDArray[np.bool_]) -> None:
    """Count pairs that cover sites, shape (n_pair, n_site), for one allele."""
    counts.depth[side] += covered.sum(axis=0)
    n_site = covered.sum(axis=1)
    middle = np.cumsum(covered, axis=1) > (n_site // 2)[:, None]
    at = middle[n_site > 0].argmax(axis=1)
    np.add.at(counts.counted[side], at, 1)
