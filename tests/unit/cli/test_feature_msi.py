"""`feature msi` and `reference msi-baseline` on simulated pairs, from files to a record."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pysam
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.io.msi_tables import read_site_table
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.inputs import BundleInputs
from wes_biomarkers.simulate.msi_reads import SPACING, MsiParameters, simulate_msi_pair

PLAIN = MsiParameters(n_site=70, depth_tumor=80, depth_normal=80, purity=0.7)


def sample_named(source: Path, target: Path, sample: str) -> Path:
    """A copy of a BAM under another sample's name, indexed."""
    with pysam.AlignmentFile(str(source)) as reads:
        header = reads.header.to_dict()
        header["RG"][0]["SM"] = sample
        with pysam.AlignmentFile(str(target), "wb", header=header) as out:
            for read in reads:
                out.write(read)
    pysam.index(str(target))
    return target


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """A folder with an unstable pair, a bundle of its genome, and five further normals."""
    folder = tmp_path_factory.mktemp("msi")
    simulate_msi_pair(folder, replace(PLAIN, unstable_share=0.5), 1)
    (folder / "kit.bed").write_text(f"msi1\t0\t{70 * SPACING}\n")
    build_bundle(
        BundleInputs(folder / "genome.fa", {"kit": folder / "kit.bed"}, synthetic=True), folder / "bundle"
    )
    for number in range(5):
        sample_named(folder / "normal.bam", folder / f"n{number}.bam", f"N{number}")
    return folder


def run(capsys, *words, code=0):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert (stop.value.code or 0) == code, err
    return out if code == 0 else err


def feature(capsys, folder, *words, tumor="tumor.bam", code=0):
    given = ("feature", "msi", "--tumor", folder / tumor, "--reference", folder / "bundle", *words)
    out = run(capsys, *given, code=code)
    return Record.from_dict(json.loads(out)) if code == 0 else out


def test_a_pair_from_files(pair, capsys, tmp_path):
    table = tmp_path / "msi_sites.tsv.gz"
    made = feature(capsys, pair, "--normal", pair / "normal.bam", "--sites-out", table)
    assert (made.status, made.definition_id, made.pair_id, made.patient_id) == (
        "ok",
        "msi_paired",
        "T_vs_N",
        "T",
    )
    assert made.values["msi_class"] == "high" and made.values["msi_score"] > 20
    assert made.flags == ("synthetic",) and made.sample_id == ""
    rows = read_site_table(table)
    assert len(rows) == made.values["n_site"] >= 70
    assert sum(row["unstable"] for row in rows) == made.values["n_site_unstable"] == made.numerator
    assert sum(row["evaluable"] for row in rows) == made.denominator
    assert made.provenance["reference"]["build"] == "genome"
    assert set(made.provenance["inputs"]) == {"tumor_lengths", "normal_lengths"}
    assert str(pair) not in json.dumps(made.as_dict())


def test_equal_inputs_give_equal_bytes_from_one_process_or_two(pair, capsys, tmp_path):
    for name, processes in (("a", 1), ("b", 2)):
        feature_words = ("--sites-out", tmp_path / f"{name}.tsv.gz", "--processes", processes)
        words = ("--normal", pair / "normal.bam", *feature_words, "-o", tmp_path / f"{name}.json")
        run(capsys, "feature", "msi", "--tumor", pair / "tumor.bam", "--reference", pair / "bundle", *words)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.tsv.gz").read_bytes() == (tmp_path / "b.tsv.gz").read_bytes()


def test_options_reach_the_record(pair, capsys):
    words = (
        "--min-site",
        20,
        "--min-depth",
        30,
        "--msi-high-pct",
        99,
        "--msi-low-pct",
        98,
        "--specimen",
        "plasma",
    )
    ids = ("--patient-id", "P7", "--pair-id", "X")
    made = feature(capsys, pair, "--normal", pair / "normal.bam", *words, *ids)
    assert (made.patient_id, made.pair_id, made.values["msi_class"]) == ("P7", "X", "stable")
    assert set(made.flags) == {"low_vaf_specimen", "site_floor_lowered", "synthetic"}
    given = made.provenance["parameters"]["definition"]
    assert (given["site"]["min_depth"], given["score"]["high_pct"]) == (30, 99)
    made = feature(capsys, pair, "--normal", pair / "normal.bam", "--min-depth", 5000)
    assert made.status == "not_evaluable" and made.values["n_site_evaluable"] == 0


