"""The records of a VCF that passed every filter, picked as text before they are parsed.

Most calls of a filtered somatic VCF failed; leaving them out here costs a fraction of parsing them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import IO, Any

_BLOCK = 1 << 17  #: bytes of text at a time; they stay in the processor's cache
#: Above this share of records that passed, which is looked at from so many on, picking costs more than it saves.
_MOST_PASSED, _MIN_RECORDS = 0.75, 1000
_FIRST_LINE, _LAST_LINE = b"##fileformat=VCF", b"\n#CHROM\t"


@dataclass(frozen=True)
class Passed:
    """A VCF in memory, with the records that passed.

    Attributes:
        path: where it can be read as long as the context is open.
        has_filter: a record of the whole file carries a FILTER, or there is no record.
    """

    path: str
    has_filter: bool


@contextmanager
def passed_records(path: Path | str) -> Iterator[Passed | None]:
    """The header of a VCF and its records whose FILTER is PASS, unchanged and in their order.

    The first record of each contig is there too, passed or not: from it htslib learns of a contig that the
    header lacks. Every record is checked for its number of columns, order and a single alternate allele; the
    INFO and samples of those left out are not looked at.

    Yields:
        None where anything is out of the ordinary (damaged, unsorted, several alternate alleles, BCF), so that
        a reader of the whole file says what it is, and where most records passed.
    """
    if not hasattr(os, "memfd_create"):  # not Linux
        yield None
        return
    memory = os.memfd_create("passed.vcf")
    try:
        with open(memory, "wb", closefd=False) as target:
            has_filter = _copy(path, target)
        yield None if has_filter is None else Passed(f"/proc/self/fd/{memory}", has_filter)
    finally:
        os.close(memory)


def _copy(path: Path | str, target: IO[bytes]) -> bool | None:
    """Write header and passed records; `Passed.has_filter`, or None."""
    from isal import igzip
    from isal.igzip_lib import error

    damaged: Any = (ValueError, OSError, EOFError, error)
    try:
        with open(path, "rb") as raw:
            source = igzip.open(raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
            header, body = _header(source)
            target.write(header)
            rest = b""
            picker = _Picker(header.count(b"\t", header.index(_LAST_LINE)) + 1)
            for block in chain([body], iter(partial(source.read, _BLOCK), b"")):
                *lines, rest = (rest + block).split(b"\n")
                if lines:
                    target.writelines(picker.pick(lines))
                    if picker.n >= _MIN_RECORDS and picker.n_passed > _MOST_PASSED * picker.n:
                        return None
    except damaged:
        return None
    return None if rest else picker.has_filter or picker.n == 0


def _header(source: IO[bytes]) -> tuple[bytes, bytes]:
    """The header, and what was read beyond it; ValueError when there is none."""
    text = block = source.read(_BLOCK)
    while block and text.startswith(_FIRST_LINE):
        last = text.find(_LAST_LINE)
        end = text.find(b"\n", last + 1) + 1 if last >= 0 else 0
        if end:
            return text[:end], text[end:]
        block = source.read(_BLOCK)
        text += block
    raise ValueError("no header")


class _Picker:
    """Picks records block by block, and raises ValueError at anything out of the ordinary."""

    def __init__(self, n_column: int) -> None:
        self.n_column = n_column
        self.n = self.n_passed = 0
        self.has_filter = False
        self._seen: set[bytes] = set()
        self._chrom, self._position = b"", 0

    def pick(self, lines: list[bytes]) -> Iterator[bytes]:
        """The lines to keep, with their ends, of at least one."""
        columns = list(zip(*[line.split(b"\t") for line in lines], strict=True))
        if len(columns) != self.n_column:
            raise ValueError("columns")
        chroms, positions, _, refs, alts, _, filters = columns[:7]
        is_plain = b"".join(positions).isdigit() and b",".join(alts).count(b",") < len(alts)
        if not is_plain or any(b"" in column for column in (chroms, positions, refs, alts, filters)):
            raise ValueError("values")
        new = self._check_order(chroms, list(map(int, positions)))
        self.n += len(lines)
        self.n_passed += filters.count(b"PASS")
        self.has_filter = self.has_filter or any(
            filter_ != b"." != alt for filter_, alt in zip(filters, alts, strict=True)
        )
        for index, filter_ in enumerate(filters):
            if filter_ == b"PASS" or index in new:
                yield lines[index] + b"\n"

    def _check_order(self, chroms: tuple[bytes, ...], positions: list[int]) -> set[int]:
        """Where in the block contigs begin."""
        new, start = set(), 0
        for chrom, run in groupby(chroms):
            end = start + len(list(run))
            if chrom != self._chrom:
                if chrom in self._seen:
                    raise ValueError("contig in two places")
                self._seen.add(chrom)
                self._chrom, self._position = chrom, 0
                new.add(start)
            places = positions[start:end]
            if places[0] < self._position or places != sorted(places):
                raise ValueError("positions fall")
            self._position, start = places[-1], end
        return new
