"""The workflow on real tools: what it publishes, resuming, failing pairs, other entries."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pysam
import pytest
from cyvcf2 import VCF
from starlette.testclient import TestClient
from trial_runs import Trial, wes

from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.records import read_records
from wes_biomarkers.launch import locked
from wes_biomarkers.serve.app import create_app

pytestmark = [pytest.mark.pipeline]

PAIRS = ["P01_T1_vs_P01_N", "P02_T1_vs_P02_N", "P02_T2_vs_P02_N"]


def published(outdir: Path) -> dict[str, bytes]:
    """The bytes of every table and published call file, by relative path."""
    kept = [*outdir.glob("cohort/*"), *outdir.glob("pairs/*/**/*"), outdir / "study.json"]
    return {str(path.relative_to(outdir)): path.read_bytes() for path in sorted(kept) if path.is_file()}


def write_sheet(path: Path, rows: list[dict[str, object]]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with open(path, "w", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_stub_of_the_whole_graph(trial: Trial, tmp_path: Path) -> None:
    outdir = tmp_path / "out"
    wes(*trial.run_words(outdir, "--stub"))
    cohort = read_cohort(outdir / "cohort")
    assert sorted(cohort.tables["pair"]["pair_id"]) == PAIRS
    assert set(cohort.tables["pair"]["status"]) == {"ok"}
    for path in outdir.glob("pairs/*/records/*.json"):
        assert read_records(path), path
    for name in ("report/index.html", "multiqc/multiqc_report.html", "study.json"):
        assert (outdir / name).is_file(), name
    for name in ("trace.tsv", "report.html", "timeline.html", "dag.mmd", "params.json", "versions.tsv"):
        assert (outdir / "pipeline_info" / name).is_file(), name


def test_real_run_against_truth(trial: Trial, results: Path) -> None:
    done = wes("validate", results, "--truth", trial.root / "truth", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cohort = read_cohort(results / "cohort")
    biomarker = cohort.tables["biomarker"].set_index("pair_id")
    assert list(biomarker.index) == PAIRS
    assert (biomarker["tmb_per_mb_status"] == "ok").all()
    assert all(
        "synthetic" in flags and "callable_floor_lowered" in flags for flags in biomarker["tmb_per_mb_flags"]
    )
    assert biomarker["mean_coverage_tumor"].between(40, 110).all()


@pytest.mark.parametrize("pair", PAIRS)
def test_tmb_equals_an_independent_count(trial: Trial, results: Path, pair: str) -> None:
    """Counts again from the VCF, the callable BED and coding.bed with sets of positions."""
    counted = {
        "missense", "stop_gained", "stop_lost", "start_lost", "splice_donor", "splice_acceptor", "frameshift",
        "inframe_insertion", "inframe_deletion", "inframe_altering", "splice_donor_variant",
    }  # fmt: skip
    folder = results / "pairs" / pair
    chosen = {
        row["transcript_id"]
        for row in csv.DictReader((trial.bundle / "transcripts.tsv").read_text().splitlines(), delimiter="\t")
        if row["chosen"] == "1"
    }
    coding = {
        (line[0], at)
        for line in map(str.split, (trial.bundle / "coding.bed").read_text().splitlines())
        for at in range(int(line[1]), int(line[2]))
    }
    with gzip.open(folder / "callable.bed.gz", "rt") as handle:
        deep = {(line[0], at) for line in map(str.split, handle) for at in range(int(line[1]), int(line[2]))}
    inside = coding & deep
    n = 0
    vcf = VCF(str(folder / "somatic.vcf.gz"))
    tumor, normal = vcf.samples.index(pair.split("_vs_")[0]), vcf.samples.index(pair.split("_vs_")[1])
    for variant in vcf:
        depths = variant.format("AD")
        alt, total = depths[tumor][1], depths[tumor].sum()
        if (
            variant.FILTER is not None
            or alt < 3
            or variant.format("AF")[tumor][0] < 0.05
            or depths[normal][1] > 3
        ):
            continue
        if (variant.INFO.get("POP_AF") or 0) > 0.001 or not total:
            continue
        touched = {(variant.CHROM, at) for at in range(variant.start, variant.end)}
        if len(variant.REF) != len(variant.ALT[0]):
            touched = {(variant.CHROM, at) for at in range(variant.start, variant.end + 1)}
        terms = {
            term.lstrip("*")
            for entry in (variant.INFO.get("BCSQ") or "").split(",")
            if len(entry.split("|")) > 2 and entry.split("|")[2] in chosen
            for term in entry.split("|")[0].split("&")
        }
        n += bool(touched & inside) and bool(terms & counted)
    record = next(
        r for r in json.loads((folder / "records/tmb.json").read_text()) if r["definition_id"] == "wes_nonsyn"
    )
    assert record["numerator"] == n
    assert record["denominator"] == pytest.approx(len(inside) / 1e6, abs=1e-9)
    assert n > 0 or "P02" in pair


def test_alignments_have_the_right_read_groups(results: Path) -> None:
    with pysam.AlignmentFile(str(results / "samples/P01_T1/P01_T1.bam")) as bam:
        groups = bam.header.to_dict()["RG"]
        seen = {read.get_tag("RG") for read in bam.head(20_000)}
    assert [group["ID"] for group in groups] == ["P01_T1.L1", "P01_T1.L2"]
    assert {group["SM"] for group in groups} == {"P01_T1"}
    assert {group["LB"] for group in groups} == {"P01_T1"}
    assert seen == {"P01_T1.L1", "P01_T1.L2"}


def test_reads_behind_calls_can_be_looked_at(trial: Trial, results: Path, tmp_path: Path) -> None:
    """The browser hands out the kept alignments, and what they hold at each substitution is what was counted."""
    browser = TestClient(
        create_app(results / "cohort", reference=trial.bundle / "genome.fa"), base_url="http://localhost"
    )
    found = browser.get("/api/patient/P01/reads").json()
    assert found["reference"] and found["sentences"] == []
    assert {(each["sample_id"], each["format"]) for each in found["samples"]} == {
        ("P01_T1", "bam"),
        ("P01_N", "bam"),
    }
    for part, name in (("data", "served.bam"), ("index", "served.bam.bai")):
        (tmp_path / name).write_bytes(browser.get(f"/api/alignment/P01_T1/{part}").content)
    variant = read_cohort(results / "cohort").tables["variant"]
    passing = variant[(variant["pair_id"] == PAIRS[0]) & variant["is_pass"] & (variant["kind"] == "snv")]
    assert len(passing) > 20
    with pysam.AlignmentFile(str(tmp_path / "served.bam")) as bam:
        for row in passing.itertuples():
            counts = bam.count_coverage(row.chrom, row.start, row.start + 1, quality_threshold=10)
            seen = dict(zip("ACGT", (counted[0] for counted in counts), strict=True))
            assert abs(seen[row.alt] - row.t_alt) <= 5, f"{row.chrom}:{row.start}"


def test_published_files_name_no_time_path_or_command(trial: Trial, results: Path) -> None:
    for name, data in published(results).items():
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for word in (str(trial.root), str(results), "CommandLine", "bcftools_"):
            assert word.encode() not in text, f"{word} in {name}"


def test_killed_and_resumed_gives_the_same_bytes(trial: Trial, results: Path, tmp_path: Path) -> None:
    outdir = tmp_path / "results"
    words = [sys.executable, "-m", "wes_biomarkers", *map(str, trial.run_words(outdir))]
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    trace = outdir / "pipeline_info" / "trace.tsv"
    while process.poll() is None and not (
        trace.exists() and trace.read_text().count("SAMTOOLS_MARKDUP") >= 2
    ):
        time.sleep(0.2)
    assert process.poll() is None, "the run ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (outdir / "study.json").exists()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:  # Nextflow notices that its parent is gone, and lets go of the folder
        try:
            with locked(outdir):
                break
        except Exception:
            time.sleep(0.5)
    done = wes(*trial.run_words(outdir, "--resume"))
    assert not re.search(r"\b0 kept", done.stderr)
    again, once = published(outdir), published(results)
    assert sorted(again) == sorted(once)
    assert [name for name in once if again[name] != once[name]] == []


def test_one_failing_pair_does_not_stop_the_others(trial: Trial, results: Path, tmp_path: Path) -> None:
    """P01 enters as calls; P02's tumours have a FASTQ cut short, and one broken where a quick check does not look."""
    cut = tmp_path / "P02_T1_R1.fastq.gz"
    whole = (trial.root / "fastq/P02_T1_L1_R1.fastq.gz").read_bytes()
    cut.write_bytes(whole[: len(whole) * 9 // 10])
    reads = trial.root / "fastq"
    bad = tmp_path / "P02_T2_R1.fastq.gz"
    lines = gzip.decompress((reads / "P02_T2_L1_R1.fastq.gz").read_bytes()).split(b"\n")
    lines[-6] = lines[-6][:3]  # the qualities of the last record but one
    bad.write_bytes(gzip.compress(b"\n".join(lines)))
    calls = results / "pairs" / PAIRS[0] / "somatic.vcf.gz"
    rows: list[dict[str, object]] = [
        {"patient_id": "P01", "sample_id": "P01_T1", "role": "tumor", "vcf": calls},
        {"patient_id": "P02", "sample_id": "P02_T1", "role": "tumor", "fastq_1": cut},
        {"patient_id": "P02", "sample_id": "P02_T2", "role": "tumor", "fastq_1": bad},
        {
            "patient_id": "P02",
            "sample_id": "P02_N",
            "role": "normal",
            "fastq_1": reads / "P02_N_L1_R1.fastq.gz",
        },
    ]
    for row in rows[1:]:
        row["fastq_2"] = reads / f"{row['sample_id']}_L1_R2.fastq.gz"
    sheet = write_sheet(tmp_path / "sheet.csv", rows)
    outdir = tmp_path / "out"
    done = wes(*trial.run_words(outdir, "--quick-check", sheet=sheet, tables=False), check=False)
    assert done.returncode == 6, done.stderr
    assert "truncated" in done.stderr
    assert "P02_T2.L1: a FASTQ record is malformed" in done.stderr
    pairs = read_cohort(outdir / "cohort").tables["pair"].set_index("pair_id")
    assert pairs.loc["P02_T1_vs_P02_N", "status"] == "failed"
    assert "alignment of P02_T1 failed" in pairs.loc["P02_T1_vs_P02_N", "reason"]
    assert pairs.loc["P01_T1_vs_P01_N", "status"] == "ok"
    biomarker = read_cohort(outdir / "cohort").tables["biomarker"].set_index("pair_id")
    assert biomarker.loc["P02_T1_vs_P02_N", "tmb_per_mb_status"] == "failed"
    # calls alone say nothing of callable bases
    assert biomarker.loc["P01_T1_vs_P01_N", "tmb_per_mb_status"] == "not_evaluable"
    assert "P02_T1" in (outdir / "pipeline_info/failures.tsv").read_text()


def test_entry_from_alignments(trial: Trial, results: Path, tmp_path: Path) -> None:
    """Alignments of the first run give its calls again, in shards, from paths with spaces, quotes and accents."""
    folder = tmp_path / "it's a naïve folder"
    folder.mkdir()
    rows: list[dict[str, object]] = []
    for sample, role in (("P02_T1", "tumor"), ("P02_N", "normal")):
        for suffix in (".bam", ".bam.bai"):
            shutil.copyfile(results / f"samples/{sample}/{sample}{suffix}", folder / f"{role} 1{suffix}")
        rows.append({"patient_id": "P02", "sample_id": sample, "role": role, "bam": folder / f"{role} 1.bam"})
    outdir = tmp_path / "out"
    sheet = write_sheet(folder / "sheet é.csv", rows)
    wes(*trial.run_words(outdir, "--shard-mb", 0.06, sheet=sheet, tables=False))
    name = f"pairs/{PAIRS[1]}/somatic.vcf.gz"
    calls, whole = (
        {(v.CHROM, v.POS, v.REF, v.ALT[0], v.FILTER) for v in VCF(str(folder / name))}
        for folder in (outdir, results)
    )
    assert calls == whole
    trace = (outdir / "pipeline_info/trace.tsv").read_text()
    assert trace.count("GATK_MUTECT2") >= 2, "the target was not cut"
    assert "GATK_MERGEMUTECTSTATS" in trace


def test_one_run_at_a_time_and_no_overwriting(trial: Trial, results: Path, tmp_path: Path) -> None:
    outdir = tmp_path / "busy"
    outdir.mkdir()
    with locked(outdir):
        done = wes(*trial.run_words(outdir, "--stub"), check=False)
    assert done.returncode == 2
    assert "another run is going on" in done.stderr
    done = wes(*trial.run_words(results), check=False)
    assert done.returncode == 2
    assert "--resume" in done.stderr
