"""Pieces of a mutated protein that no wild-type protein has, and the names of changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wes_biomarkers.neoantigens.peptides import AMINO_ACIDS

#: Residue of the mutated protein -> that of the wild type, or None where there is none.
Place = Callable[[int], int | None]


def changed_span(mutated: str, wildtype: str) -> tuple[int, int, int]:
    """Start and end of the residues of `mutated` that differ, and the end of those they replace in `wildtype`.

    What both share at the front comes first, so a change in a repeat lies as far right as it can (HGVS).

    >>> changed_span("MAAQK", "MAAAQK")
    (3, 3, 4)
    """
    shortest = min(len(mutated), len(wildtype))
    front = _shared(mutated, wildtype, shortest)
    back = _shared(mutated[::-1], wildtype[::-1], shortest - front)
    return front, len(mutated) - back, len(wildtype) - back


def _shared(first: str, second: str, most: int) -> int:
    """Length of the common front, at most `most`; found by halving."""
    if first[:most] == second[:most]:
        return most
    low, high = 0, most  # the first `low` are equal, the first `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low


def new_windows(
    mutated: str, span: tuple[int, int], length: int, known: Sequence[str]
) -> list[tuple[int, str]]:
    """(start, residues) of the pieces of a length that touch a span and lie in none of the known proteins.

    A span of no residues is a junction: pieces reach over it. Each sequence comes once, at its first place.
    """
    start, end = span
    places = range(max(0, start - length + 1), min(len(mutated) - length + 1, max(end, start)))
    first = {mutated[at : at + length]: at for at in reversed(places)}
    for protein in known:
        first = {piece: at for piece, at in first.items() if piece not in protein}
    return [(at, piece) for piece, at in reversed(first.items())]


def is_natural(peptide: str) -> bool:
    """Whether it holds the twenty amino acids alone (no U, no X)."""
    return AMINO_ACIDS.issuperset(peptide)


def counterpart(peptide: str, start: int, wildtype: str, place: Place) -> str | None:
    """The wild-type piece at the same place: aligned by the first or by the last residue, whichever is more alike.

    By the first where both are equally so. None where neither end has a place, or the protein ends before.
    """
    length = len(peptide)
    first, last = place(start), place(start + length - 1)
    begins = dict.fromkeys((first, None if last is None else last - length + 1))
    pieces = [
        wildtype[at : at + length] for at in begins if at is not None and 0 <= at <= len(wildtype) - length
    ]
    if len(pieces) < 2:
        return pieces[0] if pieces else None
    return max(pieces, key=lambda piece: sum(map(str.__eq__, piece, peptide)))


def differing(peptide: str, wildtype: str | None) -> tuple[int, ...]:
    """0-based places where two pieces of one length differ; all without a wild type."""
    if wildtype is None:
        return tuple(range(len(peptide)))
    return tuple([at for at, residue in enumerate(peptide) if residue != wildtype[at]])


def name_change(wildtype: str, mutated: str, consequence: str) -> str:
    """A change of a protein in the short manner of HGVS, such as p.V600E, p.K23fs or p.E746_A750del."""
    start, end, end_before = changed_span(mutated, wildtype)
    first = f"{wildtype[start]}{start + 1}" if start < len(wildtype) else f"*{len(wildtype) + 1}"
    if consequence == "start_lost":
        return "p.M1?"
    if consequence == "frameshift_variant":
        return f"p.{first}fs"
    if start >= len(wildtype):
        return f"p.*{start + 1}{mutated[start : start + 1]}ext*{len(mutated) - start}"
    before, after = wildtype[start:end_before], mutated[start:end]
    if consequence == "stop_gained":
        return f"p.{first}delins{after}*" if after else f"p.{first}*"
    if len(before) == len(after) == 1:
        return f"p.{first}{after}"
    if not before:
        return f"p.{wildtype[start - 1]}{start}_{first}ins{after}"
    last = "" if len(before) == 1 else f"_{before[-1]}{end_before}"
    return f"p.{first}{last}del" + (f"ins{after}" if after else "")
