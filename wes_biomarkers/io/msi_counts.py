"""How long each microsatellite is in the reads of a BAM or CRAM."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.microsatellites import Sites
from wes_biomarkers.io.bam import check_alignment, find_index
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.lines import check_readable

LengthCounts = NDArray[np.int32]

#: The last column of length counts holds this length and all longer ones.
MAX_LENGTH = 100
#: Sites nearer than this are read in one go. An index leads only near a place (a BAI to 16 kb), and a seek takes as
#: long as passing over a thousand reads: those of about 2,000 bases at 100x.
JOIN_BASES = 2_000
#: Sites of one unit of work: enough to start a process for, few enough to share the work evenly.
CHUNK_SITES = 2_500

#: Not mapped, secondary, failed, duplicate, supplementary (SAM specification 1.4).
_UNFIT = 0x4 | 0x100 | 0x200 | 0x400 | 0x800
#: Operations of a CIGAR: M = X consume both; I S the read; D N the reference.
_BOTH, _READ, _REFERENCE = {0, 7, 8}, {1, 4}, {2, 3}
#: Fields of a CRAM that are decoded: name, flag, contig, place, mapping quality, CIGAR, bases.
_CRAM_FIELDS = b"required_fields=0x23f"
#: A fragment whose mates show two lengths.
_DISAGREE = -1


@dataclass(frozen=True)
class Alignment:
    """A BAM or CRAM that can be counted: its path, its index, its sample's name and the FASTA of a CRAM."""

    path: str
    index: str
    sample: str
    fasta: str


def check_alignments(paths: Sequence[Path | str], bundle: Bundle) -> list[Alignment]:
    """The alignments, once each is seen to be readable, sorted, indexed, of one sample and of the bundle's genome.

    Raises:
        InputError: a file that is missing, is no BAM or CRAM, is cut short, has no index or several samples; a
            file given twice; two files of one sample.
        ReferenceMismatchError: contigs that are not the bundle's.
    """
    faults = check_readable(paths)
    mismatches: list[Fault] = []
    found: list[Alignment] = []
    for path in [] if faults else [str(path) for path in paths]:
        index, names = find_index(path), _sample_names(path)
        if index is None:
            faults.append(Fault("has no index beside it", "Run `samtools index` on it.", file=path))
        if len(names) > 1:
            remedy = "Split it with `samtools split`, a file a sample."
            faults.append(Fault(f"holds {len(names)} samples: {', '.join(names[:3])}", remedy, file=path))
            continue
        sample = names[0] if names else ""
        problems = check_alignment(path, index, sample, bundle, quick=True)
        faults += problems.faults
        mismatches += problems.mismatches
        fasta = str(bundle.root / bundle.files["fasta"])
        found.append(Alignment(path, index or "", sample, fasta))
    faults += _repeated(found)
    if faults:
        raise InputError([*faults, *mismatches])
    if mismatches:
        raise ReferenceMismatchError(mismatches)
    return found


def _sample_names(path: str) -> list[str]:
    """Samples of the read groups; none where the file cannot be read, which `check_alignment` tells."""
    import pysam

    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(path, check_sq=False) as alignment:
            groups = alignment.header.to_dict().get("RG", [])
        return sorted({str(group.get("SM", "")) for group in groups})
    except (OSError, ValueError):
        return []
    finally:
        pysam.set_verbosity(verbosity)


def _repeated(alignments: Sequence[Alignment]) -> list[Fault]:
    """Faults of files that come twice, by their place or by their sample."""
    faults = []
    for number, this in enumerate(alignments):
        for other in alignments[:number]:
            if Path(this.path).resolve() == Path(other.path).resolve():
                faults.append(Fault("is given twice", "Give another file.", file=this.path))
            elif this.sample and this.sample == other.sample:
                rule = f"is of the same sample as {Path(other.path).name}"
                remedy = "Give files of two samples, or mend the read groups with `samtools reheader`."
                faults.append(Fault(rule, remedy, file=this.path, value=this.sample))
    return faults


def count_lengths(
    alignments: Sequence[Alignment],
    sites: Sites,
    *,
    min_mapping_quality: int,
    processes: int = 1,
) -> list[LengthCounts]:
    """Fragments of each length at each site, for each alignment: arrays of shape (n_site, MAX_LENGTH + 1).

    A read counts where it is aligned across the repeat and both flanks and shows both flanks as the reference
    has them; the length is that of the bases between. A fragment counts once, and not at all where its mates
    show two lengths. Left out: duplicates, secondary and supplementary alignments, reads that failed the
    machine's checks, mapping quality below `min_mapping_quality`.

    Args:
        alignments: as `check_alignments` gives them.
        sites: sorted by contig, then start.
        min_mapping_quality: of a read, phred.
        processes: at work side by side.

    Raises:
        InputError: a file is damaged on the way.
    """
    counts = [np.zeros((len(sites), MAX_LENGTH + 1), np.int32) for _ in alignments]
    work = [
        (into[first : first + CHUNK_SITES], alignment, sites.where(slice(first, first + CHUNK_SITES)))
        for first in range(0, len(sites), CHUNK_SITES)
        for into, alignment in zip(counts, alignments, strict=True)
    ]
    count = partial(_count_chunk, min_mapping_quality=min_mapping_quality)
    sources, parts = [item[1] for item in work], [item[2] for item in work]
    for (into, _, _), found in zip(work, _mapped(count, sources, parts, processes), strict=True):
        into[:] = found
    return counts


