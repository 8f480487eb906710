"""The AUC by a time against R and scikit-survival."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from sksurv.metrics import cumulative_dynamic_auc
from sksurv.util import Surv

from wes_biomarkers.stats.time_dependent_auc import time_dependent_auc

R = recorded_r.recorded("time_dependent_auc")
TABLE = pd.read_csv(recorded_r.data("signature.csv"))


@pytest.mark.parametrize("name", ["x1", "coarse"])
def test_equals_r_with_ties(name):
    marker = TABLE["x1"] if name == "x1" else TABLE["x1"].round()
    found = [
        time_dependent_auc(marker, TABLE["time"], TABLE["event"], horizon, n_bootstrap=20, seed=1).effect
        for horizon in R["horizons"]
    ]
    np.testing.assert_allclose(found, R[name], rtol=1e-9)


def test_equals_scikit_survival_without_ties():
    random = np.random.default_rng(3)
    marker = random.normal(size=200)
    time, last = random.exponential(np.exp(-marker)), random.uniform(0.1, 3, 200)
    event, end = time <= last, np.minimum(time, last)
    outcome = Surv.from_arrays(event, end)
    horizons = [0.2, 0.7, 1.2]
    expected, _ = cumulative_dynamic_auc(outcome, outcome, marker, horizons)
    found = [time_dependent_auc(marker, end, event, at, n_bootstrap=50, seed=1) for at in horizons]
    np.testing.assert_allclose([one.effect for one in found], expected, rtol=1e-9)
    assert all(one.ci_low < one.effect < one.ci_high for one in found)
    again = time_dependent_auc(marker, end, event, 0.2, n_bootstrap=50, seed=1)
    assert again == found[0]


def test_what_cannot_be_judged_says_why():
    early = time_dependent_auc([1, 2, 3], [2, 3, 4], [1, 1, 0], 1, seed=1)
    assert (early.status, early.reason, early.effect) == (
        "not_evaluable",
        "nobody has the event by then",
        None,
    )
    assert (
        time_dependent_auc([1, 2, 3], [2, 3, 4], [1, 1, 0], 9, seed=1).reason
        == "nobody is followed beyond then"
    )
    with pytest.raises(ValueError, match="one length"):
        time_dependent_auc([1], [1, 2], [1, 1], 1, seed=1)
    with pytest.raises(ValueError, match="known"):
        time_dependent_auc([np.nan, 1], [1, 2], [1, 1], 1, seed=1)
