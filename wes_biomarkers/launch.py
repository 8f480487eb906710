"""Starting Nextflow for a run: one run at a time in an output folder, live progress, what failed and why."""

from __future__ import annotations

import csv
import ctypes
import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from wes_biomarkers.errors import Fault, InputError, ToolError
from wes_biomarkers.io.files import read_json, write_json, write_text

#: Free space below which a run is refused before it starts, in bytes.
MIN_FREE_BYTES = 1 << 30
#: Free space that counts as none while a run goes on, in bytes.
FULL_BYTES = 16 << 20
_LOOK_SECONDS = 5.0
#: A line of a Java stack trace, which says less than the line above the trace.
_STACK_FRAME = re.compile(r"\s+at [\w.$/<>]+\(|\s*\.\.\. \d+ more")
LOCK_NAME = ".wes-biomarkers.lock"
RUN_FOLDER = ".nextflow-run"
_INFO = "pipeline_info"


@dataclass(frozen=True)
class FailedTask:
    """A task that did not succeed, from Nextflow's trace."""

    process: str
    tag: str
    exit_code: str
    log_tail: str


def pipeline_root() -> Path:
    """The folder with main.nf: the checkout this package was installed from, or $WES_BIOMARKERS_PIPELINE.

    Raises:
        ToolError: no main.nf there.
    """
    root = Path(os.environ.get("WES_BIOMARKERS_PIPELINE") or Path(__file__).resolve().parents[1])
    if not (root / "main.nf").is_file():
        raise ToolError(
            f"no main.nf in {root}. Install from a checkout, or set WES_BIOMARKERS_PIPELINE to one."
        )
    return root


def prepare_outdir(outdir: Path, resume: bool) -> None:
    """Make the output folder and see that results can be written there.

    Raises:
        InputError: no permission, no space, not a folder, or results of another run without `resume`.
    """
    where = str(outdir)
    made = [folder for folder in (outdir, *outdir.parents) if not folder.exists()]
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=outdir, buffering=0) as probe:
            probe.write(b"\0" * 4096)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError([Fault("is not a folder", "Choose another --outdir.", file=where)]) from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            fault = Fault(
                "no permission to write", "Choose another --outdir or ask for permission.", file=where
            )
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):
            fault = Fault("no space left", "Free space, or choose another --outdir.", file=where)
        else:
            fault = Fault(f"cannot be made ({error.strerror})", "Choose another --outdir.", file=where)
        _remove_empty(made)
        raise InputError([fault]) from error
    free = shutil.disk_usage(outdir).free
    if free < MIN_FREE_BYTES:
        _remove_empty(made)
        remedy = "Free space, or choose another --outdir."
        raise InputError(
            [Fault(f"only {free >> 20} MiB free, {MIN_FREE_BYTES >> 20} needed to start", remedy, file=where)]
        )
    if (outdir / "study.json").exists() and not resume:
        remedy = "Give --resume to go on with it (finished steps are kept), or choose another --outdir."
        raise InputError([Fault("already holds results", remedy, file=where)])
    (outdir / _INFO).mkdir(exist_ok=True)


