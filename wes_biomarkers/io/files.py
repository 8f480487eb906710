"""Opening text in any encoding a spreadsheet writes, the package's own files, atomic writing, and checksums."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it on success and removed on failure.

    A device or pipe (`/dev/stdout`, a process substitution) is written to directly.

    >>> with atomic_path("/nonexistent-folder/x") as tmp: pass
    Traceback (most recent call last):
    ...
    FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent-folder'
    """
    target = Path(path)
    if target.parent == Path("/dev") or (target.exists() and not (target.is_file() or target.is_dir())):
        yield target
        return
    if not target.parent.is_dir():
        raise FileNotFoundError(2, "No such file or directory", str(target.parent))
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name}.", suffix=".tmp" + target.suffix
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text with Unix line ends, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path | str, data: Any) -> None:
    """Write JSON, indented and with a final newline, atomically."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file.

    Raises:
        InputError: when the file is missing or is not JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            [Fault("not valid JSON", f"Mend it near line {error.lineno}.", file=str(path), row=error.lineno)]
        ) from error


def read_text(path: Path | str) -> str:
    """The text of a file, plain or gzip: UTF-8 with or without byte-order mark, UTF-16 with one; all line ends
    become \\n.

    Raises:
        InputError: when the file is missing, a folder, unreadable, a damaged gzip, or not such text.
    """
    name = str(path)
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError([Fault("no such file", "Check the path.", file=name)]) from error
    except IsADirectoryError as error:
        raise InputError(
            [Fault("is a folder, not a file", "Give the file's own path.", file=name)]
        ) from error
    except PermissionError as error:
        raise InputError([Fault("may not be read", "Ask for read permission.", file=name)]) from error
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            rule = "its gzip stream is cut short or damaged"
            raise InputError([Fault(rule, "Copy or download it again.", file=name)]) from error
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError([Fault("is not UTF-8 text", "Save it as UTF-8.", file=name, row=row)]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def packaged_text(name: str) -> str:
    """The text of a file of definitions/ that comes with the package, such as `tmb.toml`."""
    return resources.files("wes_biomarkers.definitions").joinpath(name).read_text(encoding="utf-8")


def sha256_file(path: Path | str) -> str:
    """The SHA-256 of a file's bytes, as hex digits."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
