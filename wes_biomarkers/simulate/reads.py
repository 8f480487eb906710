"""Capture and sequencing: fragments drawn from a mixture of cells, read by ART, counted over each variant.

Every fragment's cells, copy and place are known, so the alleles a sample really shows can be counted.
ART sees each fragment as an amplicon and adds the sequencing errors and qualities.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wes_biomarkers.errors import ToolError
from wes_biomarkers.simulate.genes import Span
from wes_biomarkers.simulate.haplotypes import Haplotype, Positions
from wes_biomarkers.simulate.parameters import ReadParameters
from wes_biomarkers.simulate.sequence import reverse_complement
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.variants import Variant

_ART_NAME = re.compile(rb"^(@SIM:\S*?)-\d+/([12])$", re.MULTILINE)


Weights = npt.NDArray[np.float64]
#: (reference, alternate) fragments by variant.
AlleleCounts = dict[Variant, tuple[int, int]]


@dataclass(frozen=True)
class Strand:
    """DNA that is alike in some cells.

    Attributes:
        haplotypes: its sequence, by contig.
        carried: the somatic variants on it.
        parent: the parental genome (0 or 1) it comes from.
        n_copy: how many of it a cell has, by target interval in genome order.
    """

    haplotypes: Mapping[str, Haplotype]
    carried: frozenset[Variant]
    parent: int
    n_copy: Positions


@dataclass(frozen=True)
class CellPart:
    """Cells alike: their share of the sample, whether they are cancer, and their DNA."""

    share: float
    cancer: bool
    strands: tuple[Strand, ...]


@dataclass(frozen=True)
class Slip:
    """Bases more (or fewer, negative) that a fragment shows of the microsatellite that starts at `at` on its strand."""

    at: int
    size: int


@dataclass(frozen=True)
class Fragments:
    """Fragments as columns: part and strand in the mixture, contig, start (on the strand), length, direction."""

    part: Positions
    strand: Positions
    contig: Positions
    start: Positions
    length: Positions
    forward: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.start.size)


def interval_weights(
    targets: Mapping[str, Sequence[Span]], parameters: ReadParameters, seed: int, *labels: str
) -> Weights:
    """Relative capture of each target interval, by contig and place: its length times its efficiency.

    The efficiency is the interval's own, the same in every sample of a seed, times the sample's noise. `labels`:
    the sample's id, before it any that tell a group of intervals from others.
    """
    rng = stream(seed, "capture", *labels[:-1])
    lengths = np.array([span.end - span.start for spans in targets.values() for span in spans])
    efficiency = rng.lognormal(0, parameters.efficiency_sd, size=lengths.size)
    efficiency[rng.random(lengths.size) < parameters.poor_interval_share] *= 0.1
    noise = stream(seed, "capture", *labels).lognormal(0, parameters.sample_noise_sd, size=lengths.size)
    weights: Weights = lengths * efficiency * noise
    return weights


def on_intervals(mixture: Sequence[CellPart], chosen: npt.NDArray[np.bool_]) -> list[CellPart]:
    """The mixture with the copies of the chosen target intervals alone."""
    return [
        replace(cells, strands=tuple(replace(s, n_copy=s.n_copy[chosen]) for s in cells.strands))
        for cells in mixture
    ]


def mean_capture(
    mixture: Sequence[CellPart], targets: Mapping[str, Sequence[Span]], weights: Weights
) -> float:
    """Capture of a base of the targets: weights times the copies that the sample's cells hold, over all bases."""
    copies = sum(cells.share * strand.n_copy for cells in mixture for strand in cells.strands)
    n_base = sum(span.end - span.start for spans in targets.values() for span in spans)
    return float(np.sum(weights * copies) / n_base)


