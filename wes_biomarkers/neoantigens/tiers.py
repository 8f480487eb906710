"""Tiers of neoantigen candidates, each with its reason, by rules that are data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]
Test = Literal["is", "at_most", "below", "unknown"]

#: Values that a tier rests on, and what the reason says where one is not known.
_OPEN = {"expression_tpm": "expression", "clonality": "clonality", "hla_lost": "HLA loss"}


@dataclass(frozen=True)
class Condition:
    """A test of one column. An unknown value fails every test but `unknown`."""

    column: str
    test: Test
    value: Any


@dataclass(frozen=True)
class TierRule:
    """The tier of a row that meets all conditions, and why."""

    tier: str
    reason: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Tiers:
    """Tiers from best to worst, and the rules in the order they are tried."""

    order: tuple[str, ...]
    rules: tuple[TierRule, ...]


def is_unknown(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are None, NaN, or `indeterminate`; shape (n,)."""
    if values.dtype == object:
        return np.array([value is None or value == "indeterminate" for value in values], bool)
    return np.asarray(np.isnan(values), bool)


def holds(condition: Condition, columns: Columns) -> NDArray[np.bool_]:
    """Which rows meet a condition, shape (n,)."""
    values = columns[condition.column]
    if condition.test == "unknown":
        return np.asarray(is_unknown(values) == condition.value, bool)
    if condition.test == "is":
        return np.asarray(values == condition.value, bool)
    with np.errstate(invalid="ignore"):
        meets = values <= condition.value if condition.test == "at_most" else values < condition.value
    return np.asarray(meets, bool)


def assign_tiers(columns: Columns, tiers: Tiers) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The place of each row's tier in `tiers.order` and its reason, each of shape (n,).

    The reason also names what is not known of expression, clonality and (for class I) loss of the allele.

    Args:
        columns: what the rules name, `mhc_class`, and the columns of `_OPEN`.
        tiers: the rules; a row that meets none is an error of the rules.

    Raises:
        ValueError: a row that meets no rule.
    """
    n = len(columns["mhc_class"])
    place = np.full(n, -1, np.int64)
    reason = np.full(n, "", object)
    for rule in tiers.rules:
        meets = place < 0
        for condition in rule.conditions:
            meets &= holds(condition, columns)
        place[meets], reason[meets] = tiers.order.index(rule.tier), rule.reason
    if (place < 0).any():
        raise ValueError("a candidate meets no rule of the tiers")
    return place, reason + _open_questions(columns)


def _open_questions(columns: Columns) -> NDArray[Any]:
    """What to add to each reason: `; expression, HLA loss unknown`."""
    unknown = {name: is_unknown(columns[name]) for name in _OPEN}
    unknown["hla_lost"] &= columns["mhc_class"] == "I"
    names = list(_OPEN)
    code = sum(unknown[name].astype(np.int64) << bit for bit, name in enumerate(names))
    notes: Sequence[str] = [
        ", ".join(_OPEN[name] for bit, name in enumerate(names) if number >> bit & 1)
        for number in range(1 << len(names))
    ]
    texts: NDArray[Any] = np.array([f"; {note} unknown" if note else "" for note in notes], object)
    return np.asarray(texts[code])
