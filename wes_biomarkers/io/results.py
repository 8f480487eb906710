"""Reading the result folders of finished runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.tables import STUDY_SCHEMA, VARIANT
from wes_biomarkers.errors import ContractError, Fault, InputError
from wes_biomarkers.io.files import read_json, sha256_file
from wes_biomarkers.io.records import read_records

_STUDY_KEYS = ("reference", "tools", "parameters", "samples", "pairs")


@dataclass(frozen=True)
class PairResult:
    """One pair of a study: its row of study.json, its records, and its calls (None for a failed pair)."""

    row: Mapping[str, Any]
    records: tuple[Record, ...] = ()
    variants: pd.DataFrame | None = None

    @property
    def failed(self) -> bool:
        """Whether the pair did not go through."""
        return bool(self.row["status"] == "failed")


@dataclass(frozen=True)
class StudyResult:
    """One result folder.

    `digest` is a SHA-256 over the files read, by their names below the folder: the same for equal results
    wherever they lie. `excluded` are the patients left out on demand.
    """

    folder: str
    study: Mapping[str, Any]
    pairs: tuple[PairResult, ...]
    digest: str
    excluded: frozenset[str] = frozenset()

    @property
    def build(self) -> str:
        """Name of the reference build."""
        return str(self.study["reference"]["build"])


def read_study_file(folder: Path) -> dict[str, Any]:
    """The study.json of a result folder.

    Raises:
        InputError: when it is missing, is not one, or is of another schema version.
    """
    path = folder / "study.json"
    if not folder.is_dir():
        raise InputError([Fault("no such result folder", "Give the --outdir of a run.", file=str(folder))])
    study = read_json(path)
    schema = study.get("schema") if isinstance(study, dict) else None
    if schema != STUDY_SCHEMA:
        remedy = "Run the workflow again with this version; finished steps are kept by --resume."
        raise InputError([Fault(f"schema is {schema!r}, not {STUDY_SCHEMA!r}", remedy, file=str(path))])
    missing = [key for key in _STUDY_KEYS if key not in study]
    if missing:
        remedy = "Run the workflow again."
        raise InputError([Fault(f"lacks {', '.join(missing)}", remedy, file=str(path))])
    return dict(study)


def _read_records(folder: Path, pair_id: str, samples: Iterable[str]) -> tuple[Record, ...]:
    records: list[Record] = []
    own = {pair_id, *samples}
    for path in sorted((folder / "records").glob("*.json")):
        try:
            found = read_records(path)
        except (ContractError, TypeError, ValueError) as error:
            remedy = "Run the workflow again with this version."
            raise InputError([Fault(f"holds no valid record: {error}", remedy, file=str(path))]) from error
        strangers = {record.pair_id or record.sample_id for record in found} - own
        if strangers:
            raise InputError(
                [
                    Fault(
                        "holds a record of another pair",
                        "Restore the folder.",
                        file=str(path),
                        value=min(strangers),
                    )
                ]
            )
        records += found
    return tuple(records)


def _read_pair(folder: Path, row: Mapping[str, Any], transcripts: frozenset[str]) -> PairResult:
    from wes_biomarkers.io.vcf import read_variants

    samples = (row["tumor_sample_id"], row["normal_sample_id"])
    records = _read_records(folder, row["pair_id"], samples)
    if row["status"] == "failed":
        return PairResult(row, records)
    calls = read_variants(folder / "somatic.vcf.gz", transcripts=transcripts or None).frame
    kept = calls[[name for name in VARIANT.names if name in calls.columns]]
    return PairResult(row, records, kept.assign(pair_id=row["pair_id"], patient_id=row["patient_id"]))


def _digest(root: Path, files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.relative_to(root).as_posix()}\0{sha256_file(path)}\n".encode())
    return total.hexdigest()


def read_results(folder: Path, exclude: frozenset[str] = frozenset()) -> StudyResult:
    """A result folder without the excluded patients.

    Raises:
        InputError: listing every pair whose files are missing or unreadable.
    """
    study = read_study_file(folder)
    dropped = exclude & {row["patient_id"] for row in (*study["samples"], *study["pairs"])}
    study["samples"] = [row for row in study["samples"] if row["patient_id"] not in exclude]
    study["pairs"] = [row for row in study["pairs"] if row["patient_id"] not in exclude]
    pairs: list[PairResult] = []
    faults: list[Fault] = []
    files = [folder / "study.json"]
    for row in sorted(study["pairs"], key=lambda row: str(row["pair_id"])):
        place = folder / "pairs" / row["pair_id"]
        try:
            pairs.append(_read_pair(place, row, frozenset(study.get("transcripts", ()))))
        except InputError as error:
            faults += error.faults
        files += sorted((place / "records").glob("*.json"))
        files += [path for path in (place / "somatic.vcf.gz",) if path.is_file()]
    if faults:
        raise InputError(faults)
    return StudyResult(str(folder), study, tuple(pairs), _digest(folder, files), dropped)
