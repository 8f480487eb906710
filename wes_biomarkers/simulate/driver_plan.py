"""Driver alterations planted in the simulated tumours: which gene, what happens to it, and its stop mutations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.simulate.consequence import consequence_of
from wes_biomarkers.simulate.genes import Gene
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.variants import Occupied, Variant

#: Event -> parental copies with a stop mutation of their own: `truncated` one, `twice` both,
#: `biallelic` one, the other copy being lost; `amplified` and `deleted` change copy number alone.
EVENTS = {"truncated": 1, "twice": 2, "biallelic": 1, "amplified": 0, "deleted": 0}


@dataclass(frozen=True)
class PlannedDriver:
    """An altered gene: its symbol, id, contig, first base (0-based), and one of `EVENTS`."""

    symbol: str
    gene_id: str
    contig: str
    pos: int
    event: str


def parse_drivers(text: str) -> tuple[tuple[str, str], ...]:
    """(symbol, event) of each `GENE:event` of a text.

    >>> parse_drivers("TP53:biallelic CCND1:amplified")
    (('TP53', 'biallelic'), ('CCND1', 'amplified'))

    Raises:
        ValueError: a word of another form, or an unknown event.
    """
    found = []
    for word in text.split():
        symbol, _, event = word.partition(":")
        if event not in EVENTS:
            raise ValueError(f"{word} is not GENE:event with one of {', '.join(EVENTS)}")
        found.append((symbol, event))
    return tuple(found)


def plan_drivers(genome: Genome, text: str) -> tuple[PlannedDriver, ...]:
    """The drivers of a patient, found in the genome.

    Raises:
        InputError: genes the simulated genome does not have, all of them.
    """
    genes = {gene.symbol: gene for gene in genome.genes}
    asked = parse_drivers(text)
    faults = [
        Fault(
            "no simulated gene has this name", "Raise genome.n_gene, or change tumor.drivers.", value=symbol
        )
        for symbol, _ in asked
        if symbol not in genes
    ]
    if faults:
        raise InputError(faults)
    return tuple(
        PlannedDriver(gene.symbol, gene.gene_id, gene.contig, gene.span.start, event)
        for gene, event in ((genes[symbol], event) for symbol, event in asked)
    )


def stop_mutation(rng: np.random.Generator, genome: Genome, gene: Gene, occupied: Occupied) -> Variant:
    """A substitution that stops the protein in its first four fifths, on free bases.

    Raises:
        InputError: the gene holds none.
    """
    transcript = next(t for t in gene.transcripts if t.mane)
    places = [pos for part in transcript.coding for pos in range(part.start + 3, part.end - 3)]
    fifth = len(places) // 5
    places = places[:-fifth] if gene.strand > 0 else places[fifth:]
    sequence = genome.contigs[gene.contig]
    for index in rng.permutation(len(places)).tolist():
        pos = places[index]
        for alt in "ACGT".replace(sequence[pos], ""):
            variant = Variant(gene.contig, pos, sequence[pos], alt)
            if occupied.is_free(variant) and consequence_of(genome, variant)[1] == "stop_gained":
                return variant
    raise InputError(f"no free base of {gene.symbol} makes a stop", "Change tumor.drivers or the seed.")
