"""Calling outside programs, with one clear error when one is missing or fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from wes_biomarkers.errors import ToolError

_TAIL = 2000


def require_tools(names: Sequence[str]) -> None:
    """Raise a ToolError naming every program of `names` that is not on PATH."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise ToolError(
            f"not installed: {', '.join(missing)}. Run bin/setup; `wes-biomarkers doctor` shows what is there"
        )


def run_tool(command: Sequence[str | Path], *, output: Path | None = None) -> str:
    """Run a program to its end and return what it wrote on stderr.

    Args:
        command: the program and its arguments.
        output: a file for its stdout; thrown away otherwise.

    Raises:
        ToolError: the program is missing or ends with an error; carries the command and the end of its log.
    """
    words = [str(word) for word in command]
    require_tools(words[:1])
    with open(output or os.devnull, "wb") as stdout:
        done = subprocess.run(
            words, stdout=stdout, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False
        )
    return _checked(words, done.returncode, done.stderr)


def feed_tool(command: Sequence[str | Path], lines: Iterable[str]) -> str:
    """Run a program on lines given to its stdin, made while it runs; otherwise as `run_tool`.

    An error while the lines are made ends the program and is passed on.
    """
    words = [str(word) for word in command]
    require_tools(words[:1])
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError), process.stdin:  # the exit code below says what went wrong
                for line in lines:
                    process.stdin.write(line.encode())
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        log.seek(0)
        return _checked(words, code, log.read())


def _checked(words: Sequence[str], code: int, stderr: bytes) -> str:
    log = stderr.decode("utf-8", "replace")
    if code:
        raise ToolError(f"{words[0]} failed (exit code {code})", words, log[-_TAIL:])
    return log
