"""Header-level checks of an aligned sample: BAM or CRAM."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault
from wes_biomarkers.io.build_check import check_contigs, check_order
from wes_biomarkers.io.bundle import Bundle

#: In the last container of every whole CRAM since 2.1 (CRAM specification, "End of file container").
_CRAM_END = b"\xff\xff\xff\xff\x0f\xe0EOF"
_CRAM_END_BYTES = 38

_TRUNCATED = "truncated: its end marker is missing"
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


def check_alignment(
    path: str, index: str | None, sample_id: str, bundle: Bundle | None = None
) -> BamProblems:
    """Check the header, the end and the index of a BAM or CRAM.

    Args:
        path: a readable file.
        index: its index; None when it has none (said elsewhere).
        sample_id: the sample name every read group must carry.
        bundle: reference whose contigs it must have; without it, contigs are not compared.
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
    faults = _check_sorted(path, header) + _check_read_groups(path, header, sample_id)
    if index is not None:
        faults += _check_index(path, index)
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
    remedy = "Run `samtools sort`, then `samtools index`."
    return [Fault(f"not sorted by coordinate: its header says {order}", remedy, file=path)]


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


def _check_index(path: str, index: str) -> list[Fault]:
    import pysam

    remedy = "Run `samtools index` again."
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(path, index_filename=index, check_sq=False) as alignment:
            alignment.check_index()
    except (OSError, ValueError, AttributeError):
        return [Fault("its index cannot be read", remedy, file=index)]
    finally:
        pysam.set_verbosity(verbosity)
    return []


def _check_build(path: str, header: Mapping[str, Any], bundle: Bundle) -> list[Fault]:
    contigs = header.get("SQ", [])
    lengths = {contig["SN"]: int(contig["LN"]) for contig in contigs}
    checksums = {contig["SN"]: str(contig["M5"]).lower() for contig in contigs if "M5" in contig}
    return check_contigs(path, lengths, bundle, checksums) or check_order(path, list(lengths), bundle)
