"""FASTA in any wrapping or compression to the bundle's genome.fa and sequence dictionary."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wes_biomarkers.contracts.reference import Contig
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.lines import FaultList, read_lines

LINE_WIDTH = 60

#: IUPAC nucleotide letters, both cases.
_LETTERS = b"ACGTNRYSWKMBDHVacgtnryswkmbdhv"

#: Lengths of chromosomes 1 and 22 (19 in mouse) in the assemblies' reports at NCBI.
_KNOWN_LENGTHS = {
    249250621: "GRCh37",
    51304566: "GRCh37",
    248956422: "GRCh38",
    50818468: "GRCh38",
    248387328: "T2T-CHM13v2",
    51324926: "T2T-CHM13v2",
    195471971: "GRCm38",
    61431566: "GRCm38",
    195154279: "GRCm39",
    61420004: "GRCm39",
}
_BUILD_IN_HEADER = re.compile(r"(?<![A-Za-z0-9])(GRC[a-z]\d+|NCBI3[56]|T2T-CHM13v\d)")
_FASTA_SUFFIX = re.compile(r"\.(fa|fasta|fna|fas)(\.gz|\.bgz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class FastaRecord:
    """One contig as read: name and length, MD5 of its upper-case bases, and the rest of its header line."""

    contig: Contig
    md5: str
    description: str


class _GenomeWriter:
    """Writes contigs in lines of LINE_WIDTH bases and keeps what the dictionary needs."""

    def __init__(self, handle: BinaryIO, faults: FaultList) -> None:
        self.records: list[FastaRecord] = []
        self._handle = handle
        self._faults = faults
        self._names: set[str] = set()

    def add(self, header: str, row: int, bases: bytearray) -> None:
        """Write a contig whose header stands at line `row`; a bad one is also a fault."""
        name, _, description = header.partition(" ") if " " in header else header.partition("\t")
        if not name:
            self._faults.add("a contig without a name", "Name it after the `>`.", row=row)
        elif name in self._names:
            self._faults.add("duplicate contig", "Give each contig once.", row=row, value=name)
        elif not bases:
            self._faults.add("empty contig", "Remove it or give its sequence.", row=row, value=name)
        self._names.add(name)
        self._handle.write(b">" + header.encode() + b"\n")
        for start in range(0, len(bases), LINE_WIDTH):
            self._handle.write(bases[start : start + LINE_WIDTH] + b"\n")
        md5 = hashlib.md5(bytes(bases).upper(), usedforsecurity=False).hexdigest()
        self.records.append(FastaRecord(Contig(name, len(bases)), md5, description.strip()))


def write_genome(source: Path | str, genome: Path) -> list[FastaRecord]:
    """Copy a FASTA (plain, gzip or bgzip) to `genome`, lines rewrapped, letter case kept.

    Returns:
        One record a contig, in the file's order.

    Raises:
        InputError: not readable, not FASTA, or with letters that are no nucleotide.
        ReferenceMismatchError: an empty, nameless or duplicate contig, with the names.
    """
    mismatches = FaultList(source)
    header, header_row, bases = "", 0, bytearray()
    with open(genome, "wb") as handle:
        writer = _GenomeWriter(handle, mismatches)
        for row, line in enumerate(read_lines(source), start=1):
            if line.startswith(">"):
                if header_row:
                    writer.add(header, header_row, bases)
                header, header_row, bases = line[1:].strip(), row, bytearray()
                continue
            letters = line.strip().encode()
            if letters and (not header_row or letters.translate(None, _LETTERS)):
                remedy = "Give a FASTA of nucleotides: `>name`, then lines of bases."
                raise InputError([Fault("not FASTA", remedy, str(source), row, value=line[:40])])
            bases += letters
        if header_row:
            writer.add(header, header_row, bases)
    if not header_row:
        raise InputError([Fault("holds no contig", "Give a FASTA file.", file=str(source))])
    if mismatches.count:
        raise ReferenceMismatchError(mismatches.faults())
    return writer.records


def write_dictionary(records: Sequence[FastaRecord], path: Path) -> None:
    """The sequence dictionary (SAM header) of a genome; it names no file, so it is the same everywhere."""
    lines = ["@HD\tVN:1.6\tSO:unsorted"]
    lines += [f"@SQ\tSN:{r.contig.name}\tLN:{r.contig.length}\tM5:{r.md5}" for r in records]
    write_text(path, "\n".join(lines) + "\n")


def read_dictionary(path: Path) -> tuple[Contig, ...]:
    """Contigs of a sequence dictionary, in its order."""
    contigs = []
    for line in read_lines(path):
        if line.startswith("@SQ"):
            tags = dict(field.split(":", 1) for field in line.split("\t")[1:])
            contigs.append(Contig(tags["SN"], int(tags["LN"])))
    return tuple(contigs)


def guess_build(records: Sequence[FastaRecord], source: Path | str) -> str:
    """The assembly's name by known chromosome lengths, else by the FASTA's headers, else the file's stem."""
    for record in records:
        if build := _KNOWN_LENGTHS.get(record.contig.length):
            return build
    for record in records:
        if match := _BUILD_IN_HEADER.search(record.description):
            return match.group(1)
    return _FASTA_SUFFIX.sub("", Path(source).name)


def naming_style(names: Sequence[str]) -> str:
    """How a file names its contigs, for messages: `chr1`, `1`, `NC_` style, or a few of the names."""
    for style, pattern in (
        ("chr1", r"chr([0-9]{1,2}|[XYM])"),
        ("1", r"([0-9]{1,2}|X|Y|MT)"),
        ("NC_", r"NC_\d+.*"),
    ):
        if any(re.fullmatch(pattern, name) for name in names):
            example = next(name for name in names if re.fullmatch(pattern, name))
            return f"{style} style, such as {example!r}"
    return "such as " + ", ".join(repr(name) for name in list(names)[:3])
