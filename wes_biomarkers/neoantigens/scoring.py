"""What is told of one peptide and allele beside binding: gain over the wild type, anchors, exposure, likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.neoantigens.binding import RESIDUES, is_usual

FloatArray = NDArray[np.float64]

#: Hydropathy of each residue (Kyte and Doolittle 1982, J Mol Biol 157:105); above 0 is hydrophobic.
HYDROPATHY: Mapping[str, float] = MappingProxyType(
    {
        "A": 1.8, "R": -4.5, "N": -3.5, "D": -3.5, "C": 2.5, "Q": -3.5, "E": -3.5, "G": -0.4, "H": -3.2, "I": 4.5,
        "L": 3.8, "K": -3.9, "M": 1.9, "F": 2.8, "P": -1.6, "S": -0.8, "T": -0.7, "W": -0.9, "Y": -1.3, "V": 4.2,
    }
)  # fmt: skip

#: What `anchor_kinds` says: a change that T cells can see; one at anchors alone by which the peptide binds at all;
#: one at anchors alone whose wild type binds too.
ANCHOR_KINDS: tuple[str, ...] = ("outside", "gained", "as_wildtype")


def dai_nm(ic50_wt_nm: ArrayLike, ic50_nm: ArrayLike) -> FloatArray:
    """Differential agretopicity index: IC50 of the wild type less that of the mutant, nM (Duan 2014, J Exp Med).

    >>> float(dai_nm(500.0, 50.0))
    450.0
    """
    return np.asarray(ic50_wt_nm, np.float64) - np.asarray(ic50_nm, np.float64)


def fold_change(ic50_wt_nm: ArrayLike, ic50_nm: ArrayLike) -> FloatArray:
    """IC50 of the wild type over that of the mutant; above 1 the mutant binds better.

    >>> float(fold_change(500.0, 50.0))
    10.0
    """
    return np.asarray(ic50_wt_nm, np.float64) / np.asarray(ic50_nm, np.float64)


def amplitude(ic50_wt_nm: ArrayLike, ic50_nm: ArrayLike, constant: float = 0.0003) -> FloatArray:
    """Fold change damped where the wild type's affinity is beyond measurement (Luksza 2017, as in NeoFox).

    amplitude = (wt / mt) / (1 + constant x wt), IC50 in nM, class I. NaN without a wild type.

    >>> round(float(amplitude(5000.0, 50.0)), 6)
    40.0
    """
    wildtype = np.asarray(ic50_wt_nm, np.float64)
    return fold_change(wildtype, ic50_nm) / (1 + constant * wildtype)


def anchor_places(length: int, anchors: Sequence[int]) -> frozenset[int]:
    """0-based anchors of a peptide; `anchors` count from 1, from the end where below 0.

    >>> sorted(anchor_places(9, (2, -1)))
    [1, 8]
    """
    return frozenset(place - 1 if place > 0 else length + place for place in anchors)


def anchor_kinds(
    at_anchors: NDArray[np.bool_], rank_wt_pct: FloatArray, has_wildtype: NDArray[np.bool_], weak_rank: float
) -> NDArray[Any]:
    """One of `ANCHOR_KINDS` for each peptide and allele; None without a wild type, or where its binding must be known.

    Args:
        at_anchors: whether the peptide differs from its wild type at anchors alone.
        rank_wt_pct: percentile rank of the wild type; NaN where unknown.
        has_wildtype: whether there is one.
        weak_rank: percentile rank up to which a peptide binds.
    """
    kinds = np.where(rank_wt_pct <= weak_rank, "as_wildtype", "gained").astype(object)
    kinds[np.isnan(rank_wt_pct)] = None
    kinds[~at_anchors] = "outside"
    kinds[~has_wildtype] = None
    return kinds


def facing_hydrophobicity(peptide: str, first: int = 4) -> float:
    """Mean hydropathy of the residues of a class I peptide that face the T cell, `first` to the one before the last.

    Residues count from 1. NaN where one of them is none of the twenty.

    >>> round(facing_hydrophobicity("GILGFVFTL"), 3)  # G F V F T
    1.74
    """
    values = [HYDROPATHY.get(residue, np.nan) for residue in peptide[first - 1 : -1]]
    return float(np.mean(values)) if values else float("nan")


class Similarity:
    """How like a peptide is to the likest stretch of some sequences.

    The similarity is the best ungapped alignment's score over the score of the peptide with itself: 1 for a peptide that
    the sequences hold, about .9 for an exchange of like residues. A residue beyond a sequence's end, or against a letter
    that is none of the twenty, counts 0; so a peptide can be compared with a shorter one.

    Args:
        sequences: proteins or epitopes.
        scores: substitution scores, shape (20, 20), in the order of `binding.RESIDUES` (BLOSUM62).
        longest: residues of the longest peptide that will be asked.
    """

    def __init__(self, sequences: Iterable[str], scores: NDArray[np.int8], longest: int = 25) -> None:
        gap = "." * longest
        self._text = (gap + gap.join(sequences) + gap).encode("ascii", "replace")
        self._longest = longest
        self._is_empty = not self._text.strip(b".")
        self._scores = {
            residue: dict(zip(RESIDUES, row, strict=True))
            for residue, row in zip(RESIDUES, scores.tolist(), strict=True)
        }
        self._tables = {residue: _translation(row) for residue, row in self._scores.items()}

    def best(self, peptides: Sequence[str]) -> FloatArray:
        """The similarity of each peptide (n,); NaN where it holds another letter, or there is no sequence.

        Raises:
            ValueError: a peptide longer than `longest`.
        """
        if any(len(peptide) > self._longest for peptide in peptides):
            raise ValueError(f"a peptide longer than {self._longest} residues")
        usual = (
            [] if self._is_empty else [peptide for peptide in dict.fromkeys(peptides) if is_usual(peptide)]
        )
        found = dict.fromkeys(usual, 0)
        for start in range(0, len(self._text), _STRETCH):
            text = self._text[start : start + _STRETCH + self._longest - 1]
            rows = {
                residue: np.frombuffer(text.translate(table), np.int8)
                for residue, table in self._tables.items()
            }
            for peptide in usual:
                found[peptide] = max(found[peptide], _best_score(peptide, rows, len(text)))
        own = {peptide: sum(self._scores[residue][residue] for residue in peptide) for peptide in usual}
        return np.array([found[p] / own[p] if p in found else np.nan for p in peptides], np.float64)


#: Residues that are looked at together, so that their scores stay in the processor's cache.
_STRETCH = 1 << 17


def _translation(row: Mapping[str, int]) -> bytes:
    """A table for bytes.translate: from a residue to its score as a signed byte, 0 for any other letter."""
    table = np.zeros(256, np.int8)
    table[[ord(residue) for residue in row]] = list(row.values())
    return table.tobytes()


def _best_score(peptide: str, rows: Mapping[str, NDArray[np.int8]], length: int) -> int:
    """The best score of a peptide at any place of a stretch; 0 where it does not fit in."""
    n = length - len(peptide) + 1
    if n <= 0:
        return 0
    total = np.zeros(n, np.int16)
    for place, residue in enumerate(peptide):
        total += rows[residue][place : place + n]
    return int(total.max())
