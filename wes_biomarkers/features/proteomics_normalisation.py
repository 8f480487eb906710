"""Making proteomics samples comparable: the scale of the numbers, normalisation, and batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.proteomics_censoring import batch_codes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Above any base-2 logarithm: 2 to this power exceeds every intensity and concentration.
_LARGEST_LOG2 = 64.0
#: Quantified values a protein needs in a batch for the batch's offset.
MIN_PER_BATCH = 2


def scale_of(numbers: Floats) -> str | None:
    """`log2` where a number is negative, `linear` where one is too large for a logarithm.

    None where neither holds: it cannot be told, and the user must say it.

    >>> [scale_of(np.array(values)) for values in ([-0.3, 2], [3e5, 8e7], [5.0, 20.0])]
    ['log2', 'linear', None]
    """
    known = numbers[np.isfinite(numbers)]
    if (known < 0).any():
        return "log2"
    return "linear" if (known > _LARGEST_LOG2).any() else None


def median_shifts(value: Floats, quantified: Mask) -> Floats:
    """What to add to each sample's logarithms so that all samples have the same median: the mean of the medians.

    Censored and missing values are left out of the medians.

    Args:
        value, quantified: (n, m), samples by proteins.

    Returns:
        (n,); 0 for a sample without a quantified value.
    """
    shifts = np.zeros(len(value))
    held = quantified.any(axis=1)
    medians = np.nanmedian(np.where(quantified[held], value[held], np.nan), axis=1)
    if len(medians):
        shifts[held] = medians.mean() - medians
    return shifts


def normalise_quantiles(value: Floats, quantified: Mask) -> Floats:
    """Quantile normalisation: every sample gets the mean distribution (Bolstad 2003, doi:10.1093/bioinformatics/19.2.185).

    Ties get the value of their mean rank; a sample with missing values takes part through its interpolated
    quantiles, as limma's normalizeQuantiles. Limits of censored values move as the numbers beside them do, by
    interpolation; beyond the sample's own range by the shift at its end.

    Args:
        value, quantified: (n, m), samples by proteins.

    Returns:
        (n, m); a sample without a quantified value is left as it is.
    """
    from scipy.stats import rankdata

    m = value.shape[1]
    grid = np.arange(m) / max(m - 1, 1)
    target, held = np.zeros(m), np.flatnonzero(quantified.any(axis=1))
    for row in held:
        numbers = np.sort(value[row, quantified[row]])
        target += np.interp(grid, np.arange(len(numbers)) / max(len(numbers) - 1, 1), numbers)
    target /= max(len(held), 1)
    result = value.copy()
    for row in held:
        numbers = value[row, quantified[row]]
        places = (rankdata(numbers) - 1) / (len(numbers) - 1) if len(numbers) > 1 else np.array([0.5])
        moved = np.interp(places, grid, target)
        result[row, quantified[row]] = moved
        limit = ~quantified[row] & np.isfinite(value[row])
        order = np.argsort(numbers)
        result[row, limit] += np.interp(value[row, limit], numbers[order], (moved - numbers)[order])
    return result


def confounded(batch: Sequence[str | None], group: Sequence[str | None]) -> bool:
    """Whether groups cannot be told from batches: some groups share no batch with the others, not even in a chain.

    >>> confounded(["a", "a", "b", "b"], ["x", "x", "y", "y"]), confounded(["a", "a", "b", "b"], ["x", "y", "y", "y"])
    (True, False)
    """
    batches, groups = batch_codes(batch), batch_codes(group)
    design = np.hstack([_indicators(batches), _indicators(groups)])
    n_column = design.shape[1]
    return bool(np.linalg.matrix_rank(design) < n_column - 1)


def _indicators(codes: NDArray[np.int64]) -> Floats:
    columns: Floats = (codes[:, None] == np.arange(codes.max() + 1)[None, :]).astype(float)
    return columns


def centre_batches(value: Floats, quantified: Mask, batch: NDArray[np.int64]) -> Floats:
    """Each protein's values less the median of their batch, plus the protein's median over all batches.

    Values, limits included, become NaN in a batch with fewer than `MIN_PER_BATCH` quantified values of the protein.

    Args:
        value, quantified: (n, m), samples by proteins.
        batch: (n,) codes.
    """
    result = np.full_like(value, np.nan)
    known = np.where(quantified, value, np.nan)
    overall = _medians(known)
    for code in np.unique(batch):
        rows = np.flatnonzero(batch == code)
        enough = quantified[rows].sum(axis=0) >= MIN_PER_BATCH
        shift = np.where(enough, overall - _medians(known[rows]), np.nan)
        result[rows] = value[rows] + shift
    return result


def _medians(known: Floats) -> Floats:
    held = ~np.isnan(known).all(axis=0)
    medians = np.full(known.shape[1], np.nan)
    medians[held] = np.nanmedian(known[:, held], axis=0)
    return medians


def regress_batches(
    value: Floats,
    quantified: Mask,
    batch: NDArray[np.int64],
    groups: Mapping[str, NDArray[np.int64]],
) -> Floats:
    """Each protein's values less the effect of their batch in a least-squares fit on batch and groups.

    The batches' effects are taken about their mean over the quantified values, so that the protein's level stays.
    Groups (arm, time point) are held in the fit: what differs between them is not taken for a batch. Values
    become NaN where the effect cannot be estimated: fewer than `MIN_PER_BATCH` quantified values of the protein in
    the batch, or batches that its quantified values do not tell from groups.

    Args:
        value, quantified: (n, m), samples by proteins.
        batch: (n,) codes.
        groups: (n,) codes by name.
    """
    batches = _indicators(batch)
    n_batch = batches.shape[1]
    few = (batches.T @ quantified) < MIN_PER_BATCH  # (batches, m)
    used = quantified & ~few[batch]
    design = np.hstack([batches, *(_indicators(codes)[:, 1:] for codes in groups.values())])
    weight = used.astype(float).T  # (m, n)
    k = design.shape[1]
    squares = (weight @ (design[:, :, None] * design[:, None, :]).reshape(len(design), k * k)).reshape(
        -1, k, k
    )
    inverse = np.linalg.pinv(squares, rcond=1e-10, hermitian=True)
    effects = (inverse @ (np.where(used, value, 0.0).T @ design)[:, :, None])[:, :n_batch, 0]  # (m, batches)
    counts = weight @ batches
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shift = effects - (effects * share).sum(axis=1, keepdims=True)
    contrasts = np.zeros((len(squares), n_batch, k))
    contrasts[:, :, :n_batch] = np.eye(n_batch) - share[:, None, :]
    estimable = (np.abs(contrasts @ (squares @ inverse) - contrasts) < 1e-6).all(axis=2)
    shift[~estimable | few.T] = np.nan
    corrected: Floats = value - shift.T[batch]
    return corrected
