"""ADAE: adverse events with their CTCAE grade, attribution and days."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from wes_biomarkers.io.importers.adam_choice import AdamChoice
from wes_biomarkers.io.importers.adam_dates import DayError
from wes_biomarkers.io.importers.adam_sets import DataSet, known
from wes_biomarkers.io.importers.folder import ImportLog, Rows

#: Severity where no toxicity grade was recorded. Severe is at least 3: grades 4 and 5 cannot be told from it.
SEVERITY: Mapping[str, str] = {"MILD": "1", "MODERATE": "2", "SEVERE": "3"}

#: Words of causality. Remote and unlikely count as not related, possible and more as related.
RELATED: frozenset[str] = frozenset({
    *("Y", "YES", "RELATED", "POSSIBLE", "POSSIBLY RELATED", "PROBABLE", "PROBABLY RELATED", "LIKELY"),
    *("LIKELY RELATED", "DEFINITE", "DEFINITELY RELATED", "CERTAIN", "MULTIPLE"),
})  # fmt: skip
UNRELATED: frozenset[str] = frozenset({
    *("N", "NO", "NONE", "NOT RELATED", "UNRELATED", "UNLIKELY", "UNLIKELY RELATED", "REMOTE", "DEFINITELY NOT"),
    *("DEFINITELY NOT RELATED", "NOT APPLICABLE"),
})  # fmt: skip
_UNSAID = frozenset({"", "UNKNOWN", "UNK", "NOT ASSESSABLE", "UNASSESSABLE", "NOT REPORTED"})
_YES, _NO = frozenset({"Y", "YES", "TRUE", "1"}), frozenset({"N", "NO", "FALSE", "0"})
_GRADE = re.compile(r"(?:GRADE\s*)?([1-5])(?:\.0)?")


def read_events(
    adae: DataSet, clinical: Mapping[str, dict[str, str]], choice: AdamChoice, log: ImportLog
) -> Rows:
    """One row an event; records of one patient, term and first day are one event with the worst grade.

    Only treatment-emergent events (TRTEMFL) are kept unless the user wants all. `grade_source` says whether
    the grade was recorded (`grade`) or stands for a severity (`severity`).
    """
    rows = _emergent(adae, choice, log)
    source = _Sources(adae, choice, log)
    merged: dict[tuple[str, str, str], dict[str, str]] = {}
    loose: Rows = []
    for number, row in rows:
        event = source.event(number, row, row[choice.subject])
        if event is None:
            continue
        if not event["onset_date"]:
            loose.append(event)
            continue
        key = event["patient_id"], event["term"], event["onset_date"]
        merged[key] = _worse(merged[key], event) if key in merged else event
    log.drop("ADAE records", "same patient, term and first day as another: one event with the worst grade",
             len(rows) - len(merged) - len(loose))  # fmt: skip
    if loose:
        log.note(f"ADAE: {len(loose)} events have no known first day")
    events = [merged[key] for key in sorted(merged)] + loose
    without = set(clinical) - {event["patient_id"] for event in events}
    log.note(f"ADAE: {len(clinical) - len(without)} patients have an event, {len(without)} have none")
    return events


def _emergent(adae: DataSet, choice: AdamChoice, log: ImportLog) -> list[tuple[int, dict[str, str]]]:
    rows = adae.rows()
    if not adae.has("TRTEMFL"):
        log.note("ADAE has no TRTEMFL: all events are kept, treatment-emergent or not")
        return rows
    if choice.all_events:
        return rows
    kept = [(number, row) for number, row in rows if row["TRTEMFL"].upper() == "Y"]
    out = [row[choice.subject] for _, row in rows if row["TRTEMFL"].upper() != "Y"]
    log.drop("ADAE records", "not treatment-emergent (TRTEMFL)", len(out), out)
    return kept


class _Sources:
    """Which column each of ours comes from, and the events made of them."""

    def __init__(self, adae: DataSet, choice: AdamChoice, log: ImportLog) -> None:
        self._adae, self._log = adae, log
        self._term = adae.first("AEDECOD", "AETERM") or "AETERM"
        self._organ = adae.first("AEBODSYS", "AESOC")
        self._grades = [name for name in ("ATOXGR", "AETOXGR") if adae.has(name)]
        self._severity = adae.first("ASEV", "AESEV")
        self._related = adae.first("AREL", "AEREL")
        self._serious = adae.first("AESER")
        self._immune = None if choice.immune_related is None else choice.immune_related.upper()
        if self._immune is not None and not adae.has(self._immune):
            log.fault(f"ADAE has no column {self._immune}", "Check --immune-related.", adae.file)
            self._immune = None
        self._tell()

    def _tell(self) -> None:
        """Note what is mapped."""
        table, log = "toxicity", self._log
        log.map(table, "term", f"ADAE.{self._term}")
        log.map(table, "onset_date", "ADAE.ASTDT", "else AESTDTC where the whole day is known")
        log.map(table, "resolved_date", "ADAE.AENDT", "else AEENDTC where the whole day is known")
        grades = ", ".join(f"ADAE.{name}" for name in self._grades)
        rule = "MILD 1, MODERATE 2, SEVERE 3 where no grade is recorded" if self._severity else ""
        log.map(table, "grade", grades or f"ADAE.{self._severity}", rule)
        if self._organ:
            log.map(table, "organ", f"ADAE.{self._organ}")
        if self._related:
            words = f"related: {', '.join(sorted(RELATED))}; not related: {', '.join(sorted(UNRELATED))}"
            log.map(table, "treatment_related", f"ADAE.{self._related}", words)
        if self._serious:
            log.map(table, "serious", f"ADAE.{self._serious}")
        if self._immune:
            log.map(table, "immune_related", f"ADAE.{self._immune}")
        else:
            log.note("ADAE: immune-related events are not marked (--immune-related names a column): unknown")

    def event(self, number: int, row: Mapping[str, str], patient: str) -> dict[str, str] | None:
        """One row of the toxicity table; None where it has a fault."""
        term = row[self._term] if known(row[self._term]) else row.get("AETERM", "")
        graded = self._grade(number, row)
        onset = self._day(number, row, "ASTDT", "AESTDTC")
        resolved = self._day(number, row, "AENDT", "AEENDTC")
        if not known(term):
            self._fault("has no term", "Fill in the term.", number, self._term)
        if not known(term) or graded is None or onset is None or resolved is None:
            return None
        return {
            "patient_id": patient,
            "term": term,
            "organ": "" if self._organ is None or not known(row[self._organ]) else row[self._organ],
            "grade": graded[0],
            "onset_date": onset,
            "resolved_date": resolved,
            "treatment_related": self._truth(number, row, self._related, RELATED, UNRELATED),
            "immune_related": self._truth(number, row, self._immune, _YES, _NO),
            "serious": self._truth(number, row, self._serious, _YES, _NO),
            "grade_source": graded[1],
        }

    def _fault(self, rule: str, remedy: str, number: int, column: str) -> None:
        self._log.fault(rule, remedy, self._adae.file, number, column)

    def _grade(self, number: int, row: Mapping[str, str]) -> tuple[str, str] | None:
        """Grade and what it rests on."""
        for name in self._grades:
            if known(row[name]):
                match = _GRADE.fullmatch(row[name].upper())
                if match is None:
                    self._fault("is no CTCAE grade from 1 to 5", "Mend the grade.", number, name)
                    return None
                return match.group(1), "grade"
        word = "" if self._severity is None else row[self._severity].upper()
        if word in SEVERITY:
            return SEVERITY[word], "severity"
        place = self._severity or (self._grades[0] if self._grades else "AETOXGR")
        remedy = "Fill in a CTCAE grade, or MILD, MODERATE or SEVERE."
        self._fault("has neither a grade nor a severity", remedy, number, place)
        return None

    def _day(self, number: int, row: Mapping[str, str], name: str, iso: str) -> str | None:
        """The day as text, empty where unknown; None where the cell is no day."""
        try:
            day = self._adae.day(row, name, (iso,))
        except DayError as error:
            self._fault(error.rule, error.remedy, number, name)
            return None
        return "" if day is None else day.isoformat()

    def _truth(
        self,
        number: int,
        row: Mapping[str, str],
        column: str | None,
        yes: Collection[str],
        no: Collection[str],
    ) -> str:
        word = "" if column is None or not known(row[column]) else row[column].upper()
        if column is not None and word not in yes and word not in no and word not in _UNSAID:
            remedy = f"Known: {', '.join(sorted((*yes, *no)))}."
            self._fault("is a word of unknown meaning", remedy, number, column)
        return "true" if word in yes else "false" if word in no else ""


def _worse(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Two records of one event as one: worst grade, related or serious if either is, ongoing if either is."""
    high, low = sorted((one, other), key=lambda event: event["grade"], reverse=True)
    ends = (one["resolved_date"], other["resolved_date"])
    made = dict(high) | {"resolved_date": max(ends) if all(ends) else ""}
    for name in ("treatment_related", "immune_related", "serious"):
        words = {high[name], low[name]}
        made[name] = next((word for word in ("true", "", "false") if word in words), "")
    return made
