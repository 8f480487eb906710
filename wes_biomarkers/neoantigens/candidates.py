"""Every mutated peptide with every HLA molecule: binding, wild type, anchors, tier; and the best of each variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.neoantigens.binding import Binding
from wes_biomarkers.neoantigens.expression import Expression
from wes_biomarkers.neoantigens.peptides import Key, Peptide
from wes_biomarkers.neoantigens.scoring import anchor_kinds, anchor_places
from wes_biomarkers.neoantigens.tiers import Tiers, assign_tiers

Array = NDArray[Any]
Columns = Mapping[str, Array]


@dataclass(frozen=True)
class Rules:
    """Thresholds; their values, reasons and sources are in definitions/neoantigens.toml, neoantigen_tiers.toml and
    hla_anchors.tsv.

    Attributes:
        strong_rank, weak_rank: by class, percentile ranks up to which a peptide is a strong or at least a weak binder.
        affine_nm: IC50 below which a peptide is flagged, nM.
        amplitude_constant: per nM.
        facing_first: first residue that faces the T cell, from 1.
        anchors: by allele, residues from 1 (from the end below 0); `default` for every other.
        tiers: the rules of the tiers.
    """

    strong_rank: Mapping[str, float]
    weak_rank: Mapping[str, float]
    affine_nm: float
    amplitude_constant: float
    facing_first: int
    anchors: Mapping[str, tuple[int, ...]]
    tiers: Tiers


@dataclass(frozen=True)
class Facts:
    """What other features tell; a mapping that is None was not given, a key that is absent is unknown.

    Attributes:
        vaf, ccf, clonality: of each variant.
        expression: transcripts per million.
        lost: by class I allele (two fields), whether the tumour has lost it; None where that cannot be told.
    """

    vaf: Mapping[Key, float] = field(default_factory=dict)
    ccf: Mapping[Key, float] = field(default_factory=dict)
    clonality: Mapping[Key, str] | None = None
    expression: Expression | None = None
    lost: Mapping[str, bool | None] | None = None


def pair_up(
    peptides: Sequence[Peptide], binding: Mapping[str, Binding], facts: Facts, rules: Rules
) -> Columns:
    """One row a peptide and molecule, n in all; classes without binding are left out.

    Args:
        peptides: of one tumour.
        binding: by class, of the class's mutated peptides and wild types to the person's molecules.
        facts: of other features.
        rules: thresholds.

    Returns:
        `peptide` (index), `molecule` and `mhc_class` (text), `ic50_nm`, `rank_pct`, `ic50_wt_nm`, `rank_wt_pct`, and 1, 0
        or NaN of `binder`, `strong`, `weak` (not strong), `hla_lost`; `anchor`, `clonality`, `expression_tpm`; `tier`
        (place in the order of tiers) and `tier_reason`.
    """
    parts = [_pairs_of_class(peptides, name, part, facts, rules) for name, part in binding.items()]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    if not columns:
        return columns
    columns["tier"], columns["tier_reason"] = assign_tiers(columns, rules.tiers)
    return columns


def _pairs_of_class(
    peptides: Sequence[Peptide], mhc_class: str, binding: Binding, facts: Facts, rules: Rules
) -> dict[str, Array]:
    index = np.array([i for i, p in enumerate(peptides) if p.mhc_class == mhc_class], np.int64)
    own = [peptides[i] for i in index.tolist()]
    n, m = len(own), len(binding.alleles)
    row = {sequence: at for at, sequence in enumerate(binding.peptides)}
    mutant = [row[p.sequence] for p in own]
    wildtype = np.array([-1 if p.wildtype is None else row[p.wildtype] for p in own], np.int64)
    has_wildtype = np.repeat(wildtype >= 0, m)
    rank = binding.rank_pct[mutant].reshape(n * m)
    rank_wt = _rows(binding.rank_pct, wildtype)
    weak, strong = rules.weak_rank[mhc_class], rules.strong_rank[mhc_class]
    lost = np.array([_as_float((facts.lost or {}).get(allele)) for allele in binding.alleles], np.float64)
    anchor = np.full(n * m, None, object)
    if mhc_class == "I":
        anchor = anchor_kinds(_at_anchors(own, binding.alleles, rules.anchors), rank_wt, has_wildtype, weak)
    clonality = [(facts.clonality or {}).get(p.variant) for p in own]
    expression = [facts.expression.of(p.gene, p.transcripts) if facts.expression else np.nan for p in own]
    return {
        "peptide": np.repeat(index, m),
        "molecule": np.tile(np.array(binding.alleles, object), n),
        "mhc_class": np.full(n * m, mhc_class, object),
        "ic50_nm": binding.ic50_nm[mutant].reshape(n * m),
        "rank_pct": rank,
        "ic50_wt_nm": _rows(binding.ic50_nm, wildtype),
        "rank_wt_pct": rank_wt,
        "binder": _known(rank, rank <= weak),
        "strong": _known(rank, rank <= strong),
        "weak": _known(rank, (rank <= weak) & (rank > strong)),
        "hla_lost": np.tile(lost, n),
        "anchor": anchor,
        "clonality": np.repeat(np.array(clonality, object), m),
        "expression_tpm": np.repeat(np.array(expression, np.float64), m),
    }


def _rows(values: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of a matrix, flat; NaN for row -1."""
    taken: NDArray[np.float64] = np.where((at >= 0)[:, None], values[at], np.nan) if len(values) else values
    return taken.reshape(-1)


