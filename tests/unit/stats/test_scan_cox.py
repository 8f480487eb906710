"""The scan beside a loop of R's coxph and of fit_cox, and the score statistics of permutations by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from tests.support import recorded_r
from wes_biomarkers.stats import scan_cox as module
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import FollowUp, follow_up
from wes_biomarkers.stats.scan_cox import cox_score_null, cox_score_statistics, scan_cox

ALL = {"entry": "entry", "strata": "centre", "weight": "weight"}


def table() -> pd.DataFrame:
    return pd.concat(
        [pd.read_csv(recorded_r.data(f"{name}.csv")) for name in ("survival", "survival_features")], axis=1
    )


def data_of(frame: pd.DataFrame, columns: dict[str, str]) -> FollowUp:
    return follow_up(frame["time"], frame["event"], **{key: frame[name] for key, name in columns.items()})


@pytest.mark.parametrize("case, columns", [("plain", {}), ("all", ALL)])
@pytest.mark.parametrize("chunk", [1, 10_000])
def test_equals_a_loop_of_coxph(
    case: str, columns: dict[str, str], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", chunk)
    frame, expected = table(), pd.DataFrame(recorded_r.recorded("scan_cox")[case])
    scan = scan_cox(data_of(frame, columns), frame.filter(regex=r"^f\d"), frame[["age", "marker"]])
    assert scan.coefficients == pytest.approx(expected["coef"], rel=1e-6)
    assert scan.standard_errors == pytest.approx(expected["se"], rel=1e-6)
    assert scan.p_likelihood_ratio == pytest.approx(chi2.sf(expected["lr"], 1), rel=1e-6)
    assert scan.p_score == pytest.approx(chi2.sf(expected["score"], 1), rel=1e-6)
    assert scan.p_wald == pytest.approx(chi2.sf((expected["coef"] / expected["se"]) ** 2, 1), rel=1e-6)
    assert scan.n.tolist() == expected["n"].tolist() and scan.n_event.tolist() == expected["nevent"].tolist()


def test_equals_fit_cox_without_covariates_and_says_why_a_feature_has_no_estimate() -> None:
    frame = table()
    rng = np.random.default_rng(3)
    x = rng.normal(size=(120, 7))
    x[:, 1] = 4.2  # constant
    x[:, 2] = np.nan  # unknown
    x[:, 3] = -frame["time"]  # separates
    x[frame["event"] == 1, 4] = np.nan  # nobody with the feature has an event
    x[:, 5] = np.where(rng.random(120) < 0.9, np.nan, x[:, 5])
    scan = scan_cox(data_of(frame, {}), x)
    starts = ["", "constant", "constant", "the likelihood rises", "no event", "", ""]
    assert all(
        why.startswith(start) and bool(why) == bool(start)
        for why, start in zip(scan.reason, starts, strict=True)
    )
    assert np.isnan(scan.coefficients).tolist() == [bool(start) for start in starts]
    assert scan.flags[[1, 3]].tolist() == ["constant_feature", "separation"] and scan.p_score[3] < 1e-6
    for index in (0, 5, 6):
        known = ~np.isnan(x[:, index])
        one = fit_cox(data_of(frame[known], {}), x[known, index])
        ours, theirs = scan.estimate(index), one.estimate(0)
        assert (ours.effect, ours.ci_low, ours.p_value, ours.n, ours.n_event, ours.flags) == (
            pytest.approx(theirs.effect, rel=1e-7), pytest.approx(theirs.ci_low, rel=1e-7),
            pytest.approx(theirs.p_value, rel=1e-6), theirs.n, theirs.n_event, theirs.flags,
        )  # fmt: skip
        test = one.likelihood_ratio_test()
        assert test and scan.p_likelihood_ratio[index] == pytest.approx(test.p_value, rel=1e-6)
    assert scan.estimate(1).status == "not_evaluable" and scan.estimate(1).effect is None


def test_a_feature_explained_by_the_covariates_and_a_repeated_covariate() -> None:
    frame = table()
    covariates = frame[["age", "marker"]].assign(again=2 * frame["age"] + 1)
    features = np.column_stack([frame["age"] + frame["marker"], frame["f1"]])
    scan = scan_cox(data_of(frame, {}), features, covariates)
    assert scan.reason.tolist() == ["a combination of the other columns", ""]
    expected = recorded_r.recorded("scan_cox")["plain"][0]
    assert scan.coefficients[1] == pytest.approx(expected["coef"], rel=1e-6)
    assert np.isnan(scan.p_score[0])


def test_a_chunk_of_any_scale_converges() -> None:
    frame = table()
    features = np.outer(frame["f1"], 10.0 ** np.arange(-8, 9)) + 1e6 * np.arange(17)[None]
    scan = scan_cox(data_of(frame, {}), features)
    assert scan.coefficients * 10.0 ** np.arange(-8, 9) == pytest.approx(scan.coefficients[8], rel=1e-3)


def test_no_event_at_all() -> None:
    scan = scan_cox(follow_up([1, 2, 3], [0, 0, 0]), [[1.0], [2.0], [4.0]])
    assert scan.reason.tolist() == ["no event"]


def test_what_a_scan_cannot_do_is_refused() -> None:
    frame = table()
    with pytest.raises(ValueError, match="clusters"):
        scan_cox(data_of(frame, {"cluster": "cluster"}), frame[["f1"]])
    with pytest.raises(ValueError, match="row a patient"):
        scan_cox(data_of(frame, {}), frame["f1"])


def test_score_of_permutations_has_mean_0_and_variance_1_over_all_orders() -> None:
    from itertools import permutations

    data = follow_up([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 1])
    null = cox_score_null(data, [[1.0], [0], [0], [1], [1], [0]])
    feature = np.array([[0.3], [1.0], [-2.0], [0.1], [4.0], [0.0]])
    orders = [np.array(order) for order in permutations(range(6))]
    z = np.concatenate(list(cox_score_statistics(null, feature, orders)))
    assert (z.mean(), z.var()) == (pytest.approx(0, abs=1e-12), pytest.approx(1))
    by_hand = [null.residual[order] @ (feature[:, 0] - feature.mean()) for order in orders]
    assert np.corrcoef(z, by_hand)[0, 1] == pytest.approx(1)


def test_martingale_residuals_are_events_less_expected_and_sum_to_0_within_strata() -> None:
    frame = table()
    null = cox_score_null(data_of(frame, {"strata": "centre"}), frame[["age", "marker"]])
    assert [null.residual[frame["centre"] == code].sum() for code in (1, 2, 3)] == pytest.approx(
        [0] * 3, abs=1e-9
    )
    assert frame[["age", "marker"]].to_numpy().T @ null.residual == pytest.approx([0, 0], abs=1e-5)
    assert (null.residual <= frame["event"]).all()


def test_observed_score_statistic_is_near_that_of_the_scan() -> None:
    frame = table()
    data = data_of(frame, {})
    null, features = cox_score_null(data), frame[["f1", "f2", "f3"]].assign(same=1.0)
    z = next(cox_score_statistics(null, features, [np.arange(120)]))
    scan = scan_cox(data, features)
    assert chi2.sf(z[:3] ** 2, 1) == pytest.approx(scan.p_score[:3], rel=0.25) and np.isnan(z[3])
