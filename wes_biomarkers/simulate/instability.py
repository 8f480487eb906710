"""Microsatellites in the reads: polymerase slippage in every sample, and changed lengths in unstable tumours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wes_biomarkers.simulate.genes import Tract
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.reads import CellPart, Fragments, Slip

#: Slippage of one read at the least length, its growth a repeat, and that least length: mono-, di-, longer motifs.
#: Rates as in amplified exome libraries: about 1 % at ten repeats of one base, 4 % at fifteen.
_STUTTER = ((0.004, 0.3, 8), (0.002, 0.3, 6), (0.001, 0.3, 4))
MOST_STUTTER = 0.25
CONTRACTION_SHARE = 0.75


@dataclass(frozen=True)
class ShiftedTract:
    """A microsatellite whose length changed in a tumour: repeats more or fewer on each parental copy."""

    contig: str
    tract: Tract
    shifts: tuple[int, int]


def stutter_rate(motif_length: int, n_repeat: int) -> float:
    """The share of reads that show another length than their molecule, growing with the number of repeats.

    >>> round(stutter_rate(1, 10), 4), round(stutter_rate(1, 15), 3), round(stutter_rate(3, 6), 4)
    (0.0073, 0.033, 0.0018)
    """
    rate, growth, least = _STUTTER[min(motif_length, 3) - 1]
    return min(MOST_STUTTER, rate * math.exp(growth * (n_repeat - least)))


def make_shifts(rng: np.random.Generator, genome: Genome, share: float) -> tuple[ShiftedTract, ...]:
    """A share of the microsatellites with new lengths: shorter in six of seven, often on both copies.

    Long tracts lose or gain 1 + Poisson(1.5) repeats, those below nine repeats one; three repeats always stay.
    """

    def shift(tract: Tract) -> int:
        """Repeats gained, below 0 lost."""
        size = 1 + int(rng.poisson(1.5)) if tract.n_repeat >= 9 else 1
        return max(3 - tract.n_repeat, -size) if rng.random() < 6 / 7 else size

    shifted = []
    for gene in genome.genes:
        for tract in gene.tracts:
            if rng.random() < share:
                both = (shift(tract), shift(tract) if rng.random() < 0.6 else 0)
                shifted.append(ShiftedTract(gene.contig, tract, both if rng.random() < 0.5 else both[::-1]))
    return tuple(shifted)


def draw_slips(
    rng: np.random.Generator,
    fragments: Fragments,
    mixture: Sequence[CellPart],
    genome: Genome,
    shifted: Sequence[ShiftedTract],
    stutter_scale: float,
) -> dict[int, list[Slip]]:
    """The length changes of each fragment's microsatellites, from left to right, by row of `fragments`.

    A fragment shows what its cell's copy has (cancer cells: the tract's shift, spread by a repeat either way, since
    the clones go on changing), and slippage on top. Only tracts wholly inside a fragment are looked at.
    """
    change = {(item.contig, item.tract.span.start): item.shifts for item in shifted}
    end = fragments.start + fragments.length
    slips: dict[int, list[Slip]] = {}
    for number, contig in enumerate(genome.contigs):
        tracts = [tract for gene in genome.genes_on(contig) for tract in gene.tracts]
        for p, cells in enumerate(mixture):
            for s, strand in enumerate(cells.strands):
                rows = np.flatnonzero(
                    (fragments.part == p) & (fragments.strand == s) & (fragments.contig == number)
                )
                starts = strand.haplotypes[contig].lift(
                    np.array([tract.span.start for tract in tracts], dtype=np.int64)
                )
                for tract, at in zip(tracts, starts.tolist(), strict=True):
                    length = tract.span.end - tract.span.start
                    spanned = rows[(fragments.start[rows] < at) & (at + length < end[rows])]
                    own = change.get((contig, tract.span.start), (0, 0))[strand.parent] if cells.cancer else 0
                    moved = _repeats_moved(rng, spanned.size, tract, own, stutter_scale)
                    for index in np.flatnonzero(moved).tolist():
                        slip = Slip(at, int(moved[index]) * len(tract.motif))
                        slips.setdefault(int(spanned[index]), []).append(slip)
    for found in slips.values():
        found.sort(key=lambda slip: slip.at)
    return slips


def _repeats_moved(
    rng: np.random.Generator, n: int, tract: Tract, own: int, scale: float
) -> npt.NDArray[np.int64]:
    """Repeats more or fewer in each of n fragments, never leaving fewer than two repeats."""
    slipped = rng.random(n) < scale * stutter_rate(len(tract.motif), tract.n_repeat)
    size = np.where(rng.random(n) < 0.9, 1, 2) * np.where(rng.random(n) < CONTRACTION_SHARE, -1, 1)
    moved = np.where(slipped, size, 0)
    if own:
        moved = moved + own + rng.choice([-1, 0, 1], size=n, p=[0.2, 0.6, 0.2])
    clipped: npt.NDArray[np.int64] = np.clip(moved, 2 - tract.n_repeat, tract.n_repeat).astype(np.int64)
    return clipped
