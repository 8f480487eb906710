"""A study folder of cBioPortal: patients, samples and mutations, by the formats of docs.cbioportal.org/file-formats."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wes_biomarkers.contracts.clinical import CLINICAL
from wes_biomarkers.contracts.samplesheet import TUMOR_SPECIMENS
from wes_biomarkers.contracts.schema import ID_PATTERN
from wes_biomarkers.contracts.tables import DERIVED
from wes_biomarkers.contracts.values import CellError, parse_cell
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.importers.folder import Imported, ImportLog, Rows, raise_faults
from wes_biomarkers.io.importers.results_folder import BUILDS, Tumor, distinct_calls
from wes_biomarkers.io.lines import read_lines
from wes_biomarkers.io.maf_read import MafSample, no_mutations, read_builds, read_maf

#: Kind of data -> (genetic_alteration_type, datatype) of its meta file, and the usual name of its data.
DATA: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "patients": (
        "CLINICAL",
        "PATIENT_ATTRIBUTES",
        ("data_clinical_patient.txt", "data_clinical_patients.txt"),
    ),
    "samples": ("CLINICAL", "SAMPLE_ATTRIBUTES", ("data_clinical_sample.txt", "data_clinical_samples.txt")),
    "mutations": ("MUTATION_EXTENDED", "MAF", ("data_mutations.txt", "data_mutations_extended.txt")),
}
#: Words for an unknown value, in lower case.
UNKNOWN: frozenset[str] = frozenset({
    *("", ".", "na", "n/a", "nan", "null", "[null]", "[not available]", "[not applicable]", "[unknown]"),
    *("[not evaluated]", "[pending]", "[discrepancy]", "[completed]", "unknown"),
})  # fmt: skip
_STATUS = re.compile(r"([01])\s*:.*")
#: Survival status without a number, of studies before 2020.
_OLD_STATUS: Mapping[str, str] = {
    "deceased": "true", "living": "false", "recurred/progressed": "true", "diseasefree": "false",
    "progressed": "true", "progression": "true", "censored": "false",
}  # fmt: skip
#: Attributes that belong to a sample, never to its patient (our export writes them).
_OF_SAMPLES = ("PATIENT_ID", "SAMPLE_ID", "SEQUENCED", "SPECIMEN", "TIMEPOINT", "TARGETS", "MATCHED_NORMAL")
_DERIVED = {column.name for column in DERIVED}

_Table = tuple[list[str], list[tuple[int, dict[str, str]]]]


@dataclass(frozen=True)
class CbioStudy:
    """A study as read: the clinical table with its log, its sequenced tumours, and their build."""

    imported: Imported
    tumors: tuple[Tumor, ...]
    build: str


def find_data(folder: Path) -> dict[str, Path]:
    """The data files by kind, through the meta files, else by their usual names."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("meta_*.txt")):
        meta = read_meta(path)
        for kind, (alteration, datatype, _) in DATA.items():
            if (meta.get("genetic_alteration_type"), meta.get("datatype")) == (alteration, datatype):
                found.setdefault(kind, folder / meta.get("data_filename", ""))
    for kind, (_, _, names) in DATA.items():
        there = [folder / name for name in names if (folder / name).is_file()]
        if there:
            found.setdefault(kind, there[0])
    return found


def read_meta(path: Path) -> dict[str, str]:
    """The fields of a meta file: `name: value` a line."""
    lines = (line.partition(":") for line in read_lines(path) if line.strip() and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in lines}


def read_table(path: Path) -> _Table:
    """Headings in capitals and numbered rows of a data file, without the comment lines.

    Raises:
        InputError: unreadable, no heading, or rows with another number of cells.
    """
    heading: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    faults = []
    for number, cells in _cells(path):
        if not heading:
            heading = [cell.strip().upper() for cell in cells]
        elif len(cells) > len(heading):
            rule = f"has {len(cells)} cells where the heading has {len(heading)}"
            faults.append(Fault(rule, "Mend the row.", file=str(path), row=number))
        else:
            cells += [""] * (len(heading) - len(cells))  # editors drop empty cells at the end
            values = ("" if cell.strip().lower() in UNKNOWN else cell.strip() for cell in cells)
            rows.append((number, dict(zip(heading, values, strict=True))))
    if not heading:
        faults.append(Fault("has no heading", "Give the data file of a study.", file=str(path)))
    if len(set(heading)) < len(heading):
        faults.append(Fault("heading given twice", "Keep one of the columns.", file=str(path)))
    if faults:
        raise InputError(faults)
    return heading, rows


