"""The `variant` table of a simulated trial, of any length: places at random on an invented genome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.tables import VARIANT
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.genes import GENES
from wes_biomarkers.simulate.tables.parts import (
    CONTIG_LENGTH,
    CONTIGS,
    MUTATIONS,
    Source,
    arrow_part,
    known,
    pair_ranges,
    words,
)
from wes_biomarkers.simulate.tables.proteins import TRANSCRIPTS

#: Variants that are made at a time, about.
_VARIANTS_A_PART = 400_000
#: Bases of an invented passenger gene; every base belongs to one.
_GENE_LENGTH = 50_000
_GENOME = len(CONTIGS) * CONTIG_LENGTH
_N_PASSENGER = _GENOME // _GENE_LENGTH

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


def _driver_places() -> NDArray[np.int64]:
    """The base of each of a driver gene's four mutations along the genome, shape (genes, 4)."""
    gene = np.arange(len(GENES))[:, None]
    return np.asarray(_GENE_LENGTH * (1 + (gene * 907) % (_N_PASSENGER - 2)) + 1000 * (1 + np.arange(4)))


def variant_parts(source: Source, n_mean: int) -> Iterator[Any]:
    """About `n_mean` variants a pair (Poisson) besides the driver mutations; none for failed pairs.

    The driver mutations are those of the genes altered by mutation; which of a gene's four is drawn here again.
    """
    pairs, places = source.pairs, _driver_places()
    mutated_by = np.array([gene.hit in ("truncating", "hotspot") for gene in GENES])
    passengers = [f"SIMG{index:05d}" for index in range(_N_PASSENGER)]
    genes = [*passengers, *(gene.name for gene in GENES)]
    step = max(1, min(5000, _VARIANTS_A_PART // max(1, n_mean)))
    shares = np.cumsum([share for _, share, _ in _CONSEQUENCES])[:-1]
    for number, chosen in enumerate(pair_ranges(pairs, source.trial.n, step)):
        rng = stream(source.seed, "tables", "variant", str(number))
        used = chosen[~pairs.failed[chosen]]
        passenger = np.repeat(np.arange(len(used)), rng.poisson(n_mean, len(used)))
        hit, gene = np.nonzero(source.trial.genes.altered[pairs.patient[used]] & mutated_by)
        which = rng.integers(0, 4, len(hit))
        owner = np.concatenate([passenger, hit])
        place = np.concatenate([rng.integers(0, _GENOME - 1, len(passenger)), places[gene, which]])
        driver = np.concatenate([np.full(len(passenger), -1), gene])
        residue = np.concatenate([np.zeros(len(passenger), np.int64), which])
        order = np.lexsort((driver, place, owner))
        owner, place, driver, residue = owner[order], place[order], driver[order], residue[order]
        first = (
            np.r_[True, (np.diff(owner) != 0) | (np.diff(place) != 0)] if len(owner) else np.zeros(0, bool)
        )
        owner, place, driver, residue = owner[first], place[first], driver[first], residue[first]
        yield _part(rng, source, used[owner], place, (driver, residue), genes, shares)


def _part(
    rng: np.random.Generator,
    source: Source,
    row: NDArray[np.int64],
    place: NDArray[np.int64],
    drivers: tuple[NDArray[np.int64], NDArray[np.int64]],
    genes: list[str],
    shares: NDArray[np.float64],
) -> Any:
    """Variants of pairs `row` at `place`; `drivers`: index of the driver gene, -1 for none, and its mutation."""
    n, (driver, residue) = len(row), drivers
    is_driver = driver >= 0
    truncating = np.array([gene.hit == "truncating" for gene in GENES])
    consequence = np.searchsorted(shares, rng.random(n), side="right")
    consequence = np.where(is_driver, np.where(truncating[driver], 2, 0), consequence)
    is_insertion = consequence == 3
    change = np.where(is_insertion, 12 + rng.integers(0, 4, n), rng.integers(0, 12, n))
    # A driver mutation is the same change in every patient.
    change = np.where(is_driver, (driver * 4 + residue) % 12, change)
    start = place % CONTIG_LENGTH
    purity = source.pairs.columns["purity"][row].astype(float)
    subclonal = rng.random(n) < 0.25
    ccf = np.where(subclonal, rng.uniform(0.1, 0.8, n), 1.0)
    depth = rng.poisson(140, n) + 10
    n_alt = np.maximum(3, rng.binomial(depth, purity * ccf / 2))
    normal_depth = rng.poisson(80, n) + 10
    is_late = source.pairs.late[row]
    return arrow_part(VARIANT, n, {
        "patient_id": words(source.patient_id, source.pairs.patient[row]),
        "pair_id": words(source.pair_id, row),
        "chrom": words(CONTIGS, place // CONTIG_LENGTH),
        "start": known(start),
        "end": known(start + 1),
        "ref": words([old for old, _ in _CHANGES], change),
        "alt": words([new for _, new in _CHANGES], change),
        "kind": words(["snv", "insertion"], is_insertion.astype(int)),
        "filter": words(["PASS"], np.zeros(n, np.int64)),
        "is_pass": known(np.ones(n, bool)),
        "gene": words(genes, np.where(is_driver, _N_PASSENGER + driver, place // _GENE_LENGTH)),
        "transcript_id": words(TRANSCRIPTS, np.where(is_driver, driver, -1)),
        "consequence": words([name for name, _, _ in _CONSEQUENCES], consequence),
        "aa_change": words(MUTATIONS, np.where(is_driver, driver * 4 + residue, -1)),
        "t_alt": known(n_alt),
        "t_depth": known(depth),
        "vaf": known(n_alt / depth),
        "n_alt": known(np.zeros(n, np.int64)),
        "n_depth": known(normal_depth),
        "population_af": known(np.zeros(n)),
        "multiplicity": known(np.ones(n, np.int64), is_late),
        "ccf": known(ccf, is_late),
        "clonality": words(["clonal", "subclonal"], np.where(is_late, -1, subclonal.astype(int))),
    })  # fmt: skip