def _remove_empty(folders: Sequence[Path]) -> None:
    """Take back folders this run has made, innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def locked(outdir: Path) -> Iterator[int]:
    """Hold the output folder; yields the lock's file descriptor, which the child inherits and so holds too.

    Raises:
        InputError: another run is going on there.
    """
    descriptor = os.open(outdir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            remedy = "Wait for it to end, or choose another --outdir."
            raise InputError([Fault("another run is going on in it", remedy, file=str(outdir))]) from error
        yield descriptor
    finally:
        os.close(descriptor)


def _die_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed (a SIGKILL must not leave Nextflow behind)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").prctl(1, signal.SIGTERM)


def machine_limits() -> dict[str, Any]:
    """Processors and memory of this machine (its control group's, where less), for the local executor."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            total = min(total, int(Path(name).read_text()))
    return {"max_cpus": len(os.sched_getaffinity(0)), "max_memory": f"{max(1, total >> 20)} MB"}


class Progress:
    """Counts of tasks from Nextflow's log lines: a live line on a terminal, else a line now and then."""

    _SUBMITTED = re.compile(r"^\[[0-9a-f/]+\] (Submitted|Cached) process > (\S+)")
    _EVERY_SECONDS = 30.0

    def __init__(self, out: IO[str], quiet: bool) -> None:
        self._out, self._quiet = out, quiet
        self._live = out.isatty() and not quiet
        self._counts: dict[str, int] = {}
        self._cached = 0
        self._start = self._last = time.monotonic()

    def line(self, text: str) -> None:
        """Take one line of Nextflow's log."""
        match = self._SUBMITTED.match(text)
        if match:
            self._cached += match.group(1) == "Cached"
            name = match.group(2).split(":")[-1]
            self._counts[name] = self._counts.get(name, 0) + 1
            self._show(name)
        elif text.startswith(("ERROR", "WARN")):
            self._clear()
            print(text.rstrip(), file=self._out)

    def _show(self, name: str) -> None:
        now = time.monotonic()
        total = sum(self._counts.values())
        cached = f", {self._cached} kept from before" if self._cached else ""
        text = f"{now - self._start:6.0f} s  {total} tasks started{cached}; now {name} ({self._counts[name]})"
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._out.write("\r\x1b[K" + text[:width])
            self._out.flush()
        elif not self._quiet and now - self._last >= self._EVERY_SECONDS:
            self._last = now
            print(text, file=self._out, flush=True)

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\x1b[K")

    def close(self) -> None:
        """End the live line."""
        self._clear()
        if not self._quiet:
            total = sum(self._counts.values())
            print(
                f"{time.monotonic() - self._start:6.0f} s  {total} tasks, {self._cached} kept", file=self._out
            )


def run_nextflow(
    command: Sequence[str],
    environment: dict[str, str],
    outdir: Path,
    lock: int,
    report: Callable[[str], None],
) -> int:
    """Run Nextflow in the output folder's own run folder and pass its lines on; returns its exit code.

    Interrupted (Ctrl-C, SIGTERM), Nextflow is asked to stop and waited for, then KeyboardInterrupt goes on.

    Raises:
        ToolError: the disk of the output folder filled on the way.
    """
    folder = outdir / RUN_FOLDER
    folder.mkdir(exist_ok=True)
    (outdir / _INFO / "trace.tsv").unlink(missing_ok=True)  # an earlier run's failures are not this one's
    with open(outdir / _INFO / "nextflow.out", "w", encoding="utf-8", buffering=1) as log:
        previous = signal.signal(signal.SIGTERM, _interrupt)
        process = watch = None
        try:
            process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                pass_fds=(lock,),
                preexec_fn=_die_with_parent,
            )
            watch = _SpaceWatch(outdir, process)
            watch.start()
            for line in process.stdout or ():
                log.write(line)
                report(line)
            code = process.wait()
        except BaseException:
            if process is not None:
                _stop(process)
            raise
        finally:
            if watch is not None:
                watch.over.set()
            signal.signal(signal.SIGTERM, previous)
    if watch.is_full:
        raise ToolError(f"the disk of {outdir} is full. Free space, then go on with --resume", command)
    return code


def _stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and end it after a minute."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=60)
    process.kill()


class _SpaceWatch(threading.Thread):
    """Ends Nextflow when the disk is full: its failed tasks would be passed over, and it could wait for ever."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.is_full = False
        self._folder, self._process = folder, process

    def run(self) -> None:
        """Look every few seconds until `over` is set."""
        while not self.over.wait(_LOOK_SECONDS):
            with suppress(OSError):
                if shutil.disk_usage(self._folder).free < FULL_BYTES:
                    self.is_full = True
                    _stop(self._process)
                    return


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def read_failures(outdir: Path) -> list[FailedTask]:
    """The tasks of the last run that failed for good, with the end of their logs."""
    trace = outdir / _INFO / "trace.tsv"
    if not trace.exists():
        return []
    with open(trace, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    done = {row["name"] for row in rows if row["status"] in ("COMPLETED", "CACHED")}
    failures = {}
    for row in rows:
        if row["status"] == "FAILED" and row["name"] not in done and row["workdir"]:
            failures[row["name"]] = FailedTask(
                row["process"].split(":")[-1], row["tag"], row["exit"], _log_tail(Path(row["workdir"]))
            )
    return list(failures.values())


def _log_tail(folder: Path, n_line: int = 8, n_character: int = 2000) -> str:
    for name in (".command.err", ".command.log"):
        with suppress(OSError):
            lines = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
            said = [line for line in lines if line.strip() and not _STACK_FRAME.match(line)]
            if said:
                return "\n".join(said[-n_line:])[-n_character:]
    return ""


def write_failures(outdir: Path, failures: Sequence[FailedTask]) -> None:
    """Write pipeline_info/failures.tsv: process, tag, exit code, end of the log on one line."""
    rows = ["process\ttag\texit\tlog"]
    for failure in failures:
        log = " | ".join(" ".join(line.split()) for line in failure.log_tail.splitlines())
        rows.append("\t".join((failure.process, failure.tag, failure.exit_code, log)))
    write_text(outdir / _INFO / "failures.tsv", "\n".join(rows) + "\n")


def write_parameters(outdir: Path, parameters: dict[str, Any]) -> Path:
    """Write the run's parameters where Nextflow reads them."""
    path = outdir / _INFO / "params.json"
    write_json(path, parameters)
    return path


def failed_pairs(outdir: Path) -> tuple[list[dict[str, Any]], int]:
    """The failed pairs of a finished run and the number of all pairs."""
    pairs = read_json(outdir / "study.json")["pairs"]
    return [pair for pair in pairs if pair["status"] == "failed"], len(pairs)


def has_earlier_session(outdir: Path) -> bool:
    """Whether Nextflow ran here before, so that it can resume."""
    return (outdir / RUN_FOLDER / ".nextflow" / "history").is_file()
