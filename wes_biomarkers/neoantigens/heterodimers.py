"""The class II molecules a person's alleles can form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Molecules of two variable chains: the locus of the alpha chain, then that of the beta chain.
CHAINS = (("DQA1", "DQB1"), ("DPA1", "DPB1"))


def class_2_molecules(alleles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The molecules of class II: DR 2, each counted twice, DQ 4 and DP 4, alpha with every beta chain.

    The alpha chain of DR hardly varies, so a DR molecule is named after its beta chain alone; each counts
    twice so that DR weighs as much as DQ and DP do (Marty Pyke 2018, Cell, PHBR-II). A homozygous locus
    gives its molecules as often as a heterozygous one. A locus that is not known gives none.

    Args:
        alleles: by locus (DRB1, DQA1, DQB1, DPA1, DPB1), the two alleles, two fields, null alleles left out.

    >>> class_2_molecules({"DRB1": ["DRB1*01:01", "DRB1*03:01"], "DQA1": ["DQA1*05:01"], "DQB1": ["DQB1*02:01"]})
    ('DRB1*01:01', 'DRB1*01:01', 'DRB1*03:01', 'DRB1*03:01', 'DQA1*05:01-DQB1*02:01')
    """
    molecules = [allele for allele in alleles.get("DRB1", ()) for _ in range(2)]
    for alpha, beta in CHAINS:
        molecules += [f"{a}-{b}" for a in alleles.get(alpha, ()) for b in alleles.get(beta, ())]
    return tuple(molecules)
