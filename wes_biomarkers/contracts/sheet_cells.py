"""One cell against its column's declaration: what is wrong with it and how to mend it."""

from __future__ import annotations

import datetime
import difflib
import re

from wes_biomarkers.contracts.schema import ID_PATTERN, Column

#: Two ids and `_vs_` make a folder name; file systems stop at 255 bytes.
MAX_ID_LENGTH = 100

_FASTQ_ENDINGS = ".fastq.gz, .fq.gz, .fastq or .fq"
_ENDINGS = {
    "fastq_1": _FASTQ_ENDINGS,
    "fastq_2": _FASTQ_ENDINGS,
    "fastq_umi": _FASTQ_ENDINGS,
    "bam": ".bam or .cram",
    "vcf": ".vcf.gz, .vcf or .bcf",
}

_NAMES = {" ": "a space", "\t": "a tab", "\n": "a line end", "'": "a quote", '"': "a double quote"}

#: Not allowed in a path: Nextflow reads them as patterns, or does not quote them in the scripts it writes.
_PATH_REFUSED = re.compile(r"[*?\[\]{}\\$;\x00-\x1f\x7f]")


def _shown(character: str) -> str:
    return _NAMES.get(character) or (
        repr(character) if character.isprintable() else f"U+{ord(character):04X}"
    )


def id_problem(value: str) -> str | None:
    """Why a text is no id, as the end of a sentence; None for an id.

    >>> id_problem("P 1é")
    "holds a space, 'é'"
    """
    if len(value) > MAX_ID_LENGTH:
        return f"is longer than {MAX_ID_LENGTH} characters"
    if re.fullmatch(ID_PATTERN, value) and not value.endswith("\n"):
        return None
    bad = dict.fromkeys(c for c in value if not re.fullmatch(r"[A-Za-z0-9_.-]", c))
    if bad:
        return f"holds {', '.join(map(_shown, bad))}"
    return "does not begin with a letter or digit"


def path_problem(value: str) -> str | None:
    """Why a path cannot be used, as the end of a sentence; None for a good one.

    Spaces, quotes and letters beyond ASCII are fine.
    """
    bad = dict.fromkeys(_PATH_REFUSED.findall(value))
    return f"holds {', '.join(map(_shown, bad))}" if bad else None


def suggest(value: str, known: tuple[str, ...]) -> str | None:
    """The known word a mistyped one was probably meant to be."""
    word = re.sub(r"[\s-]+", "_", value.strip().lower())
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.75)), None)


def cell_problem(column: Column, value: str, today: datetime.date) -> tuple[str, str] | None:
    """What breaks a column's declaration in one known cell: the rule and its remedy, or None.

    Strings and dates only: the types a samplesheet has. A date after `today` is a fault.
    """
    if column.pattern == ID_PATTERN:
        problem = id_problem(value)
        return (
            (problem, "Use letters, digits, `_`, `-` and `.`; begin with a letter or digit.")
            if problem
            else None
        )
    if column.allowed is not None and value not in column.allowed:
        guess = suggest(value, column.allowed)
        remedy = f"Did you mean {guess}? " if guess else ""
        return f"is no {column.name} we know", f"{remedy}Give one of: {', '.join(column.allowed)}."
    if column.dtype == "date":
        return _date_problem(value, today)
    if column.pattern is not None and not re.search(column.pattern, value):
        return "is a file of another kind, by its ending", f"Expected: {_ENDINGS[column.name]}."
    if any(not character.isprintable() for character in value):
        return "holds control characters", "Remove them."
    return None


def _date_problem(value: str, today: datetime.date) -> tuple[str, str] | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return "is not a date", "Write dates as YYYY-MM-DD."
    try:
        date = datetime.date.fromisoformat(value)
    except ValueError:
        return "is not a day of the calendar", "Write dates as YYYY-MM-DD."
    return ("lies in the future", "Correct the date.") if date > today else None
