"""Cox models beside R's coxph, and what has no estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.support import recorded_r
from wes_biomarkers.stats.cox import CoxFit, fit_cox
from wes_biomarkers.stats.estimate import FollowUp, follow_up

CASES = {
    "plain": {},
    "strata": {"strata": "centre"},
    "truncated": {"entry": "entry"},
    "weighted": {"weight": "weight"},
    "clustered": {"cluster": "cluster"},
    "all": {"strata": "centre", "entry": "entry", "weight": "weight", "cluster": "cluster"},
}
X = ["age", "marker", "mutated"]


def table() -> pd.DataFrame:
    return pd.read_csv(recorded_r.data("survival.csv"))


def data_of(frame: pd.DataFrame, **columns: str) -> FollowUp:
    return follow_up(frame["time"], frame["event"], **{key: frame[name] for key, name in columns.items()})


def fitted(case: str) -> CoxFit:
    frame = table()
    return fit_cox(data_of(frame, **CASES[case]), frame[X])


@pytest.mark.parametrize("case", CASES)
def test_equals_coxph(case: str) -> None:
    fit, expected = fitted(case), recorded_r.recorded("cox")[case]
    assert fit.coefficients == pytest.approx(expected["coef"], rel=1e-6)
    assert fit.covariance == pytest.approx(np.array(expected["var"]), rel=1e-6)
    assert np.linalg.inv(fit.information) == pytest.approx(np.array(expected["naive"]), rel=1e-6)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(expected["loglik"], rel=1e-9)
    assert (fit.n, fit.n_event) == (expected["n"], expected["nevent"])
    score, ratio, wald = fit.score_test(), fit.likelihood_ratio_test(), fit.wald_test()
    assert score and ratio and wald
    assert (score.statistic, score.p_value) == pytest.approx(
        (expected["score"], expected["score_p"]), rel=1e-6
    )
    assert ratio.p_value == pytest.approx(expected["lr_p"], rel=1e-6)
    assert wald.statistic == pytest.approx(expected["wald"], rel=1e-6)
    for index in range(3):
        estimate = fit.estimate(index)
        assert estimate.status == "ok"
        assert (estimate.ci_low, estimate.ci_high) == pytest.approx(
            (expected["low"][index], expected["high"][index]), rel=1e-6
        )
        assert estimate.p_value == pytest.approx(expected["p"][index], rel=1e-6)


def test_ridge_equals_coxph() -> None:
    frame, expected = table(), recorded_r.recorded("cox")["ridge"]
    fit = fit_cox(data_of(frame), frame[X], ridge=7)
    assert fit.coefficients == pytest.approx(expected["coef"], rel=1e-6)
    assert fit.covariance == pytest.approx(np.array(expected["var"]), rel=1e-6)


def test_a_monotone_likelihood_is_separation() -> None:
    time, event = np.arange(1.0, 21), np.ones(20, bool)
    early = (time <= 5).astype(float)
    noise = np.random.default_rng(1).normal(size=20)
    fit = fit_cox(follow_up(time, event), np.column_stack([early, noise]))
    assert fit.flags == ("separation",) and fit.status == "not_evaluable"
    assert fit.estimate(0).flags == ("separation",) and fit.estimate(0).effect is None
    assert fit.estimate(1).status == "ok" and fit.estimate(1).flags == ()


def test_a_constant_and_a_repeated_column_have_no_coefficient_and_leave_the_rest_as_it_is() -> None:
    frame = table()
    x = frame[["age", "marker"]].to_numpy()
    data = data_of(frame)
    fit = fit_cox(data, np.column_stack([np.full(len(x), 3.0), x, x @ [2.0, 1.0]]))
    assert fit.reasons[0].startswith("constant") and fit.estimate(0).flags == ("constant_feature",)
    assert fit.reasons[3] == "a combination of the other columns"
    alone = fit_cox(data, x)
    assert fit.coefficients[1:3] == pytest.approx(alone.coefficients, rel=1e-9)
    assert fit.likelihood_ratio_test() == alone.likelihood_ratio_test()


def test_a_column_constant_within_each_stratum_is_constant() -> None:
    frame = table()
    fit = fit_cox(data_of(frame, strata="centre"), frame[["centre"]])
    assert fit.estimate(0).flags == ("constant_feature",)


def test_no_event_is_not_evaluable() -> None:
    fit = fit_cox(follow_up([1, 2, 3], [0, 0, 0]), [[1.0], [2.0], [4.0]])
    assert fit.estimate(0).reason == "no event" and not fit.converged
    assert fit.likelihood_ratio_test() is None


def test_few_events_are_flagged() -> None:
    frame = table().head(30)
    assert "few_events" in fit_cox(data_of(frame), frame[X]).flags


def test_a_patient_of_weight_0_counts_nowhere() -> None:
    frame = table()
    frame["weight"] = np.where(frame.index % 5 == 0, 0.0, frame["weight"])
    fit = fit_cox(data_of(frame, weight="weight"), frame[X])
    kept = frame[frame["weight"] > 0]
    expected = fit_cox(data_of(kept, weight="weight"), kept[X])
    assert fit.coefficients == pytest.approx(expected.coefficients, rel=1e-9) and fit.n == expected.n


def test_a_model_without_covariates_has_a_likelihood() -> None:
    frame = table()
    fit = fit_cox(data_of(frame), np.empty((len(frame), 0)))
    assert fit.log_likelihood == pytest.approx(recorded_r.recorded("cox")["plain"]["loglik"][0], rel=1e-9)


def test_arrays_that_break_the_contract_are_refused() -> None:
    with pytest.raises(ValueError, match="row a patient"):
        fit_cox(follow_up([1, 2], [1, 1]), [[1.0]])
    with pytest.raises(ValueError, match="known throughout"):
        fit_cox(follow_up([1, 2], [1, 1]), [[1.0], [np.nan]])
