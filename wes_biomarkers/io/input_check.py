"""Looking into every file of a samplesheet before the pipeline starts."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from wes_biomarkers.contracts.pairing import FileFacts
from wes_biomarkers.contracts.sample_rows import ENTRY_COLUMNS, Row
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.io.bam import check_alignment
from wes_biomarkers.io.bundle import Bundle
from wes_biomarkers.io.fastq import SAMPLE_READS, check_fastqs
from wes_biomarkers.io.samplesheet import SheetContents
from wes_biomarkers.io.vcf_check import check_vcf

_LOG = logging.getLogger("wes_biomarkers")

#: A lane is read to its end up to this size, and lanes in all up to that: about 70 MB/s and processor, so two
#: minutes on two. fastp reads the rest to the end anyway; only the message then comes later.
WHOLE_LANE_BYTES = 1 << 30
WHOLE_STUDY_BYTES = 16 << 30

_PARALLEL_FROM_BYTES = 100 << 20
_FINGERPRINT_BYTES = 1 << 16


@dataclass
class Problems:
    """What the user can mend, and where files disagree with the reference."""

    faults: list[Fault] = field(default_factory=list)
    mismatches: list[Fault] = field(default_factory=list)

    def raise_any(self) -> None:
        """Raise the error that lists them all.

        Raises:
            InputError: any ordinary fault (mismatches are listed after them).
            ReferenceMismatchError: mismatches alone.
        """
        if self.faults:
            raise InputError([*self.faults, *self.mismatches])
        if self.mismatches:
            raise ReferenceMismatchError(self.mismatches)


def check_files(contents: SheetContents, bundle: Bundle | None = None, quick: bool = False) -> Problems:
    """Look into every local file of a sheet that is there: FASTQ mates, alignments, calls; and capture kits.

    Works on a faulty sheet too, so that its faults and its files' are listed together.

    Args:
        contents: an examined sheet.
        bundle: reference to compare contigs and alleles with; without it, they are not compared.
        quick: only the first SAMPLE_READS reads and the first records.
    """
    problems = Problems()
    readable = contents.facts.identity
    lanes: dict[tuple[str, ...], None] = {}
    for row in contents.rows:
        paths = tuple(row.get(column) for column in ENTRY_COLUMNS["fastq"] if row.get(column))
        both = row.get("fastq_1") in readable and row.get("fastq_2") in readable
        if both and len(set(paths)) == len(paths) and all(path in readable for path in paths):
            lanes[paths] = None
        found = _check_aligned_or_called(row, contents.facts, bundle, quick)
        problems.faults += found.faults
        problems.mismatches += found.mismatches
    problems.faults += _check_lanes(list(lanes), quick) + _refuse_copies(list(lanes), readable)
    if bundle is not None:
        problems.faults += _check_targets({row.get("targets") or None for row in contents.rows}, bundle)
    return problems


def _check_aligned_or_called(row: Row, facts: FileFacts, bundle: Bundle | None, quick: bool) -> Problems:
    sample_id, bam, vcf = row.get("sample_id"), row.get("bam"), row.get("vcf")
    if sample_id and bam in facts.identity:
        aligned = check_alignment(bam, facts.indexes.get(bam), sample_id, bundle, quick=quick)
        return Problems(list(aligned.faults), list(aligned.mismatches))
    names = facts.calls.get(vcf)
    if names is None or sample_id not in names.columns:
        return Problems()  # no calls, or calls without this tumour: a fault of the sheet
    called = check_vcf(vcf, sample_id, bundle, quick=quick)
    return Problems(called.faults, called.mismatches)


def _check_lanes(lanes: Sequence[tuple[str, ...]], quick: bool) -> list[Fault]:
    tasks: list[tuple[tuple[str, ...], bool]] = []
    total = 0
    for paths in lanes:
        size = sum(map(os.path.getsize, paths))
        whole = not quick and size <= WHOLE_LANE_BYTES and total + size <= WHOLE_STUDY_BYTES
        total += size if whole else 0
        tasks.append((paths, whole))
    sampled = sum(not whole for _, whole in tasks)
    if sampled and not quick:
        _LOG.warning("%d of %d lanes are large: only their first %d reads were compared",
                     sampled, len(lanes), SAMPLE_READS)  # fmt: skip
    workers = min(os.cpu_count() or 1, len(tasks))
    if total < _PARALLEL_FROM_BYTES or workers < 2:
        found = [_check_lane(task) for task in tasks]
    else:
        with ProcessPoolExecutor(workers) as pool:
            found = list(pool.map(_check_lane, tasks))
    return [fault for faults in found for fault in faults]


def _check_lane(task: tuple[tuple[str, ...], bool]) -> list[Fault]:
    paths, whole = task
    return check_fastqs(paths, whole=whole)


def _refuse_copies(lanes: Sequence[tuple[str, ...]], identity: Mapping[str, Hashable]) -> list[Fault]:
    """FASTQs of one content in two files, told by size and both ends."""
    faults: list[Fault] = []
    seen: dict[tuple[int, str], str] = {}
    for path in (path for paths in lanes for path in paths[:2]):
        first = seen.setdefault(_fingerprint(path), path)
        if identity[first] != identity[path]:  # one file given twice is a fault of the sheet
            rule = f"a copy of {Path(first).name}, given for another lane or mate"
            faults.append(Fault(rule, "Give every lane its own files.", file=path))
    return faults


def _fingerprint(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = os.path.getsize(path)
    with open(path, "rb") as handle:
        for chunk in iter(partial(handle.read, _FINGERPRINT_BYTES), b""):
            digest.update(chunk)
            if handle.tell() < size - _FINGERPRINT_BYTES:
                handle.seek(-_FINGERPRINT_BYTES, os.SEEK_END)
    return size, digest.hexdigest()


def _check_targets(kits: set[str | None], bundle: Bundle) -> list[Fault]:
    faults: list[Fault] = []
    for kit in sorted(kits, key=str):
        try:
            bundle.target(kit)
        except InputError as error:
            faults += error.faults
    return faults
