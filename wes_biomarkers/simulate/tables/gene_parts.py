"""The tables `gene` and `gene_copy` of a simulated trial: what hits each gene of the list, and its copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.tables import GENE, GENE_COPY
from wes_biomarkers.features.gene_copies import call_by_copies
from wes_biomarkers.io.gene_copies import read_thresholds
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.genes import GENES, MUTATIONS
from wes_biomarkers.simulate.tables.genome import CONTIG_LENGTH, CONTIGS, driver_windows
from wes_biomarkers.simulate.tables.parts import (
    Index,
    Source,
    arrow_part,
    known,
    named,
    pair_ranges,
    tissue,
    words,
)

_NAMES = [gene.name for gene in GENES]
_CALLS = ("amplification", "gain", "neutral", "loss", "deep_deletion")
#: More copies than any gene is given.
_MAX_COPIES = 30


@dataclass(frozen=True)
class _Copies:
    """Copies of every gene in some pairs: `total`, `minor` and the segment's `log2`, shape (pairs, genes)."""

    total: NDArray[np.int64]
    minor: NDArray[np.int64]
    log2: NDArray[np.float64]


def _of_hit(hit: str) -> NDArray[np.bool_]:
    return np.array([gene.hit == hit for gene in GENES])


def _draw_copies(rng: np.random.Generator, source: Source, used: Index) -> _Copies:
    """Copies that fit the alterations of some pairs."""
    who = source.pairs.patient[used]
    altered, biallelic = source.trial.genes.altered[who], source.trial.genes.biallelic[who]
    shape = altered.shape
    copies = np.where(biallelic, 1, rng.choice([2, 2, 2, 3, 4], shape))
    copies = np.where(altered & _of_hit("amplification"), rng.integers(8, _MAX_COPIES, shape), copies)
    copies = np.where(altered & _of_hit("deep_deletion"), 0, copies)
    minor = np.where(biallelic | (copies == 0), 0, np.minimum(1, copies // 2))
    log2 = np.round(np.log2(np.maximum(copies, 0.1) / 2) * 0.6 + 0.1 * rng.standard_normal(shape), 4)
    return _Copies(copies, minor, log2)


def gene_parts(source: Source) -> Iterator[Any]:
    """The `gene` table: every gene of the list in every tissue whose drivers are evaluable."""
    for number, chosen in enumerate(pair_ranges(source.pairs, source.trial.n)):
        used, residue, copies, rng = _drivers(source, number, chosen)
        yield _gene_part(rng, source, used, residue, copies)


def _drivers(source: Source, number: int, chosen: Index) -> tuple[Index, Index, _Copies, np.random.Generator]:
    """Pairs with evaluable drivers among those of a part, which mutation each gene would have, copies, the stream."""
    rng = stream(source.seed, "tables", "gene", str(number))
    used = tissue(source, chosen, "drivers")
    residue = rng.integers(0, 4, len(used) * len(GENES))
    return used, residue, _draw_copies(rng, source, used), rng


def _gene_part(rng: np.random.Generator, source: Source, used: Index, residue: Index, copies: _Copies) -> Any:
    mutated_by = _of_hit("truncating") | _of_hit("hotspot")
    hits = [gene.hit for gene in GENES]
    both = [f"{gene.hit};loh" if gene.hit == "truncating" else gene.hit for gene in GENES]
    codes = [{"oncogene": 0, "suppressor": 1}[gene.role] for gene in GENES]
    who = source.pairs.patient[used]
    altered, biallelic = source.trial.genes.altered[who], source.trial.genes.biallelic[who]
    gene = np.tile(np.arange(len(GENES)), len(used))
    n, n_gene = len(gene), len(GENES)
    status = (altered.astype(int) + biallelic).ravel()
    mutation = (altered & mutated_by).ravel()
    return arrow_part(GENE, n, named(source, np.repeat(used, n_gene)) | {
        "gene": words(_NAMES, gene),
        "role": words(["oncogene", "suppressor"], np.tile(codes, len(used))),
        "status": words(["unaltered", "altered", "biallelic"], status),
        "hits": words([*hits, *both], np.where(status == 0, -1, gene + n_gene * (status == 2))),
        "mutations": words(MUTATIONS, np.where(mutation, gene * 4 + residue, -1)),
        "n_mutation": known(mutation.astype(np.int64)),
        "total_cn": known(copies.total.ravel()),
        "minor_cn": known(copies.minor.ravel()),
        "log2": known(copies.log2.ravel()),
        "clonality": words(["clonal", "subclonal"], np.where(mutation, (rng.random(n) < 0.2).astype(int), -1)),
    })  # fmt: skip


def gene_copy_parts(source: Source) -> Iterator[Any]:
    """The `gene_copy` table: every gene of the list in every tissue whose copy number is evaluable.

    Copies are those of the `gene` table where the pair is in both.
    """
    for number, chosen in enumerate(pair_ranges(source.pairs, source.trial.n)):
        rng = stream(source.seed, "tables", "gene_copy", str(number))
        used = tissue(source, chosen, "copy_number")
        told, _, copies, _ = _drivers(source, number, chosen)
        rest = np.setdiff1d(used, told)
        more = _draw_copies(rng, source, rest)
        both = np.concatenate([told, rest])
        order = np.argsort(both)
        at = order[np.searchsorted(both[order], used)]
        total, minor, log2 = (
            np.concatenate([getattr(part, name) for part in (copies, more)])[at].ravel()
            for name in ("total", "minor", "log2")
        )
        yield _gene_copy_part(rng, source, np.repeat(used, len(GENES)), _Copies(total, minor, log2))


def _gene_copy_part(rng: np.random.Generator, source: Source, row: Index, copies: _Copies) -> Any:
    """One row a pair and gene; `copies` flat. A gene that is amplified or deleted lies on a short segment."""
    columns, n = source.pairs.columns, len(row)
    gene = np.tile(np.arange(len(GENES)), n // len(GENES))
    first = driver_windows()[gene] + 1000
    doubled = columns["wgd"][row].astype(int)
    threshold = read_thresholds().gene
    is_high = (columns["ploidy"][row].astype(float) > threshold.high_ploidy).astype(int)
    ploidies = (threshold.high_ploidy, threshold.high_ploidy + 1)
    calls = np.array([
        [[_CALLS.index(call_by_copies(total, 2, base, threshold, ploidy) or "") for total in range(_MAX_COPIES)]
         for ploidy in ploidies] for base in (2, 4)
    ])  # fmt: skip
    call = calls[doubled, is_high, copies.total]
    is_focal = np.isin(call, (0, 4))
    length = np.where(is_focal, np.exp(rng.normal(0.5, 0.7, n)).clip(0.2, 20), CONTIG_LENGTH / 1e6)
    purity_missing = ~source.pairs.is_evaluable("purity")[row]
    return arrow_part(GENE_COPY, n, named(source, row) | {
        "gene": words(_NAMES, gene),
        "chrom": words(CONTIGS, first // CONTIG_LENGTH),
        "start": known(first % CONTIG_LENGTH),
        "end": known(first % CONTIG_LENGTH + 4000),
        "call": words(_CALLS, call),
        "basis": words(["copies"], np.zeros(n, np.int64)),
        "loh": known((copies.minor == 0) & (copies.total > 0)),
        "log2": known(copies.log2),
        "total_cn": known(copies.total),
        "minor_cn": known(copies.minor),
        "cell_fraction": known(columns["purity"][row].astype(float), purity_missing),
        "n_segment": known(np.ones(n, np.int64)),
        "segment_mb": known(np.round(length, 3)),
    })  # fmt: skip
