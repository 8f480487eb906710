"""The packaged tables that HLA diversity needs, and the binding domains of a reference's alleles."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from wes_biomarkers.contracts.hla import Allele
from wes_biomarkers.features.hla_diversity import Diversity, binding_domain
from wes_biomarkers.io.hla_reference import HlaReference


def _rows(name: str) -> list[list[str]]:
    text = resources.files("wes_biomarkers.definitions").joinpath(name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


@cache
def read_grantham() -> dict[tuple[str, str], float]:
    """Grantham's distance of each two amino acids, both orders."""
    (_, *residues), *rows = _rows("grantham.tsv")
    return {
        (own, other): float(cell) for own, *cells in rows for other, cell in zip(residues, cells, strict=True)
    }


@cache
def read_supertypes() -> dict[str, str]:
    """Supertype of HLA-A and HLA-B alleles by their names at two fields."""
    return {row[0]: row[1] for row in _rows("hla_supertypes.tsv")[1:]}


def read_diversity(reference: HlaReference | None, alleles: Iterable[Allele]) -> Diversity:
    """What the diversity of some alleles is computed from; without a reference they have no domains.

    Of the entries of one protein the longest domain counts, as some are known in part only.
    """
    wanted = {allele.two_field for allele in alleles}
    domains: dict[str, str] = {}
    rows = zip(reference.alleles, reference.sequences, reference.exons, strict=True) if reference else ()
    for allele, sequence, exons in rows:
        name = str(allele.two_field)
        if allele.two_field in wanted and (found := binding_domain(sequence, exons, allele.mhc_class)):
            domains[name] = max(domains.get(name, ""), found, key=len)
    return Diversity(domains, read_grantham(), read_supertypes())
