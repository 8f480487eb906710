"""Neoantigen burden: how many variants give a peptide that an HLA molecule of the person binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.neoantigens.binding import Binding
from wes_biomarkers.neoantigens.candidates import Columns, Facts
from wes_biomarkers.neoantigens.haplotypes import EXON_BORDER, SPLICE_SITE
from wes_biomarkers.neoantigens.molecules import Molecules
from wes_biomarkers.neoantigens.peptides import Key, Peptide, PeptideSet
from wes_biomarkers.neoantigens.phbr import N_MOLECULE, harmonic_best_rank
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW, UNNATURAL
from wes_biomarkers.neoantigens.translation import (
    INCOMPLETE,
    INNER_STOP,
    NO_OTHER_START,
    NO_START,
    NO_STOP,
    READS_ON,
)
from wes_biomarkers.neoantigens.vep_peptides import DISAGREES, NO_SHIFTED, NO_WILDTYPE, NOT_SPELLED

DEFINITION = "wes_neoantigens"
#: What stands after the names of the values of class II.
SUFFIX: Mapping[str, str] = {"I": "", "II": "_ii"}
_COUNTS = ("n_neoantigen", "n_neoantigen_strong", "n_neoantigen_clonal", "n_neoantigen_frameshift")
_RATES = ("n_neoantigen_per_mb", "n_neoantigen_per_nonsyn")

#: Why a variant that changes a protein gives no peptide: a stop gained, a splice site, a frame without its end.
_CHANGING = frozenset(
    {NOTHING_NEW, UNNATURAL, SPLICE_SITE, EXON_BORDER, READS_ON, NO_OTHER_START, NO_SHIFTED}
)
#: Why a variant whose transcripts could not be translated may change a protein or not.
_UNREADABLE = frozenset({INCOMPLETE, INNER_STOP, NO_START, NO_STOP, DISAGREES, NO_WILDTYPE, NOT_SPELLED})


@dataclass(frozen=True)
class Tumor:
    """What burden is counted of.

    Attributes:
        patient_id, pair_id: whose record it is.
        variants: those that change a protein, whether or not they give a peptide.
        unreadable: those of which no transcript could be translated.
        peptides: mutated ones.
        molecules: by class.
        binding: by class; a class is absent where it was not asked for or nothing is typed.
        facts: of other features.
        callable_mb: Mb in which a variant would have been called; None where unknown.
        missing: why nothing can be evaluated; empty when it can.
        untyped: why class I is not known, where the typing says it; class II is told all the same.
        flags: of the data.
        provenance: to carry along.
    """

    patient_id: str
    pair_id: str
    variants: Sequence[Key]
    peptides: Sequence[Peptide]
    molecules: Mapping[str, Molecules]
    binding: Mapping[str, Binding]
    facts: Facts
    callable_mb: float | None = None
    missing: str = ""
    flags: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    unreadable: Sequence[Key] = ()
    untyped: str = ""


def protein_changing(made: PeptideSet) -> tuple[Key, ...]:
    """The variants that change a protein, sorted, with those that give no peptide (a stop gained, a splice site)."""
    found = {protein.variants[0] for protein in made.proteins} | {p.variant for p in made.peptides}
    return tuple(sorted(found | {skip.variant for skip in made.skipped if skip.reason in _CHANGING}))


def unreadable_variants(made: PeptideSet) -> tuple[Key, ...]:
    """The variants in transcripts that could not be translated, and in none that could, sorted."""
    told = set(protein_changing(made))
    return tuple(sorted({skip.variant for skip in made.skipped if skip.reason in _UNREADABLE} - told))


def compute_neoantigens(tumor: Tumor, pairs: Columns) -> Record:
    """The burden of a tumour as a record; its main value is the variants with a class I binder.

    Burden is counted per variant, however many of its peptides bind. It is not evaluable where no class I allele is known,
    the predictor has a model of none of them, or no variant's protein could be read; it is 0 where nothing of what was
    looked at binds. Class II is told by itself where class I is not known.

    Args:
        tumor: what was looked at.
        pairs: as `candidates.pair_up` makes them of the tumour's peptides.
    """
    n_unreadable = len(set(tumor.unreadable))
    told = {"n_nonsyn": len(set(tumor.variants)), "n_variant_unreadable": n_unreadable}
    values: dict[str, Any] = dict(told)
    for mhc_class in ("I", "II"):
        values |= _values(tumor, pairs, mhc_class)
    first = tumor.molecules["I"]
    nothing = tumor.missing
    if n_unreadable and not tumor.variants:
        nothing = nothing or "no variant's protein could be read"
    reason = nothing or tumor.untyped or _obstacle(first, tumor.binding.get("I"))
    if reason:
        kept = {} if nothing else {name: value for name, value in values.items() if name.endswith("_ii")}
        values = dict.fromkeys(values) | kept | told
    return Record(
        patient_id=tumor.patient_id,
        pair_id=tumor.pair_id,
        feature="neoantigens",
        definition_id=DEFINITION,
        status="not_evaluable" if reason else "ok",
        reason=reason,
        flags=_flags(tumor),
        values=values,
        numerator=values["n_neoantigen"],
        denominator=None if reason else tumor.callable_mb,
        provenance=tumor.provenance,
    )


def _values(tumor: Tumor, pairs: Columns, mhc_class: str) -> dict[str, Any]:
    """The named values of one class; None where unknown."""
    suffix = SUFFIX[mhc_class]
    names = [*_COUNTS, *_RATES, *(["n_neoantigen_hla_loh_adj"] if mhc_class == "I" else [])]
    unknown: dict[str, Any] = dict.fromkeys(name + suffix for name in names)
    unknown[f"phbr{'_ii' if suffix else '_i'}"] = None
    if _obstacle(tumor.molecules[mhc_class], tumor.binding.get(mhc_class)):
        return unknown
    own = {name: column[pairs["mhc_class"] == mhc_class] for name, column in pairs.items()}
    if own and len(own["rank_pct"]) and np.isnan(own["rank_pct"]).all():
        return unknown
    counts = count_burden(own, tumor.peptides, tumor.facts)
    n, n_nonsyn = counts["n_neoantigen"], len(set(tumor.variants))
    counts["n_neoantigen_per_mb"] = n / tumor.callable_mb if tumor.callable_mb else None
    counts["n_neoantigen_per_nonsyn"] = n / n_nonsyn if n_nonsyn else None
    ranks = list(phbr_of_variants(tumor, pairs, mhc_class).values())
    known = np.array(ranks, np.float64)[~np.isnan(ranks)] if ranks else np.zeros(0)
    found = {name + suffix: counts[name] for name in names}
    phbr = float(np.median(known)) if len(known) and len(known) == len(ranks) else None
    return found | {f"phbr{'_ii' if suffix else '_i'}": phbr}


def count_burden(pairs: Columns, peptides: Sequence[Peptide], facts: Facts) -> dict[str, Any]:
    """Variants with a binder of one class, in all and of each kind; None for a kind that cannot be told.

    `n_neoantigen_hla_loh_adj` counts those with a binder of an allele the tumour keeps. It is None without a table of HLA
    loss, and where a variant's only binders are of alleles whose state is unknown. `n_neoantigen_clonal` counts those
    called clonal; it is None without a table, and where none of the variants has a class.

    Args:
        pairs: of one class, as `candidates.pair_up` makes them; empty without peptides.
        peptides: what `pairs` points to.
        facts: of other features.
    """
    if not pairs:
        pairs = {name: np.zeros(0) for name in ("peptide", "binder", "strong", "hla_lost")}
    row_peptides = [peptides[int(i)] for i in pairs["peptide"]]

    def variants(mask: NDArray[np.bool_]) -> set[Key]:
        """Those of the rows of a mask."""
        return {row_peptides[i].variant for i in np.flatnonzero(mask).tolist()}

    binder = pairs["binder"] == 1
    found = variants(binder)
    shifted = np.array([p.consequence == "frameshift_variant" for p in row_peptides], bool)
    counts: dict[str, Any] = {
        "n_neoantigen": len(found),
        "n_neoantigen_strong": len(variants(pairs["strong"] == 1)),
        "n_neoantigen_frameshift": len(variants(binder & shifted)),
        "n_neoantigen_clonal": None,
        "n_neoantigen_hla_loh_adj": None,
    }
    if facts.clonality is not None:
        classes = [facts.clonality.get(variant) for variant in found]
        if not classes or {"clonal", "subclonal"}.intersection(classes):
            counts["n_neoantigen_clonal"] = classes.count("clonal")
    if facts.lost is not None:
        kept = variants(binder & (pairs["hla_lost"] == 0))
        if not variants(binder & np.isnan(pairs["hla_lost"])) - kept:
            counts["n_neoantigen_hla_loh_adj"] = len(kept)
    return counts


def phbr_of_variants(tumor: Tumor, pairs: Columns, mhc_class: str) -> dict[Key, float]:
    """PHBR of each variant with peptides; NaN where the type is incomplete or a molecule has no model."""
    molecules = tumor.molecules[mhc_class]
    if not pairs:
        return {}
    rows = np.flatnonzero(pairs["mhc_class"] == mhc_class)
    variants = sorted({tumor.peptides[i].variant for i in pairs["peptide"][rows].tolist()})
    if not molecules.complete:
        return dict.fromkeys(variants, float("nan"))
    number = {variant: at for at, variant in enumerate(variants)}
    column = {name: at for at, name in enumerate(molecules.distinct)}
    best = np.full((len(variants), len(column)), np.nan)
    at_variant = [number[tumor.peptides[i].variant] for i in pairs["peptide"][rows].tolist()]
    at_molecule = [column[name] for name in pairs["molecule"][rows]]
    np.fmin.at(best, (at_variant, at_molecule), pairs["rank_pct"][rows])
    slots = best[:, [column[name] for name in molecules.names]]
    ranks = harmonic_best_rank(slots, N_MOLECULE[mhc_class])
    return dict(zip(variants, ranks.tolist(), strict=True))


def _obstacle(molecules: Molecules, binding: Binding | None) -> str:
    """Why the burden of a class cannot be told; empty when it can."""
    if not molecules.names:
        return f"no HLA class {molecules.mhc_class} allele that presents peptides is known"
    if binding is None:
        return f"class {molecules.mhc_class} was not asked for"
    if all(model is None for model in binding.used):
        return f"the predictor has a model of none of the class {molecules.mhc_class} alleles"
    return ""


def _flags(tumor: Tumor) -> tuple[str, ...]:
    """The data's flags, those of alleles, and whether a class I locus is not known."""
    found = {*tumor.flags}
    for binding in tumor.binding.values():
        found.update(flag for flags in binding.flags.values() for flag in flags)
    if not tumor.molecules["I"].complete:
        found.add("hla_incomplete")
    if tumor.unreadable:
        found.add("unreadable_variants")
    if not tumor.molecules["II"].complete and tumor.molecules["II"].names and "II" in tumor.binding:
        found.add("hla_incomplete_ii")
    if any(part.synthetic for part in tumor.molecules.values()):
        found.add("synthetic_hla")
    return tuple(sorted(found))
