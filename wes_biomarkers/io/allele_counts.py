"""Reads of the tumour with either allele at the normal's heterozygous SNPs, from files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.allele_segments import HetSites
from wes_biomarkers.io.bgzf import whole_file
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.lines import FaultList, check_readable, read_lines

#: Columns of a table of heterozygous sites; `start` is 0-based. The last two may be missing.
COLUMNS = ("chrom", "start", "ref", "alt", "t_ref", "t_alt", "n_ref", "n_alt")
_NEEDED = ("chrom", "start", "t_ref", "t_alt")
#: Sites no farther apart, in bases, are piled up together: one look-up in the index, each read decoded once.
_NEAR = 500
_BASES = "ACGT"


@dataclass(frozen=True)
class SiteFilters:
    """Which germline SNPs serve, and which of the tumour's reads count; inclusive.

    Values, reasons and sources in definitions/copy_number.toml.
    """

    min_depth: int = 20
    min_genotype_quality: int = 20
    min_allele_share: float = 0.25
    max_allele_share: float = 0.75
    min_mapping_quality: int = 20
    min_base_quality: int = 20


@dataclass(frozen=True)
class Site:
    """A heterozygous SNP of the normal: 0-based place, alleles, and the normal's reads with either."""

    chrom: str
    start: int
    ref: str
    alt: str
    n_ref: int
    n_alt: int


def read_germline_sites(
    path: Path | str, filters: SiteFilters | None = None, sample: str | None = None
) -> list[Site]:
    """The heterozygous SNPs of a germline VCF or BCF that serve for allele fractions, in the file's order.

    A site serves when it passed (or no filter was applied), has two alleles of one base each, a heterozygous
    genotype, and depth, genotype quality and share of alternate reads within the filters; a quality that the
    file does not state is not asked for.

    Args:
        path: VCF, plain or bgzip, or BCF, with FORMAT GT and AD.
        filters: by default those of the definitions.
        sample: its column; needed where there are several.

    Raises:
        InputError: unreadable, cut short, no such sample, or several samples and none named.
    """
    import cyvcf2

    if faults := check_readable([path]):
        raise InputError(faults)
    limits = filters or SiteFilters()
    try:
        vcf = cyvcf2.VCF(str(path), lazy=True)
    except Exception as error:
        remedy = "Give the normal's germline VCF with its header."
        raise InputError([Fault("cannot be read as VCF or BCF", remedy, file=str(path))]) from error
    _choose_sample(vcf, path, sample)
    with whole_file(path):
        sites = [site for variant in vcf if (site := _site(variant, limits)) is not None]
    vcf.close()
    return list({(site.chrom, site.start): site for site in sites}.values())


def _choose_sample(vcf: Any, path: Path | str, sample: str | None) -> None:
    """Restrict to one sample column."""
    names = list(vcf.samples)
    wanted = sample if sample is not None else (names[0] if len(names) == 1 else None)
    if wanted not in names:
        rule = "has no such sample" if sample else f"has {len(names)} samples"
        remedy = f"Name the normal by --normal; it has: {', '.join(names) or 'none'}."
        raise InputError([Fault(rule, remedy, file=str(path), value=sample)])
    vcf.set_samples([wanted])


def _site(variant: Any, limits: SiteFilters) -> Site | None:
    """The record as a site, or None when it does not serve."""
    if len(variant.ALT) != 1 or len(variant.REF) != 1 or len(variant.ALT[0]) != 1:
        return None
    if variant.FILTER is not None or variant.ALT[0] not in _BASES or variant.gt_types[0] != 1:
        return None
    stated = variant.FORMAT
    depths = variant.format("AD") if "AD" in stated else None
    if depths is None or depths.shape[1] < 2 or depths[0].min() < 0:
        return None
    n_ref, n_alt = int(depths[0][0]), int(depths[0][1])
    quality = variant.format("GQ") if "GQ" in stated else None
    if quality is not None and 0 <= float(quality[0][0]) < limits.min_genotype_quality:
        return None
    if n_ref + n_alt < limits.min_depth:
        return None
    if not limits.min_allele_share <= n_alt / (n_ref + n_alt) <= limits.max_allele_share:
        return None
    return Site(variant.CHROM, variant.start, variant.REF, variant.ALT[0], n_ref, n_alt)


