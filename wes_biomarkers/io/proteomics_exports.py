"""Proteomics files as MaxQuant, DIA-NN and Olink write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.proteomics_marks import BELOW_LOD, QC_WARNING, Cells, parse_cells
from wes_biomarkers.io.proteomics_table import read_columns

Codes = NDArray[np.int64]

#: Precursors and protein groups of a DIA-NN report above this q-value are left out (DIA-NN's own filter is 1 %).
MAX_Q_VALUE = 0.01
_CONTAMINANT = re.compile(r"^(cont_|con__|contam_|crap[-_])", re.IGNORECASE)
_MAXQUANT_MARKS = {
    "only_by_site": ("Only identified by site",),
    "reverse": ("Reverse",),
    "contaminant": ("Potential contaminant", "Contaminant"),
}
_PG_ANNOTATION = {
    *("Protein.Group", "Protein.Ids", "Protein.Names", "Genes", "First.Protein.Description"),
    *("N.Sequences", "N.Proteotypic.Sequences"),
}
_OLINK_QC = ("QC_Warning", "QCWarning", "SampleQC", "AssayQC", "Assay_Warning", "AssayQCWarning")


@dataclass(frozen=True)
class Export:
    """The cells of a file, one after the other, before its samples are matched with the sheet.

    Attributes:
        format: `long`, `matrix`, `diann_report`, `diann_pg_matrix`, `maxquant` or `olink`.
        kind: intensity, concentration or npx.
        samples, proteins: names as the file has them.
        sample, protein: codes of each cell, shape (n,).
        cells: numbers and marks, (n,).
        row: of the file, (n,).
        genes, members: of the proteins that have them.
        dropped: rows left out, by reason.
        plates: plate of a sample, where the file tells one.
        others: headings that could be a sample or not (annotation of a protein).
    """

    format: str
    kind: str
    samples: tuple[str, ...]
    proteins: tuple[str, ...]
    sample: Codes
    protein: Codes
    cells: Cells
    row: Codes
    genes: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    plates: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def file_format(headings: tuple[str, ...]) -> str | None:
    """The program that wrote a file, by its headings; None for a plain table."""
    names = set(headings)
    if "Majority protein IDs" in names and any(name.startswith(("Intensity", "LFQ")) for name in names):
        return "maxquant"
    if {"Run", "Protein.Group"} <= names:
        return "diann_report"
    if {"Protein.Group", "Protein.Ids"} <= names:
        return "diann_pg_matrix"
    if {"SampleID", "OlinkID", "NPX"} <= names:
        return "olink"
    return None


def read_export(path: Path | str, form: str, headings: tuple[str, ...]) -> Export:
    """A file of a known program.

    Raises:
        InputError: columns that the program writes are absent, or the file is of precursors.
    """
    readers = {
        "maxquant": _read_maxquant,
        "diann_report": _read_report,
        "diann_pg_matrix": _read_pg_matrix,
        "olink": _read_olink,
    }
    return readers[form](str(path), headings)


def _first(ids: pd.Series) -> list[str]:
    return [str(text).split(";")[0].strip() for text in ids]


def _described(names: list[str], column: pd.Series) -> dict[str, str]:
    return {name: str(text) for name, text in zip(names, column, strict=True) if str(text) not in ("", "nan")}


def _from_matrix(path: str, form: str, frame: pd.DataFrame, ids: str, genes: str, columns: Mapping[str, str],
                 dropped: Mapping[str, int]) -> Export:  # fmt: skip
    """Proteins in rows. `columns`: heading -> sample; `ids`: the column of the group's members."""
    proteins = _first(frame[ids])
    n, m = len(frame), len(columns)
    cells = parse_cells(frame[list(columns)].to_numpy(object).ravel())
    return Export(
        form, "intensity", tuple(columns.values()), tuple(proteins),
        np.tile(np.arange(m), n), np.repeat(np.arange(n), m), cells,
        np.repeat(np.asarray(frame.index, np.int64), m),
        genes=_described(proteins, frame[genes]) if genes in frame else {},
        members=_described(proteins, frame[ids]), dropped=dict(dropped),
    )  # fmt: skip


