"""Reading a proteomics file of any make against its sample sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.likely_ids import folded_id
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.proteomics import Measured, Settings
from wes_biomarkers.features.proteomics_marks import QUANTIFIED, Cells, count_marks, parse_cells
from wes_biomarkers.io.lines import MAX_LISTED
from wes_biomarkers.io.proteomics_exports import Export, file_format, read_export
from wes_biomarkers.io.proteomics_table import read_cells, read_header

_LONG = ("sample_id", "protein", "value")
#: Columns of a samples-by-proteins table that name the sample instead of a protein.
_SAMPLE_KEYS = ("sample_id", "patient_id", "timepoint", "specimen", "collection_date", "batch")
_GENE = ("gene", "genes", "gene_name", "gene names", "symbol", "gene_symbol")
_RAW_FILE = re.compile(r"\.(raw|mzml|mzxml|d|wiff2?|dia|htrms)(\.(gz|dia|quant))*$", re.IGNORECASE)
_EXAMPLES = 5


@dataclass(frozen=True)
class ProteomicsFile:
    """What a file held: its values, and what was left out or is worth saying.

    Attributes:
        measured: values by the sheet's samples that the file has, in the sheet's order.
        format: the make of the file.
        marks: out-of-range marks by kind.
        dropped: rows of the file left out, by reason.
        not_in_sheet: the file's samples that the sheet lacks.
        plates: plate by sample, where the file tells one.
    """

    measured: Measured
    format: str
    marks: Mapping[str, int]
    dropped: Mapping[str, int]
    not_in_sheet: tuple[str, ...]
    plates: Mapping[str, str]


def read_proteomics(path: Path | str, samples: pd.DataFrame, settings: Settings) -> ProteomicsFile:
    """A proteomics file: MaxQuant, DIA-NN, Olink, a long table, or a matrix either way round.

    Args:
        path: text (also gzip), XLSX or Parquet.
        samples: the sample sheet, as `read_proteomics_samples` gives it.
        settings: `kind` of a plain table's numbers, and the rule for duplicates.

    Raises:
        InputError: every unreadable cell (no values are told), names that are samples' but for spelling, no sample of
            the sheet, duplicates. Numbers below 0 are judged later, when the scale is known.
    """
    headings = read_header(path)
    form = file_format(headings)
    ids = [str(name) for name in samples["sample_id"]]
    export = (
        read_export(path, form, headings) if form else _read_plain(path, headings, samples, settings.kind)
    )
    places, strangers, faults = match_samples(export.samples, ids, set(export.others), str(path))
    faults += _cell_faults(export, places, str(path))
    if not places and not faults:
        rule = f"no sample of it ({_some(export.samples)}) is in the sample sheet ({_some(ids)})"
        faults.append(Fault(rule, "Use the same sample ids in both.", file=str(path)))
    if faults:
        raise InputError(faults)
    measured = _dense(export, places, ids, settings.duplicates, str(path))
    marks = count_marks(measured.raw, measured.side, measured.flags)
    plates = {ids[places[name]]: plate for name, plate in export.plates.items() if name in places}
    return ProteomicsFile(measured, export.format, marks, export.dropped, strangers, plates)


def _some(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:_EXAMPLES])


def _read_plain(path: Path | str, headings: tuple[str, ...], samples: pd.DataFrame, kind: str) -> Export:
    frame = read_cells(path)
    if set(_LONG) <= set(headings):
        return _from_long(frame, kind)
    ids = {_folded(str(name)) for name in samples["sample_id"]}
    in_header = sum(_folded(name) in ids for name in headings)
    if "sample_id" in headings:
        return _from_sample_rows(frame, frame["sample_id"], kind)
    if {"patient_id", "timepoint"} <= set(headings):
        return _from_sample_rows(frame, _by_patient(frame, samples, str(path)), kind)
    first = frame.columns[0]
    in_rows = sum(_folded(str(name)) in ids for name in frame[first])
    if in_rows > in_header:
        return _from_sample_rows(frame.rename(columns={first: "sample_id"}), frame[first], kind)
    if not in_header:
        rule = "neither its headings nor its first column are samples of the sheet"
        remedy = f"Use the sheet's sample ids ({_some(samples['sample_id'])}), or head columns sample_id,protein,value."
        raise InputError([Fault(rule, remedy, file=str(path))])
    return _from_protein_rows(frame, kind, ids)


def _from_long(frame: pd.DataFrame, kind: str) -> Export:
    sample, samples = pd.factorize(frame["sample_id"].astype(str).str.strip())
    protein, proteins = pd.factorize(frame["protein"].astype(str).str.strip())
    return Export(
        "long", kind, tuple(samples), tuple(proteins), sample.astype(np.int64), protein.astype(np.int64),
        parse_cells(frame["value"].to_numpy(object)), np.asarray(frame.index, np.int64),
    )  # fmt: skip


def _from_sample_rows(frame: pd.DataFrame, names: pd.Series, kind: str) -> Export:
    """Samples in rows, proteins in columns."""
    proteins = [str(name) for name in frame.columns if name not in _SAMPLE_KEYS]
    n, m = len(frame), len(proteins)
    cells = parse_cells(frame[proteins].to_numpy(object).ravel())
    return Export(
        "matrix", kind, tuple(str(name).strip() for name in names), tuple(proteins),
        np.repeat(np.arange(n), m), np.tile(np.arange(m), n), cells,
        np.repeat(np.asarray(frame.index, np.int64), m),
    )  # fmt: skip


def _by_patient(frame: pd.DataFrame, samples: pd.DataFrame, file: str) -> pd.Series:
    """The sample of each row by patient and time point (and specimen, where the file has it).

    Raises:
        InputError: where the sheet has several such samples.
    """
    keys = [name for name in ("patient_id", "timepoint", "specimen") if name in frame]
    sheet = samples[[*keys, "sample_id"]].astype("string")
    if sheet.duplicated(keys).any():
        rule = f"the sample sheet has several samples of one {', '.join(keys)}"
        raise InputError([Fault(rule, "Head a column sample_id in the proteomics file.", file=file)])
    given = frame[keys].astype("string").apply(lambda column: column.str.strip())
    found = given.merge(sheet, on=keys, how="left")["sample_id"]
    shown = given.agg("/".join, axis=1)
    return pd.Series(found.to_numpy(object), index=frame.index).where(found.notna().to_numpy(), shown)


def _from_protein_rows(frame: pd.DataFrame, kind: str, ids: set[str]) -> Export:
    """Proteins in rows, samples in columns; further columns may describe the protein."""
    named = [name for name in ("protein", "protein_id", "Protein") if name in frame]
    key = named[0] if named else str(frame.columns[0])
    columns = [str(name) for name in frame.columns if name != key]
    others = tuple(name for name in columns if _folded(name) not in ids)
    columns = [name for name in columns if _folded(name) in ids]
    proteins = [str(name).strip() for name in frame[key]]
    gene = next((name for name in others if name.lower() in _GENE), None)
    genes = {} if gene is None else dict(zip(proteins, frame[gene].astype(str), strict=True))
    n, m = len(frame), len(columns)
    return Export(
        "matrix", kind, (*columns, *others), tuple(proteins), np.tile(np.arange(m), n), np.repeat(np.arange(n), m),
        parse_cells(frame[columns].to_numpy(object).ravel()), np.repeat(np.asarray(frame.index, np.int64), m),
        genes={name: text for name, text in genes.items() if text}, others=others,
    )  # fmt: skip


def _bare(name: str) -> str:
    """A run's name without its folder and the ending of a raw file."""
    return _RAW_FILE.sub("", PureWindowsPath(name.strip()).name)


