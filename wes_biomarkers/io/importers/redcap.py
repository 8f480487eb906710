"""A REDCap export, raw or with labels, as our tables: one record over events and repeating instruments.

Only fields that are named like our columns, or that a map names, are read; whatever else an export holds, names and
addresses among it, stays out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL, TOXICITY
from wes_biomarkers.contracts.schema import ID_PATTERN, UNKNOWN_CELLS, Column
from wes_biomarkers.contracts.values import CellError, parse_cell
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.importers.folder import Imported, ImportLog, Rows, raise_faults
from wes_biomarkers.io.importers.redcap_dictionary import Dictionary, Field, read_dictionary
from wes_biomarkers.io.sheet import Sheet, read_rows

#: REDCap's own columns, raw and as labels.
EVENT = ("redcap_event_name", "Event Name")
INSTRUMENT = ("redcap_repeat_instrument", "Repeat Instrument")
INSTANCE = ("redcap_repeat_instance", "Repeat Instance")

#: Table, as a map names it -> the file it becomes.
_FILES = {
    "clinical": "clinical",
    "toxicity": "toxicity",
    "assessment": "assessments",
    "assessments": "assessments",
}
#: Column that makes a row of a table with several rows a patient.
_NEEDED = {"toxicity": ("term", "grade"), "assessments": ("assessment_date", "response", "target_sum_mm")}
_CHECKED = {"1": "true", "checked": "true", "0": "false", "unchecked": "false"}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]\d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True)
class Source:
    """Where a column of ours comes from: its heading in the export, and the event, if only one is meant."""

    table: str
    column: str
    heading: str
    event: str = ""


@dataclass(frozen=True)
class FieldMap:
    """What a map says: sources, and words by (table, column): the export's word -> ours."""

    sources: tuple[Source, ...]
    words: Mapping[tuple[str, str], Mapping[str, str]]


def table_of(column: str) -> str:
    """The table a column of ours belongs to; a new name is a covariate of the patient."""
    if column in TOXICITY.by_name and column not in CLINICAL.by_name:
        return "toxicity"
    return "assessments" if column in ASSESSMENT.by_name and column != "patient_id" else "clinical"


def read_map(path: Path) -> FieldMap:
    """A map: `heading,column` and, where wanted, `table,event,value,becomes`; one row a word to translate.

    Raises:
        InputError: listing rows without heading or column, unknown tables, and columns given twice.
    """
    sheet = read_rows(path)
    faults = [
        Fault(f"no column {name}", "Head the map with heading,column.", file=str(path))
        for name in ("heading", "column")
        if name not in sheet.columns
    ]
    if faults:
        raise InputError(faults)
    sources: dict[tuple[str, str], Source] = {}
    words: dict[tuple[str, str], dict[str, str]] = {}
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        heading, column = row["heading"], row["column"]
        table = _FILES.get(row.get("table") or table_of(column), "")
        if not heading or not column or not table:
            remedy = "Give heading and column; table is clinical, toxicity or assessment."
            faults.append(Fault("is not a row of a map", remedy, file=str(path), row=number))
            continue
        source = Source(table, column, heading, row.get("event", ""))
        if sources.setdefault((table, column), source) != source:
            remedy = "Keep one heading and event a column."
            faults.append(Fault("column comes from two places", remedy, file=str(path), row=number))
        if row.get("value"):
            words.setdefault((table, column), {})[row["value"].lower()] = row.get("becomes", "")
    if faults:
        raise InputError(faults)
    return FieldMap(tuple(sources.values()), words)


def read_redcap(export: Path, dictionary: Path | None, column_map: Path | None) -> Imported:
    """The tables of an export.

    Args:
        export: CSV as REDCap writes it, raw or with labels.
        dictionary: the project's data dictionary (CSV): tells choices and, for labels, the fields.
        column_map: see `read_map`.

    Raises:
        InputError: listing every fault by file, row and column, without a value.
    """
    log = ImportLog("redcap")
    sheet = read_rows(export)
    known = read_dictionary(dictionary) if dictionary is not None else Dictionary({}, {})
    mapping = read_map(column_map) if column_map is not None else FieldMap((), {})
    for path, kind in ((export, "export"), (dictionary, "dictionary"), (column_map, "map")):
        if path is not None:
            log.read(path, kind, len(sheet.rows) if kind == "export" else 0)
    sources, record = _sources(sheet, known, mapping, log)
    raise_faults(log)
    reader = _Reader(sheet, known, mapping, log)
    patients = _patients(sheet, record, log)
    tables: dict[str, Rows] = {"clinical": reader.clinical(patients, record, sources)}
    for table, needed in _NEEDED.items():
        own = [source for source in sources if source.table == table]
        if own:
            tables[table] = reader.events(record, own, needed)
    raise_faults(log)
    counts = {"n_patient": len(patients), "n_row": len(sheet.rows)}
    counts |= {f"n_{name}": len(rows) for name, rows in tables.items() if name != "clinical"}
    return Imported(tables, log, counts)