def _read_maxquant(path: str, headings: tuple[str, ...]) -> Export:
    """proteinGroups.txt: LFQ intensities, where there are none the intensities; marked rows are dropped.

    A row with several marks is counted once, as reverse before contaminant before only identified by site.
    """
    for prefix in ("LFQ intensity ", "Intensity "):
        columns = {name: name.removeprefix(prefix) for name in headings if name.startswith(prefix)}
        if columns:
            break
    if not columns:
        remedy = "Run MaxQuant with an experiment name a sample."
        raise InputError([Fault("has no column of intensities a sample", remedy, file=path, row=1)])
    marks = {why: [name for name in names if name in headings] for why, names in _MAXQUANT_MARKS.items()}
    texts = ["Majority protein IDs", *(["Gene names"] if "Gene names" in headings else [])]
    wanted = [*texts, *columns, *(name for names in marks.values() for name in names)]
    frame = read_columns(path, wanted, ())
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    why = pd.Series("", index=frame.index)
    for reason, names in marks.items():
        for name in names:
            why[frame[name] == "+"] = reason
    return _from_matrix(path, "maxquant", frame[why == ""], texts[0], "Gene names", columns, _counts(why))


def _counts(why: pd.Series) -> dict[str, int]:
    return {str(name): int(n) for name, n in why[why != ""].value_counts().sort_index().items()}


def _read_pg_matrix(path: str, headings: tuple[str, ...]) -> Export:
    """report.pg_matrix.tsv: a column a run, headed by its file."""
    if "Precursor.Id" in headings:
        remedy = "Give report.pg_matrix.tsv, or the report itself."
        raise InputError([Fault("is DIA-NN's matrix of precursors", remedy, file=path)])
    columns = {name: name for name in headings if name and name not in _PG_ANNOTATION}
    frame = read_columns(path, [name for name in headings if name], ())
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    why = pd.Series("", index=frame.index).mask(frame["Protein.Group"].str.match(_CONTAMINANT), "contaminant")
    return _from_matrix(
        path, "diann_pg_matrix", frame[why == ""], "Protein.Group", "Genes", columns, _counts(why)
    )


def _read_report(path: str, headings: tuple[str, ...]) -> Export:
    """report.tsv or report.parquet: PG.MaxLFQ of each run and protein group that passes 1 % at every level given."""
    values = [name for name in ("PG.MaxLFQ", "PG.Quantity") if name in headings]
    if not values:
        raise InputError([Fault("has no PG.MaxLFQ", "Let DIA-NN write its full report.", file=path, row=1)])
    q_values = [
        name for name in ("Q.Value", "PG.Q.Value", "Lib.Q.Value", "Lib.PG.Q.Value") if name in headings
    ]
    texts = [name for name in ("Run", "Protein.Group", "Genes") if name in headings]
    frame = read_columns(path, [*texts, values[0], *q_values], texts)
    passes = np.ones(len(frame), bool)
    for name in q_values:
        number = pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
        passes &= ~(number > MAX_Q_VALUE)
    contaminant = frame["Protein.Group"].map(lambda name: bool(_CONTAMINANT.match(str(name)))).to_numpy(bool)
    dropped = {"above_q_value": int((~passes).sum()), "contaminant": int((contaminant & passes).sum())}
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    kept = frame[passes & ~contaminant].drop_duplicates(["Run", "Protein.Group"])
    groups, runs = (kept[name].cat.remove_unused_categories() for name in ("Protein.Group", "Run"))
    members = [str(name) for name in groups.cat.categories]
    proteins = _first(pd.Series(members, dtype=object))
    genes: dict[str, str] = {}
    if "Genes" in kept:
        one = kept.drop_duplicates("Protein.Group")
        genes = _described(_first(one["Protein.Group"].astype(str)), one["Genes"].astype(str))
    return Export(
        "diann_report", "intensity", tuple(map(str, runs.cat.categories)), tuple(proteins),
        np.asarray(runs.cat.codes, np.int64), np.asarray(groups.cat.codes, np.int64),
        parse_cells(kept[values[0]].to_numpy(object)), np.asarray(kept.index, np.int64),
        genes=genes, members=dict(zip(proteins, members, strict=True)),
        dropped={why: n for why, n in dropped.items() if n},
    )  # fmt: skip


