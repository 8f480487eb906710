"""Mutated proteins and peptides from the sequences that VEP's plugins write, without a genome.

`WildtypeProtein` is the transcript's protein; `FrameshiftSequence` the whole protein of a shifted frame (both by
pVACtools' plugins), `DownstreamProtein` what follows the shift (VEP's Downstream plugin).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wes_biomarkers.features.consequence import CLASSES, most_severe, short_protein_change
from wes_biomarkers.features.gene_model import CODING_BIOTYPE
from wes_biomarkers.neoantigens.haplotypes import Edit, Haplotype
from wes_biomarkers.neoantigens.peptides import Key, MutatedProtein, Peptide, PeptideRules, Skipped
from wes_biomarkers.neoantigens.transcript_peptides import NOTHING_NEW, SAME_PROTEIN, UNNATURAL, Made
from wes_biomarkers.neoantigens.translation import INCOMPLETE
from wes_biomarkers.neoantigens.windows import (
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
    """The protein of one entry; its residues [start, end) replace those of the wild type up to `wildtype_end`."""

    entry: VepEntry
    term: str
    wildtype: str
    mutated: str
    start: int
    end: int
    wildtype_end: int


@dataclass(slots=True)
class _Found:
    """Where a peptide of one variant and gene was found: the first change, and all transcripts."""

    change: _Change
    start: int
    transcripts: list[str]
    assumed: bool


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
    by_transcript: dict[str, list[_Change]] = defaultdict(list)
    by_variant: dict[tuple[Key, str], list[_Change]] = defaultdict(list)
    for entry in entries:
        change = _read(entry)
        if isinstance(change, str):
            made.skipped.append(Skipped(entry.variant, entry.transcript, change))
        else:
            by_transcript[entry.transcript].append(change)
            by_variant[entry.variant, entry.gene].append(change)
    for group in by_variant.values():
        found: dict[tuple[str, str], _Found] = {}
        for change in group:
            near = by_transcript[change.entry.transcript]
            others = [other for other in near if other.entry.variant != change.entry.variant]
            _add_change(change, others, rules, found, made)
        made.peptides += _peptides(found)
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
        return _Change(entry, term, wildtype, mutated, *changed_span(mutated, wildtype))
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
    return _Change(entry, term, wildtype, mutated, *changed_span(mutated, wildtype))


def _add_change(
    change: _Change,
    others: Sequence[_Change],
    rules: PeptideRules,
    found: dict[tuple[str, str], _Found],
    made: Made,
) -> None:
    """Note the peptides of one entry in `found`, by MHC class and sequence; its protein and skips in `made`."""
    entry, mutated = change.entry, change.mutated
    if mutated == change.wildtype:
        made.skipped.append(Skipped(entry.variant, entry.transcript, SAME_PROTEIN))
        return
    n_unnatural = n_natural = 0
    for mhc_class, length in rules.lengths:
        for at, sequence in new_windows(mutated, (change.start, change.end), length, [change.wildtype]):
            if not is_natural(sequence):
                n_unnatural += 1
                continue
            n_natural += 1
            assumed = bool(others) and any(_reaches(other, at, at + length) for other in others)
            held = found.get((mhc_class, sequence))
            if held is None:
                found[mhc_class, sequence] = _Found(change, at, [entry.transcript], assumed)
            else:
                held.transcripts.append(entry.transcript)
                held.assumed |= assumed
    if n_unnatural:
        made.skipped.append(Skipped(entry.variant, entry.transcript, UNNATURAL, n_unnatural))
    if not n_natural and (rules.lengths or change.end == len(mutated) == change.start):
        made.skipped.append(Skipped(entry.variant, entry.transcript, NOTHING_NEW))
    else:
        made.proteins.append(_protein(change))


def _name(change: _Change) -> str:
    return short_protein_change(change.entry.hgvsp) or name_change(
        change.wildtype, change.mutated, change.term
    )


def _protein(change: _Change) -> MutatedProtein:
    entry, name = change.entry, _name(change)
    return MutatedProtein(
        name="_".join((entry.gene, entry.transcript, name)),
        sequence=change.mutated,
        wildtype=change.wildtype,
        gene=entry.gene,
        transcript=entry.transcript,
        protein_change=name,
        consequence=change.term,
        variants=(entry.variant,),
        changed=(change.start, change.end),
    )


def _peptides(found: Mapping[tuple[str, str], _Found]) -> Iterator[Peptide]:
    """The peptides of one variant and gene."""
    change: _Change | None = None
    for (mhc_class, sequence), held in found.items():
        if held.change is not change:
            change = held.change
            entry, name = change.entry, _name(change)
            edit = Edit(
                change.start, change.wildtype_end, change.mutated[change.start : change.end], entry.variant
            )
            place = Haplotype(change.wildtype, [edit]).to_reference
            shift = (len(entry.variant[3]) - len(entry.variant[2])) % 3
            is_shifted = shift > 0 and change.term != "stop_gained"
        wildtype = None if is_shifted else counterpart(sequence, held.start, change.wildtype, place)
        yield Peptide(
            sequence=sequence,
            wildtype=wildtype,
            mhc_class=mhc_class,
            variant=entry.variant,
            neighbours=(),
            gene=entry.gene,
            transcripts=tuple(held.transcripts),
            consequence=change.term,
            protein_change=name,
            protein_start=held.start,
            changed=differing(sequence, wildtype),
            frame=shift,
            phase="assumed" if held.assumed else "single",
        )


def _reaches(other: _Change, start: int, end: int) -> bool:
    """Whether another change of the transcript could change the residues [start, end)."""
    if _terms(other.entry.consequence) & _SHIFTED:
        return other.start < end
    return other.start < end and max(other.wildtype_end, other.start + 1) > start
