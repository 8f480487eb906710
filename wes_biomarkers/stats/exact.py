"""Two yes-or-no things in few patients: Fisher's exact test, and the odds ratio with an exact interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.estimate import Estimate


def fisher_exact(y: ArrayLike, x: ArrayLike) -> Estimate:
    """Fisher's exact test with the conditional maximum-likelihood odds ratio, as R's fisher.test.

    The p sums the tables no likelier than the one seen (Fisher 1935), the 95 % interval has at most 2.5 % on each
    side (Cornfield 1956), so now and then the two disagree about an odds ratio of 1. An empty cell makes the odds
    ratio 0 or infinite: the effect and one end of the interval say so, and the flag `separation` is set.

    Args:
        y: outcome, 0 or 1, shape (n,).
        x: feature, 0 or 1, shape (n,).

    Raises:
        ValueError: unequal lengths, no patient, or values other than 0 and 1.
    """
    outcome, feature = np.asarray(y, np.float64), np.asarray(x, np.float64)
    if not len(outcome) or len(outcome) != len(feature):
        raise ValueError("y and x must be of one length, above 0")
    if not (np.isin(outcome, (0.0, 1.0)).all() and np.isin(feature, (0.0, 1.0)).all()):
        raise ValueError("y and x must be 0 or 1")
    with_feature = feature == 1
    a, b = int(outcome[with_feature].sum()), int((1 - outcome[with_feature]).sum())
    c, d = int(outcome[~with_feature].sum()), int((1 - outcome[~with_feature]).sum())
    return fisher_exact_counts(a, b, c, d)


def fisher_exact_counts(a: int, b: int, c: int, d: int) -> Estimate:
    """As `fisher_exact`, from the counts of a table.

    Args:
        a, b: patients with the feature, with and without the outcome.
        c, d: patients without the feature, with and without the outcome.
    """
    from scipy.stats import contingency
    from scipy.stats import fisher_exact as fisher

    n, n_event = a + b + c + d, a + c
    table = np.array([[a, b], [c, d]])
    if (table.sum(axis=1) == 0).any():
        reason = "every patient has the same value"
        return Estimate(
            "fisher_exact",
            "odds_ratio",
            n,
            n_event,
            status="not_evaluable",
            reason=reason,
            flags=("constant_feature",),
        )
    if (table.sum(axis=0) == 0).any():
        reason = "every patient has the same outcome"
        return Estimate("fisher_exact", "odds_ratio", n, n_event, status="not_evaluable", reason=reason)
    found = contingency.odds_ratio(table, kind="conditional")
    ratio, interval = float(found.statistic), found.confidence_interval(0.95)
    small = ("one_group_small",) if table.sum(axis=1).min() < 5 else ()
    finite = 0 < ratio < math.inf
    return Estimate(
        "fisher_exact", "odds_ratio", n, n_event, ratio, float(interval.low), float(interval.high),
        float(fisher(table).pvalue), coefficient=math.log(ratio) if finite else None,
        flags=(*small, *(() if finite else ("separation",))),
    )  # fmt: skip
