"""Copy number of the simulated tumours: how often each parental copy of each stretch is there, in which cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wes_biomarkers.simulate.driver_plan import PlannedDriver
from wes_biomarkers.simulate.genome import Arm, Genome

Copies = tuple[int, int]


@dataclass(frozen=True)
class Profile:
    """What happens to a tumour's genome, apart from its drivers.

    Attributes:
        base: copies of both parental genomes where nothing else happened; (2, 2) after a genome doubling.
        arms: states (major, minor) that chromosome arms are given, one arm each; the last one covers half an arm.
        subclonal: state of one arm in the cells of clone B alone, if any.
        loss: state of an arm whose other copy lost a suppressor.
    """

    base: Copies
    arms: tuple[Copies, ...]
    subclonal: Copies | None
    loss: Copies


#: By name. `(1, 0)` is a loss, `(2, 0)` copy-neutral loss of heterozygosity in a diploid tumour.
PROFILES = {
    "quiet": Profile((1, 1), (), None, (2, 0)),
    "few": Profile((1, 1), ((2, 1), (1, 0)), None, (1, 0)),
    "many": Profile((1, 1), ((1, 0), (2, 1), (2, 0), (3, 1), (1, 0)), (2, 1), (1, 0)),
    "doubled": Profile((2, 2), ((2, 0), (4, 2), (2, 1), (3, 2)), None, (2, 0)),
}
#: Copies that an amplification adds to the larger copy.
AMPLIFIED_BY = 8


@dataclass(frozen=True)
class CopySegment:
    """A stretch of a contig (0-based half-open) and the copies of each parent's genome, (first, second).

    `copies` holds in the cells of `clone` and its daughters, `base` in the other cancer cells.
    """

    contig: str
    start: int
    end: int
    base: Copies
    copies: Copies
    clone: str

    def copies_in(self, lineage: Collection[str]) -> Copies:
        """The copies in a cancer cell of a clone with this lineage (itself and its ancestors)."""
        return self.copies if self.clone in lineage else self.base


State = tuple[Copies, str]


def make_copies(
    rng: np.random.Generator, genome: Genome, profile: Profile, drivers: Sequence[PlannedDriver]
) -> tuple[CopySegment, ...]:
    """Segments that cover the contigs whole, with borders halfway between genes, so that no target is cut.

    Arms of suppressors that lost both copies get the profile's `loss`; other arms, drawn at random, its states;
    amplified and deleted genes their own focal state, with a neighbour on either side.
    """
    states: dict[str, State] = {gene.gene_id: (profile.base, "A") for gene in genome.genes}
    wanted = list(profile.arms)
    lost = {driver.gene_id for driver in drivers if driver.event == "biallelic"}
    free: list[Arm] = []
    for arm in genome.arms:
        if lost.isdisjoint(arm.gene_ids):
            free.append(arm)
            continue
        if profile.loss in wanted:
            wanted.remove(profile.loss)
        states.update(dict.fromkeys(arm.gene_ids, (_either_way(rng, profile.loss), "A")))
    order = [free[i] for i in rng.permutation(len(free)).tolist()]
    if profile.subclonal is not None and order:
        states.update(dict.fromkeys(order.pop().gene_ids, (_either_way(rng, profile.subclonal), "B")))
    for rank, (arm, state) in enumerate(zip(order, wanted, strict=False), 1):
        half = len(arm.gene_ids) // 2 if rank == len(wanted) and rank > 1 else 0
        states.update(dict.fromkeys(arm.gene_ids[half:], (_either_way(rng, state), "A")))
    _put_focal(states, genome, drivers)
    return _runs(genome, states, profile.base)


def _either_way(rng: np.random.Generator, state: Copies) -> Copies:
    """The state with the larger number on either parent's copy."""
    return state if rng.random() < 0.5 else (state[1], state[0])


def _put_focal(states: dict[str, State], genome: Genome, drivers: Sequence[PlannedDriver]) -> None:
    planned = {driver.gene_id for driver in drivers}
    for driver in drivers:
        if driver.event not in ("amplified", "deleted"):
            continue
        neighbours = [gene.gene_id for gene in genome.genes_on(driver.contig)]
        at = neighbours.index(driver.gene_id)
        for gene_id in neighbours[max(0, at - 1) : at + 2]:
            if gene_id in planned and gene_id != driver.gene_id:
                continue
            first, second = states[gene_id][0]
            amplified = (first + AMPLIFIED_BY, second) if first >= second else (first, second + AMPLIFIED_BY)
            states[gene_id] = (amplified if driver.event == "amplified" else (0, 0), "A")


def _runs(genome: Genome, states: dict[str, State], base: Copies) -> tuple[CopySegment, ...]:
    """Neighbouring genes of one state as one segment."""
    segments: list[CopySegment] = []
    for contig, sequence in genome.contigs.items():
        genes = genome.genes_on(contig)
        borders = [(a.span.end + b.span.start) // 2 for a, b in pairwise(genes)]
        start = 0
        for rank, gene in enumerate(genes):
            last = rank == len(genes) - 1
            if last or states[genes[rank + 1].gene_id] != states[gene.gene_id]:
                end = len(sequence) if last else borders[rank]
                copies, clone = states[gene.gene_id]
                segments.append(CopySegment(contig, start, end, base, copies, clone))
                start = end
    return tuple(segments)


def segment_at(segments: Sequence[CopySegment], contig: str, pos: int) -> CopySegment:
    """The segment that holds a 0-based position.

    Raises:
        ValueError: no segment does.
    """
    for segment in segments:
        if segment.contig == contig and segment.start <= pos < segment.end:
            return segment
    raise ValueError(f"no copy-number segment at {contig}:{pos}")
