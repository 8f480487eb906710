"""Lengths and domains of proteins: what a user gives of them, and what a bundle holds. Residues count from 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.reference import DOMAIN_COLUMNS
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.gene_model import Transcript
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.sheet import Sheet, read_rows
from wes_biomarkers.io.tsv import write_rows


def copy_domains(source: Path, target: Path, chosen: Iterable[Transcript]) -> list[str]:
    """Write the domains of the chosen transcripts as domains.tsv, sorted; rows of other transcripts are left out.

    A transcript is known by its id with the version, else without; a row without one by its gene's symbol.

    Args:
        source: table with transcript_id or gene, start, end (residues from 1, end included), name, and source?.
        target: file to write, DOMAIN_COLUMNS.
        chosen: the transcript that stands for each gene.

    Returns:
        Notes for the reader: rows left out, domains of proteins whose length is unknown.

    Raises:
        InputError: listing every fault: columns absent, no residues, an end before the start or beyond the
            protein, nothing that fits the annotation.
    """
    sheet = read_rows(source)
    _check_columns(sheet)
    by_name = _by_name(chosen)
    faults, kept, n_other = FaultList(source), set(), 0
    for number, row in zip(sheet.row_numbers, sheet.rows, strict=True):
        transcript = _transcript_of(row, by_name)
        if transcript is None:
            n_other += 1
            continue
        start, end = (int(row[name]) if row[name].isdecimal() else 0 for name in ("start", "end"))
        length = transcript.protein_length
        if not 1 <= start <= end:
            faults.add("start and end are no residues from 1, in order", "Mend the row.", row=number)
        elif length is not None and end > length:
            remedy = "Take domains of the annotation's own version of the transcript."
            faults.add(f"ends beyond the protein's {length} residues", remedy, row=number, value=str(end))
        elif not row["name"]:
            faults.add("names no domain", "Fill in the column name.", row=number)
        else:
            own = (transcript.transcript_id, transcript.gene_name)
            kept.add((*own, start, end, row["name"], row.get("source", "")))
    if faults.count:
        raise InputError(faults.faults())
    if not kept:
        remedy = "Give ids or symbols as the annotation has them (transcripts.tsv of the bundle)."
        raise InputError([Fault("has no domain of a chosen transcript", remedy, file=str(source))])
    write_rows(target, DOMAIN_COLUMNS, sorted(kept))
    return [f"domains: {n_other} rows of transcripts not chosen are left out"] if n_other else []


def _check_columns(sheet: Sheet) -> None:
    missing = [name for name in ("start", "end", "name") if name not in sheet.columns]
    if not {"transcript_id", "gene"} & set(sheet.columns):
        missing.insert(0, "transcript_id or gene")
    if missing:
        remedy = "Give a table with transcript_id (or gene), start, end, name."
        raise InputError([Fault(f"lacks {', '.join(missing)}", remedy, file=sheet.path)])


def _by_name(chosen: Iterable[Transcript]) -> dict[str, Transcript]:
    """Chosen transcripts by id, by id without version and by symbol."""
    found: dict[str, Transcript] = {}
    several = list(chosen)
    for transcript in several:
        found.setdefault(transcript.gene_name, transcript)
    for transcript in several:
        found[transcript.transcript_id.split(".", 1)[0]] = transcript
    return found | {transcript.transcript_id: transcript for transcript in several}


def _transcript_of(row: Mapping[str, str], by_name: Mapping[str, Transcript]) -> Transcript | None:
    """The chosen transcript a row is about."""
    name = row.get("transcript_id", "")
    if not name:
        return by_name.get(row.get("gene", ""))
    return by_name.get(name) or by_name.get(name.split(".", 1)[0])


def read_proteins(transcripts: Path | str, domains: Path | str | None) -> dict[str, dict[str, Any]]:
    """Length and domains of the chosen transcripts' proteins, as study.json holds them.

    Args:
        transcripts: a bundle's transcripts.tsv; one of an older version has no lengths.
        domains: its domains.tsv.

    Returns:
        transcript_id -> {gene, length: residues, domains: [[start, end, name, source], ...]}; without `length` where it
        is unknown and without `domains` where there are none; transcripts with neither are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in _rows(transcripts):
        if row["chosen"] == "1" and row.get("protein_length"):
            found[row["transcript_id"]] = {"gene": row["gene_name"], "length": int(row["protein_length"])}
    for row in _rows(domains) if domains else ():
        protein = found.setdefault(row["transcript_id"], {"gene": row["gene_name"]})
        place = [int(row["start"]), int(row["end"]), row["name"], row["source"]]
        protein.setdefault("domains", []).append(place)
    return dict(sorted(found.items()))


def _rows(path: Path | str) -> Iterable[dict[str, str]]:
    lines = iter(read_lines(path))
    heading = next(lines, "").split("\t")
    return (dict(zip(heading, line.split("\t"), strict=False)) for line in lines if line)
