"""What the making of peptides takes and gives: rules, peptides, mutated proteins, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass

from wes_biomarkers.errors import Fault, InputError

Key = tuple[str, int, str, str]  #: chrom, 0-based start, ref, alt

CLASS_I_LENGTHS = (8, 9, 10, 11)
CLASS_II_LENGTHS = (15,)
CLASS_I_RANGE, CLASS_II_RANGE = (8, 11), (13, 25)

AMINO_ACIDS = frozenset("ACDEFGHIKLMNPQRSTVWY")


@dataclass(frozen=True)
class PeptideRules:
    """How peptides are made.

    Attributes:
        class_i, class_ii: lengths in residues, 8-11 and 13-25; empty leaves a class out. Without any,
            proteins alone are made.
        retained_intron: read a mutated splice site (two bases of the intron beside an exon) as the retention of
            its whole intron; otherwise such variants are skipped.
        pass_only: take variants that passed every filter alone.
        chosen: transcripts that stand for their genes (the bundle's `transcripts.tsv`), before any tag.

    Raises:
        InputError: lengths outside their class's range, all at once.
    """

    class_i: tuple[int, ...] = CLASS_I_LENGTHS
    class_ii: tuple[int, ...] = CLASS_II_LENGTHS
    retained_intron: bool = False
    pass_only: bool = True
    chosen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        faults = [
            Fault(f"no length of a class {name} peptide", f"Lengths are {low} to {high}.", value=str(length))
            for name, lengths, (low, high) in (
                ("I", self.class_i, CLASS_I_RANGE), ("II", self.class_ii, CLASS_II_RANGE)
            )
            for length in lengths
            if not low <= length <= high
        ]  # fmt: skip
        if faults:
            raise InputError(faults)

    @property
    def lengths(self) -> tuple[tuple[str, int], ...]:
        """(MHC class, length) of every kind of peptide, each once."""
        return tuple(
            dict.fromkeys([("I", length) for length in self.class_i] + [("II", k) for k in self.class_ii])
        )


@dataclass(frozen=True, slots=True)
class Peptide:
    """One mutated peptide, for one somatic variant.

    Attributes:
        sequence: residues of the tumour.
        wildtype: residues of the germline haplotype at the same place and of the same length; None where there
            are none (a shifted frame, beyond the protein's end).
        mhc_class: "I" or "II".
        variant: the somatic variant it is counted for: without it, it would not be there.
        neighbours: other variants of the haplotype without which it would not be there.
        gene, transcripts, consequence, protein_change: of the variant on its haplotype; the last two on
            transcripts[0].
        protein_start: 0-based residue in the mutated protein of transcripts[0].
        changed: 0-based places in the peptide that differ from `wildtype`; all where that is None.
        frame: 0, 1 or 2: bases by which its reading is shifted against the reference's.
        phase: "single" (no other variant could change it), "phased" (others could, and their phase is known) or
            "assumed" (one of unknown phase could: taken as lying on the other haplotype).
    """

    sequence: str
    wildtype: str | None
    mhc_class: str
    variant: Key
    neighbours: tuple[Key, ...]
    gene: str
    transcripts: tuple[str, ...]
    consequence: str
    protein_change: str
    protein_start: int
    changed: tuple[int, ...]
    frame: int
    phase: str


@dataclass(frozen=True, slots=True)
class MutatedProtein:
    """A protein of the tumour's haplotype.

    Attributes:
        name: gene_transcript_change, without blanks.
        sequence: the whole protein without its stop.
        wildtype: that of the germline haplotype.
        gene, transcript, protein_change, consequence: of the first of `variants`.
        variants: the variants of the haplotype, the somatic one it was made for first.
        changed: 0-based half-open span of the residues that differ from `wildtype`; empty at the junction of a
            deletion.
    """

    name: str
    sequence: str
    wildtype: str
    gene: str
    transcript: str
    protein_change: str
    consequence: str
    variants: tuple[Key, ...]
    changed: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A somatic variant, transcript or peptide that was left out, and why; `n_peptide` where peptides were."""

    variant: Key
    transcript: str
    reason: str
    n_peptide: int = 0


@dataclass(frozen=True)
class PeptideSet:
    """All peptides of one tumour, the proteins they come from, and what was left out."""

    peptides: tuple[Peptide, ...]
    proteins: tuple[MutatedProtein, ...]
    skipped: tuple[Skipped, ...]
