"""The invented HLA family as files in the form of IMGT/HLA's, for `reference build --hla`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wes_biomarkers.io.files import write_text
from wes_biomarkers.simulate.hla_family import FamilyAllele, FamilyLocus, HlaFamily
from wes_biomarkers.simulate.sequence import reverse_complement

#: Real alleles for whose binding MHCnuggets has weights, lent in turn to the invented ones of the same locus.
LENT = {
    "A": "01:01 02:01 03:01 11:01 24:02 26:01 29:02 30:01 31:01 33:01 68:01 23:01 25:01 32:01",
    "B": "07:02 08:01 15:01 18:01 27:05 35:01 40:01 44:02 44:03 51:01 57:01 58:01 38:01 46:01",
    "C": "03:03 04:01 05:01 06:02 07:01 07:02 08:02 12:03 14:02 15:02 03:04 08:01",
    "DRB1": "01:01 03:01 04:01 04:05 07:01 08:02 09:01 11:01 12:01 13:02 15:01 10:01 14:01 16:01",
}
INVENTED = "# Invented alleles of a simulated trial: the binding of a real allele is lent to each, its sequence is not."


def write_hla(family: HlaFamily, folder: Path) -> None:
    """`*_nuc.fasta`, `*_gen.fasta`, exon_lengths.tsv and borrowed_weights.tsv in a new folder."""
    folder.mkdir()
    number = 0
    for locus in family.loci:
        first = number + 1
        number += len(locus.alleles)
        for kind, bases_of in (("nuc", coding_bases), ("gen", genomic_bases)):
            path = folder / f"{locus.plan.symbol}_{kind}.fasta"
            write_text(path, _fasta(family, locus, first, bases_of))
    n_exon = max(len(locus.plan.exons) for locus in family.loci)
    lines = ["\t".join(["locus", *(f"exon_{i}" for i in range(1, n_exon + 1))])]
    lines += ["\t".join([locus.plan.locus, *map(str, locus.plan.exons)]) for locus in family.loci]
    write_text(folder / "exon_lengths.tsv", "\n".join(lines) + "\n")
    rows = [INVENTED, "allele\tborrowed_allele", *map("\t".join, borrowed_weights(family).items())]
    write_text(folder / "borrowed_weights.tsv", "\n".join(rows) + "\n")


def _fasta(
    family: HlaFamily,
    locus: FamilyLocus,
    first: int,
    bases_of: Callable[[HlaFamily, FamilyLocus, FamilyAllele], str],
) -> str:
    """Entries with IMGT/HLA's headings; a partial allele has no genomic one."""
    lines = []
    for number, allele in enumerate(locus.alleles, first):
        bases = bases_of(family, locus, allele)
        if bases:
            lines.append(f">SIM:SIM{number:05d} {allele.name} {len(bases)} bp")
            lines += [bases[i : i + 60] for i in range(0, len(bases), 60)]
    return "\n".join(lines) + "\n"


def coding_bases(family: HlaFamily, locus: FamilyLocus, allele: FamilyAllele) -> str:
    """An allele's coding sequence in the gene's direction, or the known part of it."""
    gene = _gene_bases(family, locus, allele)
    exons: Sequence[int] = locus.plan.antigen if allele.partial else range(1, len(locus.plan.exons) + 1)
    spans = [locus.plan.coding[number - 1] for number in exons]
    return "".join(gene[span.start : span.end] for span in spans)


def genomic_bases(family: HlaFamily, locus: FamilyLocus, allele: FamilyAllele) -> str:
    """An allele's whole gene in its direction, untranslated parts and introns within; empty for a partial one."""
    return "" if allele.partial else _gene_bases(family, locus, allele)


def _gene_bases(family: HlaFamily, locus: FamilyLocus, allele: FamilyAllele) -> str:
    span = locus.gene.span
    bases = list(family.sequence[span.start : span.end])
    for variant in allele.variants:
        bases[variant.pos - span.start] = variant.alt
    text = "".join(bases)
    return text if locus.gene.strand > 0 else reverse_complement(text)


def borrowed_weights(family: HlaFamily) -> dict[str, str]:
    """The real allele that each invented one borrows from, both at two fields."""
    lent: dict[str, str] = {}
    for locus in family.loci:
        names = dict.fromkeys(allele.two_field for allele in locus.alleles)
        real = LENT[locus.plan.locus].split()
        lent |= {name: f"{locus.plan.locus}*{real[i % len(real)]}" for i, name in enumerate(names)}
    return lent
