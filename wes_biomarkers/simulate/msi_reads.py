"""Paired BAMs over microsatellites of known lengths, written straight by pysam: no aligner, seconds a pair.

An invented genome carries one microsatellite every SPACING bases. A fragment shows its allele's length, changed
by PCR stutter that grows with the number of units; its two reads are placed as an aligner would place them,
with the indel at the left end of the repeat, or without it where a read does not reach over the repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.microsatellites import Sites
from wes_biomarkers.simulate.streams import stream

IntArray = NDArray[np.int64]

SPACING = 700
#: Shares of unit lengths 1 to 5 and their fewest whole units.
UNIT_SHARES = (0.7, 0.16, 0.08, 0.04, 0.02)
MIN_UNIT = (10, 5, 5, 5, 5)
LETTERS = np.frombuffer(b"ACGT", np.uint8)
_NEXT = dict(zip(b"ACGT", b"CGTA", strict=True))  # what a wrong base is read as


@dataclass(frozen=True)
class MsiParameters:
    """One pair. Depths are fragments with a read over a site's middle; shares are fractions.

    Attributes:
        n_site: microsatellites.
        depth_tumor, depth_normal: mean fragments a site.
        purity: tumour cells of the tumour's sample.
        unstable_share: sites with a somatic length change; 0 in a stable tumour.
        heterozygous_share: sites with two germline alleles.
        loss_share: heterozygous sites where the tumour lost one allele.
        stutter: chance that a fragment of a repeat of 10 units lost or gained a unit; it grows with the
            square of the units.
        stutter_ratio: the tumour library's stutter over the normal's.
        error: chance of a wrong base.
        read_length: bases.
        genome_seed: of the genome, so that several pairs share one; None is the pair's own seed.
    """

    n_site: int = 400
    depth_tumor: float = 100.0
    depth_normal: float = 80.0
    purity: float = 0.5
    unstable_share: float = 0.0
    heterozygous_share: float = 0.12
    loss_share: float = 0.0
    stutter: float = 0.03
    stutter_ratio: float = 1.0
    error: float = 0.002
    read_length: int = 100
    genome_seed: int | None = None


@dataclass(frozen=True)
class MsiTruth:
    """What was simulated: the sites, which changed in the tumour, and which lost an allele; shape (n_site,)."""

    sites: Sites
    unstable: NDArray[np.bool_]
    lost: NDArray[np.bool_]


@dataclass(frozen=True)
class _Alleles:
    """Units of each site's alleles and their shares among fragments, shapes (n_site, n_allele)."""

    n_unit: IntArray
    share: NDArray[np.float64]


def make_genome(n_site: int, seed: int) -> tuple[bytes, IntArray, IntArray, IntArray]:
    """A contig with a repeat in the middle of every SPACING bases.

    Returns:
        Its bases, and each repeat's start, unit length and number of units, shape (n_site,).
    """
    rng = stream(seed, "msi genome")
    size = rng.choice(5, n_site, p=UNIT_SHARES) + 1
    extra = np.minimum(rng.geometric(0.22, n_site) - 1, 12)
    n_unit = np.array(MIN_UNIT)[size - 1] + np.where(size == 1, extra, np.minimum(extra, 5))
    bases = LETTERS[rng.integers(0, 4, n_site * SPACING)]
    start = np.arange(n_site) * SPACING + SPACING // 2
    for at, k, n in zip(start.tolist(), size.tolist(), n_unit.tolist(), strict=True):
        unit = rng.permutation(4)[: max(k, 2)] if k < 5 else np.append(rng.permutation(4), rng.integers(0, 4))
        if k == 5 and unit[4] == unit[3]:
            unit[4] = unit[0]
        end = at + k * n
        bases[at:end] = np.tile(LETTERS[unit[:k]], n)
        # Neither side may go on with the repeat.
        bases[at - 1] = _other(bases[at - 1 + k], rng)
        bases[end] = _other(bases[end - k], rng)
    return bases.tobytes(), start, size, n_unit


def _other(base: np.uint8, rng: np.random.Generator) -> np.uint8:
    choice: np.uint8 = rng.choice(LETTERS[base != LETTERS])
    return choice


