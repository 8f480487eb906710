"""The `neoantigen` table of a simulated trial: class I candidates among the missense variants, with invented binding.

Of the candidates that a pair's record counts (strong, clonal, of kept HLA alleles) the table holds at most `MAX_ROWS`,
and no more than there are missense variants; so no count of rows exceeds that of the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla_tables import NEOANTIGEN
from wes_biomarkers.io.neoantigens import read_rules
from wes_biomarkers.neoantigens.binding import RESIDUES
from wes_biomarkers.neoantigens.candidates import Rules
from wes_biomarkers.neoantigens.scoring import (
    HYDROPATHY,
    amplitude,
    anchor_kinds,
    anchor_places,
    dai_nm,
    fold_change,
)
from wes_biomarkers.neoantigens.tiers import assign_tiers
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.genes import MUTATIONS
from wes_biomarkers.simulate.tables.hla import lost_alleles, types
from wes_biomarkers.simulate.tables.parts import Index, Source, arrow_part, known, named
from wes_biomarkers.simulate.tables.variant_parts import (
    MISSENSE,
    DrawnVariants,
    drawn_variants,
    mutation_cells,
    place_cells,
)

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

#: Rows of a pair at most.
MAX_ROWS = 20
_LENGTH = 9
_DIGITS = 4
#: Affinity at the percentile rank up to which a binder is strong, and the spread of its logarithm there.
_STRONG_NM, _SPREAD = 100.0, 0.4


def neoantigen_parts(source: Source, n_mean: int) -> Iterator[Any]:
    """The `neoantigen` table of the variants that `variant_parts` gives with the same arguments."""
    rules = read_rules()
    alleles = types(source.trial).reshape(source.trial.n, -1)
    lost = (lost_alleles(source.trial)[:, :, None] == (1, 2)).reshape(alleles.shape)
    for number, drawn in enumerate(drawn_variants(source, n_mean)):
        rng = stream(source.seed, "tables", "neoantigen", str(number))
        chosen = _choose(rng, source, drawn)
        if len(chosen.row):
            yield _part(rng, source, chosen, (alleles, lost), rules)


def _place(group: Index) -> Index:
    """0, 1, ... within each group of a sorted array."""
    return np.arange(len(group)) - np.searchsorted(group, group)


def _counts(source: Source, row: Index, *names: str) -> list[NDArray[np.int64]]:
    return [source.pairs.columns[name][row].astype(np.int64) for name in names]


def _choose(rng: np.random.Generator, source: Source, drawn: DrawnVariants) -> DrawnVariants:
    """Missense variants that make a candidate, in random order within each pair.

    Clonal and others are no more than the record counts of each.
    """
    is_open = source.pairs.is_evaluable("neoantigens")[drawn.row] & (drawn.consequence == MISSENSE)
    drawn = drawn.take(is_open)
    clonal = drawn.ccf == 1
    group = 2 * drawn.row + clonal
    order = np.lexsort((rng.random(len(group)), group))
    drawn, clonal, place = drawn.take(order), clonal[order], _place(group[order])
    n, n_clonal = _counts(source, drawn.row, "n_neoantigen", "n_neoantigen_clonal")
    drawn = drawn.take(place < np.where(clonal, n_clonal, n - n_clonal))
    drawn = drawn.take(np.lexsort((rng.random(len(drawn.row)), drawn.row)))
    n, n_frameshift = _counts(source, drawn.row, "n_neoantigen", "n_neoantigen_frameshift")
    return drawn.take(_place(drawn.row) < np.minimum(MAX_ROWS, n - n_frameshift))


def _mark(rng: np.random.Generator, row: Index, n_marked: Index, n: Index) -> Mask:
    """Which rows are of a kind that `n_marked` of the `n` candidates of their pair are; `row` is sorted."""
    _, first, size = np.unique(row, return_index=True, return_counts=True)
    count = rng.hypergeometric(n_marked[first], (n - n_marked)[first], size)
    order = np.lexsort((rng.random(len(row)), row))
    marked = np.empty(len(row), bool)
    marked[order] = _place(row) < np.repeat(count, size)
    return marked


def _part(
    rng: np.random.Generator,
    source: Source,
    drawn: DrawnVariants,
    types_lost: tuple[NDArray[np.object_], Mask],
    rules: Rules,
) -> Any:
    """Rows of the chosen variants, ranked within each pair."""
    row, who = drawn.row, source.pairs.patient[drawn.row]
    n, n_strong, n_kept = _counts(
        source, row, "n_neoantigen", "n_neoantigen_strong", "n_neoantigen_hla_loh_adj"
    )
    strong, is_lost = _mark(rng, row, n_strong, n), _mark(rng, row, n - n_kept, n)
    alleles, lost = (each[who] for each in types_lost)
    picked = np.where(lost == is_lost[:, None], rng.random(lost.shape), -1.0).argmax(axis=1)
    allele = alleles[np.arange(len(row)), picked]
    mutant, wildtype, changed = _peptides(rng, drawn)
    columns = _binding(rng, strong, _at_anchor(allele, changed, rules), rules) | {
        "mhc_class": np.full(len(row), "I", dtype=object),
        "clonality": np.where(drawn.ccf == 1, "clonal", "subclonal").astype(object),
        "expression_tpm": np.full(len(row), np.nan),
        "hla_lost": np.where(source.pairs.is_evaluable("hla_loh")[row], is_lost, np.nan),
        "hydrophobicity": _hydropathy(mutant)[:, rules.facing_first - 1 : -1].mean(axis=1),
    }
    tier, columns["tier_reason"] = assign_tiers(columns | {"binder": np.ones(len(row))}, rules.tiers)
    columns["tier"] = np.array(rules.tiers.order, dtype=object)[tier]
    columns |= {"allele": allele, "allele_model": allele}
    columns |= {"peptide": _text(mutant), "wildtype": _text(wildtype)}
    order = np.lexsort((columns["ic50_nm"], columns["rank_pct"], tier, row))
    drawn = drawn.take(order)
    return arrow_part(NEOANTIGEN, len(row), named(source, row) | place_cells(drawn) | {
        "rank": known(_place(row) + 1),
        "protein_change": mutation_cells(drawn),
        "ccf": known(drawn.ccf),
        **{name: known(_rounded(values[order])) for name, values in columns.items()},
    })  # fmt: skip


def _rounded(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers with the digits that are worth keeping; anything else as it is."""
    return np.round(values, _DIGITS) if values.dtype.kind == "f" else values


