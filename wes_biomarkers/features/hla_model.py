"""The scored exons of every HLA allele in one frame of columns, and which alleles those exons cannot tell apart.

Scored are exons 2 and 3 of class I genes and exon 2 of class II genes, which code the peptide-binding groove and
which nearly every entry of IMGT/HLA holds. Alleles with the same bases there make one group, as the G groups of
the nomenclature do; groups are made before any read is looked at. Bases an entry lacks are taken from the nearest
allele of its gene that has them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla import Allele

SCORED_EXONS: Mapping[str, tuple[int, ...]] = {"I": (2, 3), "II": (2,)}

#: Codes of A, C, G, T; UNKNOWN for any other letter and where a sequence ends.
UNKNOWN = 4
_CODES = np.full(256, UNKNOWN, np.uint8)
for _code, _letter in enumerate("ACGT"):
    _CODES[[ord(_letter), ord(_letter.lower())]] = _code

#: A shorter exon is a fragment of a usual one when no more than this share of its bases differ in the best place.
_FRAGMENT_DIFFERENCE = 0.08
#: Share of a gene's entries that must have an exon of a length for it to be a usual one.
_USUAL_SHARE = 0.05
#: Differences that another length of an exon counts for in the search for the nearest allele.
_OTHER_LENGTH = 6

#: Common alleles have been entered many times, in ever new fourth fields. An allele is taken to be as common as the
#: number of entries of its group to this power: A*02:01, with over a hundred of release 3.33, is then a million times as
#: common as a name entered once, of which one or two are known among the tens of millions of people typed.
PRIOR_POWER = 3.0

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """All sequences of one length of one exon.

    Attributes:
        exon: its number, from 1.
        bases: codes of the distinct sequences, shape (n_variant, length);.
    """

    exon: int
    bases: Codes


@dataclass(frozen=True)
class LocusModel:
    """The alleles of one gene as reads can tell them apart.

    Attributes:
        gene: as the alleles name it, such as A or SIMA.
        locus: the real gene it stands for.
        frames: of all scored exons, in the order of exons.
        groups: alleles alike over the scored exons; the commonest first in each, groups in the order of their
            first alleles' names.
        variant: row of each group in the frames of each scored exon put one below the other, shape
            (n_group, n_exon).
        log_prior: how common each group is, up to a constant, by its entries of the first one's two-field name,
            shape (n_group,).
        n_left_out: alleles without any scored exon.
    """

    gene: str
    locus: str
    frames: tuple[Frame, ...]
    groups: tuple[tuple[Allele, ...], ...]
    variant: NDArray[np.int64]
    log_prior: NDArray[np.float64]
    n_left_out: int = 0

    @property
    def exons(self) -> tuple[int, ...]:
        """Numbers of the scored exons."""
        return tuple(dict.fromkeys(frame.exon for frame in self.frames))

    def two_field(self, group: int) -> Allele:
        """The name a group goes by."""
        return self.groups[group][0].two_field

    def ambiguity(self, group: int) -> tuple[Allele, ...]:
        """The other two-field names in a group, sorted."""
        return tuple(
            sorted({allele.two_field for allele in self.groups[group]} - {self.two_field(group)}, key=str)
        )


def encode(bases: str | bytes) -> Codes:
    """Codes of a sequence, shape (length,).

    >>> encode("ACGTN-").tolist()
    [0, 1, 2, 3, 4, 4]
    """
    raw = bases.encode() if isinstance(bases, str) else bases
    return _CODES[np.frombuffer(raw, np.uint8)]


def build_models(alleles: Sequence[Allele], exons: Sequence[Mapping[int, str]]) -> tuple[LocusModel, ...]:
    """One model a gene, in the order of gene names.

    Args:
        alleles: all entries of the reference.
        exons: of each entry, bases by exon number; exons it lacks are absent.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for index, allele in enumerate(alleles):
        members[allele.gene].append(index)
    return tuple(
        _build_locus([alleles[i] for i in rows], [exons[i] for i in rows])
        for _, rows in sorted(members.items())
    )


