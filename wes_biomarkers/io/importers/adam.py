"""CDISC ADaM: ADSL, ADTTE, ADRS, ADTR and ADAE as our clinical table, assessments and adverse events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from wes_biomarkers.contracts.schema import ID_PATTERN
from wes_biomarkers.io.importers.adam_choice import AdamChoice
from wes_biomarkers.io.importers.adam_dates import DayError
from wes_biomarkers.io.importers.adam_endpoints import add_endpoints
from wes_biomarkers.io.importers.adam_events import read_events
from wes_biomarkers.io.importers.adam_response import add_responses, read_assessments
from wes_biomarkers.io.importers.adam_sets import DataSet, known, read_data_sets
from wes_biomarkers.io.importers.folder import Imported, ImportLog, Rows, raise_faults

#: CDISC's words for subjects without an arm (controlled terminology ARMNULRS and its predecessors).
_NO_ARM = ("screen failure", "not assigned", "not treated", "scrnfail", "notassgn", "nottrt", "unassigned")
_SEXES = {"F": "female", "M": "male", "U": "unknown", "UNDIFFERENTIATED": "unknown"}
#: Our column -> ADSL's columns, the first that is there counts, and the ISO columns that may stand in.
_DAYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "allocation_date": (("RANDDT",), ()),
    "first_dose_date": (("TRTSDT",), ("RFXSTDTC",)),
    "last_dose_date": (("TRTEDT",), ("RFXENDTC",)),
    "death_date": (("DTHDT",), ("DTHDTC",)),
    "last_contact_date": (("LSTALVDT",), ()),
}
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "site": ("SITEID",),
    "arm_assigned": ("TRT01P", "ARM"),
    "arm_received": ("TRT01A", "ACTARM"),
    "ecog": ("ECOGBL", "BECOG", "ECOG"),
}


def read_adam(paths: Sequence[Path], choice: AdamChoice, today: date) -> Imported:
    """The tables of a study.

    Args:
        paths: one file of each kind, in any order: XPT, SAS7BDAT or CSV (also gzip).
        choice: what the user chose.
        today: no day of the study lies after it.

    Raises:
        InputError: listing everything that has to be mended, by file, row and column.
    """
    log = ImportLog("adam")
    sets = read_data_sets(paths, choice.subject, choice.date_origin, today, log)
    clinical = _subjects(sets["ADSL"], choice, log)
    for kind, data in sets.items():
        if kind != "ADSL":
            _refuse_strangers(data, choice.subject, clinical, log)
    raise_faults(log)
    tables: dict[str, Rows] = {}
    if "ADTTE" in sets:
        add_endpoints(sets["ADTTE"], clinical, choice.subject, choice.endpoints, log)
    if "ADRS" in sets:
        add_responses(sets["ADRS"], clinical, choice.subject, choice.evaluator, log)
        tables["assessments"] = read_assessments(
            sets["ADRS"], sets.get("ADTR"), choice.subject, choice.evaluator, log
        )
    if "ADAE" in sets:
        tables["toxicity"] = read_events(sets["ADAE"], clinical, choice, log)
        _mark_assessed(sets["ADSL"], clinical, choice.subject, log)
    raise_faults(log)
    _settle(clinical, tables.get("assessments", []), log)
    rows = [clinical[name] for name in sorted(clinical)]
    counts = {
        "n_subject": len(sets["ADSL"].sheet.rows),
        "n_patient": len(rows),
        "n_not_allocated": sum(row.get("assignment") == "not_allocated" for row in rows),
        **{f"n_{kind}": sum(bool(row.get(f"{kind}_months")) for row in rows) for kind in ("os", "pfs")},
        **{f"n_{kind}_event": sum(row.get(f"{kind}_event") == "true" for row in rows)
           for kind in ("os", "pfs")},
        **{f"n_{name}": len(made) for name, made in tables.items()},
    }  # fmt: skip
    return Imported({"clinical": rows, **tables}, log, counts)


def _refuse_strangers(
    data: DataSet, subject: str, clinical: Mapping[str, dict[str, str]], log: ImportLog
) -> None:
    """A fault for each subject that ADSL lacks, at its first row."""
    seen: set[str] = set()
    for number, row in data.rows():
        if row[subject] not in clinical and row[subject] not in seen:
            seen.add(row[subject])
            remedy = "Add the subject to ADSL, or mend the id."
            log.fault(f"subject {row[subject]!r} is not in ADSL", remedy, data.file, number, subject)


def _subjects(adsl: DataSet, choice: AdamChoice, log: ImportLog) -> dict[str, dict[str, str]]:
    """ADSL's subjects by id, as rows of the clinical table."""
    found: dict[str, dict[str, str]] = {}
    for number, row in adsl.rows():
        patient = row[choice.subject]
        if not re.search(ID_PATTERN, patient):
            remedy = "Use letters, digits, `_`, `.` and `-`, or another column by --subject."
            log.fault("id has characters that are not allowed", remedy, adsl.file, number, choice.subject)
        elif patient in found:
            log.fault("subject given twice", "Keep one row.", adsl.file, number, choice.subject)
        else:
            found[patient] = {"patient_id": patient}
    raise_faults(log)
    log.map("clinical", "patient_id", f"ADSL.{choice.subject}")
    by_row = [(number, row, found[row[choice.subject]]) for number, row in adsl.rows()]
    for column, names in _TEXTS.items():
        if (name := adsl.first(*names)) is not None:
            log.map("clinical", column, f"ADSL.{name}")
            for _, row, made in by_row:
                made[column] = row[name] if known(row[name]) else ""
    for column, (names, iso) in _DAYS.items():
        _add_days(adsl, column, names[0], iso, by_row, log)
    _add_sex_and_age(adsl, by_row, log)
    _allocate(adsl, by_row, log)
    for name in choice.keep:
        _keep(adsl, name.upper(), by_row, log)
    used = {entry["from"].removeprefix("ADSL.").split(" ")[0] for entry in log.mapped}
    unused = [name for name in adsl.sheet.columns if name not in used and name not in ("AGEU", "SAFFL")]
    log.note(f"ADSL columns not used (--keep adds them): {', '.join(unused)}")
    return found


