"""The test of proportional hazards beside R's cox.zph."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.cox_residuals import proportional_hazards_test
from wes_biomarkers.stats.estimate import follow_up


@pytest.mark.parametrize("transform", ["km", "identity"])
@pytest.mark.parametrize("case", ["plain", "all", "terms"])
def test_equals_cox_zph(case: str, transform: str) -> None:
    frame, expected = (
        pd.read_csv(recorded_r.data("survival.csv")),
        recorded_r.recorded("proportional_hazards"),
    )
    columns = (
        {"entry": "entry", "strata": "centre", "weight": "weight", "cluster": "cluster"}
        if case == "all"
        else {}
    )
    data = follow_up(frame["time"], frame["event"], **{key: frame[name] for key, name in columns.items()})
    x, terms = frame[["age", "marker", "mutated"]].to_numpy(float), None
    if case == "terms":
        x = np.column_stack([frame["marker"], frame["group"] == 1, frame["group"] == 2]).astype(float)
        terms = [[0], [1, 2]]
    fit = fit_cox(data, x)
    result, theirs = (
        proportional_hazards_test(data, x, fit, transform=transform, terms=terms),
        expected[case][transform],
    )
    assert [*result.statistic, result.global_statistic] == pytest.approx(theirs["chisq"], rel=1e-6)
    assert [*result.p_value, result.global_p] == pytest.approx(theirs["p"], rel=1e-6)
    assert [*result.degrees, result.global_degrees] == theirs["df"]


def test_a_column_without_coefficient_has_no_test_and_leaves_the_others_as_they_are() -> None:
    frame = pd.read_csv(recorded_r.data("survival.csv"))
    data = follow_up(frame["time"], frame["event"])
    x = frame[["age", "marker", "mutated"]].assign(same=1.0)
    result = proportional_hazards_test(data, x, fit_cox(data, x))
    expected = recorded_r.recorded("proportional_hazards")["plain"]["km"]
    assert result.statistic[:3] == pytest.approx(expected["chisq"][:3], rel=1e-6)
    assert np.isnan(result.p_value[3]) and result.global_degrees == 3


def test_no_event_and_one_event_time_are_not_evaluable() -> None:
    for event in ([0, 0, 0, 0], [0, 1, 0, 0]):
        data, x = follow_up([1, 2, 3, 4], event), [[1.0], [3.0], [2.0], [5.0]]
        result = proportional_hazards_test(data, x, fit_cox(data, x))
        assert result.status == "not_evaluable" and result.reason and np.isnan(result.global_p)


def test_an_unknown_transform_is_refused() -> None:
    data, x = follow_up([1, 2], [1, 1]), [[1.0], [2.0]]
    with pytest.raises(ValueError, match="transform"):
        proportional_hazards_test(data, x, fit_cox(data, x), transform="log")
