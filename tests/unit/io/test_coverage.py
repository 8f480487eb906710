import gzip
import io

import pytest

from wes_biomarkers.errors import ToolError
from wes_biomarkers.features.qc import SampleQuality
from wes_biomarkers.io import coverage
from wes_biomarkers.io.coverage import read_bed_mb, read_contamination, read_sample_quality, write_callable


def zipped(path, text):
    path.write_bytes(gzip.compress(text.encode()))
    return path


REGIONS = "toyA\t0\t100\t10.00\ntoyA\t200\t500\t30.00\n"
THRESHOLDS = (
    "#chrom\tstart\tend\tregion\t1X\t10X\t20X\t30X\n"
    "toyA\t0\t100\tunknown\t100\t60\t0\t0\ntoyA\t200\t500\tunknown\t300\t300\t200\t9\n"
)
STATS = (
    "# This file was produced by samtools stats\n"
    "SN\traw total sequences:\t1000\t# excluding supplementary and secondary reads\n"
    "SN\treads mapped:\t800\nSN\treads duplicated:\t100\t# PCR or optical duplicate bit set\nGCF\t1\t2\n"
)


def test_all_measures(tmp_path):
    zipped(tmp_path / "S1.regions.bed.gz", REGIONS)
    zipped(tmp_path / "S1.thresholds.bed.gz", THRESHOLDS)
    (tmp_path / "S1.stats.txt").write_text(STATS)
    assert read_sample_quality(tmp_path, "S1") == SampleQuality(
        mean_coverage=(100 * 10 + 300 * 30) / 400,
        target_10x_fraction=360 / 400,
        target_20x_fraction=200 / 400,
        duplicate_fraction=100 / 800,
        n_read=1000,
    )


def test_regions_with_names_have_their_depth_last(tmp_path):
    zipped(tmp_path / "S1.regions.bed.gz", "toyA\t0\t100\tGENE1\t12.50\n")
    assert read_sample_quality(tmp_path, "S1").mean_coverage == 12.5


def test_missing_files_are_unknown_not_zero(tmp_path):
    assert read_sample_quality(tmp_path, "S1") == SampleQuality(None, None, None, None, None)
    zipped(tmp_path / "S1.regions.bed.gz", REGIONS)
    assert read_sample_quality(tmp_path, "S1") == SampleQuality(mean_coverage=25.0)


def test_nothing_to_divide_by_is_unknown(tmp_path):
    zipped(tmp_path / "S1.regions.bed.gz", "")
    zipped(tmp_path / "S1.thresholds.bed.gz", THRESHOLDS.splitlines()[0] + "\n")
    (tmp_path / "S1.stats.txt").write_text(
        "SN\traw total sequences:\t0\nSN\treads mapped:\t0\nSN\treads duplicated:\t0\n"
    )
    assert read_sample_quality(tmp_path, "S1") == SampleQuality(n_read=0)


def test_a_target_without_reads_is_a_measured_zero(tmp_path):
    zipped(tmp_path / "S1.regions.bed.gz", "toyA\t0\t100\t0.00\n")
    zipped(
        tmp_path / "S1.thresholds.bed.gz",
        "#chrom\tstart\tend\tregion\t10X\t20X\ntoyA\t0\t100\tunknown\t0\t0\n",
    )
    assert read_sample_quality(tmp_path, "S1") == SampleQuality(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sample\tcontamination\terror\nT1\t0.013\t0.004\n", (0.013, 0.004)),
        ("sample\tcontamination\terror\nT1\t0.0\t0.0\n", (0.0, 0.0)),
        ("sample\tcontamination\terror\nT1\tNaN\tNaN\n", None),
        ("sample\tcontamination\terror\nT1\t0.0\tNaN\n", None),
        ("sample\tcontamination\terror\n", None),
        ("", None),
    ],
)
def test_contamination(tmp_path, text, expected):
    (tmp_path / "c.table").write_text(text)
    assert read_contamination(tmp_path / "c.table") == expected


def test_size_of_a_bed(tmp_path):
    text = "#chrom\tstart\tend\ntoyA\t10\t30\n\ntoyB\t0\t1000000\textra\n"
    (tmp_path / "a.bed").write_text(text)
    zipped(tmp_path / "a.bed.gz", text)
    assert read_bed_mb(tmp_path / "a.bed") == read_bed_mb(tmp_path / "a.bed.gz") == pytest.approx(1.00002)


def test_callable_is_zero_based_half_open_and_carries_no_time(tmp_path):
    depths = b"toyA\t1\t20\t10\ntoyA\t2\t20\t9\ntoyA\t3\t19\t10\ntoyA\t4\t20\t10\ntoyA\t5\t99\t99\n"
    depths += b"toyB\t6\t20\t10\n"
    write_callable(io.BytesIO(depths), tmp_path / "a.bed.gz", 20, 10)
    data = (tmp_path / "a.bed.gz").read_bytes()
    assert gzip.decompress(data) == b"toyA\t0\t1\ntoyA\t3\t5\ntoyB\t5\t6\n"
    assert data[3:8] == bytes(5), "no file name and no time in the header"


def test_a_run_across_many_batches_is_one(tmp_path, monkeypatch):
    depths = "".join(f"toyA\t{position}\t30\t30\n" for position in range(1, 1001)).encode()
    monkeypatch.setattr(coverage, "BLOCK_BYTES", 64)
    assert len(list(coverage._depth_batches(io.BytesIO(depths)))) > 100
    write_callable(io.BytesIO(depths), tmp_path / "a.bed.gz", 20, 10)
    assert gzip.decompress((tmp_path / "a.bed.gz").read_bytes()) == b"toyA\t0\t1000\n"


def test_no_depths_is_an_empty_bed(tmp_path):
    write_callable(io.BytesIO(b""), tmp_path / "a.bed.gz", 20, 10)
    assert gzip.decompress((tmp_path / "a.bed.gz").read_bytes()) == b""


@pytest.mark.parametrize("end", [b"toyA\t2", b"toyA\t2\t20\n", b"toyA\ttwo\t20\t20\n"])
def test_depths_that_stop_in_the_middle_are_a_tool_error(tmp_path, end):
    with pytest.raises(ToolError, match="samtools depth"):
        write_callable(io.BytesIO(b"toyA\t1\t20\t10\n" + end), tmp_path / "a.bed.gz", 20, 10)
    assert list(tmp_path.iterdir()) == []
