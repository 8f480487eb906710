"""The `variant` table of a simulated trial, of any length: places at random on an invented genome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.tables import VARIANT
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.genes import GENES, MUTATIONS
from wes_biomarkers.simulate.tables.genome import (
    CONTIG_LENGTH,
    CONTIGS,
    GENE_LENGTH,
    GENOME,
    N_PASSENGER,
    driver_places,
)
from wes_biomarkers.simulate.tables.parts import (
    Index,
    Source,
    arrow_part,
    known,
    named,
    pair_ranges,
    words,
)
from wes_biomarkers.simulate.tables.proteins import TRANSCRIPTS

#: Variants that are made at a time, about.
_VARIANTS_A_PART = 400_000
#: Consequence, its share, kind, reference allele and alternate; SNVs draw their bases.
_CONSEQUENCES = (
    ("missense_variant", 0.6, "snv"),
    ("synonymous_variant", 0.27, "snv"),
    ("stop_gained", 0.05, "snv"),
    ("frameshift_variant", 0.05, "insertion"),
    ("splice_donor_variant", 0.03, "snv"),
)
_BASES = "ACGT"
#: Reference and alternate of the 12 substitutions, then of the insertions of each base after itself.
_CHANGES = [(old, new) for old in _BASES for new in _BASES if old != new] + [(b, b + b) for b in _BASES]


#: Places of some terms in `_CONSEQUENCES`.
MISSENSE, _STOP, _FRAMESHIFT = 0, 2, 3


@dataclass(frozen=True)
class DrawnVariants:
    """Variants of a range of pairs, in the order of the table; all of shape (n,).

    Attributes:
        row: index of the pair.
        place: base along the genome.
        driver: index of the driver gene, -1 for a passenger.
        residue: which of the driver gene's four mutations.
        consequence: index of its term, `MISSENSE` for one.
        change: index of reference and alternate allele.
        ccf: cancer cell fraction, 1 for a clonal variant.
        n_alt, depth, normal_depth: reads.
    """

    row: Index
    place: Index
    driver: Index
    residue: Index
    consequence: Index
    change: Index
    ccf: NDArray[np.float64]
    n_alt: Index
    depth: Index
    normal_depth: Index

    def take(self, at: Index | NDArray[np.bool_]) -> DrawnVariants:
        """Some of them."""
        return DrawnVariants(**{each.name: getattr(self, each.name)[at] for each in fields(self)})


def drawn_variants(source: Source, n_mean: int) -> Iterator[DrawnVariants]:
    """About `n_mean` variants a pair (Poisson) besides the driver mutations; none for failed pairs.

    The driver mutations are those of the genes altered by mutation; which of a gene's four is drawn here again.
    The same source gives the same.
    """
    pairs, places = source.pairs, driver_places()
    mutated_by = np.array([gene.hit in ("truncating", "hotspot") for gene in GENES])
    step = max(1, min(5000, _VARIANTS_A_PART // max(1, n_mean)))
    for number, chosen in enumerate(pair_ranges(pairs, source.trial.n, step)):
        rng = stream(source.seed, "tables", "variant", str(number))
        used = chosen[~pairs.failed[chosen]]
        passenger = np.repeat(np.arange(len(used)), rng.poisson(n_mean, len(used)))
        hit, gene = np.nonzero(source.trial.genes.altered[pairs.patient[used]] & mutated_by)
        which = rng.integers(0, 4, len(hit))
        owner = np.concatenate([passenger, hit])
        place = np.concatenate([rng.integers(0, GENOME - 1, len(passenger)), places[gene, which]])
        driver = np.concatenate([np.full(len(passenger), -1), gene])
        residue = np.concatenate([np.zeros(len(passenger), np.int64), which])
        order = np.lexsort((driver, place, owner))
        owner, place, driver, residue = owner[order], place[order], driver[order], residue[order]
        first = (
            np.r_[True, (np.diff(owner) != 0) | (np.diff(place) != 0)] if len(owner) else np.zeros(0, bool)
        )
        owner, place, driver, residue = owner[first], place[first], driver[first], residue[first]
        yield _draw(rng, source, used[owner], place, driver, residue)


def _draw(
    rng: np.random.Generator, source: Source, row: Index, place: Index, driver: Index, residue: Index
) -> DrawnVariants:
    """What variants at known places are, and how many reads show them."""
    n, is_driver = len(row), driver >= 0
    truncating = np.array([gene.hit == "truncating" for gene in GENES])
    shares = np.cumsum([share for _, share, _ in _CONSEQUENCES])[:-1]
    consequence = np.searchsorted(shares, rng.random(n), side="right")
    consequence = np.where(is_driver, np.where(truncating[driver], _STOP, MISSENSE), consequence)
    is_insertion = consequence == _FRAMESHIFT
    change = np.where(is_insertion, 12 + rng.integers(0, 4, n), rng.integers(0, 12, n))
    # A driver mutation is the same change in every patient.
    change = np.where(is_driver, (driver * 4 + residue) % 12, change)
    purity = source.pairs.columns["purity"][row].astype(float)
    subclonal = rng.random(n) < 0.25
    ccf = np.where(subclonal, rng.uniform(0.1, 0.8, n), 1.0)
    depth = rng.poisson(140, n) + 10
    n_alt = np.maximum(3, rng.binomial(depth, purity * ccf / 2))
    normal_depth = rng.poisson(80, n) + 10
    return DrawnVariants(row, place, driver, residue, consequence, change, ccf, n_alt, depth, normal_depth)


def place_cells(drawn: DrawnVariants) -> dict[str, Any]:
    """Where variants are and what they change, as columns that tables of variants share."""
    passengers = [f"SIMG{index:05d}" for index in range(N_PASSENGER)]
    genes = [*passengers, *(gene.name for gene in GENES)]
    in_gene = np.where(drawn.driver >= 0, N_PASSENGER + drawn.driver, drawn.place // GENE_LENGTH)
    return {
        "chrom": words(CONTIGS, drawn.place // CONTIG_LENGTH),
        "start": known(drawn.place % CONTIG_LENGTH),
        "ref": words([old for old, _ in _CHANGES], drawn.change),
        "alt": words([new for _, new in _CHANGES], drawn.change),
        "gene": words(genes, in_gene),
        "consequence": words([name for name, _, _ in _CONSEQUENCES], drawn.consequence),
        "vaf": known(drawn.n_alt / drawn.depth),
    }


def mutation_cells(drawn: DrawnVariants) -> Any:
    """The protein change of driver mutations; unknown for passengers."""
    return words(MUTATIONS, np.where(drawn.driver >= 0, drawn.driver * 4 + drawn.residue, -1))


def variant_parts(source: Source, n_mean: int) -> Iterator[Any]:
    """The `variant` table, with about `n_mean` variants a pair."""
    for drawn in drawn_variants(source, n_mean):
        n, is_late = len(drawn.row), source.pairs.late[drawn.row]
        yield arrow_part(VARIANT, n, named(source, drawn.row) | place_cells(drawn) | {
            "end": known(drawn.place % CONTIG_LENGTH + 1),
            "kind": words(["snv", "insertion"], (drawn.consequence == _FRAMESHIFT).astype(int)),
            "filter": words(["PASS"], np.zeros(n, np.int64)),
            "is_pass": known(np.ones(n, bool)),
            "transcript_id": words(TRANSCRIPTS, drawn.driver),
            "aa_change": mutation_cells(drawn),
            "t_alt": known(drawn.n_alt),
            "t_depth": known(drawn.depth),
            "n_alt": known(np.zeros(n, np.int64)),
            "n_depth": known(drawn.normal_depth),
            "population_af": known(np.zeros(n)),
            "multiplicity": known(np.ones(n, np.int64), is_late),
            "ccf": known(drawn.ccf, is_late),
            "clonality": words(["clonal", "subclonal"], np.where(is_late, -1, (drawn.ccf < 1).astype(int))),
        })  # fmt: skip
