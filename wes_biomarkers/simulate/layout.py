"""The files of a simulated trial: reference, samplesheet, run parameters and truth, as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from wes_biomarkers.io.files import write_text
from wes_biomarkers.simulate.genes import domain_rows, gff3_lines
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.variants import PopulationSite

RUN_PARAMETERS = """\
# Run parameters of the simulated trial.
# The simulated exome has about 0.1 Mb of coding sequence. The floor of 0.5 callable Mb, right for real
# exomes, is lowered here in the open; every record and plot made so carries the flag callable_floor_lowered.
tmb_min_callable_mb: 0.02
# Each run of GATK here lasts seconds: quick compilation is cheaper.
gatk_java_options: -XX:+UseSerialGC -XX:TieredStopAtLevel=1
# Lanes are small: one processor a task, and tasks side by side, gain more than threads.
max_cpus: 1
max_memory: 2.5 GB
"""


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], separator: str = "\t"
) -> None:
    """A table with a header; rows hold one value a column."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def write_reference(genome: Genome, sites: Sequence[PopulationSite], folder: Path) -> None:
    """Genome, genes, protein domains, targets, arms and microsatellites, and the two resources as indexed VCF."""
    folder.mkdir(parents=True)
    fasta = "".join(
        f">{name}\n" + "".join(f"{sequence[i : i + 60]}\n" for i in range(0, len(sequence), 60))
        for name, sequence in genome.contigs.items()
    )
    write_text(folder / "genome.fa", fasta)
    regions = [f"##sequence-region {name} 1 {len(sequence)}" for name, sequence in genome.contigs.items()]
    body = [line for gene in genome.genes for line in gff3_lines(gene)]
    header = ["##gff-version 3", f"#!genome-build {genome.build}"]
    write_text(folder / "genes.gff3", "\n".join([header[0], *regions, header[1], *body]) + "\n")
    spans = [(name, span) for name, group in genome.targets.items() for span in group]
    write_text(folder / "targets.bed", "".join(f"{name}\t{s.start}\t{s.end}\n" for name, s in spans))
    write_table(folder / "domains.tsv", ("transcript_id", "start", "end", "name"), domain_rows(genome.genes))
    arms = [f"{a.contig}\t{a.span.start}\t{a.span.end}\t{a.name}\n" for a in genome.arms]
    write_text(folder / "arms.bed", "".join(arms))
    tracts = sorted(
        (gene.contig, tract.span.start, tract.span.end, tract.motif, tract.n_repeat)
        for gene in genome.genes
        for tract in gene.tracts
    )
    write_table(folder / "microsatellites.tsv", ("chrom", "start", "end", "motif", "n_repeat"), tracts)
    listed = [site for site in sites if site.listed]
    _write_vcf(folder / "known_sites.vcf.gz", genome, listed, frequency=False)
    _write_vcf(folder / "germline.vcf.gz", genome, listed, frequency=True)


def _write_vcf(path: Path, genome: Genome, sites: Sequence[PopulationSite], frequency: bool) -> None:
    import pysam

    lines = ["##fileformat=VCFv4.2", f"##reference={genome.build}"]
    lines += [f"##contig=<ID={name},length={len(sequence)}>" for name, sequence in genome.contigs.items()]
    if frequency:
        lines.append('##INFO=<ID=AF,Number=A,Type=Float,Description="Population allele frequency">')
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for site in sites:
        variant = site.variant
        info = f"AF={site.frequency:.6g}" if frequency else "."
        lines.append(f"{variant.contig}\t{variant.pos + 1}\t.\t{variant.ref}\t{variant.alt}\t.\tPASS\t{info}")
    plain = path.with_suffix("")
    write_text(plain, "\n".join(lines) + "\n")
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
    pysam.tabix_index(str(path), preset="vcf", force=True)
