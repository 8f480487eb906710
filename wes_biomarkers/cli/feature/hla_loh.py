"""`wes-biomarkers feature hla-loh`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wes_biomarkers.features.hla_allele_reads import SiteCounts
    from wes_biomarkers.features.hla_loh import Locus, LocusLoh
    from wes_biomarkers.features.hla_types import LocusType
    from wes_biomarkers.io.hla_loh import SiteRow
    from wes_biomarkers.io.hla_loh_inputs import LohInput

_FILE = click.Path(dir_okay=False)
_FOLDER = click.Path(file_okay=False)


@click.command("hla-loh")
@click.option("--tumor", type=_FILE, metavar="BAM", help="The tumour's BAM or CRAM, indexed.")
@click.option("--normal", type=_FILE, metavar="BAM", help="The matched normal's BAM or CRAM, indexed.")
@click.option("--tumor-fastq", type=_FILE, nargs=2, help="In place of --tumor: FASTQs, R1 and R2.")
@click.option("--normal-fastq", type=_FILE, nargs=2, help="In place of --normal: FASTQs, R1 and R2.")
@click.option("--hla", required=True, type=_FILE, help="hla.tsv of the person, of `feature hla`.")
@click.option("--reference", type=_FOLDER, help="Reference bundle made with --hla.")
@click.option("--hla-reference", type=_FOLDER, help="Folder of IMGT/HLA files, in place of --reference.")
@click.option("--segments", type=_FILE, help="segments.tsv of `feature copy-number`; needs --reference.")
@click.option(
    "--purity", metavar="P|FILE", help="Share of tumour cells, or records of `feature copy-number`."
)
@click.option("--ploidy", type=click.FloatRange(0.5, 20), callback=finite,
              help="Mean copies in tumour cells [of the records].")  # fmt: skip
@click.option("--library-size", type=click.FloatRange(min=1), nargs=2, metavar="TUMOR NORMAL", callback=finite,
              help="Read pairs of both libraries [mapped pairs, by the BAMs' indexes].")  # fmt: skip
@click.option("--patient-id", help="Patient of the record [the tumour's sample].")
@click.option("--pair-id", help="Pair of the record [<tumor>_vs_<normal>].")
@click.option("--table", type=_FILE, help="File for the table of loci, hla_loh.tsv.")
@click.option("--sites-out", type=_FILE, help="File for the table of places where alleles differ.")
@click.option("--plot", type=_FILE, help="File for a chart, HTML, SVG or PNG.")
@click.option("-o", "--out", type=_FILE, help="File for the record [stdout].")
def command(**options: Any) -> None:
    """Copies of each HLA class I allele in the tumour, and whether one was lost."""
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from wes_biomarkers.features.hla_loh import compute_hla_loh
    from wes_biomarkers.io.hla_loh import write_hla_loh, write_hla_sites
    from wes_biomarkers.io.hla_loh_inputs import LohFiles, name_alignments, read_loh_input
    from wes_biomarkers.io.records import records_json, write_records

    table, sites_out, plot, out = (options.pop(name) for name in ("table", "sites_out", "plot", "out"))
    for sample in ("tumor", "normal"):
        aligned, fastq = options.pop(sample), options.pop(f"{sample}_fastq")
        if (aligned is None) == (fastq is None):
            raise click.UsageError(f"Give --{sample} or --{sample}-fastq.")
        options[sample] = fastq or (aligned,)
    if (options["reference"] is None) == (options["hla_reference"] is None):
        raise click.UsageError("Give --reference or --hla-reference.")
    if options["segments"] is not None and options["reference"] is None:
        raise click.UsageError("--segments needs --reference, which tells where the genes lie.")
    if plot is not None:
        from wes_biomarkers.plots.save import check_suffix

        check_suffix(plot)
    pair = read_loh_input(LohFiles(**options))
    judged, sites, counts = judge_pair(pair)
    record = compute_hla_loh(judged, pair.tumor, name_alignments(pair.labels, counts))
    if table is not None:
        write_hla_loh(table, pair.labels.pair_id, judged)
    if sites_out is not None:
        write_hla_sites(sites_out, sites)
    if plot is not None:
        _draw(plot, pair.labels.pair_id, judged, sites, record.flags)
    if out in (None, "-"):
        click.echo(records_json(record), nl=False)
    else:
        write_records(str(out), record)


def judge_pair(
    pair: LohInput,
) -> tuple[list[LocusLoh], list[SiteRow], dict[str, dict[str, SiteCounts]]]:
    """The class I loci of a pair, judged, what each place where two alleles differ shows, and alignments' counts."""
    from dataclasses import replace

    from wes_biomarkers.features.hla_allele_reads import count_site_reads, find_sites
    from wes_biomarkers.features.hla_loh import LocusReads, judge_locus, site_copies
    from wes_biomarkers.io.hla_allele_reads import read_allele_pairs
    from wes_biomarkers.io.hla_loh import read_rules

    rules, assign, min_base_quality = read_rules()
    loci = {typed.locus: _locus(typed, pair) for typed in pair.types}
    places = {}
    for typed in pair.types:
        if not loci[typed.locus].obstacle and not typed.homozygous:
            first, second = (s for s in pair.sequences if s.locus == typed.locus)
            places[typed.locus] = find_sites(first, second)
    tumor, normal = (
        count_site_reads(
            read_allele_pairs(source, pair.sequences, min_base_quality), pair.sequences, places, assign
        )
        if places
        else {}
        for source in (pair.tumor_reads, pair.normal_reads)
    )
    judged: list[LocusLoh] = []
    rows: list[SiteRow] = []
    for name, locus in loci.items():
        if name in places:
            locus = replace(locus, reads=LocusReads(tumor[name].counted, normal[name].counted))
        found = judge_locus(locus, pair.tumor, rules)
        judged.append(found)
        if name not in places:
            continue
        depths = tumor[name].depth, normal[name].depth
        copies = site_copies(found, *depths, 1.0 if pair.tumor.purity is None else pair.tumor.purity.value)
        for side, allele in enumerate((locus.allele_1, locus.allele_2)):
            columns = (places[name].position, depths[0][side], depths[1][side], copies[side])
            cells = zip(*(column.tolist() for column in columns), strict=True)
            rows += [(pair.labels.pair_id, name, allele, *row) for row in cells]
    counts = {
        f"{role}_1": found
        for role, source, found in (
            ("tumor", pair.tumor_reads, tumor),
            ("normal", pair.normal_reads, normal),
        )
        if source.aligned
    }
    return judged, rows, counts


