"""How well each pair of reads fits each group of alleles of an HLA gene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.hla_model import UNKNOWN, Frame, LocusModel
from wes_biomarkers.features.hla_place import Placements, Reads

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

#: Chance of a wrong base beside what its quality says (PCR, mapping).
BASE_ERROR = 0.002
#: What a mismatch at a base of the best quality costs: the log odds of a right base against one wrong base.
MISMATCH_COST = float(np.log(3 * (1 - BASE_ERROR) / BASE_ERROR))
#: A pair may differ from the nearest allele by half such a mismatch and one every so many bases; else it is foreign.
BASES_PER_MISMATCH = 100
#: Share of pairs that are of genes like this one. They fit some rare allele as well as pairs of that allele would,
#: so no pair weighs more than the logarithm of this share; its own errors, which no allele explains, weigh nothing.
FOREIGN_SHARE = 0.02
#: Bases within the scored exons that a pair must have.
MIN_COLUMNS = 60
#: A pair belongs to a gene when no other gene fits it better by more than this.
RIVAL_MARGIN = MISMATCH_COST / 2
#: Cost of a base that lies within one length of an exon but outside another, beyond the usual difference.
UNPLACED_COST = 1.0
_LENGTH_SLACK = 10
#: Pairs of a gene that are used; evenly thinned above.
MAX_PAIRS = 4000


@dataclass(frozen=True)
class Evidence:
    """The pairs that may be of one gene.

    Attributes:
        model: the gene.
        pair: their numbers, ascending, shape (n,).
        gain: log likelihood of each pair under each group above that of no group at all, at least 0, shape
            (n, n_group).
        cover: whether each pair lies over each column of the usual length of the scored exons, shape
            (n, n_column).
    """

    model: LocusModel
    pair: IntArray
    gain: FloatArray
    cover: NDArray[np.bool_]

    def take(self, rows: NDArray[np.bool_]) -> Evidence:
        """Some of the pairs."""
        return replace(self, pair=self.pair[rows], gain=self.gain[rows], cover=self.cover[rows])


@dataclass(frozen=True)
class _Costs:
    """Of the pairs of one gene: cost of each group, columns within the usual length of the exons, and cover as above."""

    pair: IntArray
    cost: FloatArray
    n_column: IntArray
    cover: NDArray[np.bool_]


def weigh_pairs(models: Sequence[LocusModel], reads: Reads, placements: Placements) -> tuple[Evidence, ...]:
    """The evidence of each gene, in the order of models.

    A pair counts for the gene it fits best, and for others that fit it as well but for half a mismatch.
    """
    costs, first = [], 0
    for model in models:
        costs.append(_cost_of(model, first, reads, placements))
        first += len(model.frames)
    width = np.zeros((len(models), len(reads)), np.int64)
    best = np.full((len(models), len(reads)), np.inf)
    for number, cost in enumerate(costs):
        width[number, cost.pair] = cost.n_column
        if cost.cost.size:
            best[number, cost.pair] = cost.cost.min(axis=1)
    best += UNPLACED_COST * (width.max(axis=0, initial=0) - width)
    rival = best.min(axis=0, initial=np.inf)
    found = []
    for number, (model, cost) in enumerate(zip(models, costs, strict=True)):
        least = cost.cost.min(axis=1, initial=np.inf)
        gain = np.maximum(np.float32(-np.log(FOREIGN_SHARE)) - (cost.cost - least[:, None]), 0)
        allowed = MISMATCH_COST * (0.5 + cost.n_column / BASES_PER_MISMATCH)
        keep = (cost.n_column >= MIN_COLUMNS) & (least <= allowed)
        keep &= best[number, cost.pair] <= rival[cost.pair] + RIVAL_MARGIN
        found.append(Evidence(model, cost.pair[keep], gain[keep], cost.cover[keep]))
    return tuple(found)


def _cost_of(model: LocusModel, first_frame: int, reads: Reads, placements: Placements) -> _Costs:
    inside = (placements.frame >= first_frame) & (placements.frame < first_frame + len(model.frames))
    pair = np.unique(placements.pair[inside])
    if len(pair) > MAX_PAIRS:
        pair = pair[np.linspace(0, len(pair) - 1, MAX_PAIRS).astype(np.int64)]
    inside &= np.isin(placements.pair, pair)
    row = np.searchsorted(pair, placements.pair)
    cost = np.zeros((len(pair), len(model.groups)), np.float32)
    n_column = np.zeros(len(pair), np.int64)
    usual_covers = []
    for position, exon in enumerate(model.exons):
        parts, covers = [], []
        for number, frame in enumerate(model.frames):
            if frame.exon == exon:
                here = np.flatnonzero(inside & (placements.frame == first_frame + number))
                part, cover = _frame_cost(frame, reads, placements, here, row, pair)
                parts.append(part)
                covers.append(cover)
        usual = max(range(len(parts)), key=lambda number: parts[number].shape[1])
        covered = np.stack([cover.sum(axis=1) for cover in covers])
        within = covered[usual]
        for part, own in zip(parts, covered, strict=True):
            part += (UNPLACED_COST * np.maximum(within - own - _LENGTH_SLACK, 0)).astype(np.float32)[:, None]
        cost += np.concatenate(parts, axis=1)[:, model.variant[:, position]]
        n_column += within
        usual_covers.append(covers[usual])
    return _Costs(pair, cost, n_column, np.concatenate(usual_covers, axis=1))


def _frame_cost(
    frame: Frame, reads: Reads, placements: Placements, here: IntArray, row: IntArray, pair: IntArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Cost of each variant of a frame, shape (n, n_variant), and the columns each pair covers.

    Where both mates lie over a column the better base counts, or none if they differ.
    """
    length = frame.bases.shape[1]
    if not len(here):
        return np.zeros((len(pair), len(frame.bases)), np.float32), np.zeros((len(pair), length), bool)
    bases = np.full((len(pair), length), UNKNOWN, np.uint8)
    cost = np.zeros((len(pair), length), np.float32)
    for mate in (0, 1):
        at = here[placements.mate[here] == mate]
        column = placements.start[at, None] + np.arange(reads.bases.shape[2])
        letter = reads.bases[placements.pair[at], mate]
        usable = (column >= 0) & (column < length) & (letter != UNKNOWN)
        rows = np.broadcast_to(row[at, None], column.shape)[usable]
        columns, letter = column[usable], letter[usable]
        own = base_cost(reads.quality[placements.pair[at], mate][usable])
        differs = (bases[rows, columns] != UNKNOWN) & (bases[rows, columns] != letter)
        bases[rows, columns] = letter
        cost[rows, columns] = np.where(differs, 0, np.maximum(cost[rows, columns], own))
    shown = ((bases[..., None] == np.arange(4, dtype=np.uint8)) * cost[..., None]).reshape(len(pair), -1)
    agreeing = _agreement(shown, frame.bases)
    total = np.where(bases != UNKNOWN, cost, 0).sum(axis=1, keepdims=True)
    return np.maximum(total - agreeing, 0), bases != UNKNOWN


