"""SMMPMBEC: affinities for class I as sums over a peptide's places (Kim 2009, BMC Bioinformatics).

log10 IC50 in nM = a constant + what each residue adds at its place, a matrix for each allele and peptide length. The
matrices are data that `bin/setup` takes out of epytope (io/predictors).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.neoantigens.binding import is_usual
from wes_biomarkers.neoantigens.mhcnuggets import pad

NAME = "smmpmbec"


@dataclass(frozen=True)
class Smmpmbec:
    """The predictor.

    Attributes:
        matrices: by allele and peptide length, (length + 1, 20): what each residue (RESIDUES) adds at each place,
            and the constant, first in the last row.
        version: of the matrices.
    """

    matrices: Mapping[tuple[str, int], NDArray[np.float64]] = field(repr=False)
    version: str
    name: str = NAME

    @property
    def alleles(self) -> frozenset[str]:
        """The alleles with a matrix of 9-mers; other lengths may lack one."""
        return frozenset(allele for allele, length in self.matrices if length == 9)

    def supports(self, allele: str) -> bool:
        """Whether it is one of `alleles`."""
        return (allele, 9) in self.matrices

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,); NaN for a length without a matrix or an unusual letter."""
        ic50_nm = np.full(len(peptides), np.nan)
        for length in (length for name, length in self.matrices if name == allele):
            rows = [row for row, text in enumerate(peptides) if len(text) == length and is_usual(text)]
            if rows:
                matrix = self.matrices[allele, length]
                letters, _ = pad([peptides[row] for row in rows])
                ic50_nm[rows] = 10 ** (matrix[np.arange(length), letters].sum(axis=1) + matrix[length, 0])
        return ic50_nm
