"""Whole-pipeline wall time against a plain shell script of the same tool commands, same pairs, same two cores.

Run by hand after `bin/quickstart` has made the trial and its bundle:

    .wes/venv/bin/python benchmarks/pipeline_overhead.py [--runs 3] [--patients P01,P02] [--cores 2]

Both start from the same FASTQs and end with the same records. The script runs every tool command itself, `--cores`
at a time, stage after stage, in one folder: no scheduler, no staging, no provenance, no checks of the input. Runs alternate; the ratio is
taken run by run and the median is printed.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.software import task_environment

#: What the features leave of a pair, after its id.
RESULTS = (
    *("tmb.json", "msi.json", "msi_sites.tsv.gz", "signatures.json", "clonality.json", "clonality.tsv"),
    *(
        "drivers.json",
        "drivers.tsv",
        "copy_number.json",
        "segments.tsv",
        "gene_copies.tsv",
        "het_sites.tsv",
        "cnr",
    ),
)

ROOT = Path(__file__).resolve().parents[1]
TRIAL = ROOT / "test_data" / "trial"


def read_lanes(sheet: Path, patients: set[str]) -> list[dict[str, str]]:
    """The rows of the patients asked for."""
    with open(sheet, newline="") as handle:
        return [row for row in csv.DictReader(handle) if not patients or row["patient_id"] in patients]


def write_subset(rows: list[dict[str, str]], trial: Path, path: Path) -> None:
    """A samplesheet of these rows with absolute paths."""
    with open(path, "w", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {name: str(trial / row[name]) for name in ("fastq_1", "fastq_2")})


@dataclass(frozen=True)
class Files:
    """What the commands read of a trial's bundle, and how GATK is called."""

    bundle: Path
    fasta: Path
    annotation: Path
    target: Path
    germline: Path
    common: Path
    known: Path
    gatk: str

    @classmethod
    def of(cls, bundle: Path, memory: str) -> Files:
        """The files of a bundle; `memory` is that of Java, as in `3g`."""
        return cls(
            bundle=bundle,
            fasta=bundle / "genome.fa",
            annotation=bundle / "annotation.gff3.gz",
            target=bundle / "targets" / "targets.bed",
            germline=bundle / "germline.vcf.gz",
            common=bundle / "germline_common.vcf.gz",
            known=next((bundle / "known_sites").glob("*.vcf.gz")),
            gatk=f'gatk --java-options "-Xmx{memory} -XX:+UseSerialGC -XX:TieredStopAtLevel=1"',
        )


@dataclass(frozen=True)
class Pair:
    """The samples of a tumour and its normal."""

    patient: str
    tumor: str
    normal: str

    @property
    def id(self) -> str:
        """The pair's id, the stem of its files."""
        return f"{self.tumor}_vs_{self.normal}"


def align_line(row: dict[str, str], trial: Path, files: Files) -> str:
    """From the FASTQs of a lane to its sorted BAM."""
    s, lane = row["sample_id"], row["lane"]
    return (
        f"fastp --in1 {trial / row['fastq_1']} --in2 {trial / row['fastq_2']} --stdout --thread 1 --json {s}.{lane}.json"
        f" --html /dev/null 2> /dev/null | bwa mem -p -t 1 -K 100000000 -Y"
        f" -R '@RG\\tID:{s}.{lane}\\tSM:{s}\\tLB:{s}\\tPL:ILLUMINA' {files.fasta} - 2> /dev/null"
        f" | samtools fixmate -m -u - - | samtools sort -m 256M -l 1 -T {s}.{lane} -o {s}.{lane}.lane.bam -"
    )


def mark_line(s: str) -> str:
    """Merge the lanes of a sample and mark duplicates."""
    return f"samtools merge -u -c -p -o - {s}.*.lane.bam | samtools markdup -T {s}.md --write-index - {s}.md.bam##idx##{s}.md.bam.bai"


