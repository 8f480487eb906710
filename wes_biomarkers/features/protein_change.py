"""Which residues of a protein a mutation changes, from any common notation of the amino acid change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from wes_biomarkers.features.consequence import short_protein_change

_HGVS = re.compile(r"p\.\(?([A-Z*])(\d+)(?:_([A-Z*])(\d+))?(.*?)\)?")
_CSQ = re.compile(r"(\d+)([A-Z*]+)(?:\.\.(\d+))?>(\d+)([A-Z*]+)(?:\.\.\d+)?")


@dataclass(frozen=True)
class ChangedResidues:
    """Residues `first` to `last`, both within, counted from 1.

    Attributes:
        reference: amino acid at `first`, one letter.
        alternate: amino acid after a substitution of this one residue; empty for any other change.
    """

    first: int
    last: int
    reference: str
    alternate: str = ""


@lru_cache(maxsize=65536)
def changed_residues(change: str | None) -> ChangedResidues | None:
    """The residues of an annotated change (HGVS, or `bcftools csq`), or None where none is named.

    Of a `csq` change the amino acids shared at the front are left out. An insertion changes the two residues
    it lies between.

    >>> changed_residues("ENSP1:p.Arg175His")
    ChangedResidues(first=175, last=175, reference='R', alternate='H')
    >>> changed_residues("77DEE>77DE"), changed_residues("9P")
    (ChangedResidues(first=79, last=79, reference='E', alternate=''), None)
    """
    if not change:
        return None
    if "p." in change:
        match = _HGVS.fullmatch(short_protein_change(change) or "")
        if match is None or match[5] in ("=", ""):
            return None
        first, rest = int(match[2]), match[5]
        single = match[4] is None and len(rest) == 1
        return ChangedResidues(first, int(match[4] or first), match[1], rest if single else "")
    match = _CSQ.fullmatch(change)
    if match is None or match[1] != match[4]:
        return None
    start, before, after = int(match[1]), match[2], match[5]
    pairs = zip(before, after, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if shared == len(before):  # an insertion behind the last shared residue
        return ChangedResidues(start + shared - 1, start + shared, before[-1])
    last = int(match[3] or start + len(before) - 1)
    single = len(before) == len(after) == shared + 1
    return ChangedResidues(start + shared, last, before[shared], after[shared] if single else "")
