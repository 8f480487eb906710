"""Genes for copy-number calls: lists and positions in, the table of calls out; cutoffs from the definitions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.arm_copies import ArmThresholds
from wes_biomarkers.features.copy_number import Thresholds
from wes_biomarkers.features.gene_copies import GeneCopy, GeneSpan, GeneThresholds
from wes_biomarkers.io.allele_counts import SiteFilters
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.tsv import write_rows

COLUMNS = tuple(entry.name for entry in fields(GeneCopy))


@cache
def _definitions() -> dict[str, Any]:
    return tomllib.loads(packaged_text("copy_number.toml"))


def _section(name: str) -> dict[str, Any]:
    return {key: value for key, value in _definitions()[name].items() if key != "reasons"}


def read_thresholds() -> Thresholds:
    """The cutoffs of definitions/copy_number.toml."""
    arm, gene = ArmThresholds(**_section("arm")), GeneThresholds(**_section("gene"))
    return Thresholds(**_section("score"), arm=arm, gene=gene)


def read_site_filters() -> SiteFilters:
    """The filters on heterozygous sites of definitions/copy_number.toml."""
    return SiteFilters(**_section("het_site"))


def default_genes() -> tuple[str, ...]:
    """The names of the default list."""
    return tuple(_definitions()["genes"]["names"])


def read_gene_list(path: Path | str) -> list[str]:
    """Gene names, one a line, in their order, each once; what follows a name's first tab or blank is not read.

    Raises:
        InputError: unreadable, or no name.
    """
    names = [line.split()[0] for line in read_lines(path) if line.strip() and not line.startswith("#")]
    if not names:
        faults = FaultList(path)
        faults.add("holds no gene name", "Give one name a line.")
        raise InputError(faults.faults())
    return list(dict.fromkeys(names))


def read_gene_spans(coding: Path | str) -> dict[str, GeneSpan]:
    """Each gene of a bundle's coding.bed with its first and last coding base.

    Of a gene on several contigs (pseudoautosomal) the first contig's part is taken.
    """
    spans: dict[str, GeneSpan] = {}
    for line in read_lines(coding):
        cells = line.split("\t")
        if len(cells) < 4:
            continue
        chrom, start, end, gene = cells[0], int(cells[1]), int(cells[2]), cells[3]
        known = spans.get(gene)
        if known is None:
            spans[gene] = GeneSpan(gene, chrom, start, end)
        elif known.chrom == chrom:
            spans[gene] = GeneSpan(gene, chrom, min(known.start, start), max(known.end, end))
    return spans


def locate(names: Sequence[str], known: dict[str, GeneSpan]) -> tuple[list[GeneSpan], list[str]]:
    """The spans of the names that are known, and the names that are not."""
    return [known[name] for name in names if name in known], [name for name in names if name not in known]


def write_gene_copies(path: Path | str, genes: Iterable[GeneCopy]) -> None:
    """Write gene calls as TSV with a heading; unknown is an empty cell, true and false are 1 and 0."""
    write_rows(path, COLUMNS, ([getattr(gene, name) for name in COLUMNS] for gene in genes))
