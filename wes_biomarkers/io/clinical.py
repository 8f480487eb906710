"""Reading the clinical and toxicity tables. No value or date of a patient is ever put into an error."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from wes_biomarkers.contracts.clinical import CLINICAL, TOXICITY
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS, Column, Table
from wes_biomarkers.contracts.tables import DERIVED
from wes_biomarkers.contracts.validate import PANDAS_DTYPES, unknown_values
from wes_biomarkers.contracts.values import parse_column
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.sheet import Sheet, read_rows
from wes_biomarkers.stats.endpoints import study_origin

#: (earlier, later, what a later day before the earlier one means). Equal days are fine.
CLINICAL_ORDER: tuple[tuple[str, str, str], ...] = (
    ("induction_start_date", "allocation_date", "allocation before the start of induction"),
    ("induction_start_date", "death_date", "death before the start of induction"),
    ("induction_start_date", "progression_date", "progression before the start of induction"),
    ("induction_start_date", "last_contact_date", "last contact before the start of induction"),
    ("allocation_date", "death_date", "death before allocation"),
    ("allocation_date", "first_dose_date", "first dose of allocated treatment before allocation"),
    ("allocation_date", "progression_date", "progression after allocation dated before it"),
    ("allocation_date", "last_contact_date", "last contact before allocation"),
    ("first_dose_date", "last_dose_date", "last dose before the first"),
    ("first_dose_date", "last_contact_date", "last contact before the first dose"),
    ("radiotherapy_start_date", "radiotherapy_end_date", "radiotherapy ends before it starts"),
    ("progression_date", "death_date", "progression after death"),
    ("first_dose_date", "death_date", "treatment after death"),
    ("last_dose_date", "death_date", "treatment after death"),
    ("radiotherapy_start_date", "death_date", "radiotherapy after death"),
    ("radiotherapy_end_date", "death_date", "radiotherapy after death"),
    ("last_assessment_date", "death_date", "tumour assessment after death"),
    ("last_contact_date", "death_date", "known alive after death"),
    ("progression_date", "last_contact_date", "last contact before progression"),
    ("last_assessment_date", "last_contact_date", "last contact before the last assessment"),
    ("last_dose_date", "last_contact_date", "last contact before the last dose"),
)
#: Further pairs by the origin of a study without allocation. Restaging before allocation is ordinary, and so is
#: progression between allocation and the first dose: a study that allocates has none.
ORIGIN_ORDER: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "allocation": (),
    "first_dose": (
        ("first_dose_date", "progression_date", "progression before the first dose"),
        ("first_dose_date", "last_assessment_date", "last assessment before the first dose"),
    ),
    "induction": (
        ("induction_start_date", "last_assessment_date", "last assessment before the start of induction"),
    ),
}
TOXICITY_ORDER = (("onset_date", "resolved_date", "resolved before its onset"),)


def read_column_map(path: Path | str) -> dict[str, str]:
    """A site's own headings -> ours, from a table with the columns `heading` and `column`.

    Raises:
        InputError: when the columns are absent, or a heading or column is given twice.
    """
    sheet = read_rows(path)
    missing = [name for name in ("heading", "column") if name not in sheet.columns]
    if missing:
        raise InputError(
            [
                Fault(f"no column {name}", "Head the map with heading,column.", file=str(path))
                for name in missing
            ]
        )
    faults = []
    for name in ("heading", "column"):
        for value, count in Counter(row[name] for row in sheet.rows).items():
            if count > 1:
                faults.append(Fault("given twice", "Keep one row.", file=str(path), column=name, value=value))
    if faults:
        raise InputError(faults)
    return {row["heading"].strip(): row["column"].strip() for row in sheet.rows}


def _renamed(
    sheet: Sheet, column_map: Mapping[str, str], file: str
) -> tuple[dict[str, list[str]], list[Fault]]:
    """The sheet's columns as lists of cells, under our names."""
    faults = [
        Fault("the column map names a heading the table lacks", "Mend the map.", file=file, value=heading)
        for heading in column_map
        if heading not in sheet.columns
    ]
    names = [column_map.get(name, name).strip() for name in sheet.columns]
    for name, count in Counter(names).items():
        if count > 1:
            faults.append(Fault(f"{count} columns of this name", "Keep one.", file=file, column=name))
    cells = {name: [row[old] for row in sheet.rows] for old, name in zip(sheet.columns, names, strict=True)}
    return cells, faults


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _heading_faults(names: Iterable[str], table: Table, file: str) -> list[Fault]:
    """Headings that are absent, ours but for spelling, or taken by derived columns."""
    faults = []
    present = set(names)
    for column in table.columns:
        if not column.nullable and column.name not in present:
            remedy = f"Head a column {column.name}, or use a column map."
            faults.append(Fault("required column is absent", remedy, file=file, column=column.name))
    ours = {_folded(column.name): column.name for column in table.columns}
    taken = {column.name for column in DERIVED} if table is CLINICAL else set()
    for name in sorted(present - set(table.names)):
        if not name:
            faults.append(Fault("a column without a heading", "Name it or delete it.", file=file))
        elif _folded(name) in ours:
            remedy = f"Write {ours[_folded(name)]}, or use a column map."
            faults.append(Fault("heading is not spelled as declared", remedy, file=file, column=name))
        elif name in taken:
            faults.append(
                Fault("heading is reserved for a derived column", "Rename it.", file=file, column=name)
            )
    return faults


