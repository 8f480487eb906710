"""nf-core/sarek 3 samplesheets, read as ours."""

from __future__ import annotations

from collections.abc import Mapping

from wes_biomarkers.errors import Fault
from wes_biomarkers.io.sheet import Sheet

#: Their heading -> our column. `bam` and `cram` both become `bam`; `bai` and `crai` the index we look for.
SAREK_COLUMNS: Mapping[str, str] = {
    "patient": "patient_id",
    "sample": "sample_id",
    "status": "role",
    "sex": "sex",
    "lane": "lane",
    "fastq_1": "fastq_1",
    "fastq_2": "fastq_2",
    "bam": "bam",
    "cram": "bam",
    "bai": "index",
    "crai": "index",
    "vcf": "vcf",
}

_CODES: Mapping[str, Mapping[str, str]] = {
    "status": {"0": "normal", "1": "tumor"},
    "sex": {"XX": "female", "XY": "male"},
}

#: Headings of theirs that say nothing to us.
_PASSED_OVER = frozenset({"table", "variantcaller", "contamination", "spring_1", "spring_2"})


def is_sarek(sheet: Sheet) -> bool:
    """Whether the headings are theirs."""
    return {"patient", "sample"} <= set(sheet.columns) and "patient_id" not in sheet.columns


def their_heading(column: str | None, headings: tuple[str, ...]) -> str | None:
    """The heading of their sheet that holds one of our columns, for messages."""
    return next((name for name in headings if SAREK_COLUMNS.get(name) == column), column)


def translate_sarek(sheet: Sheet, unknown: frozenset[str]) -> tuple[Sheet, list[Fault]]:
    """Their sheet under our headings and words, with a fault for each code they do not have.

    Args:
        sheet: the sheet as read.
        unknown: cells that mean unknown.
    """
    faults: list[Fault] = []
    rows = []
    for number, cells in zip(sheet.row_numbers, sheet.rows, strict=True):
        row: dict[str, str] = {}
        for heading, value in cells.items():
            name = SAREK_COLUMNS.get(heading, heading)
            if heading in _PASSED_OVER or value in unknown:
                row.setdefault(name, "")
                continue
            codes = _CODES.get(heading)
            if codes is not None and value not in codes:
                remedy = f"Give one of: {', '.join(codes)}."
                faults.append(Fault(f"is no {heading} of sarek", remedy, sheet.path, number, heading, value))
                value = ""
            if row.get(name):
                remedy = "Give one of them."
                faults.append(Fault("given beside the other format", remedy, sheet.path, number, heading))
                continue
            row[name] = codes[value] if codes is not None and value else value
        rows.append({name: cell for name, cell in row.items() if name not in _PASSED_OVER})
    columns = tuple(dict.fromkeys(SAREK_COLUMNS.get(c, c) for c in sheet.columns if c not in _PASSED_OVER))
    return Sheet(sheet.path, columns, rows, sheet.row_numbers), faults