def _peptides(
    rng: np.random.Generator, drawn: DrawnVariants
) -> tuple[NDArray[np.int64], NDArray[np.int64], Index]:
    """Mutated and wild-type peptides as places in `RESIDUES`, shape (n, length), and the residue that changed, from 0."""
    n, is_driver = len(drawn.row), drawn.driver >= 0
    exchange = np.array([(RESIDUES.find(name[2]), RESIDUES.find(name[-1])) for name in MUTATIONS])
    mutant, changed = rng.integers(0, len(RESIDUES), (n, _LENGTH)), rng.integers(0, _LENGTH, n)
    every = np.arange(n)
    known_old, known_new = exchange[drawn.driver * 4 + drawn.residue].T
    new = np.where(is_driver, known_new, mutant[every, changed])
    other = (new + rng.integers(1, len(RESIDUES), n)) % len(RESIDUES)
    wildtype = mutant.copy()
    mutant[every, changed], wildtype[every, changed] = new, np.where(is_driver, known_old, other)
    return mutant, wildtype, changed


def _text(residues: NDArray[np.int64]) -> NDArray[np.object_]:
    letters = np.frombuffer(RESIDUES.encode(), np.uint8)[residues]
    return letters.view(f"S{_LENGTH}").ravel().astype(str).astype(object)


def _hydropathy(residues: NDArray[np.int64]) -> Numbers:
    return np.array([HYDROPATHY[letter] for letter in RESIDUES])[residues]


def _at_anchor(allele: NDArray[np.object_], changed: Index, rules: Rules) -> Mask:
    """Whether the changed residue is one by which the allele holds the peptide."""
    import pandas as pd

    code, names = pd.factorize(allele)
    places = [anchor_places(_LENGTH, rules.anchors.get(name, rules.anchors["default"])) for name in names]
    held = np.array([[place in own for place in range(_LENGTH)] for own in places])
    return np.asarray(held[code, changed])


def _binding(
    rng: np.random.Generator, strong: Mask, at_anchor: Mask, rules: Rules
) -> dict[str, NDArray[Any]]:
    """Ranks and affinities by column; a change at an anchor may make the peptide bind that did not."""
    n, limit = len(strong), rules.strong_rank["I"]
    low, high = np.where(strong, 0.01, limit * 1.001), np.where(strong, limit, rules.weak_rank["I"])
    rank = np.exp(rng.uniform(np.log(low), np.log(high)))
    gain = np.where(at_anchor, rng.uniform(0, 3, n), 0.3 * rng.standard_normal(n))
    rank_wt = (rank * 10**gain).clip(0.01, 100)
    ic50, ic50_wt = (
        _STRONG_NM * each / limit * np.exp(_SPREAD * rng.standard_normal(n)) for each in (rank, rank_wt)
    )
    return {
        "rank_pct": rank,
        "ic50_nm": ic50,
        "strong": strong,
        "weak": ~strong,
        "rank_wt_pct": rank_wt,
        "ic50_wt_nm": ic50_wt,
        "dai_nm": dai_nm(ic50_wt, ic50),
        "fold_change": fold_change(ic50_wt, ic50),
        "amplitude": amplitude(ic50_wt, ic50, rules.amplitude_constant),
        "anchor": anchor_kinds(at_anchor, rank_wt, np.ones(n, bool), rules.weak_rank["I"]),
    }
