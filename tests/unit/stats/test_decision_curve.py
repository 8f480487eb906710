"""Net benefit against R, by hand, and against what it must be."""

import numpy as np
import pandas as pd
import pytest
import recorded_r

from wes_biomarkers.stats.decision_curve import decision_curve, survival_decision_curve

R = recorded_r.recorded("decision_power")
TABLE = pd.read_csv(recorded_r.data("signature.csv"))
RISK = 1 / (1 + np.exp(0.3 - 0.9 * TABLE["x1"]))


def test_binary_equals_r():
    found = decision_curve(RISK, TABLE["response"], R["thresholds"])
    np.testing.assert_allclose(found.net_benefit, R["binary"], rtol=1e-9)
    np.testing.assert_allclose(found.treat_all, R["binary_all"], rtol=1e-9)
    assert found.n_event == TABLE["response"].sum()


def test_survival_equals_r():
    found = survival_decision_curve(RISK, TABLE["time"], TABLE["event"], R["horizon"], R["thresholds"])
    np.testing.assert_allclose(found.net_benefit, R["survival"], rtol=1e-9)
    np.testing.assert_allclose(found.treat_all, R["survival_all"], rtol=1e-9)


def test_without_censoring_survival_is_binary():
    time = np.arange(1.0, 101)
    risk = np.linspace(0.95, 0.05, 100)
    cuts = np.arange(0.05, 0.95, 0.05)
    survival = survival_decision_curve(risk, time, np.ones(100, bool), 40, cuts)
    binary = decision_curve(risk, time <= 40, cuts)
    np.testing.assert_allclose(survival.net_benefit, binary.net_benefit, atol=1e-12)
    np.testing.assert_allclose(survival.treat_all, binary.treat_all, atol=1e-12)


def test_counted_by_hand():
    """10 patients; at 20 % 4 are acted on, of whom 3 have the event: 3/10 - 1/10 * .25."""
    risk = [0.9, 0.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    event = [1, 1, 0, 1, 1, 0, 0, 0, 0, 0]
    found = decision_curve(risk, event, [0.2])
    assert found.net_benefit[0] == pytest.approx(0.275)
    assert found.treat_all[0] == pytest.approx(0.4 - 0.6 * 0.25)
    assert found.n_acted.tolist() == [4]
    assert found.avoided[0] == pytest.approx(100 * (0.275 - 0.25) / 0.25)


def test_what_cannot_be_judged_says_why():
    nobody = decision_curve([0.2, 0.4], [0, 0], [0.1])
    assert (nobody.status, nobody.reason) == ("not_evaluable", "nobody has the event")
    assert np.isnan(nobody.net_benefit).all()
    short = survival_decision_curve([0.2, 0.4, 0.3], [1, 2, 3], [1, 0, 0], 12, [0.1])
    assert short.reason == "nobody is followed to the horizon"
    part = survival_decision_curve([0.2, 0.9, 0.3], [13, 2, 13], [0, 0, 1], 12, [0.5])
    assert part.status == "not_evaluable" and part.reason == "nobody has the event"
    part = survival_decision_curve([0.2, 0.9, 0.3], [13, 2, 5], [0, 0, 1], 12, [0.1, 0.5])
    assert np.isfinite(part.net_benefit[0]) and np.isnan(part.net_benefit[1])


@pytest.mark.parametrize(
    ("risk", "event", "cuts"),
    [([], [], [0.1]), ([1.2], [1], [0.1]), ([np.nan], [1], [0.1]), ([0.5], [1], [0]), ([0.5], [1, 0], [0.1])],
)
def test_broken_arrays_are_refused(risk, event, cuts):
    with pytest.raises(ValueError):
        decision_curve(risk, event, cuts)
