"""Reading a samplesheet into a resolved study, or saying everything that keeps it from one."""

from __future__ import annotations

import datetime
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wes_biomarkers.contracts.hla import AlleleNameError, parse_allele
from wes_biomarkers.contracts.pairing import FileFacts, VcfNames, resolve_study
from wes_biomarkers.contracts.resolved import Study
from wes_biomarkers.contracts.sample_rows import Row
from wes_biomarkers.contracts.samplesheet import SAMPLESHEET
from wes_biomarkers.contracts.schema import UNKNOWN_CELLS
from wes_biomarkers.contracts.sheet_cells import cell_problem, path_problem, suggest
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.bam import find_index
from wes_biomarkers.io.fastq import read_first_line
from wes_biomarkers.io.lines import check_readable
from wes_biomarkers.io.sarek_sheet import SAREK_COLUMNS, is_sarek, their_heading, translate_sarek
from wes_biomarkers.io.sheet import Sheet, read_rows
from wes_biomarkers.io.vcf_check import read_vcf_names

_LOG = logging.getLogger("wes_biomarkers")

FILE_COLUMNS = ("fastq_1", "fastq_2", "fastq_umi", "bam", "vcf", "index")
_ENTRY_COLUMNS = ("fastq_1", "bam", "vcf")
_BUCKETS = ("s3://", "gs://", "az://")


@dataclass(frozen=True)
class SheetContents:
    """A samplesheet as far as it could be read: its rows, what its files told, the study or every fault."""

    rows: tuple[Row, ...]
    facts: FileFacts
    study: Study | None
    faults: tuple[Fault, ...]


def read_study(
    path: Path | str,
    *,
    path_map: Sequence[str] = (),
    base_dir: Path | str | None = None,
    check_files: bool = True,
    today: datetime.date | None = None,
) -> Study:
    """Read a samplesheet (ours or nf-core/sarek's) and resolve samples and pairs.

    Args:
        path: CSV, TSV or XLSX.
        path_map: `OLD=NEW` prefixes; the longest OLD that fits rewrites a path.
        base_dir: where relative paths start; default the sheet's folder.
        check_files: see that files are there and read names from them (first reads, VCF samples). Without it
            no file is touched: platform units are not flowcells, a VCF cannot stand in for a normal's row.
        today: no collection date may lie after it; default the present day.

    Raises:
        InputError: listing every fault of the sheet.
    """
    contents = examine_sheet(path, path_map=path_map, base_dir=base_dir, check_files=check_files, today=today)
    if contents.study is None:
        raise InputError(contents.faults)
    return contents.study


def examine_sheet(
    path: Path | str,
    *,
    path_map: Sequence[str] = (),
    base_dir: Path | str | None = None,
    check_files: bool = True,
    today: datetime.date | None = None,
) -> SheetContents:
    """Read a samplesheet like `read_study`, keeping its faults so that its files can still be looked into.

    Raises:
        InputError: when the table cannot be read, a required column is absent, or `path_map` is malformed.
    """
    sheet = read_rows(path)
    faults: list[Fault] = []
    headings = sheet.columns
    sarek = is_sarek(sheet)
    if sarek:
        sheet, faults = translate_sarek(sheet, UNKNOWN_CELLS)
    header_faults = _column_faults(sheet, sarek)
    faults += header_faults
    if any(fault.column is None or fault.column in SAMPLESHEET.names for fault in header_faults):
        raise InputError(_tidy(faults, headings if sarek else None))
    base = Path(path).parent if base_dir is None else Path(base_dir)
    reader = _RowReader(sheet.path, base, _parse_path_map(path_map), today or datetime.date.today())
    rows = [reader.read(n, cells) for n, cells in zip(sheet.row_numbers, sheet.rows, strict=True)]
    told = {
        (fault.row, SAREK_COLUMNS.get(fault.column or "")) for fault in faults
    }  # their codes, by our column
    faults += [fault for fault in reader.faults if (fault.row, fault.column) not in told]
    facts = FileFacts()
    if check_files:
        facts, file_faults = gather_facts(sheet.path, rows)
        faults += file_faults
    study, rule_faults = resolve_study(sheet.path, rows, facts)
    faults += rule_faults
    if study is not None:
        _warn_of_idle_normals(sheet.path, study)
    tidied = _tidy(faults, headings if sarek else None)
    return SheetContents(tuple(rows), facts, None if faults else study, tuple(tidied))


def _warn_of_idle_normals(file: str, study: Study) -> None:
    used = {pair.normal_sample_id for pair in study.pairs if pair.entry != "vcf"}
    for sample in study.samples:
        if sample.role == "normal" and sample.entry != "vcf" and sample.sample_id not in used:
            _LOG.warning("%s: the reads of normal %s are needed by no tumour", file, sample.sample_id)


def _tidy(faults: Sequence[Fault], sarek_headings: tuple[str, ...] | None) -> list[Fault]:
    """Faults by row, under the headings the user wrote."""
    if sarek_headings is not None:
        faults = [replace(fault, column=their_heading(fault.column, sarek_headings)) for fault in faults]
    return sorted(faults, key=lambda fault: fault.row or 0)


def _column_faults(sheet: Sheet, sarek: bool) -> list[Fault]:
    known = (*SAMPLESHEET.names, *(("index",) if sarek else ()))
    faults = [
        Fault("required column is absent", f"Add a column {column.name}.", sheet.path, 1, column.name)
        for column in SAMPLESHEET.columns
        if not column.nullable and column.name not in sheet.columns
    ]
    if not set(_ENTRY_COLUMNS) & set(sheet.columns):
        faults.append(Fault("no column of files", "Add fastq_1 and fastq_2, or bam, or vcf.", sheet.path, 1))
    for name in sheet.columns:
        if name in known:
            continue
        guess = suggest(name, SAMPLESHEET.names)
        if guess is not None and guess not in sheet.columns:
            faults.append(Fault("unknown column", f"Did you mean {guess}?", sheet.path, 1, name))
        else:
            _LOG.warning("%s: column %s is not used", sheet.path, name)
    return faults


