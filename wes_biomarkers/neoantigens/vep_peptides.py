"""Mutated proteins and peptides from the sequences that VEP's plugins write, without a genome.

`WildtypeProtein` is the transcript's protein; `FrameshiftSequence` the whole protein of a shifted frame (both by
pVACtools' plugins), `DownstreamProtein` what follows the shift (VEP's Downstream plugin).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from wes_biomarkers.features.consequence import CLASSES, most_severe, short_protein_change
from wes_biomarkers.features.gene_model import CODING_BIOTYPE
from wes_biomarkers.neoantigens.haplotypes import Edit, Haplotype
from wes_biomarkers.neoantigens.peptides import Key, MutatedProtein, Peptide, PeptideRules, Skipped
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW, SAME_PROTEIN, UNNATURAL, Made
from wes_biomarkers.neoantigens.translation import INCOMPLETE
from wes_biomarkers.neoantigens.windows import (
    Place,
    changed_span,
    counterpart,
    differing,
    is_natural,
    name_change,
    new_windows,
)

CHANGES_NONE = "changes no protein in its annotation"
NO_WILDTYPE = "no WildtypeProtein"
NO_SHIFTED = "no sequence of the shifted frame"
NOT_SPELLED = "VEP gives no amino acids of it"
DISAGREES = "Amino_acids does not agree with WildtypeProtein"

_CHANGING = frozenset().union(
    *(
        CLASSES[name]
        for name in ("missense", "nonsense", "stop_lost", "start_lost", "frameshift", "inframe_indel")
    )
)
_SHIFTED = CLASSES["frameshift"]
_PLACE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class VepEntry:
    """One transcript's entry of a CSQ field; empty strings where VEP wrote nothing."""

    variant: Key
    consequence: str
    gene: str
    transcript: str
    biotype: str
    flags: str
    protein_position: str
    amino_acids: str
    hgvsp: str
    wildtype: str
    frameshift: str
    downstream: str


@dataclass(frozen=True, slots=True)
class _Change:
    """A protein of one entry, and the residues of the wild type that it replaces."""

    entry: VepEntry
    term: str
    wildtype: str
    mutated: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def changes_protein(consequence: str) -> bool:
    """Whether one of the `&`-joined terms says that the protein is changed."""
    return not _CHANGING.isdisjoint(_terms(consequence))


@lru_cache(maxsize=4096)
def _terms(consequence: str) -> frozenset[str]:
    """The terms under their full names."""
    return frozenset(most_severe(term)[0] for term in consequence.split("&"))


def vep_peptides(entries: Sequence[VepEntry], rules: PeptideRules) -> Made:
    """Peptides of the entries that change a protein; the rest of the entries says nothing of peptides.

    Each variant stands alone on its haplotype. Where another one of the same transcript could change a peptide,
    its phase is "assumed".
    """
    made = Made()
    changes: dict[str, list[_Change]] = {}
    for entry in entries:
        change = _read(entry)
        if isinstance(change, str):
            made.skipped.append(Skipped(entry.variant, entry.transcript, change))
        else:
            changes.setdefault(entry.transcript, []).append(change)
    for group in changes.values():
        for change in group:
            others = [other for other in group if other.entry.variant != change.entry.variant]
            _add_change(change, others, rules, made)
    return made


def _read(entry: VepEntry) -> _Change | str:
    """The mutated protein of an entry, or why there is none."""
    if entry.biotype and entry.biotype != CODING_BIOTYPE:
        return f"biotype {entry.biotype}"
    if "cds_start_NF" in entry.flags or "cds_end_NF" in entry.flags:
        return INCOMPLETE
    wildtype = entry.wildtype.rstrip("*")
    if not wildtype:
        return NO_WILDTYPE
    terms = _terms(entry.consequence)
    term = most_severe(entry.consequence)[0]
    place = _PLACE.match(entry.protein_position)
    if terms & _SHIFTED or (entry.frameshift and "stop_lost" in terms):
        whole = entry.frameshift
        if not whole and entry.downstream and place:
            whole = wildtype[: int(place[1]) - 1] + entry.downstream
        mutated = whole.split("*")[0]
        if not mutated:
            return NO_SHIFTED
        start, _, end = changed_span(mutated, wildtype)
        return _Change(entry, term, wildtype, mutated, start, end)
    before, _, after = entry.amino_acids.partition("/")
    if "stop_lost" in terms:
        return NO_SHIFTED
    if not place or not after or "start_lost" in terms:
        return NOT_SPELLED
    return _replaced(entry, term, wildtype, (before, after), (int(place[1]), int(place[2] or place[1])))