def _cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))


def read_study(folder: Path) -> CbioStudy:
    """The study in a folder.

    Every patient of the patient and sample files is kept. A tumour counts as sequenced if it is in the case list
    `_sequenced`, or has a mutation; sequenced tumours without a mutation have a measured zero.

    Raises:
        InputError: listing everything that has to be mended.
    """
    if not folder.is_dir():
        raise InputError(
            [Fault("no such study folder", "Give the folder with meta_study.txt.", file=str(folder))]
        )
    log = ImportLog("cbioportal")
    files = find_data(folder)
    if "samples" not in files:
        remedy = "Give the folder of a study: data_clinical_sample.txt is required."
        raise InputError([Fault("has no clinical data of samples", remedy, file=str(folder))])
    samples_heading, samples = read_table(files["samples"])
    patients_heading, patients = read_table(files["patients"]) if "patients" in files else ([], [])
    for kind, rows in (("patients", patients), ("samples", samples)):
        if kind in files:
            log.read(files[kind], kind, len(rows))
    _check_ids(files, samples_heading, samples, patients_heading, patients, log)
    raise_faults(log)
    patient_of = {row["SAMPLE_ID"]: row["PATIENT_ID"] for _, row in samples}
    clinical = _clinical(patients, samples, str(files.get("patients", files["samples"])), log)
    attributes = {row["SAMPLE_ID"]: row for _, row in samples}
    tumors, build = _tumors(folder, files.get("mutations"), patient_of, attributes, log)
    raise_faults(log)
    counts = {"n_patient": len(clinical), "n_sample": len(samples), "n_sequenced": len(tumors)}
    return CbioStudy(Imported({"clinical": clinical}, log, counts), tumors, build)


def _check_ids(
    files: Mapping[str, Path],
    samples_heading: list[str],
    samples: list[tuple[int, dict[str, str]]],
    patients_heading: list[str],
    patients: list[tuple[int, dict[str, str]]],
    log: ImportLog,
) -> None:
    """Faults of ids: absent, of other characters, or given twice."""
    for kind, heading, rows, key in (
        ("samples", samples_heading, samples, "SAMPLE_ID"),
        ("patients", patients_heading, patients, "PATIENT_ID"),
    ):
        if kind not in files:
            continue
        file = str(files[kind])
        wanted = {"PATIENT_ID", key}
        for name in sorted(wanted - set(heading)):
            log.fault(f"has no column {name}", "It is required.", file)
        if wanted - set(heading):
            continue
        seen: set[str] = set()
        for number, row in rows:
            for name in sorted(wanted):
                if not re.search(ID_PATTERN, row[name]):
                    remedy = "Use letters, digits, `_`, `.` and `-`."
                    log.fault("id has characters that are not allowed", remedy, file, number, name)
            if row[key] in seen:
                log.fault("given twice", "Keep one row.", file, number, key)
            seen.add(row[key])


# --- clinical -----------------------------------------------------------------------------------------------


def _clinical(
    patients: list[tuple[int, dict[str, str]]],
    samples: list[tuple[int, dict[str, str]]],
    file: str,
    log: ImportLog,
) -> Rows:
    """One row a patient: attributes of patients, and those of samples on which all of a patient's agree."""
    found = {row["PATIENT_ID"]: dict(row) for _, row in patients}
    numbers = {row["PATIENT_ID"]: number for number, row in patients}
    of_samples: dict[str, list[dict[str, str]]] = {}
    for _, row in samples:
        found.setdefault(row["PATIENT_ID"], {"PATIENT_ID": row["PATIENT_ID"]})
        of_samples.setdefault(row["PATIENT_ID"], []).append(row)
    for name in (name for name in (samples[0][1] if samples else ()) if name not in _OF_SAMPLES):
        _add_sample_attribute(name, found, of_samples, log)
    _settle_grades(found, log)
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    made: dict[str, dict[str, str]] = {patient: {"patient_id": patient} for patient in sorted(found)}
    log.map("clinical", "patient_id", "PATIENT_ID")
    statuses = [name for name in names if name.endswith("_STATUS") and name[:-7] + "_MONTHS" in names]
    for name in statuses:
        if f"{name[:-7].lower()}_event" in _DERIVED:
            log.drop(f"survival {name[:-7]}", "derived again by `cohort build`", 1)
        else:
            _add_survival(name[:-7], found, made, (file, numbers), log)
    used = {*statuses, *(name[:-7] + "_MONTHS" for name in statuses), "PATIENT_ID"}
    for name in names:
        if name not in used:
            _add_attribute(name, found, made, log)
    return list(made.values())


