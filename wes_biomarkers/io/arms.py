"""Chromosome arms: those of known builds, and a BED of arms for any other genome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.chromosomes import Arm, arms_for
from wes_biomarkers.io.bed import Interval, check_intervals
from wes_biomarkers.io.files import packaged_text, write_text
from wes_biomarkers.io.lines import FaultList, read_lines

_SKIP = ("#", "track", "browser")


@cache
def builds_with_arms() -> tuple[str, ...]:
    """The builds whose arms are known."""
    return tuple(dict.fromkeys(row[0] for row in _rows()))


def arms_of_build(build: str, contigs: Sequence[str]) -> tuple[Arm, ...]:
    """The arms of a known build under the names of a genome's contigs; none for another build."""
    own = [
        Arm(chrom, int(start), int(end), name) for known, chrom, start, end, name in _rows() if known == build
    ]
    return arms_for(contigs, own)


@cache
def _rows() -> tuple[tuple[str, ...], ...]:
    lines = [line for line in packaged_text("arms.tsv").splitlines() if not line.startswith("#")][1:]
    return tuple(tuple(line.split("\t")) for line in lines)


def read_arms(path: Path | str, lengths: Mapping[str, int] | None = None) -> tuple[Arm, ...]:
    """The arms of a BED with a fourth column, the arm's name (`chr1p`).

    Args:
        path: the BED, 0-based half-open.
        lengths: of the contigs where they are known.

    Raises:
        InputError: malformed lines, a name given twice, more than two arms of a contig, arms that overlap.
        ReferenceMismatchError: contigs the genome lacks, or arms beyond their contig's end.
    """
    faults = FaultList(path)
    arms: list[Arm] = []
    places: list[Interval] = []
    for row, line in enumerate(read_lines(path), start=1):
        if not line.strip() or line.startswith(_SKIP):
            continue
        cells = line.split("\t")
        if len(cells) < 4 or not (cells[1].isdigit() and cells[2].isdigit()) or not cells[3].strip():
            rule = "needs contig, start, end and the arm's name, separated by tabs"
            faults.add(rule, "Mend the line.", row=row, value=line[:60])
            continue
        arm = Arm(cells[0], int(cells[1]), int(cells[2]), cells[3].strip())
        others = [known for known in arms if known.chrom == arm.chrom]
        if arm.start >= arm.end:
            faults.add("holds no base: start must lie before end", "Mend the line.", row=row, value=arm.name)
        elif any(known.name == arm.name for known in arms):
            faults.add("an arm is named twice", "Give each arm once.", row=row, value=arm.name)
        elif len(others) == 2 or any(k.start < arm.end and arm.start < k.end for k in others):
            rule = "a contig has two arms that do not overlap"
            faults.add(rule, "Mend the line.", row=row, value=arm.name)
        arms.append(arm)
        places.append(Interval(arm.chrom, arm.start, arm.end, row))
    if faults.count:
        raise InputError(faults.faults())
    if not arms:
        raise InputError([Fault("holds no arm", "Give contig, start, end and name.", file=str(path))])
    if lengths is not None and (beyond := check_intervals(places, lengths, path)):
        raise ReferenceMismatchError(beyond)
    return tuple(arms)


def copy_arms(source: Path | str, target: Path, lengths: Mapping[str, int]) -> Path:
    """Check a BED of arms against a genome, write it in the genome's order, and return where.

    Raises:
        InputError, ReferenceMismatchError: as `read_arms`.
    """
    order = {name: index for index, name in enumerate(lengths)}
    arms = sorted(read_arms(source, lengths), key=lambda arm: (order[arm.chrom], arm.start))
    write_text(target, "".join(f"{arm.chrom}\t{arm.start}\t{arm.end}\t{arm.name}\n" for arm in arms))
    return target
