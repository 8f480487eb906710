"""What `feature drivers` reads beside variants (places of genes, clonality, microsatellites), and drivers.tsv."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wes_biomarkers.errors import ContractError, Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.clonality import rows_of
from wes_biomarkers.features.gene_status import GeneStatus
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.features.tmb import Pair
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.clonality import read_clonality
from wes_biomarkers.io.lines import FaultList, read_lines
from wes_biomarkers.io.records import read_records
from wes_biomarkers.io.segments import read_segments
from wes_biomarkers.io.tsv import write_rows

COLUMNS: tuple[str, ...] = (
    "patient_id", "pair_id", "gene", "role", "status", "hits", "mutations", "n_mutation", "total_cn", "minor_cn",
    "log2", "clonality",
)  # fmt: skip
_WHOLE = ("n_mutation", "total_cn", "minor_cn")


@dataclass(frozen=True)
class GenePlaces:
    """Coding intervals (contig, start, end; 0-based half-open) of each gene of the reference."""

    intervals: Mapping[str, Sequence[tuple[str, int, int]]]

    def callable_share(self, gene: str, deep: Region) -> float:
        """Share of its coding bases that are deep enough, 0 to 1."""
        own = Region.of(self.intervals[gene])
        shared = 0
        for contig, (starts, ends) in own.contigs.items():
            deep_starts, deep_ends = deep.contigs.get(contig, (np.empty(0, int), np.empty(0, int)))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                first = np.searchsorted(deep_ends, start, side="right")
                last = np.searchsorted(deep_starts, end, side="left")
                pieces = np.minimum(deep_ends[first:last], end) - np.maximum(deep_starts[first:last], start)
                shared += int(pieces.sum())
        return shared / own.bases


def read_gene_places(path: Path | str) -> GenePlaces:
    """The genes of a bundle's coding.bed, under the names it gives them.

    Raises:
        InputError: unreadable, or a line without contig, start, end and gene.
    """
    faults = FaultList(path)
    places: dict[str, list[tuple[str, int, int]]] = {}
    for row, line in enumerate(read_lines(path), start=1):
        cells = line.split("\t")
        if len(cells) < 4 or not (cells[1].isdecimal() and cells[2].isdecimal()):
            faults.add(
                "needs contig, start, end and gene", "Make the bundle again.", row=row, value=line[:60]
            )
        else:
            places.setdefault(cells[3], []).append((cells[0], int(cells[1]), int(cells[2])))
    if faults.count:
        raise InputError(faults.faults())
    return GenePlaces(places)


def read_segments_on(path: Path | str, bundle: Bundle) -> Segments:
    """Segments of a genome; those on contigs the bundle lacks are left as they are.

    Raises:
        InputError: unreadable, or impossible rows.
        ReferenceMismatchError: no contig is the bundle's, or segments reach beyond their contig's end.
    """
    segments = read_segments(path)
    remedy = "Give segments and reference of the same build."
    if len(segments) and not set(segments.chrom) & set(bundle.lengths):
        rule = f"shares no contig name with the bundle {bundle.build}"
        raise ReferenceMismatchError([Fault(rule, remedy, file=str(path))])
    faults = FaultList(path)
    for chrom, start, end in zip(segments.chrom, segments.start, segments.end, strict=True):
        length = bundle.lengths.get(chrom)
        if length is not None and end > length:
            rule = f"segment reaches beyond its contig's end ({chrom} has {length} bases)"
            faults.add(rule, remedy, value=f"{chrom}:{start + 1}-{end}")
    if faults.count:
        raise ReferenceMismatchError(faults.faults())
    return segments


def clonality_of(
    path: Path | str, variants: Mapping[str, Any], pair_id: str | None = None
) -> list[str | None]:
    """The class of each variant (columns chrom, start, ref, alt) in a clonality.tsv, None without one, shape (n,).

    With `pair_id` only rows of this pair are looked at.

    Raises:
        InputError: unreadable, columns missing, impossible values.
    """
    table = read_clonality(path, pair_id)
    found = rows_of(table, variants).tolist()
    return [None if row < 0 else table["clonality"][row] for row in found]


def read_msi_class(path: Path | str) -> str | None:
    """high, low or stable of the microsatellite record in a file; None where it is not evaluable.

    Raises:
        InputError: unreadable, or without such a record.
    """
    remedy = "Give the records/msi.json of a run, or the output of `wes-biomarkers feature msi`."
    try:
        records = [record for record in read_records(path) if record.feature == "msi"]
    except ContractError as error:
        raise InputError([Fault(f"holds no valid record: {error}", remedy, file=str(path))]) from error
    if not records:
        raise InputError([Fault("holds no record of the feature msi", remedy, file=str(path))])
    found = records[0].values.get("msi_class") if records[0].status == "ok" else None
    return None if found is None else str(found)


def driver_rows(pair: Pair, statuses: Iterable[GeneStatus]) -> list[dict[str, Any]]:
    """One row a gene with the columns of the `gene` table; unknown is None."""
    return [
        {
            "patient_id": pair.patient_id,
            "pair_id": pair.pair_id,
            "gene": gene.gene,
            "role": gene.role,
            "status": gene.status,
            "hits": ";".join(gene.hits),
            "mutations": ";".join(gene.mutations),
            "n_mutation": len(gene.mutations),
            "total_cn": None if gene.copies is None else _known(gene.copies.total_cn),
            "minor_cn": None if gene.copies is None else _known(gene.copies.minor_cn),
            "log2": None if gene.copies is None else _known(gene.copies.log2),
            "clonality": gene.clonality,
        }
        for gene in statuses
    ]


def write_drivers(path: Path | str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write drivers.tsv: a heading and one row a gene and pair; unknown is an empty cell."""
    write_rows(path, COLUMNS, ([row[name] for name in COLUMNS] for row in rows), _WHOLE)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
