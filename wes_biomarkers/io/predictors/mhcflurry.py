"""MHCflurry (class I), where it is installed with its models (`mhcflurry-downloads fetch models_class1_pan`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import ToolError
from wes_biomarkers.neoantigens.binding import is_usual

LENGTHS = range(8, 16)
_REMEDY = "pip install mhcflurry, then mhcflurry-downloads fetch models_class1_pan"


@dataclass(frozen=True)
class Mhcflurry:
    """The predictor and, by its own percentiles, the ranks.

    Attributes:
        model: an `mhcflurry.Class1AffinityPredictor` with models.
        version: of the package.
    """

    model: Any = field(repr=False)
    version: str
    name: str = "mhcflurry"
    background: str = "the random natural peptides of MHCflurry's own percentiles"

    def supports(self, allele: str) -> bool:
        """Whether the models know the allele's sequence."""
        return f"HLA-{allele}" in self.model.supported_alleles

    def predict(self, peptides: Sequence[str], allele: str) -> NDArray[np.float64]:
        """IC50 in nM of each peptide (n,); NaN for a length outside LENGTHS or an unusual letter."""
        fits = np.array([len(p) in LENGTHS and is_usual(p) for p in peptides], bool)
        ic50_nm = np.full(len(peptides), np.nan)
        if fits.any():
            asked = [peptide for peptide, fit in zip(peptides, fits, strict=True) if fit]
            ic50_nm[fits] = self.model.predict(asked, allele=f"HLA-{allele}")
        return ic50_nm

    def rank(self, peptides: Sequence[str], ic50_nm: NDArray[np.float64], allele: str) -> NDArray[np.float64]:
        """MHCflurry's percentile of each affinity (n,), in percent."""
        rank = np.full(len(ic50_nm), np.nan)
        known = ~np.isnan(ic50_nm)
        if known.any():
            rank[known] = self.model.percentile_ranks(ic50_nm[known], allele=f"HLA-{allele}", throw=False)
        return rank


def open_mhcflurry() -> Mhcflurry:
    """MHCflurry with the models that are installed.

    Raises:
        ToolError: no MHCflurry, or no models.
    """
    try:
        mhcflurry = import_module("mhcflurry")
    except ImportError as error:
        raise ToolError(f"MHCflurry is not installed: {_REMEDY}") from error
    try:
        model = mhcflurry.Class1AffinityPredictor.load()
    except Exception as error:  # whatever it raises without models
        raise ToolError(f"MHCflurry has no models ({error}): {_REMEDY}") from error
    return Mhcflurry(model, mhcflurry.__version__)
