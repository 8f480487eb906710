"""Interval files in their many makes, and their faults."""

from __future__ import annotations

import gzip

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.bed import (
    Interval,
    check_intervals,
    kit_name,
    merge_intervals,
    read_intervals,
    shared_bases,
    write_bed,
)

LENGTHS = {"chr1": 100, "chr2": 50}


def plain(intervals):
    return [(i.contig, i.start, i.end) for i in intervals]


@pytest.mark.parametrize(
    "text",
    [
        "chr1\t10\t20\nchr2\t0\t5\n",
        "chr1\t10\t20\tname\t0\t+\nchr2\t0\t5\tname\t0\t-",
        "#c\nbrowser position chr1\ntrack name=x\nchrom\tstart\tend\nchr1\t10\t20\n\nchr2\t0\t5\n",
        "chr1 10 20\nchr2 0 5\n",
        "\ufeffchr1\t10\t20\r\nchr2\t0\t5\r\n",
        "chr1\t10\t20\rchr2\t0\t5\r",
        "@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:100\nchr1\t11\t20\t+\tx\nchr2\t1\t5\t+\tx\n",
    ],
)
def test_makes_of_interval_file(tmp_path, text):
    path = tmp_path / "kit.bed"
    path.write_bytes(text.encode())
    assert plain(read_intervals(path)) == [("chr1", 10, 20), ("chr2", 0, 5)]
    path.write_bytes(gzip.compress(text.encode()))
    assert plain(read_intervals(path)) == [("chr1", 10, 20), ("chr2", 0, 5)]


def test_interval_list_by_its_name_alone(tmp_path):
    path = tmp_path / "kit.interval_list"
    path.write_text("chr1\t1\t20\t+\tx\n")
    assert plain(read_intervals(path)) == [("chr1", 0, 20)]


@pytest.mark.parametrize(
    "first", ["simA x 5", "simA 1e3 5", "simA 5 x", "simA\t\t", "simA start1 end", "simA ² 5"]
)
def test_a_malformed_first_line_is_no_heading(tmp_path, first):
    path = tmp_path / "kit.bed"
    path.write_text(f"{first}\nsimA 1 5\n")
    with pytest.raises(InputError, match="row 1: needs contig"):
        read_intervals(path)


def test_positions_beyond_any_contig(tmp_path):
    path = tmp_path / "kit.bed"
    path.write_text("c\t0\t2147483647\nc\t007\t8\n")
    assert plain(read_intervals(path)) == [("c", 0, 2**31 - 1), ("c", 7, 8)]
    for end in ("2147483648", "9" * 20, "9" * 5000):
        path.write_text(f"c\t0\t{end}\n")
        with pytest.raises(InputError, match="whole numbers up to 2147483647"):
            read_intervals(path)


def test_malformed_lines_are_all_listed(tmp_path):
    path = tmp_path / "kit.bed"
    path.write_text("chr1\t1\t5\nchr1\t9\t9\nchr1\tx\t9\nchr1\t3\nchr1\t-1\t9\n")
    with pytest.raises(InputError) as caught:
        read_intervals(path)
    assert [fault.row for fault in caught.value.faults] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n", gzip.compress(b"chr1\t1\t5\n" * 999, mtime=0)[:-9], b"\xff\xfe\x00"]
)
def test_unusable_files(tmp_path, content):
    path = tmp_path / "kit.bed"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_intervals(path)


def test_beyond_the_end_and_unknown_contigs():
    inside, beyond, unknown = (
        Interval("chr1", 0, 100, 1),
        Interval("chr2", 49, 51, 2),
        Interval("chr3", 0, 1, 3),
    )
    faults = check_intervals([inside, beyond, unknown], LENGTHS, "kit.bed")
    assert [(fault.row, fault.value) for fault in faults] == [(2, "chr2:50-51"), (3, "chr3")]
    (fault,) = check_intervals([Interval("1", 0, 1)], LENGTHS, "kit.bed")
    assert "this file's are of 1 style" in fault.rule
    assert "the FASTA's of chr1 style" in fault.rule


def test_many_faults_are_capped_and_counted():
    faults = check_intervals([Interval("chr1", 0, 1)] + [Interval("chr2", 0, 60)] * 50, LENGTHS, "kit.bed")
    assert len(faults) == 21
    assert faults[-1].rule == "and 30 more such faults"


def test_merging_keeps_the_genome_order(tmp_path):
    order = ["chr10", "chr2"]
    merged = merge_intervals(
        [Interval("chr2", 5, 9), Interval("chr10", 1, 5), Interval("chr10", 5, 7), Interval("chr2", 0, 6)],
        order,
    )
    write_bed(tmp_path / "x.bed", merged)
    assert (tmp_path / "x.bed").read_text() == "chr10\t1\t7\nchr2\t0\t9\n"


def test_shared_bases_by_hand():
    a = [Interval("chr1", 0, 10), Interval("chr1", 20, 30), Interval("chr2", 0, 5)]
    b = [Interval("chr1", 5, 25), Interval("chr2", 4, 9)]
    assert shared_bases(a, b) == shared_bases(b, a) == 5 + 5 + 1


@pytest.mark.parametrize(
    ("file", "name"),
    [("a/Kit v7.bed.gz", "Kit_v7"), ("x.interval_list", "x"), ("ünï.bed", "n_"), (".bed", "target")],
)
def test_kit_names(file, name):
    assert kit_name(file) == name
