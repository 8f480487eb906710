"""Pathogenic germline variants, as the names of genes alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.gene_status import TRUNCATING
from wes_biomarkers.features.tmb import Filters
from wes_biomarkers.io.bgzf import whole_file
from wes_biomarkers.io.lines import check_readable
from wes_biomarkers.io.vcf_annotation import Chooser
from wes_biomarkers.io.vcf_header import Header

_PATHOGENIC = ("pathogenic", "likely_pathogenic", "pathogenic/likely_pathogenic")


@dataclass(frozen=True)
class GermlineGenes:
    """Genes of the list with a pathogenic variant; None, with a reason, where that cannot be told.

    `rule` says what counted as pathogenic.
    """

    genes: tuple[str, ...] | None
    rule: str


def read_germline_genes(
    path: Path | str,
    genes: Collection[str],
    filters: Filters,
    transcripts: Collection[str] | None = None,
    current: Callable[[str], str] = str,
) -> GermlineGenes:
    """Which genes of a list carry a pathogenic variant in the normal: those that ClinVar's CLNSIG calls so, or,
    in a file without CLNSIG, truncating ones.

    A record counts with a called genotype that holds the allele, PASS or no filter, and the filters' depth,
    allele fraction and population frequency where these are known. Nothing but names of genes leaves here.

    Args:
        path: annotated germline VCF of the normal.
        genes: the list, current symbols.
        filters: min_depth, min_vaf, max_population_af are used.
        transcripts: count consequences on these only.
        current: turns a gene's name in the file into the current symbol.

    Raises:
        InputError: unreadable, cut short, or not a VCF.
    """
    import cyvcf2

    if faults := check_readable([path]):
        raise InputError(faults)
    try:
        vcf = cyvcf2.VCF(str(path))
    except Exception as error:
        raise InputError(
            [Fault("cannot be read as VCF or BCF", "Give a VCF with its header.", file=str(path))]
        ) from error
    header = Header(vcf, str(path), None, None)
    layout = header.layout("auto")
    if layout is None:
        return GermlineGenes(None, "the germline VCF has no annotation (BCSQ, CSQ or ANN)")
    if not header.samples:
        raise InputError([Fault("has no sample", "Give the normal's calls with genotypes.", file=str(path))])
    sample = header.samples.index(header.normal or header.tumor or header.samples[0])
    chooser = Chooser(layout, transcripts)
    by_clinvar = "CLNSIG" in header.info
    wanted, found = set(genes), set()
    with whole_file(path):
        for record in vcf:
            if record.FILTER is not None or not _is_carried(record, sample, filters):
                continue
            gene, _, term, _, frequency = chooser.choose(record.INFO.get(layout.source))
            if gene is None or current(gene) not in wanted or frequency > (filters.max_population_af or 1.0):
                continue
            if _is_pathogenic(record.INFO.get("CLNSIG")) if by_clinvar else term in TRUNCATING:
                found.add(current(gene))
    vcf.close()
    rule = "CLNSIG pathogenic or likely pathogenic" if by_clinvar else "truncating"
    return GermlineGenes(tuple(sorted(found)), rule)


def _is_carried(record: Any, sample: int, filters: Filters) -> bool:
    """The sample's genotype holds an alternate allele, and its reads do not speak against it."""
    if not any(allele > 0 for allele in record.genotypes[sample][:-1]):
        return False
    depths = record.format("AD") if "AD" in record.FORMAT else None
    if depths is None or depths.shape[1] < 2 or min(depths[sample][:2]) < 0:
        return True
    reads = int(depths[sample].sum())
    vaf = int(depths[sample][1:].max()) / reads if reads else 0.0
    return reads >= (filters.min_depth or 0) and vaf >= (filters.min_vaf or 0.0)


def _is_pathogenic(text: object) -> bool:
    return any(word.strip().lower() in _PATHOGENIC for word in str(text or "").replace("|", ",").split(","))
