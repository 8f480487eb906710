"""Restricted means beside R's survmean, and their differences by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.rmst import longest_horizon, rmst, rmst_difference, rmst_ratio

CASES = {"plain": {}, "truncated": {"entry": "entry"}, "weighted": {"weight": "weight"}}


@pytest.mark.parametrize("case", CASES)
def test_equals_survmean(case: str) -> None:
    frame, expected = pd.read_csv(recorded_r.data("survival.csv")), recorded_r.recorded("survival")[case]
    data = follow_up(frame["time"], frame["event"], **{key: frame[name] for key, name in CASES[case].items()})
    result = rmst(data, 20)
    assert (result.mean, result.standard_error) == pytest.approx(
        (expected["rmst"], expected["rmst_se"]), rel=1e-6
    )


def test_mean_of_uncensored_times_is_their_mean_cut_at_the_horizon() -> None:
    result = rmst(follow_up([1, 2, 3, 4], [1, 1, 1, 1]), 3.5)
    assert result.mean == pytest.approx((1 + 2 + 3 + 3.5) / 4)


def test_difference_and_ratio_are_of_the_two_arms() -> None:
    frame = pd.read_csv(recorded_r.data("survival.csv"))
    data = follow_up(frame["time"], frame["event"])
    arms = [rmst(follow_up(part["time"], part["event"]), 20) for _, part in frame.groupby("arm")]
    result = rmst_difference(data, frame["arm"] == 1, 20)
    assert result.effect == pytest.approx(arms[1].mean - arms[0].mean)
    assert result.standard_error == pytest.approx(math.hypot(*(arm.standard_error for arm in arms)))
    ratio = rmst_ratio(data, frame["arm"], 20)
    assert ratio.effect == pytest.approx(arms[1].mean / arms[0].mean)
    assert ratio.standard_error == pytest.approx(math.hypot(*(arm.standard_error / arm.mean for arm in arms)))


def test_no_horizon_beyond_the_follow_up_of_an_arm() -> None:
    data = follow_up([1, 2, 6, 1, 2, 4], [1, 1, 0, 1, 1, 0])
    group = [1, 1, 1, 0, 0, 0]
    assert longest_horizon(data, group) == 4
    assert rmst_difference(data, group, 4).status == "ok"
    late = rmst_difference(data, group, 5)
    assert late.status == "not_evaluable" and "horizon" in late.reason and late.effect is None
    assert rmst_ratio(data, group, 5).status == "not_evaluable"


def test_a_curve_that_has_reached_0_is_known_beyond() -> None:
    assert rmst(follow_up([1, 2], [1, 1]), 10).mean == pytest.approx(1.5)


def test_an_empty_group_and_a_horizon_of_0_are_not_evaluable() -> None:
    data = follow_up([1, 2], [1, 1])
    assert rmst_difference(data, [1, 1], 1).reason == "a group is empty"
    assert rmst(data, 0).status == "not_evaluable"