def _parse_path_map(path_map: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [entry.partition("=") for entry in path_map]
    faults = [
        Fault("is no OLD=NEW", "Write --path-map /old/folder=/new/folder.", column="path-map", value=entry)
        for entry, (old, equals, new) in zip(path_map, pairs, strict=True)
        if not (old and equals and new)
    ]
    if faults:
        raise InputError(faults)
    return sorted(((old, new) for old, _, new in pairs), key=lambda pair: -len(pair[0]))


class _RowReader:
    """Checks cells one by one and makes paths absolute."""

    def __init__(self, file: str, base: Path, path_map: list[tuple[str, str]], today: datetime.date) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._base = base
        self._path_map = path_map
        self._today = today

    def read(self, number: int, cells: dict[str, str]) -> Row:
        """The known cells of a row. Values outside their allowed words are left out, other bad ones kept."""
        kept: dict[str, str] = {}
        for name, value in cells.items():
            column = SAMPLESHEET.by_name.get(name)
            if column is None and name != "index":
                continue
            if value in UNKNOWN_CELLS:
                if column is not None and not column.nullable:
                    self._fault(number, name, "is empty", f"Give the {name} of every row.")
                continue
            problem = None if column is None else cell_problem(column, value, self._today)
            if problem is not None:
                self._fault(number, name, *problem, None if column and column.dtype == "date" else value)
            if problem is None or column is None or column.allowed is None:
                kept[name] = self._value(number, name, value)
        return Row(number, kept)

    def _fault(self, number: int, column: str, rule: str, remedy: str, value: str | None = None) -> None:
        self.faults.append(Fault(rule, remedy, self._file, number, column, value))

    def _hla_types(self, number: int, column: str, value: str) -> Iterator[str]:
        """The alleles of a semicolon list in today's names; a fault for each that is none."""
        for word in filter(None, map(str.strip, value.split(";"))):
            try:
                yield str(parse_allele(word))
            except AlleleNameError as error:
                self._fault(number, column, error.rule, error.remedy, word)

    def _value(self, number: int, name: str, value: str) -> str:
        if name == "hla":
            return ";".join(self._hla_types(number, name, value))
        if name not in FILE_COLUMNS:
            return value
        path = self._absolute(value)
        if is_remote(path) and not path.startswith(_BUCKETS):
            remedy = "Download it first, and give the file's path."
            self._fault(number, name, "an address, not a file", remedy, path)
        elif problem := path_problem(path):
            remedy = "Rename or link the file under a name without them; give paths with /."
            self._fault(number, name, f"a path that {problem}", remedy, path)
        return path

    def _absolute(self, value: str) -> str:
        for old, new in self._path_map:
            prefix = old.rstrip("/") or "/"
            if value == prefix or value.startswith(prefix.rstrip("/") + "/"):
                value = (new.rstrip("/") or "/") + value[len(prefix.rstrip("/")) :]
                break
        return value if is_remote(value) else os.path.abspath(self._base / value)


def is_remote(path: str) -> bool:
    """Whether a path is a URI: one in a bucket (`s3://...`) is fetched by Nextflow, and not checked here."""
    return "://" in path


def gather_facts(file: str, rows: Sequence[Row]) -> tuple[FileFacts, list[Fault]]:
    """Look at every file the rows name: is it there, and what do its first lines tell.

    Returns:
        The facts, and a fault for each missing or unreadable file, absent index and unreadable VCF.
    """
    identity: dict[str, tuple[int, int]] = {}
    first_reads: dict[str, str] = {}
    indexes: dict[str, str] = {}
    calls: dict[str, VcfNames | None] = {}
    faults: list[Fault] = []
    remote = {row.get(column) for row in rows for column in FILE_COLUMNS if is_remote(row.get(column))}
    if remote:
        _LOG.warning("%s: %d files in buckets are not checked, as %s", file, len(remote), min(remote))
    for row in rows:
        for column in FILE_COLUMNS:
            path = row.get(column)
            if column == "bam" and is_remote(path):
                indexes[path] = row.get("index") or path + (".crai" if path.endswith(".cram") else ".bai")
            if not path or is_remote(path):
                continue
            place = {"file": file, "row": row.number, "column": column, "value": path}
            problems = [] if "\0" in path else check_readable([path])
            if problems and os.path.islink(path) and not os.path.exists(path):
                problems = [replace(problems[0], rule="a link that leads to no file")]
            faults += [replace(problem, **place) for problem in problems]  # type: ignore[arg-type]
            if problems or "\0" in path:
                calls |= {path: None} if column == "vcf" else {}
                continue
            status = os.stat(path)
            identity[path] = (status.st_dev, status.st_ino)
            if column == "fastq_1":
                first_reads[path] = read_first_line(path)
            elif column == "bam":
                index = row.get("index") or find_index(path)
                if index is None:
                    remedy = "Run `samtools index` on it (sort it first if needed)."
                    faults.append(Fault("has no index beside it", remedy, **place))  # type: ignore[arg-type]
                else:
                    indexes[path] = index
            elif column == "vcf" and path not in calls:
                try:
                    calls[path] = read_vcf_names(path)
                except InputError as error:
                    calls[path] = None
                    faults += [replace(fault, **place) for fault in error.faults]  # type: ignore[arg-type]
    return FileFacts(identity, first_reads, indexes, calls), faults
