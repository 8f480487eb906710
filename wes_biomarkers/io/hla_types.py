"""HLA types as a table, `hla.tsv`: one row a locus and sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.hla import LOCI, Allele, AlleleNameError, parse_allele
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_types import CONFIDENCES, SOURCES, LocusType, Types
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.lines import FaultList, read_lines

_COUNTS = ("n_read", "n_read_1", "n_read_2", "n_read_shared")
_ALLELES = ("allele_1", "allele_2", "second_1", "second_2")
_GROUPS = ("ambiguity_1", "ambiguity_2")
#: Columns in their order; ambiguity groups are separated by semicolons, unknown is an empty cell.
COLUMNS: tuple[str, ...] = (
    *("sample_id", "locus", "allele_1", "allele_2", *_COUNTS, "second_1", "second_2", "margin", *_GROUPS),
    *("confidence", "status", "reason", "source"),
)
_ALLOWED = {
    "locus": LOCI,
    "confidence": ("", *CONFIDENCES),
    "status": ("ok", "not_evaluable"),
    "source": SOURCES,
}


def write_hla_types(path: Path | str, samples: Mapping[str, Types]) -> None:
    """Write the types of samples by their ids, loci in the order of `LOCI`."""
    lines = ["\t".join(COLUMNS)]
    for sample_id, types in samples.items():
        for locus in (locus for locus in LOCI if locus in types):
            row = vars(types[locus]) | {"sample_id": sample_id}
            lines.append("\t".join(_cell(row[name]) for name in COLUMNS))
    write_text(path, "\n".join(lines) + "\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("\t", " ").replace("\n", " ")


def read_hla_types(path: Path | str, sample_id: str | None = None) -> dict[str, LocusType]:
    """The types of one sample of `hla.tsv`, by locus.

    Args:
        path: the table.
        sample_id: whose; may be None where the table is of one sample.

    Raises:
        InputError: unreadable, columns missing, impossible values, a locus twice, no row of the sample, several
            samples and none was named.
    """
    lines = [line for line in read_lines(path) if line.strip()]
    heading = lines[0].split("\t") if lines else []
    if missing := [name for name in ("locus", "allele_1", "allele_2") if name not in heading]:
        remedy = "Give the hla.tsv of a run or of `wes-biomarkers feature hla`."
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", remedy, file=str(path))])
    faults = FaultList(path)
    types: dict[str, LocusType] = {}
    samples: set[str] = set()
    for number, line in enumerate(lines[1:], start=2):
        found = [cell.strip() for cell in line.split("\t")]
        if len(found) != len(heading):
            faults.add("has not as many cells as the heading", "Mend the row.", row=number)
            continue
        cells = dict(zip(heading, found, strict=True))
        samples.add(cells.get("sample_id", ""))
        if sample_id is not None and cells.get("sample_id", sample_id) != sample_id:
            continue
        row = {name: _value(name, cells[name], number, faults) for name in COLUMNS[1:] if name in cells}
        locus = str(row["locus"])
        if locus in types:
            faults.add(
                "names a locus a second time",
                "Leave one row of it; name the sample.",
                row=number,
                value=locus,
            )
        for name in ("allele_1", "allele_2"):
            if row.get(name) and row[name].locus != locus:
                faults.add(f"{name} is of another locus", "Mend the row.", row=number, value=str(row[name]))
        types[locus] = _whole(LocusType(**row))
    if sample_id is None and len(samples) > 1:
        faults.add(f"holds {len(samples)} samples, whose types would be mixed", "Name the sample.")
    if samples and not types and not faults.count:
        faults.add("has no row of the sample", "Give the table of this sample.", value=sample_id)
    if faults.count:
        raise InputError(faults.faults())
    return types


def _whole(found: LocusType) -> LocusType:
    """The type, not evaluable where one of its alleles is unknown."""
    if found.status != "ok" or found.alleles is not None:
        return found
    reason = found.reason or "an allele is not known: a homozygous type names it twice"
    return replace(found, status="not_evaluable", reason=reason)


def _value(name: str, cell: str, number: int, faults: FaultList) -> Any:
    """The value of a cell; a fault is noted where it cannot be one."""
    if name in _ALLELES:
        return _allele(name, cell, number, faults) if cell else None
    if name in _GROUPS:
        found = (_allele(name, part, number, faults) for part in cell.split(";") if part)
        return tuple(allele for allele in found if allele)
    if name in _COUNTS or name == "margin":
        return _number(name, cell, number, faults)
    if name in _ALLOWED and cell not in _ALLOWED[name]:
        words = ", ".join(word for word in _ALLOWED[name] if word)
        faults.add(f"{name} is none of {words}", "Mend it.", row=number, value=cell)
    return cell


def _allele(name: str, cell: str, number: int, faults: FaultList) -> Allele | None:
    try:
        return parse_allele(cell)
    except AlleleNameError as error:
        faults.add(f"{name} {error.rule}", error.remedy, row=number, value=cell)
        return None


def _number(name: str, cell: str, number: int, faults: FaultList) -> float | int | None:
    if cell in ("", "NA", "."):
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    whole = name in _COUNTS
    if not math.isfinite(value) or (whole and (value < 0 or value != round(value))):
        faults.add(f"{name} is no {'count' if whole else 'number'}", "Mend it.", row=number, value=cell)
        return None
    return round(value) if whole else value
