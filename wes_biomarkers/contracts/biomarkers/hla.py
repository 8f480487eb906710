"""Columns and values of HLA types and what is derived from them."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.hla import LOCI, LOCI_CLASS_I
from wes_biomarkers.contracts.schema import Column

_HED = "HLA evolutionary divergence: Grantham distance per residue of the two alleles, exons 2 and 3"


def _allele_names(loci: tuple[str, ...]) -> dict[str, str]:
    """What each allele's value is, by its name: `hla_a_1`."""
    return {
        f"hla_{locus.lower()}_{n}": f"HLA-{locus}, allele {n}, at two fields"
        for locus in loci
        for n in (1, 2)
    }


def _hla(column: Column) -> Biomarker:
    return Biomarker(column, "hla", "wes_hla", column.name)


BIOMARKERS: tuple[Biomarker, ...] = (
    *(_hla(Column(name, "string", doc)) for name, doc in _allele_names(LOCI).items()),
    _hla(Column("hed", "float", f"{_HED}; mean of A, B and C", minimum=0)),
    _hla(Column("n_hla_homozygous", "int", "homozygous loci among A, B and C", minimum=0, maximum=3)),
)

VALUES: Values = {
    ("hla", "hed"): Value(f"{_HED}; mean of A, B and C", main=True),
    **{("hla", f"hed_{locus.lower()}"): Value(f"{_HED}; {locus} alone") for locus in LOCI_CLASS_I},
    ("hla", "n_hla_homozygous"): Value("homozygous loci among A, B and C"),
    ("hla", "hla_supertypes"): Value("supertypes of the A and B alleles (Sidney 2008)"),
    ("hla", "hla_source"): Value("where the types come from"),
    ("hla", "hla_conflicts"): Value("loci where sources disagree, with the alleles of each"),
    **{("hla", name): Value(doc) for name, doc in _allele_names(LOCI).items()},
}