_ByRow = list[tuple[int, dict[str, str], dict[str, str]]]


def _add_days(
    adsl: DataSet, column: str, name: str, iso: Sequence[str], by_row: _ByRow, log: ImportLog
) -> None:
    if not any(map(adsl.has, (name, *iso))):
        return
    log.map("clinical", column, f"ADSL.{name}", f"else {', '.join(iso)}" if iso else "")
    for number, row, made in by_row:
        try:
            day = adsl.day(row, name, iso)
        except DayError as error:
            log.fault(error.rule, error.remedy, adsl.file, number, name)
            continue
        made[column] = "" if day is None else day.isoformat()


def _add_sex_and_age(adsl: DataSet, by_row: _ByRow, log: ImportLog) -> None:
    if adsl.has("SEX"):
        log.map("clinical", "sex", "ADSL.SEX", "F, M, U, UNDIFFERENTIATED")
        for number, row, made in by_row:
            word = _SEXES.get(row["SEX"].upper())
            if known(row["SEX"]) and word is None:
                log.fault("is none of F, M, U", "Mend the cell.", adsl.file, number, "SEX")
            made["sex"] = word or ""
    if adsl.has("AGE"):
        log.map("clinical", "age", "ADSL.AGE", "in years")
        for number, row, made in by_row:
            if known(row["AGE"]) and adsl.has("AGEU") and row["AGEU"].upper() not in ("YEARS", "YEAR", ""):
                remedy = "Give the age in years."
                log.fault("age is not in years", remedy, adsl.file, number, "AGEU")
            made["age"] = row["AGE"] if known(row["AGE"]) else ""


def _allocate(adsl: DataSet, by_row: _ByRow, log: ImportLog) -> None:
    """Who was allocated: in a randomised study those with RANDDT; others lose the words that stand for no arm."""
    for _, _, made in by_row:
        for column in ("arm_assigned", "arm_received"):
            if made.get(column, "").lower() in _NO_ARM:
                made[column] = ""
    if not any(made.get("allocation_date") for _, _, made in by_row):
        log.note("ADSL has no randomisation date: endpoints count from the first dose")
        return
    log.map("clinical", "assignment", "ADSL.RANDDT", "randomized where known, else not_allocated")
    unallocated = []
    for _, _, made in by_row:
        made["assignment"] = "randomized" if made["allocation_date"] else "not_allocated"
        if not made["allocation_date"]:
            unallocated.append(made["patient_id"])
            made.update(arm_assigned="", arm_received="")
    log.drop(
        "endpoints after allocation",
        "never randomised (no RANDDT): kept as not_allocated",
        len(unallocated),
        unallocated,
    )


def _keep(adsl: DataSet, name: str, by_row: _ByRow, log: ImportLog) -> None:
    if not adsl.has(name):
        log.fault(f"ADSL has no column {name}", "Check --keep.", adsl.file)
        return
    log.map("clinical", name.lower(), f"ADSL.{name}", "kept on demand")
    for _, row, made in by_row:
        made[name.lower()] = row[name] if known(row[name]) else ""


#: Days on which a patient was alive, so that an earlier `last_contact_date` is not the last.
_SEEN_ALIVE = ("allocation_date", "first_dose_date", "last_dose_date")


def _settle(clinical: Mapping[str, dict[str, str]], assessments: Rows, log: ImportLog) -> None:
    """What a submission's own derivations contradict becomes unknown, and is named in the log.

    A last contact before a day of treatment or of an assessment is not the last. Progression-free survival that
    goes on after the end of survival (a censoring by another rule) has one end too many.
    """
    seen = {patient: [made.get(name, "") for name in _SEEN_ALIVE] for patient, made in clinical.items()}
    for row in assessments:
        seen[row["patient_id"]].append(row["assessment_date"])
    early, long = [], []
    for patient, made in clinical.items():
        contact = made.get("last_contact_date", "")
        if contact and any(day > contact for day in seen[patient]):
            made["last_contact_date"] = ""
            early.append(patient)
        months = [float(made[name]) for name in ("os_months", "pfs_months") if made.get(name)]
        if len(months) == 2 and months[1] > months[0]:
            made.update(pfs_months="", pfs_event="")
            long.append(patient)
    log.drop(
        "last_contact_date", "before a day of allocation, treatment or assessment: unknown", len(early), early
    )
    log.drop("progression-free survival", "longer than survival: unknown", len(long), long)


def _mark_assessed(
    adsl: DataSet, clinical: Mapping[str, dict[str, str]], subject: str, log: ImportLog
) -> None:
    """Subjects of the safety population were asked for adverse events; of others it is unknown."""
    if not adsl.has("SAFFL"):
        log.note("ADSL has no SAFFL: of patients without an event it is unknown whether they had none")
        return
    log.map("clinical", "toxicity_assessed", "ADSL.SAFFL", "true where Y")
    is_safe: Callable[[Mapping[str, str]], bool] = lambda row: row["SAFFL"].upper() == "Y"  # noqa: E731
    for _, row in adsl.rows():
        clinical[row[subject]]["toxicity_assessed"] = "true" if is_safe(row) else ""
