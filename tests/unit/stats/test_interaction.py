"""Interactions beside R, and what they may not be mistaken for."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.fine_gray import fit_fine_gray
from wes_biomarkers.stats.interaction import interaction
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.splines import non_linearity, spline_basis, spline_interaction, spline_knots


@pytest.fixture(scope="module")
def survival():
    return pd.read_csv(recorded_r.data("survival.csv"))


@pytest.fixture(scope="module")
def answer():
    return recorded_r.recorded("interaction")


def cox_of(table, **names):
    data = follow_up(table.time, table.event, **{key: table[name] for key, name in names.items()})
    return lambda x: fit_cox(data, x)


def words(column):
    return [f"arm {value}" for value in column]


def test_survival_as_coxph(survival, answer):
    expected = answer["cox"]
    found = interaction(
        cox_of(survival, strata="centre"), survival.marker.to_numpy(), words(survival.arm), "arm 0",
        survival[["age"]].to_numpy(), {"one": 1.0},
    )  # fmt: skip
    test = found.test
    assert (test.method, test.effect_kind) == (
        "cox_efron_interaction_likelihood_ratio",
        "ratio_of_hazard_ratios",
    )
    assert (test.coefficient, test.standard_error) == approx((expected["coef"], expected["se"]), rel=1e-6)
    assert (test.statistic, test.p_value) == approx((expected["statistic"], expected["p"]), rel=1e-6)
    within = {arm: one.coefficient for arm, one in found.within_arm.items()}
    assert within == approx({"arm 0": expected["arm0"], "arm 1": expected["arm1"]}, rel=1e-6)
    assert found.treatment_at["one"]["arm 1"].coefficient == approx(expected["treatment_at_1"], rel=1e-6)


def test_three_arms_are_tested_together(survival, answer):
    arms = words(survival.group)
    found = interaction(
        cox_of(survival), survival.marker.to_numpy(), arms, min(arms), survival[["age"]].to_numpy(), {}
    )
    assert (found.test.statistic, found.test.p_value) == approx(tuple(answer["three"].values()), rel=1e-6)
    assert found.test.effect is None and len(found.within_arm) == 3


def test_clusters_are_tested_by_their_robust_variance(survival, answer):
    fit = cox_of(survival, cluster="cluster")
    x = (survival.marker.to_numpy(), words(survival.arm), "arm 0", survival[["age"]].to_numpy(), {})
    found = interaction(fit, *x, robust=True)
    assert found.test.method.endswith("_wald")
    assert found.test.statistic == approx(answer["robust"]["statistic"], rel=1e-6)
    response = pd.read_csv(recorded_r.data("response.csv"))
    robust = interaction(
        lambda columns: fit_logistic(response.y, columns, cluster=response.site),
        response.tmb.to_numpy(), words(response.arm), "arm 0", response[["age"]].to_numpy(), {}, robust=True,
    ).test  # fmt: skip
    assert robust.statistic == approx((robust.coefficient / robust.standard_error) ** 2)


def test_outcome_as_glm(answer):
    table, expected = pd.read_csv(recorded_r.data("response.csv")), answer["logistic"]
    test = interaction(
        lambda x: fit_logistic(table.y, x, firth=False), table.tmb.to_numpy(), words(table.arm), "arm 0",
        table[["age"]].to_numpy(), {},
    ).test  # fmt: skip
    assert test.effect_kind == "ratio_of_odds_ratios"
    assert (test.statistic, test.p_value, test.coefficient) == approx(tuple(expected.values()), rel=1e-6)


def test_competing_by_wald():
    table = pd.read_csv(recorded_r.data("competing.csv"))
    found = interaction(
        lambda x: fit_fine_gray(table.time, table.state, x), table.x1.to_numpy(), words(table.x2), "arm 0",
        np.empty((len(table), 0)), {},
    ).test  # fmt: skip
    assert found.method == "fine_gray_interaction_wald"
    assert found.statistic == approx((found.coefficient / found.standard_error) ** 2)


def test_firth_by_its_profile(survival):
    small = survival.head(30)
    data = follow_up(small.time, small.event)
    found = interaction(
        lambda x: fit_cox(data, x, firth=True), small.marker.to_numpy(), words(small.arm), "arm 0",
        np.empty((30, 0)), {},
    ).test  # fmt: skip
    x = np.column_stack([small.marker * small.arm, small.marker, small.arm])
    assert found.p_value == fit_cox(data, x, firth=True).estimate(0).p_value
    assert found.method == "cox_firth_interaction_likelihood_ratio"


def test_arms_are_needed(survival):
    with pytest.raises(ValueError, match="two arms"):
        interaction(
            cox_of(survival), survival.marker.to_numpy(), ["a"] * len(survival), "a", np.empty((120, 0)), {}
        )


def test_a_prognostic_marker_is_seldom_called_predictive():
    """A small slice of the null; 99.9 % binomial limit of .05 in 200 is .105."""
    rng = np.random.default_rng(101)
    p = []
    for _ in range(200):
        marker, arm = rng.normal(size=150), rng.integers(0, 2, 150)
        months = rng.exponential(10 * np.exp(-0.7 * marker + 0.4 * arm))
        data = follow_up(np.minimum(months, 20), months <= 20)
        columns = np.empty((150, 0))
        p.append(
            interaction(
                lambda x, data=data: fit_cox(data, x), marker, words(arm), "arm 0", columns, {}
            ).test.p_value
        )
    assert np.mean(np.array(p) <= 0.05) <= 0.105


def test_splines_as_ns(survival, answer):
    knots = spline_knots(survival.marker)
    assert knots == approx(np.quantile(survival.marker, [0.05, 0.35, 0.65, 0.95]))
    found = non_linearity(cox_of(survival), survival.marker.to_numpy(), survival[["age"]].to_numpy())
    assert found.method == "cox_efron_spline_likelihood_ratio"
    assert (found.statistic, found.p_value) == approx(tuple(answer["spline"].values()), rel=1e-5)


def test_spline_is_straight_outside_the_knots_and_smooth_at_them():
    knots = [0.0, 1.0, 3.0, 4.0]
    outside = spline_basis([-3, -2, -1, 5, 6, 7], knots)
    assert outside[:3, 1:] == approx(0)
    assert np.diff(outside[3:], n=2, axis=0) == approx(0, abs=1e-9)
    step = 1e-4
    for knot in knots:
        left, right = (spline_basis(knot + sign * np.array([0, 1, 2]) * step, knots) for sign in (-1, 1))
        curvature = [np.diff(side, n=2, axis=0) / step**2 for side in (left, right)]
        assert curvature[0] == approx(curvature[1], abs=1e-2)
    with pytest.raises(ValueError, match="3 distinct"):
        spline_basis([1, 2], [0, 1])
    with pytest.raises(ValueError, match="3, 4 or 5"):
        spline_knots([1, 2], 7)


def test_curved_interaction_is_seen_by_the_spline_alone():
    rng = np.random.default_rng(102)
    marker, arm = rng.normal(size=500), rng.integers(0, 2, 500)
    y = (rng.random(500) < 1 / (1 + np.exp(-arm * 1.5 * (marker**2 - 1)))).astype(float)
    none = np.empty((500, 0))

    def fit(x):
        return fit_logistic(y, x)

    assert spline_interaction(fit, marker, arm, none).p_value < 1e-4
    assert interaction(fit, marker, words(arm), "arm 0", none, {}).test.p_value > 0.01
    assert spline_interaction(fit, np.sign(marker), arm, none).status == "not_evaluable"


def test_the_page_runs(capsys):
    page = Path(__file__).resolve().parents[3] / "docs" / "prediction-of-benefit.md"
    exec(re.search(r"```python\n(.*?)```", page.read_text(), re.DOTALL).group(1), {})
    ratio, p_value = map(float, capsys.readouterr().out.splitlines()[0].split())
    assert 0.3 < ratio < 0.8 and p_value < 0.001
