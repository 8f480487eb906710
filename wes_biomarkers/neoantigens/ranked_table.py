"""The table of neoantigen candidates: what a vaccine or T-cell group wants to see of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.neoantigens.burden import Tumor, phbr_of_variants
from wes_biomarkers.neoantigens.candidates import Columns, Rules
from wes_biomarkers.neoantigens.peptides import Key, Peptide
from wes_biomarkers.neoantigens.scoring import (
    Similarity,
    amplitude,
    dai_nm,
    facing_hydrophobicity,
    fold_change,
)

#: Columns in their order. `start` is 0-based; `changed` counts residues of the peptide from 1.
COLUMNS: tuple[str, ...] = (
    *("pair_id", "mhc_class", "rank", "tier", "tier_reason", "gene", "chrom", "start", "ref", "alt"),
    *(
        "transcripts",
        "consequence",
        "protein_change",
        "peptide",
        "wildtype",
        "changed",
        "allele",
        "allele_model",
    ),
    *("ic50_nm", "rank_pct", "strong", "weak", "ic50_below_500", "ic50_wt_nm", "rank_wt_pct"),
    *(
        "dai_nm",
        "fold_change",
        "amplitude",
        "anchor",
        "hydrophobicity",
        "self_similarity",
        "pathogen_similarity",
    ),
    *("vaf", "ccf", "clonality", "expression_tpm", "hla_lost", "phbr", "phase", "neighbours", "flags"),
)


@dataclass(frozen=True)
class Likeness:
    """What peptides are compared with; None where nothing was given."""

    proteome: Similarity | None = None
    pathogens: Similarity | None = None


@dataclass(frozen=True)
class RankedTable:
    """Rows of the table as columns of text (None where empty) and numbers (NaN where unknown)."""

    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns.get("rank", ()))


def describe(
    rows: NDArray[np.int64], pairs: Columns, tumor: Tumor, rules: Rules, likeness: Likeness
) -> RankedTable:
    """The table of some rows of `pairs`, in their order; `rank` counts them in each class.

    Args:
        rows: of `pairs`, best first (`candidates.best_of_each`, `candidates.ranked`).
        pairs: of the tumour's peptides (`candidates.pair_up`).
        tumor: whose they are.
        rules: thresholds.
        likeness: what peptides are compared with.
    """
    if not len(rows):
        return RankedTable()
    taken = {name: column[rows] for name, column in pairs.items()}
    own = [tumor.peptides[i] for i in taken["peptide"].tolist()]
    first = taken["mhc_class"] == "I"
    ic50, wildtype = taken["ic50_nm"], taken["ic50_wt_nm"]
    sequences = [p.sequence for p in own]
    facing = [facing_hydrophobicity(text, rules.facing_first) for text in sequences]
    columns = {
        **{
            name: taken[name]
            for name in ("mhc_class", "tier_reason", "ic50_nm", "rank_pct", "strong", "weak")
        },
        **{name: taken[name] for name in ("ic50_wt_nm", "rank_wt_pct", "anchor", "clonality")},
        **{name: taken[name] for name in ("expression_tpm", "hla_lost")},
        **_names(own, tumor),
        "rank": _count_within(taken["mhc_class"]),
        "tier": np.array(rules.tiers.order, object)[taken["tier"]],
        "allele": taken["molecule"],
        "ic50_below_500": np.where(np.isnan(ic50), np.nan, ic50 < rules.affine_nm),
        "dai_nm": dai_nm(wildtype, ic50),
        "fold_change": fold_change(wildtype, ic50),
        "amplitude": np.where(first, amplitude(wildtype, ic50, rules.amplitude_constant), np.nan),
        "hydrophobicity": np.where(first, facing, np.nan),
        "self_similarity": _likeness(likeness.proteome, sequences, taken["binder"] == 1),
        "pathogen_similarity": _likeness(likeness.pathogens, sequences, taken["binder"] == 1),
        **_of_molecules(taken, tumor),
    }
    phbr = {name: phbr_of_variants(tumor, pairs, name) for name in ("I", "II")}
    columns["phbr"] = np.array(
        [phbr[name][p.variant] for name, p in zip(taken["mhc_class"], own, strict=True)], np.float64
    )
    return RankedTable({name: columns[name] for name in COLUMNS})


def _names(own: list[Peptide], tumor: Tumor) -> dict[str, NDArray[Any]]:
    """What the peptides themselves and their variants say."""
    facts = tumor.facts
    texts = {
        "pair_id": [tumor.pair_id] * len(own),
        "gene": [p.gene or None for p in own],
        "chrom": [p.variant[0] for p in own],
        "ref": [p.variant[2] for p in own],
        "alt": [p.variant[3] for p in own],
        "transcripts": [";".join(p.transcripts) or None for p in own],
        "consequence": [p.consequence for p in own],
        "protein_change": [p.protein_change or None for p in own],
        "peptide": [p.sequence for p in own],
        "wildtype": [p.wildtype for p in own],
        "changed": [";".join(str(place + 1) for place in p.changed) for p in own],
        "phase": [p.phase for p in own],
        "neighbours": [";".join(map(_place, p.neighbours)) or None for p in own],
    }
    numbers = {
        "start": [p.variant[1] for p in own],
        "vaf": [facts.vaf.get(p.variant, np.nan) for p in own],
        "ccf": [facts.ccf.get(p.variant, np.nan) for p in own],
    }
    return {name: np.array(values, object) for name, values in texts.items()} | {
        name: np.array(values, np.float64) for name, values in numbers.items()
    }


def _place(key: Key) -> str:
    """A variant as chrom:position:ref>alt, the position counted from 1."""
    chrom, start, ref, alt = key
    return f"{chrom}:{start + 1}:{ref}>{alt}"


def _of_molecules(taken: Columns, tumor: Tumor) -> dict[str, NDArray[Any]]:
    """The allele whose model was used where it is another, and the flags of the molecule."""
    models, flags = {}, {}
    for mhc_class, binding in tumor.binding.items():
        for allele, model in zip(binding.alleles, binding.used, strict=True):
            models[mhc_class, allele] = model
            flags[mhc_class, allele] = ";".join(binding.flags.get(allele, ())) or None
    keys = list(zip(taken["mhc_class"], taken["molecule"], strict=True))
    return {
        "allele_model": np.array([models[key] for key in keys], object),
        "flags": np.array([flags[key] for key in keys], object),
    }


def _count_within(classes: NDArray[Any]) -> NDArray[np.float64]:
    """1, 2, ... in each class, in order."""
    number = np.zeros(len(classes))
    for name in set(classes):
        own = classes == name
        number[own] = np.arange(1, own.sum() + 1)
    return number


def _likeness(
    known: Similarity | None, sequences: list[str], asked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The similarity of the peptides asked for; NaN for the others, and where there is nothing to compare with."""
    found = np.full(len(sequences), np.nan)
    if known is not None:
        found[asked] = known.best([text for text, is_asked in zip(sequences, asked, strict=True) if is_asked])
    return found