def test_a_tumour_alone_against_a_baseline(pair, capsys, tmp_path):
    baseline = tmp_path / "baseline.tsv.gz"
    normals = [pair / f"n{number}.bam" for number in range(5)]
    out = run(
        capsys, "reference", "msi-baseline", "--reference", pair / "bundle", "--out", baseline, *normals
    )
    assert "microsatellites with 5 or more normals" in out
    made = feature(capsys, pair, "--baseline", baseline)
    assert (made.definition_id, made.sample_id, made.pair_id) == ("msi_tumor_only", "T", "")
    assert set(made.flags) == {"no_matched_normal", "synthetic"} and made.values["msi_class"] == "high"
    normal = feature(capsys, pair, "--baseline", baseline, tumor="normal.bam")
    assert normal.values["msi_score"] < 3.5
    err = run(
        capsys,
        "reference",
        "msi-baseline",
        "--reference",
        pair / "bundle",
        "--out",
        baseline,
        *normals[:4],
        code=2,
    )
    assert "needs 5 normals or more, not 4" in err


def test_a_bundle_without_the_list_or_with_an_empty_one(pair, capsys, tmp_path):
    old, bare = tmp_path / "old", tmp_path / "bare"
    shutil.copytree(pair / "bundle", old)
    data = json.loads((old / "reference.json").read_text())
    del data["files"]["microsatellites"]
    (old / "reference.json").write_text(json.dumps(data))
    (tmp_path / "tiny.bed").write_text("msi1\t100\t160\n")
    bundle, _ = build_bundle(BundleInputs(pair / "genome.fa", {"tiny": tmp_path / "tiny.bed"}), bare)
    assert any("no microsatellite in the targets" in note for note in bundle.notes)
    words = ("feature", "msi", "--tumor", pair / "tumor.bam", "--normal", pair / "normal.bam", "--reference")
    for folder, reason in ((old, "lists no microsatellites"), (bare, "the target holds no microsatellite")):
        made = json.loads(run(capsys, *words, folder))
        assert made["status"] == "not_evaluable" and reason in made["reason"]
        assert made["values"]["msi_score"] is None
    words = ("reference", "msi-baseline", "--out", tmp_path / "b.tsv.gz", "--reference", old)
    assert "lists no microsatellites" in run(capsys, *words, *([pair / "normal.bam"] * 5), code=2)


class TestRefusals:
    def test_normal_and_baseline_are_one_or_the_other(self, pair, capsys):
        for words in ((), ("--normal", pair / "normal.bam", "--baseline", "x")):
            assert "give --normal BAM, or without a normal --baseline FILE" in feature(
                capsys, pair, *words, code=2
            )

    def test_cutoffs_the_wrong_way_round(self, pair, capsys):
        words = ("--normal", pair / "normal.bam", "--msi-low-pct", 20)
        assert "the cutoff of low, 20, is above that of high, 10" in feature(capsys, pair, *words, code=2)

    def test_without_index(self, pair, capsys, tmp_path):
        shutil.copy(pair / "normal.bam", tmp_path / "normal.bam")
        err = feature(capsys, pair, "--normal", tmp_path / "normal.bam", code=2)
        assert "has no index beside it" in err and "samtools index" in err

    def test_another_genome(self, pair, capsys, tmp_path):
        simulate_msi_pair(tmp_path, replace(PLAIN, n_site=5, depth_tumor=2, depth_normal=2), 2)
        err = feature(capsys, pair, "--normal", tmp_path / "normal.bam", code=3)
        assert "msi1 has 3500 bases, not 49000" in err

    def test_a_baseline_of_another_genome(self, pair, capsys, tmp_path):
        (tmp_path / "b.tsv").write_text(
            "chrom\tstart\tend\tunit\tn_normal\talleles\tmean\tsd\nx\t1\t12\tA\t9\t11\t.1\t0\n"
        )
        assert "shares no microsatellite" in feature(capsys, pair, "--baseline", tmp_path / "b.tsv", code=3)
