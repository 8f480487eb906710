"""Tables of microsatellite instability: each site of a pair, and the baseline of normals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.microsatellites import Sites
from wes_biomarkers.features.msi_sites import Baseline, SiteTests
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.microsatellites import write_gzip_lines
from wes_biomarkers.io.tsv import format_cell

#: Columns of `msi_sites.tsv.gz`. Lengths are written `bases:reads`, separated by commas.
SITE_COLUMNS = (
    *("chrom", "start", "end", "unit", "n_unit", "depth_tumor", "depth_normal", "p", "q", "shift"),
    *("evaluable", "unstable", "imbalance", "lengths_tumor", "lengths_normal"),
)
BASELINE_COLUMNS = ("chrom", "start", "end", "unit", "n_normal", "alleles", "mean", "sd")


def write_site_table(
    path: Path | str,
    sites: Sites,
    tests: SiteTests,
    tumor: NDArray[np.integer],
    normal: NDArray[np.integer] | None,
) -> None:
    """Write each site's comparison and its two length distributions; a tumour alone leaves the normal's empty.

    Args:
        path: of the gzipped TSV; starts 0-based, ends not included.
        sites, tests: n of each.
        tumor, normal: length counts of shape (n, n_length).
    """
    lines = ["\t".join(SITE_COLUMNS)]
    n_unit = sites.n_unit
    for row in range(len(sites)):
        cells: list[Any] = [sites.chrom[row], sites.start[row], sites.end[row], sites.unit[row], n_unit[row]]
        cells += [tumor[row].sum(), "" if normal is None else normal[row].sum()]
        cells += [format_cell(values[row]) for values in (tests.p, tests.q, tests.shift)]
        cells += [int(mask[row]) for mask in (tests.evaluable, tests.unstable, tests.imbalance)]
        cells += [_lengths(tumor[row]), "" if normal is None else _lengths(normal[row])]
        lines.append("\t".join(map(str, cells)))
    write_gzip_lines(path, lines)


def _lengths(counts: NDArray[np.integer]) -> str:
    return ",".join(f"{length}:{counts[length]}" for length in np.flatnonzero(counts))


def read_site_table(path: Path | str) -> list[dict[str, Any]]:
    """Rows of `msi_sites.tsv.gz`: numbers as numbers (None where empty), masks as bool, lengths as dictionaries.

    Raises:
        InputError: unreadable, or not such a table.
    """
    lines = read_lines(path)
    remedy = "Give the msi_sites.tsv.gz of a run or of `wes-biomarkers feature msi --sites-out`."
    if next(lines, "").split("\t") != list(SITE_COLUMNS):
        raise InputError([Fault("is no table of microsatellites of a pair", remedy, file=str(path))])
    rows = []
    faults = FaultList(path)
    for number, line in enumerate(lines, start=2):
        try:
            rows.append(_site_row(dict(zip(SITE_COLUMNS, line.split("\t"), strict=True))))
        except ValueError:
            faults.add("is no row of a table of microsatellites", remedy, row=number, value=line[:60])
    if faults.count:
        raise InputError(faults.faults())
    return rows


def _site_row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = dict(cells)
    for name in ("start", "end", "n_unit", "depth_tumor", "depth_normal"):
        row[name] = int(cells[name]) if cells[name] else None
    for name in ("p", "q", "shift"):
        row[name] = float(cells[name]) if cells[name] else None
    for name in ("evaluable", "unstable", "imbalance"):
        row[name] = bool(int(cells[name]))
    for name in ("lengths_tumor", "lengths_normal"):
        entries = (entry.split(":") for entry in cells[name].split(",") if entry)
        row[name] = {int(length): int(reads) for length, reads in entries}
    return row


def write_baseline(path: Path | str, sites: Sites, baseline: Baseline) -> None:
    """Write a baseline as gzipped TSV, a row a site that at least one normal covers."""
    lines = ["\t".join(BASELINE_COLUMNS)]
    for row in np.flatnonzero(baseline.n_normal):
        cells = [sites.chrom[row], sites.start[row], sites.end[row], sites.unit[row]]
        alleles = ",".join(map(str, np.flatnonzero(baseline.allele[row])))
        cells += [baseline.n_normal[row], alleles]
        cells += [format_cell(baseline.mean[row]), format_cell(baseline.sd[row])]
        lines.append("\t".join(map(str, cells)))
    write_gzip_lines(path, lines)


def read_baseline(path: Path | str, sites: Sites, n_length: int) -> Baseline:
    """The baseline of the given sites, for lengths below `n_length`; sites it lacks have no normal.

    Raises:
        InputError: unreadable, or not a baseline.
        ReferenceMismatchError: it shares no site with those given.
    """
    lines = read_lines(path)
    remedy = "Make one with `wes-biomarkers reference msi-baseline`."
    if next(lines, "").split("\t") != list(BASELINE_COLUMNS):
        raise InputError([Fault("is no baseline of microsatellites", remedy, file=str(path))])
    places = zip(sites.chrom.tolist(), sites.start.tolist(), sites.end.tolist(), strict=True)
    rows = {place: row for row, place in enumerate(places)}
    n_normal, allele = np.zeros(len(sites), np.int64), np.zeros((len(sites), n_length), bool)
    mean, sd = np.full(len(sites), np.nan), np.full(len(sites), np.nan)
    faults = FaultList(path)
    for number, line in enumerate(lines, start=2):
        try:
            place, values, lengths = _baseline_row(line)
            row = rows.get(place)
            if row is not None:
                n_normal[row], mean[row], sd[row] = values
                allele[row, lengths] = True
        except (ValueError, IndexError):
            faults.add("is no row of a baseline", remedy, row=number, value=line[:60])
    if faults.count:
        raise InputError(faults.faults())
    if len(sites) and not n_normal.any():
        rule = "shares no microsatellite with the reference bundle"
        raise ReferenceMismatchError([Fault(rule, "Make it again with this bundle.", file=str(path))])
    return Baseline(n_normal, allele, mean, sd)


def _baseline_row(line: str) -> tuple[tuple[str, int, int], tuple[int, float, float], list[int]]:
    """Place, (normals, mean, sd) and lengths of alleles; a ValueError where one of them is impossible."""
    chrom, start, end, _, n, alleles, centre, spread = line.split("\t")
    lengths = [int(length) for length in alleles.split(",")]
    n_normal, mean, sd = int(n), float(centre), float(spread)
    if not (n_normal >= 1 and 0 < mean < 1 and 0 <= sd < math.inf and min(lengths) >= 0):
        raise ValueError(line)
    return (chrom, int(start), int(end)), (n_normal, mean, sd), lengths
