"""Reading the tables of patients, adverse events and tumour assessments.

No value or date of a patient is ever put into an error or a log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL, TOXICITY
from wes_biomarkers.contracts.likely_ids import likely_counterparts
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.clinical_rules import (
    CLINICAL_ORDER,
    ORIGIN_ORDER,
    TOXICITY_ORDER,
    assessment_faults,
    clinical_faults,
    date_faults,
)
from wes_biomarkers.io.clinical_table import duplicate_faults, read_table, similar_id_faults
from wes_biomarkers.io.column_map import ColumnMap
from wes_biomarkers.stats.endpoints import clinical_column, study_origin, treatment_start

_LOG = logging.getLogger("wes_biomarkers")


def read_clinical(
    path: Path | str, column_map: ColumnMap | None = None, *, today: date | None = None
) -> pd.DataFrame:
    """The clinical table: declared columns typed by their contract, further ones as numbers or text.

    Args:
        path: CSV, TSV, XLSX or Parquet, as `io.sheet` reads them.
        column_map: a site's own headings and words.
        today: no date may lie after it; not checked without.

    Raises:
        InputError: listing every fault by file, row, column and rule, never with a value.
    """
    return _without_faults(*_clinical(path, column_map, today))


def read_toxicity(
    path: Path | str, column_map: ColumnMap | None = None, *, today: date | None = None
) -> pd.DataFrame:
    """The adverse events, one row an event.

    Raises:
        InputError: as `read_clinical`.
    """
    return _without_faults(*_toxicity(path, column_map, today))


def read_assessments(
    path: Path | str, column_map: ColumnMap | None = None, *, today: date | None = None
) -> pd.DataFrame:
    """The tumour assessments, one row a visit.

    Raises:
        InputError: as `read_clinical`.
    """
    return _without_faults(*_assessments(path, column_map, today))


@dataclass(frozen=True)
class ClinicalTables:
    """Tables of a study's patients.

    Attributes:
        tables: by name; sound only where there is no fault.
        faults: of all tables.
        dropped: patients who were left out and had been in a table.
    """

    tables: Mapping[str, pd.DataFrame]
    faults: Sequence[Fault]
    dropped: frozenset[str] = frozenset()


def read_clinical_tables(
    given: Mapping[str, Path | str | None],
    maps: Mapping[str, ColumnMap] | None = None,
    *,
    today: date | None = None,
    dropped: frozenset[str] = frozenset(),
) -> ClinicalTables:
    """The tables that are given, and every fault in each and between them at once.

    Args:
        given: paths of `clinical`, `toxicity`, `assessments`; None or absent where there is none.
        maps: by table, as `column_map.read_column_maps` gives them.
        today: as `read_clinical`.
        dropped: patients who are left out of the tables, and of what is compared between them.
    """
    readers = {"clinical": _clinical, "toxicity": _toxicity, "assessments": _assessments}
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    found: set[str] = set()
    for name, read in readers.items():
        path = given.get(name)
        if path is None:
            continue
        try:
            table, wrong = read(path, (maps or {}).get(name.removesuffix("s")), today)
        except InputError as error:
            faults += error.faults
            continue
        faults += sorted(wrong, key=lambda fault: fault.row or 0)
        if "patient_id" in table:
            found |= dropped & set(table["patient_id"])
            tables[name] = table[~table["patient_id"].isin(dropped)].reset_index(drop=True)
    whole = "clinical" in tables and not any(
        fault.column == "patient_id" and fault.file == str(given["clinical"]) for fault in faults
    )
    if whole and "toxicity" in tables:
        faults += check_toxicity(tables["toxicity"], tables["clinical"], str(given["toxicity"]))
    if whole and "assessment_date" in tables.get("assessments", ()):
        faults += check_assessments(tables["assessments"], tables["clinical"], str(given["assessments"]))
    return ClinicalTables(tables, faults, frozenset(found))


def _clinical(
    path: Path | str, column_map: ColumnMap | None, today: date | None
) -> tuple[pd.DataFrame, list[Fault]]:
    file = str(path)
    frame, faults = read_table(path, CLINICAL, column_map)
    faults += duplicate_faults(frame, CLINICAL, file) + similar_id_faults(frame, file)
    order = CLINICAL_ORDER + ORIGIN_ORDER[study_origin(frame)]
    faults += date_faults(frame, CLINICAL.columns, order, today, file)
    return frame, faults + _elsewhere(clinical_faults(frame, file), faults)


def _toxicity(
    path: Path | str, column_map: ColumnMap | None, today: date | None
) -> tuple[pd.DataFrame, list[Fault]]:
    file = str(path)
    frame, faults = read_table(path, TOXICITY, column_map)
    faults = [_about_grades(fault) for fault in faults]
    faults += duplicate_faults(frame, TOXICITY, file)
    return frame, faults + date_faults(frame, TOXICITY.columns, TOXICITY_ORDER, today, file)


def _assessments(
    path: Path | str, column_map: ColumnMap | None, today: date | None
) -> tuple[pd.DataFrame, list[Fault]]:
    file = str(path)
    frame, faults = read_table(path, ASSESSMENT, column_map)
    if not {"response", "target_sum_mm"} & set(frame):
        faults.append(Fault("has neither response nor target_sum_mm", "Give one or both.", file=file))
    faults += duplicate_faults(frame, ASSESSMENT, file)
    faults += date_faults(frame, ASSESSMENT.columns, (), today, file)
    return frame, faults + _elsewhere(assessment_faults(frame, file), faults)


def _elsewhere(following: list[Fault], faults: list[Fault]) -> list[Fault]:
    """The faults between columns that do not merely follow from a bad cell."""
    bad = {(fault.row, fault.column) for fault in faults}
    return [fault for fault in following if (fault.row, fault.column) not in bad]


def _without_faults(frame: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """The frame with rows numbered from 0, if nothing is wrong with it."""
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    return frame.reset_index(drop=True)


def _about_grades(fault: Fault) -> Fault:
    """A fault of a grade in the words of CTCAE."""
    if fault.column != "grade":
        return fault
    if fault.rule == "is below 1":
        remedy = "Delete the row; toxicity_assessed says that there was none."
        return replace(fault, rule="grade 0 is not an event", remedy=remedy)
    if fault.rule == "is above 5":
        return replace(fault, rule="is above 5, the highest CTCAE grade", remedy="Write 1, 2, 3, 4 or 5.")
    return fault


def _stranger_faults(table: pd.DataFrame, clinical: pd.DataFrame, file: str) -> list[Fault]:
    """Patients without a clinical row, each with the patient it may stand for."""
    known = set(clinical["patient_id"])
    strangers = sorted(set(table["patient_id"]) - known)
    likely = likely_counterparts(strangers, known)
    remedy = "Add the patient to the clinical table, or mend the id."
    return [
        Fault(
            "patient has no clinical row",
            f"Is it {likely[patient]}? If so, write that id." if patient in likely else remedy,
            file=file,
            column="patient_id",
            value=patient,
        )
        for patient in strangers
    ]


def _of_patients(table: pd.DataFrame, clinical: pd.DataFrame, name: str) -> pd.Series:
    """A clinical column of each row's patient; all unknown where the clinical table lacks it."""
    values = clinical_column(clinical, name).set_axis(clinical["patient_id"])
    return table["patient_id"].map(values[~values.index.duplicated()])


