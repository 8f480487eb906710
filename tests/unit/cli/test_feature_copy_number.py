"""`feature copy-number` from the files a user has, on a simulated tumour and on damaged ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from feature_cases import caller

from wes_biomarkers.features.segments import COLUMNS
from wes_biomarkers.io.allele_counts import write_het_sites
from wes_biomarkers.io.segments import read_segments, write_segments
from wes_biomarkers.simulate.copy_number import TumorPlan, simulate_tumor

run = caller("copy-number")


@pytest.fixture(scope="module")
def tumor():
    return simulate_tumor(3, TumorPlan(purity=0.6, n_bin=4000, n_het=2500))


@pytest.fixture(scope="module")
def files(tumor, tmp_path_factory) -> dict[str, Path]:
    """A tumour's bins, its true segments as CNVkit writes segments, and its heterozygous sites."""
    folder = tmp_path_factory.mktemp("tumor")
    bins, truth = tumor.bins, tumor.truth
    rows = zip(bins.chrom, bins.start, bins.end, bins.log2, bins.depth, bins.weight, strict=True)
    lines = [f"{c}\t{s}\t{e}\t-\t{v}\t{d}\t{w}" for c, s, e, v, d, w in rows]
    (folder / "T1.cnr").write_text(
        "\n".join(["chromosome\tstart\tend\tgene\tlog2\tdepth\tweight", *lines]) + "\n"
    )
    rows = zip(truth.chrom, truth.start, truth.end, truth.log2, truth.n_bin, strict=True)
    lines = [f"{c}\t{s}\t{e}\t-\t{0.0 if np.isnan(v) else v}\t{n}" for c, s, e, v, n in rows]
    (folder / "T1.cns").write_text("\n".join(["chromosome\tstart\tend\tgene\tlog2\tprobes", *lines]) + "\n")
    write_het_sites(folder / "het.tsv", tumor.het)
    return {name: folder / name for name in ("T1.cnr", "T1.cns", "het.tsv")}


def test_bins_segments_and_sites_give_purity_and_copies(capsys, tmp_path, tumor, files):
    out = tmp_path / "segments.tsv"
    code, printed, _ = run(
        capsys, "--cnr", files["T1.cnr"], "--cns", files["T1.cns"], "--het-sites", files["het.tsv"],
        "--build", "GRCh38", "--sex", "female", "--patient-id", "P1", "--segments-out", out,
    )  # fmt: skip
    assert code == 0
    purity, copies = json.loads(printed)
    assert (purity["feature"], purity["patient_id"], purity["pair_id"]) == ("purity", "P1", "T1")
    assert purity["status"] == "ok"
    assert purity["values"]["purity"] == pytest.approx(0.6, abs=0.05)
    assert copies["values"]["ploidy"] == pytest.approx(tumor.ploidy, abs=0.2)
    assert copies["values"]["wgd"] is False
    for name in ("hrd_loh", "hrd_lst", "hrd_tai", "loh_fraction", "fga_allelic", "arm_gain"):
        assert copies["values"][name] is not None, name
    assert "positions of genes are unknown" in copies["reason"]

    # The segments written give the same scores again.
    code, printed, _ = run(capsys, "--segments", out, "--build", "GRCh38", "--sex", "female")
    again = json.loads(printed)
    assert (code, again["feature"], again["pair_id"]) == (0, "copy_number", "segments")
    assert again["values"] == copies["values"]


def test_equal_inputs_give_equal_bytes(capsys, tmp_path, files):
    printed = []
    for name in ("a", "b"):
        segments = tmp_path / f"{name}.tsv"
        words = ("--cnr", files["T1.cnr"], "--cns", files["T1.cns"], "--het-sites", files["het.tsv"])
        printed.append((run(capsys, *words, "--segments-out", segments)[1], segments.read_bytes()))
    assert printed[0] == printed[1]


def test_without_heterozygous_sites_log_ratios_still_speak(capsys, files):
    code, printed, _ = run(capsys, "--cnr", files["T1.cnr"], "--cns", files["T1.cns"])
    purity, copies = json.loads(printed)
    assert code == 0
    assert purity["status"] == "not_evaluable"
    assert purity["values"]["purity"] is None
    assert "0 heterozygous sites" in purity["reason"]
    assert copies["status"] == "ok"
    assert copies["values"]["fga_log2"] > 0
    assert copies["values"]["ploidy"] is None
    assert purity["reason"] in copies["reason"]


def test_segments_of_cnvkit_alone(capsys, files):
    code, printed, _ = run(capsys, "--cns", files["T1.cns"])
    purity, copies = json.loads(printed)
    assert (code, purity["status"]) == (0, "not_evaluable")
    assert copies["values"]["n_segment"] > 20


def test_one_heterozygous_site_is_too_few(capsys, tmp_path, files):
    table = tmp_path / "het.tsv"
    table.write_text("chrom\tstart\tt_ref\tt_alt\nchr1\t1000000\t20\t30\n")
    code, printed, _ = run(capsys, "--cnr", files["T1.cnr"], "--cns", files["T1.cns"], "--het-sites", table)
    assert code == 0
    assert "1 heterozygous sites" in json.loads(printed)[0]["reason"]


