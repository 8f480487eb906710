"""Days in ADaM data sets: ISO 8601, SAS's own words, or a number of days since a day that has to be found out.

SAS counts days from 1960-01-01, R (and what R or Python wrote as CSV) from 1970-01-01: ten years apart, and a
number alone often fits both. The file is decided by the ISO columns beside its numbers (`ASTDT` by `AESTDTC`), by
ADSL's days of the same subjects, by its format, or by the range that is possible; never by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.io.sheet import Sheet

ORIGINS: Mapping[int, date] = {1960: date(1960, 1, 1), 1970: date(1970, 1, 1)}

#: No trial that measures an exome is older.
_EARLIEST = date(1990, 1, 1)

#: A day as number -> the ISO columns that tell the same day.
ISO_BESIDE: Mapping[str, tuple[str, ...]] = {
    "TRTSDT": ("RFXSTDTC", "RFSTDTC"),
    "TRTEDT": ("RFXENDTC",),
    "DTHDT": ("DTHDTC",),
    "ASTDT": ("AESTDTC",),
    "AENDT": ("AEENDTC",),
    "ADT": ("RSDTC", "TRDTC"),
}
#: A day as number -> the days of ADSL that may be the same.
ADSL_BESIDE: Mapping[str, tuple[str, ...]] = {
    "STARTDT": ("RANDDT", "TRTSDT"),
    "RANDDT": ("RANDDT",),
    "TRTSDT": ("TRTSDT",),
    "TRTEDT": ("TRTEDT",),
    "DTHDT": ("DTHDT",),
}
#: Every column of days that is read.
DAY_COLUMNS = (*ISO_BESIDE, "RANDDT", "STARTDT", "LSTALVDT", "EOSDT")

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?")
_PARTIAL = re.compile(r"\d{4}(-(\d{2}|-))?(-(\d{2}|-))?([T ].*)?|-.*")
_SAS_WORD = re.compile(r"(\d{1,2})([A-Z]{3})(\d{4})", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,6}(\.0*)?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class DayError(ValueError):
    """A cell that is no day: the rule, and how to mend it."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


@dataclass(frozen=True)
class Epoch:
    """From which day a file counts, and why; `origin` is None where its days are no numbers."""

    origin: int | None
    why: str


def is_number(text: str) -> bool:
    """Whether a cell holds a day as a number."""
    return _NUMBER.fullmatch(text) is not None


def counted_day(text: str, origin: int) -> date:
    """The day a number stands for, by the year its count starts in.

    >>> counted_day("16072.0", 1970), counted_day("19725", 1960)
    (datetime.date(2014, 1, 2), datetime.date(2014, 1, 2))
    """
    return ORIGINS[origin] + timedelta(days=int(float(text)))


def read_day(text: str, origin: int | None) -> date | None:
    """The day of a cell; None where unknown or only partly known (`2014-01`).

    Raises:
        DayError: neither a day nor part of one, or a number whose origin is not known.
    """
    if text in UNKNOWN_CELLS:
        return None
    remedy = "Give the day in ISO 8601, or as a number of days."
    try:
        if match := _ISO.fullmatch(text):
            return date.fromisoformat(match.group(1))
        if (match := _SAS_WORD.fullmatch(text)) and match.group(2).upper() in _MONTHS:
            return date(int(match.group(3)), _MONTHS.index(match.group(2).upper()) + 1, int(match.group(1)))
        if is_number(text):
            if origin is None:
                raise DayError("is a number of days since an unknown day", "Give --date-origin.")
            return counted_day(text, origin)
    except (ValueError, OverflowError) as error:
        if isinstance(error, DayError):
            raise
        raise DayError("is not a day of the calendar", remedy) from None
    raise DayError("is not a date", remedy)


def iso_day(text: str) -> date | None:
    """The day of a `--DTC` cell; None where it is not wholly known.

    Raises:
        DayError: not ISO 8601.
    """
    if text in UNKNOWN_CELLS or (_PARTIAL.fullmatch(text) and not _ISO.fullmatch(text)):
        return None
    return read_day(text, None)


def _witnesses(
    sheet: Sheet, adsl_days: Callable[[str, str], date | None], subject: str
) -> Iterable[tuple[str, date, str]]:
    """(number, day it should be, where that day is written) wherever both are known."""
    for name in DAY_COLUMNS:
        if name not in sheet.columns:
            continue
        for row in sheet.rows:
            if not is_number(row[name]):
                continue
            for other in ISO_BESIDE.get(name, ()):
                text = row.get(other, "")
                if match := _ISO.fullmatch(text):
                    yield row[name], date.fromisoformat(match.group(1)), other
            for other in ADSL_BESIDE.get(name, ()):
                day = adsl_days(row.get(subject, ""), other)
                if day is not None:
                    yield row[name], day, f"ADSL.{other}"


def _numbers(sheet: Sheet) -> list[str]:
    """Every day that is a number."""
    names = [name for name in DAY_COLUMNS if name in sheet.columns]
    return [row[name] for row in sheet.rows for name in names if is_number(row[name])]


def find_epoch(
    sheet: Sheet,
    *,
    is_sas: bool,
    today: date,
    given: int | None = None,
    adsl_days: Callable[[str, str], date | None] = lambda subject, column: None,
    subject: str = "USUBJID",
) -> Epoch:
    """From which day a data set counts, with the reason; what the user says comes first.

    Args:
        sheet: the data set.
        is_sas: it is a file of SAS itself.
        today: no day lies after it.
        given: the origin the user states, 1960 or 1970.
        adsl_days: (subject, column) -> ADSL's day, where known.
        subject: the column of the subjects.

    Raises:
        DayError: both origins are possible, or the witnesses contradict one another.
    """
    numbers = _numbers(sheet)
    if not numbers:
        return Epoch(None, "its days are no numbers")
    if given is not None:
        return Epoch(given, "as the user says")
    votes = dict.fromkeys(ORIGINS, 0)
    n_iso = 0
    told: dict[int, set[str]] = {origin: set() for origin in ORIGINS}
    try:
        for number, day, other in _witnesses(sheet, adsl_days, subject):
            n_iso += not other.startswith("ADSL.")
            for origin in ORIGINS:
                if counted_day(number, origin) == day:
                    votes[origin] += 1
                    told[origin].add(other)
    except (ValueError, OverflowError):
        raise DayError("holds a day that is not of the calendar", "Mend the column.") from None
    backed = [origin for origin in ORIGINS if votes[origin]]
    if len(backed) > 1:
        raise DayError("some of its days count from 1960, others from 1970", "Mend the file.")
    if backed:
        return Epoch(backed[0], f"{votes[backed[0]]} days agree with {', '.join(sorted(told[backed[0]]))}")
    if n_iso:
        rule = "its days as numbers agree with the ISO columns beside them neither from 1960 nor from 1970"
        raise DayError(rule, "Write the days in ISO 8601, or name their count by --date-origin.")
    if is_sas:
        return Epoch(1960, "SAS counts so")
    possible = [
        origin
        for origin in ORIGINS
        if all(_EARLIEST <= counted_day(number, origin) <= today for number in numbers)
    ]
    if len(possible) == 1:
        return Epoch(possible[0], "from the other origin days would lie in the future or before 1990")
    raise DayError(
        "its days are numbers that may count from 1960 (SAS) or from 1970 (R)",
        "Give --date-origin 1960 or 1970, or the ISO columns (such as AESTDTC) beside them.",
    )
