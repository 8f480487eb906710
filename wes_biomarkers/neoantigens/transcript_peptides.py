"""The mutated peptides of one transcript, from the haplotypes that its variants make.

For each somatic variant S the tumour's haplotype holds S, the variants in cis with it and the homozygous ones. A
peptide counts for S if it is in that haplotype's protein, and neither in that of the same haplotype without S, nor
in those of the patient's two germline haplotypes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from wes_biomarkers.neoantigens.haplotypes import Edit, Haplotype, SplicedTranscript, overlap
from wes_biomarkers.neoantigens.peptides import Key, MutatedProtein, Peptide, PeptideRules, Skipped
from wes_biomarkers.neoantigens.phase import Phase, Relation, Variant
from wes_biomarkers.neoantigens.translation import Reading, read_haplotype
from wes_biomarkers.neoantigens.windows import (
    changed_span,
    counterpart,
    differing,
    is_natural,
    name_change,
    new_windows,
)  # fmt: skip

SAME_PROTEIN = "the protein is unchanged"
NOTHING_NEW = "every peptide of it is in the wild-type protein"
UNNATURAL = "peptides with U or X"


@dataclass
class Made:
    """Peptides, proteins and what was skipped, as they are gathered."""

    peptides: list[Peptide] = field(default_factory=list)
    proteins: list[MutatedProtein] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True)
class _Setting:
    """One somatic variant's edit and those of the other variants, by how they lie to it."""

    transcript: SplicedTranscript
    own: Edit
    cis: tuple[Edit, ...]
    germline: tuple[Edit, ...]  # of `cis`
    other_germline: tuple[Edit, ...]  # the patient's other haplotype
    trans: tuple[Edit, ...]
    unknown: tuple[Edit, ...]

    def haplotype(self, edits: Sequence[Edit]) -> Haplotype:
        """The transcript with some edits."""
        return Haplotype(self.transcript.sequence, edits)

    def read(self, edits: Sequence[Edit]) -> Reading:
        """The protein of the transcript with some edits."""
        return read_haplotype(self.haplotype(edits), self.transcript.cds_start)

    @cached_property
    def tumor(self) -> Haplotype:
        """The haplotype with the variant and what lies in cis."""
        return self.haplotype((self.own, *self.cis))

    @cached_property
    def tumor_reading(self) -> Reading:
        """The protein of `tumor`."""
        return read_haplotype(self.tumor, self.transcript.cds_start)

    @cached_property
    def without(self) -> Reading:
        """The haplotype without the variant."""
        return self.read(self.cis)

    @cached_property
    def wild(self) -> Haplotype:
        """The germline of the haplotype."""
        return self.haplotype(self.germline)

    @cached_property
    def wild_reading(self) -> Reading:
        """The protein of `wild`."""
        return read_haplotype(self.wild, self.transcript.cds_start)

    @cached_property
    def proteins_lacking(self) -> dict[Key, str]:
        """The haplotype's protein without each neighbour."""
        return {
            edit.key: self.read((self.own, *(e for e in self.cis if e is not edit))).protein
            for edit in self.cis
        }

    def _proteins_with(self, edits: tuple[Edit, ...]) -> list[str]:
        now = (self.own, *self.cis)
        return [self.read((*now, edit)).protein for edit in edits if overlap((*now, edit)) is None]

    @cached_property
    def proteins_if(self) -> tuple[list[str], list[str]]:
        """The haplotype's protein with each variant of the other haplotype, and with each of unknown phase."""
        return self._proteins_with(self.trans), self._proteins_with(self.unknown)


def transcript_peptides(
    transcript: SplicedTranscript, variants: Sequence[Variant], phase: Phase, rules: PeptideRules
) -> Made:
    """Peptides of every somatic variant in a transcript that can be translated, in the order of `variants`."""
    made = Made()
    edits: dict[Key, Edit] = {}
    for variant in variants:
        found = transcript.edit(variant.key, retained_intron=rules.retained_intron and variant.is_somatic)
        if isinstance(found, Edit):
            edits[variant.key] = found
        elif variant.is_somatic:
            made.skipped.append(Skipped(variant.key, transcript.model.transcript_id, found))
    present = [variant for variant in variants if variant.key in edits]
    for variant in present:
        if variant.is_somatic:
            setting = _setting(transcript, variant, present, edits, phase, made)
            _add_variant(setting, rules, made)
    return made


def _setting(
    transcript: SplicedTranscript,
    variant: Variant,
    present: Sequence[Variant],
    edits: dict[Key, Edit],
    phase: Phase,
    made: Made,
) -> _Setting:
    """Where the other variants lie; one that cannot share a haplotype with those before it is left out."""
    groups: dict[Relation, list[Edit]] = {relation: [] for relation in Relation}
    germline, other_germline = list[Edit](), list[Edit]()
    own = edits[variant.key]
    for other in present:
        if other is variant:
            continue
        edit, relation = edits[other.key], phase.relation(variant, other)
        clash = relation is Relation.CIS and overlap((own, *groups[relation], edit))
        if clash:
            text = f"{other.key[0]}:{other.key[1] + 1}"
            reason = f"the neighbour at {text} changes the same bases as another of the haplotype: left out"
            made.skipped.append(Skipped(variant.key, transcript.model.transcript_id, reason))
            continue
        groups[relation].append(edit)
        if not other.is_somatic and relation is Relation.CIS:
            germline.append(edit)
        in_other = other.homozygous or relation is Relation.TRANS
        if not other.is_somatic and in_other and overlap((*other_germline, edit)) is None:
            other_germline.append(edit)
    cis, trans, unknown = (tuple(groups[relation]) for relation in Relation)
    return _Setting(transcript, own, cis, tuple(germline), tuple(other_germline), trans, unknown)


