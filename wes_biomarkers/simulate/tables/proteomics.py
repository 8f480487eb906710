"""Proteins of the blood: log2 abundance with a shared inflammatory factor, batches, and a limit of quantification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.parameters import ProteomicsParameters
from wes_biomarkers.simulate.tables.terms import PROTEIN_NAMES, Scale, protein_names

#: The proteins that move with inflammation, and how much of their variance does.
_INFLAMMATORY = frozenset({"IL6", "IL8", "CRP", "SAA1", "S100A8", "TNF"})
_SHARED = 0.35


@dataclass(frozen=True)
class Measured:
    """Proteins of some samples as a laboratory gives them; shape (samples, proteins) where nothing is said.

    Attributes:
        patient: index of each sample's patient, shape (samples,).
        late: taken 90 days after allocation, shape (samples,).
        day: of collection, from the first day of the trial, shape (samples,).
        batch: from 0, shape (samples,).
        value: log2 abundance; the limit where censored, NaN where missing.
        below: whether it is below the protein's limit of quantification.
    """

    patient: NDArray[np.int64]
    late: NDArray[np.bool_]
    day: NDArray[np.float64]
    batch: NDArray[np.int64]
    value: NDArray[np.float64]
    below: NDArray[np.bool_]


def protein_scales(n: int) -> dict[str, Scale]:
    """Mean and standard deviation (1) of each of n proteins' log2 abundance, by name."""
    return {name: Scale(mean=4.0 + index % 7, sd=1.0) for index, name in enumerate(protein_names(n))}


def draw_standardised(rng: np.random.Generator, n: int, n_protein: int) -> NDArray[np.float64]:
    """True log2 abundance at baseline as standard deviations from the mean, shape (n, proteins)."""
    own = rng.standard_normal((n, n_protein))
    factor = rng.standard_normal((n, 1))
    shares = [_SHARED * (name in _INFLAMMATORY) for name in PROTEIN_NAMES[:n_protein]]
    shared = np.array(shares + [0.0] * (n_protein - len(shares)))
    return np.asarray(np.sqrt(shared) * factor + np.sqrt(1 - shared) * own)


def measure(
    rng: np.random.Generator,
    standardised: NDArray[np.float64],
    baseline: tuple[NDArray[np.int64], NDArray[np.float64]],
    late: tuple[NDArray[np.int64], NDArray[np.float64]],
    parameters: ProteomicsParameters,
) -> Measured:
    """Samples as measured: the true value plus its batch's shift, censored below each protein's limit.

    Args:
        rng: random numbers.
        standardised: as `draw_standardised` gives them.
        baseline: patients and days of the samples before induction.
        late: patients and days of the samples on treatment; their values are the baseline's plus noise, and say
            nothing about the outcome beyond it.
        parameters: of the proteomics.
    """
    patient, day = (np.concatenate(parts) for parts in zip(baseline, late, strict=True))
    is_late = np.repeat([False, True], [len(baseline[0]), len(late[0])])
    order = np.lexsort((is_late, patient))
    patient, day, is_late = patient[order], day[order], is_late[order]
    n_protein = standardised.shape[1]
    means = np.array([scale.mean for scale in protein_scales(n_protein).values()])
    batch = rng.integers(0, parameters.n_batch, len(patient))
    shift = parameters.batch_sd * rng.standard_normal((parameters.n_batch, n_protein))
    value = means + standardised[patient] + shift[batch]
    value[is_late] += 0.5 * rng.standard_normal((int(is_late.sum()), n_protein))
    value = np.round(value, 4)
    limit = np.full(n_protein, -np.inf)
    if parameters.below_limit_share > 0 and len(value):
        limit = np.round(np.quantile(value, parameters.below_limit_share, axis=0), 4)
    below = value < limit
    value = np.where(below, limit, value)
    missing = rng.random(value.shape) < parameters.missing_share
    return Measured(patient, is_late, day, batch, np.where(missing, np.nan, value), below & ~missing)
