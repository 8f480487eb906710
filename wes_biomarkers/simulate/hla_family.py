"""An invented HLA family: related genes on a contig of their own, and their alleles as sets of SNVs.

No base comes from a real gene. Names begin with SIM, so that no allele is taken for a real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from wes_biomarkers.simulate.copies import Copies, CopySegment
from wes_biomarkers.simulate.genes import Gene, Span, flipped, placed
from wes_biomarkers.simulate.genome import Arm, Genome, merged_targets
from wes_biomarkers.simulate.hla_genes import (
    PLANS,
    LocusPlan,
    ancestral_gene,
    drifted_gene,
    new_residue,
    plain_gene,
)
from wes_biomarkers.simulate.parameters import HlaParameters
from wes_biomarkers.simulate.sequence import CODONS, random_background, reverse_complement
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.variants import Genotype, PopulationSite, Variant

#: The contig that holds the family and nothing else.
HLA_CONTIG = "simHLA"
#: Bases between the genes.
GAP = 3_000
#: Chance of an allele group to have the other base of a polymorphic position.
ALTERNATE_SHARE = 0.35
#: Residues by which a second allele of a group differs from its first.
N_RESIDUE = 3


@dataclass(frozen=True)
class FamilyAllele:
    """An allele: its full name, and its SNVs against the genome.

    Attributes:
        partial: its database entry holds the antigen-binding exons alone.
        carried: people may have it; the others are entries of the database alone.
    """

    name: str
    variants: frozenset[Variant]
    partial: bool = False
    carried: bool = True

    @property
    def two_field(self) -> str:
        """The name at two fields: `SIMA*01:01`."""
        return ":".join(self.name.split(":")[:2])


@dataclass(frozen=True)
class FamilyLocus:
    """A gene of the family in its place, and its alleles; the first one is the genome's own."""

    plan: LocusPlan
    gene: Gene
    alleles: tuple[FamilyAllele, ...]


@dataclass(frozen=True)
class HlaFamily:
    """The bases of the family's contig, and its loci in genome order."""

    sequence: str
    loci: tuple[FamilyLocus, ...]


#: The alleles of a patient on the first and the second parent's copy, by gene symbol.
HlaTypes = Mapping[str, tuple[FamilyAllele, FamilyAllele]]


def make_family(parameters: HlaParameters, seed: int, n_gene: int) -> HlaFamily:
    """The family of a seed; `n_gene`: genes of the genome so far, after which its own are numbered."""
    rng = stream(seed, "hla", "genes")
    ancestors: dict[tuple[int, ...], str] = {}
    bases = []
    for plan in PLANS:
        if plan.exons not in ancestors:
            ancestors[plan.exons] = ancestral_gene(rng, plan)
        bases.append(drifted_gene(rng, plan, ancestors[plan.exons]))
    contig = list(random_background(rng, GAP + sum(plan.length + GAP for plan in PLANS)))
    loci, start = [], GAP
    for rank, (plan, own) in enumerate(zip(PLANS, bases, strict=True)):
        paralogues = [b for p, b in zip(PLANS, bases, strict=True) if p.exons == plan.exons and b != own]
        text, gene = own, plain_gene(plan, n_gene + rank + 1)
        if plan.strand < 0:
            text, gene = flipped(own, gene)
        gene = placed(gene, HLA_CONTIG, start)
        contig[start : start + plan.length] = text
        sites = _polymorphic_sites(stream(seed, "hla", plan.symbol), plan, own, paralogues, parameters)
        loci.append(FamilyLocus(plan, gene, _alleles(plan, gene, own, sites, parameters, seed)))
        start += plan.length + GAP
    return HlaFamily("".join(contig), tuple(loci))


@dataclass(frozen=True)
class _Site:
    """A polymorphic position in the gene's own direction, and what its other base does.

    `effect`: `residue` where it changes one that binds peptides, `synonymous`, `intron`, or empty.
    """

    place: int
    alt: str
    effect: str