def _folded(name: str) -> str:
    return folded_id(_bare(name))


def match_samples(
    found: Sequence[str], ids: Sequence[str], others: set[str], file: str
) -> tuple[dict[str, int], tuple[str, ...], list[Fault]]:
    """The place in the sheet of each of the file's samples, those that have none, and near misses as faults.

    A run's file matches by its name without folder and ending. A name that differs from an id in case, white space,
    signs or leading zeros alone is never taken for it: the fault suggests it.

    Args:
        found: the file's names; in `others` those that may be no samples.
        ids: the sheet's.
        others: headings beside samples that are not told of when they match nothing.
        file: for messages.
    """
    index = {name: place for place, name in enumerate(ids)}
    folded = {_folded(name): name for name in ids}
    places: dict[str, int] = {}
    strangers: list[str] = []
    faults: list[Fault] = []
    for name in found:
        bare = _bare(name)
        if name in index or bare in index:
            places[name] = index[name] if name in index else index[bare]
        elif _folded(name) in folded:
            likely = folded[_folded(name)]
            remedy = f"If it is {likely}, write it so; else rename one of them."
            faults.append(
                Fault("is a sample of the sheet but for its spelling", remedy, file=file, value=name)
            )
        elif name not in others:
            strangers.append(name)
    return places, tuple(sorted(set(strangers))), faults


