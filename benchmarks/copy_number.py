"""The copy-number stage of a pair against `cnvkit.py batch` on the same pair, and the time of purity.

    .wes/venv/bin/python benchmarks/copy_number.py [--targets 20000] [--depth 80] [--runs 3] [--seed 1]

A pair of BAMs is made from the seed: reads of 100 bases over the targets, each target with its own efficiency, a
gain of an arm in the tumour. The stage is what the pipeline's processes call for one pair whose normal is not yet
known: bins, depth of the normal, reference, then the tumour, one process each; in a run of many pairs bins and
reference are made once. CNVkit's own run is one `cnvkit.py batch` of the same scope (targets alone, CBS, one
processor): it starts Python once where the stage starts it four times, a cost that does not grow with the reads. Runs alternate; the ratio of wall
and of processor time is taken run by run and the median is printed.

Purity is timed apart, on log-ratio level tumours of an exome's size: `feature copy-number` as a whole, from its
start to its end.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pysam

from wes_biomarkers.io.allele_counts import write_het_sites
from wes_biomarkers.simulate.copy_number import TumorPlan, simulate_tumor

BIN = Path(sys.executable).parent
READ, TARGET, SPACING = 100, 267, 2000
CONTIGS = 10


def write_genome(folder: Path, n_target: int, rng: np.random.Generator) -> int:
    """genome.fa and targets.bed; returns the targets on each contig."""
    each = n_target // CONTIGS
    length = (each + 2) * SPACING
    with open(folder / "genome.fa", "w") as fasta, open(folder / "targets.bed", "w") as bed:
        for contig in range(1, CONTIGS + 1):
            bases = "".join(np.array(list("ACGT"))[rng.integers(0, 4, length)])
            fasta.write(f">chr{contig}\n" + "\n".join(bases[i : i + 60] for i in range(0, length, 60)) + "\n")
            for index in range(1, each + 1):
                bed.write(f"chr{contig}\t{index * SPACING}\t{index * SPACING + TARGET}\n")
    pysam.faidx(str(folder / "genome.fa"))
    return each


def write_bam(path: Path, each: int, reads: np.ndarray, rng: np.random.Generator) -> None:
    """Reads over the targets; `reads` is their number at each target, shape (CONTIGS, each)."""
    length = (each + 2) * SPACING
    contigs = [{"SN": f"chr{number}", "LN": length} for number in range(1, CONTIGS + 1)]
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": contigs,
        "RG": [{"ID": path.stem, "SM": path.stem}],
    }
    qualities = pysam.qualitystring_to_array("?" * READ)
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        read = pysam.AlignedSegment(out.header)
        read.query_sequence, read.cigartuples = "A" * READ, [(0, READ)]
        read.query_qualities, read.mapping_quality, read.flag = qualities, 60, 0
        for contig in range(CONTIGS):
            for index in range(each):
                first = (index + 1) * SPACING - READ // 2
                for start in np.sort(rng.integers(first, first + TARGET, reads[contig, index])).tolist():
                    read.query_name, read.reference_id, read.reference_start = f"r{start}", contig, start
                    out.write(read)
    pysam.index(str(path))


def write_pair(folder: Path, n_target: int, depth: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    each = write_genome(folder, n_target, rng)
    mean = depth * TARGET / READ * rng.lognormal(0, 0.5, (CONTIGS, each))
    copies = np.ones((CONTIGS, each))
    copies[0, : each // 2] = 1.4
    write_bam(folder / "normal.bam", each, rng.poisson(mean), rng)
    write_bam(folder / "tumor.bam", each, rng.poisson(mean * copies), rng)


def stage(folder: Path) -> list[list[str]]:
    """What the processes of pipelines/bam_call_copy_number.nf call for one pair."""
    cnvkit, fasta, out = str(BIN / "cnvkit.py"), str(folder / "genome.fa"), folder / "stage"
    out.mkdir(exist_ok=True)
    bins, normal, reference = (
        str(out / name) for name in ("kit.bed", "normal.targetcoverage.cnn", "kit.cnn")
    )
    return [
        [cnvkit, "target", str(folder / "targets.bed"), "--split", "-o", bins],
        [cnvkit, "coverage", str(folder / "normal.bam"), bins, "--fasta", fasta, "--processes", "1", "-o", normal],
        [cnvkit, "reference", normal, "--fasta", fasta, "-o", reference],
        [
            cnvkit, "batch", str(folder / "tumor.bam"), "--reference", reference, "--fasta", fasta, "--seq-method",
            "hybrid", "--segment-method", "cbs", "--processes", "1", "--drop-low-coverage", "--output-dir", str(out),
        ],
    ]  # fmt: skip


def batch(folder: Path) -> list[list[str]]:
    """CNVkit's own way."""
    return [[
        str(BIN / "cnvkit.py"), "batch", str(folder / "tumor.bam"), "-n", str(folder / "normal.bam"), "-m", "amplicon",
        "-t", str(folder / "targets.bed"), "-f", str(folder / "genome.fa"), "--segment-method", "cbs",
        "--drop-low-coverage", "-p", "1", "-d", str(folder / "batch"),
    ]]  # fmt: skip