def _add_sample_attribute(
    name: str,
    found: dict[str, dict[str, str]],
    of_samples: Mapping[str, list[dict[str, str]]],
    log: ImportLog,
) -> None:
    differ = []
    for patient, rows in of_samples.items():
        values = {row[name] for row in rows} - {""}
        if len(values) == 1:
            found[patient].setdefault(name, values.pop())
        elif values:
            differ.append(patient)
    log.drop(
        f"sample attribute {name}", "differs between samples of the patient: unknown", len(differ), differ
    )


def _settle_grades(found: Mapping[str, dict[str, str]], log: ImportLog) -> None:
    """Of a study our export wrote: the worst grade stays only if it is the one within the window.

    `cohort build` takes `highest_toxicity_grade` for `grade_any`. Where the two differ in anybody, nobody's can come
    back: without those few alone, the patients of high grades would be missing.
    """
    given, windowed = "HIGHEST_TOXICITY_GRADE", "GRADE_ANY"
    if not (any(given in row for row in found.values()) and any(windowed in row for row in found.values())):
        return
    both = {name: row for name, row in found.items() if row.get(given) and row.get(windowed)}
    differ = [name for name, row in both.items() if row[given] != row[windowed]]
    kept = {} if differ else both
    out = [name for name, row in found.items() if row.get(given) and name not in kept]
    for name in out:
        found[name][given] = ""
    log.drop(given, "is not the worst grade within the window (GRADE_ANY): unknown", len(out), out)


def _add_survival(
    prefix: str,
    found: Mapping[str, dict[str, str]],
    made: dict[str, dict[str, str]],
    place: tuple[str, Mapping[str, int]],
    log: ImportLog,
) -> None:
    """A pair `_STATUS` and `_MONTHS` as `_event` and `_months`; both or neither."""
    kind, (file, numbers) = prefix.lower(), place
    halves = []
    log.map("clinical", f"{kind}_event", f"{prefix}_STATUS", "1: true, 0: false")
    log.map("clinical", f"{kind}_months", f"{prefix}_MONTHS")
    for patient, row in found.items():
        status, months = row.get(f"{prefix}_STATUS", ""), row.get(f"{prefix}_MONTHS", "")
        match = _STATUS.fullmatch(status)
        event = (
            ("true" if match.group(1) == "1" else "false") if match else _OLD_STATUS.get(status.lower(), "")
        )
        if status and not event:
            remedy = "Write 0:... without and 1:... with an event."
            log.fault("is no survival status", remedy, file, numbers.get(patient), f"{prefix}_STATUS")
        if event and months:
            made[patient] |= {f"{kind}_event": event, f"{kind}_months": months}
        elif event or months:
            halves.append(patient)
    log.drop(f"{kind} of patients", "only one of status and months: unknown", len(halves), halves)


def _add_attribute(
    name: str, found: Mapping[str, dict[str, str]], made: dict[str, dict[str, str]], log: ImportLog
) -> None:
    """An attribute under its name in lower case; one of ours only if every value is of its kind."""
    own = "sex" if name == "GENDER" and not any("SEX" in row for row in found.values()) else name.lower()
    own = re.sub(r"[^a-z0-9_]+", "_", own)
    if own in _DERIVED:
        log.drop(f"attribute {name}", "derived again by `cohort build`", 1)
        return
    cells = {patient: _our_word(own, row.get(name, "")) for patient, row in found.items()}
    if own in CLINICAL.by_name and not all(_parses(text, own) for text in cells.values()):
        log.note(f"{name} is not of the kind of our column {own}: kept as {own}_as_given")
        own += "_as_given"
        cells = {patient: row.get(name, "") for patient, row in found.items()}
    log.map("clinical", own, name)
    for patient, text in cells.items():
        made[patient][own] = text