def _cell_faults(export: Export, places: Mapping[str, int], file: str) -> list[Fault]:
    """Cells of known samples that are neither numbers nor marks; a protein without any number is told once."""
    known = np.array([name in places for name in export.samples])
    bad = export.cells.unreadable & known[export.sample] if len(known) else export.cells.unreadable
    if not bad.any():
        return []
    n = len(export.proteins)
    n_bad = np.bincount(export.protein[bad], minlength=n)
    n_good = np.bincount(export.protein[np.isfinite(export.cells.raw)], minlength=n)
    wordy = (n_bad > 1) & (n_good == 0)
    faults = [
        Fault(
            "holds no number",
            "Delete the column or row: it is no protein.",
            file=file,
            column=export.proteins[i],
        )
        for i in np.flatnonzero(wordy)
    ]
    left = np.flatnonzero(bad & ~wordy[export.protein])
    remedy = "Write a number with a decimal point, a mark such as `OOR <`, `<0.5` or `ND`, or leave it empty."
    for cell in left[:MAX_LISTED]:
        column = f"{export.proteins[export.protein[cell]]}, {export.samples[export.sample[cell]]}"
        faults.append(
            Fault(
                "is neither a number nor a known mark",
                remedy,
                file=file,
                row=int(export.row[cell]),
                column=column,
            )
        )
    if len(left) > MAX_LISTED:
        faults.append(
            Fault(f"and {len(left) - MAX_LISTED} more such cells", f"{len(left)} in all.", file=file)
        )
    return faults


def _dense(
    export: Export, places: Mapping[str, int], ids: Sequence[str], duplicates: str, file: str
) -> Measured:
    """Samples by proteins.

    Raises:
        InputError: a protein twice in a sample, where the settings do not say what to do.
    """
    used = sorted(set(places.values()))
    rank = {place: row for row, place in enumerate(used)}
    row_of = np.array([rank[places[name]] if name in places else -1 for name in export.samples], np.int64)
    codes, proteins = pd.factorize(np.asarray(export.proteins, dtype=object))
    cell_row = row_of[export.sample]
    taken = cell_row >= 0
    row, column = cell_row[taken], codes.astype(np.int64)[export.protein[taken]]
    cells = _chosen(export.cells, taken)
    flat = row * len(proteins) + column
    given = np.isfinite(cells.raw) | (cells.side != QUANTIFIED)
    order, twice = _repeated(flat[given])
    if twice.any() and duplicates == "refuse":
        cell = np.flatnonzero(taken)[np.flatnonzero(given)[order[np.flatnonzero(twice)[0]]]]
        rule = f"{int(twice.sum())} values of a protein already given for its sample, the first"
        remedy = 'Keep one, or set duplicates = "median" in the settings.'
        name = proteins[codes[export.protein[cell]]]
        raise InputError([Fault(rule, remedy, file=file, row=int(export.row[cell]), column=str(name))])
    shape = (len(used), len(proteins))
    raw, side, flags = np.full(shape, np.nan), np.zeros(shape, np.int8), np.zeros(shape, np.uint8)
    for target, values in ((raw, cells.raw), (side, cells.side), (flags, cells.flags)):
        target.ravel()[flat[given][::-1]] = values[given][::-1]  # the first of several stays
    if twice.any():
        _take_medians(raw, side, flags, flat[given], _chosen(cells, given))
    names = tuple(str(name) for name in proteins)
    samples = tuple(ids[place] for place in used)
    return Measured(samples, names, raw, side, flags, export.kind, export.genes, export.members)


def _chosen(cells: Cells, chosen: NDArray[np.bool_]) -> Cells:
    return Cells(cells.raw[chosen], cells.side[chosen], cells.flags[chosen], cells.unreadable[chosen])


def _repeated(flat: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A stable order of the places, and in this order which repeat the one before."""
    order = np.argsort(flat, kind="stable")
    twice = np.zeros(len(flat), bool)
    twice[1:] = flat[order][1:] == flat[order][:-1]
    return order, twice


def _take_medians(raw: Any, side: Any, flags: Any, flat: NDArray[np.int64], cells: Cells) -> None:
    """Put the median of a place's numbers into it; marks count only where there is no number."""
    frame = pd.DataFrame({"place": flat, "raw": cells.raw, "flags": cells.flags})
    numbers = frame[(cells.side == QUANTIFIED) & frame["place"].duplicated(keep=False)]
    medians = numbers.groupby("place")["raw"].median()
    raw.ravel()[medians.index] = medians.to_numpy()
    side.ravel()[medians.index] = QUANTIFIED
    joined = numbers.groupby("place")["flags"].agg(lambda bits: np.bitwise_or.reduce(bits.to_numpy()))
    flags.ravel()[joined.index] = joined.to_numpy()
