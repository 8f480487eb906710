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


def plain_stages(rows: list[dict[str, str]], trial: Path, memory: str) -> list[list[str]]:
    """The pipeline's tool commands as shell lines, grouped in stages whose lines are independent."""
    bundle = trial / "bundle"
    fasta, target = bundle / "genome.fa", bundle / "targets" / "targets.bed"
    germline, common = bundle / "germline.vcf.gz", bundle / "germline_common.vcf.gz"
    known = next((bundle / "known_sites").glob("*.vcf.gz"))
    gatk = f'gatk --java-options "-Xmx{memory} -XX:+UseSerialGC -XX:TieredStopAtLevel=1"'
    samples = {row["sample_id"]: row for row in rows}
    normals = {row["patient_id"]: row["sample_id"] for row in rows if row["role"] == "normal"}
    tumors = [
        (s, normals[r["patient_id"]], r["patient_id"]) for s, r in samples.items() if r["role"] == "tumor"
    ]
    align = [
        f"fastp --in1 {trial / r['fastq_1']} --in2 {trial / r['fastq_2']} --stdout --thread 1 --json {s}.{r['lane']}.json"
        f" --html /dev/null 2> /dev/null | bwa mem -p -t 1 -K 100000000 -Y"
        f" -R '@RG\\tID:{s}.{r['lane']}\\tSM:{s}\\tLB:{s}\\tPL:ILLUMINA' {fasta} - 2> /dev/null"
        f" | samtools fixmate -m -u - - | samtools sort -m 256M -l 1 -T {s}.{r['lane']} -o {s}.{r['lane']}.lane.bam -"
        for r in rows
        for s in [r["sample_id"]]
    ]
    mark = [
        f"samtools merge -u -c -p -o - {s}.*.lane.bam | samtools markdup -T {s}.md --write-index - {s}.md.bam##idx##{s}.md.bam.bai"
        for s in samples
    ]
    recal = [
        f"{gatk} BaseRecalibrator -R {fasta} -I {s}.md.bam -L {target} -ip 100 --known-sites {known} -O {s}.table"
        f" && {gatk} ApplyBQSR -R {fasta} -I {s}.md.bam --bqsr-recal-file {s}.table -O {s}.bam && mv {s}.bai {s}.bam.bai"
        for s in samples
    ]
    qc = [
        f"mosdepth --by {target} --no-per-base --thresholds 1,10,20,30,50,100 --mapq 20 {s} {s}.bam"
        f" && samtools stats --reference {fasta} {s}.bam > {s}.stats.txt"
        f" && {gatk} GetPileupSummaries -R {fasta} -I {s}.bam -V {common} -L {target} -O {s}.pileups"
        for s in samples
    ]
    wes = "wes-biomarkers"
    used = sorted(normals.values())
    germline_calls = [
        f"bcftools mpileup -q 20 -Q 20 -d 2000 -a FORMAT/AD,FORMAT/DP -f {fasta} -R {target} -Ou {n}.bam"
        f" | bcftools call -m -v -a GQ -Ou - | bcftools norm -m -any -f {fasta} -Ou - | bcftools sort -T {n}.sort -Ou -"
        f" | bcftools norm -d exact -Ou - | bcftools filter -e 'QUAL<20 || FORMAT/DP<8' -s weak -Oz -o {n}.germline.vcf.gz -"
        f" && tabix -p vcf {n}.germline.vcf.gz"
        for n in used
    ]
    bins = [f"cnvkit.py target {target} --split -o bins.bed"]
    normal_depth = [
        f"cnvkit.py coverage {n}.bam bins.bed --fasta {fasta} --processes 1 -o {n}.targetcoverage.cnn"
        for n in used
    ]
    reference = [
        f"cnvkit.py reference {' '.join(f'{n}.targetcoverage.cnn' for n in used)} --fasta {fasta} -o pool.cnn"
    ]
    call = []
    for t, n, patient in tumors:
        pair = f"{t}_vs_{n}"
        ids = f"--patient-id {patient} --pair-id {pair}"
        results = " ".join(f"{pair}.{name}" for name in RESULTS)
        call.append(
            f"samtools depth -q 10 -Q 20 -s -b {target} {t}.bam {n}.bam | {wes} task callable --out {pair}.callable.bed.gz"
            f" && {gatk} Mutect2 -R {fasta} -I {t}.bam -I {n}.bam -normal {n} -L {target} --germline-resource {germline}"
            f" --native-pair-hmm-threads 1 --f1r2-tar-gz {pair}.f1r2.tar.gz -O {pair}.raw.vcf.gz"
            f" && {gatk} LearnReadOrientationModel -I {pair}.f1r2.tar.gz -O {pair}.model.tar.gz"
            f" && {gatk} CalculateContamination -I {t}.pileups -matched {n}.pileups --tumor-segmentation {pair}.seg"
            f" -O {pair}.contamination.table"
            f" && {gatk} FilterMutectCalls -R {fasta} -V {pair}.raw.vcf.gz --ob-priors {pair}.model.tar.gz"
            f" --contamination-table {pair}.contamination.table --tumor-segmentation {pair}.seg -O {pair}.filtered.vcf.gz"
            f" && bcftools norm -m -any -f {fasta} -Ou {pair}.filtered.vcf.gz | bcftools sort -Ob -T {pair}.sort -o {pair}.bcf -"
            f" && bcftools index {pair}.bcf && bcftools annotate -a {germline} -c INFO/POP_AF:=INFO/AF -Ou {pair}.bcf"
            f" | bcftools csq --local-csq -s - -f {fasta} -g {bundle / 'annotation.gff3.gz'} -Oz -o {pair}.somatic.vcf.gz -"
            f" && tabix -p vcf {pair}.somatic.vcf.gz"
            f" && mkdir {pair}.cnv && cnvkit.py batch {t}.bam --reference pool.cnn --fasta {fasta} --seq-method hybrid"
            f" --segment-method cbs --processes 1 --drop-low-coverage --output-dir {pair}.cnv"
            f" && mv {pair}.cnv/{t}.cnr {pair}.cnr && mv {pair}.cnv/{t}.cns {pair}.cns"
            f" && {wes} feature copy-number --cnr {pair}.cnr --cns {pair}.cns --germline-vcf {n}.germline.vcf.gz"
            f" --tumor {t}.bam --reference {bundle} {ids} --segments-out {pair}.segments.tsv"
            f" --genes-out {pair}.gene_copies.tsv --het-sites-out {pair}.het_sites.tsv -o {pair}.copy_number.json"
            f" && {wes} feature msi --tumor {t}.bam --normal {n}.bam --reference {bundle} {ids}"
            f" --sites-out {pair}.msi_sites.tsv.gz -o {pair}.msi.json"
            f" && {wes} feature signatures --vcf {pair}.somatic.vcf.gz --reference {bundle} {ids} -o {pair}.signatures.json"
            f" && {wes} feature clonality --vcf {pair}.somatic.vcf.gz --segments {pair}.segments.tsv"
            f" --purity-record {pair}.copy_number.json --reference {bundle} {ids} --variants-out {pair}.clonality.tsv"
            f" -o {pair}.clonality.json"
            f" && {wes} feature tmb --vcf {pair}.somatic.vcf.gz --callable {pair}.callable.bed.gz --reference {bundle}"
            f" {ids} --clonality {pair}.clonality.tsv --min-callable-mb 0.02 -o {pair}.tmb.json"
            f" && {wes} feature drivers --vcf {pair}.somatic.vcf.gz --callable {pair}.callable.bed.gz"
            f" --segments {pair}.segments.tsv --clonality {pair}.clonality.tsv --msi-record {pair}.msi.json"
            f" --reference {bundle} {ids} --drivers-out {pair}.drivers.tsv -o {pair}.drivers.json"
            f" && {wes} task pair {ids} --tumor {t} --normal {n} --vcf {pair}.somatic.vcf.gz"
            f" --callable {pair}.callable.bed.gz --contamination {pair}.contamination.table --coverage ."
            f" --reference {bundle} --out pairs/{pair} {results}"
        )
    sheet = "samplesheet.csv"
    stages = "".join(
        [f"aligned\\t{s}\\nmeasured\\t{s}\\n" for s in samples]
        + [
            f"{stage}\\t{t}_vs_{n}\\n"
            for t, n, _ in tumors
            for stage in ("callable", "called", "copies", "annotated", "features")
        ]
    )
    last = [
        "multiqc . --no-version-check --quiet --filename multiqc_report",
        f"{wes} task resolve {sheet} --base-dir . --reference {bundle} --out resolved.json"
        f" && printf 'stage\\tid\\n{stages}' > completed.tsv && printf 'tool\\tversion\\n' > versions.tsv"
        f" && {wes} task study --resolved resolved.json --reference {bundle} --completed completed.tsv"
        f" --versions versions.tsv -o study.json && {wes} cohort build . --out cohort && {wes} report cohort -o report.html",
    ]
    return [align, mark, recal, qc, [*germline_calls, *bins], normal_depth, reference, call, last]


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
