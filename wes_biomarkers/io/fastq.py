"""Reading FASTQ pairs far enough to know that they are whole and belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO

from wes_biomarkers.errors import Fault

#: Reads compared where the files are too large to be read to their ends, or a quick check was asked for.
SAMPLE_READS = 10_000

_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER = 1 << 20
_COPY_AGAIN = "Copy or download it again."
_SECOND_MATE = re.compile(rb"\S+(/2\s| 2:[YN]:)")
_MATE_SUFFIX = re.compile(rb"/[123]$")


class _Broken(Exception):
    """A FASTQ that cannot be read on: which file, what is wrong, and the line."""

    def __init__(self, path: str, rule: str, remedy: str, line: int | None = None) -> None:
        super().__init__(rule)
        self.fault = Fault(rule, remedy, file=path, row=line)


@dataclass
class _Reader:
    """One FASTQ, read as chunks of header lines; every record read is checked."""

    path: str
    handle: IO[bytes]
    reads: int = 0

    def header_chunks(self, size: int) -> Iterator[list[bytes]]:
        """Headers of `size` reads at a time.

        Raises:
            _Broken: not FASTQ, or a damaged gzip stream.
        """
        while lines := self._lines(4 * size):
            if len(lines) % 4:
                rule = "ends in the middle of a read"
                raise _Broken(self.path, rule, _COPY_AGAIN, 4 * self.reads + len(lines))
            headers = lines[::4]
            self._check_records(lines)
            self.reads += len(headers)
            yield headers

    def _lines(self, count: int) -> list[bytes]:
        import zlib

        try:
            return list(islice(self.handle, count))
        except EOFError as error:
            raise _Broken(self.path, "truncated gzip", _COPY_AGAIN) from error
        except (zlib.error, OSError) as error:
            raise _Broken(self.path, "damaged gzip", _COPY_AGAIN) from error

    def _check_records(self, lines: list[bytes]) -> None:
        for index, header in enumerate(lines[::4]):
            if not header.startswith(b"@"):
                self._not_fastq(4 * index, "a read's first line does not begin with @")
        same = list(map(len, lines[1::4])) == list(map(len, lines[3::4]))
        if same and all(plus.startswith(b"+") for plus in set(lines[2::4])):
            return  # else line by line: only line ends may differ
        for start in range(0, len(lines), 4):
            _, bases, plus, qualities = lines[start : start + 4]
            if not plus.startswith(b"+"):
                self._not_fastq(start + 2, "a read's third line does not begin with +")
            if len(bases.strip()) != len(qualities.strip()):
                self._not_fastq(start + 3, "bases and qualities differ in length")

    def _not_fastq(self, offset: int, rule: str) -> None:
        line = 4 * self.reads + offset + 1
        raise _Broken(self.path, f"not FASTQ: {rule}", "Give a FASTQ file.", line)


def read_first_line(path: Path | str) -> str:
    """The first line of a plain or gzip FASTQ, or an empty string when there is none or it cannot be read."""
    try:
        with _open(str(path)) as handle:
            return handle.readline(1000).decode("ascii", "replace").rstrip()
    except (_Broken, EOFError, OSError):
        return ""


def _open(path: str) -> IO[bytes]:
    from isal import igzip

    with open(path, "rb") as handle:
        zipped = handle.read(2) == _GZIP_MAGIC
    if zipped != path.lower().endswith(".gz"):
        rule = (
            "is gzip, but its name does not end in .gz"
            if zipped
            else "is not gzip, though its name ends in .gz"
        )
        raise _Broken(path, rule, "Rename it, or compress it again.")
    import io

    if zipped:
        return io.BufferedReader(igzip.open(path, "rb"), _BUFFER)
    return open(path, "rb", buffering=_BUFFER)


def read_name(header: bytes) -> bytes:
    """The name both mates share: up to the first blank, without a trailing /1, /2 or /3.

    >>> read_name(b"@A:1:2/1 1:N:0\\n")
    b'@A:1:2'
    """
    return _MATE_SUFFIX.sub(b"", header.split(None, 1)[0])


def _same_names(first: list[bytes], second: list[bytes]) -> int | None:
    """The index of the first header whose mate has another name, None when all agree."""
    if first == second:
        return None
    for index, (one, two) in enumerate(zip(first, second, strict=False)):
        if one != two and read_name(one) != read_name(two):
            return index
    return None


def check_fastqs(paths: tuple[str, ...], *, whole: bool) -> list[Fault]:
    """Whether the FASTQs of one lane (R1, R2, perhaps UMIs) are whole and hold the same reads in one order.

    Reads all files side by side, in memory of one chunk each.

    Args:
        paths: readable files, R1 first.
        whole: read to the ends; else only the first SAMPLE_READS reads.

    Returns:
        Faults: not FASTQ, truncated or damaged gzip, no reads, mates of different number or names, R1 and R2
        exchanged. The first fault of a lane ends its check.
    """
    try:
        with ExitStack() as stack:
            readers = [_Reader(path, stack.enter_context(_open(path))) for path in paths]
            return _compare(readers, whole)
    except _Broken as broken:
        return [broken.fault]


def _compare(readers: list[_Reader], whole: bool) -> list[Fault]:
    first, *others = readers
    for chunks in zip_longest(*(reader.header_chunks(SAMPLE_READS) for reader in readers), fillvalue=[]):
        if first.reads <= SAMPLE_READS and (exchanged := _exchanged(first, chunks[0])):
            return exchanged
        start = max(reader.reads for reader in readers) - max(map(len, chunks))
        for reader, chunk in zip(others, chunks[1:], strict=True):
            index = _same_names(chunks[0], chunk)
            if index is not None:
                rule = f"read {start + index + 1} has another name than in {Path(first.path).name}"
                remedy = "Give the two files of one run, their reads in the same order."
                return [Fault(rule, remedy, file=reader.path, row=4 * (start + index) + 1)]
        if not whole or len(set(map(len, chunks))) > 1:
            break
    if not any(reader.reads for reader in readers):
        return [Fault("holds no reads", "Remove the lane, or give its files.", file=first.path)]
    return _count_faults(first, others)


def _exchanged(first: _Reader, headers: list[bytes]) -> list[Fault]:
    """R1 and R2 the wrong way round, as far as the first read name of R1 tells."""
    if not headers or not _SECOND_MATE.match(headers[0]):
        return []
    rule = "holds the second reads of the pairs, by their names"
    return [Fault(rule, "Exchange fastq_1 and fastq_2.", file=first.path)]


def _count_faults(first: _Reader, others: list[_Reader]) -> list[Fault]:
    faults = []
    for reader in others:
        if reader.reads != first.reads:
            more, fewer = (reader, first) if reader.reads > first.reads else (first, reader)
            rule = f"ends after {fewer.reads} reads; {Path(more.path).name} has more"
            remedy = "Give the two files of one run; copy the shorter one again."
            faults.append(Fault(rule, remedy, file=fewer.path))
    return faults
