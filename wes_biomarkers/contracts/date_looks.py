"""What a cell that is no ISO date looks like, so that a user can find and mend it. Never quotes the cell."""

from __future__ import annotations

import re
from collections.abc import Iterable

ISO = "year-month-day"
_PLAIN = "Write year-month-day, as 2024-03-31."

#: (pattern of the whole cell, what it looks like, how to mend it), first match first.
_LOOKS: tuple[tuple[str, str, str], ...] = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", "a day with a time", "Write the day alone, as 2024-03-31."),
    (r"\d{4}-\d\d-\d\d", "year-month-day that is in no calendar", "Mend the day or the month."),
    (r"\d{4}-\d{1,2}-\d{1,2}", "year-month-day without leading zeros", _PLAIN),
    (r"\d{4}[/.]\d{1,2}[/.]\d{1,2}", "year/month/day", _PLAIN),
    (r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}", "day.month.year", _PLAIN),
    (r"\d{1,2}/\d{1,2}/\d{2,4}", "day/month/year or month/day/year, which cannot be told apart", _PLAIN),
    (r"\d{1,2}-\d{1,2}-\d{2,4}", "day-month-year or month-day-year, which cannot be told apart", _PLAIN),
    (r"\d{8}", "year, month and day without hyphens", _PLAIN),
    (r"[1-9]\d{4}(\.\d+)?", "the serial number of a spreadsheet's date",
     "Format the cells as dates in the spreadsheet program, or write 2024-03-31."),
    (r"(\d{1,2}\W*)?[^\W\d]{3,9}\W*(\d{1,2}\W+)?\d{2,4}", "a date with the month's name", _PLAIN),
    (r"\d{4}-\d{2}", "a month without its day", "Leave the cell empty if the day is unknown."),
    (r"\d{4}", "a year alone", "Leave the cell empty if the day is unknown."),
)  # fmt: skip


def date_look(text: str) -> tuple[str, str] | None:
    """(what a cell that is no ISO date looks like, how to mend it), or None if it looks like no date.

    >>> date_look("31.12.2023")[0], date_look("45291")[0], date_look("soon")
    ('day.month.year', "the serial number of a spreadsheet's date", None)
    """
    for pattern, look, remedy in _LOOKS:
        if re.fullmatch(pattern, text.strip()):
            return look, remedy
    return None


def row_list(rows: Iterable[int], most: int = 10) -> str:
    """Row numbers in words, runs joined: `rows 2-4, 7`.

    >>> row_list([2, 3, 4, 7]), row_list([5])
    ('rows 2-4, 7', 'row 5')
    """
    ordered = sorted(set(rows))
    runs: list[list[int]] = []
    for row in ordered:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    words = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    more = f" and {len(words) - most} more places" if len(words) > most else ""
    return f"{'row' if len(ordered) == 1 else 'rows'} {', '.join(words[:most])}{more}"
