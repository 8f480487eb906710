"""What is told of one peptide and allele beside binding: gain over the wild type, anchors, exposure, likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.neoantigens.binding import RESIDUES

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
        self._scores = np.zeros((21, 21), np.int8)
        self._scores[:20, :20] = scores
        gap = "." * longest
        self._text = _codes(gap + gap.join(sequences) + gap)
        self._longest = longest
        self._known: dict[str, float] = {}

    def best(self, peptide: str) -> float:
        """The similarity of a peptide; NaN where it holds another letter, or there is no sequence.

        Raises:
            ValueError: a peptide longer than `longest`.
        """
        if len(peptide) > self._longest:
            raise ValueError(f"a peptide of {len(peptide)} residues, {self._longest} at most")
        if peptide not in self._known:
            self._known[peptide] = self._best(_codes(peptide))
        return self._known[peptide]

    def _best(self, codes: NDArray[np.uint8]) -> float:
        n = len(self._text) - len(codes) + 1
        own = int(self._scores[codes, codes].sum())
        if not len(codes) or (codes == 20).any() or (self._text == 20).all():
            return float("nan")
        total = np.zeros(n, np.int16)
        for place, code in enumerate(codes):
            total += self._scores[code][self._text[place : place + n]]
        return float(total.max()) / own


_CODE = np.full(256, 20, np.uint8)
_CODE[np.frombuffer(RESIDUES.encode(), np.uint8)] = np.arange(20)


def _codes(text: str) -> NDArray[np.uint8]:
    """Residues as 0-19 in the order of `RESIDUES`, any other letter as 20."""
    return _CODE[np.frombuffer(text.encode("ascii", "replace"), np.uint8)]
