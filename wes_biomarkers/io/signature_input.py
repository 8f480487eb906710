"""Counts of mutations by channel: from a VCF and its genome, or from a matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.mutation_channels import (
    CHANNELS,
    KINDS,
    Kind,
    Substitution,
    changed_runs,
    dbs_channel,
    flank_size,
    id_channel,
    indel_parts,
    join_neighbours,
    sbs_channel,
)
from wes_biomarkers.features.signatures import Catalogue
from wes_biomarkers.io.fasta import naming_style
from wes_biomarkers.io.lines import FaultList, check_readable, read_lines

if TYPE_CHECKING:
    import pysam

    from wes_biomarkers.io.vcf import VariantSet

#: Mutations of the mitochondrion arise otherwise and are not counted.
MITOCHONDRION = ("M", "MT", "chrM", "chrMT")

_LISTED = 5
_TWO_COLUMNS = re.compile(r"([CT]>[ACGT])")
_KIND_NAMES = {"SBS": "A[C>A]A, or C>A and ACA in two columns", "DBS": "AC>CA", "ID": "1:Del:C:0"}


class Genome:
    """Bases of a FASTA with its index, by contig and position (0-based half-open), in capitals."""

    def __init__(self, path: Path | str) -> None:
        """Open it; an index is made beside it where there is none.

        Raises:
            InputError: when it cannot be read, or has no index and none can be written.
        """
        import pysam

        if faults := check_readable([path]):
            raise InputError(faults)
        try:
            self._fasta: pysam.FastaFile = pysam.FastaFile(str(path))
        except (OSError, ValueError) as error:
            remedy = "Give a FASTA, plain or bgzip, with its .fai beside it: samtools faidx."
            raise InputError([Fault("cannot be read as an indexed FASTA", remedy, file=str(path))]) from error
        self.path = str(path)
        self.lengths: Mapping[str, int] = dict(zip(self._fasta.references, self._fasta.lengths, strict=True))

    def bases(self, chrom: str, start: int, end: int) -> str:
        """The bases of an interval, cut at the ends of its contig."""
        return str(self._fasta.fetch(chrom, max(start, 0), max(min(end, self.lengths[chrom]), 0))).upper()


def count_vcf(
    path: Path | str, variants: VariantSet, genome: Genome, max_vaf_difference: float
) -> dict[Kind, Catalogue]:
    """The mutations of one tumour by channel.

    Variants that passed every filter count; without a FILTER nothing is known. Neighbouring substitutions of similar
    allele fraction are one, be they one record or several: one base is an SBS, two are a DBS; more have no channel
    and are left out of the DBS.

    Args:
        path: the VCF, for messages.
        variants: read from it.
        genome: of the same build.
        max_vaf_difference: between neighbours that are one mutation, as a fraction.

    Raises:
        ReferenceMismatchError: contigs the genome has not, or reference alleles that are not its own.
    """
    base = variants.base
    is_nuclear = ~np.isin(base["chrom"].astype(str), MITOCHONDRION)
    asked = np.flatnonzero(base["is_pass"] & is_nuclear & (base["kind"] != "symbolic"))
    _check_alleles(path, base, asked.tolist(), genome)
    channels: list[tuple[Kind, str | None]] = []
    substitutions: list[Substitution] = []
    columns = [base[name][asked].tolist() for name in ("chrom", "start", "ref", "alt", "vaf")]
    for chrom, start, ref, alt, vaf in zip(*columns, strict=True):
        ref, alt = ref.upper(), alt.upper()
        if len(ref) == len(alt):
            substitutions += changed_runs(Substitution(chrom, start, ref, alt, vaf))
        else:
            channels.append(("ID", _id_channel(genome, chrom, start, ref, alt)))
    rank = {name: index for index, name in enumerate(dict.fromkeys(base["chrom"].tolist()))}
    substitutions.sort(key=lambda one: (rank[one.chrom], one.start))
    channels += (
        _substitution_channel(genome, run) for run in join_neighbours(substitutions, max_vaf_difference)
    )
    obstacle = (
        "" if variants.has_filter else "no caller's FILTER was applied: nothing tells calls from candidates"
    )
    return {kind: _catalogue(kind, [name for of, name in channels if of == kind], obstacle) for kind in KINDS}


def _check_alleles(path: Path | str, base: Mapping[str, Any], asked: Sequence[int], genome: Genome) -> None:
    """Every contig the genome lacks, and the first reference alleles that are not the genome's."""
    remedy, fasta = "Give the FASTA the variants were called with.", Path(genome.path).name
    missing = sorted({base["chrom"][index] for index in asked} - set(genome.lengths))
    style = naming_style(list(genome.lengths)) if missing else ""
    rule = f"contig is not in {fasta}, which names them {style}"
    faults = [Fault(rule, remedy, str(path), value=name) for name in missing]
    alleles = FaultList(path, _LISTED)
    for index in asked:
        chrom, start, ref = base["chrom"][index], int(base["start"][index]), base["ref"][index].upper()
        found = genome.bases(chrom, start, start + len(ref)) if chrom in genome.lengths else ref
        if not _may_be_same(ref, found):
            rule = f"reference allele is not that of {fasta}, which has {found[:20] or 'nothing'}"
            alleles.add(rule, remedy, value=f"{chrom}:{start + 1} {ref[:20]}")
    if faults := faults + alleles.faults():
        raise ReferenceMismatchError(faults)


def _may_be_same(ref: str, found: str) -> bool:
    """Equal but for bases other than A, C, G and T."""
    bases = frozenset("ACGT")
    return len(ref) == len(found) and not any(
        a != b and {a, b} <= bases for a, b in zip(ref, found, strict=True)
    )


