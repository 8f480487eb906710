"""Which contigs are autosomes and sex chromosomes, how many copies normal cells have, and where arms lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Mask = NDArray[np.bool_]
Sex = Literal["female", "male", "unknown"]

_NOT_AUTOSOMES = frozenset({"X", "Y", "M", "MT"})


@dataclass(frozen=True)
class Arm:
    """One arm of a chromosome, 0-based half-open; what lies between two arms is the centromere."""

    chrom: str
    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Genome:
    """Contig lengths in bases, in the genome's order, and arms where they are known."""

    lengths: Mapping[str, int] = field(default_factory=dict)
    arms: tuple[Arm, ...] = ()

    def arms_of(self, chrom: str) -> tuple[Arm, ...]:
        """The arms of one contig, by start."""
        return tuple(sorted((arm for arm in self.arms if arm.chrom == chrom), key=lambda arm: arm.start))


def plain_name(contig: str) -> str:
    """A contig's name without `chr`, in capitals.

    >>> plain_name("chrx"), plain_name("17")
    ('X', '17')
    """
    return re.sub(r"^chr", "", contig, flags=re.IGNORECASE).upper()


def autosomes(contigs: Iterable[str]) -> frozenset[str]:
    """The autosomes among contigs: those with numbers, or, where none has one, all but X, Y and M.

    >>> sorted(autosomes(["chr1", "chr22", "chrX", "chr1_KI270706v1_random"]))
    ['chr1', 'chr22']
    """
    names = list(contigs)
    numbered = frozenset(name for name in names if plain_name(name).isdigit())
    return numbered or frozenset(name for name in names if plain_name(name) not in _NOT_AUTOSOMES)


def is_sex_chromosome(chrom: ArrayLike) -> Mask:
    """Which contigs are X or Y, shape (n,)."""
    names: list[Any] = np.asarray(chrom, object).tolist()
    return np.array([plain_name(str(name)) in ("X", "Y") for name in names], bool)


def normal_copies(chrom: ArrayLike, sex: Sex) -> NDArray[np.float64]:
    """Copies of each contig in normal cells, shape (n,): 2; of X and Y 1 in men, of Y 0 in women.

    NaN on X and Y where the sex is unknown. Any other contig counts as an autosome.

    >>> normal_copies(["7", "chrX", "Y"], "male").tolist()
    [2.0, 1.0, 1.0]
    """
    of = {
        "male": {"X": 1.0, "Y": 1.0},
        "female": {"X": 2.0, "Y": 0.0},
        "unknown": {"X": np.nan, "Y": np.nan},
    }[sex]
    return np.array([of.get(plain_name(str(name)), 2.0) for name in np.asarray(chrom, object).tolist()])


def reference_copies(chrom: ArrayLike) -> NDArray[np.float64]:
    """Copies that a log ratio of 0 stands for in CNVkit's default reference, shape (n,): 2, of Y 1."""
    names: list[Any] = np.asarray(chrom, object).tolist()
    return np.array([1.0 if plain_name(str(name)) == "Y" else 2.0 for name in names])


def arms_for(contigs: Sequence[str], arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """Arms of a build under the names that a genome's contigs have; those of other contigs are left out.

    >>> arms_for(["chr1"], [Arm("1", 0, 9, "1p"), Arm("2", 0, 9, "2p")])
    (Arm(chrom='chr1', start=0, end=9, name='1p'),)
    """
    by_name = {plain_name(contig): contig for contig in contigs}
    return tuple(
        Arm(by_name[plain_name(arm.chrom)], arm.start, arm.end, arm.name)
        for arm in arms
        if plain_name(arm.chrom) in by_name
    )
