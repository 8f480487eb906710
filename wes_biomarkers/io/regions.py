"""What `feature tmb` reads beside variants: BED files as sets of bases, chosen transcripts, known drivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.consequence import short_protein_change
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.io.bed import check_intervals, read_intervals
from wes_biomarkers.io.lines import FaultList, read_lines

_SKIP = ("#", "track", "browser", "@")


def read_region(
    path: Path | str, lengths: Mapping[str, int] | None = None, mismatches: list[Fault] | None = None
) -> Region:
    """The bases of a BED file; one without intervals is the empty set (nothing was callable).

    Args:
        path: the BED.
        lengths: of the contigs where they are known, in bases.
        mismatches: takes a fault for each line that reaches beyond its contig's end.

    Raises:
        InputError: unreadable, or malformed lines.
    """
    if Path(path).is_file() and Path(path).stat().st_size == 0:
        return Region()
    if not any(line.strip() and not line.startswith(_SKIP) for line in read_lines(path)):
        return Region()
    intervals = read_intervals(path)
    if lengths is not None and mismatches is not None:
        known = [interval for interval in intervals if interval.contig in lengths]
        mismatches += check_intervals(known, lengths, path) if known else []
    return Region.of((interval.contig, interval.start, interval.end) for interval in intervals)


def read_chosen_transcripts(path: Path | str) -> frozenset[str]:
    """Ids of the transcripts marked `chosen` in a bundle's transcripts.tsv.

    Raises:
        InputError: unreadable, or without the columns `transcript_id` and `chosen`.
    """
    lines = list(read_lines(path))
    heading = lines[0].split("\t") if lines else []
    if not {"transcript_id", "chosen"} <= set(heading):
        remedy = "Make the bundle again with `wes-biomarkers reference build`."
        raise InputError([Fault("lacks the columns transcript_id and chosen", remedy, file=str(path))])
    name, chosen = heading.index("transcript_id"), heading.index("chosen")
    rows = (line.split("\t") for line in lines[1:] if line)
    return frozenset(row[name] for row in rows if row[chosen] == "1")


@dataclass(frozen=True)
class Drivers:
    """Known driver variants, by allele (chrom, 0-based start, ref, alt) or protein change (gene, p.X1Y)."""

    alleles: frozenset[tuple[str, int, str, str]]
    changes: frozenset[tuple[str, str]]

    def among(self, variants: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Which of the variants (columns chrom, start, ref, alt, gene, aa_change) they hold, shape (n,)."""
        alleles = zip(*(variants[name] for name in ("chrom", "start", "ref", "alt")), strict=True)
        changes = zip(variants["gene"], map(short_protein_change, variants["aa_change"]), strict=True)
        return np.array(
            [
                (chrom, int(start), ref, alt) in self.alleles or change in self.changes
                for (chrom, start, ref, alt), change in zip(alleles, changes, strict=True)
            ],
            bool,
        )


def read_drivers(path: Path | str) -> Drivers:
    """A list of known drivers, one a line: `CHROM POS REF ALT` (1-based) or `GENE p.V600E`; `#` comments.

    Raises:
        InputError: unreadable, or lines of another form.
    """
    faults = FaultList(path)
    alleles, changes = set(), set()
    for row, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) == 4 and words[1].isdecimal():
            alleles.add((words[0], int(words[1]) - 1, words[2].upper(), words[3].upper()))
        elif len(words) == 2 and words[1].startswith("p."):
            changes.add((words[0], short_protein_change(words[1]) or words[1]))
        else:
            remedy = "Write CHROM POS REF ALT, or GENE p.V600E."
            faults.add("is neither an allele nor a protein change", remedy, row=row, value=line[:60])
    if faults.count:
        raise InputError(faults.faults())
    return Drivers(frozenset(alleles), frozenset(changes))