def _agreement(shown: FloatArray, variants: NDArray[np.uint8]) -> FloatArray:
    """Cost of the bases that agree with each variant, shape (n, n_variant): of the first, then what the others change.

    Args:
        shown: cost of each pair's base at each column and letter, shape (n, length * 4).
        variants: codes, shape (n_variant, length).
    """
    from scipy.sparse import csr_array

    row, column = np.nonzero(variants != variants[0])
    first, own = 4 * column + variants[0, column], 4 * column + variants[row, column]
    change = np.concatenate([np.full(len(row), -1.0, np.float32), np.ones(len(row), np.float32)])
    places = (np.concatenate([row, row]), np.concatenate([first, own]))
    changes = csr_array((change, places), shape=(len(variants), shown.shape[1]))
    common = shown[:, 4 * np.arange(variants.shape[1]) + variants[0]].sum(axis=1, keepdims=True)
    agreeing: FloatArray = common + (changes @ np.ascontiguousarray(shown.T)).T
    return agreeing


def base_cost(quality: NDArray[np.uint8]) -> FloatArray:
    """What a mismatch costs at bases of some Phred quality: log(3 (1 - e) / e), e the chance of a wrong base.

    >>> base_cost(np.array([0, 40], np.uint8)).round(2).tolist()
    [0.0, 7.26]
    """
    table = np.minimum(0.75, 10 ** (-np.arange(256) / 10) + BASE_ERROR)
    costs: FloatArray = np.log(3 * (1 - table) / table).astype(np.float32)[quality]
    return costs