def draw_fragments(
    rng: np.random.Generator,
    mixture: Sequence[CellPart],
    targets: Mapping[str, Sequence[Span]],
    weights: Weights,
    parameters: ReadParameters,
    depth: float,
) -> Fragments:
    """Distinct fragments that give `depth`: mean over the targets' bases, each fragment once a base.

    An interval is drawn by its weight and by the copies that the sample's cells hold of it; then the cells and the
    strand by their share of those copies.
    """
    spans = [(number, span) for number, group in enumerate(targets.values()) for span in group]
    contig_of = np.array([number for number, _ in spans])
    first = np.array([span.start for _, span in spans])
    last = np.array([span.end for _, span in spans])
    owners = [(p, s) for p, cells in enumerate(mixture) for s in range(len(cells.strands))]
    copies = np.array([mixture[p].share * mixture[p].strands[s].n_copy for p, s in owners])
    weights = weights * copies.sum(axis=0)
    n_fragment = round(
        depth * float((last - first).sum()) / _bases_on_target(rng, first, last, weights, parameters)
    )
    interval = rng.choice(weights.size, size=n_fragment, p=weights / weights.sum())
    base = rng.integers(first[interval], last[interval])
    length = _lengths(rng, n_fragment, parameters)
    offset = (rng.random(n_fragment) * length).astype(np.int64)
    share_up_to = np.cumsum(copies, axis=0)
    drawn = rng.random(n_fragment) * share_up_to[-1, interval]
    owner = np.minimum((share_up_to[:, interval] <= drawn).sum(axis=0), len(owners) - 1)
    start = np.empty(n_fragment, dtype=np.int64)
    for rank, (p, s) in enumerate(owners):
        for number, name in enumerate(targets):
            rows = np.flatnonzero((owner == rank) & (contig_of[interval] == number))
            haplotype = mixture[p].strands[s].haplotypes[name]
            limit = len(haplotype.sequence) - length[rows]
            start[rows] = np.clip(haplotype.lift(base[rows]) - offset[rows], 0, limit)
    forward = rng.random(n_fragment) < 0.5
    part, strand = np.array(owners)[owner].T
    return Fragments(part, strand, contig_of[interval], start, length, forward)


def join_fragments(groups: Sequence[Fragments]) -> Fragments:
    """The fragments of all groups, one after the other."""
    columns = {
        name: np.concatenate([getattr(group, name) for group in groups])
        for name in ("part", "strand", "contig", "start", "length", "forward")
    }
    return Fragments(**columns)


def _lengths(rng: np.random.Generator, n_fragment: int, parameters: ReadParameters) -> Positions:
    """Fragment lengths: normal, at least one read and a fifth, at most twice the mean."""
    drawn = rng.normal(parameters.fragment_mean, parameters.fragment_sd, size=n_fragment)
    least, most = 1.2 * parameters.read_length, 2 * parameters.fragment_mean
    lengths: Positions = np.clip(drawn, least, max(least, most)).astype(np.int64)
    return lengths


def _bases_on_target(
    rng: np.random.Generator,
    first: Positions,
    last: Positions,
    weights: Weights,
    parameters: ReadParameters,
) -> float:
    """Mean target bases that one fragment's reads cover, from a trial draw on the reference."""
    n_trial = 20_000
    interval = rng.choice(weights.size, size=n_trial, p=weights / weights.sum())
    length = _lengths(rng, n_trial, parameters)
    start = rng.integers(first[interval], last[interval]) - (rng.random(n_trial) * length).astype(np.int64)
    end = start + length
    read = parameters.read_length
    pieces = ((start, start + read), (np.maximum(end - read, start + read), end))
    covered = sum(
        np.clip(np.minimum(right, last[interval]) - np.maximum(left, first[interval]), 0, None)
        for left, right in pieces
    )
    return float(np.mean(covered))


def count_alleles(
    fragments: Fragments,
    mixture: Sequence[CellPart],
    contigs: Sequence[str],
    variants: Sequence[Variant],
    read_length: int,
) -> AlleleCounts:
    """(reference, alternate) fragments whose reads span each variant, each fragment once.

    An indel is spanned where a read holds the whole allele and the base after it. Slips of microsatellites, which
    move the ends of some reads by a few bases, are left out of account.
    """
    counts = {variant: [0, 0] for variant in variants}
    end = fragments.start + fragments.length
    for p, cells in enumerate(mixture):
        for s, strand in enumerate(cells.strands):
            for number, name in enumerate(contigs):
                rows = (fragments.part == p) & (fragments.strand == s) & (fragments.contig == number)
                left, right = fragments.start[rows], end[rows]
                for variant in (item for item in variants if item.contig == name):
                    carried = variant in strand.carried
                    at = int(strand.haplotypes[name].lift(np.array([variant.pos]))[0])
                    to = at + len(variant.alt if carried else variant.ref) + (variant.kind == "indel")
                    in_first = (left <= at) & (to <= left + read_length)
                    in_second = (right - read_length <= at) & (to <= right)
                    counts[variant][carried] += int((in_first | in_second).sum())
    return {variant: (pair[0], pair[1]) for variant, pair in counts.items()}


