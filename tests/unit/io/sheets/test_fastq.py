"""FASTQ mates: whole, of one length, of one name."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest

from wes_biomarkers.io.fastq import SAMPLE_READS, check_fastqs, read_first_line


def both(folder: Path, make: SimpleNamespace, first: list[str], second: list[str]) -> tuple[str, str]:
    return str(make.fastq(folder / "a_1.fq.gz", first, 1)), str(make.fastq(folder / "a_2.fq.gz", second, 2))


@pytest.mark.parametrize(
    ("first", "second"),
    [(["r1", "r2"], ["r1", "r2"]), (["r1/1", "r2/1"], ["r1/2", "r2/2"]), (["a:1 x"], ["a:1 y"])],
)
def test_good_mates(tmp_path: Path, make: SimpleNamespace, first: list[str], second: list[str]) -> None:
    assert check_fastqs(both(tmp_path, make, first, second), whole=True) == []


def test_umi_reads_are_compared_too(tmp_path: Path, make: SimpleNamespace) -> None:
    paths = both(tmp_path, make, ["r1", "r2"], ["r1", "r2"])
    umi = make.fastq(tmp_path / "a_umi.fq.gz", ["r1", "r9"], 3)
    (fault,) = check_fastqs((*paths, str(umi)), whole=True)
    assert (fault.file, fault.row) == (str(umi), 5)


@pytest.mark.parametrize("extra", [1, SAMPLE_READS])
def test_late_faults_need_a_whole_read(tmp_path: Path, make: SimpleNamespace, extra: int) -> None:
    names = [f"r{index}" for index in range(SAMPLE_READS + extra)]
    longer = both(tmp_path, make, names, names[:-1])
    (fault,) = check_fastqs(longer, whole=True)
    assert f"ends after {len(names) - 1} reads" in fault.rule
    assert fault.file == longer[1]
    assert check_fastqs(longer, whole=False) == []
    other = both(tmp_path, make, names, [*names[:-1], "x"])
    (fault,) = check_fastqs(other, whole=True)
    assert fault.rule.startswith(f"read {len(names)} has another name")
    assert fault.row == 4 * len(names) - 3


@pytest.mark.parametrize(
    ("record", "rule", "line"),
    [
        (b"@r\nACGT\n+\nFFF\n", "bases and qualities differ in length", 4),
        (b"@r\nACGT\n-\nFFFF\n", "third line does not begin with +", 3),
    ],
)
def test_late_records_are_checked_too(tmp_path: Path, record: bytes, rule: str, line: int) -> None:
    good = b"@r\nACGT\n+\nFFFF\n" * (SAMPLE_READS + 7)
    paths = tuple(str(tmp_path / f"a_{mate}.fq") for mate in (1, 2))
    for path, data in zip(paths, (good + record + good, good * 2 + b"@r\nAC\r\n+\nFF"), strict=True):
        Path(path).write_bytes(data)
    (fault,) = check_fastqs(paths, whole=True)
    assert rule in fault.rule
    assert (fault.file, fault.row) == (paths[0], 4 * (SAMPLE_READS + 7) + line)
    assert check_fastqs(paths, whole=False) == []
    assert check_fastqs(paths[1:], whole=True) == []  # only line ends differ


def test_exchanged_mates_are_told(tmp_path: Path, make: SimpleNamespace) -> None:
    first, second = both(tmp_path, make, ["r1"], ["r1"])
    (fault,) = check_fastqs((second, first), whole=True)
    assert fault.remedy == "Exchange fastq_1 and fastq_2."


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "holds no reads"),
        (b"@r1\nACGT\n+\n", "ends in the middle of a read"),
        (b">r1\nACGT\n+\nFFFF\n", "not FASTQ: a read's first line does not begin with @"),
        (b"@r1\nACGT\n-\nFFFF\n", "not FASTQ: a read's third line does not begin with +"),
        (b"@r1\nACGT\n+\nFFF\n", "not FASTQ: bases and qualities differ in length"),
        (gzip.compress(b"@r1\nACGT\n+\nFFFF\n", mtime=0), "is gzip, but its name does not end in .gz"),
    ],
)
def test_not_fastq(tmp_path: Path, data: bytes, rule: str) -> None:
    paths = []
    for mate in (1, 2):
        path = tmp_path / f"a_{mate}.fq"
        path.write_bytes(data)
        paths.append(str(path))
    assert [fault.rule for fault in check_fastqs((paths[0], paths[1]), whole=True)] == [rule]


def test_truncated_and_damaged_gzip(tmp_path: Path, make: SimpleNamespace) -> None:
    names = [f"r{index}" for index in range(5000)]
    first, second = both(tmp_path, make, names, names)
    whole = Path(second).read_bytes()
    Path(second).write_bytes(whole[: len(whole) // 2])
    assert [(fault.rule, fault.file) for fault in check_fastqs((first, second), whole=True)] == [
        ("truncated gzip", second)
    ]
    middle = len(whole) // 2
    Path(second).write_bytes(
        whole[:middle] + bytes(255 - b for b in whole[middle : middle + 64]) + whole[middle + 64 :]
    )
    (fault,) = check_fastqs((first, second), whole=True)
    assert fault.file == second


def test_first_line_of_anything(tmp_path: Path, make: SimpleNamespace) -> None:
    assert read_first_line(make.fastq(tmp_path / "a.fq.gz", ["r1"])) == "@r1 1:N:0:A"
    (tmp_path / "b.fq.gz").write_bytes(b"no gzip")
    assert read_first_line(tmp_path / "b.fq.gz") == ""
