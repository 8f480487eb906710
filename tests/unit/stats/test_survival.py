"""Curves and log-rank tests beside R's survfit and survdiff."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.survival import (
    KaplanMeier,
    at_risk,
    kaplan_meier,
    log_rank,
    survival_at,
    survival_difference,
)

CASES: dict[str, dict[str, str]] = {
    "plain": {},
    "truncated": {"entry": "entry"},
    "weighted": {"weight": "weight"},
    "clustered": {"entry": "entry", "weight": "weight", "cluster": "cluster"},
}


def table() -> pd.DataFrame:
    return pd.read_csv(recorded_r.data("survival.csv"))


def curve(case: str) -> KaplanMeier:
    frame = table()
    return kaplan_meier(
        frame["time"], frame["event"], **{key: frame[name] for key, name in CASES[case].items()}
    )


@pytest.mark.parametrize("case", CASES)
def test_curve_equals_survfit(case: str) -> None:
    expected: dict[str, Any] = recorded_r.recorded("survival")[case]
    result = curve(case)
    rows = result.curve.set_index("time").loc[expected["time"]]
    names = {
        "survival": "surv",
        "ci_low": "lower",
        "ci_high": "upper",
        "n_at_risk": "n.risk",
        "n_event": "n.event",
    }
    for ours, theirs in names.items():
        known = np.array(expected[theirs], dtype=float)
        assert rows[ours].to_numpy() == pytest.approx(known, rel=1e-6, nan_ok=True), ours
    alive = rows["survival"].to_numpy() > 0
    assert rows["standard_error"].to_numpy()[alive] == pytest.approx(
        np.array(expected["se"], float)[alive], rel=1e-6
    )
    for ours in ("median", "median_low", "median_high"):
        assert getattr(result, ours) == pytest.approx(expected[ours])


@pytest.mark.parametrize(
    "case, column, strata",
    [("two", "arm", None), ("three", "group", None), ("stratified", "group", "centre")],
)
def test_log_rank_equals_survdiff(case: str, column: str, strata: str | None) -> None:
    frame, expected = table(), recorded_r.recorded("survival")[case]
    data = follow_up(frame["time"], frame["event"], strata=None if strata is None else frame[strata])
    result = log_rank(data, frame[column])
    assert (result.chi_square, result.p_value) == pytest.approx((expected["chisq"], expected["p"]), rel=1e-6)
    # R gives observed and expected by stratum
    assert result.observed == pytest.approx(
        np.reshape(expected["obs"], (len(result.observed), -1)).sum(axis=1)
    )
    assert result.expected == pytest.approx(
        np.reshape(expected["exp"], (len(result.expected), -1)).sum(axis=1)
    )


def test_left_truncated_log_rank_is_the_exact_conditional_score_test() -> None:
    frame = table()
    data = follow_up(frame["time"], frame["event"], entry=frame["entry"], strata=frame["centre"])
    result = log_rank(data, frame["group"])
    assert result.chi_square == pytest.approx(recorded_r.recorded("survival")["truncated_score"], rel=1e-6)


def test_weights_have_no_log_rank_test() -> None:
    frame = table()
    result = log_rank(follow_up(frame["time"], frame["event"], weight=frame["weight"]), frame["arm"])
    assert result.status == "not_evaluable" and result.p_value is None


def test_groups_that_never_meet_have_no_log_rank_test() -> None:
    data = follow_up([1, 2, 3, 4, 5, 6], [1] * 6, strata=[0, 0, 0, 1, 1, 1])
    assert log_rank(data, [0, 0, 0, 1, 1, 1]).reason == "the groups are never at risk together"


def test_median_where_the_curve_stands_at_one_half_is_the_middle_of_the_stretch() -> None:
    assert kaplan_meier([1, 2, 4, 8], [1, 1, 1, 0]).median == 3
    assert kaplan_meier([1, 2, 8, 9], [1, 1, 0, 0]).median == 5.5


def test_survival_at_times_is_unknown_beyond_the_last_follow_up() -> None:
    result = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    first, second, late = survival_at(result, [0.5, 2, 5])
    assert (first.survival, first.ci_low, first.n_at_risk) == (1, None, 4)
    assert (second.survival, second.n_at_risk) == (0.5, 3)
    assert (late.survival, late.n_at_risk) == (None, 0)


def test_survival_difference_by_hand() -> None:
    data = follow_up([1, 2, 3, 4, 1, 2, 3, 4], [1, 1, 0, 0, 0, 0, 1, 0])
    result = survival_difference(data, [1, 1, 1, 1, 0, 0, 0, 0], 3)
    assert result.effect == pytest.approx(0.5 - 0.5)
    # by Greenwood's formula: .25 * (1/12 + 1/6) and .25 * 1/2
    assert result.standard_error == pytest.approx(np.sqrt(0.0625 + 0.125))
    assert survival_difference(data, [1, 1, 1, 1, 0, 0, 0, 0], 9).status == "not_evaluable"


def test_numbers_at_risk_with_late_entries() -> None:
    assert at_risk([5, 5, 8], [0, 2, 3, 6], entry=[0, 2, 4]) == [1, 1, 2, 1]
