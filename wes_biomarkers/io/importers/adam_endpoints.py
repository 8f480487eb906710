"""ADTTE: time to event, where `CNSR` is 0 for an event and 1 or more for a censored time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from wes_biomarkers.io.importers.adam_dates import DayError
from wes_biomarkers.io.importers.adam_sets import DataSet, known
from wes_biomarkers.io.importers.folder import ImportLog
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH

#: Days of a unit of AVAL, by CDISC's words.
DAYS_OF: Mapping[str, float] = {
    "DAYS": 1.0,
    "WEEKS": 7.0,
    "MONTHS": DAYS_PER_MONTH,
    "YEARS": 12 * DAYS_PER_MONTH,
}
#: How far a rounded AVAL may lie from its own dates: days, and a share of it (30.4 or 30.44 days a month).
_SLACK_DAYS, _SLACK_SHARE = 1.6, 0.003


def add_endpoints(
    adtte: DataSet,
    clinical: Mapping[str, dict[str, str]],
    subject: str,
    endpoints: Mapping[str, str],
    log: ImportLog,
) -> None:
    """Ready-made months and events into the clinical rows.

    Months = days / 30.4375. AVAL is taken as it is (ADaM counts the first day as day 1) and compared with
    STARTDT and ADT where they are.

    Args:
        adtte: the data set.
        clinical: rows by subject; changed.
        subject: column of the subjects.
        endpoints: `os`, `pfs` -> PARAMCD.
        log: what was read and what is wrong.
    """
    there = set(adtte.cells("PARAMCD"))
    for kind, parameter in endpoints.items():
        if parameter not in there:
            log.note(f"ADTTE has no PARAMCD {parameter}: no {kind}")
            continue
        _add_endpoint(adtte, clinical, subject, kind, parameter, log)
    for parameter in sorted(there - set(endpoints.values())):
        n = adtte.cells("PARAMCD").count(parameter)
        log.drop(f"ADTTE {parameter}", "neither survival nor progression-free survival", n)


def _add_endpoint(
    adtte: DataSet,
    clinical: Mapping[str, dict[str, str]],
    subject: str,
    kind: str,
    parameter: str,
    log: ImportLog,
) -> None:
    rows = [(number, row) for number, row in adtte.rows() if row["PARAMCD"] == parameter]
    unit, why = _unit(adtte, rows)
    if unit is None:
        log.fault(
            f"{parameter}: the unit of AVAL is unknown ({why})",
            "Give AVALU, or STARTDT and ADT.",
            adtte.file,
            column="AVAL",
        )
        return
    log.map("clinical", f"{kind}_months", f"ADTTE.AVAL where PARAMCD is {parameter}",
            f"in {unit.lower()} ({why}); a month is {DAYS_PER_MONTH} days")  # fmt: skip
    log.map("clinical", f"{kind}_event", f"ADTTE.CNSR where PARAMCD is {parameter}",
            "true where CNSR is 0, false where it is a positive whole number")  # fmt: skip
    for number, row in rows:
        made = clinical[row[subject]]
        if f"{kind}_months" in made:
            log.fault(f"{parameter} given twice", "Keep one row a subject.", adtte.file, number, subject)
        elif known(row["AVAL"]) or known(row["CNSR"]):
            days, event = _days(adtte, number, row, unit, log), _event(adtte, number, row, log)
            if days is not None and event is not None:
                made[f"{kind}_months"] = repr(days / DAYS_PER_MONTH)
                made[f"{kind}_event"] = event
    missing = [name for name, made in clinical.items() if f"{kind}_months" not in made]
    log.drop(f"{kind} of patients", f"no row of PARAMCD {parameter} in ADTTE: unknown", len(missing), missing)


def _event(adtte: DataSet, number: int, row: Mapping[str, str], log: ImportLog) -> str | None:
    value = _number(row["CNSR"])
    if value is None or value < 0 or value != int(value):
        remedy = "Write 0 for an event, 1 or more for a censored time."
        log.fault("is no whole number from 0", remedy, adtte.file, number, "CNSR")
        return None
    return "true" if value == 0 else "false"


def _days(adtte: DataSet, number: int, row: Mapping[str, str], unit: str, log: ImportLog) -> float | None:
    """AVAL in days, unless its own dates contradict it."""
    value = _number(row["AVAL"])
    if value is None or value < 0:
        log.fault("is no time from 0", "Mend AVAL.", adtte.file, number, "AVAL")
        return None
    days = value * DAYS_OF[unit]
    try:
        between = _between(adtte, row)
    except DayError as error:
        log.fault(error.rule, error.remedy, adtte.file, number, "ADT")
        return None
    if between is not None and not _agrees(days, between):
        rule = f"does not agree with STARTDT and ADT, if it is in {unit.lower()}"
        log.fault(rule, "Mend AVAL, its unit or the dates.", adtte.file, number, "AVAL")
        return None
    return days


def _agrees(days: float, between: int) -> bool:
    """Whether a time is the distance of its dates, the first day counted or not."""
    return abs(days - between - 0.5) <= _SLACK_DAYS + _SLACK_SHARE * days


def _between(adtte: DataSet, row: Mapping[str, str]) -> int | None:
    """Days from STARTDT to ADT; None where one is unknown."""
    start: date | None = adtte.day(row, "STARTDT")
    end = adtte.day(row, "ADT")
    return None if start is None or end is None else (end - start).days


def _unit(adtte: DataSet, rows: list[tuple[int, dict[str, str]]]) -> tuple[str | None, str]:
    """The unit of AVAL and what says so: AVALU, PARAM's words, or STARTDT and ADT."""
    if adtte.has("AVALU"):
        words = {row["AVALU"].upper().rstrip("S") + "S" for _, row in rows if known(row["AVALU"])}
        if len(words) == 1 and words <= set(DAYS_OF):
            return words.pop(), "AVALU"
        if words:
            return None, "AVALU is none of DAYS, WEEKS, MONTHS, YEARS, or several"
    if adtte.has("PARAM"):
        text = " ".join({row["PARAM"].lower() for _, row in rows})
        said = [unit for unit in DAYS_OF if f"({unit.lower()})" in text]
        if len(said) == 1:
            return said[0], "PARAM"
    fits = [unit for unit in DAYS_OF if _fits(adtte, rows, unit)]
    if len(fits) == 1:
        return fits[0], "agrees with STARTDT and ADT"
    return None, "no AVALU, and its dates do not tell"


def _fits(adtte: DataSet, rows: list[tuple[int, dict[str, str]]], unit: str) -> bool:
    """Whether every AVAL is the distance of its dates in this unit."""
    n = 0
    for _, row in rows:
        value = _number(row["AVAL"])
        try:
            between = _between(adtte, row)
        except DayError:
            between = None
        if value is None or between is None:
            continue
        if not _agrees(value * DAYS_OF[unit], between):
            return False
        n += 1
    return n > 0


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