def recalibrate_line(s: str, files: Files) -> str:
    """Recalibrate the base qualities of a sample."""
    return (
        f"{files.gatk} BaseRecalibrator -R {files.fasta} -I {s}.md.bam -L {files.target} -ip 100 --known-sites {files.known} -O {s}.table"
        f" && {files.gatk} ApplyBQSR -R {files.fasta} -I {s}.md.bam --bqsr-recal-file {s}.table -O {s}.bam && mv {s}.bai {s}.bam.bai"
    )


def measure_line(s: str, files: Files) -> str:
    """Coverage, statistics and pileups of a sample."""
    return (
        f"mosdepth --by {files.target} --no-per-base --thresholds 1,10,20,30,50,100 --mapq 20 {s} {s}.bam"
        f" && samtools stats --reference {files.fasta} {s}.bam > {s}.stats.txt"
        f" && {files.gatk} GetPileupSummaries -R {files.fasta} -I {s}.bam -V {files.common} -L {files.target} -O {s}.pileups"
    )


def germline_line(n: str, files: Files) -> str:
    """Germline variants of a normal."""
    return (
        f"bcftools mpileup -q 20 -Q 20 -d 2000 -a FORMAT/AD,FORMAT/DP -f {files.fasta} -R {files.target} -Ou {n}.bam"
        f" | bcftools call -m -v -a GQ -Ou - | bcftools norm -m -any -f {files.fasta} -Ou - | bcftools sort -T {n}.sort -Ou -"
        f" | bcftools norm -d exact -Ou - | bcftools filter -e 'QUAL<20 || FORMAT/DP<8' -s weak -Oz -o {n}.germline.vcf.gz -"
        f" && tabix -p vcf {n}.germline.vcf.gz"
    )


def variant_line(pair: Pair, files: Files) -> str:
    """Callable bases and somatic variants of a pair, filtered and annotated."""
    return (
        f"samtools depth -q 10 -Q 20 -s -b {files.target} {pair.tumor}.bam {pair.normal}.bam | wes-biomarkers task callable --out {pair.id}.callable.bed.gz"
        f" && {files.gatk} Mutect2 -R {files.fasta} -I {pair.tumor}.bam -I {pair.normal}.bam -normal {pair.normal} -L {files.target} --germline-resource {files.germline}"
        f" --native-pair-hmm-threads 1 --f1r2-tar-gz {pair.id}.f1r2.tar.gz -O {pair.id}.raw.vcf.gz"
        f" && {files.gatk} LearnReadOrientationModel -I {pair.id}.f1r2.tar.gz -O {pair.id}.model.tar.gz"
        f" && {files.gatk} CalculateContamination -I {pair.tumor}.pileups -matched {pair.normal}.pileups --tumor-segmentation {pair.id}.seg"
        f" -O {pair.id}.contamination.table"
        f" && {files.gatk} FilterMutectCalls -R {files.fasta} -V {pair.id}.raw.vcf.gz --ob-priors {pair.id}.model.tar.gz"
        f" --contamination-table {pair.id}.contamination.table --tumor-segmentation {pair.id}.seg -O {pair.id}.filtered.vcf.gz"
        f" && bcftools norm -m -any -f {files.fasta} -Ou {pair.id}.filtered.vcf.gz | bcftools sort -Ob -T {pair.id}.sort -o {pair.id}.bcf -"
        f" && bcftools index {pair.id}.bcf && bcftools annotate -a {files.germline} -c INFO/POP_AF:=INFO/AF -Ou {pair.id}.bcf"
        f" | bcftools csq --local-csq -s - -f {files.fasta} -g {files.annotation} -Oz -o {pair.id}.somatic.vcf.gz -"
        f" && tabix -p vcf {pair.id}.somatic.vcf.gz"
    )


