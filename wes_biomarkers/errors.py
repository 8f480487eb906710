"""The errors a user can meet, each with its exit code.

Biology or statistics that cannot be evaluated is never an exception: it is a record's status with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

EXIT_OK = 0
EXIT_CHECK_FAILED = 1
EXIT_INPUT = 2
EXIT_REFERENCE = 3
EXIT_TOOL = 4
EXIT_CONTRACT = 5
EXIT_SOME_PAIRS_FAILED = 6
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input, and how to mend it.

    `row` is the line of the file as an editor counts it (the header is line 1). `value` stays None for
    clinical columns: clinical values and dates never appear in errors or logs.
    """

    rule: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                None if self.row is None else f"row {self.row}",
                None if self.column is None else f"column {self.column}",
            )
            if part
        )
        value = "" if self.value is None else f" [{self.value!r}]"
        return f"{place + ': ' if place else ''}{self.rule}{value}. {self.remedy}"

    def as_dict(self) -> dict[str, Any]:
        """The fault as plain JSON types."""
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "rule": self.rule,
            "remedy": self.remedy,
        }


class WesError(Exception):
    """The base of every error this package raises on purpose."""

    exit_code = EXIT_CONTRACT

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON types, for `--error-format json`."""
        return {"error": type(self).__name__, "exit_code": self.exit_code, "message": str(self)}


class _FaultList(WesError):
    def __init__(self, faults: Iterable[Fault] | str, remedy: str = "") -> None:
        self.faults: tuple[Fault, ...] = (
            (Fault(faults, remedy),) if isinstance(faults, str) else tuple(faults)
        )
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def as_dict(self) -> dict[str, Any]:
        """The error with each fault as an object."""
        return super().as_dict() | {"faults": [fault.as_dict() for fault in self.faults]}


class InputError(_FaultList):
    """Something the user can mend in a samplesheet, a table or a file; all faults are listed at once."""

    exit_code = EXIT_INPUT


class ReferenceMismatchError(_FaultList):
    """Build, contig or reference allele disagrees."""

    exit_code = EXIT_REFERENCE


class ToolError(WesError):
    """A program is missing or failed, or the disk filled on the way."""

    exit_code = EXIT_TOOL

    def __init__(self, message: str, command: Sequence[str] = (), log_tail: str = "") -> None:
        self.command = tuple(command)
        self.log_tail = log_tail
        parts = [message]
        if self.command:
            parts.append("command: " + " ".join(self.command))
        if log_tail:
            parts.append("end of its log:\n" + log_tail.rstrip())
        super().__init__("\n".join(parts))


class ContractError(WesError):
    """Our own output breaks its schema: a bug of ours, to be reported."""

    exit_code = EXIT_CONTRACT