def _add_variant(setting: _Setting, rules: PeptideRules, made: Made) -> None:
    key, transcript = setting.own.key, setting.transcript.model.transcript_id
    tumor, without, wild = setting.tumor_reading, setting.without, setting.wild_reading
    reason = tumor.reason or (f"wild type: {wild.reason}" if wild.reason else "")
    if reason or tumor.protein == without.protein:
        made.skipped.append(Skipped(key, transcript, reason or SAME_PROTEIN))
        return
    consequence = _consequence(setting)
    change = name_change(without.protein, tumor.protein, consequence)
    known = list(dict.fromkeys((without.protein, wild.protein, setting.read(setting.other_germline).protein)))
    start, end, _ = changed_span(tumor.protein, without.protein)
    n_unnatural = n_before = len(made.peptides)
    for mhc_class, length in rules.lengths:
        for at, sequence in new_windows(tumor.protein, (start, end), length, known):
            if is_natural(sequence):
                made.peptides.append(_peptide(setting, sequence, at, mhc_class, (consequence, change)))
            else:
                n_unnatural += 1
    n_unnatural -= n_before
    if n_unnatural:
        made.skipped.append(Skipped(key, transcript, UNNATURAL, n_unnatural))
    if len(made.peptides) == n_before and (rules.lengths or start == end == len(tumor.protein)):
        made.skipped.append(Skipped(key, transcript, NOTHING_NEW))
    else:
        made.proteins.append(_protein(setting, consequence, change))


def _protein(setting: _Setting, consequence: str, change: str) -> MutatedProtein:
    model, tumor, wild = setting.transcript.model, setting.tumor_reading.protein, setting.wild_reading.protein
    return MutatedProtein(
        name="_".join((model.gene_name, model.transcript_id, change)),
        sequence=tumor,
        wildtype=wild,
        gene=model.gene_name,
        transcript=model.transcript_id,
        protein_change=change,
        consequence=consequence,
        variants=(setting.own.key, *(edit.key for edit in setting.cis)),
        changed=changed_span(tumor, wild)[:2],
    )


def _consequence(setting: _Setting) -> str:
    """The Sequence Ontology term of what the variant does to its haplotype's protein."""
    tumor, without, own = setting.tumor_reading, setting.without, setting.own
    if own.term:
        return own.term
    if tumor.start_lost and not without.start_lost:
        return "start_lost"
    if own.net % 3:
        return "frameshift_variant"
    longer = len(tumor.protein) - len(without.protein) - own.net // 3
    if longer:
        return "stop_lost" if longer > 0 else "stop_gained"
    if own.net:
        return "inframe_insertion" if own.net > 0 else "inframe_deletion"
    return "missense_variant"


def _peptide(setting: _Setting, sequence: str, start: int, mhc_class: str, named: tuple[str, str]) -> Peptide:
    model = setting.transcript.model
    neighbours = tuple(key for key, protein in setting.proteins_lacking.items() if sequence not in protein)
    if_trans, if_unknown = setting.proteins_if
    if any(sequence not in protein for protein in if_unknown):
        phase = "assumed"
    else:
        phase = "phased" if neighbours or any(sequence not in p for p in if_trans) else "single"
    wildtype = _wildtype(setting, sequence, start)
    return Peptide(
        sequence=sequence,
        wildtype=wildtype,
        mhc_class=mhc_class,
        variant=setting.own.key,
        neighbours=neighbours,
        gene=model.gene_name,
        transcripts=(model.transcript_id,),
        consequence=named[0],
        protein_change=named[1],
        protein_start=start,
        changed=differing(sequence, wildtype),
        frame=next((frame for frame in _frames(setting, start, len(sequence)) if frame), 0),
        phase=phase,
    )


def _frames(setting: _Setting, start: int, length: int) -> Iterator[int]:
    """Of each residue: bases by which its reading is shifted against the reference's, modulo 3."""
    tumor, reading, cds_start = setting.tumor, setting.tumor_reading, setting.transcript.cds_start
    moved = reading.start - tumor.first_from(cds_start)
    for residue in range(start, start + length):
        base = reading.start + 3 * residue + 2
        yield (tumor.net(base, cds_start) - moved) % 3


def _wildtype(setting: _Setting, sequence: str, start: int) -> str | None:
    """The wild-type counterpart; None for a peptide with a residue that is read in another frame than there."""
    tumor, wild = setting.tumor, setting.wild
    tumor_start, wild_start = setting.tumor_reading.start, setting.wild_reading.start
    germline = {edit.key for edit in setting.germline}
    somatic = frozenset(edit.key for edit in tumor.edits if edit.key not in germline)
    first = setting.transcript.cds_start
    moved = setting.tumor_reading.start_lost != setting.wild_reading.start_lost
    bases = range(tumor_start + 3 * start + 2, tumor_start + 3 * (start + len(sequence)), 3)
    if moved or any(tumor.net(base, first, somatic) % 3 for base in bases):
        return None

    def place(residue: int) -> int | None:
        codon = range(3) if residue == start else range(2, -1, -1)
        for within in codon:  # the first mapped base from the codon's outer end
            base = tumor.to_reference(tumor_start + 3 * residue + within)
            there = None if base is None else wild.from_reference(base)
            if there is not None:
                residue_there, phase = divmod(there - wild_start, 3)
                return residue_there if phase == within else None
        return None

    return counterpart(sequence, start, setting.wild_reading.protein, place)