def _build_locus(alleles: Sequence[Allele], exons: Sequence[Mapping[int, str]]) -> LocusModel:
    scored = SCORED_EXONS[alleles[0].mhc_class]
    placed = [_place_exon([row.get(exon, "") for row in exons]) for exon in scored]
    filled = _fill(placed)
    known = [i for i in range(len(alleles)) if all(len(column[i]) for column in filled)]
    entries = Counter(str(allele.two_field) for allele in alleles)

    def order(index: int) -> tuple[float, ...]:
        allele = alleles[index]
        numbers = tuple(float(field) for field in (*allele.fields, "0", "0", "0")[:4])
        return (bool(allele.suffix), -entries[str(allele.two_field)], *numbers)

    groups: dict[tuple[bytes, ...], list[int]] = defaultdict(list)
    for index in sorted(known, key=order):
        groups[tuple(column[index].tobytes() for column in filled)].append(index)
    keys = sorted(groups, key=lambda key: alleles[groups[key][0]])
    frames: list[Frame] = []
    variant = np.zeros((len(keys), len(scored)), np.int64)
    for number, exon in enumerate(scored):
        distinct = sorted({key[number] for key in keys}, key=lambda bases: (len(bases), bases))
        variant[:, number] = [distinct.index(key[number]) for key in keys]
        for length in sorted({len(bases) for bases in distinct}):
            rows = [np.frombuffer(bases, np.uint8) for bases in distinct if len(bases) == length]
            frames.append(Frame(exon, np.stack(rows)))
    names = [[alleles[i].two_field for i in groups[key]] for key in keys]
    shares = np.array([own.count(own[0]) for own in names], np.float64)
    return LocusModel(
        gene=alleles[0].gene,
        locus=alleles[0].locus,
        frames=tuple(frames),
        groups=tuple(tuple(alleles[i] for i in groups[key]) for key in keys),
        variant=variant,
        log_prior=PRIOR_POWER * np.log(shares / len(alleles)),
        n_left_out=len(alleles) - len(known),
    )


def _place_exon(sequences: Sequence[str]) -> list[Codes]:
    """Codes of one exon of all alleles: fragments stand in their place within the usual length, gaps UNKNOWN."""
    lengths = Counter(map(len, filter(None, sequences)))
    if not lengths:
        return [encode("") for _ in sequences]
    total = lengths.total()
    usual = [length for length, n in lengths.items() if n >= _USUAL_SHARE * total and n > 1]
    usual = sorted(usual, key=lambda length: -lengths[length]) or [lengths.most_common(1)[0][0]]
    typical = {}
    for length in usual:
        rows = np.stack([encode(bases) for bases in sequences if len(bases) == length])
        typical[length] = np.array([np.bincount(column, minlength=5)[:4].argmax() for column in rows.T])
    done: dict[str, Codes] = {"": encode("")}
    for bases in set(filter(None, sequences)):
        codes = encode(bases)
        # a length a little shorter than the commonest may be usual for being cut short in many entries
        hosts = [host for length, host in typical.items() if length > len(codes)]
        done[bases] = _embed(codes, hosts) if hosts else codes
    return [done[bases] for bases in sequences]


def _embed(codes: Codes, hosts: Sequence[NDArray[np.int64]]) -> Codes:
    """A fragment in its best place within the host it resembles most, or as it is where it resembles none."""
    best: tuple[int, int, int] | None = None
    for number, host in enumerate(hosts):
        for offset in range(len(host) - len(codes) + 1):
            differing = int((codes != host[offset : offset + len(codes)]).sum())
            if best is None or differing < best[0]:
                best = (differing, number, offset)
    if best is None or best[0] > _FRAGMENT_DIFFERENCE * len(codes):
        return codes
    full = np.full(len(hosts[best[1]]), UNKNOWN, np.uint8)
    full[best[2] : best[2] + len(codes)] = codes
    return full


def _fill(placed: Sequence[list[Codes]]) -> list[list[Codes]]:
    """Unknown bases and exons from the nearest allele that has them; the first of the nearest.

    An allele without any scored exon stays empty.
    """
    n = len(placed[0])
    whole = [i for i in range(n) if all(len(c[i]) and (c[i] != UNKNOWN).all() for c in placed)]
    if not whole:
        return list(placed)
    by_length: list[dict[int, tuple[NDArray[np.int64], Codes]]] = []
    for column in placed:
        shapes: dict[int, list[int]] = defaultdict(list)
        for position, i in enumerate(whole):
            shapes[len(column[i])].append(position)
        by_length.append(
            {
                length: (np.array(rows), np.stack([column[whole[row]] for row in rows]))
                for length, rows in shapes.items()
            }
        )
    filled = [list(column) for column in placed]
    complete = set(whole)
    for i in range(n):
        if i in complete or not any(len(column[i]) for column in placed):
            continue
        distance = np.zeros(len(whole))
        for column, shapes_of in zip(placed, by_length, strict=True):
            own = column[i]
            if not len(own):
                continue
            away = np.full(len(whole), float(_OTHER_LENGTH + len(own) * _FRAGMENT_DIFFERENCE))
            if len(own) in shapes_of:
                rows, bases = shapes_of[len(own)]
                known = own != UNKNOWN
                away[rows] = (bases[:, known] != own[known]).sum(axis=1)
            distance += away
        for number, column in enumerate(placed):
            ready = np.array([_fits(column[i], column[donor]) for donor in whole])
            if ready.any():
                donor = whole[int(np.where(ready, distance, np.inf).argmin())]
                filled[number][i] = (
                    np.where(column[i] == UNKNOWN, column[donor], column[i])
                    if len(column[i])
                    else column[donor]
                )
    return filled


def _fits(own: Codes, donor: Codes) -> bool:
    return len(own) in (0, len(donor))
