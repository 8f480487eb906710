"""Columns and values of copy number and purity."""

from __future__ import annotations

from wes_biomarkers.contracts.biomarkers.base import Biomarker, Value, Values
from wes_biomarkers.contracts.schema import Column, DType


def _copy_number(
    name: str, dtype: DType, doc: str, unit: str | None = None, maximum: float | None = None
) -> Biomarker:
    column = Column(name, dtype, doc, unit=unit, minimum=None if dtype == "bool" else 0, maximum=maximum)
    return Biomarker(column, "copy_number", "wes_copy_number", name)


BIOMARKERS: tuple[Biomarker, ...] = (
    Biomarker(
        Column("purity", "float", "share of tumour cells in the sample", "fraction", minimum=0, maximum=1),
        "purity",
        "wes_purity",
        "purity",
    ),
    _copy_number("ploidy", "float", "mean total copies of the tumour's autosomes", "copies"),
    _copy_number("wgd", "bool", "whole genome doubled: 2 or more major copies over half of the autosomes"),
    _copy_number("fga_log2", "float", "genome altered, by log ratio", "fraction", 1),
    _copy_number("fga_allelic", "float", "genome altered, by allele-specific copies", "fraction", 1),
    _copy_number("loh_fraction", "float", "autosomes without one parental allele", "fraction", 1),
    _copy_number("hrd_loh", "int", "losses of heterozygosity longer than 15 Mb, whole chromosomes left out"),
    _copy_number("hrd_lst", "int", "large-scale state transitions"),
    _copy_number("hrd_tai", "int", "telomeric allelic imbalances"),
)

VALUES: Values = {
    ("purity", "purity"): Value("share of tumour cells in the sample", "fraction", main=True),
    ("purity", "purity_low"): Value("lower bound of the purity's 95 % interval", "fraction"),
    ("purity", "purity_high"): Value("upper bound of the purity's 95 % interval", "fraction"),
    ("purity", "ploidy"): Value("mean total copies of the fit", "copies"),
    ("purity", "ploidy_low"): Value("lower bound of the ploidy's 95 % interval", "copies"),
    ("purity", "ploidy_high"): Value("upper bound of the ploidy's 95 % interval", "copies"),
    ("purity", "confidence"): Value("high, medium or low"),
    ("purity", "n_alternative"): Value("other fits that explain the data almost as well"),
    ("purity", "alternatives"): Value("purity, ploidy and relative log-likelihood of each"),
    ("purity", "goodness"): Value("autosomes that whole copies in all tumour cells explain", "fraction"),
    ("copy_number", "fga_log2"): Value("genome altered, by log ratio", "fraction", main=True),
    ("copy_number", "fga_allelic"): Value("genome altered, by allele-specific copies", "fraction"),
    ("copy_number", "ploidy"): Value("mean total copies of the tumour's autosomes", "copies"),
    ("copy_number", "wgd"): Value("whole genome doubled"),
    ("copy_number", "loh_fraction"): Value("autosomes without one parental allele", "fraction"),
    ("copy_number", "hrd_loh"): Value("losses of heterozygosity longer than 15 Mb"),
    ("copy_number", "hrd_lst"): Value("large-scale state transitions"),
    ("copy_number", "hrd_tai"): Value("telomeric allelic imbalances"),
    ("copy_number", "n_segment"): Value("segments"),
    ("copy_number", "measured_mb"): Value("length of all segments", "Mb"),
    ("copy_number", "n_arm"): Value("chromosome arms with copy numbers over half of their length"),
    ("copy_number", "arm_gain"): Value("arms gained over 80 % of their measured length"),
    ("copy_number", "arm_loss"): Value("arms lost over 80 % of their measured length"),
    ("copy_number", "arm_loh"): Value("arms with LOH over 80 % of their measured length"),
    ("copy_number", "n_gene"): Value("genes of the list that were measured"),
    ("copy_number", "gene_basis"): Value("what gene-level calls rest on: copies, or log2 where unknown"),
    ("copy_number", "gene_amplification"): Value("amplified genes"),
    ("copy_number", "gene_gain"): Value("gained genes, not amplified"),
    ("copy_number", "gene_loss"): Value("genes that lost a copy and kept one"),
    ("copy_number", "gene_deep_deletion"): Value("genes without a copy"),
    ("copy_number", "gene_loh"): Value("genes with a copy but without one parental allele"),
    ("copy_number", "gene_unmeasured"): Value(
        "genes of the list without a call: on no segment, or too little is known"
    ),
}
