"""The channels mutational signatures are made of: 96 single base, 78 doublet base, 83 insertion and deletion types.

Names, order and rules are those of Alexandrov et al. 2020 (Nature 578:94, 10.1038/s41586-020-1943-3) as COSMIC and
SigProfiler write them. Classification takes alleles and the bases around them; it opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["SBS", "DBS", "ID"]
KINDS: tuple[Kind, ...] = ("SBS", "DBS", "ID")

SUBSTITUTIONS = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
SBS96: tuple[str, ...] = tuple(
    f"{five}[{sub}]{three}" for sub in SUBSTITUTIONS for five in "ACGT" for three in "ACGT"
)

#: Reference doublet -> alternates named from that strand; of a palindrome's two names COSMIC's.
_DOUBLETS = {
    "AC": "CA CG CT GA GG GT TA TG TT",
    "AT": "CA CC CG GA GC TA",
    "CC": "AA AG AT GA GG GT TA TG TT",
    "CG": "AT GC GT TA TC TT",
    "CT": "AA AC AG GA GC GG TA TC TG",
    "GC": "AA AG AT CA CG TA",
    "TA": "AT CG CT GC GG GT",
    "TC": "AA AG AT CA CG CT GA GG GT",
    "TG": "AA AC AT CA CC CT GA GC GT",
    "TT": "AA AC AG CA CC CG GA GC GG",
}  # fmt: skip
DBS78: tuple[str, ...] = tuple(f"{ref}>{alt}" for ref, alts in _DOUBLETS.items() for alt in alts.split())

#: size:Del|Ins:C|T (one base), R (repeat units), M (microhomology):number, `5` and size 5 meaning 5 or more.
ID83: tuple[str, ...] = (
    *(f"1:{what}:{base}:{n}" for what in ("Del", "Ins") for base in "CT" for n in range(6)),
    *(f"{size}:{what}:R:{n}" for what in ("Del", "Ins") for size in range(2, 6) for n in range(6)),
    *(f"{size}:Del:M:{n}" for size in range(2, 6) for n in range(1, size if size < 5 else 6)),
)

CHANNELS: dict[Kind, tuple[str, ...]] = {"SBS": SBS96, "DBS": DBS78, "ID": ID83}

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_DBS78, _BASES = frozenset(DBS78), frozenset("ACGT")
_MOST = 5  #: sizes, repeats and microhomology are counted up to here


def reverse_complement(bases: str) -> str:
    """The other strand, read in its own direction.

    >>> reverse_complement("ACG")
    'CGT'
    """
    return bases.translate(_COMPLEMENT)[::-1]


def sbs_channel(context: str, alt: str) -> str | None:
    """The channel of a single base substitution, named from the pyrimidine's strand.

    Args:
        context: the reference base between its neighbours, three letters.
        alt: the alternate base.

    Returns:
        The channel; None where a base is not A, C, G or T or nothing changes.

    >>> sbs_channel("TGA", "A")
    'T[C>T]A'
    """
    if len(context) != 3 or len(alt) != 1 or not _BASES.issuperset(context + alt) or context[1] == alt:
        return None
    if context[1] in "AG":
        context, alt = reverse_complement(context), reverse_complement(alt)
    return f"{context[0]}[{context[1]}>{alt}]{context[2]}"


def dbs_channel(ref: str, alt: str) -> str | None:
    """The channel of a doublet base substitution; None where it is none (a base stays, or is not A, C, G, T).

    >>> dbs_channel("GG", "AA")
    'CC>TT'
    """
    for name in (f"{ref}>{alt}", f"{reverse_complement(ref)}>{reverse_complement(alt)}"):
        if name in _DBS78:
            return name
    return None


def flank_size(unit: str) -> int:
    """Bases needed on either side of an inserted or deleted sequence to name its channel."""
    return (_MOST + 1) * len(unit)


def id_channel(what: Literal["Del", "Ins"], unit: str, before: str, after: str) -> str | None:
    """The channel of a deletion or insertion.

    The variant is first shifted left as far as repeats allow, so its alignment does not matter. Then the copies
    of the whole unit that follow are counted (other than a deleted one). A deletion of two bases or more that no
    copy follows may share its first bases with what follows: microhomology, counted in bases.

    Args:
        what: deletion or insertion.
        unit: the deleted or inserted bases.
        before, after: reference bases next to it, `flank_size(unit)` each (fewer at the end of a contig).

    Returns:
        The channel; None where a base is not A, C, G or T.

    >>> id_channel("Del", "T", "CA", "TTG"), id_channel("Del", "CAG", "AT", "CAT"), id_channel("Ins", "G", "T", "A")
    ('1:Del:T:2', '3:Del:M:2', '1:Ins:C:0')
    """
    if not unit or not _BASES.issuperset(unit):
        return None
    while before and before[-1] == unit[-1]:
        unit, before, after = unit[-1] + unit[:-1], before[:-1], unit[-1] + after
    size, n_copy = len(unit), 0
    while n_copy < _MOST and after.startswith(unit, n_copy * size):
        n_copy += 1
    if size == 1:
        return f"1:{what}:{unit if unit in 'CT' else reverse_complement(unit)}:{n_copy}"
    shared = 0
    while shared < size - 1 and after[shared : shared + 1] == unit[shared]:
        shared += 1
    if what == "Del" and n_copy == 0 and shared:
        return f"{min(size, _MOST)}:Del:M:{min(shared, _MOST)}"
    return f"{min(size, _MOST)}:{what}:R:{n_copy}"


@dataclass(frozen=True)
class Substitution:
    """Bases changed side by side: contig, start (0-based), reference and alternate of equal length, VAF or NaN."""

    chrom: str
    start: int
    ref: str
    alt: str
    vaf: float


def changed_runs(variant: Substitution) -> Iterator[Substitution]:
    """The runs of changed bases of a substitution, which may hold unchanged ones.

    >>> [(run.start, run.ref, run.alt) for run in changed_runs(Substitution("1", 5, "ACGT", "TTGA", 0.3))]
    [(5, 'AC', 'TT'), (8, 'T', 'A')]
    """
    start = 0
    for at in range(len(variant.ref) + 1):
        if at == len(variant.ref) or variant.ref[at] == variant.alt[at]:
            if start < at:
                ref, alt = variant.ref[start:at], variant.alt[start:at]
                yield Substitution(variant.chrom, variant.start + start, ref, alt, variant.vaf)
            start = at + 1


def join_neighbours(variants: Iterable[Substitution], max_vaf_difference: float) -> list[Substitution]:
    """Substitutions of neighbouring bases as one, where their allele fractions allow it.

    Each is joined to the one just before it unless both fractions are known and differ by more.

    Args:
        variants: sorted by contig and start.
        max_vaf_difference: as a fraction.
    """
    joined: list[Substitution] = []
    for variant in variants:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.chrom == variant.chrom
            and last.start + len(last.ref) == variant.start
            and not abs(last.vaf - variant.vaf) > max_vaf_difference
        ):
            both = last.ref + variant.ref, last.alt + variant.alt
            joined[-1] = Substitution(last.chrom, last.start, *both, variant.vaf)
        else:
            joined.append(variant)
    return joined


def indel_parts(ref: str, alt: str) -> tuple[int, str, str]:
    """(bases before, deleted, inserted) once the shared bases at both ends are taken off.

    >>> indel_parts("CAT", "CT"), indel_parts("AC", "GTT")
    ((1, 'A', ''), (0, 'AC', 'GTT'))
    """
    before = 0
    while before < min(len(ref), len(alt)) and ref[before] == alt[before]:
        before += 1
    ref, alt = ref[before:], alt[before:]
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    return before, ref, alt
