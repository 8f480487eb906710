"""The HLA molecules of a person, from the types of the loci."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wes_biomarkers.contracts.hla import LOCI_CLASS_I, LOCI_CLASS_II, Allele
from wes_biomarkers.neoantigens.heterodimers import class_2_molecules


@dataclass(frozen=True)
class Molecules:
    """The molecules of one class that present peptides.

    Attributes:
        mhc_class: "I" or "II".
        names: as predictors name them; those of homozygous loci twice, DR's twice again, those of null alleles absent.
        complete: both alleles of every locus are known.
        synthetic: of an invented family.
    """

    mhc_class: str
    names: tuple[str, ...]
    complete: bool
    synthetic: bool = False

    @property
    def distinct(self) -> tuple[str, ...]:
        """Each molecule once, in order."""
        return tuple(dict.fromkeys(self.names))


def molecules_of(types: Mapping[str, Sequence[Allele]]) -> tuple[Molecules, Molecules]:
    """The molecules of class I and of class II.

    Args:
        types: the known alleles by locus (`A`, also of SIMA), two where both are known, a homozygous one twice.

    >>> from wes_biomarkers.contracts.hla import parse_allele
    >>> first, second = molecules_of({"A": [parse_allele("A*02:01:01"), parse_allele("A*24:09N")]})
    >>> first.names, first.complete, second.names
    (('A*02:01',), False, ())
    """
    expressed = {
        locus: [str(allele.two_field) for allele in alleles if not allele.null]
        for locus, alleles in types.items()
    }
    names_i = tuple(name for locus in LOCI_CLASS_I for name in expressed.get(locus, ()))
    return (
        Molecules("I", names_i, *_state(types, LOCI_CLASS_I)),
        Molecules("II", class_2_molecules(expressed), *_state(types, LOCI_CLASS_II)),
    )


def _state(types: Mapping[str, Sequence[Allele]], loci: Sequence[str]) -> tuple[bool, bool]:
    """Whether both alleles of every locus are known, and whether one is invented."""
    known = [types.get(locus, ()) for locus in loci]
    return all(len(alleles) == 2 for alleles in known), any(a.synthetic for part in known for a in part)
