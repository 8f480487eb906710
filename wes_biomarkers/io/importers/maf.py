"""MAF files as a result folder: who was sequenced, and with which mutations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from wes_biomarkers.contracts.schema import ID_PATTERN
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.importers.cbioportal import build_of, tumor_of
from wes_biomarkers.io.importers.folder import Imported, ImportLog, raise_faults
from wes_biomarkers.io.importers.results_folder import Tumor
from wes_biomarkers.io.maf_read import MafSample, read_maf
from wes_biomarkers.io.sheet import read_rows


def read_mafs(
    paths: Sequence[Path], samples: Path | None, build: str | None = None
) -> tuple[Imported, tuple[Tumor, ...], str]:
    """The tumours of MAF files and of a table of samples, and their build.

    A MAF does not know who was sequenced and has no mutation, nor whose a tumour is: a table with the columns
    sample_id and patient_id (and timepoint, specimen, targets) tells. Without it each tumour is its own patient.

    Args:
        paths: MAF files, plain or gzip; a tumour is in one of them.
        samples: the table.
        build: name of the reference, where the files do not say.

    Raises:
        InputError: listing everything that has to be mended.
    """
    log = ImportLog("maf")
    mutated: dict[str, tuple[Path, MafSample]] = {}
    builds = set()
    for path in paths:
        try:
            _add(mutated, path, log)
            builds.add(build_of(path, log) if build is None else build)
        except InputError as error:
            log.faults += error.faults
    raise_faults(log)
    if len(builds) > 1:
        log.fault("the files name different genome builds", "Import each alone.", str(paths[0]))
    listed = {name: {"PATIENT_ID": name} for name in mutated} if samples is None else _listed(samples, log)
    for name in sorted(set(mutated) - set(listed)):
        log.fault(f"tumour {name!r} is not in the table of samples", "Add it.", str(samples))
    for name in sorted(mutated):
        if samples is None and not re.search(ID_PATTERN, name):
            log.fault(f"tumour {name!r} is no id", "Use letters, digits, `_`, `.` and `-`.", str(paths[0]))
    raise_faults(log)
    tumors = []
    for name, row in sorted(listed.items()):
        path, found = mutated.get(name, (paths[0], None))
        tumors.append(tumor_of(name, found, path, row, log))
    if samples is None:
        log.note(
            "without a table of samples each tumour is its own patient, and those without a mutation are absent"
        )
    counts = {"n_patient": len({tumor.patient_id for tumor in tumors}), "n_sequenced": len(tumors)}
    return Imported({}, log, counts), tuple(tumors), builds.pop()


def _add(mutated: dict[str, tuple[Path, MafSample]], path: Path, log: ImportLog) -> None:
    found = read_maf(path)
    log.read(path, "mutations", sum(len(sample.columns["start"]) for sample in found))
    for sample in found:
        if sample.tumor in mutated:
            log.fault(f"tumour {sample.tumor!r} is in two files", "Give its mutations in one.", str(path))
        mutated[sample.tumor] = path, sample


def _listed(path: Path, log: ImportLog) -> dict[str, dict[str, str]]:
    """Rows of the table of samples by sample, headings in capitals."""
    sheet = read_rows(path)
    found: dict[str, dict[str, str]] = {}
    for name in ("sample_id", "patient_id"):
        if name not in sheet.columns:
            log.fault(f"has no column {name}", "Head one so.", str(path))
    raise_faults(log)
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        for name in ("sample_id", "patient_id"):
            if not re.search(ID_PATTERN, row[name]):
                remedy = "Use letters, digits, `_`, `.` and `-`."
                log.fault("id has characters that are not allowed", remedy, str(path), number, name)
        if row["sample_id"] in found:
            log.fault("given twice", "Keep one row.", str(path), number, "sample_id")
        found[row["sample_id"]] = {name.upper(): text for name, text in row.items()}
    log.read(path, "samples", len(found))
    return found
