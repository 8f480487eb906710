"""Microsatellites of a reference bundle: found in its targets, kept as a table, read again."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.microsatellites import COLUMNS, ScanRules, Sites, find_sites
from wes_biomarkers.features.msi import Definition, ScoreRules
from wes_biomarkers.features.msi_sites import SiteRules
from wes_biomarkers.io.bed import Interval, merge_intervals
from wes_biomarkers.io.files import atomic_path, packaged_text
from wes_biomarkers.io.lines import FaultList, read_lines

#: Bases scanned at a time, so that whole chromosomes as targets need no more memory than exomes.
BATCH_BASES = 1 << 23

_REMEDY = "Make the bundle again with `wes-biomarkers reference build`."


def read_msi_definition() -> Definition:
    """The thresholds of definitions/msi.toml."""
    data = tomllib.loads(packaged_text("msi.toml"))
    scan = data["scan"] | {"min_unit": tuple(data["scan"]["min_unit"])}
    return Definition(
        scan=ScanRules(**scan),
        site=SiteRules(**data["site"]),
        score=ScoreRules(**data["score"]),
        min_mapping_quality=data["reads"]["min_mapping_quality"],
        min_normal=data["baseline"]["min_normal"],
        reasons=data["reasons"],
    )


def scan_targets(
    genome: Path | str, targets: Iterable[Interval], lengths: dict[str, int], rules: ScanRules
) -> Sites:
    """The microsatellites whose repeat and flanks lie within a target padded by `rules.pad` bases.

    Args:
        genome: FASTA with its .fai beside it.
        targets: intervals in any order; those of several kits count together.
        lengths: of the contigs in bases, in the genome's order.
        rules: which repeats count.
    """
    import pysam

    padded = (
        Interval(t.contig, max(0, t.start - rules.pad), min(lengths[t.contig], t.end + rules.pad))
        for t in targets
    )
    found = []
    with pysam.FastaFile(str(genome)) as fasta:
        for contig, windows in _batches(merge_intervals(padded, list(lengths)), rules):
            pieces = [(start, fasta.fetch(contig, start, end)) for start, end in windows]
            found.append(find_sites(contig, pieces, rules))
    return _joined(found)


def _batches(intervals: Sequence[Interval], rules: ScanRules) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Windows of one contig of at most about BATCH_BASES together.

    A longer interval is cut into windows that share enough bases for each repeat to lie whole in one of them.
    """
    shared = rules.max_length + 2 * rules.flank + 2
    contig, size = "", 0
    batch: list[tuple[int, int]] = []
    for interval in intervals:
        for start in range(interval.start, interval.end, BATCH_BASES):
            if batch and (interval.contig != contig or size >= BATCH_BASES):
                yield contig, batch
                batch, size = [], 0
            contig = interval.contig
            begin = max(interval.start, start - shared)
            end = min(start + BATCH_BASES, interval.end)
            if batch and begin < batch[-1][1]:  # windows of one batch must not overlap
                yield contig, batch
                batch, size = [], 0
            batch.append((begin, end))
            size += end - begin
    if batch:
        yield contig, batch


def _joined(parts: Sequence[Sites]) -> Sites:
    """Sites of several batches in order; one found in two windows counts once.

    A repeat cut by a window's edge is whole in the other window, and the cut one has no flank there.
    """
    if not parts:
        return Sites.of(dict.fromkeys(COLUMNS, ()))
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS if name != "n_unit"
    }
    rank = {name: number for number, name in enumerate(dict.fromkeys(columns["chrom"].tolist()))}
    places = zip(columns["chrom"].tolist(), columns["start"].tolist(), columns["end"].tolist(), strict=True)
    rows = {(rank[chrom], start, end): row for row, (chrom, start, end) in enumerate(places)}
    return Sites(**columns).where(np.array([rows[key] for key in sorted(rows)], np.int64))


def write_sites(path: Path | str, sites: Sites) -> None:
    """Write the sites as gzipped TSV with a heading; starts 0-based, ends not included, as in BED."""
    rows = zip(*(getattr(sites, name).tolist() for name in COLUMNS), strict=True)
    write_gzip_lines(path, ["\t".join(COLUMNS), *("\t".join(map(str, row)) for row in rows)])


def write_gzip_lines(path: Path | str, lines: Iterable[str]) -> None:
    """Write lines as gzip without a time stamp, atomically."""
    with (
        atomic_path(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, 0) as out,
    ):
        out.write("".join(f"{line}\n" for line in lines).encode())


def read_sites(path: Path | str) -> Sites:
    """Read a bundle's sites.

    Raises:
        InputError: unreadable, a column missing, or rows that are no sites, each with its line.
    """
    lines = read_lines(path)
    heading = next(lines, "").split("\t")
    if missing := [name for name in COLUMNS if name not in heading]:
        raise InputError([Fault(f"lacks the columns {', '.join(missing)}", _REMEDY, file=str(path))])
    at = [heading.index(name) for name in COLUMNS]
    faults = FaultList(path)
    rows: list[tuple[str | int, ...]] = []
    for number, line in enumerate(lines, start=2):
        cells = line.split("\t")
        try:
            chrom, start, end, unit, n_unit, left, right = (cells[index] for index in at)
            if not (
                0 <= int(start) < int(end) and unit and (int(end) - int(start)) // len(unit) == int(n_unit)
            ):
                raise ValueError
        except (ValueError, IndexError):
            faults.add("is no microsatellite", _REMEDY, row=number, value=line[:60])
            continue
        rows.append((chrom, int(start), int(end), unit, n_unit, left, right))
    if faults.count:
        raise InputError(faults.faults())
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return Sites.of(dict(zip(COLUMNS, columns, strict=True)))
