"""The whole workflow on real reads: lanes of FASTQ on a cut of GRCh37, and a BAM pair on a piece of chr22."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path

import pytest
from cyvcf2 import VCF
from trial_runs import wes

from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.software import task_environment

pytestmark = [pytest.mark.real, pytest.mark.pipeline]


def write_sheet(path: Path, rows: list[dict[str, object]]) -> Path:
    with open(path, "w", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_lanes_of_patient_1234(real_data: Path, tmp_path: Path) -> None:
    """A normal in six lanes, a tumour in four and a relapse in three, to tables."""
    data = real_data / "wes_pair_b37_small"
    reference = data / "reference"
    wes(
        "reference", "build", "--fasta", reference / "human_g1k_v37_decoy.small.fasta.gz",
        "--targets", data / "testdata/target.bed", "--known-sites", data / "reference/dbsnp_138.b37.small.vcf.gz",
        "--known-sites", reference / "Mills_and_1000G_gold_standard.indels.b37.small.vcf.gz",
        "--known-sites", reference / "1000G_phase1.indels.b37.small.vcf.gz", "--out", tmp_path / "bundle",
    )  # fmt: skip
    tiny, dummy = data / "testdata/tiny", data / "testdata/dummy"
    lanes = [("1234N", "normal", tiny / f"normal/tiny_n_L00{n}", f"L{n}") for n in (1, 2, 4, 7, 8)]
    lanes += [("1234N", "normal", dummy / "normal/dummy_n", "dummy")]
    lanes += [("9876T", "tumor", tiny / f"tumor/tiny_t_L00{n}", f"L{n}") for n in (1, 2, 3)]
    lanes += [("9876T", "tumor", dummy / "tumor/dummy_t", "dummy")]
    lanes += [("9877R", "tumor", tiny / f"tumor/tiny_t_L00{n}", f"L{n}") for n in (5, 6, 7)]
    rows: list[dict[str, object]] = [
        {
            "patient_id": "1234", "sample_id": sample, "role": role, "sex": "female", "lane": lane,
            "timepoint": "relapse" if sample == "9877R" else "baseline",
            "fastq_1": f"{stem}_R1_xxx.fastq.gz", "fastq_2": f"{stem}_R2_xxx.fastq.gz",
        }
        for sample, role, stem, lane in lanes
    ]  # fmt: skip
    outdir = tmp_path / "out"
    wes("run", "--input", write_sheet(tmp_path / "sheet.csv", rows), "--reference", tmp_path / "bundle",
        "--outdir", outdir)  # fmt: skip
    tables = read_cohort(outdir / "cohort").tables
    biomarker = tables["biomarker"].set_index("pair_id")
    assert list(biomarker.index) == ["9876T_vs_1234N", "9877R_vs_1234N"]
    assert list(biomarker["timepoint"]) == ["baseline", "relapse"]
    assert (tables["pair"]["status"] == "ok").all()
    # one target of 5 kb without an annotation supports no rate, and says so
    assert (biomarker["tmb_per_mb_status"] == "not_evaluable").all()
    assert biomarker["tmb_per_mb"].isna().all()
    reasons = tables["feature"].query("feature == 'tmb' and definition_id == 'wes_nonsyn'")["reason"]
    assert reasons.str.contains("annotation").all()
    assert (biomarker["mean_coverage_normal"] > 10).all()
    assert biomarker["contamination"].isna().all()  # no germline resource: unknown, not 0


def test_bam_pair_equals_a_direct_call(real_data: Path, tmp_path: Path) -> None:
    """Entry from BAM; the calls are those of Mutect2 and FilterMutectCalls run by hand: none.

    The VCF shipped beside the BAMs is of another chromosome and other samples, and is not compared with.
    """
    data = real_data / "bam_pair_chr22_40kb"
    genome, bams = data / "genome", data / "illumina/bam"
    targets = tmp_path / "piece.bed"
    targets.write_text("chr22\t0\t40001\n")
    wes("reference", "build", "--fasta", genome / "genome.fasta", "--targets", targets,
        "--gtf", genome / "genome.gtf", "--out", tmp_path / "bundle")  # fmt: skip
    tumor, normal = bams / "test2.paired_end.sorted.bam", bams / "test.paired_end.sorted.bam"
    rows: list[dict[str, object]] = [
        {"patient_id": "P1", "sample_id": "testT", "role": "tumor", "bam": tumor},
        {"patient_id": "P1", "sample_id": "testN", "role": "normal", "bam": normal},
    ]
    outdir = tmp_path / "out"
    wes("run", "--input", write_sheet(tmp_path / "sheet.csv", rows), "--reference", tmp_path / "bundle",
        "--outdir", outdir)  # fmt: skip
    ours = {
        (v.CHROM, v.POS, v.REF, tuple(v.ALT), v.FILTER)
        for v in VCF(str(outdir / "pairs/testT_vs_testN/somatic.vcf.gz"))
    }
    fasta = tmp_path / "bundle/genome.fa"
    commands = [
        f"gatk Mutect2 -R {fasta} -I {tumor} -I {normal} -normal testN -L {targets}"
        " --f1r2-tar-gz f1r2.tar.gz -O raw.vcf.gz",
        "gatk LearnReadOrientationModel -I f1r2.tar.gz -O model.tar.gz",
        f"gatk FilterMutectCalls -R {fasta} -V raw.vcf.gz --ob-priors model.tar.gz -O filtered.vcf.gz",
        f"bcftools norm -m -any -f {fasta} -Oz -o direct.vcf.gz filtered.vcf.gz",
    ]
    for command in commands:
        done = subprocess.run(
            command.split(), cwd=tmp_path, env=task_environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    direct = {
        (v.CHROM, v.POS, v.REF, tuple(v.ALT), v.FILTER) for v in VCF(os.fspath(tmp_path / "direct.vcf.gz"))
    }
    assert ours == direct
    biomarker = read_cohort(outdir / "cohort").tables["biomarker"]
    assert list(biomarker["tmb_per_mb_status"]) == ["not_evaluable"]
