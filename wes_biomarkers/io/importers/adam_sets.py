"""The data sets of an ADaM submission, told apart by their columns, with their days read by one rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.importers.adam_dates import DayError, Epoch, find_epoch, iso_day, read_day
from wes_biomarkers.io.importers.folder import ImportLog
from wes_biomarkers.io.importers.sas import read_data_set, sas_format
from wes_biomarkers.io.sheet import Sheet

#: PARAMCD of a data set of responses, and of one of lesions.
RESPONSE_PARAMETERS = ("OVR", "BOR", "CBOR")
LESION_PARAMETERS = ("SDIAM", "SUMDIAM", "SUMTRG", "SUMDIA")

#: Data set -> what it is, for messages.
KINDS: Mapping[str, str] = {
    "ADSL": "subjects",
    "ADTTE": "time to event",
    "ADRS": "response",
    "ADAE": "adverse events",
    "ADTR": "tumour measurements",
}


@dataclass(frozen=True)
class DataSet:
    """One data set: what it is, its table, and from which day its days count."""

    kind: str
    sheet: Sheet
    epoch: Epoch

    @property
    def file(self) -> str:
        """The file's name for messages."""
        return self.sheet.path

    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """Row numbers and rows."""
        return list(zip(self.sheet.row_numbers, self.sheet.rows, strict=True))

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.sheet.columns

    def first(self, *names: str) -> str | None:
        """The first of these columns that it has and that holds anything."""
        return next((name for name in names if self.has(name) and any(map(known, self.cells(name)))), None)

    def cells(self, name: str) -> list[str]:
        """A column."""
        return [row[name] for row in self.sheet.rows]

    def day(self, row: Mapping[str, str], name: str, iso: Sequence[str] = ()) -> date | None:
        """The day of a row: of the column `name`, else of the first ISO column that knows it wholly.

        Raises:
            DayError: a cell that is no day.
        """
        if self.has(name) and (day := read_day(row[name], self.epoch.origin)) is not None:
            return day
        return next((day for other in iso if self.has(other) and (day := iso_day(row[other]))), None)


def known(text: str) -> bool:
    """Whether a cell says anything."""
    return text not in UNKNOWN_CELLS


def kind_of(sheet: Sheet) -> str | None:
    """What a data set is, by its columns and parameters; None for another."""
    columns = set(sheet.columns)
    if "PARAMCD" in columns:
        parameters = {row["PARAMCD"] for row in sheet.rows}
        if "CNSR" in columns:
            return "ADTTE"
        if "AVALC" in columns and parameters & set(RESPONSE_PARAMETERS):
            return "ADRS"
        return "ADTR" if "AVAL" in columns and parameters & set(LESION_PARAMETERS) else None
    if columns & {"AEDECOD", "AETERM"}:
        return "ADAE"
    return "ADSL" if columns & {"TRT01P", "TRT01A", "ARM", "ACTARM"} else None


def read_data_sets(
    paths: Sequence[Path], subject: str, origin: int | None, today: date, log: ImportLog
) -> dict[str, DataSet]:
    """The data sets by kind; ADSL first decides from which day the others count.

    Raises:
        InputError: listing every file that is not one of them, given twice, without subjects or with days that
            cannot be told.
    """
    found: dict[str, tuple[Path, Sheet]] = {}
    for path in paths:
        try:
            _add(found, path, subject, log)
        except InputError as error:
            log.faults += error.faults
    if "ADSL" not in found and not log.faults:
        log.fault("no ADSL among the files", "Give it: it says who took part.", ", ".join(map(str, paths)))
    sets: dict[str, DataSet] = {}
    adsl_days: Callable[[str, str], date | None] = lambda subject, column: None  # noqa: E731
    for kind in KINDS:
        if kind not in found:
            continue
        path, sheet = found[kind]
        try:
            epoch = find_epoch(
                sheet, is_sas=sas_format(path) is not None, today=today, given=origin,
                adsl_days=adsl_days, subject=subject,
            )  # fmt: skip
        except DayError as error:
            log.fault(error.rule, error.remedy, sheet.path)
            continue
        sets[kind] = DataSet(kind, sheet, epoch)
        if epoch.origin is not None:
            log.note(f"{kind}: days count from {epoch.origin}-01-01 ({epoch.why})")
        log.read(path, kind, len(sheet.rows))
        if kind == "ADSL":
            adsl_days = _days_of(sets[kind], subject)
    if log.faults:
        raise InputError(log.faults)
    return sets


def _add(found: dict[str, tuple[Path, Sheet]], path: Path, subject: str, log: ImportLog) -> None:
    sheet = read_data_set(path)
    kind = kind_of(sheet)
    if kind is None:
        known_kinds = "; ".join(f"{name}: {words}" for name, words in KINDS.items())
        raise InputError([Fault(f"is none of the data sets that are read ({known_kinds})",
                                "Leave it out, or check its columns.", file=str(path))])  # fmt: skip
    if subject not in sheet.columns:
        remedy = "Name the column of the subjects by --subject."
        raise InputError([Fault(f"{kind} has no column {subject}", remedy, file=str(path))])
    if kind in found:
        rule = f"{kind} is given twice: also {found[kind][0]}"
        raise InputError([Fault(rule, "Give one file of each kind.", file=str(path))])
    found[kind] = (path, sheet)


def _days_of(adsl: DataSet, subject: str) -> Callable[[str, str], date | None]:
    """ADSL's days by subject and column; None where unknown or no day."""
    days: dict[tuple[str, str], date | None] = {}
    for _, row in adsl.rows():
        for name in ("RANDDT", "TRTSDT", "TRTEDT", "DTHDT"):
            try:
                days[row[subject], name] = adsl.day(row, name)
            except DayError:
                days[row[subject], name] = None  # noted when the subjects are read
    return lambda subject, column: days.get((subject, column))
