"""Effects in windows and risks by arm: by hand, by R, and what they find when there is something and nothing."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx
from scipy.stats import norm

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.predictiveness import binary_risk, predictiveness, survival_risk
from wes_biomarkers.stats.sliding_window import binary_effect, sliding_window, survival_effect, windows_of


def trial(seed, n, product):
    rng = np.random.default_rng(seed)
    marker, arm = rng.normal(size=n), rng.integers(0, 2, n)
    months = rng.exponential(12 * np.exp(-product * marker * arm))
    return marker, arm, follow_up(np.minimum(months, 24), months <= 24)


def test_windows_by_hand():
    assert windows_of([5, 1, 2, 3, 4, 6, 7], 3, 2) == [(1, 3), (3, 5), (5, 7)]
    assert windows_of([1, 2, 3, 4], 3, 5) == [(1, 3), (2, 4)]
    assert windows_of([1, 1, 1, 2], 2, 1) == [(1, 1), (1, 2)]
    with pytest.raises(ValueError, match="size"):
        windows_of([1, 2], 3, 1)


def test_planted_interaction_is_seen():
    marker, arm, data = trial(106, 300, -0.9)
    found = sliding_window(survival_effect(data, arm), marker, arm, size=80, step=40, n_permutation=99)
    effects = [window.estimate.effect for window in found.windows]
    assert effects[0] > 1 > 0.7 > effects[-1]
    assert found.p_value == approx(0.01) and found.n_permutation == 99
    first = marker <= found.windows[0].high
    alone = fit_cox(follow_up(data.time[first], data.event[first]), arm[first]).estimate(0)
    assert found.windows[0].estimate == alone and first.sum() == 80
    assert found.windows[0].centre == approx(np.median(marker[first]))


def test_level_where_the_feature_does_nothing():
    p = []
    for seed in range(107, 167):
        rng = np.random.default_rng(seed)
        marker, arm = rng.normal(size=90), rng.integers(0, 2, 90)
        y = (rng.random(90) < 0.3 + 0.3 * arm).astype(float)
        effect = binary_effect(y, arm)
        p.append(sliding_window(effect, marker, arm, size=45, step=22, n_permutation=19, seed=seed).p_value)
    assert np.mean(np.array(p) <= 0.05) <= 0.17  # 99.9 % binomial limit of .05 in 60


def test_windows_without_an_answer():
    found = sliding_window(binary_effect([1] * 6, [0, 1] * 3), range(6), [0, 1] * 3, size=3, step=1)
    assert found.status == "not_evaluable" and found.p_value is None
    with pytest.raises(ValueError, match="known"):
        sliding_window(binary_effect([0, 1], [0, 1]), [1.0, np.nan], [0, 1], size=1, step=1)


def test_risks_as_r():
    answer = recorded_r.recorded("interaction")
    table = pd.read_csv(recorded_r.data("survival.csv"))
    risk = survival_risk(follow_up(table.time, table.event), table.arm, table.marker, 12.0)
    found = risk(np.arange(len(table)), np.array([-0.5, 0.0, 0.8]))
    assert found.ravel() == approx(answer["risk"], rel=1e-6)
    response = pd.read_csv(recorded_r.data("response.csv"))
    found = binary_risk(response.y, response.arm, response.tmb)(
        np.arange(len(response)), np.array([2.0, 8.0])
    )
    assert found.ravel() == approx(answer["binary_risk"], rel=1e-6)


def test_curves_cross_where_treatment_stops_helping():
    marker, arm, data = trial(108, 400, -0.8)
    found = predictiveness(
        survival_risk(data, arm, marker, 12.0), marker, arm, percentiles=[5, 50, 95], n_resample=60
    )
    assert found.reduction[0] < 0 < found.reduction[2] and found.share_without_benefit in (1 / 3, 2 / 3)
    assert (found.ci_low < found.risk).all() and (found.risk < found.ci_high).all()
    assert (found.reduction_low < found.reduction).all() and found.n_resample == 60
    # treated at 12 months of a mean of 12, at the percentiles of all such patients, not of these
    truth = 1 - np.exp(-np.exp(-0.8 * norm.ppf([0.05, 0.5, 0.95])))
    assert found.risk[1] == approx(truth, abs=0.1)


def test_no_risk_beyond_follow_up_or_without_a_fit():
    marker, arm, data = trial(109, 60, 0.0)
    found = predictiveness(survival_risk(data, arm, marker, 99.0), marker, arm, n_resample=0)
    assert (
        found.status == "not_evaluable" and np.isnan(found.risk).all() and found.share_without_benefit is None
    )
    alike = predictiveness(binary_risk(np.ones(60), arm, marker), marker, arm, n_resample=0)
    assert alike.status == "not_evaluable"
    with pytest.raises(ValueError, match="strata"):
        survival_risk(follow_up([1, 2], [1, 1], strata=[0, 1]), [0, 1], [0, 1], 1.0)
