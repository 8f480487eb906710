"""Fishing the read pairs of HLA genes out of an alignment or FASTQs.

From an alignment: pairs with a read in the given regions (of the genes, and contigs of HLA alleles), or unmapped;
from FASTQs all pairs. Of these the ones that share words with the allele sequences are kept. Duplicates, secondary
and supplementary records are left out; a mate that lies elsewhere is not looked for.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_model import UNKNOWN, encode
from wes_biomarkers.features.hla_place import MIN_WORDS_PAIR, Reads, WordIndex, count_words
from wes_biomarkers.io.bam import find_index
from wes_biomarkers.io.fastq import read_name
from wes_biomarkers.io.files import atomic_path
from wes_biomarkers.io.lines import check_readable, read_lines

_CHUNK = 20_000
_NO_QUALITY = 30

Interval = tuple[str, int, int]
#: Bases and qualities (None where the file has none) of one read, as the sequencer gave it.
Read = tuple[bytes, NDArray[np.uint8] | None]


@dataclass(frozen=True)
class Fished:
    """Pairs that share words with HLA alleles.

    Attributes:
        names: of the pairs.
        reads: both mates turned onto the strand of the genes.
        flipped: pairs whose first mate was turned, shape (n,).
        n_looked_at: pairs in all that were compared with the alleles.
    """

    names: tuple[str, ...]
    reads: Reads
    flipped: NDArray[np.bool_]
    n_looked_at: int


@dataclass
class _Net:
    """Takes pairs, keeps those with enough words."""

    index: WordIndex
    names: list[str] = field(default_factory=list)
    parts: list[Reads] = field(default_factory=list)
    flips: list[NDArray[np.bool_]] = field(default_factory=list)
    n: int = 0
    _waiting: list[tuple[str, Read | None, Read | None]] = field(default_factory=list)

    def add(self, name: str, first: Read | None, second: Read | None) -> None:
        """Put a pair in; a mate may be absent."""
        self._waiting.append((name, first, second))
        if len(self._waiting) >= _CHUNK:
            self.draw()

    def draw(self) -> None:
        """Keep the waiting pairs that share enough words."""
        if not self._waiting:
            return
        reads = _stack([pair[1:] for pair in self._waiting])
        counts = count_words(self.index, reads)
        keep = counts.max(axis=1) >= MIN_WORDS_PAIR
        flip = (counts[:, 1] > counts[:, 0])[keep]
        self.parts.append(reads.take(keep).turned(flip))
        self.flips.append(flip)
        self.names += [pair[0] for pair, kept in zip(self._waiting, keep.tolist(), strict=True) if kept]
        self.n += len(self._waiting)
        self._waiting = []

    def haul(self) -> Fished:
        """What was kept of all pairs."""
        self.draw()
        length = max((part.bases.shape[2] for part in self.parts), default=0)
        bases = [_widen(part.bases, length, UNKNOWN) for part in self.parts]
        quality = [_widen(part.quality, length, 0) for part in self.parts]
        none = np.zeros((0, 2, length), np.uint8)
        reads = Reads(np.concatenate([none, *bases]), np.concatenate([none, *quality]))
        return Fished(tuple(self.names), reads, np.concatenate([np.zeros(0, bool), *self.flips]), self.n)


def read_regions(path: Path | str) -> list[Interval]:
    """The HLA regions of a bundle."""
    rows = (line.split("\t") for line in read_lines(path) if line.strip())
    return [(contig, int(start), int(end)) for contig, start, end, *_ in rows]


def fish_fastq(first: str, second: str, index: WordIndex) -> Fished:
    """The pairs of two FASTQs that share words with the alleles.

    Mates are found by name, in any order; reads without a mate count alone, as files fished by another program
    hold them.

    Raises:
        InputError: no whole FASTQs, or no read of the one has its mate in the other.
    """
    if faults := check_readable([first, second]):
        raise InputError(faults)
    net = _Net(index)
    waiting: tuple[dict[str, Read], dict[str, Read]] = ({}, {})
    n_pair = 0
    for row in zip_longest(_fastq(first), _fastq(second)):
        for mate, entry in enumerate(row):
            if entry is None:
                continue
            name, read = entry
            other = waiting[1 - mate].pop(name, None)
            if other is None:
                waiting[mate][name] = read
                continue
            n_pair += 1
            net.add(name, *((read, other) if mate == 0 else (other, read)))
    if not n_pair and (waiting[0] or waiting[1]):
        rule = f"holds no mate of a read of {Path(first).name}"
        raise InputError([Fault(rule, "Give the two files of one run.", file=second)])
    for name, read in waiting[0].items():
        net.add(name, read, None)
    for name, read in waiting[1].items():
        net.add(name, None, read)
    return net.haul()


def fish_alignment(
    path: str, index: WordIndex, regions: Iterable[Interval] | None, fasta: Path | str | None = None
) -> Fished:
    """The pairs of a BAM or CRAM that share words with the alleles.

    Args:
        path: sorted and indexed where regions are given.
        index: of the alleles' words.
        regions: of the HLA genes, 0-based half-open; None reads the whole file.
        fasta: of a CRAM's genome.

    Raises:
        InputError: when it cannot be read, or has no index and regions are given.
    """
    import pysam

    if faults := check_readable([path]):
        raise InputError(faults)
    place = find_index(path)
    if regions is not None and place is None:
        raise InputError([Fault("has no index", "Run `samtools index`.", file=path)])
    net = _Net(index)
    verbosity = pysam.set_verbosity(0)
    try:
        options = {"reference_filename": str(fasta)} if fasta is not None else {}
        with pysam.AlignmentFile(path, check_sq=False, index_filename=place, **options) as alignment:
            _pair_up(_records(alignment, regions), net)
    except (OSError, ValueError) as error:
        rule = "cannot be read as BAM or CRAM"
        raise InputError([Fault(rule, "Copy it again, or make it again.", file=path)]) from error
    finally:
        pysam.set_verbosity(verbosity)
    return net.haul()


def write_fished(fished: Fished, first: Path | str, second: Path | str) -> None:
    """Write the pairs as two gzip FASTQs, each read as the sequencer gave it; an absent mate is one N."""
    back = fished.reads.turned(fished.flipped)
    # turning twice restores: the second mate, or the first where it was flipped
    letters, n = np.frombuffer(b"ACGTN", np.uint8), back.bases.shape[2]
    for mate, path in enumerate((first, second)):
        with (
            atomic_path(path) as temporary,
            open(temporary, "wb") as raw,
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as handle,
        ):
            for name, bases, quality in zip(
                fished.names, back.bases[:, mate], back.quality[:, mate], strict=True
            ):
                used = n - int((bases[::-1] != UNKNOWN).argmax()) if (bases != UNKNOWN).any() else 1
                shown = (quality[:used] + 33).tobytes()
                handle.write(b"@%s\n%s\n+\n%s\n" % (name.encode(), letters[bases[:used]].tobytes(), shown))


def _records(alignment: Any, regions: Iterable[Interval] | None) -> Iterator[Any]:
    """Records of the regions and without a place; each once."""
    if regions is None:
        yield from alignment.fetch(until_eof=True)
        return
    known = set(alignment.references)
    contig_before, end_before = "", 0
    for contig, start, end in _merged(region for region in regions if region[0] in known):
        if contig != contig_before:
            contig_before, end_before = contig, 0
        for record in alignment.fetch(contig, start, end):
            if record.reference_start >= end_before or end_before == 0:
                yield record
        end_before = end
    yield from alignment.fetch("*")


def _merged(regions: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for contig, start, end in sorted(regions):
        if merged and merged[-1][0] == contig and start <= merged[-1][2]:
            merged[-1] = (contig, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((contig, start, end))
    return merged


def _pair_up(records: Iterable[Any], net: _Net) -> None:
    """Both mates of each pair to the net; mates without the other at the end."""
    open_pairs: dict[str, dict[int, Read]] = {}
    for record in records:
        if (
            record.flag & 0xF00 or record.query_sequence is None
        ):  # secondary, failed, duplicate, supplementary
            continue
        quality = None if record.query_qualities is None else record.get_forward_qualities()
        bases = record.get_forward_sequence().encode()
        read = (bases, None if quality is None else np.asarray(quality, np.uint8))
        if not record.is_paired:
            net.add(record.query_name, read, None)
            continue
        mates = open_pairs.setdefault(record.query_name, {})
        mates[int(record.is_read2)] = read
        if len(mates) == 2:
            del open_pairs[record.query_name]
            net.add(record.query_name, mates[0], mates[1])
    for name, mates in open_pairs.items():
        net.add(name, mates.get(0), mates.get(1))


def _fastq(path: str) -> Iterator[tuple[str, Read]]:
    """Name, bases and qualities of each read of a plain or gzip FASTQ."""
    from isal import igzip

    with open(path, "rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
    row = 1
    try:
        with igzip.open(path, "rb") if zipped else open(path, "rb") as handle:
            while lines := list(islice(handle, 4)):
                if len(lines) < 4:
                    raise EOFError
                bases, marks = lines[1].rstrip(), lines[3].rstrip()
                if not lines[0].startswith(b"@") or len(bases) != len(marks):
                    raise InputError([Fault("not FASTQ", "Give a FASTQ file.", file=path, row=row)])
                quality = np.frombuffer(marks, np.uint8) - np.uint8(33)
                yield read_name(lines[0])[1:].decode("ascii", "replace"), (bases, quality)
                row += 4
    except (EOFError, OSError, zlib.error) as error:
        raise InputError([Fault("truncated or damaged", "Copy it again.", file=path, row=row)]) from error


def _stack(pairs: list[tuple[Read | None, Read | None]]) -> Reads:
    """Pairs as arrays, filled with UNKNOWN to the longest read."""
    length = max((len(read[0]) for pair in pairs for read in pair if read is not None), default=0)
    joined = b"".join(
        (b"" if read is None else read[0]).ljust(length, b"N") for pair in pairs for read in pair
    )
    quality = np.zeros((len(pairs), 2, length), np.uint8)
    for row, pair in enumerate(pairs):
        for mate, read in enumerate(pair):
            if read is not None:
                quality[row, mate, : len(read[0])] = _NO_QUALITY if read[1] is None else read[1]
    return Reads(encode(joined).reshape(len(pairs), 2, length), quality)


def _widen(array: NDArray[np.uint8], length: int, fill: int) -> NDArray[np.uint8]:
    return np.pad(array, ((0, 0), (0, 0), (0, length - array.shape[2])), constant_values=fill)
