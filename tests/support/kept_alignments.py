"""Small alignments as the pipeline keeps them: reads that carry a base, and the sequence they lie on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pysam

READ = 100


def write_reference(path: Path, contig: str, length: int, at: int, base: str = "A") -> str:
    """An indexed FASTA in one line, a sparse file with letters within 5000 bases of `at` (0-based) alone, `base` there.

    Returns:
        The bases from `at` - 5000, or from the beginning.
    """
    first = max(at - 5000, 0)
    letters = np.random.default_rng(at).choice(list("ACGT"), min(length - first, 10_000))
    letters[at - first] = base
    bases = "".join(letters)
    header = f">{contig}\n".encode()
    path.write_bytes(header)
    with path.open("r+b") as handle:
        handle.seek(len(header) + first)
        handle.write(bases.encode())
        handle.seek(len(header) + length)
        handle.write(b"\n")
    os.truncate(path, len(header) + length + 1)
    Path(f"{path}.fai").write_text(f"{contig}\t{length}\t{len(header)}\t{length}\t{length + 1}\n")
    return bases


def write_reads(
    path: Path,
    contig: str,
    length: int,
    at: int,
    bases: str,
    *,
    alt: str = "A",
    n_alt: int = 0,
    reference: Path | None = None,
) -> None:
    """Thirty reads over the base `at`, the last `n_alt` with `alt` there, as BAM or CRAM with its index.

    Args:
        path: .bam or .cram.
        contig: their only one.
        length: of it, bp.
        at: 0-based.
        bases: as `write_reference` returns them.
        alt: a base, or nothing: the base is deleted.
        n_alt: how many reads carry it.
        reference: FASTA, for CRAM.
    """  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": contig, "LN": length}]}
    first = max(at - 5000, 0)
    mode = "wc" if path.suffix == ".cram" else "wb"
    with pysam.AlignmentFile(
        str(path), mode, header=header, reference_filename=reference and str(reference)
    ) as out:
        for index in range(30):
            start = at - 80 + 2 * index
            read = list(bases[start - first : start - first + READ])
            left, cigar = at - start, [(0, READ)]
            if index >= 30 - n_alt:
                read[left] = alt
                cigar = cigar if alt else [(0, left), (2, 1), (0, READ - left - 1)]
            aligned = pysam.AlignedSegment(out.header)
            aligned.query_name = f"read{index:02d}"
            aligned.query_sequence = "".join(read)
            aligned.flag, aligned.reference_id, aligned.reference_start = 16 * (index % 2), 0, start
            aligned.mapping_quality, aligned.cigartuples = 60, cigar
            aligned.query_qualities = pysam.qualitystring_to_array("I" * len(aligned.query_sequence))
            out.write(aligned)
    pysam.index(str(path))
