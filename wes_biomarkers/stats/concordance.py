"""Concordance of pairs of patients, for survival and for yes or no, in one patient group or pooled over several.

stats.discrimination has Harrell's C of many patients; here are the pairs themselves, which cross-validation pools a
fold at a time and resamples without fitting anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import FollowUp

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
_N_RESAMPLE, _CHUNK = 500, 500


@dataclass(frozen=True)
class Outcome:
    """What a signature predicts: `event` alone (yes or no), or `event` at the end of follow-up `time`."""

    event: NDArray[np.bool_]
    time: Array | None = None
    refused: str = ""

    def take(self, rows: Rows) -> Outcome:
        """The outcome of some patients."""
        return Outcome(self.event[rows], None if self.time is None else self.time[rows])


def survival_outcome(data: FollowUp) -> Outcome:
    """The outcome of a penalised Cox model; strata, delayed entry and weights are not for it and refused."""
    extra = [name for name in ("entry", "strata", "cluster", "weight") if getattr(data, name) is not None]
    reason = f"a penalised Cox model takes no {' or '.join(extra)}" if extra else ""
    return Outcome(np.asarray(data.event, np.bool_), np.asarray(data.time, np.float64), reason)


def binary_outcome(y: ArrayLike) -> Outcome:
    """The outcome of penalised logistic regression."""
    return Outcome(np.asarray(y, np.bool_))


def concordance(outcome: Outcome, predictors: Array) -> float:
    """Harrell's C (AUC for yes or no): of comparable pairs, those ordered rightly, ties of predictors as halves.

    NaN if no two patients can be compared.
    """
    agreeing = comparable = 0.0
    for start in range(0, len(predictors), _CHUNK):
        agree, possible = pairs(outcome, predictors, np.arange(start, min(start + _CHUNK, len(predictors))))
        agreeing, comparable = agreeing + float(agree.sum()), comparable + float(possible.sum())
    return agreeing / comparable if comparable else float("nan")


def pairs(outcome: Outcome, predictors: Array, rows: Rows | None = None) -> tuple[Array, Array]:
    """For each ordered pair (higher risk, lower risk): how far predictors agree (0, .5, 1), whether comparable.

    Args:
        outcome: of n patients.
        predictors: (n,).
        rows: the patients of higher risk; None: all.

    Returns:
        Two arrays (len(rows), n).
    """
    mine = slice(None) if rows is None else rows
    event = outcome.event[mine, None]
    if outcome.time is None:
        comparable = event & ~outcome.event[None, :]
    else:
        time = outcome.time[mine, None]
        together = (time == outcome.time[None, :]) & ~outcome.event[None, :]
        comparable = event & ((time < outcome.time[None, :]) | together)
    higher = np.sign(predictors[mine, None] - predictors[None, :])
    return comparable * (higher + 1) / 2, comparable.astype(np.float64)


def resampled(
    blocks: Sequence[tuple[Rows, Array, Array]], n: int, random: np.random.Generator
) -> tuple[float, float, float]:
    """Pooled concordance of blocks of pairs, with the percentile interval of resampled patients.

    Args:
        blocks: rows of the patients, and their `pairs`; some pair must be comparable.
        n: patients in all.
        random: of the resamples.
    """
    effect = sum(agree.sum() for _, agree, _ in blocks) / sum(possible.sum() for _, _, possible in blocks)
    weights = random.multinomial(n, np.full(n, 1 / n), size=_N_RESAMPLE).astype(np.float64)
    agreeing, comparable = np.zeros(_N_RESAMPLE), np.zeros(_N_RESAMPLE)
    for rows, agree, possible in blocks:
        mine = weights[:, rows]
        agreeing += ((mine @ agree) * mine).sum(axis=1)
        comparable += ((mine @ possible) * mine).sum(axis=1)
    low, high = np.quantile(agreeing[comparable > 0] / comparable[comparable > 0], [0.025, 0.975])
    return float(effect), float(low), float(high)