def _patient_faults(
    rules: Mapping[tuple[str, str, str], pd.Series], table: pd.DataFrame, file: str
) -> list[Fault]:
    """A fault for each patient of a row where a condition holds, by (rule, remedy, column)."""
    return [
        Fault(rule, remedy, file=file, column=column, value=patient)
        for (rule, remedy, column), condition in rules.items()
        for patient in sorted(set(table.loc[condition.fillna(False).astype(bool), "patient_id"]))
    ]


def check_toxicity(toxicity: pd.DataFrame, clinical: pd.DataFrame, file: str = "toxicity") -> list[Fault]:
    """Faults between the events and the clinical table. They name patients only.

    Events of patients without a clinical row or never assessed for any, events after death or the last contact, and
    an event of grade 5 where the clinical table knows of no death or of another day. Events that start over a year
    before treatment are warned of.
    """

    def event(name: str) -> pd.Series:
        return toxicity[name] if name in toxicity else pd.Series(pd.NaT, index=toxicity.index)

    def patient(name: str) -> pd.Series:
        return _of_patients(toxicity, clinical, name)

    death, contact = patient("death_date"), patient("last_contact_date")
    fatal = toxicity["grade"] == 5 if "grade" in toxicity else pd.Series(False, index=toxicity.index)
    dead = patient("os_event").astype("boolean")
    alive = dead.eq(False) if "death_date" not in clinical else death.isna() & ~dead.fillna(False)
    mend_death = "Mend death_date of the clinical table, or the event."
    rules = {
        ("event of a patient whose toxicity_assessed is false",
         "Mend toxicity_assessed in the clinical table, or delete the event.", "patient_id"):
            patient("toxicity_assessed").astype("boolean").eq(False),
        ("event after death", "Mend onset_date or death_date.", "onset_date"): event("onset_date") > death,
        ("event after the last contact", "Mend onset_date or last_contact_date.", "onset_date"):
            (event("onset_date") > contact) & ~(event("onset_date") > death),
        ("event that ends after death", "Empty resolved_date, or mend it or death_date.", "resolved_date"):
            (event("resolved_date") > death) & ~(event("onset_date") > death),
        ("event of grade 5, but no death in the clinical table", mend_death, "grade"): fatal & alive,
        ("event of grade 5 that ends on another day than death_date: two dates of death", mend_death,
         "resolved_date"): fatal & (event("resolved_date") < death),
    }  # fmt: skip
    start = clinical[["patient_id"]].assign(
        first=pd.concat(
            [clinical_column(clinical, "induction_start_date"), treatment_start(clinical)], axis=1
        ).min(axis=1)
    )
    begun = toxicity["patient_id"].map(start.drop_duplicates("patient_id").set_index("patient_id")["first"])
    early = int((event("onset_date") < begun - pd.Timedelta(days=365)).sum())
    if early:
        _LOG.warning("%s: %d events start over a year before treatment; check onset_date", file, early)
    return _stranger_faults(toxicity, clinical, file) + _patient_faults(rules, toxicity, file)


def check_assessments(
    assessments: pd.DataFrame, clinical: pd.DataFrame, file: str = "assessments"
) -> list[Fault]:
    """Faults between the assessments and the clinical table: patients without a row, visits after death or after the
    last contact. They name patients only."""
    day = assessments["assessment_date"]
    death = _of_patients(assessments, clinical, "death_date")
    contact = _of_patients(assessments, clinical, "last_contact_date")
    rules = {
        ("assessment after death", "Mend assessment_date or death_date.", "assessment_date"): day > death,
        ("assessment after the last contact", "Mend assessment_date or last_contact_date.", "assessment_date"):
            (day > contact) & ~(day > death),
    }  # fmt: skip
    return _stranger_faults(assessments, clinical, file) + _patient_faults(rules, assessments, file)
