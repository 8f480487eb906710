"""Reading the HLA read pairs of one sample for comparison with a patient's alleles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wes_biomarkers.features.hla_allele_reads import AlleleSequence, ReadPairs, index_alleles
from wes_biomarkers.features.hla_model import UNKNOWN
from wes_biomarkers.io.hla_fish import Interval, fish_alignment, fish_fastq


@dataclass(frozen=True)
class ReadSource:
    """Where the reads of one sample are: one BAM or CRAM (of the genome `fasta`), or two FASTQs.

    Attributes:
        files: paths.
        regions: of the HLA genes in the alignment's genome, 0-based half-open; None looks through the whole file.
        fasta: of a CRAM.
    """

    files: tuple[str, ...]
    regions: tuple[Interval, ...] | None = None
    fasta: Path | None = None

    @property
    def aligned(self) -> bool:
        """Whether it is an alignment."""
        return len(self.files) == 1


def read_allele_pairs(
    source: ReadSource, alleles: Sequence[AlleleSequence], min_base_quality: int
) -> ReadPairs:
    """The pairs that share words with the alleles; bases below `min_base_quality` become unknown.

    Raises:
        InputError: files that cannot be read, an alignment without index.
    """
    index = index_alleles(alleles)
    if source.aligned:
        fished = fish_alignment(source.files[0], index, source.regions, source.fasta)
    else:
        fished = fish_fastq(source.files[0], source.files[1], index)
    reads = fished.reads
    bases = np.where(reads.quality >= min_base_quality, reads.bases, np.uint8(UNKNOWN))
    return ReadPairs(bases[:, 0], bases[:, 1])


def library_pairs(source: ReadSource) -> float | None:
    """Mapped read pairs of an alignment by its index; None for FASTQs, CRAM, or where the index does not tell."""
    import pysam

    if not source.aligned:
        return None
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(source.files[0], check_sq=False) as alignment:
            mapped = sum(entry.mapped for entry in alignment.get_index_statistics())
    except (AttributeError, OSError, ValueError):
        return None
    finally:
        pysam.set_verbosity(verbosity)
    return mapped / 2 or None