def _read_olink(path: str, headings: tuple[str, ...]) -> Export:
    """NPX of Olink's long export: log2 already; values below the limit of detection and warnings are flagged.

    A protein is named by its assay, and by assay and OlinkID where several panels measure it. Control samples and
    control assays are dropped.
    """
    texts = [name for name in ("SampleID", "OlinkID", "Assay", "PlateID", "Sample_Type", "SampleType", "AssayType",
                               *_OLINK_QC) if name in headings]  # fmt: skip
    numbers = [name for name in ("NPX", "LOD") if name in headings]
    frame = read_columns(path, [*texts, *numbers], texts)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    why = pd.Series("", index=frame.index)
    for name in ("Sample_Type", "SampleType"):
        if name in frame:
            why[~frame[name].astype(str).str.upper().isin(("SAMPLE", ""))] = "control_sample"
    if "AssayType" in frame:
        why[~frame["AssayType"].astype(str).str.lower().isin(("assay", ""))] = "control_assay"
    dropped = _counts(why)
    frame = frame[why == ""]
    samples, olink = (frame[name].cat.remove_unused_categories() for name in ("SampleID", "OlinkID"))
    ids = [str(name) for name in olink.cat.categories]
    assay = (
        dict(zip(frame["OlinkID"].astype(str), frame["Assay"].astype(str), strict=True))
        if "Assay" in frame
        else {}
    )
    proteins = _assay_names(ids, assay)
    return Export(
        "olink", "npx", tuple(str(name).strip() for name in samples.cat.categories), tuple(proteins),
        np.asarray(samples.cat.codes, np.int64), np.asarray(olink.cat.codes, np.int64), _olink_cells(frame),
        np.asarray(frame.index, np.int64),
        genes={name: assay[olink_id] for name, olink_id in zip(proteins, ids, strict=True) if olink_id in assay},
        members=dict(zip(proteins, ids, strict=True)), dropped=dropped, plates=_plates(frame),
    )  # fmt: skip


def _assay_names(ids: list[str], assay: Mapping[str, str]) -> list[str]:
    names = [assay.get(name, name) for name in ids]
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    return [
        f"{name}_{olink_id}" if name in twice else name for name, olink_id in zip(names, ids, strict=True)
    ]


def _olink_cells(frame: pd.DataFrame) -> Cells:
    cells = parse_cells(frame["NPX"].to_numpy(object))
    if "LOD" in frame:
        limit: Any = pd.to_numeric(frame["LOD"], errors="coerce").to_numpy(float)
        cells.flags[cells.raw < limit] |= BELOW_LOD
    for name in _OLINK_QC:
        if name in frame:
            warned = ~frame[name].astype(str).str.strip().str.lower().isin(("pass", "", "na", "nan"))
            cells.flags[warned.to_numpy(bool)] |= QC_WARNING
    return cells


def _plates(frame: pd.DataFrame) -> dict[str, str]:
    """The plate of each sample that was measured on one plate only."""
    if "PlateID" not in frame:
        return {}
    pairs = frame[["SampleID", "PlateID"]].astype(str).drop_duplicates()
    single = pairs[~pairs["SampleID"].duplicated(keep=False)]
    return dict(zip(single["SampleID"].str.strip(), single["PlateID"], strict=True))
