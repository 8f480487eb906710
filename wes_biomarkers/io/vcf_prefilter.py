"""The records of a VCF that passed every filter, picked as text before they are parsed.

Most calls of a filtered somatic VCF failed; leaving them out here costs a fraction of parsing them.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO

_BLOCK = 1 << 17  #: bytes of text at a time, which stay in the processor's cache
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
    header lacks. All records are checked for number of columns, order and a single alternate allele; INFO
    and the samples' values only by who parses the records that passed.

    Yields:
        None where anything is out of the ordinary (damaged, unsorted, several alternate alleles, BCF): a
        reader of the whole file says what it is.
    """
    if not hasattr(os, "memfd_create"):  # not Linux
        yield None
        return
    memory = os.memfd_create("passed.vcf")
    try:
        try:
            with open(memory, "wb", closefd=False) as target:
                has_filter = _copy(path, target)
        except (ValueError, OSError, EOFError, zlib.error):
            yield None
        else:
            yield Passed(f"/proc/self/fd/{memory}", has_filter)
    finally:
        os.close(memory)


def _copy(path: Path | str, target: IO[bytes]) -> bool:
    """Write header and passed records; whether a record carries a FILTER, or there is no record.

    Raises:
        ValueError, OSError, EOFError, zlib.error: the file is out of the ordinary.
    """
    from isal import igzip

    with open(path, "rb") as raw:
        source = igzip.open(raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
        header, rest = _header(source)
        target.write(header)
        picker = _Picker(header.count(b"\t", header.rindex(_LAST_LINE)))
        while block := source.read(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            ...
    return picker.has_filter
