"""Header-level checks of an aligned sample: BAM or CRAM."""

from __future__ import annotations

import gzip
import logging
import os
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.build_check import check_contigs, check_order
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.lines import check_readable

_LOG = logging.getLogger("wes_biomarkers")

#: Records whose order is looked at.
SAMPLE_RECORDS = 10_000

#: In the last container of every whole CRAM since 2.1 (CRAM specification, "End of file container").
_CRAM_END = b"\xff\xff\xff\xff\x0f\xe0EOF"
_CRAM_END_BYTES = 38

_TRUNCATED = "truncated: its end marker is missing"
_SORT = "Run `samtools sort`, then `samtools index`."
_NO_CONTIG = -1
_CONTIGS_TRIED = 50
_LAST = 1 << 31  # where records without a contig belong
_INDEX_SUFFIXES = {".bam": (".bai", ".csi"), ".cram": (".crai",)}


@dataclass(frozen=True)
class BamProblems:
    """What is wrong with an alignment, and where it disagrees with the bundle."""

    faults: tuple[Fault, ...] = ()
    mismatches: tuple[Fault, ...] = ()


def find_index(path: Path | str) -> str | None:
    """The index beside a BAM or CRAM: `x.bam.bai`, `x.bai`, `x.bam.csi`, `x.cram.crai` ..., or None."""
    bam = Path(path)
    for suffix in _INDEX_SUFFIXES.get(bam.suffix, ()):
        for candidate in (Path(f"{bam}{suffix}"), bam.with_suffix(suffix)):
            if candidate.is_file():
                return str(candidate)
    return None


def sample_names(path: str) -> list[str]:
    """The samples that the read groups of a BAM or CRAM name, sorted; none where no group names one.

    Raises:
        InputError: when it cannot be read.
    """
    import pysam

    if faults := check_readable([path]):
        raise InputError(faults)
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(path, check_sq=False) as alignment:
            groups = alignment.header.to_dict().get("RG", [])
    except (OSError, ValueError) as error:
        raise InputError([_unreadable(path, error)]) from error
    finally:
        pysam.set_verbosity(verbosity)
    return sorted({str(group["SM"]) for group in groups if group.get("SM")})


def check_alignment(
    path: str, index: str | None, sample_id: str, bundle: Bundle | None = None, *, quick: bool = False
) -> BamProblems:
    """Check the header, the end, the first records and the index of a BAM or CRAM.

    An index older than its file is warned of.

    Args:
        path: a readable file.
        index: its index; None when it has none (said elsewhere).
        sample_id: the sample name every read group must carry.
        bundle: reference whose contigs it must have; without it, contigs are not compared.
        quick: look at the first record only, not at SAMPLE_RECORDS.
    """
    import pysam

    verbosity = pysam.set_verbosity(0)  # htslib's own words on stderr; ours say the same with a remedy
    try:
        with pysam.AlignmentFile(path, check_sq=False, ignore_truncation=False) as alignment:
            header = alignment.header.to_dict()
            if alignment.is_cram and not _cram_is_whole(path):
                raise OSError(_TRUNCATED)  # pysam looks for the end of a BAM only
    except (OSError, ValueError) as error:
        return BamProblems((_unreadable(path, error),))
    finally:
        pysam.set_verbosity(verbosity)
    unsorted = _check_sorted(path, header)
    limit = 1 if quick else SAMPLE_RECORDS
    seen, damage = _check_records(path, limit, ordered=not unsorted)
    faults = [*unsorted, *_check_read_groups(path, header, sample_id), *damage]
    if index is not None:
        complete = seen.total() < limit or _NO_CONTIG in seen
        faults += _check_index(path, index, {} if unsorted or damage else seen, complete)
    return BamProblems(tuple(faults), tuple(_check_build(path, header, bundle)) if bundle else ())


def _cram_is_whole(path: str) -> bool:
    with open(path, "rb") as handle:
        handle.seek(0, os.SEEK_END)
        handle.seek(max(0, handle.tell() - _CRAM_END_BYTES))
        return _CRAM_END in handle.read()


def _unreadable(path: str, error: Exception) -> Fault:
    if "truncated" in str(error):
        return Fault(_TRUNCATED, "Copy it again, or make it again.", file=path)
    return Fault(
        "cannot be read as BAM or CRAM", "Give a BAM or CRAM made by samtools or the like.", file=path
    )


def _check_sorted(path: str, header: Mapping[str, Any]) -> list[Fault]:
    order = header.get("HD", {}).get("SO", "unknown")
    if order == "coordinate":
        return []
    return [Fault(f"not sorted by coordinate: its header says {order}", _SORT, file=path)]


