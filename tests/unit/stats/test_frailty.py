"""Cox's model with gamma frailties of the centre against R's coxph with frailty()."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.frailty import fit_frailty

ANSWER = recorded_r.recorded("random_centre")
TRIAL = pd.read_csv(recorded_r.data("random_centre.csv"))
X = TRIAL[["arm", "marker"]].to_numpy(float)


def followed(**further):
    return follow_up(TRIAL.time, TRIAL.event, **further)


@pytest.mark.parametrize(("name", "strata"), [("fixed", None), ("strata", TRIAL.stage)])
def test_equals_coxph_at_a_given_variance(name, strata):
    fit, wanted = fit_frailty(followed(strata=strata), X, TRIAL.site, variance=0.3), ANSWER[name]
    assert fit.coefficients == approx(np.array(wanted["coefficients"]), rel=1e-6)
    assert fit.covariance == approx(np.array(wanted["covariance"]), rel=1e-6)
    assert fit.frailties.mean() == approx(1, rel=1e-9)


def test_the_variance_of_the_highest_likelihood():
    """R's outer search stops at 1e-4 of the variance; ours goes on, to a likelihood that is no lower."""
    fit, wanted = fit_frailty(followed(), X, TRIAL.site), ANSWER["em"]
    assert fit.variance == approx(wanted["variance"], rel=5e-4)
    assert fit.coefficients == approx(np.array(wanted["coefficients"]), rel=1e-4)
    assert np.sqrt(np.diag(fit.covariance)) == approx(np.sqrt(np.diag(wanted["covariance"])), rel=1e-4)
    assert fit.log_likelihood == approx(wanted["log_likelihood"], rel=1e-9)
    assert fit.log_likelihood >= wanted["log_likelihood"]
    found = fit.estimate(0)
    assert (found.method, found.effect_kind, found.n) == ("cox_gamma_frailty", "hazard_ratio", 300)


def test_centres_that_are_alike_leave_coxs_model():
    alike = np.arange(len(TRIAL)) % 10
    fit, plain = fit_frailty(followed(), X, alike), fit_cox(followed(), X)
    assert fit.variance == approx(0, abs=0.05)
    assert fit.coefficients == approx(plain.coefficients, rel=0.05)
    few = fit_frailty(followed(), X, alike, variance=1e-7)
    assert few.coefficients == approx(plain.coefficients, rel=1e-5)
    assert few.log_likelihood == approx(plain.log_likelihood, rel=1e-6)


def test_what_cannot_be_fitted_says_why():
    constant = fit_frailty(followed(), np.ones(len(TRIAL)), TRIAL.site).estimate(0)
    assert (constant.status, constant.effect) == ("not_evaluable", None)
    with pytest.raises(ValueError, match="two groups"):
        fit_frailty(followed(), X, np.zeros(len(TRIAL)))
    with pytest.raises(ValueError, match="late entry"):
        fit_frailty(followed(entry=TRIAL.time / 2), X, TRIAL.site)