#: A plain decimal number: no leading zero (a code), no thousands mark, no exponent.
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]+)?(?<=[0-9])")


def _further_values(cells: list[str]) -> pd.Series:
    """A covariate of no declared type: numbers where every known cell is a plain one, else text."""
    known = [None if cell.strip() in UNKNOWN_CELLS else cell.strip() for cell in cells]
    given = [cell for cell in known if cell is not None]
    if not given or not all(_PLAIN_NUMBER.fullmatch(cell) and math.isfinite(float(cell)) for cell in given):
        return pd.Series(known, dtype="string")
    return pd.Series([None if cell is None else float(cell) for cell in known], dtype="float64")


def _read_table(
    path: Path | str, table: Table, column_map: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Fault]]:
    """The table with typed columns and every cell fault; its index holds the file's row numbers."""
    file = str(path)
    sheet = read_rows(path, allow_no_rows=table is TOXICITY)
    cells, faults = _renamed(sheet, column_map, file)
    faults += _heading_faults(cells, table, file)
    data: dict[str, pd.Series] = {}
    rows = list(sheet.row_numbers)
    for column in table.columns:
        if column.name in cells:
            values, bad = parse_column(cells[column.name], column, file=file, rows=rows)
            data[column.name] = pd.Series(values, dtype=PANDAS_DTYPES[column.dtype])
            faults += bad
    for name, further in cells.items():
        if name not in data:
            data[name] = _further_values(further)
    frame = pd.DataFrame(data)
    frame.index = pd.Index(rows, name="row")
    return frame, faults


def _duplicate_faults(frame: pd.DataFrame, table: Table, file: str) -> list[Fault]:
    keys = list(table.key)
    if not set(keys) <= set(frame.columns):
        return []
    keyed = frame.dropna(subset=keys)
    twice = keyed[keyed.duplicated(keys)]
    rule = "given twice" if len(keys) == 1 else f"same {', '.join(keys)} given twice"
    return [Fault(rule, "Keep one row.", file=file, row=int(row), column=keys[0]) for row in twice.index]


def _date_faults(
    frame: pd.DataFrame,
    columns: Iterable[Column],
    order: Iterable[tuple[str, str, str]],
    today: date,
    file: str,
) -> list[Fault]:
    faults = []
    limit = pd.Timestamp(today)
    for column in columns:
        if column.dtype == "date" and column.name in frame:
            for row in frame.index[frame[column.name] > limit]:
                faults.append(
                    Fault("in the future", "Mend the date.", file=file, row=int(row), column=column.name)
                )
    for earlier, later, rule in order:
        if earlier in frame and later in frame:
            for row in frame.index[frame[later] < frame[earlier]]:
                faults.append(
                    Fault(rule, f"Mend {earlier} or {later}.", file=file, row=int(row), column=later)
                )
    return faults


def _rows_where(condition: pd.Series) -> list[int]:
    return [int(row) for row in condition.index[condition.fillna(False).astype(bool)]]


