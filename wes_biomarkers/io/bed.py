"""Interval files: BED and Picard interval lists in, sorted and merged BED out. Inside: 0-based half-open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.fasta import naming_style
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.lines import FaultList, read_lines

_SKIP = ("#", "track", "browser", "@")
#: A contig is no longer in BAM (SAM specification, LN) nor in BCF, which hold positions in 32 bits with sign.
MAX_POSITION = 2**31 - 1
_HEADING_WORD = re.compile(r"[^0-9]*[A-Za-z][^0-9]*")
_SUFFIX = re.compile(r"(\.bed|\.interval_list|\.intervals)?(\.gz|\.bgz)?$", re.IGNORECASE)


class Interval(NamedTuple):
    """A stretch of a contig, 0-based half-open, with its line in the file it came from (0: none)."""

    contig: str
    start: int
    end: int
    row: int = 0

    def __str__(self) -> str:
        """As `contig:first-last`, 1-based inclusive, as genome browsers show it."""
        return f"{self.contig}:{self.start + 1}-{self.end}"


def kit_name(path: Path | str) -> str:
    """A capture kit's name from its file: the stem, with characters that ids may not hold replaced by `_`."""
    stem = _SUFFIX.sub("", Path(path).name)
    return re.sub(r"[^A-Za-z0-9_.-]", "_", stem).lstrip("_.-") or "target"


def read_intervals(path: Path | str) -> list[Interval]:
    """Intervals of a BED (3 or more columns) or a Picard interval list (1-based inclusive), plain or gzip.

    Comments, `track`, `browser` and one heading line (words without digits for start and end) are passed over;
    any line end is read.

    Raises:
        InputError: every malformed line (up to a cap), or a file without intervals.
    """
    faults = FaultList(path)
    intervals: list[Interval] = []
    one_based = Path(path).name.removesuffix(".gz").endswith(".interval_list")
    first = True
    for row, line in enumerate(read_lines(path), start=1):
        if not line.strip() or line.startswith(_SKIP):
            one_based = one_based or line.startswith("@")
            continue
        words = line.split("\t") if "\t" in line else line.split()
        heading, first = first, False
        place = [_position(word) for word in words[1:3]]
        if len(place) < 2 or place[0] is None or place[1] is None:
            if not (heading and len(place) == 2 and all(map(_HEADING_WORD.fullmatch, words[1:3]))):
                rule = f"needs contig, start and end as whole numbers up to {MAX_POSITION}"
                faults.add(rule, "Mend the line.", row=row, value=line[:60])
            continue
        start, end = place[0] - one_based, place[1]
        if not 0 <= start < end:
            faults.add("holds no base: start must lie before end", "Mend the line.", row=row, value=line[:60])
            continue
        intervals.append(Interval(words[0], start, end, row))
    if faults.count:
        raise InputError(faults.faults())
    if not intervals:
        raise InputError([Fault("holds no interval", "Give a BED with contig, start, end.", file=str(path))])
    return intervals


def _position(word: str) -> int | None:
    """A whole number up to MAX_POSITION, else None."""
    digits = re.fullmatch(r"\s*0*([0-9]{1,10})\s*", word)
    return int(digits[1]) if digits and int(digits[1]) <= MAX_POSITION else None


def check_intervals(
    intervals: Iterable[Interval], lengths: Mapping[str, int], file: Path | str
) -> list[Fault]:
    """A fault for each interval on an unknown contig or beyond its contig's end; none when all lie inside."""
    intervals = list(intervals)
    names = list(dict.fromkeys(interval.contig for interval in intervals))
    if not any(name in lengths for name in names):
        return [unknown_contigs(file, names, list(lengths))]
    faults = FaultList(file)
    for interval in intervals:
        length = lengths.get(interval.contig)
        if length is None:
            faults.add(
                "contig is not in the FASTA",
                "Use the FASTA it was made for.",
                row=interval.row or None,
                value=interval.contig,
            )
        elif interval.end > length:
            faults.add(
                f"reaches beyond its contig's end ({interval.contig} has {length} bases)",
                "Use the genome it was made for.",
                row=interval.row or None,
                value=str(interval),
            )
    return faults.faults()


def unknown_contigs(file: Path | str, names: Sequence[str], known: Sequence[str]) -> Fault:
    """The fault of a file none of whose contigs the FASTA has, with the naming style of both."""
    return Fault(
        "contig names disagree: none is in the FASTA; "
        f"this file's are of {naming_style(names)}, the FASTA's of {naming_style(known)}",
        "Give both files with the same names and from the same build.",
        file=str(file),
    )


def merge_intervals(intervals: Iterable[Interval], order: Sequence[str]) -> list[Interval]:
    """Sorted by `order` and start, overlapping and touching ones joined.

    >>> merge_intervals([Interval("b", 5, 9), Interval("b", 1, 5), Interval("a", 0, 2)], ["a", "b"])
    [Interval(contig='a', start=0, end=2, row=0), Interval(contig='b', start=1, end=9, row=0)]
    """
    rank = {name: index for index, name in enumerate(order)}
    merged: list[Interval] = []
    for contig, start, end, _ in sorted(intervals, key=lambda i: (rank[i.contig], i.start, i.end)):
        last = merged[-1] if merged else None
        if last is not None and last.contig == contig and start <= last.end:
            merged[-1] = Interval(contig, last.start, max(last.end, end))
        else:
            merged.append(Interval(contig, start, end))
    return merged


def shared_bases(a: Sequence[Interval], b: Sequence[Interval]) -> int:
    """Bases in both of two merged lists that are sorted by the same order of contigs within each contig."""
    by_contig: dict[str, list[Interval]] = {}
    for interval in b:
        by_contig.setdefault(interval.contig, []).append(interval)
    total, at, contig = 0, 0, ""
    for left in a:
        others = by_contig.get(left.contig, [])
        if left.contig != contig:
            contig, at = left.contig, 0
        while at < len(others) and others[at].end <= left.start:
            at += 1
        index = at
        while index < len(others) and others[index].start < left.end:
            total += min(left.end, others[index].end) - max(left.start, others[index].start)
            index += 1
    return total


def total_bases(intervals: Iterable[Interval]) -> int:
    """The summed length of intervals (merge them first to count each base once)."""
    return sum(interval.end - interval.start for interval in intervals)


def write_bed(path: Path | str, intervals: Iterable[Interval]) -> None:
    """Three-column BED, atomically."""
    write_text(path, "".join(f"{i.contig}\t{i.start}\t{i.end}\n" for i in intervals))
