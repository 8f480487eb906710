"""Values beyond an assay's range: on which side they lie, from which limit, and how they rank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.features.proteomics_marks import ABOVE, BELOW, EXTRAPOLATED, QUANTIFIED

Floats = NDArray[np.float64]
Sides = NDArray[np.int8]


def batch_codes(labels: Sequence[str | None]) -> NDArray[np.int64]:
    """A code from 0 for each distinct label in sorted order; an unknown one is a label of its own."""
    text = np.asarray(["" if label is None else label for label in labels], dtype=object).astype(str)
    return np.unique(text, return_inverse=True)[1].astype(np.int64)


def quantified_range(raw: Floats, quantified: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Lowest and highest quantified number of each protein, shape (m,); NaN where none was quantified.

    Args:
        raw: (n, m), samples by proteins.
        quantified: (n, m).
    """
    low = np.where(quantified, raw, np.inf).min(axis=0, initial=np.inf)
    high = np.where(quantified, raw, -np.inf).max(axis=0, initial=-np.inf)
    none = ~quantified.any(axis=0)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def censor(
    raw: Floats, side: Sides, flags: NDArray[np.uint8], batch: NDArray[np.int64]
) -> tuple[Floats, Sides]:
    """Numbers with the limits of censored values in place, and the sides with extrapolated values censored.

    A mark without a number (`OOR <`) is below the lowest number quantified for its protein in its batch (above: the
    highest), or in all batches where the batch has none; NaN where no sample has one. A number extrapolated beyond the
    standard curve (`*5.88`) is treated likewise if it lies outside the quantified range. Within that range (the plate's
    curve ended earlier than another's) it is below the number itself, which is all that is known of its limit.

    Args:
        raw, side, flags: (n, m), samples by proteins, as `parse_cells` gives them.
        batch: (n,) codes.
    """
    numbers, sides = raw.copy(), side.copy()
    starred = (flags & EXTRAPOLATED) > 0
    quantified = (side == QUANTIFIED) & ~starred & np.isfinite(raw)
    overall = quantified_range(raw, quantified)
    for code in np.unique(batch):
        rows = np.flatnonzero(batch == code)
        own = quantified_range(raw[rows], quantified[rows])
        low, high = (np.where(np.isnan(a), b, a) for a, b in zip(own, overall, strict=True))
        here, stars = numbers[rows], starred[rows]
        over = stars & (here >= high)
        sides[rows] = np.where(over, ABOVE, np.where(stars, BELOW, sides[rows])).astype(np.int8)
        here = np.where(over, high, np.where(stars & (here <= low), low, here))
        unknown = np.isnan(here)
        here = np.where(unknown & (sides[rows] == BELOW), low, here)
        numbers[rows] = np.where(unknown & (sides[rows] == ABOVE), high, here)
    return numbers, sides


def for_ranking(value: ArrayLike, censored: Sequence[str] | ArrayLike) -> Floats:
    """Ranks from 1 that treat censored values as what they are, for any rank test or rank correlation.

    A sample's rank is half of (n + 1 + samples certainly lower - samples certainly higher), which is Gehan's score
    (Gehan 1965, Mantel 1967) as a rank. Without censored values these are the mid-ranks. With one limit of
    detection all values below it tie as the lowest. With several limits a value known to lie below 5 is lower than
    each value from 5, and undecided against a quantified 3; no number is invented for it.

    Args:
        value: numbers of one protein, of censored ones their limits (NaN: unknown limit, undecided against all).
        censored: "", "below" or "above" of each.

    Returns:
        Ranks; NaN where neither a number nor a mark is given, and such samples count nowhere.
    """
    values, sides = np.asarray(value, np.float64), np.asarray(censored, dtype=object).astype(str)
    if values.shape != sides.shape or not np.isin(sides, ("", "below", "above")).all():
        raise ValueError("value and censored must be of one length, censored one of '', below, above")
    below, above = sides == "below", sides == "above"
    exact = (sides == "") & ~np.isnan(values)
    numbers = np.sort(values[exact])
    limits_below = np.sort(values[below & ~np.isnan(values)])
    limits_above = np.sort(values[above & ~np.isnan(values)])
    lower, higher = np.zeros(len(values)), np.zeros(len(values))

    def n_up_to(ordered: Floats, at: Floats) -> Floats:
        return np.searchsorted(ordered, at, side="right").astype(float)

    def n_under(ordered: Floats, at: Floats) -> Floats:
        return np.searchsorted(ordered, at, side="left").astype(float)

    here = values[exact]
    lower[exact] = n_under(numbers, here) + n_up_to(limits_below, here)
    higher[exact] = len(numbers) - n_up_to(numbers, here) + len(limits_above) - n_under(limits_above, here)
    high = above & ~np.isnan(values)
    lower[high] = n_up_to(numbers, values[high]) + n_up_to(limits_below, values[high])
    low = below & ~np.isnan(values)
    higher[low] = len(numbers) - n_under(numbers, values[low])
    higher[low] += len(limits_above) - n_under(limits_above, values[low])
    n = int(exact.sum() + below.sum() + above.sum())
    return np.where(exact | below | above, (n + 1 + lower - higher) / 2, np.nan)