@pytest.fixture
def segments_file(tmp_path) -> Path:
    path = tmp_path / "P9.segments.tsv"
    rows = [
        "chr1 0 60000000 50 0.4 20 .4 3 1 .5",
        "chr1 70000000 200000000 50 0 20 .5 2 1 .5",
        "chr2 0 90000000 9 . . . . . .",
    ]
    rows[2] = "chr2 0 90000000 9 -1.5 0 . 0 0 .5"
    path.write_text("\n".join("\t".join(row) for row in [COLUMNS, *(row.split(" ") for row in rows)]) + "\n")
    return path


def test_gaps_between_segments_are_left_out(capsys, segments_file):
    code, printed, _ = run(capsys, "--segments", segments_file)
    values = json.loads(printed)["values"]
    assert code == 0
    assert values["measured_mb"] == 280
    assert values["ploidy"] == pytest.approx((60 * 3 + 130 * 2) / 280)
    assert values["fga_log2"] == pytest.approx(150 / 280)


@pytest.mark.parametrize(
    ("row", "column", "cell", "rule"),
    [
        (2, 1, "50000000", "overlaps"),
        (1, 4, "NaN", "log2 is no finite number"),
        (1, 7, "2.5", "no whole number"),
    ],
)
def test_damaged_segments(capsys, segments_file, row, column, cell, rule):
    lines = [line.split("\t") for line in segments_file.read_text().splitlines()]
    lines[row][column] = cell
    segments_file.write_text("\n".join("\t".join(line) for line in lines) + "\n")
    code, printed, errors = run(capsys, "--segments", segments_file)
    assert (code, printed) == (2, "")
    assert rule in errors and f"row {row + 1}" in errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give --cnr and --cns"),
        (("--segments", "a", "--cns", "b"), "stands alone"),
        (("--cns", "a", "--germline-vcf", "b"), "go together"),
        (("--cns", "a", "--het-sites", "b"), "give --cnr"),
        (("--cns", "a", "--genes", "b"), "needs --reference"),
    ],
)
def test_options_that_do_not_go_together(capsys, words, message):
    code, _, errors = run(capsys, *words)
    assert code == 2
    assert message in errors


def test_files_of_two_builds_are_refused(capsys, tmp_path, files):
    table = tmp_path / "het.tsv"
    table.write_text("chrom\tstart\tt_ref\tt_alt\n1\t1000000\t20\t30\n")
    words = ("--cnr", files["T1.cnr"], "--cns", files["T1.cns"], "--het-sites", table)
    code, _, errors = run(capsys, *words)
    assert code == 3
    assert "shares no contig name" in errors
    code, _, errors = run(capsys, "--cns", files["T1.cns"], "--build", "GRCm38")
    assert code == 2 and "arms are not known" in errors


def test_pictures(capsys, tmp_path, files):
    picture = tmp_path / "genome.svg"
    words = ("--cnr", files["T1.cnr"], "--cns", files["T1.cns"], "--het-sites", files["het.tsv"])
    assert run(capsys, *words, "--plot", picture)[0] == 0
    text = picture.read_text()
    assert "Copy number of T1" in text and "log2 ratio" in text
    code, _, errors = run(capsys, *words, "--plot", tmp_path / "genome.doc")
    assert code == 2 and ".svg, .png, .html" in errors


def test_segments_survive_reading_and_writing(tmp_path, segments_file):
    copy = tmp_path / "copy.tsv"
    write_segments(copy, read_segments(segments_file))
    assert read_segments(copy).columns()["total_cn"].tolist() == [3, 2, 0]


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        (2, "1e30", "end is impossible"),
        (2, "2147483648", "end is impossible"),
        (7, "1e25", "total_cn is impossible"),
        (8, "2", "minor_cn is more than half"),
        (9, "1.5", "cell_fraction is impossible"),
    ],
)
def test_impossible_segments(capsys, segments_file, column, cell, rule):
    lines = [line.split("\t") for line in segments_file.read_text().splitlines()]
    lines[1][column] = cell
    segments_file.write_text("\n".join("\t".join(line) for line in lines) + "\n")
    code, printed, errors = run(capsys, "--segments", segments_file)
    assert (code, printed) == (2, "")
    assert rule in errors and "row 2" in errors


def test_nothing_is_written_where_an_output_cannot_be(capsys, tmp_path, segments_file):
    words = ("--segments", segments_file, "--segments-out", tmp_path / "out.tsv")
    for last in (("--plot", tmp_path / "a.doc"), ("-o", tmp_path / "none" / "r.json")):
        assert run(capsys, *words, *last)[0] == 2
        assert not (tmp_path / "out.tsv").exists()


def test_bins_and_segments_beyond_their_contig(capsys, tmp_path, bundle_of):
    (tmp_path / "T.cnr").write_text("chromosome\tstart\tend\tgene\tlog2\ntoyA\t0\t99000000\t-\t0\n")
    (tmp_path / "T.cns").write_text("chromosome\tstart\tend\tgene\tlog2\tprobes\ntoyA\t0\t50\t-\t0\t1\n")
    words = ("--cnr", tmp_path / "T.cnr", "--cns", tmp_path / "T.cns", "--reference", bundle_of())
    code, _, errors = run(capsys, *words)
    assert code == 3
    assert "T.cnr: reaches beyond its contig" in errors and "row 0" not in errors