def _substitution_channel(genome: Genome, run: Substitution) -> tuple[Kind, str | None]:
    if len(run.ref) == 1:
        return "SBS", sbs_channel(genome.bases(run.chrom, run.start - 1, run.start + 2), run.alt)
    return "DBS", dbs_channel(run.ref, run.alt)


def _id_channel(genome: Genome, chrom: str, start: int, ref: str, alt: str) -> str | None:
    before, deleted, inserted = indel_parts(ref, alt)
    if deleted and inserted:
        return None
    unit, at = deleted or inserted, start + before
    flank, end = flank_size(unit), at + len(deleted)
    left, right = genome.bases(chrom, at - flank, at), genome.bases(chrom, end, end + flank)
    return id_channel("Del" if deleted else "Ins", unit, left, right)


def _catalogue(kind: Kind, found: Sequence[str | None], obstacle: str) -> Catalogue:
    at = {name: index for index, name in enumerate(CHANNELS[kind])}
    counts = np.zeros(len(at))
    for name in found:
        if name is not None:
            counts[at[name]] += 1
    return Catalogue(kind, counts, sum(name is None for name in found), obstacle)


@dataclass(frozen=True)
class CountMatrix:
    """Mutations by channel of several samples of one kind: names, and counts of shape (samples, channels)."""

    kind: Kind
    samples: tuple[str, ...]
    counts: np.ndarray[Any, np.dtype[np.float64]]


def read_count_matrix(path: Path | str) -> CountMatrix:
    """Read a matrix, channels down and samples across, tab- or comma-separated, with a heading.

    The rows are named as COSMIC does (`A[C>A]A`, `AC>CA`, `1:Del:C:0`), or by two columns, mutation type (`C>A`) and
    trinucleotide (`ACA`). Their order does not matter.

    Raises:
        InputError: every fault: rows that are no channel, missing or there twice, cells that are no whole number,
            samples without a name or there twice.
    """
    lines = [(number, line) for number, line in enumerate(read_lines(path), start=1) if line.strip()]
    faults = FaultList(path)
    if len(lines) < 2:
        raise InputError(
            [Fault("holds no rows of counts", "Give channels down, samples across.", file=str(path))]
        )
    separator = "\t" if "\t" in lines[0][1] else ","
    heading = [cell.strip().strip('"') for cell in lines[0][1].split(separator)]
    rows = [
        (number, [cell.strip().strip('"') for cell in line.split(separator)]) for number, line in lines[1:]
    ]
    n_name = 2 if _TWO_COLUMNS.fullmatch(rows[0][1][0]) else 1
    if len(heading) == len(rows[0][1]) - 1 and n_name == 1:
        heading = ["", *heading]  # as R writes a matrix
    samples = heading[n_name:]
    kind = _kind_of([_row_name(cells, n_name) for _, cells in rows])
    _check_samples(samples, faults)
    counts = dict(_rows(kind, rows, n_name, len(samples), faults))
    missing = [channel for channel in CHANNELS[kind] if channel not in counts]
    for channel in missing:
        faults.add(f"a row of {kind} is missing", f"Name rows {_KIND_NAMES[kind]}.", value=channel)
    if faults.count:
        raise InputError(faults.faults())
    matrix = np.array([counts[channel] for channel in CHANNELS[kind]], np.float64).T
    return CountMatrix(kind, tuple(samples), matrix)


def _row_name(cells: Sequence[str], n_name: int) -> str:
    """The channel in COSMIC's spelling, from one or two cells."""
    if n_name == 1 or len(cells) < 2 or len(cells[1]) != 3:
        return cells[0]
    return f"{cells[1][0]}[{cells[0]}]{cells[1][2]}" if cells[1][1] == cells[0][0] else "/".join(cells[:2])


def _kind_of(names: Sequence[str]) -> Kind:
    """The kind most of whose channels are there; SBS for none."""
    found = set(names)
    return max(KINDS, key=lambda kind: len(found & set(CHANNELS[kind])))


def _check_samples(samples: Sequence[str], faults: FaultList) -> None:
    if not samples:
        faults.add("has no sample", "Give a column a sample, with its name.")
    for index, name in enumerate(samples):
        if not name or name in samples[:index]:
            faults.add("a sample has no name, or another's", "Name each column once.", row=1, value=name)


def _rows(
    kind: Kind, rows: Sequence[tuple[int, list[str]]], n_name: int, n_sample: int, faults: FaultList
) -> Iterator[tuple[str, list[float]]]:
    """Channel and counts of each good row; the others become faults."""
    known, seen = set(CHANNELS[kind]), set[str]()
    for number, cells in rows:
        name, numbers = _row_name(cells, n_name), cells[n_name:]
        if name not in known or name in seen:
            rule = "channel is there twice" if name in seen else f"is no channel of {kind}"
            faults.add(rule, f"Name rows {_KIND_NAMES[kind]}.", row=number, value=name)
        elif len(numbers) != n_sample:
            faults.add("has not as many cells as the heading", "Mend the row.", row=number, value=name)
        elif wrong := [cell for cell in numbers if not _is_count(cell)]:
            remedy = "Give counts of mutations, from 0 to a thousand million."
            faults.add("holds a cell that is no whole number", remedy, row=number, value=wrong[0])
        else:
            yield name, [float(cell) for cell in numbers]
        seen.add(name)


def _is_count(cell: str) -> bool:
    return re.fullmatch(r"\d+(\.0*)?", cell) is not None and float(cell) <= 1e9