def _rule_faults(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Rules across the columns of a clinical row, other than the order of dates."""

    def column(name: str) -> pd.Series:
        """A column of the table, all unknown where it is absent."""
        return frame[name] if name in frame else unknown_values(CLINICAL.by_name[name], frame.index)

    unallocated = column("assignment") == "not_allocated"
    rules = [
        (
            unallocated & column(name).notna(),
            name,
            "given for a patient who was never allocated",
            f"Empty {name}, or mend assignment.",
        )
        for name in ("allocation_date", "arm_assigned", "arm_received", "best_response")
    ]
    for kind in ("os", "pfs"):
        months, event = column(f"{kind}_months"), column(f"{kind}_event")
        remedy = "Give both, or neither."
        rules.append(
            (months.isna() & event.notna(), f"{kind}_months", f"{kind}_event without months", remedy)
        )
        rules.append(
            (months.notna() & event.isna(), f"{kind}_event", f"{kind}_months without its event", remedy)
        )
    rules.append(
        (
            column("pfs_months") > column("os_months"),
            "pfs_months",
            "progression-free survival longer than survival",
            "Mend one of them.",
        )
    )
    rules.append(
        (
            column("death_date").notna() & ~column("os_event").fillna(True),
            "os_event",
            "no death event, but a date of death",
            "Mend one of them.",
        )
    )
    return [
        Fault(rule, remedy, file=file, row=row, column=name)
        for condition, name, rule, remedy in rules
        for row in _rows_where(condition)
    ]


def _in_file_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: fault.row or 0)


def read_clinical(
    path: Path | str, column_map: Mapping[str, str] | None = None, *, today: date | None = None
) -> pd.DataFrame:
    """The clinical table: declared columns typed by their contract, further ones as numbers or text.

    Args:
        path: CSV, TSV or XLSX in any line ends and delimiter `io.sheet` reads.
        column_map: a site's own headings -> ours.
        today: no date may lie after it; not checked without.

    Raises:
        InputError: listing every fault by file, row, column and rule, never with a value.
    """
    file = str(path)
    frame, faults = _read_table(path, CLINICAL, column_map or {})
    faults += _duplicate_faults(frame, CLINICAL, file)
    order = CLINICAL_ORDER + ORIGIN_ORDER[study_origin(frame)]
    faults += _date_faults(frame, CLINICAL.columns, order, today or date.max.replace(year=2261), file)
    faults += _rule_faults(frame, file)
    if faults:
        raise InputError(_in_file_order(faults))
    return frame.reset_index(drop=True)


def read_toxicity(
    path: Path | str, column_map: Mapping[str, str] | None = None, *, today: date | None = None
) -> pd.DataFrame:
    """The adverse events, one row an event.

    Raises:
        InputError: as `read_clinical`.
    """
    file = str(path)
    frame, faults = _read_table(path, TOXICITY, column_map or {})
    faults = [
        Fault(
            "grade 0 is not an event",
            "Delete the row; toxicity_assessed says that there was none.",
            file=fault.file,
            row=fault.row,
            column="grade",
        )
        if fault.column == "grade" and fault.rule == "is below 1"
        else fault
        for fault in faults
    ]
    faults += _duplicate_faults(frame, TOXICITY, file)
    faults += _date_faults(
        frame, TOXICITY.columns, TOXICITY_ORDER, today or date.max.replace(year=2261), file
    )
    if faults:
        raise InputError(_in_file_order(faults))
    return frame.reset_index(drop=True)


def check_toxicity(toxicity: pd.DataFrame, clinical: pd.DataFrame, file: str = "toxicity") -> list[Fault]:
    """Faults between the two tables: events of patients without a clinical row or never assessed for any, and
    events after death. They name patients only."""
    known = set(clinical["patient_id"])
    unknown = sorted(set(toxicity["patient_id"]) - known)
    remedy = "Add the patient to the clinical table, or mend the id."
    faults = [
        Fault("patient has no clinical row", remedy, file=file, column="patient_id", value=patient)
        for patient in unknown
    ]
    if "toxicity_assessed" in clinical:
        unasked = ~clinical["toxicity_assessed"].fillna(True).astype(bool)
        faults += [
            Fault(
                "event of a patient whose toxicity_assessed is false",
                "Mend toxicity_assessed in the clinical table, or delete the event.",
                file=file,
                column="patient_id",
                value=patient,
            )
            for patient in sorted(set(clinical.loc[unasked, "patient_id"]) & set(toxicity["patient_id"]))
        ]
    if "death_date" in clinical and "onset_date" in toxicity:
        death = toxicity["patient_id"].map(clinical.set_index("patient_id")["death_date"])
        late = toxicity.loc[toxicity["onset_date"] > death, "patient_id"]
        faults += [
            Fault(
                "event after death",
                "Mend onset_date or death_date.",
                file=file,
                column="onset_date",
                value=patient,
            )
            for patient in sorted(set(late))
        ]
    return faults
