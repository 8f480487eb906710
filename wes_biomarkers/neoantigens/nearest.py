"""The supported allele most like one that a predictor has no model of, by the residues that hold the peptide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Places of the mature protein, counted from 1, that touch the peptide: Nielsen 2007, PLoS ONE (34 of class I).
CLASS_1_PLACES = (
    *(7, 9, 24, 45, 59, 62, 63, 66, 67, 69, 70, 73, 74, 76, 77, 80, 81, 84, 95, 97, 99, 114, 116, 118),
    *(143, 147, 150, 152, 156, 158, 159, 163, 167, 171),
)
#: Residues of the leader peptide of HLA-A, -B and -C, which the mature protein lacks.
CLASS_1_LEADER = 24
#: Of class II, all residues of the chain's first domain count; leaders differ in length between genes.
CLASS_2_LEADER = {"DRB1": 29, "DQA1": 23, "DQB1": 32, "DPA1": 31, "DPB1": 29}
CLASS_2_DOMAIN = 90


def pocket(allele: str, protein: str) -> str:
    """The residues of one chain's protein (leader included) that decide what it binds; `-` beyond its end.

    >>> len(pocket("A*02:01", "M" * 365))
    34
    """
    gene = allele.partition("*")[0]
    if gene in CLASS_2_LEADER:
        start = CLASS_2_LEADER[gene]
        return protein[start : start + CLASS_2_DOMAIN].ljust(CLASS_2_DOMAIN, "-")
    places = (CLASS_1_LEADER + place - 1 for place in CLASS_1_PLACES)
    return "".join(protein[place] if place < len(protein) else "-" for place in places)


def nearest_allele(allele: str, supported: Iterable[str], proteins: Mapping[str, str]) -> str | None:
    """The supported allele of the same gene or genes whose pocket differs at fewest residues.

    Ties go to the name that comes first. None when a protein of the allele is unknown, or none is supported.

    Args:
        allele: an allele or molecule, such as `A*02:99` or `DQA1*05:01-DQB1*02:99`.
        supported: the alleles and molecules the predictor has models of.
        proteins: by allele of two fields, its protein with the leader.
    """
    if not all(chain in proteins for chain in allele.split("-")):
        return None
    rivals = [
        (_distance(allele, rival, proteins), rival)
        for rival in supported
        if _genes(rival) == _genes(allele) and all(chain in proteins for chain in rival.split("-"))
    ]
    return min(rivals)[1] if rivals else None


def _distance(one: str, other: str, proteins: Mapping[str, str]) -> int:
    """Residues of the pockets that differ, over all chains."""
    return sum(
        x != y
        for a, b in zip(one.split("-"), other.split("-"), strict=True)
        for x, y in zip(pocket(a, proteins[a]), pocket(b, proteins[b]), strict=True)
    )


def _genes(allele: str) -> tuple[str, ...]:
    return tuple(chain.partition("*")[0] for chain in allele.split("-"))
