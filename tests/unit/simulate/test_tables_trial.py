"""Trials simulated as arrays: what is planted is what other programs find, and chance is as declared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.tables.allocation import in_blocks
from wes_biomarkers.simulate.tables.genes import GENES
from wes_biomarkers.simulate.tables.parameters import (
    Effects,
    PopulationParameters,
    ResponseParameters,
    SurvivalParameters,
    TableParameters,
    without_effects,
)
from wes_biomarkers.simulate.tables.survival import event_months, positive_stable
from wes_biomarkers.simulate.tables.terms import BIOMARKER_SCALES, COVARIATE_SCALES, linear_predictor
from wes_biomarkers.simulate.tables.trial import simulate_trial

#: Neither centres, so that plain models are right, nor response that waits for follow-up.
PLAIN = TableParameters(
    n_patient=20_000,
    seed=3,
    population=PopulationParameters(site_sd=0.0),
    response=ResponseParameters(needs_follow_up=False),
)


@pytest.fixture(scope="module")
def large():
    return simulate_trial(PLAIN)


@pytest.fixture(scope="module")
def null():
    parameters = replace(without_effects(PLAIN), response=ResponseParameters(effects=Effects()))
    return simulate_trial(parameters)


def design(trial, effects, treated=True):
    """Columns of the model that the effects declare, and their true sizes, for the allocated."""
    columns = {name: trial.terms[name] for name in {*effects.main, *effects.interaction}}
    truth = dict.fromkeys(columns, 0.0) | dict(effects.main)
    if treated:
        arm = trial.allocation.received.astype(float)
        columns["treatment"], truth["treatment"] = arm, effects.treatment
        for name, effect in effects.interaction.items():
            columns[f"{name} x treatment"] = trial.terms[name] * arm
            truth[f"{name} x treatment"] = effect
    return pd.DataFrame(columns), pd.Series(truth)


def within_error(estimate, error, truth, limit=3.9):
    """Whether each estimate lies within its error of the truth; 3.9 standard errors: 1 in 10,000."""
    z = (estimate - truth[estimate.index]) / error
    assert (z.abs() < limit).all(), z.to_dict()


@pytest.mark.parametrize("endpoint", ["overall_survival", "progression_free_survival"])
def test_planted_hazard_ratios_are_found_by_lifelines(large, endpoint):
    from lifelines import CoxPHFitter

    months, event = getattr(large, endpoint)()
    x, truth = design(large, PLAIN.survival.effects)
    who = large.allocation.allocated
    data = x[who].assign(months=months[who], event=event[who])
    fit = CoxPHFitter().fit(data, "months", "event")
    within_error(fit.params_, fit.standard_errors_, truth)
    assert abs(truth).max() > 10 * fit.standard_errors_.max()


def test_planted_odds_ratios_are_found_by_statsmodels(large):
    import statsmodels.api as sm

    who = large.allocation.allocated
    for outcome, rows, effects, treated, share in (
        (
            large.allocation.responded,
            slice(None),
            PLAIN.induction.effects,
            False,
            PLAIN.induction.responder_share,
        ),
        (large.response.confirmed, who, PLAIN.response.effects, True, PLAIN.response.share),
    ):
        x, truth = design(large, effects, treated)
        truth["const"] = np.log(share / (1 - share))
        fit = sm.Logit(outcome[rows].astype(float), sm.add_constant(x[rows])).fit(disp=0)
        within_error(fit.params, fit.bse, truth)


def test_planted_preference_is_found_by_statsmodels(large):
    import statsmodels.api as sm

    allocation = large.allocation
    chose = allocation.allocated & ~allocation.randomized
    x = pd.DataFrame({name: large.terms[name] for name in PLAIN.allocation.preference})
    fit = sm.Logit(allocation.assigned[chose].astype(float), sm.add_constant(x[chose])).fit(disp=0)
    within_error(fit.params, fit.bse, pd.Series({"const": 0.0} | dict(PLAIN.allocation.preference)))
    drawn = allocation.allocated & allocation.randomized
    null = sm.Logit(allocation.assigned[drawn].astype(float), sm.add_constant(x[drawn])).fit(disp=0)
    within_error(null.params, null.bse, pd.Series(dict.fromkeys(null.params.index, 0.0)))


def test_planted_toxicity_is_found_by_lifelines(large):
    from lifelines import CoxPHFitter

    months, state = large.high_grade_toxicity()
    x, truth = design(large, PLAIN.toxicity.effects)
    known = np.isfinite(months)
    data = x[known].assign(months=months[known], event=state[known] == 1)
    fit = CoxPHFitter().fit(data, "months", "event")
    within_error(fit.params_, fit.standard_errors_, truth)


def test_times_are_weibull_with_the_declared_medians_and_dependence():
    from scipy.stats import kendalltau, kstest

    parameters = SurvivalParameters(kendall_tau=0.4)
    progression, death = event_months(np.random.default_rng(5), np.zeros(20_000), parameters)
    rate = np.log(2) ** (1 / parameters.shape)
    for times, median in ((death, 24.0), (np.minimum(progression, death), 11.0)):
        assert kstest(times, "weibull_min", (parameters.shape, 0, median / rate)).pvalue > 1e-4
    assert kendalltau(progression[:4000], death[:4000]).statistic == pytest.approx(0.4, abs=0.04)


def test_positive_stable_has_its_laplace_transform():
    drawn = positive_stable(np.random.default_rng(6), 0.6, 200_000)
    for s in (0.3, 1.0, 3.0):
        assert np.exp(-s * drawn).mean() == pytest.approx(np.exp(-(s**0.6)), abs=0.004)
    assert (positive_stable(np.random.default_rng(6), 1, 3) == 1).all()


def test_blocks_balance_each_site():
    rng = np.random.default_rng(7)
    site, day = rng.integers(0, 5, 403), rng.integers(0, 100, 403).astype(float)
    second = in_blocks(rng, site, day)
    for each in range(5):
        mine = np.flatnonzero(site == each)
        mine = mine[np.argsort(day[mine], kind="stable")]
        for start in range(0, len(mine) - 3, 4):
            assert second[mine[start : start + 4]].sum() == 2
    assert in_blocks(rng, np.zeros(4000, int), np.zeros(4000)).mean() == 0.5


def test_marginals(large):
    share = large.genes.altered.mean(axis=0)
    assert share == pytest.approx([gene.share for gene in GENES], abs=0.015)
    for name in (*BIOMARKER_SCALES, *COVARIATE_SCALES):
        if name not in ("ecog", "msi_score"):
            assert large.terms[name].mean() == pytest.approx(0, abs=0.06), name
            assert large.terms[name].std() == pytest.approx(1, abs=0.06), name
    together = np.corrcoef(large.terms["protein:IL6"], large.terms["protein:CRP"])[0, 1]
    assert together == pytest.approx(0.35, abs=0.02)
    columns = large.biomarkers
    assert (columns["n_snv"] + columns["n_indel"] + columns["n_mnv"] == columns["n_mutation"]).all()
    assert ((columns["msi_class"] == "high") == (columns["msi_score"] >= 10)).all()
    shares = sum(columns[name] for name in columns if name.startswith("sbs_") and name != "sbs_cosine")
    assert shares == pytest.approx(1)
    crossed = large.allocation.assigned != large.allocation.received
    assert crossed[large.allocation.allocated].mean() == pytest.approx(0.04, abs=0.007)


def test_without_effects_nothing_acts(null):
    assert not null.log_hazard.any()
    months, event = null.overall_survival()
    who, arm = null.allocation.allocated, null.allocation.received
    rates = [event[who & group].sum() / months[who & group].sum() for group in (arm, ~arm)]
    assert rates[0] / rates[1] == pytest.approx(1, abs=0.1)


def test_responders_have_immortal_time_only_where_asked(null):
    def ratio(trial):
        months, event = trial.overall_survival()
        who, yes = trial.allocation.allocated, trial.response.confirmed
        rates = [event[who & group].sum() / months[who & group].sum() for group in (yes, ~yes)]
        return rates[0] / rates[1]

    plain = simulate_trial(without_effects(PLAIN))
    assert ratio(plain) == pytest.approx(1, abs=0.08)
    assert ratio(null) < 0.8
    seen = np.fmin(null.course.progression, null.course.last_contact) - null.allocation.day
    assert (seen[null.allocation.allocated & null.response.confirmed] > 84).all()


def test_the_same_seed_gives_the_same_trial():
    parameters = TableParameters(n_patient=50)
    one, same, other = (simulate_trial(parameters, seed) for seed in (8, 8, 9))
    assert (one.terms["tmb_per_mb"] == same.terms["tmb_per_mb"]).all()
    assert (one.overall_survival()[0] == same.overall_survival()[0]).sum() == one.allocation.allocated.sum()
    assert (one.terms["tmb_per_mb"] != other.terms["tmb_per_mb"]).all()


def test_effects_move_nothing_else():
    """Random numbers of one part do not depend on another: a new effect leaves all features as they were."""
    parameters = TableParameters(n_patient=300)
    one, other = simulate_trial(parameters), simulate_trial(without_effects(parameters))
    assert all((one.terms[name] == other.terms[name]).all() for name in one.terms)


def test_linear_predictor():
    terms = {"a": np.array([1.0, 2.0]), "b": np.array([0.0, 1.0])}
    effects = Effects(main={"a": 0.5}, treatment=-1.0, interaction={"b": 2.0})
    assert linear_predictor(terms, effects, np.array([False, True])).tolist() == [0.5, 2.0]
    assert linear_predictor(terms, {"b": 3.0}, np.array([True, True])).tolist() == [0.0, 3.0]


def test_every_bad_parameter_is_told_at_once():
    parameters = replace(
        TableParameters(n_patient=0),
        population=PopulationParameters(sequenced_share=1.5, cutoff="2020-02-01"),
        survival=SurvivalParameters(
            median_pfs_months=30.0,
            effects=Effects(main={"tmb": 1.0, "gene:TP53": "much"}),  # type: ignore[dict-item]
        ),
        response=ResponseParameters(share=0.0),
    )
    with pytest.raises(InputError) as error:
        simulate_trial(parameters)
    assert {fault.column for fault in error.value.faults} == {
        "n_patient",
        "population.sequenced_share",
        "population.cutoff",
        "survival.median_pfs_months",
        "survival.effects.main.tmb",
        "survival.effects.main.gene:TP53",
        "response.share",
    }
