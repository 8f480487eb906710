"""The exons of a patient's alleles, from an HLA reference."""

from __future__ import annotations

from collections.abc import Iterable

from wes_biomarkers.contracts.hla import Allele
from wes_biomarkers.features.hla_allele_reads import AlleleSequence, fill_exons
from wes_biomarkers.io.hla_reference import HlaReference


def allele_sequence(reference: HlaReference, allele: Allele) -> AlleleSequence | None:
    """The entry of an allele named at two or more fields: of those the name covers, the one of which most is known.

    Of entries that are known equally well the first is taken; they differ in silent bases, or outside the exons, only.
    None where the reference has no such entry, or its exons are not known.
    """
    covered = [
        (text, exons)
        for entry, text, exons in zip(reference.alleles, reference.sequences, reference.exons, strict=True)
        if entry.gene == allele.gene and entry.fields[: len(allele.fields)] == allele.fields and exons
        and entry.null == allele.null
    ]  # fmt: skip
    if not covered:
        return None
    text, exons = max(covered, key=lambda entry: sum(end - start for start, end in entry[1].values()))
    held = {number: text[start:end] for number, (start, end) in exons.items()}
    return AlleleSequence(str(allele), allele.locus, held)


def fill_loci(alleles: Iterable[AlleleSequence]) -> list[AlleleSequence]:
    """Distinct alleles, those of a locus together; where a locus has two, the exons of one fill those of the other."""
    by_locus: dict[str, dict[str, AlleleSequence]] = {}
    for allele in alleles:
        by_locus.setdefault(allele.locus, {})[allele.name] = allele
    filled: list[AlleleSequence] = []
    for own in by_locus.values():
        pair = list(own.values())
        filled += fill_exons(pair[0], pair[1]) if len(pair) == 2 else pair
    return filled