def _replaced(
    entry: VepEntry, term: str, wildtype: str, residues: tuple[str, str], place: tuple[int, int]
) -> _Change | str:
    """An entry without a shift of the frame: residues `before` at a place become `after`."""
    before, after = (text.replace("-", "") for text in residues)
    start = place[0] - 1 if before else min(place)  # an insertion lies between its two residues
    end = start + len(before)
    if wildtype[start:end] != before.rstrip("*"):
        return DISAGREES
    kept, stopped, _ = after.partition("*")
    mutated = wildtype[:start] + kept + ("" if stopped else wildtype[end:])
    start, _, end = changed_span(mutated, wildtype)
    return _Change(entry, term, wildtype, mutated, start, end)


def _add_change(change: _Change, others: Sequence[_Change], rules: PeptideRules, made: Made) -> None:
    entry, mutated, wildtype = change.entry, change.mutated, change.wildtype
    if mutated == wildtype:
        made.skipped.append(Skipped(entry.variant, entry.transcript, SAME_PROTEIN))
        return
    start, end, _ = changed_span(mutated, wildtype)
    name = short_protein_change(entry.hgvsp) or name_change(wildtype, mutated, change.term)
    edit = Edit(change.start, change.end, mutated[start:end], entry.variant)
    place = Haplotype(wildtype, [edit]).to_reference
    n_unnatural, found = 0, list[Peptide]()
    for mhc_class, length in rules.lengths:
        for at, sequence in new_windows(mutated, (start, end), length, [wildtype]):
            if is_natural(sequence):
                found.append(_peptide(change, others, place, sequence, at, (mhc_class, name)))
            else:
                n_unnatural += 1
    made.peptides += found
    if n_unnatural:
        made.skipped.append(Skipped(entry.variant, entry.transcript, UNNATURAL, n_unnatural))
    if not found:
        made.skipped.append(Skipped(entry.variant, entry.transcript, NOTHING_NEW))
        return
    made.proteins.append(
        MutatedProtein(
            name="_".join((entry.gene, entry.transcript, name)),
            sequence=mutated,
            wildtype=wildtype,
            gene=entry.gene,
            transcript=entry.transcript,
            protein_change=name,
            consequence=change.term,
            variants=(entry.variant,),
            changed=(start, end),
        )
    )


def _peptide(
    change: _Change,
    others: Sequence[_Change],
    place: Place,
    sequence: str,
    start: int,
    named: tuple[str, str],
) -> Peptide:
    entry, end = change.entry, start + len(sequence)
    shift = (len(entry.variant[3]) - len(entry.variant[2])) % 3
    is_shifted = shift > 0 and change.term != "stop_gained"
    wildtype = None if is_shifted else counterpart(sequence, start, change.wildtype, place)
    near = any(_reaches(other, start, end) for other in others)
    return Peptide(
        sequence=sequence,
        wildtype=wildtype,
        mhc_class=named[0],
        variant=entry.variant,
        neighbours=(),
        gene=entry.gene,
        transcripts=(entry.transcript,),
        consequence=change.term,
        protein_change=named[1],
        protein_start=start,
        changed=differing(sequence, wildtype),
        frame=shift,
        phase="assumed" if near else "single",
    )


def _reaches(other: _Change, start: int, end: int) -> bool:
    """Whether another change of the transcript could change the residues [start, end)."""
    if _terms(other.entry.consequence) & _SHIFTED:
        return other.start < end
    return other.start < end and max(other.end, other.start + 1) > start
