"""How different a person's HLA alleles are: evolutionary divergence, homozygosity and supertypes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wes_biomarkers.contracts.hla import LOCI_CLASS_I, Allele
from wes_biomarkers.features.hla_exons import Exons

Pair = tuple[Allele, Allele]

#: Exons that make the domains which hold the peptide.
DOMAIN_EXONS: Mapping[str, tuple[int, ...]] = {"I": (2, 3), "II": (2,)}
#: Bases of exon 2 that finish a codon begun in exon 1: exon 1 ends one base into a codon at every typed locus.
SPLIT_CODON = 2

_CODON_BASES = "TCAG"
_RESIDUES = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_CODE = {
    a + b + c: _RESIDUES[16 * i + 4 * j + k]
    for i, a in enumerate(_CODON_BASES)
    for j, b in enumerate(_CODON_BASES)
    for k, c in enumerate(_CODON_BASES)
}


@dataclass(frozen=True)
class Diversity:
    """What diversity is computed from.

    Attributes:
        domains: binding domain of each allele by its name at two fields; alleles without one are absent.
        distance: between two residues (Grantham 1974), both orders.
        supertypes: by name at two fields (Sidney 2008).
    """

    domains: Mapping[str, str]
    distance: Mapping[tuple[str, str], float]
    supertypes: Mapping[str, str]


def binding_domain(sequence: str, exons: Exons, mhc_class: str) -> str | None:
    """Residues of the peptide-binding domains, from the codons that lie wholly within their exons.

    Exons 2 and 3 of class I (181 residues of most alleles), exon 2 of class II.

    Args:
        sequence: coding bases, or a part of them.
        exons: where exons lie in it.
        mhc_class: I or II.

    Returns:
        None where an exon is absent, a base is ambiguous, or a stop codon ends the protein within.
    """
    numbers = DOMAIN_EXONS[mhc_class]
    if not exons.keys() >= set(numbers):
        return None
    bases = "".join(sequence[slice(*exons[number])] for number in numbers)[SPLIT_CODON:]
    residues = "".join(_CODE.get(bases[i : i + 3], "X") for i in range(0, len(bases) - 2, 3))
    return residues if residues and not {"*", "X"} & set(residues) else None


def divergence(a: str, b: str, distance: Mapping[tuple[str, str], float]) -> float | None:
    """Mean distance per residue of two binding domains; None where their lengths differ.

    Grantham's distance is the one of HLA evolutionary divergence (Pierini and Lenz 2018, Mol. Biol. Evol.
    35:2145; Chowell 2019, Nat. Med. 25:1715).
    """
    if len(a) != len(b) or not a:
        return None
    return sum(distance[x, y] for x, y in zip(a, b, strict=True) if x != y) / len(a)


def locus_divergence(pair: Pair, diversity: Diversity) -> float | None:
    """Divergence of the two alleles of a locus: 0 where they are one protein; None where it cannot be told.

    A null allele has no protein at the surface, so a locus with one has no divergence.
    """
    first, second = (allele.two_field for allele in pair)
    if first.null or second.null:
        return None
    if first == second:
        return 0.0
    a, b = (diversity.domains.get(str(allele)) for allele in (first, second))
    return None if a is None or b is None else divergence(a, b, diversity.distance)


def diversity_values(pairs: Mapping[str, Pair], diversity: Diversity) -> dict[str, Any]:
    """Named values of the known loci of a person.

    `hed` is the mean over A, B and C and `n_hla_homozygous` the count of them with two like proteins, None unless
    all three are known; `hed_a`, `hed_b`, `hed_c` of each; `hla_supertypes` those of the A and B alleles, once
    each, None where one of the four is not in the table.
    """
    each = {locus: locus_divergence(pairs[locus], diversity) for locus in LOCI_CLASS_I if locus in pairs}
    known = [value for value in each.values() if value is not None]
    homozygous = [
        pairs[locus][0].two_field == pairs[locus][1].two_field for locus in LOCI_CLASS_I if locus in pairs
    ]
    n = len(LOCI_CLASS_I)
    return {
        "hed": sum(known) / n if len(known) == n else None,
        **{f"hed_{locus.lower()}": each.get(locus) for locus in LOCI_CLASS_I},
        "n_hla_homozygous": sum(homozygous) if len(homozygous) == n else None,
        "hla_supertypes": _supertypes(pairs, diversity.supertypes),
    }


def _supertypes(pairs: Mapping[str, Pair], table: Mapping[str, str]) -> list[str] | None:
    alleles = [allele for locus in ("A", "B") for allele in pairs.get(locus, ())]
    found = [table.get(str(allele.two_field)) for allele in alleles]
    known = sorted({supertype for supertype in found if supertype})
    return known if len(alleles) == 4 and None not in found else None
