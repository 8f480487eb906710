"""Status of driver genes: mutations, copy number and loss of heterozygosity of each gene, read by its role."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.chromosomes import Sex, normal_copies
from wes_biomarkers.features.consequence import counted_terms, protein_change_label
from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.protein_change import ChangedResidues, changed_residues
from wes_biomarkers.features.segments import Segments

Role = Literal["oncogene", "suppressor", "unknown"]
Kind = Literal["hotspot", "truncating", "other"]
GeneState = Literal["biallelic", "altered", "uncertain", "unaltered", "no_mutation", "not_evaluable"]

#: Consequences that end or unmake the protein, and those that change it otherwise.
TRUNCATING = counted_terms(
    ["nonsense", "frameshift", "splice", "start_lost", "transcript_ablation", "exon_loss_variant"]
)
CHANGING = counted_terms(["missense", "inframe_indel", "stop_lost"])
#: Kinds of hits in the order they are told.
HITS: tuple[str, ...] = ("amplification", "deep_deletion", "truncating", "hotspot", "other", "loh")
#: Changes of copies that alter a gene of each role.
_BY_COPIES: Mapping[Role, frozenset[str]] = {
    "suppressor": frozenset({"deep_deletion"}),
    "oncogene": frozenset({"amplification"}),
    "unknown": frozenset({"amplification", "deep_deletion"}),
}
#: Our own: mutations of one gene closer than this many bases are one event, written in several records.
MIN_GAP = 10
#: States that count as altered.
ALTERED: tuple[GeneState, ...] = ("biallelic", "altered")
#: Clonality of a gene: that of its most clonal hit.
_CLONALITY = ("clonal", "indeterminate", "subclonal")


@dataclass(frozen=True)
class Gene:
    """A gene of a list, and how it drives cancer: by activation (oncogene) or by loss (suppressor)."""

    name: str
    role: Role


@dataclass(frozen=True)
class Hotspot:
    """Residues `first` to `last` (from 1, both within) that are mutated again and again.

    Attributes:
        reference: amino acids there; guards against another transcript's numbering.
        alternate: amino acids a substitution must lead to; empty for any.
        change: what counts.
    """

    gene: str
    first: int
    last: int
    reference: str
    alternate: str = ""
    change: Literal["substitution", "indel", "any"] = "any"

    def holds(self, residues: ChangedResidues, is_indel: bool) -> bool:
        """Whether a change of the protein without truncation lies here."""
        if self.change != "any" and is_indel != (self.change == "indel"):
            return False
        if residues.last < self.first or residues.first > self.last:
            return False
        offset = residues.first - self.first
        if 0 <= offset < len(self.reference) and self.reference[offset] != residues.reference:
            return False
        return not self.alternate or residues.alternate in tuple(self.alternate)


@dataclass(frozen=True)
class Mutation:
    """A mutation that changes the protein of a gene; `start` is 0-based, `clonality` None where unknown."""

    gene: str
    kind: Kind
    label: str
    chrom: str
    start: int
    residues: ChangedResidues | None = None
    clonality: str | None = None


@dataclass(frozen=True)
class GeneStatus:
    """What is known of one gene in one tumour.

    Attributes:
        hits: kinds found: amplification, deep_deletion, truncating, hotspot, other, loh; in this order.
        mutations: labels of its mutations, such as `p.R175H`.
        copies: of the segment it lies on; None where copy number was not measured there.
        clonality: of its most clonal hot-spot or truncating mutation; None without one, or unknown.
    """

    gene: str
    role: Role
    status: GeneState
    hits: tuple[str, ...] = ()
    mutations: tuple[str, ...] = ()
    copies: GeneCopy | None = None
    clonality: str | None = None

    @property
    def loh(self) -> bool | None:
        """Loss of heterozygosity in most of the tumour's cells; None where unknown."""
        return None if self.copies is None or self.copies.loh is None else "loh" in self.hits


def find_mutations(
    variants: Mapping[str, NDArray[Any]], hotspots: Iterable[Hotspot], clonality: Sequence[str | None] = ()
) -> list[Mutation]:
    """The mutations that change a protein, in the order given.

    Args:
        variants: columns of equal length n: gene, consequence (term or None), aa_change (as annotated or
            None), kind, chrom, start. Already filtered.
        hotspots: residues known to be hit again and again.
        clonality: of each variant, shape (n,); empty where unknown.
    """
    by_gene: dict[str, list[Hotspot]] = {}
    for hotspot in hotspots:
        by_gene.setdefault(hotspot.gene, []).append(hotspot)
    names = ("gene", "consequence", "aa_change", "kind", "chrom", "start")
    found = []
    for index, (gene, term, change, kind, chrom, start) in enumerate(
        zip(*(variants[name] for name in names), strict=True)
    ):
        if not isinstance(gene, str) or not isinstance(term, str) or term not in TRUNCATING | CHANGING:
            continue
        residues = changed_residues(change if isinstance(change, str) else None)
        made: Kind = "truncating" if term in TRUNCATING else "other"
        if made == "other" and residues is not None:
            is_indel = kind in ("insertion", "deletion", "complex")
            if any(hotspot.holds(residues, is_indel) for hotspot in by_gene.get(gene, ())):
                made = "hotspot"
        label = protein_change_label(change if isinstance(change, str) else None, term)
        found.append(
            Mutation(gene, made, label, str(chrom), int(start), residues,
                     clonality[index] if len(clonality) else None)
        )  # fmt: skip
    return found