def simulate_msi_pair(folder: Path, parameters: MsiParameters, seed: int) -> MsiTruth:
    """Write `genome.fa`, `tumor.bam` and `normal.bam`, all indexed, into a folder; the contig is `msi1`.

    The genome depends on its seed and the number of sites alone. Samples are named T and N.
    """
    import pysam

    genome, start, size, n_unit = make_genome(
        parameters.n_site, seed if parameters.genome_seed is None else parameters.genome_seed
    )
    (folder / "genome.fa").write_text(
        ">msi1\n" + "\n".join(genome[i : i + 60].decode() for i in range(0, len(genome), 60)) + "\n"
    )
    pysam.faidx(str(folder / "genome.fa"))
    sites = Sites.of(
        {
            "chrom": ["msi1"] * len(start),
            "start": start,
            "end": start + size * n_unit,
            "unit": [genome[a : a + k].decode() for a, k in zip(start, size, strict=True)],
            "left_flank": [genome[a - 5 : a].decode() for a in start],
            "right_flank": [genome[b : b + 5].decode() for b in start + size * n_unit],
        }
    )
    rng = stream(seed, "msi alleles")
    germline = _germline(rng, n_unit, parameters)
    unstable = rng.random(len(start)) < parameters.unstable_share
    lost = ~unstable & (germline[:, 0] != germline[:, 1]) & (rng.random(len(start)) < parameters.loss_share)
    normal = _Alleles(germline, np.full(germline.shape, 0.5))
    tumor = _tumor_alleles(rng, germline, unstable, lost, parameters.purity)
    for sample, alleles, depth, ratio in (
        ("T", tumor, parameters.depth_tumor, parameters.stutter_ratio),
        ("N", normal, parameters.depth_normal, 1.0),
    ):
        path = folder / ("tumor.bam" if sample == "T" else "normal.bam")
        reads = _Reads(genome, sites, parameters, ratio)
        _write_bam(path, sample, genome, reads.lines(stream(seed, "msi reads", sample), alleles, depth))
    return MsiTruth(sites, unstable, lost)


def _germline(rng: np.random.Generator, n_unit: IntArray, parameters: MsiParameters) -> IntArray:
    """Units of the two germline alleles, shape (n_site, 2); the first is the reference's."""
    change = rng.choice((-2, -1, 1, 2), len(n_unit), p=(0.15, 0.4, 0.35, 0.1))
    second = n_unit + np.where(rng.random(len(n_unit)) < parameters.heterozygous_share, change, 0)
    return np.stack([n_unit, second], axis=1)


def _tumor_alleles(
    rng: np.random.Generator,
    germline: IntArray,
    unstable: NDArray[np.bool_],
    lost: NDArray[np.bool_],
    purity: float,
) -> _Alleles:
    """Alleles of the mixed sample: two of normal cells, two of each of two clones of the tumour.

    At an unstable site one allele, in a third of the sites both, lost one to four units (one in six gained);
    in half of the sites a second clone lost one more.
    """
    n = len(germline)
    step = np.minimum(rng.geometric(0.5, (n, 2)), 4) * np.where(rng.random((n, 2)) < 1 / 6, -1, 1)
    step[:, 1] *= rng.random(n) < 1 / 3
    clone = np.maximum(germline - np.where(unstable[:, None], step, 0), 2)
    clone = np.where(lost[:, None], germline[:, :1], clone)
    deeper = (unstable & (rng.random(n) < 0.5))[:, None] & (clone != germline)
    second = np.maximum(clone - deeper, 2)
    shares = np.array([1 - purity, 1 - purity, 0.6 * purity, 0.6 * purity, 0.4 * purity, 0.4 * purity]) / 2
    return _Alleles(np.concatenate([germline, clone, second], axis=1), np.tile(shares, (n, 1)))


