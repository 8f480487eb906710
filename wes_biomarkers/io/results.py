"""Reading the result folders of finished runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.hla_tables import HLA, HLA_LOH, NEOANTIGEN
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.schema import Table
from wes_biomarkers.contracts.tables import GENE, GENE_COPY, SEGMENT, STUDY_SCHEMA, VARIANT
from wes_biomarkers.errors import ContractError, Fault, InputError
from wes_biomarkers.io.files import read_json, sha256_file
from wes_biomarkers.io.records import read_records

#: File of a pair's folder -> the cohort table it becomes part of.
TABLE_FILES: Mapping[str, Table] = {
    "segments.tsv": SEGMENT,
    "gene_copies.tsv": GENE_COPY,
    "drivers.tsv": GENE,
    "hla.tsv": HLA,
    "hla_loh.tsv": HLA_LOH,
    "neoantigens.tsv": NEOANTIGEN,
}

#: Calls of a pair: a VCF of a run, or the rows of the `variant` table of an import (which has no reference sequence
#: to write a VCF with: alleles without a base are `-`).
CALL_FILES = ("somatic.vcf.gz", "variants.tsv")

#: File of a pair's folder that names the others; folders of older runs have none.
FILE_LIST = "files.json"

#: Columns of `variant` that come from the pair's clonality.tsv; so `cluster` numbers the clusters that the pair's own
#: record counts. Clusters over all samples of a patient stay in the patient's folder.
CLONALITY_COLUMNS = ("multiplicity", "ccf", "ccf_low", "ccf_high", "clonality", "cluster")

_STUDY_KEYS = ("reference", "tools", "parameters", "samples", "pairs")


@dataclass(frozen=True)
class PairResult:
    """One pair of a study: its row of study.json, its records, and its tables by name (none for a failed pair).

    `tables` holds `variant`, and those of `TABLE_FILES` that the run made.
    """

    row: Mapping[str, Any]
    records: tuple[Record, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

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


def _read_records(folder: Path, own: frozenset[str] = frozenset()) -> tuple[Record, ...]:
    """The records of a folder; where `own` is given, only of these pairs and samples."""
    records: list[Record] = []
    for path in sorted((folder / "records").glob("*.json")):
        try:
            found = read_records(path)
        except (ContractError, TypeError, ValueError) as error:
            remedy = "Run the workflow again with this version."
            raise InputError([Fault(f"holds no valid record: {error}", remedy, file=str(path))]) from error
        strangers = {record.pair_id or record.sample_id for record in found} - own
        if own and strangers:
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


def _missing_files(folder: Path) -> list[Fault]:
    """A fault for each file of the pair's list that a cohort is made of and that is not there."""
    path = folder / FILE_LIST
    if not path.is_file():
        return []
    names = read_json(path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return [Fault("is no list of files", "Restore the folder.", file=str(path))]
    read = (*CALL_FILES, "clonality.tsv", *TABLE_FILES)
    return [
        Fault("the run made this file, and it is gone", "Restore the folder.", file=str(folder / name))
        for name in names
        if (name in read or name.startswith("records/")) and not (folder / name).is_file()
    ]


def _read_pair(
    folder: Path, patient: Path, row: Mapping[str, Any], transcripts: frozenset[str]
) -> PairResult:
    from wes_biomarkers.io.vcf import read_variants

    own = (row["pair_id"], row["tumor_sample_id"], row["normal_sample_id"])
    records = _read_records(folder, frozenset(own))
    if row["status"] == "failed":
        return PairResult(row, records)
    if missing := _missing_files(folder):
        raise InputError(missing)
    if patient.is_dir():
        records += tuple(r for r in _read_records(patient) if r.pair_id == row["pair_id"])
    ids = {"pair_id": row["pair_id"], "patient_id": row["patient_id"]}
    if (folder / "variants.tsv").is_file():
        tables = {"variant": _read_table(folder / "variants.tsv", VARIANT, ids)}
    else:
        calls = read_variants(folder / "somatic.vcf.gz", transcripts=transcripts or None).frame
        tables = {"variant": calls[[name for name in VARIANT.names if name in calls.columns]]}
    if (folder / "clonality.tsv").is_file():
        tables["variant"] = _with_clonality(tables["variant"], folder / "clonality.tsv", row["pair_id"])
    for file, table in TABLE_FILES.items():
        if (folder / file).is_file():
            tables[table.name] = _read_table(folder / file, table, ids)
    return PairResult(row, records, {name: frame.assign(**ids) for name, frame in tables.items()})


def _read_table(path: Path, table: Table, ids: Mapping[str, str]) -> pd.DataFrame:
    """The declared columns of a pair's TSV, as text; an empty cell is missing. `ids` are the pair's own."""
    try:
        frame = pd.read_csv(path, sep="\t", dtype="string", keep_default_na=False, na_values=[""])
    except ValueError as error:  # of pandas too: an empty file, rows of other lengths
        raise InputError([Fault("is no table", "Restore the folder.", file=str(path))]) from error
    absent = [
        name for name in table.names if name not in frame.columns and name not in ("patient_id", "pair_id")
    ]
    if absent:
        remedy = "Run the workflow again with this version."
        raise InputError([Fault(f"lacks {', '.join(absent)}", remedy, file=str(path))])
    frame = frame[[name for name in table.names if name in frame.columns]]
    if faults := [*_strangers(frame, path, ids), *_no_numbers(frame, path, table)]:
        raise InputError(faults)
    truth = {column.name: frame[column.name].map({"1": True, "0": False})
             for column in table.columns if column.dtype == "bool" and column.name in frame}  # fmt: skip
    return frame.assign(**truth)


def _strangers(frame: pd.DataFrame, path: Path, ids: Mapping[str, str]) -> list[Fault]:
    """A fault for each id column that names another pair or patient."""
    return [
        Fault(
            "holds rows of another pair", "Restore the folder.", file=str(path), column=name, value=min(found)
        )
        for name, own in ids.items()
        if name in frame and (found := set(frame[name].dropna()) - {own})
    ]


def _no_numbers(frame: pd.DataFrame, path: Path, table: Table) -> list[Fault]:
    """A fault for the first cell of each numeric column that holds no finite number."""
    faults = []
    for column in table.columns:
        if column.dtype not in ("int", "float") or column.name not in frame:
            continue
        cells = frame[column.name]
        numbers = pd.to_numeric(cells, errors="coerce").astype("Float64")
        wrong = (cells.notna() & ~(numbers.abs() < float("inf")).fillna(False)).to_numpy(bool)
        if wrong.any():
            row = int(wrong.argmax())
            rule, remedy = "holds no finite number", "Restore the folder."
            faults.append(Fault(rule, remedy, str(path), row + 2, column.name, str(cells.iloc[row])))
    return faults


def _with_clonality(calls: pd.DataFrame, path: Path, pair_id: str) -> pd.DataFrame:
    """The calls with the pair's rows of a clonality.tsv."""
    from wes_biomarkers.io.clonality import read_clonality

    key = ["chrom", "start", "ref", "alt"]
    found = pd.DataFrame(read_clonality(path, pair_id))
    found = found[[*key, *(name for name in CLONALITY_COLUMNS if name in found)]]
    return calls.merge(found, on=key, how="left")


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
        place, patient = folder / "pairs" / row["pair_id"], folder / "patients" / row["patient_id"]
        try:
            pairs.append(_read_pair(place, patient, row, frozenset(study.get("transcripts", ()))))
        except InputError as error:
            faults += error.faults
        files += sorted((place / "records").glob("*.json"))
        names = (*CALL_FILES, "clonality.tsv", *TABLE_FILES, FILE_LIST)
        files += [place / name for name in names if (place / name).is_file()]
    files += sorted(
        path for path in (folder / "patients").rglob("*") if path.is_file() and not dropped & set(path.parts)
    )
    if faults:
        raise InputError(faults)
    return StudyResult(str(folder), study, tuple(pairs), _digest(folder, files), dropped)