def _sources(sheet: Sheet, known: Dictionary, mapping: FieldMap, log: ImportLog) -> tuple[list[Source], str]:
    """Where each column comes from, mapped ones first, and the heading of the record's id."""
    record = next((s.heading for s in mapping.sources if s.column == "patient_id"), "")
    if not record:
        record = "patient_id" if "patient_id" in sheet.columns else sheet.columns[0]
    found = {(s.table, s.column): s for s in mapping.sources if s.column != "patient_id"}
    headings = {known.name_of(heading): heading for heading in sheet.columns}
    for source in list(found.values()):
        heading = source.heading if source.heading in sheet.columns else headings.get(source.heading)
        if heading is None:
            log.fault(
                f"the map names {source.heading!r}, which the export lacks", "Mend the map.", sheet.path
            )
        else:
            found[source.table, source.column] = Source(source.table, source.column, heading, source.event)
    if record not in sheet.columns:
        record = headings.get(record, record)
        if record not in sheet.columns:
            log.fault("the map's heading of patient_id is not in the export", "Mend the map.", sheet.path)
    taken = {source.heading for source in found.values()} | {record}
    ours = [*CLINICAL.names, *TOXICITY.names, *ASSESSMENT.names]
    for name in dict.fromkeys(ours):
        heading = headings.get(name)
        key = table_of(name), name
        if heading is not None and name != "patient_id" and key not in found and heading not in taken:
            found[key] = Source(*key, heading)
    for source in found.values():
        event = f" in the event {source.event}" if source.event else ""
        log.map(source.table, source.column, source.heading + event)
    log.map("clinical", "patient_id", record)
    used = {source.heading for source in found.values()} | {record, *EVENT, *INSTRUMENT, *INSTANCE}
    unused = [heading for heading in sheet.columns if heading not in used]
    log.note(
        f"{len(unused)} fields of the export are not read: neither named like a column of ours nor mapped"
    )
    return list(found.values()), record


def _patients(sheet: Sheet, record: str, log: ImportLog) -> list[str]:
    """The ids of the records, in order."""
    found: dict[str, None] = {}
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        if not re.search(ID_PATTERN, row[record]):
            remedy = "Use letters, digits, `_`, `.` and `-`."
            log.fault(
                "id is empty or has characters that are not allowed", remedy, sheet.path, number, record
            )
        found[row[record]] = None
    raise_faults(log)
    return list(found)


class _Reader:
    """Turns the cells of an export into ours."""

    def __init__(self, sheet: Sheet, known: Dictionary, mapping: FieldMap, log: ImportLog) -> None:
        self._sheet, self._known, self._mapping, self._log = sheet, known, mapping, log
        self._event, self._instrument = (
            next((name for name in names if name in sheet.columns), None) for names in (EVENT, INSTRUMENT)
        )

    def _rows(self, event: str) -> Iterable[tuple[int, dict[str, str]]]:
        """Numbered rows, of one event where it is named."""
        for number, row in zip(self._sheet.row_numbers, self._sheet.rows, strict=True):
            if not event or (self._event is not None and row[self._event] == event):
                yield number, row

    def clinical(self, patients: list[str], record: str, sources: list[Source]) -> Rows:
        """One row a record: each field's one value over the record's events."""
        made = {patient: {"patient_id": patient} for patient in patients}
        for source in sources:
            if source.table != "clinical":
                continue
            if source.event and not any(True for _ in self._rows(source.event)):
                self._log.fault(f"no row of the event {source.event!r}", "Mend the map.", self._sheet.path)
            for number, row in self._rows(source.event):
                text = self._cell(number, row, source)
                cells = made[row[record]]
                if not text:
                    continue
                if cells.setdefault(source.column, text) != text:
                    remedy = "Name the event to take it from in the map (column event)."
                    rule = "another value of the same record in another event or instance"
                    self._log.fault(rule, remedy, self._sheet.path, number, source.heading)
        return list(made.values())

    def events(self, record: str, sources: list[Source], needed: tuple[str, ...]) -> Rows:
        """One row for each row of the export that has any of the needed columns."""
        made = []
        for number, row in self._rows(""):
            named = [s for s in sources if not s.event or (self._event and row[self._event] == s.event)]
            cells = {source.column: self._cell(number, row, source) for source in named}
            if any(cells.get(name) for name in needed):
                made.append({"patient_id": row[record]} | cells)
        return made

    def _cell(self, number: int, row: Mapping[str, str], source: Source) -> str:
        """Our text of a cell: translated, a choice as its label, a checkbox as true or false."""
        text = row[source.heading]
        if text in UNKNOWN_CELLS:
            return ""
        words = self._mapping.words.get((source.table, source.column), {})
        field = self._known.field(source.heading)
        options = [text] if field is None else field.readings(text)
        for option in options:
            if option.lower() in words:
                return words[option.lower()]
        if _is_checkbox(source.heading):
            if text.lower() in _CHECKED:
                return _CHECKED[text.lower()]
            self._log.fault("is neither checked nor unchecked", "Export it again.", self._sheet.path, number,
                            source.heading)  # fmt: skip
            return ""
        return self._ours(number, options, field, source)

    def _ours(self, number: int, options: list[str], field: Field | None, source: Source) -> str:
        """The first reading of a cell that the column takes; a fault where none is."""
        column = _column(source)
        if column is None:
            return options[0]
        for option in options:
            word = _spelled(option, column)
            try:
                parse_cell(word, column)
            except CellError as error:
                rule, remedy = error.rule, error.remedy
                continue
            return word
        if field is not None and field.choices:
            rule, remedy = (
                "is a choice that the column does not know",
                "Translate it in the map (value,becomes).",
            )
        self._log.fault(rule, remedy, self._sheet.path, number, source.heading)
        return ""


def _column(source: Source) -> Column | None:
    table = {"clinical": CLINICAL.by_name, "toxicity": TOXICITY.by_name, "assessments": ASSESSMENT.by_name}[
        source.table
    ]
    return table.get(source.column)


def _is_checkbox(heading: str) -> bool:
    return "___" in heading or "(choice=" in heading


def _spelled(text: str, column: Column) -> str:
    """A word in the spelling of the column's allowed ones, and the day of a date with a time."""
    if column.dtype == "date" and (match := _MOMENT.fullmatch(text)):
        return match.group(1)
    return next((word for word in column.allowed or () if word.lower() == text.lower()), text)
