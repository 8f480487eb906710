"""Natural human peptides to rank affinities against: the packaged ones, or out of a proteome the user gives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import packaged_text
from wes_biomarkers.io.lines import read_lines
from wes_biomarkers.neoantigens.binding import RESIDUES

#: Residues of a window, the longest peptide of a background.
WINDOW = 15
#: Class -> (peptide lengths of its background, each as often; windows they are cut from).
SHARES = {"I": ((8, 9, 10, 11), 10_000), "II": ((15,), 20_000)}
_SEED = 1
#: Places drawn for each window wanted: some hold a break between proteins, or are drawn twice.
_DRAWS = 4


@dataclass(frozen=True)
class Background:
    """Windows of natural proteins; peptides of a background are their first residues.

    Attributes:
        windows: distinct stretches of WINDOW residues, in the order they were drawn.
        source: which proteins.
    """

    windows: tuple[str, ...]
    source: str

    def peptides(self, mhc_class: str) -> tuple[str, ...]:
        """The distinct peptides a class is ranked against, see SHARES."""
        lengths, n_window = SHARES[mhc_class]
        return tuple(dict.fromkeys(w[:length] for length in lengths for w in self.windows[:n_window]))

    def description(self, mhc_class: str) -> str:
        """What the ranks of a class are against, in words."""
        lengths, _ = SHARES[mhc_class]
        sizes = f"{lengths[0]}-{lengths[-1]}" if len(lengths) > 1 else f"{lengths[0]}"
        return f"{len(self.peptides(mhc_class)):,} peptides of {sizes} residues from {self.source}"

    @property
    def checksum(self) -> str:
        """SHA-256 of the windows."""
        return hashlib.sha256("\n".join(self.windows).encode()).hexdigest()


@cache
def packaged_background() -> Background:
    """Windows of 1,402 human proteins, one a gene (definitions/human_windows.tsv says from where)."""
    text = packaged_text("human_windows.tsv")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return Background(tuple(lines[1:]), "1,402 human proteins of Ensembl 105, one a gene")


def read_background(path: Path | str, n_window: int = 20_000) -> Background:
    """Windows drawn at random, with a fixed seed, from a proteome in FASTA (plain or gzip).

    Raises:
        InputError: not FASTA, not proteins, or too few residues for that many windows.
    """
    proteins: list[list[str]] = []
    for row, line in enumerate(read_lines(path), start=1):
        text = line.strip()
        if text.startswith(">"):
            proteins.append([])
        elif text and (not proteins or not re.fullmatch(r"[A-Za-z*.-]+", text)):
            remedy = "Give a FASTA of proteins: `>name`, then lines of residues."
            raise InputError([Fault("not FASTA", remedy, str(path), row, value=text[:40])])
        elif text:
            proteins[-1].append(text.upper())
    sequences = ["".join(lines).rstrip("*") for lines in proteins]
    if sequences and not set("".join(sequences[:100])) - set("ACGTN"):
        raise InputError([Fault("holds nucleotides", "Give the proteome, not the transcripts.", str(path))])
    windows = draw_windows(sequences, n_window)
    if len(windows) < n_window:
        rule = f"gives {len(windows)} distinct windows of {WINDOW} residues, {n_window} are needed"
        raise InputError([Fault(rule, "Give a whole proteome.", file=str(path))])
    return Background(windows, f"{len(sequences):,} proteins of {Path(path).name}")


def draw_windows(proteins: Sequence[str], n_window: int, seed: int = _SEED) -> tuple[str, ...]:
    """Up to n distinct windows at places drawn evenly over all residues, without an unusual letter."""
    text = "*".join(proteins)
    breaks = re.compile(f"[^{RESIDUES}]")
    found: dict[str, None] = {}
    if len(text) >= WINDOW:
        places = np.random.default_rng(seed).integers(0, len(text) - WINDOW + 1, _DRAWS * n_window)
        for place in places.tolist():
            window = text[place : place + WINDOW]
            if breaks.search(window) is None:
                found[window] = None
                if len(found) == n_window:
                    break
    return tuple(found)