def copy_line(pair: Pair, files: Files) -> str:
    """Bins and segments of a pair."""
    return (
        f"mkdir {pair.id}.cnv && cnvkit.py batch {pair.tumor}.bam --reference pool.cnn --fasta {files.fasta} --seq-method hybrid"
        f" --segment-method cbs --processes 1 --drop-low-coverage --output-dir {pair.id}.cnv"
        f" && mv {pair.id}.cnv/{pair.tumor}.cnr {pair.id}.cnr && mv {pair.id}.cnv/{pair.tumor}.cns {pair.id}.cns"
    )


def feature_line(pair: Pair, files: Files) -> str:
    """The records of a pair, and its folder."""
    ids = f"--patient-id {pair.patient} --pair-id {pair.id}"
    results = " ".join(f"{pair.id}.{name}" for name in RESULTS)
    return (
        f"wes-biomarkers feature copy-number --cnr {pair.id}.cnr --cns {pair.id}.cns --germline-vcf {pair.normal}.germline.vcf.gz"
        f" --tumor {pair.tumor}.bam --reference {files.bundle} {ids} --segments-out {pair.id}.segments.tsv"
        f" --genes-out {pair.id}.gene_copies.tsv --het-sites-out {pair.id}.het_sites.tsv -o {pair.id}.copy_number.json"
        f" && wes-biomarkers feature msi --tumor {pair.tumor}.bam --normal {pair.normal}.bam --reference {files.bundle} {ids}"
        f" --sites-out {pair.id}.msi_sites.tsv.gz -o {pair.id}.msi.json"
        f" && wes-biomarkers feature signatures --vcf {pair.id}.somatic.vcf.gz --reference {files.bundle} {ids} -o {pair.id}.signatures.json"
        f" && wes-biomarkers feature clonality --vcf {pair.id}.somatic.vcf.gz --segments {pair.id}.segments.tsv"
        f" --purity-record {pair.id}.copy_number.json --reference {files.bundle} {ids} --variants-out {pair.id}.clonality.tsv"
        f" -o {pair.id}.clonality.json"
        f" && wes-biomarkers feature tmb --vcf {pair.id}.somatic.vcf.gz --callable {pair.id}.callable.bed.gz --reference {files.bundle}"
        f" {ids} --clonality {pair.id}.clonality.tsv --min-callable-mb 0.02 -o {pair.id}.tmb.json"
        f" && wes-biomarkers feature drivers --vcf {pair.id}.somatic.vcf.gz --callable {pair.id}.callable.bed.gz"
        f" --segments {pair.id}.segments.tsv --clonality {pair.id}.clonality.tsv --msi-record {pair.id}.msi.json"
        f" --reference {files.bundle} {ids} --drivers-out {pair.id}.drivers.tsv -o {pair.id}.drivers.json"
        f" && wes-biomarkers task pair {ids} --tumor {pair.tumor} --normal {pair.normal} --vcf {pair.id}.somatic.vcf.gz"
        f" --callable {pair.id}.callable.bed.gz --contamination {pair.id}.contamination.table --coverage ."
        f" --reference {files.bundle} --out pairs/{pair.id} {results}"
    )


def study_line(samples: list[str], pairs: list[Pair], files: Files) -> str:
    """The study, the cohort's tables and its report."""
    per_pair = ("callable", "called", "copies", "annotated", "features")
    stages = "".join(
        [f"aligned\\t{s}\\nmeasured\\t{s}\\n" for s in samples]
        + [f"{stage}\\t{pair.id}\\n" for pair in pairs for stage in per_pair]
    )
    return (
        f"wes-biomarkers task resolve samplesheet.csv --base-dir . --reference {files.bundle} --out resolved.json"
        f" && printf 'stage\\tid\\n{stages}' > completed.tsv && printf 'tool\\tversion\\n' > versions.tsv"
        f" && wes-biomarkers task study --resolved resolved.json --reference {files.bundle} --completed completed.tsv"
        f" --versions versions.tsv -o study.json && wes-biomarkers cohort build . --out cohort"
        f" && wes-biomarkers report cohort -o report.html"
    )


