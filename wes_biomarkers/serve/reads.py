"""Alignments of the cohort's samples, where they were kept, and the sequence they were aligned to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wes_biomarkers.contracts.schema import ID_PATTERN
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.bam import find_index
from wes_biomarkers.io.bgzf import BlockFile

#: Of several alignments of a sample, the first.
_SUFFIXES = (".bam", ".cram")
#: Said where a sample's reads are not shown, or not as they could be.
NO_SEQUENCE = "CRAM files are shown only with the reference they were compressed against: serve --reference."
OTHER_SEQUENCE = "The reference given is not the one these reads were aligned to; it is left out."
NO_INDEX = "An alignment has no index beside it: samtools index."


@dataclass(frozen=True)
class Alignment:
    """A sample's reads.

    Attributes:
        path: BAM or CRAM, sorted by coordinate.
        index: its .bai, .csi or .crai.
    """

    path: Path
    index: Path

    @property
    def format(self) -> str:
        """bam or cram."""
        return self.path.suffix[1:]


class Reads:
    """Where alignments lie: beside the cohort as the pipeline leaves them, or in a folder that the user names.

    Attributes:
        reference: FASTA with its .fai beside it, or None.
        blocks: what it holds, where it is compressed.
    """

    def __init__(self, cohort: Path, alignments: Path | None = None, reference: Path | None = None) -> None:
        """Looks at the places, not yet at the files.

        Args:
            cohort: folder of `cohort build`; `results/cohort` has its alignments in `results/samples`.
            alignments: folder with `SAMPLE.bam` or `SAMPLE/SAMPLE.bam` (or .cram) instead.
            reference: FASTA, plain or of bgzip, indexed.

        Raises:
            InputError: no such folder, no such FASTA, or no index of it or of its blocks.
        """
        faults = []
        if alignments is not None and not alignments.is_dir():
            faults.append(
                Fault("no such folder", "Give the folder of BAM or CRAM files.", file=str(alignments))
            )
        if reference is not None:
            faults += _faults_of(reference)
        if faults:
            raise InputError(faults)
        self._folder = alignments or cohort.resolve().parent / "samples"
        self.reference = reference
        self.blocks = BlockFile(reference) if reference is not None and _is_packed(reference) else None

    def of(self, sample_id: str) -> Alignment | None:
        """A sample's alignment with its index, or None where neither or only one is there."""
        found = self._file(sample_id)
        index = None if found is None else find_index(found)
        return None if found is None or index is None else Alignment(found, Path(index))

    def lacks_index(self, sample_id: str) -> bool:
        """Whether there is an alignment that cannot be shown for want of an index."""
        return self._file(sample_id) is not None and self.of(sample_id) is None

    def fits(self, alignment: Alignment) -> bool:
        """Whether the reference has a contig of these reads, and none of them in another length."""
        if self.reference is None:
            return False
        known, own = fasta_contigs(self.reference), contigs(alignment)
        shared = known.keys() & own.keys()
        return bool(shared) and all(known[name] == own[name] for name in shared)

    def _file(self, sample_id: str) -> Path | None:
        if not re.fullmatch(ID_PATTERN, sample_id):
            return None
        return next((path for path in _places(self._folder, sample_id) if path.is_file()), None)


def contigs(alignment: Alignment) -> Mapping[str, int]:
    """Contig -> length in bp, from the header, in its order."""
    return _header(alignment.path, alignment.path.stat().st_mtime_ns)


def fasta_contigs(reference: Path) -> dict[str, int]:
    """Contig -> length in bp, from the index of a FASTA."""
    lines = (line.split("\t") for line in fasta_index(reference).read_text(encoding="utf-8").splitlines())
    return {words[0]: int(words[1]) for words in lines}


def fasta_index(reference: Path) -> Path:
    """The .fai of a FASTA."""
    return Path(f"{reference}.fai")


@lru_cache(256)
def _header(path: Path, _changed: int) -> Mapping[str, int]:
    import pysam

    with pysam.AlignmentFile(str(path), check_sq=False) as opened:
        return dict(zip(opened.references, opened.lengths, strict=True))


def _places(folder: Path, sample_id: str) -> Iterator[Path]:
    for suffix in _SUFFIXES:
        yield folder / f"{sample_id}{suffix}"
        yield folder / sample_id / f"{sample_id}{suffix}"


def _faults_of(reference: Path) -> list[Fault]:
    if not reference.is_file():
        return [Fault("no such file", "Give the FASTA of the reference bundle.", file=str(reference))]
    if not fasta_index(reference).is_file():
        return [Fault("no index beside it", "Run `samtools faidx`.", file=str(reference))]
    return []


def _is_packed(reference: Path) -> bool:
    return reference.suffix.lower() in (".gz", ".bgz")
