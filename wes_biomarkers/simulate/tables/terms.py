"""What may act on an outcome: biomarkers, genes, proteins and covariates, on the scale their effects count in.

A continuous term is (f(x) - mean) / sd with f, mean and sd fixed here and told in truth.json, so that "per standard
deviation" means the same in every trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.genes import GENE_NAMES
from wes_biomarkers.simulate.tables.parameters import Effects

Numbers = NDArray[np.float64]
Terms = Mapping[str, Numbers]

#: The first proteins; further ones are numbered.
PROTEIN_NAMES = (
    "CXCL9", "CXCL10", "CXCL13", "IL6", "IL8", "IL10", "IL17A", "CRP", "TNF", "IFNG", "CCL2", "CCL5",
    "VEGFA", "ANGPT2", "LAG3", "PDL1", "GZMB", "HGF", "MMP9", "S100A8", "SAA1", "TGFB1", "CD27", "ICAM1",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """How a value becomes a term: (f(x) - mean) / sd, f the identity or log2(x + shift)."""

    mean: float
    sd: float
    log: bool = False
    shift: float = 0.0

    def __call__(self, values: Numbers) -> Numbers:
        """Values as standardised terms, same shape."""
        found = np.log2(values + self.shift) if self.log else values
        return np.asarray((found - self.mean) / self.sd)


#: Biomarkers that may have an effect. Means and standard deviations: those of 100,000 simulated patients, rounded.
BIOMARKER_SCALES: Mapping[str, Scale] = {
    "tmb_per_mb": Scale(2.2, 0.93, log=True),
    "n_neoantigen": Scale(5.7, 0.95, log=True, shift=1.0),
    "msi_score": Scale(0.8, 0.8, log=True, shift=1.0),
    "purity": Scale(0.52, 0.17),
    "ploidy": Scale(2.6, 0.7),
    "fga_log2": Scale(0.37, 0.15),
    "loh_fraction": Scale(0.25, 0.11),
    "clonal_fraction": Scale(0.75, 0.13),
    "sbs_apobec": Scale(0.19, 0.14),
    "hed": Scale(6.5, 1.6),
}
#: Covariates that may have an effect; `ecog` counts by grade, `unmeasured` is in no table.
COVARIATE_SCALES: Mapping[str, Scale] = {
    "age": Scale(63.0, 8.0),
    "ecog": Scale(0.0, 1.0),
    "nlr": Scale(1.6, 0.7, log=True),
    "pdl1_cps": Scale(3.2, 1.5, log=True, shift=1.0),
    "unmeasured": Scale(0.0, 1.0),
}


def protein_names(n: int) -> tuple[str, ...]:
    """The names of n proteins."""
    return (*PROTEIN_NAMES[:n], *(f"PROT{index:04d}" for index in range(len(PROTEIN_NAMES) + 1, n + 1)))


def term_names(n_protein: int) -> tuple[str, ...]:
    """Everything that may have an effect in a trial with so many proteins."""
    return (
        *BIOMARKER_SCALES,
        *COVARIATE_SCALES,
        *(f"gene:{name}" for name in GENE_NAMES),
        *(f"protein:{name}" for name in protein_names(n_protein)),
    )


def _sum(terms: Terms, effects: Mapping[str, float], n: int) -> Numbers:
    total = np.zeros(n)
    for name, effect in effects.items():
        total += effect * terms[name]
    return total


def linear_predictor(
    terms: Terms, effects: Effects | Mapping[str, float], treated: NDArray[np.bool_]
) -> Numbers:
    """Sum of effects, shape (n,): main + treated * (treatment + interaction).

    Args:
        terms: by name, each of shape (n,).
        effects: of an outcome; a plain table has main effects alone.
        treated: in the second arm, shape (n,).
    """
    if not isinstance(effects, Effects):
        return _sum(terms, effects, len(treated))
    added = effects.treatment + _sum(terms, effects.interaction, len(treated))
    return _sum(terms, effects.main, len(treated)) + treated * added
