"""Which variants lie on the same haplotype: phase sets of a caller, and fragments that span two variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from wes_biomarkers.neoantigens.peptides import Key

#: Fragments with the rarer variant that must tell of the other, and the shares that decide.
MIN_FRAGMENTS = 2
CIS_SHARE, TRANS_SHARE = 0.75, 0.25


class Relation(Enum):
    """Of two variants: the same haplotype, the other one, or unknown."""

    CIS = "cis"
    TRANS = "trans"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of the tumour or of the patient; `homozygous` ones lie on every haplotype."""

    key: Key
    is_somatic: bool
    homozygous: bool = False


@dataclass(frozen=True, slots=True)
class Fragments:
    """Fragments that show the alleles of two variants: with both, with the first alone, with the second alone."""

    both: int
    first_only: int
    second_only: int


@dataclass(frozen=True)
class Phase:
    """All that is known of the phase of one tumour's variants.

    Attributes:
        sets: of each file, the phase set and the side (haplotype 0 or 1) of its phased variants.
        fragments: of pairs of variants, in the order (somatic, other).
    """

    sets: Sequence[Mapping[Key, tuple[str, int]]] = ()
    fragments: Mapping[tuple[Key, Key], Fragments] = field(default_factory=dict)

    def by_sets(self, first: Key, second: Key) -> Relation:
        """What the callers' phase sets say; sets of different files are never compared."""
        for phased in self.sets:
            if first in phased and second in phased and phased[first][0] == phased[second][0]:
                same = phased[first][1] == phased[second][1]
                return Relation.CIS if same else Relation.TRANS
        return Relation.UNKNOWN

    def relation(self, somatic: Variant, other: Variant) -> Relation:
        """How another variant lies to a somatic one: by genotype, else phase sets, else fragments."""
        if other.homozygous:
            return Relation.CIS
        known = self.by_sets(somatic.key, other.key)
        if known is not Relation.UNKNOWN:
            return known
        seen = self.fragments.get((somatic.key, other.key))
        if seen is None and (turned := self.fragments.get((other.key, somatic.key))) is not None:
            seen = Fragments(turned.both, turned.second_only, turned.first_only)
        return Relation.UNKNOWN if seen is None else decide(seen, both_somatic=other.is_somatic)


def decide(seen: Fragments, *, both_somatic: bool) -> Relation:
    """The relation that fragments show.

    Of the fragments with the somatic variant (of two somatic ones, with the rarer), the share that has the
    other: from CIS_SHARE the same haplotype, up to TRANS_SHARE the other one. A subclone's variant on the
    haplotype of an older one is thus in cis.
    """
    alone = min(seen.first_only, seen.second_only) if both_somatic else seen.first_only
    if seen.both + alone < MIN_FRAGMENTS:
        return Relation.UNKNOWN
    share = seen.both / (seen.both + alone)
    if share >= CIS_SHARE:
        return Relation.CIS
    return Relation.TRANS if share <= TRANS_SHARE else Relation.UNKNOWN
