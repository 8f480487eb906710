"""ADRS and ADTR: best response, its confirmation, and the assessments visit by visit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from wes_biomarkers.io.importers.adam_dates import DayError
from wes_biomarkers.io.importers.adam_sets import LESION_PARAMETERS, DataSet, known
from wes_biomarkers.io.importers.folder import ImportLog, Rows

#: Words of AVALC -> RECIST 1.1 as our tables have it. Without target lesions the word for stable disease is
#: non-CR/non-PD; who was never assessed is not evaluable, which counts among all treated.
RESPONSES: Mapping[str, str] = {
    **{word: word for word in ("CR", "PR", "SD", "PD", "NE")},
    "NON-CR/NON-PD": "SD",
    "MISSING": "NE",
    "COMPLETE RESPONSE": "CR",
    "PARTIAL RESPONSE": "PR",
    "STABLE DISEASE": "SD",
    "PROGRESSIVE DISEASE": "PD",
    "NOT EVALUABLE": "NE",
}
_RESPONDED = ("CR", "PR")
_Numbered = tuple[int, dict[str, str]]


def _rows_of(adrs: DataSet, parameter: str, evaluator: str | None, log: ImportLog) -> list[_Numbered]:
    """The rows of a parameter by one evaluator, those for analysis where the data set marks any."""
    rows = [(number, row) for number, row in adrs.rows() if row["PARAMCD"] == parameter]
    column = adrs.first("PARCAT2", "RSEVAL")
    if column is not None:
        evaluators = {row[column].upper() for _, row in rows if known(row[column])}
        if evaluator is not None and rows:
            rows = [(number, row) for number, row in rows if row[column].upper() == evaluator.upper()]
            if not rows:
                remedy = f"Known: {', '.join(sorted(evaluators)) or 'none'}."
                log.fault(f"{parameter} has no row of this evaluator", remedy, adrs.file, column=column)
        elif len(evaluators) > 1:
            remedy = f"Choose one by --evaluator: {', '.join(sorted(evaluators))}."
            log.fault(f"{parameter} is of several evaluators", remedy, adrs.file, column=column)
    if adrs.has("ANL01FL") and any(row["ANL01FL"] == "Y" for _, row in rows):
        for_analysis = [(number, row) for number, row in rows if row["ANL01FL"] == "Y"]
        log.drop(f"ADRS {parameter}", "not marked for analysis (ANL01FL)", len(rows) - len(for_analysis))
        rows = for_analysis
    return rows


def _response(adrs: DataSet, number: int, row: Mapping[str, str], log: ImportLog) -> str:
    """Our word of a row; empty where it says nothing."""
    if not known(row["AVALC"]):
        return ""
    word = RESPONSES.get(row["AVALC"].upper())
    if word is None:
        remedy = f"Known: {', '.join(RESPONSES)}."
        log.fault("is no response of RECIST 1.1", remedy, adrs.file, number, "AVALC")
        return ""
    if word != row["AVALC"].upper():
        log.note(f"ADRS: {row['AVALC'].upper()} is read as {word}")
    return word


def _by_subject(
    rows: Iterable[_Numbered], adrs: DataSet, subject: str, log: ImportLog
) -> dict[str, _Numbered]:
    found: dict[str, _Numbered] = {}
    for number, row in rows:
        if row[subject] in found:
            rule = f"{row['PARAMCD']} given twice"
            log.fault(rule, "Keep one row a subject, or mark it by ANL01FL.", adrs.file, number, subject)
        found.setdefault(row[subject], (number, row))
    return found


def add_responses(
    adrs: DataSet,
    clinical: Mapping[str, dict[str, str]],
    subject: str,
    evaluator: str | None,
    log: ImportLog,
) -> None:
    """Best response (BOR) and whether it was confirmed (CBOR) into the clinical rows.

    A CR or PR is confirmed where the best confirmed response is CR or PR too. Without BOR the confirmed one
    is the best. Patients never allocated have none.
    """
    best = _by_subject(_rows_of(adrs, "BOR", evaluator, log), adrs, subject, log)
    confirmed = _by_subject(_rows_of(adrs, "CBOR", evaluator, log), adrs, subject, log)
    if not best and not confirmed:
        log.note("ADRS has neither BOR nor CBOR: the best response is left to the assessments")
        return
    log.map("clinical", "best_response", "ADRS.AVALC where PARAMCD is " + ("BOR" if best else "CBOR"))
    if confirmed:
        log.map("clinical", "response_confirmed", "ADRS.AVALC where PARAMCD is CBOR",
                "of CR and PR: true where the best confirmed response is CR or PR")  # fmt: skip
    unallocated, unknown = [], []
    for patient, made in clinical.items():
        if made.get("assignment") == "not_allocated":
            unallocated += [patient] if patient in best or patient in confirmed else []
            continue
        found = best.get(patient) or confirmed.get(patient)
        made["best_response"] = "" if found is None else _response(adrs, *found, log)
        if not made["best_response"]:
            unknown.append(patient)
        if made["best_response"] in _RESPONDED and patient in confirmed:
            held = _response(adrs, *confirmed[patient], log) in _RESPONDED
            made["response_confirmed"] = "true" if held else "false"
    log.drop("best response", "the patient was never allocated", len(unallocated), unallocated)
    log.drop("best response of patients", "ADRS has none: unknown", len(unknown), unknown)


def _day(data: DataSet, number: int, row: Mapping[str, str], log: ImportLog) -> date | None:
    try:
        return data.day(row, "ADT", ("RSDTC", "TRDTC"))
    except DayError as error:
        log.fault(error.rule, error.remedy, data.file, number, "ADT")
        return None


def read_assessments(
    adrs: DataSet, adtr: DataSet | None, subject: str, evaluator: str | None, log: ImportLog
) -> Rows:
    """One row a patient and day: the overall response (OVR), and the sum of target lesions where ADTR has it."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    undated = 0
    log.map("assessments", "response", "ADRS.AVALC where PARAMCD is OVR")
    log.map("assessments", "assessment_date", "ADRS.ADT", "else RSDTC")
    for number, row in _rows_of(adrs, "OVR", evaluator, log):
        day, word = _day(adrs, number, row, log), _response(adrs, number, row, log)
        if day is None or not word:
            undated += 1
            continue
        key = row[subject], day.isoformat()
        if found.get(key, {}).get("response", word) != word:
            rule = "another response of the same subject and day"
            log.fault(rule, "Keep one, or mark it by ANL01FL.", adrs.file, number, "AVALC")
        found.setdefault(key, {"patient_id": key[0], "assessment_date": key[1], "response": word})
    log.drop("ADRS OVR", "no day or no response", undated)
    if adtr is not None:
        _add_sums(adtr, found, subject, log)
    return [found[key] for key in sorted(found)]


def _add_sums(
    adtr: DataSet, found: dict[tuple[str, str], dict[str, str]], subject: str, log: ImportLog
) -> None:
    """Sums of target lesions beside the responses of the same day; of other days there is no response."""
    parameter = next((name for name in LESION_PARAMETERS if name in adtr.cells("PARAMCD")), None)
    log.map("assessments", "target_sum_mm", f"ADTR.AVAL where PARAMCD is {parameter}")
    unused = 0
    for number, row in adtr.rows():
        if row["PARAMCD"] != parameter:
            continue
        day = _day(adtr, number, row, log)
        if day is None or not known(row["AVAL"]):
            unused += 1
            continue
        key = row[subject], day.isoformat()
        made = found.setdefault(key, {"patient_id": key[0], "assessment_date": key[1]})
        if made.setdefault("target_sum_mm", row["AVAL"]) != row["AVAL"]:
            rule = "another sum of the same subject and day"
            log.fault(rule, "Keep one.", adtr.file, number, "AVAL")
    log.drop(f"ADTR {parameter}", "no day or no sum", unused)