def _known(values: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """1 or 0; NaN where the values that decide are."""
    return np.where(np.isnan(values), np.nan, truth)


def _as_float(value: bool | None) -> float:
    return float("nan") if value is None else float(value)


def _at_anchors(
    peptides: Sequence[Peptide], alleles: Sequence[str], anchors: Mapping[str, tuple[int, ...]]
) -> NDArray[np.bool_]:
    """Whether each peptide (slow index) differs at the anchors of each allele alone, flat (n m,)."""
    kinds = [anchors.get(allele, anchors["default"]) for allele in alleles]
    places = {
        (kind, length): anchor_places(length, kind)
        for kind in set(kinds)
        for length in {len(p.sequence) for p in peptides}
    }
    found = [[places[kind, len(p.sequence)].issuperset(p.changed) for kind in kinds] for p in peptides]
    return np.array(found, bool).reshape(-1)


def best_of_each(pairs: Columns, peptides: Sequence[Peptide]) -> NDArray[np.int64]:
    """Rows of `pairs`: the best of each variant and class, best first, class I before class II."""
    rows = ranked(pairs, peptides)
    if not len(rows):
        return rows
    number: dict[tuple[Key, str], int] = {}
    group = np.array([number.setdefault((p.variant, p.mhc_class), len(number)) for p in peptides], np.int64)
    _, first = np.unique(group[pairs["peptide"][rows]], return_index=True)
    return rows[np.sort(first)]


def ranked(pairs: Columns, peptides: Sequence[Peptide]) -> NDArray[np.int64]:
    """All rows of `pairs`, best first, class I before class II: by tier, percentile rank, IC50, then by name."""
    if not pairs:
        return np.zeros(0, np.int64)
    order = sorted(
        range(len(peptides)), key=lambda i: (peptides[i].variant, peptides[i].sequence, peptides[i].gene)
    )
    by_name = np.empty(len(peptides), np.int64)
    by_name[order] = np.arange(len(peptides))
    number = {name: at for at, name in enumerate(sorted(set(pairs["molecule"])))}
    molecule = np.array([number[name] for name in pairs["molecule"]], np.int64)
    keys = (molecule, by_name[pairs["peptide"]], pairs["ic50_nm"], pairs["rank_pct"], pairs["tier"])
    return np.lexsort((*keys, pairs["mhc_class"] == "II"))
