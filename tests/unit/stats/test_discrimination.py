"""Harrell's index beside R's concordance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats import discrimination
from wes_biomarkers.stats.discrimination import harrell_c
from wes_biomarkers.stats.estimate import follow_up

CASES = {
    "plain": {},
    "weighted": {"weight": "weight"},
    "clustered": {"cluster": "cluster"},
    "stratified": {"strata": "centre"},
    "truncated": {"entry": "entry"},
}


@pytest.mark.parametrize("block", [500, 4_000_000])
@pytest.mark.parametrize("case", CASES)
def test_equals_concordance(case: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discrimination, "_BLOCK", block)
    frame, expected = pd.read_csv(recorded_r.data("survival.csv")), recorded_r.recorded("time_varying")[case]
    data = follow_up(frame["time"], frame["event"], **{key: frame[name] for key, name in CASES[case].items()})
    result = harrell_c(data, np.round(frame["marker"]))
    assert (result.effect, result.standard_error) == pytest.approx((expected["c"], expected["se"]), rel=1e-6)
    assert result.ci_low and result.ci_high and result.ci_low < expected["c"] < result.ci_high


def test_perfect_order_has_no_interval_and_no_pair_no_index() -> None:
    assert harrell_c(follow_up([1, 2, 3], [1, 1, 1]), [3, 2, 1]).effect == 1
    assert harrell_c(follow_up([1, 2, 3], [0, 0, 0]), [3, 2, 1]).status == "not_evaluable"


def test_a_missing_risk_is_refused() -> None:
    with pytest.raises(ValueError, match="known risk"):
        harrell_c(follow_up([1, 2], [1, 1]), [np.nan, 1])
