"""Files of bgzip: those that were cut short, and parts of one by their place in what it holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from wes_biomarkers.errors import Fault, InputError

_CLOSING_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
#: Bytes read at a time.
_CHUNK = 1 << 20


class BlockFile:
    """What a bgzip file holds, by place, through the index of its blocks (.gzi of `samtools faidx` or `bgzip -r`).

    Attributes:
        size: bytes it holds, uncompressed.
    """

    def __init__(self, path: Path) -> None:
        """Reads the index and the last block.

        Raises:
            InputError: the file is not of bgzip, or the index beside it is of another file.
        """
        self._path = path
        try:
            count, *places = np.fromfile(f"{path}.gzi", "<u8").astype(np.int64).tolist()
            if len(places) != 2 * count:
                raise EOFError
            self._packed, self._plain = np.array([0, *places[::2]]), np.array([0, *places[1::2]])
            self.size = int(self._plain[-1]) + len(self._unpacked(count, count + 1))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            rule = "cannot be read through the index of its blocks (.gzi)"
            remedy = "Compress it by `bgzip`, then run `samtools faidx`."
            raise InputError([Fault(rule, remedy, file=str(path))]) from error

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` (0-based) up to `end`, left out, in pieces."""
        for at in range(start, min(end, self.size), _CHUNK):
            stop = min(at + _CHUNK, end, self.size)
            first = int(np.searchsorted(self._plain, at, "right")) - 1
            found = self._unpacked(first, int(np.searchsorted(self._plain, stop, "left")))
            yield found[at - int(self._plain[first]) : stop - int(self._plain[first])]

    def _unpacked(self, first: int, last: int) -> bytes:
        """What the blocks from `first` up to `last`, left out, hold."""
        start = int(self._packed[first])
        with open(self._path, "rb") as handle:
            handle.seek(start)
            return gzip.decompress(
                handle.read(int(self._packed[last]) - start if last < len(self._packed) else -1)
            )


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
