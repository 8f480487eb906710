"""Reading CNVkit's tables: bins (.cnr, .cnn) and segments (.cns), plain or gzip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.allele_segments import Bins, Hole, find_holes
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.io.bed import MAX_POSITION
from wes_biomarkers.io.lines import FaultList, check_readable, read_lines

Columns = dict[str, NDArray[Any]]

_COPY = "Give the file as CNVkit wrote it."
_BINS = ("chromosome", "start", "end", "log2")
_SEGMENTS = (*_BINS, "probes")
#: Names of ours for CNVkit's.
_OURS = {"chromosome": "chrom", "probes": "n_bin"}


def read_bins(path: Path | str) -> Bins:
    """The bins of a .cnr or .cnn; those without a log ratio or without reads are left out.

    Raises:
        InputError: unreadable, columns missing, values that are no numbers, bins given twice, or no bin left.
    """
    return read_bins_and_holes(path)[0]


def read_bins_and_holes(path: Path | str) -> tuple[Bins, list[Hole]]:
    """The bins of `read_bins`, and the stretches where those left out for want of reads lie side by side."""
    columns = _read(path, _BINS, ("weight", "depth"), nan_log2=True)
    _check_repeats(path, columns)
    bins = Bins.of(columns)
    if not len(bins):
        raise InputError([Fault("no bin has a log ratio", _COPY, file=str(path))])
    return bins, find_holes(columns)


def read_cbs(path: Path | str) -> Columns:
    """The segments of a .cns: arrays chrom, start, end (0-based half-open), log2, n_bin.

    Raises:
        InputError: unreadable, columns missing, values that are no numbers (NaN), or segments that overlap.
    """
    cbs = _read(path, _SEGMENTS)
    _check_overlap(path, cbs)
    return cbs


def segments_of(cbs: Columns) -> Segments:
    """Segments with log ratios alone, for a .cns without bins: every allele-specific value is unknown."""
    unknown = np.full(len(cbs["start"]), np.nan)
    empty = {"n_het": np.zeros(len(unknown)), **dict.fromkeys(("baf", "total_cn", "minor_cn"), unknown)}
    return Segments.of({**cbs, **empty, "cell_fraction": unknown})


def _read(
    path: Path | str, needed: tuple[str, ...], optional: tuple[str, ...] = (), *, nan_log2: bool = False
) -> Columns:
    """The named columns under our names, sorted as in the file."""
    import pandas as pd

    if faults := check_readable([path]):
        raise InputError(faults)
    heading = next(iter(read_lines(path)), "").split("\t")
    if missing := [name for name in needed if name not in heading]:
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", _COPY, file=str(path))])
    wanted = [name for name in (*needed, *optional) if name in heading]
    # Read by lines, so that a damaged gzip or a wrong encoding is told as everywhere.
    rows = [line.split("\t") for line in read_lines(path) if line.strip()][1:]
    cut = FaultList(path)
    for number, row in enumerate(rows, start=2):
        if len(row) < len(heading):
            cut.add("has not as many cells as the heading", _COPY, row=number)
    if cut.count:
        raise InputError(cut.faults())
    table = pd.DataFrame({name: [row[heading.index(name)] for row in rows] for name in wanted})
    columns: Columns = {_OURS.get(name, name): table[name].to_numpy(object) for name in wanted}
    for name in wanted[1:]:
        columns[_OURS.get(name, name)] = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
    _check(path, columns, nan_log2)
    whole = {name: columns[name].astype(np.int64) for name in ("start", "end", "n_bin") if name in columns}
    return columns | whole


def _check(path: Path | str, columns: Columns, nan_log2: bool) -> None:
    """Raise for values that are no finite numbers and empty intervals, each with its row."""
    faults = FaultList(path)
    for name, values in columns.items():
        allowed = name in ("weight", "depth") or (name == "log2" and nan_log2)
        if name != "chrom" and not allowed:
            for at in np.flatnonzero(~np.isfinite(values)).tolist():
                faults.add(f"{name} is no finite number", "Mend the row, or leave it out.", row=at + 2)
    start, end = columns["start"], columns["end"]
    for name in ("start", "end", "n_bin"):
        if name in columns:
            for at in np.flatnonzero(columns[name] > MAX_POSITION).tolist():
                faults.add(f"{name} is above {MAX_POSITION}", "Mend the row.", row=at + 2)
    for at in np.flatnonzero((end <= start) | (start < 0)).tolist():
        faults.add("ends before it starts", "Mend the row.", row=at + 2)
    if faults.count:
        raise InputError(faults.faults())


def _check_repeats(path: Path | str, bins: Columns) -> None:
    """Raise for bins that are given a second time, each with its row."""
    faults = FaultList(path)
    seen: set[tuple[str, int, int]] = set()
    for at, place in enumerate(
        zip(*(bins[name].tolist() for name in ("chrom", "start", "end")), strict=True)
    ):
        if place in seen:
            faults.add("repeats a bin", "Leave one of the two out.", row=at + 2)
        seen.add(place)
    if faults.count:
        raise InputError(faults.faults())


def _check_overlap(path: Path | str, cbs: Columns) -> None:
    """Raise for segments that overlap the one before them on their contig, each with its row."""
    faults = FaultList(path)
    codes = np.unique(cbs["chrom"].astype(str), return_inverse=True)[1]
    order = np.lexsort((cbs["start"], codes))
    overlap = (codes[order][1:] == codes[order][:-1]) & (cbs["start"][order][1:] < cbs["end"][order][:-1])
    for at in sorted(order[1:][overlap].tolist()):
        faults.add("overlaps the segment before it", "Leave one of the two out.", row=at + 2)
    if faults.count:
        raise InputError(faults.faults())
