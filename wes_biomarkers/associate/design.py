"""From a joined frame to the numbers a model takes: scaled features, cuts, and columns for words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.plan import Analysis

#: A level that fewer patients have is put together with the other rare ones.
MIN_LEVEL = 5
OTHER = "other"


@dataclass(frozen=True)
class Design:
    """Columns of a model.

    Attributes:
        x: shape (patients, columns).
        terms: name of each column.
        scale: what one unit of each column is.
        reason: why there is none; then x has no column.
        flags: codes of contracts.association.
    """

    x: NDArray[np.float64]
    terms: tuple[str, ...]
    scale: tuple[str, ...]
    reason: str = ""
    flags: tuple[str, ...] = ()


def _no_design(n: int, reason: str, *flags: str) -> Design:
    return Design(np.empty((n, 0)), (), (), reason, flags)


def dummies(values: pd.Series, name: str) -> Design:
    """A column a level against the most frequent one (ties: the first by name); rare levels are put together.

    >>> dummies(pd.Series(["a"] * 6 + ["b"] * 5), "histology").terms
    ('histology: b against a',)
    """
    words = values.astype(str)
    counts = words.value_counts()
    rare = counts.index[counts < MIN_LEVEL]
    if len(rare) > 1 or (len(rare) == 1 and len(counts) > 2):
        words = words.mask(words.isin(rare), OTHER)
    counts = words.value_counts()
    order = sorted(counts.index, key=lambda word: (-int(counts[word]), str(word)))
    if len(order) < 2:
        return _no_design(len(values), "every patient has the same value", "constant_feature")
    x = np.column_stack([(words == level).to_numpy(np.float64) for level in order[1:]])
    terms = tuple(f"{name}: {level} against {order[0]}" for level in order[1:])
    flags = ("one_group_small",) if int(counts.min()) < MIN_LEVEL else ()
    return Design(x, terms, tuple("yes against no" for _ in terms), flags=flags)


def binary(values: NDArray[np.bool_], name: str, scale: str) -> Design:
    """One column of yes and no."""
    n_yes = int(values.sum())
    if n_yes in (0, len(values)):
        return _no_design(len(values), "every patient has the same value", "constant_feature")
    flags = ("one_group_small",) if min(n_yes, len(values) - n_yes) < MIN_LEVEL else ()
    return Design(values.astype(np.float64)[:, None], (name,), (scale,), flags=flags)


def looks_filled_in(values: NDArray[np.float64]) -> bool:
    """Whether zeros stand apart so far from the other values that they look like missing ones filled in.

    At least three zeros and 2 % of the patients, no negative value, and the smallest other value above a quarter
    of the median of the others (at least 10 where all are whole numbers, as counts do have zeros): our own rule.
    """
    zero = values == 0
    others = values[~zero]
    if zero.sum() < max(3, 0.02 * len(values)) or not len(others) or (others < 0).any():
        return False
    if len(np.unique(others)) < 3:
        return False
    whole = bool((others == np.round(others)).all())
    middle = float(np.median(others))
    return bool(others.min() > 0.25 * middle and (not whole or middle >= 10))


def feature_design(
    values: pd.Series, name: str, kind: str, analysis: Analysis, *, ranked: bool = False
) -> Design:
    """The columns of one feature, on the scale or at the cut the analysis states.

    Args:
        values: of the patients of the analysis, none missing.
        name: of the feature.
        kind: `binary`, `number` or `category`.
        analysis: its scale or cutpoint; a `maximally_selected` cut is chosen elsewhere and given as a value.
        ranked: whether numbers are ranks, which have a median and a standard deviation but no unit.
    """
    if not len(values):
        return _no_design(0, "no patient is left; the flow says why")
    if kind == "category":
        return dummies(values, name)
    if kind == "binary":
        return binary(values.to_numpy(bool), name, "yes against no")
    return number_design(values.to_numpy(np.float64), name, analysis, ranked=ranked)


def number_design(
    numbers: NDArray[np.float64], name: str, analysis: Analysis, *, ranked: bool = False
) -> Design:
    """The column of a number, as feature_design makes it; numbers (n,), n > 0, none missing."""
    distinct = np.unique(numbers)
    flags = ("unknown_as_zero",) if looks_filled_in(numbers) else ()
    cut = analysis.cutpoint
    if ranked and (analysis.scale != "per_sd" if cut is None else cut.kind == "value"):
        return _no_design(len(numbers), "known by rank only: take per sd, or a cut at the median", *flags)
    if len(distinct) < 2:
        return _no_design(len(numbers), "every patient has the same value", "constant_feature")
    if cut is not None:
        at = float(np.median(numbers)) if cut.kind == "median" else float(cut.value or 0.0)
        sign = ">" if cut.kind == "median" else ">="
        high = numbers > at if cut.kind == "median" else numbers >= at
        unit = "rank " if ranked else ""
        made = binary(
            high, name, f"{sign} {unit}{at:.4g} against the rest ({cut.kind.replace('_', ' ')} cut)"
        )
        return Design(made.x, made.terms, made.scale, made.reason, made.flags + flags)
    if len(distinct) == 2:
        made = binary(numbers == distinct[1], name, f"{distinct[1]:g} against {distinct[0]:g}")
        return Design(made.x, made.terms, made.scale, made.reason, made.flags + flags)
    made = _scaled(numbers, name, analysis.scale, flags)
    return replace(made, scale=tuple(rank_words(word) for word in made.scale)) if ranked else made


def rank_words(scale: str) -> str:
    """The scale of a number as that of a rank.

    >>> rank_words("per sd (2.5)")
    'per sd of ranks (2.5)'
    """
    return scale.replace("per sd", "per sd of ranks")


def _scaled(numbers: NDArray[np.float64], name: str, scale: str, flags: tuple[str, ...]) -> Design:
    if scale == "per_doubling":
        if (numbers <= 0).any():
            return _no_design(len(numbers), "has values of 0 or below, which have no doubling", *flags)
        return Design(np.log2(numbers)[:, None], (name,), ("per doubling",), flags=flags)
    if scale == "per_unit":
        return Design(numbers[:, None], (name,), ("per unit",), flags=flags)
    sd = float(np.std(numbers, ddof=1))
    scaled = (numbers - numbers.mean()) / sd
    return Design(scaled[:, None], (name,), (f"per sd ({sd:.4g})",), flags=flags)


def covariate_design(frame: pd.DataFrame, names: Sequence[str]) -> Design:
    """The columns of all covariates: numbers centred and scaled, words as levels; constant ones are left out."""
    parts = []
    for name in names:
        values = frame[name]
        if pd.api.types.is_bool_dtype(values):
            parts.append(binary(values.to_numpy(bool), name, "yes against no"))
        elif pd.api.types.is_numeric_dtype(values):
            parts.append(feature_design(values, name, "number", Analysis("", "")))
        else:
            parts.append(dummies(values, name))
    kept = [part for part in parts if part.terms]
    if not kept:
        return Design(np.empty((len(frame), 0)), (), ())
    return Design(
        np.column_stack([part.x for part in kept]),
        tuple(term for part in kept for term in part.terms),
        tuple(scale for part in kept for scale in part.scale),
    )


def strata_codes(frame: pd.DataFrame, names: Sequence[str]) -> list[str] | None:
    """One word a patient for the combination of strata; None without strata."""
    if not names:
        return None
    return ["\x1f".join(map(str, row)) for row in frame[list(names)].itertuples(index=False)]