def with_duplicates(rng: np.random.Generator, n_fragment: int, share: float) -> Positions:
    """Rows of all fragments and of further copies of some, in random order."""
    extra = rng.integers(0, n_fragment, size=round(share * n_fragment))
    return rng.permutation(np.concatenate([np.arange(n_fragment), extra]))


@dataclass(frozen=True)
class Lane:
    """Where one lane's reads go, and the numbers of flow cell and lane in their names."""

    fastq: tuple[Path, Path]
    flowcell: str
    number: int


def fragment_texts(
    fragments: Fragments,
    slips: Mapping[int, Sequence[Slip]],
    mixture: Sequence[CellPart],
    contigs: Sequence[str],
    rows: Positions,
) -> Iterator[str]:
    """The bases of these rows of `fragments`, in the direction they are read; slips come from their rows."""
    sequences = [[[strand.haplotypes[name].sequence for name in contigs] for strand in cells.strands]
                 for cells in mixture]  # fmt: skip
    for row in rows.tolist():
        sequence = sequences[fragments.part[row]][fragments.strand[row]][fragments.contig[row]]
        bases = slipped(sequence, int(fragments.start[row]), int(fragments.length[row]), slips.get(row, ()))
        yield bases if fragments.forward[row] else reverse_complement(bases)


def slipped(sequence: str, start: int, length: int, slips: Sequence[Slip]) -> str:
    """`length` bases from `start` with the slips, which are sorted, lie inside, and move the fragment's right end.

    >>> slipped("GGCAAAATTC", 2, 6, [Slip(3, -2)]), slipped("GGCAAAATTC", 2, 6, [Slip(3, 1)])
    ('CAATTC', 'CAAAAA')
    """
    pieces, place = [], start
    for slip in slips:
        pieces.append(sequence[place : slip.at])
        pieces.append(sequence[slip.at : slip.at + max(0, slip.size)])
        place = slip.at + max(0, -slip.size)
    pieces.append(sequence[place : place + length])
    return "".join(pieces)[:length]


def write_fastq(
    texts: Iterable[str], lanes: Sequence[Lane], parameters: ReadParameters, art_seed: int
) -> None:
    """Read the fragments with ART, dealt to the lanes in turn, into gzipped FASTQ pairs without time stamps.

    Raises:
        ToolError: ART is missing or failed.
    """
    dealt = list(texts)
    for rank, lane in enumerate(lanes):
        with tempfile.TemporaryDirectory(dir=lane.fastq[0].parent) as folder:
            fasta = Path(folder) / "fragments.fa"
            with open(fasta, "w", encoding="ascii") as handle:
                for number, bases in enumerate(dealt[rank :: len(lanes)]):
                    tile, x, y = 1101 + number // 10_000, number % 100, number // 100 % 100
                    name = f"SIM:1:{lane.flowcell}:{lane.number}:{tile}:{1000 + 37 * x}:{1000 + 41 * y}"
                    handle.write(f">{name}\n{bases}\n")
            _run_art(fasta, Path(folder) / "reads_", parameters, art_seed + rank)
            for mate in (1, 2):
                _compress(Path(folder) / f"reads_{mate}.fq", lane.fastq[mate - 1])


def _run_art(fasta: Path, prefix: Path, parameters: ReadParameters, art_seed: int) -> None:
    command = ["art_illumina", "-amp", "-p", "-na", "-q", "-ss", parameters.profile, "-l",
               str(parameters.read_length), "-c", "1", "-i", fasta.name, "-o", prefix.name,
               "-rs", str(art_seed)]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=fasta.parent, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        remedy = "art_illumina is not installed (apt package art-nextgen-simulation-tools)"
        raise ToolError(remedy, command) from error
    if done.returncode or not Path(f"{prefix}2.fq").exists():
        raise ToolError("art_illumina failed", command, (done.stdout + done.stderr)[-2000:])


def _compress(source: Path, target: Path) -> None:
    from isal import igzip

    text = _ART_NAME.sub(rb"\1 \2:N:0:SIM", source.read_bytes())
    target.write_bytes(igzip.compress(text, compresslevel=2, mtime=0))
