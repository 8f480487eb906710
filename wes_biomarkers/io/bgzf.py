"""Compressed variant files that were cut short: a missing closing block, records that break off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError

_CLOSING_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def closing_block_faults(path: Path | str) -> list[Fault]:
    """A fault where a bgzip file (or BCF) lacks its closing block, an empty one (SAM specification, 4.1.2).

    Files of another kind have none to lack.
    """
    with open(path, "rb") as handle:
        head = handle.read(18)
        if head[:4] != b"\x1f\x8b\x08\x04" or head[12:14] != b"BC":
            return []
        handle.seek(-min(len(_CLOSING_BLOCK), handle.seek(0, 2)), 2)
        if handle.read() == _CLOSING_BLOCK:
            return []
    rule = "is truncated: the closing block of bgzip is missing"
    return [Fault(rule, "Copy it again.", file=str(path))]


@contextmanager
def whole_file(path: Path | str) -> Iterator[None]:
    """Read a VCF or BCF inside: cut or broken anywhere, it ends in an InputError.

    Fields are decoded when asked for, so what is done with a record belongs inside too.

    Raises:
        InputError: its closing block is missing, or a record cannot be decoded.
    """
    if faults := closing_block_faults(path):
        raise InputError(faults)
    try:
        yield
    except Exception as error:
        rule = "cannot be read to its end: truncated or damaged"
        raise InputError([Fault(rule, "Copy it again, or make it again.", file=str(path))]) from error