def _locus(typed: LocusType, pair: LohInput) -> Locus:
    """A class I locus before its reads are counted, with the obstacle where it cannot be judged."""
    from wes_biomarkers.features.hla_loh import Locus

    if typed.alleles is None:
        return Locus(typed.locus, "", "", obstacle=typed.reason or "not typed")
    names = [str(allele) for allele in typed.alleles]
    known = {sequence.name for sequence in pair.sequences}
    missing = [name for name in dict.fromkeys(names) if name not in known]
    obstacle = (
        "" if typed.homozygous or not missing else f"the reference has no exons of {', '.join(missing)}"
    )
    return Locus(typed.locus, names[0], names[1], None, pair.total_cn.get(typed.locus), obstacle)


def _draw(
    plot: str, pair_id: str, judged: Sequence[LocusLoh], sites: Sequence[SiteRow], flags: Sequence[str]
) -> None:
    import pandas as pd

    from wes_biomarkers.io.hla_loh import COLUMNS, SITE_COLUMNS, row_of
    from wes_biomarkers.plots.hla_loh import hla_loh_panels
    from wes_biomarkers.plots.save import save_chart

    loci = pd.DataFrame([row_of(pair_id, locus) for locus in judged], columns=list(COLUMNS))
    places = pd.DataFrame(sites, columns=list(SITE_COLUMNS))
    save_chart(hla_loh_panels(loci, places, f"HLA alleles of {pair_id}", flags), plot)