@dataclass(frozen=True)
class _Reads:
    """Draws the fragments of one library and writes their reads as SAM."""

    genome: bytes
    sites: Sites
    parameters: MsiParameters
    stutter_ratio: float

    def lines(self, rng: np.random.Generator, alleles: _Alleles, depth: float) -> Iterator[str]:
        """SAM lines of both reads of every fragment, site by site."""
        size, units = self.sites.unit_length, self.sites.n_unit
        for row in range(len(self.sites)):
            n = int(rng.poisson(depth))
            drawn = rng.choice(alleles.n_unit.shape[1], n, p=alleles.share[row])
            shown = alleles.n_unit[row][drawn]
            rate = min(0.6, self.parameters.stutter * self.stutter_ratio * (int(units[row]) / 10) ** 2)
            slips = rng.random(n) < rate * (0.5 if size[row] > 1 else 1.0)
            further = np.minimum(rng.geometric(0.8, n), 3)
            shown = np.maximum(shown - slips * further * np.where(rng.random(n) < 0.2, -1, 1), 1)
            yield from self._site(rng, row, shown * int(size[row]))

    def _site(self, rng: np.random.Generator, row: int, lengths: IntArray) -> Iterator[str]:
        """Reads of fragments that show repeats of so many bases at one site."""
        start, end = int(self.sites.start[row]), int(self.sites.end[row])
        read = self.parameters.read_length
        insert = rng.normal(220, 35, len(lengths)).astype(int).clip(read + 10, 330)
        offset = rng.integers(0, read, len(lengths))
        second_over = rng.random(len(lengths)) < 0.5
        wrong = rng.random((len(lengths), 2, read)) < self.parameters.error
        unit = str(self.sites.unit[row]).encode()
        before = self.genome[start - SPACING // 2 + 1 : start]
        after = self.genome[end : start + SPACING // 2 + SPACING // 4]
        for i, length in enumerate(lengths.tolist()):
            haplotype = before + unit * (length // len(unit)) + after
            middle = len(before) + length // 2
            first = middle - int(offset[i])
            if second_over[i]:  # the second read lies over the middle
                first -= int(insert[i]) - read
            first = max(0, first)
            places = (first, min(first + int(insert[i]), len(haplotype)) - read)
            shape = (start - len(before), len(before), length, end - start)
            reads = [_aligned(place, read, *shape) for place in places]
            name = f"f{row}_{i}"
            for mate, place in enumerate(places):
                bases = bytearray(haplotype[place : place + read])
                for at in np.flatnonzero(wrong[i, mate]).tolist():
                    bases[at] = _NEXT[bases[at]]
                position, cigar = reads[mate]
                flag = (0x1 | 0x2) + (0x10 | 0x80 if mate else 0x20 | 0x40)
                yield (
                    f"{name}\t{flag}\tmsi1\t{position + 1}\t60\t{cigar}\t=\t{reads[1 - mate][0] + 1}\t"
                    f"{int(insert[i]) * (1 - 2 * mate)}\t{bases.decode()}\t*\tRG:Z:1\n"
                )


def _aligned(place: int, read: int, origin: int, before: int, length: int, reference: int) -> tuple[int, str]:
    """Where a read of a haplotype lies on the genome (0-based), and its CIGAR.

    Args:
        place: first base of the read in the haplotype.
        read: its bases.
        origin: place of the haplotype's first base on the genome.
        before: bases of the haplotype before the repeat.
        length, reference: bases of the repeat here and on the genome.
    """
    left = min(max(before - place, 0), read)
    right = min(max(place + read - before - length, 0), read)
    change = length - reference
    if left == read or (right == 0 and read - left <= reference):
        return origin + place, f"{read}M"
    if right == read or left == 0:
        inside = read - right  # repeat bases shown; those beyond the genome's repeat are clipped
        clipped = max(0, inside - reference)
        cigar = f"{clipped}S{read - clipped}M" if clipped else f"{read}M"
        return origin + place - change + clipped, cigar
    if right == 0:
        clipped = read - left - reference
        return origin + place, f"{read - clipped}M{clipped}S"
    if change == 0:
        return origin + place, f"{read}M"
    if change < 0:
        return origin + place, f"{left}M{-change}D{read - left}M"
    return origin + place, f"{left}M{change}I{read - left - change}M"


def _write_bam(path: Path, sample: str, genome: bytes, lines: Iterator[str]) -> None:
    """Sort the SAM lines into an indexed BAM."""
    import pysam

    header: dict[str, Any] = {
        "HD": {"VN": "1.6", "SO": "unsorted"},
        "SQ": [{"SN": "msi1", "LN": len(genome)}],
        "RG": [{"ID": "1", "SM": sample, "PL": "ILLUMINA"}],
    }
    sam = path.with_suffix(".sam")
    with open(sam, "w", encoding="ascii") as handle:
        handle.write(str(pysam.AlignmentHeader.from_dict(header)))
        handle.writelines(lines)
    pysam.sort("-o", str(path), str(sam))
    pysam.index(str(path))
    sam.unlink()