def count_alleles(
    bam: Path | str, sites: list[Site], filters: SiteFilters | None = None, fasta: Path | str | None = None
) -> HetSites:
    """The reads of a BAM or CRAM with either allele at each site; sites without such a read are left out.

    Duplicates, secondary, supplementary and failed reads, and reads and bases of low quality do not count;
    of two mates over one site one counts.

    Args:
        bam: the tumour, indexed.
        sites: in any order.
        filters: by default those of the definitions.
        fasta: needed for CRAM.

    Raises:
        InputError: unreadable, or without an index.
        ReferenceMismatchError: sites on contigs the BAM lacks.
    """
    import pysam

    limits = filters or SiteFilters()
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(str(bam), reference_filename=None if fasta is None else str(fasta)) as reads:
            if not reads.has_index():
                raise InputError([Fault("has no index", "Run `samtools index`.", file=str(bam))])
            _check_contigs(bam, sites, reads.references)
            counts = _pile_up(reads, sites, limits)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError | ReferenceMismatchError):
            raise
        remedy = "Give an indexed BAM or CRAM; copy it again if it was cut."
        raise InputError([Fault("cannot be read as BAM or CRAM", remedy, file=str(bam))]) from error
    finally:
        pysam.set_verbosity(verbosity)
    return HetSites.of(
        {
            "chrom": np.array([site.chrom for site in sites], object),
            "pos": [site.start for site in sites],
            "t_ref": [ref for ref, _ in counts],
            "t_alt": [alt for _, alt in counts],
            "n_ref": [site.n_ref for site in sites],
            "n_alt": [site.n_alt for site in sites],
        }
    )


def _check_contigs(bam: Path | str, sites: list[Site], contigs: tuple[str, ...]) -> None:
    missing = sorted({site.chrom for site in sites} - set(contigs))
    if missing:
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        remedy = "Give germline calls and alignment of the same build, with the same names."
        raise ReferenceMismatchError(
            [Fault(f"lacks contigs of the germline calls: {shown}", remedy, file=str(bam))]
        )


def _runs(sites: list[Site]) -> Iterator[list[tuple[int, Site]]]:
    """Sites that lie near each other, with their places in the list."""
    order = sorted(range(len(sites)), key=lambda at: (sites[at].chrom, sites[at].start))
    run: list[tuple[int, Site]] = []
    for at in order:
        site = sites[at]
        if run and (site.chrom != run[-1][1].chrom or site.start - run[-1][1].start > _NEAR):
            yield run
            run = []
        run.append((at, site))
    if run:
        yield run


def _pile_up(reads: Any, sites: list[Site], limits: SiteFilters) -> list[tuple[int, int]]:
    """Reads with the reference and with the alternate base at each site."""
    counts = [(0, 0)] * len(sites)
    for run in _runs(sites):
        wanted = {site.start: (at, site) for at, site in run}
        columns = reads.pileup(
            run[0][1].chrom,
            run[0][1].start,
            run[-1][1].start + 1,
            truncate=True,
            stepper="samtools",  # the one that looks at mapping quality
            max_depth=100_000,
            min_mapping_quality=limits.min_mapping_quality,
            min_base_quality=limits.min_base_quality,
            ignore_orphans=False,
            flag_filter=0x4 | 0x100 | 0x200 | 0x400 | 0x800,
        )
        for column in columns:
            if column.reference_pos in wanted:
                at, site = wanted[column.reference_pos]
                bases = "".join(column.get_query_sequences()).upper()
                counts[at] = (bases.count(site.ref), bases.count(site.alt))
    return counts


def read_het_sites(path: Path | str) -> HetSites:
    """Heterozygous sites from a table with the columns chrom, start (0-based), t_ref, t_alt; n_ref, n_alt too.

    Raises:
        InputError: unreadable, a column missing, values that are no whole numbers from 0 on, or a site
            given twice.
    """
    lines = list(read_lines(path))
    heading = lines[0].split("\t") if lines else []
    if missing := [name for name in _NEEDED if name not in heading]:
        remedy = "Give a TSV with chrom, start (0-based), t_ref, t_alt."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
    wanted = [name for name in COLUMNS if name in heading and name not in ("ref", "alt")]
    columns: dict[str, list[Any]] = {name: [] for name in wanted}
    faults = FaultList(path)
    seen: set[tuple[str, str | None]] = set()
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if not line.strip():
            continue
        row = dict(zip(heading, cells, strict=False))
        wrong = [name for name in wanted[1:] if not row.get(name, "").strip().isdigit()]
        for name in wrong:
            faults.add(
                f"{name} is no whole number from 0 on", "Mend the row.", row=number, value=row.get(name)
            )
        place = (row["chrom"], row.get("start"))
        if not wrong and place in seen:
            faults.add("repeats a site", "Leave one of the two out.", row=number)
        elif not wrong:
            seen.add(place)
            for name in wanted:
                columns[name].append(row[name] if name == "chrom" else int(row[name]))
    if faults.count:
        raise InputError(faults.faults())
    return HetSites.of({"pos" if name == "start" else name: values for name, values in columns.items()})


def het_sites_text(het: HetSites) -> str:
    """Heterozygous sites as the table that `read_het_sites` reads."""
    lines = ["chrom\tstart\tt_ref\tt_alt\tn_ref\tn_alt"]
    columns = (het.chrom, het.pos, het.t_ref, het.t_alt, het.n_ref, het.n_alt)
    for chrom, *numbers in zip(*(column.tolist() for column in columns), strict=True):
        lines.append("\t".join([chrom, *(str(round(number)) for number in numbers)]))
    return "\n".join(lines) + "\n"


def write_het_sites(path: Path | str, het: HetSites) -> None:
    """Write `het_sites_text`, atomically."""
    write_text(path, het_sites_text(het))
