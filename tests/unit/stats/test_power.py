"""Power against published examples, R and fitted models."""

import math

import numpy as np
import pandas as pd
import pytest
import recorded_r
from lifelines import CoxPHFitter

from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.power import (
    binary_power,
    detectable_ratio,
    information_cells,
    information_cox,
    information_cox_interaction,
    information_logistic,
    patients_for_proportions,
    power_for,
    required_information,
    survival_power,
)

R = recorded_r.recorded("decision_power")


def test_schoenfeld_example_of_collett():
    """Collett, Modelling Survival Data in Medical Research: log hazard ratio -0.5621, 90 % power: 133 deaths."""
    deaths = required_information(math.exp(-0.5621), power=0.9) / information_cox(1, 0.5)
    assert deaths == pytest.approx(133.0, abs=0.05)


def test_hsieh_and_lavori_myeloma_example():
    """2000: sd 0.3126, log hazard ratio 1, one-sided 5 %, 80 % power: 64 deaths; more by 1 / (1 - R squared).

    With R squared 0.1837, 73.8 % dying and 80.6 % power it is 107 patients, the example of R's powerSurvEpi too.
    """
    needed = required_information(math.e, power=0.8, alpha=0.1)
    assert math.ceil(needed / information_cox(1, 0.3126)) == 64
    assert math.ceil(needed / information_cox(1, 0.3126, 0.1837)) == 78
    more = required_information(math.e, power=0.806, alpha=0.1)
    assert math.ceil(more / information_cox(0.738, 0.3126, 0.1837)) == 107


def test_hsieh_bloch_and_larsen_example():
    """1998: half respond at the mean, odds ratio 1.5 a standard deviation, 95 % power: 317 patients."""
    patients = required_information(1.5, power=0.95) / information_logistic(1, 0.5, 1)
    assert math.ceil(patients) == 317


def test_peterson_and_george_interaction_needs_four_times_the_events():
    ratio = information_cox(100, 0.5) / information_cox_interaction(100, 0.5, 0.5)
    assert ratio == pytest.approx(4)
    assert information_cells([25] * 4) == pytest.approx(information_cox_interaction(100, 0.5, 0.5))
    q, p = 0.3, 0.6
    cells = [100 * a * b for a in (q, 1 - q) for b in (p, 1 - p)]
    assert information_cells(cells) == pytest.approx(
        information_cox_interaction(100, math.sqrt(q * (1 - q)), p)
    )


@pytest.mark.parametrize(("power", "name"), [(0.8, "patients_80"), (0.95, "patients_95")])
def test_two_proportions_equal_r(power, name):
    assert patients_for_proportions(0.4, 0.5, 0.5, power) == pytest.approx(R[name], rel=1e-4)


def test_power_and_detectable_ratio_are_inverse():
    for information in (3.0, 20.0, 200.0):
        ratio = detectable_ratio(information, 0.9)
        assert power_for(ratio, information) == pytest.approx(0.9)
        assert power_for(1 / ratio, information) == pytest.approx(0.9)
        assert required_information(ratio, 0.9) == pytest.approx(information)
    assert power_for(1, 50) == pytest.approx(0.025)
    assert detectable_ratio(0) == math.inf
    for bad in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="above 0"):
            power_for(bad, 10)
    with pytest.raises(ValueError, match="ratio of 1"):
        required_information(1)
    with pytest.raises(ValueError, match="differ"):
        patients_for_proportions(0.4, 0.4, 0.5)


def cohort(n=3000):
    random = np.random.default_rng(4)
    age = random.normal(size=n)
    feature = 0.6 * age + random.normal(size=n)
    arm = (random.random(n) < 0.4).astype(float)
    time, last = random.exponential(size=n), random.uniform(0.2, 2, n)
    return age, feature, arm, np.minimum(time, last), time <= last


def test_information_is_that_of_a_fitted_cox_model():
    """Without effects 1 / variance of the fitted coefficient is the information, interaction and covariate included."""
    age, feature, arm, time, event = cohort()
    data = follow_up(time, event)
    frame = pd.DataFrame({"time": time, "event": event, "feature": feature, "age": age})
    fitted = CoxPHFitter().fit(frame, "time", "event").standard_errors_["feature"] ** -2
    assert survival_power(data, feature, 1.2, covariates=age).information == pytest.approx(fitted, rel=0.05)
    frame["arm"], frame["term"] = arm, arm * feature
    fitted = CoxPHFitter().fit(frame, "time", "event").standard_errors_["term"] ** -2
    found = survival_power(data, feature, 1.2, treatment=arm, covariates=age)
    assert found.information == pytest.approx(fitted, rel=0.05)
    assert (found.question, found.effect_kind, found.n_event) == (
        "predictive",
        "ratio_of_hazard_ratios",
        event.sum(),
    )
    assert found.power == pytest.approx(power_for(1.2, found.information))


def test_information_is_that_of_a_fitted_logistic_model():
    from statsmodels.api import Logit, add_constant

    age, feature, arm, time, _ = cohort()
    y = time > 0.4
    design = add_constant(np.column_stack([feature, age, arm, arm * feature]))
    fitted = Logit(y.astype(float), design).fit(disp=0).bse[-1] ** -2
    found = binary_power(y, feature, 1.5, treatment=arm, covariates=age)
    assert found.information == pytest.approx(fitted, rel=0.05)
    assert 0 < found.r_squared < 0.2
    assert binary_power(y, feature, 1.5, covariates=age).r_squared == pytest.approx(
        np.corrcoef(age, feature)[0, 1] ** 2, abs=1e-9
    )


def test_a_feature_in_groups_is_schoenfeld():
    event = np.tile([True, True, False, True], 25)
    group = np.repeat([0.0, 1.0], 50)
    found = survival_power(follow_up(np.arange(1, 101), event), group, 2.0)
    assert found.information == pytest.approx(75 / 4)
    assert found.detectable == pytest.approx(detectable_ratio(75 / 4))


def test_what_has_no_power_says_why():
    data = follow_up([1, 2, 3, 4], [0, 0, 0, 0])
    assert survival_power(data, [0, 1, 0, 1], 2).reason == "no event"
    data = follow_up([1, 2, 3, 4], [1, 1, 0, 1])
    constant = survival_power(data, [1, 1, 1, 1], 2)
    assert (constant.status, constant.power, constant.detectable) == ("not_evaluable", None, None)
    assert survival_power(data, [0, 1, 0, 1], 2, covariates=[0, 2, 0, 2]).status == "not_evaluable"
    one_arm = survival_power(data, [0, 1, 0, 1], 2, treatment=[1, 1, 1, 1])
    assert one_arm.reason == "the term does not vary, or others explain it wholly"
    assert binary_power([1, 1, 1], [0, 1, 2], 2).status == "not_evaluable"
    with pytest.raises(ValueError, match="treatment 0 or 1"):
        survival_power(data, [0, 1, 0, 1], 2, treatment=[0, 1, 2, 0])
    with pytest.raises(ValueError, match="one value"):
        survival_power(data, [0, 1], 2)
