"""Reading HLA read pairs for comparison with a patient's alleles: FASTQ pairs, or those of an alignment."""

from __future__ import annotations

from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.hla_allele_reads import UNKNOWN, CodeArray, ReadPairs, encode
from wes_biomarkers.io.fastq import read_name
from wes_biomarkers.io.lines import read_lines

_QUALITY_OFFSET = 33
#: Pairs read at a time.
_CHUNK = 50_000


def read_fastq_pairs(first: Path | str, second: Path | str, min_base_quality: int) -> ReadPairs:
    """All pairs of two FASTQs; bases of lower quality than `min_base_quality` become unknown.

    Raises:
        InputError: unreadable, not FASTQ, mates of different number or names.
    """
    made = [_read_mates(path, min_base_quality) for path in (first, second)]
    for row, (one, two) in enumerate(zip_longest(made[0][0], made[1][0])):
        if one is None or two is None:
            rule, number = "has another number of reads than its mate's file", None
        elif one != two:
            rule, number = "has another read than its mate's file at this place", 4 * row + 1
        else:
            continue
        remedy = "Give the two files of one run, their reads in the same order."
        raise InputError([Fault(rule, remedy, file=str(second), row=number)])
    length = max(made[0][1].shape[1], made[1][1].shape[1])
    return ReadPairs(*(_widened(codes, length) for _, codes in made))


def _read_mates(path: Path | str, min_base_quality: int) -> tuple[list[bytes], CodeArray]:
    """Names and codes of the reads of one FASTQ."""
    names: list[bytes] = []
    parts: list[CodeArray] = []
    lines = read_lines(path)
    while chunk := list(islice(lines, 4 * _CHUNK)):
        heads, bases, qualities = chunk[::4], chunk[1::4], chunk[3::4]
        sound = len(chunk) % 4 == 0 and all(head.startswith("@") for head in heads)
        if not sound or any(len(b) != len(q) for b, q in zip(bases, qualities, strict=True)):
            rule = "is not FASTQ, or ends in the middle of a read"
            row = 4 * len(names) + 1
            raise InputError([Fault(rule, "Copy or make it again.", file=str(path), row=row)])
        names += [read_name(head.encode() or b"@") for head in heads]
        parts.append(_codes(bases, qualities, min_base_quality))
    length = max((part.shape[1] for part in parts), default=0)
    codes = [_widened(part, length) for part in parts]
    return names, np.concatenate(codes) if codes else np.empty((0, 0), np.uint8)


def _codes(bases: list[str], qualities: list[str], min_base_quality: int) -> CodeArray:
    length = max(map(len, bases))
    codes = encode("".join(read.ljust(length, "N") for read in bases)).reshape(-1, length)
    text = "".join(quality.ljust(length, "!") for quality in qualities).encode("ascii", "replace")
    trusted: NDArray[np.bool_] = np.frombuffer(text, np.uint8).reshape(-1, length) >= (
        min_base_quality + _QUALITY_OFFSET
    )
    return np.where(trusted, codes, np.uint8(UNKNOWN))


def _widened(codes: CodeArray, length: int) -> CodeArray:
    """The reads with unknown bases up to a common length."""
    return np.pad(codes, ((0, 0), (0, length - codes.shape[1])), constant_values=UNKNOWN)