def _polymorphic_sites(
    rng: np.random.Generator, plan: LocusPlan, own: str, paralogues: Sequence[str], parameters: HlaParameters
) -> list[_Site]:
    """One position in each block of an exon or intron: blocks are short where peptides are bound.

    No codon has two. The other base is none that a paralogue has there, so that every read is nearest to its own
    gene, and makes no stop.
    """
    index_of = {place: index for index, place in enumerate(plan.coding_places)}
    antigen = [plan.coding[number - 1] for number in plan.antigen]
    other = [span for span in plan.coding if span not in antigen] + list(plan.intron_spans())
    blocks = list(_blocks(antigen, parameters.exon_spacing)) + list(_blocks(other, parameters.other_spacing))
    sites: list[_Site] = []
    used: set[int] = set()
    for block in blocks:
        for place in (block.start + rng.permutation(block.end - block.start)).tolist():
            index = index_of.get(place)
            taken = {own[place], *(bases[place] for bases in paralogues)}
            alts = [b for b in "ACGT" if b not in taken]
            if index is not None:
                alts = [b for b in alts if new_residue(own, plan, index, b) is not None]
            if not alts or (index is not None and index // 3 in used):
                continue
            alt = str(rng.choice(alts))
            effect = "intron"
            if index is not None:
                used.add(index // 3)
                is_antigen = any(span.start <= place < span.end for span in antigen)
                effect = _effect(own, plan, index, alt, is_antigen)
            sites.append(_Site(place, alt, effect))
            break
    return sorted(sites, key=lambda site: site.place)


def _blocks(spans: Sequence[Span], spacing: int) -> Iterator[Span]:
    for span in spans:
        for start in range(span.start, span.end - spacing + 1, spacing):
            yield Span(start, start + spacing)


def _effect(own: str, plan: LocusPlan, index: int, alt: str, is_antigen: bool) -> str:
    first = index - index % 3
    codon = "".join(own[place] for place in plan.coding_places[first : first + 3])
    if new_residue(own, plan, index, alt) == CODONS[codon]:
        return "synonymous"
    return "residue" if is_antigen else ""


def _alleles(
    plan: LocusPlan, gene: Gene, own: str, sites: Sequence[_Site], parameters: HlaParameters, seed: int
) -> tuple[FamilyAllele, ...]:
    """Groups draw each position; within a group alleles differ by residues; three entries are synonyms.

    Names have two fields where one entry has the protein, three or four where there are synonyms. The last allele
    is known over its antigen-binding exons alone.
    """
    rng = stream(seed, "hla", plan.symbol, "alleles")
    groups = rng.random((parameters.n_group, len(sites))) < ALTERNATE_SHARE
    groups[0] = False
    variants = [_on_contig(gene, own, site) for site in sites]

    def allele(
        name: str, row: npt.NDArray[np.bool_], *, partial: bool = False, carried: bool = True
    ) -> FamilyAllele:
        held = frozenset(variants[index] for index in np.flatnonzero(row).tolist())
        return FamilyAllele(f"{plan.symbol}*{name}", held, partial, carried)

    def changed(row: npt.NDArray[np.bool_], effect: str, n: int) -> npt.NDArray[np.bool_]:
        of_effect = [index for index, site in enumerate(sites) if site.effect == effect]
        other = row.copy()
        other[rng.choice(of_effect, size=n, replace=False)] ^= True
        return other

    coding = np.array([site.effect in ("residue", "") for site in sites], bool)
    proteins: set[bytes] = set()

    def distinct(row: npt.NDArray[np.bool_], source: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The row, drawn again from its source while an earlier allele has its protein."""
        while row[coding].tobytes() in proteins:
            row = changed(source, "residue", N_RESIDUE)
        proteins.add(row[coding].tobytes())
        return row

    groups = np.array([distinct(row, row) for row in groups])
    found = [
        allele("01:01:01:01", groups[0]),
        allele("01:01:01:02", changed(groups[0], "intron", 2), carried=False),
        allele("01:01:02", changed(groups[0], "synonymous", 1), carried=False),
        allele("02:01:01", groups[1]),
        allele("02:01:02", changed(groups[1], "synonymous", 1), carried=False),
    ]
    for number, row in enumerate(groups, 1):
        found += [allele(f"{number:02d}:01", row)] if number > 2 else []
        for second in range(2, parameters.n_per_group + 1):
            is_last = number == parameters.n_group and second == parameters.n_per_group
            row_of_second = distinct(changed(row, "residue", N_RESIDUE), row)
            name = f"{number:02d}:{second:02d}"
            found.append(allele(name, row_of_second, partial=is_last, carried=not is_last))
    return tuple(sorted(found, key=lambda item: item.name))


def _on_contig(gene: Gene, own: str, site: _Site) -> Variant:
    ref, alt = own[site.place], site.alt
    if gene.strand > 0:
        return Variant(HLA_CONTIG, gene.span.start + site.place, ref, alt)
    return Variant(
        HLA_CONTIG, gene.span.end - 1 - site.place, reverse_complement(ref), reverse_complement(alt)
    )


def with_family(genome: Genome, family: HlaFamily, padding: int) -> Genome:
    """The genome with the family's contig as its last one, of a single arm."""
    genes = tuple(locus.gene for locus in family.loci)
    arm = Arm(
        f"{HLA_CONTIG}p", HLA_CONTIG, Span(0, len(family.sequence)), tuple(gene.gene_id for gene in genes)
    )
    return replace(
        genome,
        contigs=genome.contigs | {HLA_CONTIG: family.sequence},
        genes=genome.genes + genes,
        targets=genome.targets | {HLA_CONTIG: merged_targets(genes, padding)},
        arms=(*genome.arms, arm),
    )


def family_sites(family: HlaFamily) -> list[PopulationSite]:
    """The family's SNVs in genome order, all of them listed, with the share of the alleles that have each."""
    sites = []
    for locus in family.loci:
        for variant in frozenset[Variant]().union(*(allele.variants for allele in locus.alleles)):
            n = sum(variant in allele.variants for allele in locus.alleles)
            sites.append(PopulationSite(variant, round(n / len(locus.alleles), 6), True))
    return sorted(sites, key=lambda site: site.variant)


def draw_types(
    family: HlaFamily, parameters: HlaParameters, seed: int, patient: tuple[int, str]
) -> dict[str, tuple[FamilyAllele, FamilyAllele]]:
    """The alleles of patient (index, patient_id): two different ones a locus but where he is to be homozygous."""
    index, patient_id = patient
    rng = stream(seed, "hla", "patient", patient_id)
    homozygous = parameters.homozygous[index].split() if index < len(parameters.homozygous) else []
    types = {}
    for locus in family.loci:
        carried = [allele for allele in locus.alleles if allele.carried]
        first, second = (carried[i] for i in rng.choice(len(carried), size=2, replace=False).tolist())
        types[locus.plan.symbol] = (first, first if locus.plan.symbol in homozygous else second)
    return types


def family_germline(sites: Sequence[PopulationSite], types: HlaTypes) -> list[Genotype]:
    """The germline variants that a patient's alleles are, in genome order."""
    found = []
    for site in sites:
        held = [site.variant in allele.variants for pair in types.values() for allele in pair]
        copies = tuple(parent for parent in (0, 1) if any(held[parent::2]))
        if copies:
            found.append(Genotype(site.variant, copies, site.frequency, site.listed))
    return found


def family_segment(family: HlaFamily, base: Copies, copies: Copies) -> CopySegment:
    """The one copy-number segment of the family's contig, in all cancer cells."""
    return CopySegment(HLA_CONTIG, 0, len(family.sequence), base, copies, "A")