def timed(commands: list[list[str]]) -> tuple[float, float]:
    """Wall and processor seconds of commands run one after the other."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def purity_command(folder: Path, seed: int) -> list[str]:
    """`feature copy-number` on a simulated exome of 200,000 bins and 40,000 heterozygous sites."""
    tumor = simulate_tumor(seed, TumorPlan(purity=0.6, n_bin=200_000, n_het=40_000))
    bins, truth = tumor.bins, tumor.truth
    rows = zip(bins.chrom, bins.start, bins.end, bins.log2, bins.depth, bins.weight, strict=True)
    lines = [f"{c}\t{s}\t{e}\t-\t{v:.6g}\t{d:.6g}\t{w:.6g}" for c, s, e, v, d, w in rows]
    cnr, cns, het = folder / "big.cnr", folder / "big.cns", folder / "big.het.tsv"
    cnr.write_text("\n".join(["chromosome\tstart\tend\tgene\tlog2\tdepth\tweight", *lines]) + "\n")
    rows = zip(truth.chrom, truth.start, truth.end, strict=True)
    lines = [f"{c}\t{s}\t{e}\t-\t0\t1" for c, s, e in rows]
    cns.write_text("\n".join(["chromosome\tstart\tend\tgene\tlog2\tprobes", *lines]) + "\n")
    sites = tumor.het
    keys = np.char.add(np.asarray(sites.chrom, str), np.char.add(":", sites.pos.astype(str)))
    _, once = np.unique(keys, return_index=True)  # at this density a place is drawn twice now and then
    once.sort()
    write_het_sites(het, replace(sites, **{f.name: getattr(sites, f.name)[once] for f in fields(sites)}))
    words = ["feature", "copy-number", "--cnr", cnr, "--cns", cns, "--het-sites", het, "--build", "GRCh38"]
    return [str(BIN / "wes-biomarkers"), *map(str, words)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--targets", type=int, default=20_000)
    parser.add_argument("--depth", type=float, default=80)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pair(folder, options.targets, options.depth, options.seed)
        walls, processors = [], []
        for run in range(options.runs):
            ours, theirs = timed(stage(folder)), timed(batch(folder))
            walls.append(ours[0] / theirs[0])
            processors.append(ours[1] / theirs[1])
            print(
                f"run {run + 1}: stage {ours[0]:.1f} s wall, {ours[1]:.1f} s processor; "
                f"cnvkit.py batch {theirs[0]:.1f}, {theirs[1]:.1f}"
            )
        wall, processor = statistics.median(walls), statistics.median(processors)
        print(f"stage / cnvkit.py batch: wall {wall:.2f}, processor {processor:.2f}")
        seconds = timed([purity_command(folder, options.seed)])
        print(
            f"feature copy-number, 200,000 bins, 40,000 sites: {seconds[0]:.1f} s wall, {seconds[1]:.1f} s processor"
        )


if __name__ == "__main__":
    main()
