"""Scars of homologous recombination deficiency: LOH, large-scale transitions, telomeric allelic imbalance.

The rules are scarHRD's (Sztupinszki 2018, doi:10.1038/s41523-018-0066-6; code of its functions calc.hrd,
calc.lst, calc.ai_new), after Abkevich 2012 (LOH), Popova 2012 (LST) and Birkbak 2012 (TAI). Only autosomes and
segments whose total and minor copy numbers are known take part; neighbours of equal copy numbers are one.
No class is given: the known cutoff of the sum (42) is breast cancer's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from wes_biomarkers.features.chromosomes import Genome, autosomes
from wes_biomarkers.features.segments import Segments

#: Bases. LOH is longer than this; so a genome without such a contig has none to find.
MIN_LOH = 15_000_000
#: Bases: the two sides of a transition are at least so long, and less than `MAX_GAP` apart.
MIN_LST_SIDE = 10_000_000
MAX_GAP = 3_000_000
#: Bases: shorter segments are taken out before transitions are counted.
MIN_LST_SEGMENT = 3_000_000
#: Bases: shorter segments are taken out before imbalance is looked at.
MIN_TAI_SEGMENT = 1_000_000


@dataclass(frozen=True)
class Scars:
    """Counts of the three scars; None where not evaluable."""

    loh: int | None = None
    lst: int | None = None
    tai: int | None = None


class Stretch(NamedTuple):
    """A stretch of one chromosome under one state: bases 0-based half-open, copies of either allele."""

    start: int
    end: int
    major: float
    minor: float


class Centromere(NamedTuple):
    """First base after the p arm, first base of the q arm."""

    start: int
    end: int


def count_scars(segments: Segments, genome: Genome) -> Scars:
    """The scars of a tumour. LST and TAI are None without the arms of the genome.

    Args:
        segments: with copy numbers; those without are left out.
        genome: contig lengths are not read; see `has_long_contig`.
    """
    by_chrom = stretches(segments)
    loh = sum(count_loh(found) for found in by_chrom.values())
    centromeres = {chrom: centromere_of(genome, chrom) for chrom in by_chrom}
    if not by_chrom or not any(centromeres.values()):
        return Scars(loh=loh if by_chrom else None)
    known = [(found, cen) for chrom, found in by_chrom.items() if (cen := centromeres[chrom]) is not None]
    return Scars(loh, sum(count_lst(*pair) for pair in known), sum(count_tai(*pair) for pair in known))


def has_long_contig(segments: Segments, lengths: Mapping[str, int]) -> bool:
    """Whether a scar's LOH could lie anywhere: a contig, or what the segments show of it, longer than 15 Mb."""
    longest = max([*lengths.values(), *segments.end.tolist()], default=0)
    return longest > MIN_LOH


def centromere_of(genome: Genome, chrom: str) -> Centromere | None:
    """The gap between the two arms of a contig; None when it has not two."""
    arms = genome.arms_of(chrom)
    return Centromere(arms[0].end, arms[1].start) if len(arms) == 2 else None


def stretches(segments: Segments) -> dict[str, list[Stretch]]:
    """The known states of each autosome, equal neighbours joined."""
    known = ~np.isnan(segments.total_cn) & ~np.isnan(segments.minor_cn)
    known &= np.isin(segments.chrom, list(autosomes(segments.chrom.tolist())))
    found: dict[str, list[Stretch]] = {}
    rows = segments.where(known)
    columns = (rows.chrom, rows.start, rows.end, rows.total_cn, rows.minor_cn)
    for chrom, start, end, total, minor in zip(*(column.tolist() for column in columns), strict=True):
        found.setdefault(chrom, []).append(Stretch(start, end, total - minor, minor))
    return {chrom: joined(rows) for chrom, rows in found.items()}


def joined(rows: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours of equal copy numbers as one, the gap between them included.

    >>> joined([Stretch(0, 5, 1, 1), Stretch(7, 9, 1, 1), Stretch(9, 12, 1, 0)])
    [Stretch(start=0, end=9, major=1, minor=1), Stretch(start=9, end=12, major=1, minor=0)]
    """
    result: list[Stretch] = []
    for row in rows:
        if result and result[-1][2:] == row[2:]:
            result[-1] = result[-1]._replace(end=row.end)
        else:
            result.append(row)
    return result


def count_loh(rows: Sequence[Stretch]) -> int:
    """LOH longer than 15 Mb with a copy left; none on a chromosome that is LOH as a whole."""
    if all(row.minor == 0 for row in rows):
        return 0
    simple = joined([row._replace(major=min(row.major, 1.0)) for row in rows])
    return sum(row.minor == 0 and row.major > 0 and row.end - row.start > MIN_LOH for row in simple)


def count_lst(rows: Sequence[Stretch], centromere: Centromere) -> int:
    """Breaks of either arm between segments of 10 Mb or more that lie less than 3 Mb apart."""
    short = joined([row for row in rows if row.start <= centromere.start])
    if short:
        short[-1] = short[-1]._replace(end=centromere.start)
    long = joined([row for row in rows if row.end >= centromere.end])
    if long:
        long[0] = long[0]._replace(start=centromere.end)
    return sum(_transitions(_without_short(arm)) for arm in (short, long))


def _without_short(rows: list[Stretch]) -> list[Stretch]:
    """Without segments under 3 Mb, one after the other from the left, equal neighbours joined each time."""
    while (
        at := next((i for i, row in enumerate(rows) if row.end - row.start < MIN_LST_SEGMENT), None)
    ) is not None:
        rows = joined(rows[:at] + rows[at + 1 :])
    return rows


def _transitions(rows: Sequence[Stretch]) -> int:
    def is_long(row: Stretch) -> bool:
        """A side of a transition long enough to count."""
        return row.end - row.start >= MIN_LST_SIDE

    return sum(
        is_long(left) and is_long(right) and right.start - left.end < MAX_GAP
        for left, right in pairwise(rows)
    )


def count_tai(rows: Sequence[Stretch], centromere: Centromere) -> int:
    """Imbalanced first and last segments that do not reach the centromere, where the chromosome has others.

    Imbalanced is a segment whose alleles have unequal copies; where the chromosome's commonest total (0 left
    out) is odd and above 1, one of another total or without the minor allele.
    """
    rows = joined([row for row in rows if row.end - row.start >= MIN_TAI_SEGMENT])
    if len(rows) < 2:
        return 0
    base = _commonest_total(rows)
    first, last = rows[0], rows[-1]
    return int(_imbalanced(first, base) and first.end < centromere.start) + int(
        _imbalanced(last, base) and last.start > centromere.end
    )


def _commonest_total(rows: Sequence[Stretch]) -> float:
    length: dict[float, int] = {}
    for row in rows:
        total = row.major + row.minor
        if total:
            length[total] = length.get(total, 0) + row.end - row.start
    return max(length, key=lambda total: length[total], default=2.0)


def _imbalanced(row: Stretch, base: float) -> bool:
    if base % 2 == 1 and base > 1:
        return row.major + row.minor != base or row.minor == 0
    return row.major != row.minor
