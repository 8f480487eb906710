"""Text of any size, line by line: plain or gzip, any line ends; one clear message when it cannot be read."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError

#: How many faults of one kind are listed for one file; the rest are counted.
MAX_LISTED = 20


def check_readable(paths: Iterable[Path | str]) -> list[Fault]:
    """A fault for each path that is missing, a folder, empty or may not be read."""
    faults = []
    for path in map(Path, paths):
        if not path.exists():
            faults.append(Fault("no such file", "Check the path.", file=str(path)))
        elif path.is_dir():
            faults.append(Fault("is a folder, not a file", "Give the file's own path.", file=str(path)))
        elif path.stat().st_size == 0:
            faults.append(Fault("is empty", "Give a file with content.", file=str(path)))
        else:
            try:
                path.open("rb").close()
            except PermissionError:
                faults.append(Fault("may not be read", "Ask for read permission.", file=str(path)))
    return faults


def read_lines(path: Path | str) -> Iterator[str]:
    """The lines of a plain or gzip (also bgzip) text file without their ends, LF, CRLF or CR.

    Raises:
        InputError: when the file cannot be opened, its gzip stream is cut or damaged, or it is not UTF-8.
    """
    if faults := check_readable([path]):
        raise InputError(faults)
    with open(path, "rb") as raw:
        zipped = raw.peek(2)[:2] == b"\x1f\x8b"
        binary = gzip.GzipFile(fileobj=raw) if zipped else raw
        text = io.TextIOWrapper(io.BufferedReader(binary, 1 << 18), encoding="utf-8-sig", newline=None)
        try:
            for line in text:
                yield line.rstrip("\n")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                [
                    Fault(
                        "its gzip stream is cut short or damaged",
                        "Copy or download it again.",
                        file=str(path),
                    )
                ]
            ) from error
        except UnicodeDecodeError as error:
            raise InputError(
                [Fault("is not UTF-8 text", "Give the text file itself.", file=str(path))]
            ) from error


class FaultList:
    """Faults of one kind in one file: the first ones in full, the rest as a count."""

    def __init__(self, file: Path | str, limit: int = MAX_LISTED) -> None:
        self._file = str(file)
        self._limit = limit
        self._listed: list[Fault] = []
        self.count = 0

    def add(self, rule: str, remedy: str, *, row: int | None = None, value: str | None = None) -> None:
        """Note one fault of this file."""
        self.count += 1
        if len(self._listed) < self._limit:
            self._listed.append(Fault(rule, remedy, file=self._file, row=row, value=value))

    def faults(self) -> list[Fault]:
        """The faults, with a last line that counts those left out."""
        left = self.count - len(self._listed)
        if not left:
            return list(self._listed)
        rest = Fault(f"and {left} more such faults", f"{self.count} in all.", file=self._file)
        return [*self._listed, rest]
