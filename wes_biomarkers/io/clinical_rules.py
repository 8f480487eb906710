"""What must hold within a row of a clinical table: the order of days, and columns that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL
from wes_biomarkers.contracts.schema import Column, Table
from wes_biomarkers.contracts.validate import unknown_values
from wes_biomarkers.errors import Fault

#: No date of a trial lies before it: spreadsheets and clocks write 1900-01-01 and 1970-01-01 for none.
EARLIEST = date(1980, 1, 1)

#: (earlier, later, what a later day before the earlier one means). Equal days are fine.
CLINICAL_ORDER: tuple[tuple[str, str, str], ...] = (
    ("induction_start_date", "allocation_date", "allocation before the start of induction"),
    ("induction_start_date", "death_date", "death before the start of induction"),
    ("induction_start_date", "progression_date", "progression before the start of induction"),
    ("induction_start_date", "last_contact_date", "last contact before the start of induction"),
    (
        "induction_start_date",
        "first_dose_date",
        "first dose of allocated treatment before the start of induction",
    ),
    ("induction_start_date", "last_dose_date", "last dose before the start of induction"),
    ("allocation_date", "last_dose_date", "last dose of allocated treatment before allocation"),
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
    ("radiotherapy_start_date", "last_contact_date", "last contact before radiotherapy"),
    ("radiotherapy_end_date", "last_contact_date", "last contact before the end of radiotherapy"),
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


def date_faults(
    frame: pd.DataFrame,
    columns: Iterable[Column],
    order: Iterable[tuple[str, str, str]],
    today: date | None,
    file: str,
) -> list[Fault]:
    """Dates in the future (not judged without `today`), before any trial, or in an impossible order."""
    faults = []
    first, last = pd.Timestamp(EARLIEST), pd.Timestamp.max if today is None else pd.Timestamp(today)
    for column in columns:
        if column.dtype == "date" and column.name in frame:
            days = frame[column.name]
            for rule, wrong in (("in the future", days > last), (f"before {EARLIEST.year}", days < first)):
                faults += [
                    Fault(rule, "Mend the date, or empty the cell.", file=file, row=row, column=column.name)
                    for row in _rows_where(wrong)
                ]
    for earlier, later, rule in order:
        if earlier in frame and later in frame:
            for row in frame.index[frame[later] < frame[earlier]]:
                faults.append(
                    Fault(rule, f"Mend {earlier} or {later}.", file=file, row=int(row), column=later)
                )
    return faults


def _rows_where(condition: pd.Series) -> list[int]:
    return [int(row) for row in condition.index[condition.fillna(False).astype(bool)]]


def clinical_faults(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Rules across the columns of a clinical row, other than the order of dates."""

    def column(name: str) -> pd.Series:
        return _column(frame, CLINICAL, name)

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
    return _broken(rules, file)


def assessment_faults(frame: pd.DataFrame, file: str) -> list[Fault]:
    """Rules across the columns of a visit: what RECIST 1.1 makes of its lesions (table 1)."""
    response = _column(frame, ASSESSMENT, "response").fillna("")
    non_target = _column(frame, ASSESSMENT, "non_target").fillna("")
    new = _column(frame, ASSESSMENT, "new_lesion").fillna(False).astype(bool)
    rules = [
        (new & (response != "PD"), "response", "a new lesion, but the response is not PD",
         "Mend response or new_lesion."),
        ((non_target == "PD") & (response != "PD"), "response",
         "non-target lesions progress, but the response is not PD", "Mend response or non_target."),
        ((response == "CR") & ~non_target.isin(("", "CR")), "response",
         "CR, but the non-target lesions are not CR", "Mend response or non_target."),
    ]  # fmt: skip
    return _broken(rules, file)


def _column(frame: pd.DataFrame, table: Table, name: str) -> pd.Series:
    """A column of the table, all unknown where it is absent."""
    return frame[name] if name in frame else unknown_values(table.by_name[name], frame.index)


def _broken(rules: Iterable[tuple[pd.Series, str, str, str]], file: str) -> list[Fault]:
    """A fault for each row where a condition holds."""
    return [
        Fault(rule, remedy, file=file, row=row, column=name)
        for condition, name, rule, remedy in rules
        for row in _rows_where(condition)
    ]