def _our_word(own: str, text: str) -> str:
    """A value in our spelling."""
    return {"m": "male", "f": "female"}.get(text.lower(), text.lower()) if own == "sex" else text


def _parses(text: str, own: str) -> bool:
    try:
        parse_cell(text, CLINICAL.by_name[own])
    except CellError:
        return False
    return True


# --- mutations ----------------------------------------------------------------------------------------------


def _sequenced(folder: Path) -> set[str] | None:
    """The samples of the case list `_sequenced`; None without one."""
    for path in sorted((folder / "case_lists").glob("*.txt")) if (folder / "case_lists").is_dir() else ():
        meta = read_meta(path)
        if meta.get("stable_id", "").endswith("_sequenced"):
            return set(meta.get("case_list_ids", "").split())
    return None


def _tumors(
    folder: Path,
    maf: Path | None,
    patient_of: Mapping[str, str],
    attributes: Mapping[str, Mapping[str, str]],
    log: ImportLog,
) -> tuple[tuple[Tumor, ...], str]:
    """The sequenced tumours with their mutations, and the build."""
    if maf is None:
        log.note("the study has no mutations: no tumour counts as sequenced")
        return (), ""
    listed = _sequenced(folder)
    if listed is None:
        log.note("no case list _sequenced: tumours without a mutation do not count as sequenced")
    try:
        mutated = {sample.tumor: sample for sample in read_maf(maf)}
    except InputError as error:
        if not any("holds no mutation" in fault.rule for fault in error.faults):
            raise
        mutated = {}
    log.read(maf, "mutations", sum(len(sample.columns["start"]) for sample in mutated.values()))
    for name in sorted((set(mutated) | (listed or set())) - set(patient_of)):
        file = str(maf if name in mutated else folder / "case_lists")
        log.fault(f"sample {name!r} is not in the clinical data", "Add it, or mend the id.", file)
    names = sorted((set(mutated) | (listed or set())) & set(patient_of))
    out = [name for name in patient_of if name not in names]
    log.drop("samples", "not sequenced: no mutations known", len(out), [patient_of[name] for name in out])
    tumors = tuple(tumor_of(name, mutated.get(name), maf, attributes[name], log) for name in names)
    return tumors, build_of(maf, log)


def tumor_of(
    sample: str, mutations: MafSample | None, maf: Path, attributes: Mapping[str, str], log: ImportLog
) -> Tumor:
    """A sequenced tumour: tissue at baseline, unless the source says another specimen or time point in our words.

    Args:
        sample: its id.
        mutations: its calls; None where it has none.
        maf: the file of the calls.
        attributes: what the source says of it, headings in capitals; PATIENT_ID at least.
        log: notes calls given twice.
    """
    specimen = attributes.get("SPECIMEN", "").lower()
    columns, n_twice = distinct_calls(no_mutations() if mutations is None else mutations.columns)
    log.drop(f"mutations of {sample}", "the same call given twice", n_twice)
    log.note("tumours are taken for tissue at baseline where specimen and timepoint do not say otherwise")
    return Tumor(
        patient_id=attributes["PATIENT_ID"],
        sample_id=sample,
        columns=columns,
        maf=maf,
        normal=(None if mutations is None else mutations.normal) or attributes.get("MATCHED_NORMAL") or None,
        specimen=specimen if specimen in TUMOR_SPECIMENS else "tissue",
        timepoint=attributes.get("TIMEPOINT") or "baseline",
        targets=attributes.get("TARGETS", ""),
    )


def build_of(maf: Path, log: ImportLog) -> str:
    """The one build of a MAF, by our name for it."""
    builds = {BUILDS.get(name, name) for name in read_builds(maf)}
    if len(builds) > 1:
        log.fault("names several genome builds", "Give one file a build.", str(maf), column="NCBI_Build")
    if not builds:
        log.note("the mutations name no genome build")
    return builds.pop() if len(builds) == 1 else "unknown"
