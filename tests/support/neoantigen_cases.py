"""Small tumours for the tests of neoantigens: peptides, binding by hand, thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np

from wes_biomarkers.neoantigens.binding import Binding
from wes_biomarkers.neoantigens.burden import Tumor
from wes_biomarkers.neoantigens.candidates import Facts
from wes_biomarkers.neoantigens.molecules import Molecules
from wes_biomarkers.neoantigens.peptides import Key, Peptide

V1: Key = ("c1", 100, "A", "T")
V2: Key = ("c1", 200, "C", "G")
V3: Key = ("c2", 50, "AG", "A")


def peptide(sequence: str, variant: Key = V1, wildtype: str | None = None, **changes: Any) -> Peptide:
    """A peptide of a variant; its changed places are those that differ."""
    changed = tuple(range(len(sequence))) if wildtype is None else tuple(
        i for i, (a, b) in enumerate(zip(sequence, wildtype, strict=True)) if a != b
    )  # fmt: skip
    given: dict[str, Any] = {
        "sequence": sequence, "wildtype": wildtype, "mhc_class": "I", "variant": variant, "neighbours": (),
        "gene": "GENE", "transcripts": ("ENST1",), "consequence": "missense_variant", "protein_change": "p.A1B",
        "protein_start": 0, "changed": changed, "frame": 0, "phase": "single",
    }  # fmt: skip
    return Peptide(**given | changes)


def binding(
    ranks: dict[str, list[float]], alleles: tuple[str, ...], flags: dict[str, tuple[str, ...]] | None = None
) -> Binding:
    """Binding with the given percentile ranks of each peptide by allele; the IC50 is 100 nM for each percent."""
    rank = np.array(list(ranks.values()), float).reshape(len(ranks), len(alleles))
    used = tuple(None if rank.size and np.isnan(rank[:, i]).all() else name for i, name in enumerate(alleles))
    return Binding(tuple(ranks), alleles, rank * 100, rank, used, flags or {})


def tumor(peptides: list[Peptide], bindings: dict[str, Binding], **changes: Any) -> Tumor:
    """A tumour whose molecules are those of the binding, complete if there are six of class I."""
    molecules = {
        name: Molecules(name, part.alleles, len(part.alleles) == 6) for name, part in bindings.items()
    }
    for name in ("I", "II"):
        molecules.setdefault(name, Molecules(name, (), False))
    given: dict[str, Any] = {
        "patient_id": "P", "pair_id": "T_vs_N", "variants": [p.variant for p in peptides], "peptides": peptides,
        "molecules": molecules, "binding": bindings, "facts": Facts(),
    }  # fmt: skip
    return Tumor(**given | changes)