def plain_stages(rows: list[dict[str, str]], trial: Path, memory: str) -> list[list[str]]:
    """The pipeline's tool commands as shell lines, grouped in stages whose lines are independent."""
    files = Files.of(trial / "bundle", memory)
    samples = {row["sample_id"]: row for row in rows}
    normals = {row["patient_id"]: row["sample_id"] for row in rows if row["role"] == "normal"}
    pairs = [
        Pair(row["patient_id"], sample, normals[row["patient_id"]])
        for sample, row in samples.items()
        if row["role"] == "tumor"
    ]
    used = sorted(normals.values())
    depths = [f"{n}.targetcoverage.cnn" for n in used]
    return [
        [align_line(row, trial, files) for row in rows],
        [mark_line(s) for s in samples],
        [recalibrate_line(s, files) for s in samples],
        [measure_line(s, files) for s in samples],
        [*(germline_line(n, files) for n in used), f"cnvkit.py target {files.target} --split -o bins.bed"],
        [
            f"cnvkit.py coverage {n}.bam bins.bed --fasta {files.fasta} --processes 1 -o {depth}"
            for n, depth in zip(used, depths, strict=True)
        ],
        [f"cnvkit.py reference {' '.join(depths)} --fasta {files.fasta} -o pool.cnn"],
        [
            " && ".join((variant_line(pair, files), copy_line(pair, files), feature_line(pair, files)))
            for pair in pairs
        ],
        [
            "multiqc . --no-version-check --quiet --filename multiqc_report",
            study_line(list(samples), pairs, files),
        ],
    ]


def run_plain(stages: list[list[str]], folder: Path, cores: int, env: dict[str, str]) -> float:
    """Seconds the shell script takes: each stage's lines through `xargs -P cores`."""
    path = folder / "plain.sh"
    script = ["set -euo pipefail", "mkdir -p pairs"]
    for number, stage in enumerate(stages):
        for index, line in enumerate(stage):
            (folder / f"stage{number}.{index:03d}.sh").write_text(f"set -euo pipefail\n{line}\n")
        script.append(f"ls stage{number}.*.sh | xargs -P {cores} -n 1 bash")
    path.write_text("\n".join(script) + "\n")
    start = time.perf_counter()
    done = subprocess.run(["bash", str(path)], cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the plain script failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def run_pipeline(sheet: Path, trial: Path, folder: Path, env: dict[str, str]) -> float:
    """Seconds `wes-biomarkers run` takes."""
    command = [
        "wes-biomarkers", "--quiet", "run", "--input", str(sheet), "--reference", str(trial / "bundle"), "--outdir",
        str(folder / "out"), "--params-file", str(trial / "params.yaml"),
    ]  # fmt: skip
    start = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the pipeline failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def main() -> None:
    """Alternate both, print each run and the median ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patients", default="", help="comma-separated; default all")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--trial", type=Path, default=TRIAL)
    options = parser.parse_args()
    trial = options.trial.resolve()
    rows = read_lanes(trial / "samplesheet.csv", set(filter(None, options.patients.split(","))))
    env = task_environment()
    ratios = []
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as scratch:
            plain, pipeline = Path(scratch, "plain"), Path(scratch, "pipeline")
            plain.mkdir()
            pipeline.mkdir()
            sheet = pipeline / "samplesheet.csv"
            write_subset(rows, trial, sheet)
            shutil.copyfile(sheet, plain / "samplesheet.csv")
            a = run_plain(plain_stages(rows, trial, "3g"), plain, options.cores, env)
            shutil.rmtree(plain)
            b = run_pipeline(sheet, trial, pipeline, env)
        ratios.append(b / a)
        print(f"run {number + 1}: plain {a:.1f} s, pipeline {b:.1f} s, ratio {b / a:.3f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f} over {len(ratios)} runs, {options.cores} cores")


if __name__ == "__main__":
    main()