def _check_read_groups(path: str, header: Mapping[str, Any], sample_id: str) -> list[Fault]:
    groups = header.get("RG", [])
    if not groups:
        remedy = (
            f"Add one: `samtools addreplacerg -r '@RG\\tID:1\\tSM:{sample_id}\\tPL:ILLUMINA'`, then index."
        )
        return [Fault("has no read group", remedy, file=path)]
    names = sorted({str(group.get("SM", "")) for group in groups})
    if names == [sample_id]:
        return []
    found = ", ".join(name or "no name" for name in names)
    remedy = "Correct sample_id in the sheet, or the read groups with `samtools reheader`."
    return [Fault(f"its read groups are of sample {found}, the sheet says {sample_id}", remedy, file=path)]


def _check_records(path: str, limit: int, *, ordered: bool) -> tuple[Counter[int], list[Fault]]:
    """How many of the first records lie on each contig (by its number), and what is wrong with them."""
    import pysam

    seen: Counter[int] = Counter()
    verbosity = pysam.set_verbosity(0)
    try:
        # Flag, contig and position alone: a CRAM then needs no reference.
        with pysam.AlignmentFile(path, check_sq=False, format_options=[b"required_fields=0xe"]) as alignment:
            last = (0, 0)
            for record in islice(alignment.fetch(until_eof=True), limit):
                contig = record.reference_id
                place = (_LAST if contig == _NO_CONTIG else contig, record.reference_start)
                seen[contig] += 1
                if ordered and place < last:
                    rule = f"not sorted by coordinate, though its header says so: record {seen.total()}"
                    return seen, [Fault(rule, _SORT, file=path)]
                last = place
    except (OSError, ValueError):
        rule = f"cannot be read past record {seen.total()}: damaged"
        return seen, [Fault(rule, "Copy it again, or make it again.", file=path)]
    finally:
        pysam.set_verbosity(verbosity)
    return seen, [] if seen else [Fault("holds no reads", "Give the sample's reads.", file=path)]


def _check_index(path: str, index: str, seen: Mapping[int, int], complete: bool) -> list[Fault]:
    """Whether an index can be read and is this file's, by the records `seen` on each contig."""
    import pysam

    remedy = "Run `samtools index` again."
    verbosity = pysam.set_verbosity(0)
    try:
        if os.path.getmtime(index) < os.path.getmtime(path):
            _LOG.warning("%s: older than %s; %s", index, Path(path).name, remedy)
        with pysam.AlignmentFile(path, index_filename=index, check_sq=False) as alignment:
            alignment.check_index()
            own = not alignment.is_bam or _n_indexed(index) == alignment.nreferences
            if alignment.is_bam and seen and own:
                own = _is_own(alignment, seen, complete)
            if not own:
                rule = f"is not the index of {Path(path).name}: its counts or places differ"
                return [Fault(rule, remedy, file=index)]
    except (OSError, EOFError, ValueError, AttributeError, struct.error):
        return [Fault("cannot be used as its index: damaged, or of another file", remedy, file=index)]
    finally:
        pysam.set_verbosity(verbosity)
    return []


def _n_indexed(index: str) -> int:
    """How many contigs a BAI or CSI has (SAM specification 5.2, CSI specification): htslib trusts it blindly."""
    with open(index, "rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    with gzip.open(index) if zipped else open(index, "rb") as handle:
        if handle.read(4) == b"CSI\1":
            *_, n_auxiliary = struct.unpack("<3i", handle.read(12))
            handle.read(n_auxiliary)
        return int(struct.unpack("<i", handle.read(4))[0])


def _is_own(alignment: Any, seen: Mapping[int, int], complete: bool) -> bool:
    """Whether a BAM's index counts the records `seen` (`complete`: all there are), and leads to such.

    Raises:
        OSError: when it leads into the middle of a record.
    """
    counts = [entry.total for entry in alignment.get_index_statistics()]
    filled = [contig for contig, count in enumerate(counts) if count]
    last = max(seen)
    agree = all(
        count == seen.get(contig, 0) if complete or contig < last else count >= seen.get(contig, 0)
        for contig, count in enumerate(counts)
    )
    if filled and not agree:
        return False
    # Counts are optional in an index.
    contigs = filled or [contig for contig in seen if contig != _NO_CONTIG]
    return all(next(alignment.fetch(tid=contig), None) for contig in contigs[:_CONTIGS_TRIED])


def _check_build(path: str, header: Mapping[str, Any], bundle: Bundle) -> list[Fault]:
    contigs = header.get("SQ", [])
    lengths = {contig["SN"]: int(contig["LN"]) for contig in contigs}
    checksums = {contig["SN"]: str(contig["M5"]).lower() for contig in contigs if "M5" in contig}
    return check_contigs(path, lengths, bundle, checksums) or check_order(path, list(lengths), bundle)
