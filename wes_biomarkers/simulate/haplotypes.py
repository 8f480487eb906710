"""Copies of the genome with variants written into them, and the way from reference positions to theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wes_biomarkers.simulate.variants import Variant

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Haplotype:
    """One copy of one contig; `breaks`: reference ends of length-changing variants, `shifts`: their sums."""

    sequence: str
    breaks: Positions
    shifts: Positions

    def lift(self, positions: Positions) -> Positions:
        """Reference positions (0-based) in this copy's coordinates; deleted bases land at the cut."""
        return positions + self.shifts[np.searchsorted(self.breaks, positions, side="right")]


def make_haplotype(reference: str, variants: Iterable[Variant]) -> Haplotype:
    """A contig with variants applied; they must not overlap.

    >>> make_haplotype("AACCGG", [Variant("x", 1, "AC", "A"), Variant("x", 4, "G", "T")]).sequence
    'AACTG'

    Raises:
        ValueError: overlapping variants, or a reference allele that is not on the contig.
    """
    pieces: list[str] = []
    breaks: list[int] = []
    shifts = [0]
    place = 0
    for variant in sorted(variants):
        if variant.pos < place or reference[variant.pos : variant.end] != variant.ref:
            raise ValueError(f"{variant} overlaps another variant or does not fit the reference")
        pieces += [reference[place : variant.pos], variant.alt]
        place = variant.end
        if len(variant.ref) != len(variant.alt):
            breaks.append(variant.end)
            shifts.append(shifts[-1] + len(variant.alt) - len(variant.ref))
    pieces.append(reference[place:])
    return Haplotype("".join(pieces), np.array(breaks, dtype=np.int64), np.array(shifts, dtype=np.int64))
