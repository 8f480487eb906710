"""Users' SQL, in processes of their own: what DuckDB cannot stop in the middle of a step ends with its process."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.query.database import CohortDatabase, Result

#: Processes at once; seconds a question waits for one, and that a process has beyond its time.
N_PROCESS, WAIT_S, GRACE_S = 2, 30.0, 1.0
#: DuckDB's limit, and what a process may have beyond what it starts with, in bytes: some functions of text and lists
#: do not heed DuckDB's.
_MEMORY, _BEYOND = "512MB", 1_500_000_000


class Asker:
    """Answers questions in SQL about one cohort; several threads may ask at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._free: list[_Process] = []
        self._lock, self._places = threading.Lock(), threading.BoundedSemaphore(N_PROCESS)

    def sql(self, text: str, *, limit_rows: int, timeout_s: float) -> Result:
        """As CohortDatabase.sql.

        Raises:
            InputError: as there, or too many ask at once.
        """
        if not self._places.acquire(timeout=WAIT_S):
            raise InputError("too many questions at once", "Ask again in a moment.")
        try:
            with self._lock:
                process = self._free.pop() if self._free else _Process(self.folder)
            found = process.answer((text, limit_rows, timeout_s), timeout_s + GRACE_S)
            if process.is_alive:
                with self._lock:
                    self._free.append(process)
        finally:
            self._places.release()
        if isinstance(found, Result):
            return found
        raise InputError(found)

    def close(self) -> None:
        """Ends the processes that wait."""
        with self._lock:
            while self._free:
                self._free.pop().end()


class _Process:
    """A process that has the cohort open."""

    def __init__(self, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(folder, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._opened = False

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.is_alive() and not self._pipe.closed

    def answer(self, question: tuple[str, int, float], seconds: float) -> Result | list[Fault]:
        """The answer, or what is wrong; a process that does not answer in time is ended."""
        try:
            if not self._opened:
                self._pipe.recv()  # it has the cohort open, or will say what is wrong with it
                self._opened = True
            self._pipe.send(question)
            if self._pipe.poll(seconds):
                found: Result | list[Fault] = self._pipe.recv()
                return found
            self.end()
            return [Fault(f"took longer than {question[2]:g} s", "Ask for less: filter rows, or aggregate.")]
        except (EOFError, OSError):
            self.end()
            return [_FULL]

    def end(self) -> None:
        """Ends it, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


_FULL = Fault("needs more memory than a question may have", "Ask for less: filter rows, or aggregate.")


def _work(folder: Path, pipe: Connection) -> None:
    """Opens the cohort and answers until nobody is left to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    database: Any = None
    faults: list[Fault] = []
    try:
        database = CohortDatabase(folder, memory=_MEMORY)
        database.sql("SELECT 1")
        _limit_memory()
    except InputError as error:
        faults = list(error.faults)
    pipe.send(None)
    while True:
        try:
            text, limit_rows, timeout_s = pipe.recv()
        except EOFError:
            return
        pipe.send(faults or _asked(database, text, limit_rows, timeout_s))


def _asked(database: CohortDatabase, text: str, limit_rows: int, timeout_s: float) -> Result | list[Fault]:
    try:
        return database.sql(text, limit_rows=limit_rows, timeout_s=timeout_s)
    except InputError as error:
        return list(error.faults)
    except MemoryError:
        return [_FULL]


def _limit_memory() -> None:
    """Bounds the address space, where the system can."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + _BEYOND
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, OSError, ValueError):
        return
