"""Firth's likelihood beside its maximisation in R, and the lasso beside glmnet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import FollowUp, follow_up
from wes_biomarkers.stats.penalised_cox import lasso_cox

EXPECTED = recorded_r.recorded("penalised_cox")
FEATURES = ["age", "marker", "mutated", "arm", "weight", "centre"]


def table() -> pd.DataFrame:
    return pd.read_csv(recorded_r.data("survival.csv"))


def separated() -> tuple[FollowUp, np.ndarray]:
    time = np.arange(1.0, 21)
    return follow_up(time, np.ones(20)), np.column_stack([time <= 5, np.tile([0, 1, 1, 0], 5)]).astype(float)


def few() -> tuple[FollowUp, np.ndarray]:
    frame = table().head(30)
    data = follow_up(frame["time"], frame["event"], entry=frame["entry"], strata=frame["arm"])
    return data, frame[["marker", "mutated"]].to_numpy(float)


@pytest.mark.parametrize("case, given", [("few", few()), ("separated", separated())])
def test_firth_equals_the_maximum_found_in_r(case: str, given: tuple[FollowUp, np.ndarray]) -> None:
    fit, expected = fit_cox(*given, firth=True), EXPECTED[case]
    assert fit.coefficients == pytest.approx(expected["coef"], rel=1e-6)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(expected["loglik"], rel=1e-8)
    assert fit.profile is not None
    for index in range(2):
        estimate = fit.estimate(index)
        assert estimate.method == "cox_firth" and "firth" in estimate.flags and estimate.status == "ok"
        assert np.log([estimate.ci_low, estimate.ci_high]) == pytest.approx(
            [expected["low"][index], expected["high"][index]], rel=1e-6
        )
        assert estimate.p_value == pytest.approx(expected["p"][index], rel=1e-6)


def test_firth_is_not_robust_over_clusters() -> None:
    frame = table()
    fit = fit_cox(
        follow_up(frame["time"], frame["event"], cluster=frame["cluster"]), frame[["age"]], firth=True
    )
    assert fit.status == "not_evaluable" and "robust" in fit.reason


def test_firth_without_events_or_columns_says_so() -> None:
    assert fit_cox(follow_up([1, 2], [0, 0]), [[1.0], [2.0]], firth=True).reason == "no event"
    fit = fit_cox(follow_up([1, 2, 3], [1, 0, 1]), [[1.0], [1.0], [1.0]], firth=True)
    assert fit.estimate(0).flags == ("constant_feature", "few_events", "firth")


def test_ridge_and_firth_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="exclude"):
        fit_cox(follow_up([1, 2], [1, 1]), [[1.0], [2.0]], firth=True, ridge=1)


@pytest.mark.parametrize("case, mixing", [("lasso", 1.0), ("elastic", 0.5)])
def test_lasso_equals_glmnet(case: str, mixing: float) -> None:
    frame = table()
    path = lasso_cox(
        follow_up(frame["time"], frame["event"]), frame[FEATURES], penalties=EXPECTED["lambda"], mixing=mixing
    )
    assert path.penalties == pytest.approx(EXPECTED["lambda"])
    assert path.coefficients == pytest.approx(np.array(EXPECTED[case]), rel=1e-6, abs=1e-9)
    assert (path.coefficients == 0).any()


def test_lasso_refuses_what_it_would_ignore() -> None:
    frame = table()
    with pytest.raises(ValueError, match="strata"):
        lasso_cox(follow_up(frame["time"], frame["event"], strata=frame["centre"]), frame[FEATURES])