def _mapped(
    count: Callable[[Alignment, Sites], LengthCounts],
    sources: Sequence[Alignment],
    parts: Sequence[Sites],
    processes: int,
) -> Iterator[LengthCounts]:
    """The results in order, from one process or several."""
    if processes <= 1 or len(parts) <= 1:
        yield from map(count, sources, parts)
        return
    with ProcessPoolExecutor(min(processes, len(parts)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(count, sources, parts)


def _count_chunk(source: Alignment, sites: Sites, *, min_mapping_quality: int) -> LengthCounts:
    """The counts of some sites in one alignment."""
    import pysam

    counts = np.zeros((len(sites), MAX_LENGTH + 1), np.int32)
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(
            source.path,
            index_filename=source.index,
            reference_filename=source.fasta,
            check_sq=False,
            format_options=[_CRAM_FIELDS] if source.path.endswith(".cram") else [],
        ) as alignment:
            for near in _stretches(sites):
                _count_stretch(alignment, sites.where(near), min_mapping_quality, counts[near])
    except (OSError, ValueError) as error:
        rule = "cannot be read to its end, or its index is of another file"
        remedy = "Run `samtools index` again; if that fails, copy the file again."
        raise InputError([Fault(rule, remedy, file=source.path)]) from error
    finally:
        pysam.set_verbosity(verbosity)
    return counts


def _stretches(sites: Sites) -> Iterator[slice]:
    """Rows of sites near each other on one contig."""
    first = 0
    for row in range(1, len(sites) + 1):
        if (
            row == len(sites)
            or sites.chrom[row] != sites.chrom[first]
            or sites.start[row] - sites.end[row - 1] > JOIN_BASES
        ):
            yield slice(first, row)
            first = row


def _count_stretch(alignment: Any, sites: Sites, min_mapping_quality: int, counts: LengthCounts) -> None:
    """Add the fragments of some near sites of one contig to `counts`."""
    flank = len(sites.left_flank[0])
    first = (sites.start - flank).tolist()
    last = (sites.end + flank).tolist()
    flanks = list(zip(sites.left_flank.tolist(), sites.right_flank.tolist(), strict=True))
    fragments: list[dict[str, int]] = [{} for _ in first]
    for read in alignment.fetch(str(sites.chrom[0]), first[0], max(last)):
        if read.flag & _UNFIT:
            continue
        begin, end = read.reference_start, read.reference_end
        row = bisect_left(first, begin)
        if (
            end is None
            or row == len(first)
            or first[row] >= end
            or read.mapping_quality < min_mapping_quality
        ):
            continue
        cigar, bases, name = read.cigartuples, read.query_sequence, read.query_name
        while row < len(first) and first[row] < end:
            if last[row] <= end:
                left_place = _place_in_read(cigar, first[row] - begin)
                right_place = _place_in_read(cigar, last[row] - 1 - begin)
                length = _shown_length(bases, left_place, right_place, *flanks[row])
                if length is not None:
                    shown = fragments[row]
                    shown[name] = length if shown.get(name, length) == length else _DISAGREE
            row += 1
    for row, shown in enumerate(fragments):
        for length in shown.values():
            if length != _DISAGREE:
                counts[row, min(length, MAX_LENGTH)] += 1


def _place_in_read(cigar: Sequence[tuple[int, int]], offset: int) -> int | None:
    """The base of a read `offset` bases of the reference after its first aligned one; None where it is deleted."""
    place = 0
    for operation, n in cigar:
        if operation in _BOTH:
            if offset < n:
                return place + offset
            offset -= n
            place += n
        elif operation in _REFERENCE:
            if offset < n:
                return None
            offset -= n
        elif operation in _READ:
            place += n
    return None


def _shown_length(bases: str | None, begin: int | None, end: int | None, left: str, right: str) -> int | None:
    """Bases a read shows between the flanks of a site, or None where a flank is not as it should be.

    Args:
        bases: of the read; None where the file leaves them out.
        begin, end: places in the read of the left flank's first base and the right one's last.
        left, right: the flanks' bases.
    """
    if bases is None or begin is None or end is None:
        return None
    right_begin = end + 1 - len(right)
    length = right_begin - begin - len(left)
    if length < 0 or not bases.startswith(left, begin) or not bases.startswith(right, right_begin):
        return None
    return length


def checksum(counts: LengthCounts) -> str:
    """The SHA-256 of length counts: says from what a score was made, without reading the alignment again."""
    return hashlib.sha256(np.ascontiguousarray(counts, "<i4").tobytes()).hexdigest()