def n_separate(mutations: Sequence[Mutation]) -> int:
    """How many hits mutations of one gene are; those closer than `MIN_GAP` bases are one event."""
    starts = sorted(mutation.start for mutation in mutations)
    return sum(1 for index, at in enumerate(starts) if index == 0 or at - starts[index - 1] >= MIN_GAP)


def clonal_floor(segments: Segments, sex: Sex, share: float) -> float:
    """The cell fraction below which a segment is shared by too few of the tumour's cells; 0 where unknown.

    It is `share` of the largest one among segments with a change of copies, which stands for the purity.
    """
    normal = normal_copies(segments.chrom, sex)
    is_changed = (segments.total_cn != normal) | (segments.minor_cn != normal // 2)
    is_known = ~np.isnan(normal + segments.total_cn + segments.minor_cn + segments.cell_fraction)
    return share * float(segments.cell_fraction[is_changed & is_known].max(initial=0.0))


def judge_gene(
    gene: Gene,
    mutations: Sequence[Mutation],
    copies: GeneCopy | None,
    *,
    is_covered: bool = True,
    min_cell_fraction: float = 0.0,
) -> GeneStatus:
    """The status of one gene.

    A suppressor is altered by a truncating or hot-spot mutation or a deep deletion, and biallelic by a deep
    deletion, two such mutations, or one with loss of heterozygosity; an oncogene is altered by a hot-spot
    mutation or an amplification. Anything else that changes the protein is uncertain, and so is every hit in
    a gene whose role is unknown, and a deep deletion or amplification in few of the tumour's cells. Without a
    hit: `unaltered` where copy number is known, else `no_mutation`, and `not_evaluable` where the sequence was
    not covered.

    Args:
        gene: and its role.
        mutations: of this gene, from `find_mutations`.
        copies: from `call_genes`; None where copy number was not measured.
        is_covered: its coding sequence was deep enough to see a mutation.
        min_cell_fraction: of a segment, below which its change of copies is no hit (`clonal_floor`).
    """
    measured = copies is not None and (copies.call is not None or not math.isnan(copies.total_cn))
    by_copies = _copy_hits(copies, min_cell_fraction)
    kinds = [mutation.kind for mutation in mutations]
    damaging = [mutation for mutation in mutations if mutation.kind != "other"]
    status: GeneState
    if gene.role == "suppressor" and "deep_deletion" in by_copies:
        status = "biallelic"
    elif gene.role == "suppressor" and damaging:
        status = "biallelic" if "loh" in by_copies or n_separate(damaging) > 1 else "altered"
    elif gene.role == "oncogene" and ("hotspot" in kinds or "amplification" in by_copies):
        status = "altered"
    elif kinds or _BY_COPIES[gene.role] & _copy_hits(copies):
        status = "uncertain"
    elif not is_covered:
        status = "not_evaluable"
    else:
        status = "unaltered" if measured else "no_mutation"
    told = {mutation.clonality for mutation in damaging}
    return GeneStatus(
        gene.name,
        gene.role,
        status,
        hits=tuple(hit for hit in HITS if hit in by_copies or hit in kinds),
        mutations=tuple(mutation.label for mutation in mutations),
        copies=copies,
        clonality=next((word for word in _CLONALITY if word in told), None),
    )


def _copy_hits(copies: GeneCopy | None, min_cell_fraction: float = 0.0) -> set[str]:
    """Hits by copies; an unknown cell fraction speaks against none."""
    if copies is None or copies.cell_fraction < min_cell_fraction:
        return set()
    hits = {str(copies.call)} & set(HITS)
    return hits | {"loh"} if copies.loh else hits


def judge_genes(
    genes: Iterable[Gene],
    mutations: Iterable[Mutation],
    copies: Mapping[str, GeneCopy],
    uncovered: Collection[str] = (),
    min_cell_fraction: float = 0.0,
) -> list[GeneStatus]:
    """The status of every gene of a list, in its order; `uncovered` genes have no sequence deep enough."""
    by_gene: dict[str, list[Mutation]] = {}
    for mutation in mutations:
        by_gene.setdefault(mutation.gene, []).append(mutation)
    return [
        judge_gene(
            gene,
            by_gene.get(gene.name, []),
            copies.get(gene.name),
            is_covered=gene.name not in uncovered,
            min_cell_fraction=min_cell_fraction,
        )
        for gene in genes
    ]
