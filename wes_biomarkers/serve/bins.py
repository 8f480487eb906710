"""Bars of a column: which bar each patient belongs to, so that a filter is counted by looking them up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.serve.pages.cells import cell
from wes_biomarkers.serve.store import MAX_LEVEL, Store

N_BIN = 20
#: A number with at most this many values is shown as levels.
_FEW = 7
#: The last bar is wider where this share of the values fills less than a third of the range.
_MOST, _FAR = 0.98, 3


@dataclass(frozen=True)
class Bins:
    """The bars of one column, made of all patients, so that a filter does not move them.

    Attributes:
        bars: `{"bin": [low, high]}` of a number, else `{"value": level}`.
        codes: each patient's bar, shape (patients,); len(bars) where unknown, one more where infinite.
        sizes: patients of each bar and of the two further codes, shape (len(bars) + 2,).
    """

    bars: list[dict[str, Any]]
    codes: np.ndarray
    sizes: np.ndarray

    @property
    def is_histogram(self) -> bool:
        """Whether the bars are ranges."""
        return bool(self.bars) and "bin" in self.bars[0]

    def counted(self, mask: np.ndarray) -> list[dict[str, Any]]:
        """The bars with the number of patients of a mask and of all; a bar of value None for the unknown."""
        found = np.bincount(self.codes[mask], minlength=len(self.sizes)).tolist()
        shown = [
            bar | {"n": n, "n_all": n_all}
            for bar, n, n_all in zip(self.bars, found, self.sizes.tolist(), strict=False)
        ]
        n_unknown = int(self.sizes[-2])
        return shown + ([{"value": None, "n": found[-2], "n_all": n_unknown}] if n_unknown else [])


def bins_of(store: Store, name: str) -> Bins | None:
    """The bars of a column; None for words or days with too many levels, or without any."""

    def make() -> Bins | None:
        """Once a column."""
        by_value = store.kind(name) in ("int", "float", "bool")
        found = histogram(store.numbers(name)) if store.kind(name) in ("int", "float") else None
        return found or levels(store.column(name), by_value)

    found: Bins | None = store.remembered(f"bins {name}", make)
    return found


def histogram(values: np.ndarray) -> Bins | None:
    """Ranges of a number (NaN where unknown); None where it has few values.

    The ranges are those of `numpy.histogram`: the last holds its upper edge. Where a few values lie far above all others,
    the last bar holds them together and is wider than the others.
    """
    finite = np.isfinite(values)
    known = values[finite]
    if len(np.unique(known[:1000])) <= _FEW and len(np.unique(known)) <= _FEW:
        return None
    edges = _edges(known)
    n_bin = len(edges) - 1
    # The last bar holds its upper edge, as in numpy.histogram; a rounded edge may miss an outermost value by a hair.
    inside = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bin - 1)
    codes = np.where(finite, inside, np.where(np.isnan(values), n_bin, n_bin + 1))
    bars = [{"bin": [float(low), float(high)]} for low, high in pairwise(edges)]
    return _bins(bars, codes)


def _edges(known: np.ndarray) -> np.ndarray:
    low, high = float(known.min()), float(known.max())
    most = float(np.quantile(known, _MOST))
    if not 0 < most - low < high / _FAR - low / _FAR:
        return round_edges(low, high)
    return np.append(round_edges(low, most), round_edges(low, high)[-1])


def round_edges(low: float, high: float) -> np.ndarray:
    """Edges of about N_BIN bars, at multiples of 1, 2 or 5 times a power of ten; `low` is below `high`.

    >>> round_edges(0.3, 19.1).tolist()[:3]
    [0.0, 1.0, 2.0]
    """
    wanted = high / N_BIN - low / N_BIN
    power = float(np.floor(np.log10(wanted)))
    step = next(size for size in (1, 2, 5, 10) if size * 10.0**power >= wanted * (1 - 1e-9)) * 10.0**power
    places = np.arange(np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9) + 1)
    return np.asarray(np.round(places * step, max(0, int(-power))))


def levels(values: pd.Series, by_value: bool) -> Bins | None:
    """A bar for each level, most frequent first or `by_value`; None for none or too many."""
    codes, uniques = pd.factorize(values, use_na_sentinel=True)
    if not 0 < len(uniques) <= MAX_LEVEL:
        return None
    sizes = np.bincount(codes[codes >= 0], minlength=len(uniques))
    words = [cell(value) for value in uniques]
    order = sorted(range(len(words)), key=lambda i: words[i] if by_value else (-sizes[i], str(words[i])))
    place = np.empty(len(words) + 1, np.int64)
    place[order] = np.arange(len(words))
    place[-1] = len(words)
    return _bins([{"value": words[i]} for i in order], place[codes])


def _bins(bars: list[dict[str, Any]], codes: np.ndarray) -> Bins:
    return Bins(bars, codes.astype(np.int8), np.bincount(codes, minlength=len(bars) + 2))
