"""Estimators against simulated trials: p values where nothing acts, intervals where the truth is known.

Each function takes a seed and makes its own trial of about 157 allocated patients (`simulate_trial`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from wes_biomarkers.simulate.tables.parameters import (
    Effects,
    ResponseParameters,
    SurvivalParameters,
    TableParameters,
    without_effects,
)
from wes_biomarkers.simulate.tables.terms import PROTEIN_NAMES, protein_names
from wes_biomarkers.simulate.tables.trial import SimulatedTrial, simulate_trial
from wes_biomarkers.stats.competing_risks import cumulative_incidence, gray_test
from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.cox_model import chi_square_p
from wes_biomarkers.stats.cox_residuals import proportional_hazards_test
from wes_biomarkers.stats.cutpoint import maximally_selected
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH
from wes_biomarkers.stats.estimate import Estimate, FollowUp, follow_up
from wes_biomarkers.stats.event_rate import fit_rate
from wes_biomarkers.stats.exact import fisher_exact
from wes_biomarkers.stats.fine_gray import fit_fine_gray
from wes_biomarkers.stats.groups import mann_whitney
from wes_biomarkers.stats.interaction import interaction
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.multiplicity import adjust
from wes_biomarkers.stats.ordinal import fit_ordinal
from wes_biomarkers.stats.power import information_cox_interaction, power_for
from wes_biomarkers.stats.rmst import rmst_difference
from wes_biomarkers.stats.roc import auc
from wes_biomarkers.stats.scan_cox import scan_cox
from wes_biomarkers.stats.scan_glm import scan_linear, scan_logistic
from wes_biomarkers.stats.scan_score import score_null, score_statistics
from wes_biomarkers.stats.survival import kaplan_meier, log_rank, survival_at, survival_difference

N_PATIENT = 250
#: Whole days, so that times rounded up to days fall on one side.
YEAR = 365 / DAYS_PER_MONTH
TAU = 548 / DAYS_PER_MONTH

PLAIN = replace(
    without_effects(TableParameters(n_patient=N_PATIENT)),
    response=ResponseParameters(needs_follow_up=False, effects=Effects()),
)
#: Log hazard and odds ratios of the study of intervals.
FEATURE, TREATMENT = 0.35, -0.4
ACTING = replace(
    PLAIN,
    survival=SurvivalParameters(effects=Effects(main={"protein:CXCL9": FEATURE}, treatment=TREATMENT)),
    response=ResponseParameters(
        needs_follow_up=False, effects=Effects(main={"protein:CXCL9": FEATURE}, treatment=TREATMENT)
    ),
)
#: Treatment alone acts on survival, a protein alone on response: what intervals of marginal figures are held against.
TREATED = replace(PLAIN, survival=SurvivalParameters(effects=Effects(treatment=TREATMENT)))
MARKED = replace(
    PLAIN, response=ResponseParameters(needs_follow_up=False, effects=Effects(main={"protein:CXCL9": 0.8}))
)


class Allocated:
    """The allocated patients of a trial as arrays."""

    def __init__(self, trial: SimulatedTrial) -> None:
        who = trial.allocation.allocated
        self.trial, self.who = trial, who
        self.arm = trial.allocation.received[who]
        self.marker = trial.terms["protein:CXCL9"][who]
        self.age = trial.terms["age"][who]
        self.gene = trial.terms["gene:CCND1"][who]
        self.site = trial.covariates["site"][who].astype(int)
        self.months, self.died = (values[who] for values in trial.overall_survival())
        self.response = trial.response.confirmed[who].astype(float)

    @property
    def data(self) -> FollowUp:
        return follow_up(self.months, self.died)

    def columns(self, *further: np.ndarray) -> np.ndarray:
        return np.column_stack([self.marker, self.arm, self.age, *further]).astype(float)

    def first_event(self) -> tuple[np.ndarray, np.ndarray]:
        """Months to progression (1) or death without it (2), or to the last contact (0)."""
        course, start = self.trial.course, self.trial.allocation.day
        first = np.fmin(np.fmin(course.progression, course.death), course.last_contact)
        state = np.where(first == course.progression, 1, np.where(first == course.death, 2, 0))
        return ((first - start) / DAYS_PER_MONTH)[self.who], state[self.who]

    def toxicity(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Worst grade, number of events, months of exposure; of those who had a first dose and were asked."""
        trial = self.trial
        grade, count = np.zeros(trial.n, int), np.bincount(trial.events.patient, minlength=trial.n)
        np.maximum.at(grade, trial.events.patient, trial.events.grade)
        end = np.minimum(trial.course.last_dose + 90, trial.course.last_contact)
        exposure = np.where(self.who, (end - trial.course.first_dose) / DAYS_PER_MONTH, np.nan)
        asked = trial.toxicity_assessed & (exposure > 0)
        return np.where(asked, grade, -1)[self.who], count[self.who], exposure[self.who]


def likelihood_ratio_p(data: FollowUp, with_it: np.ndarray, without: np.ndarray) -> float:
    """P of one further column in Cox's model."""
    gain = fit_cox(data, with_it).log_likelihood - fit_cox(data, without).log_likelihood
    return chi_square_p(max(0.0, 2 * gain), with_it.shape[1] - without.shape[1])


def survival_tests(group: Allocated) -> dict[str, float | None]:
    data, arm = group.data, group.arm
    stratified = follow_up(group.months, group.died, strata=group.site)
    fit = fit_cox(data, group.columns())
    whole, score = fit.likelihood_ratio_test(), fit.score_test()
    proportional = proportional_hazards_test(data, group.columns(), fit)
    return {
        "log-rank, two arms": log_rank(data, arm).p_value,
        "log-rank, two arms, centres as strata": log_rank(stratified, arm).p_value,
        "Cox, Wald": fit.estimate(0).p_value,
        "Cox, likelihood ratio": likelihood_ratio_p(data, group.columns(), group.columns()[:, 1:]),
        "Cox, three columns, likelihood ratio": whole and whole.p_value,
        "Cox, three columns, score": score and score.p_value,
        "proportional hazards": proportional.global_p,
        "restricted mean survival, two arms": rmst_difference(data, arm, TAU).p_value,
        "survival at a year, two arms": survival_difference(data, arm, YEAR).p_value,
    }


def response_tests(group: Allocated) -> dict[str, float | None]:
    fit = fit_logistic(group.response, group.columns(), firth=False)
    return {
        "logistic, Wald": fit.estimate(0).p_value,
        "logistic, likelihood ratio": fit.likelihood_ratio([0]).p_value,
        "AUC, DeLong": auc(group.marker, group.response).p_value,
        "Mann-Whitney": mann_whitney(
            group.marker[group.response == 1], group.marker[group.response == 0]
        ).p_value,
        "Fisher, exact": fisher_exact(group.response, group.gene).p_value,
    }


def competing_tests(group: Allocated) -> dict[str, float | None]:
    months, state = group.first_event()
    grade, count, exposure = group.toxicity()
    asked = grade >= 0
    x = group.marker[:, None]
    return {
        "Gray, two arms": gray_test(months, state, group.arm.astype(int)).p_value,
        "Fine-Gray": fit_fine_gray(months, state, x).estimate(0).p_value,
        "proportional odds of grade": fit_ordinal(grade[asked], x[asked]).estimate(0).p_value,
        "event rate, negative binomial": fit_rate(count[asked], exposure[asked], x[asked])
        .estimate(0)
        .p_value,
    }


def interaction_tests(group: Allocated) -> dict[str, float | None]:
    """P values of "predictive": marker by treatment, adjusted for age."""
    words = np.where(group.arm, "second", "first")
    product = (group.marker * group.arm)[:, None]
    data, age = group.data, group.age[:, None]
    fits: Mapping[str, Callable[[np.ndarray], object]] = {
        "Cox": lambda x: fit_cox(data, x),
        "logistic": lambda x: fit_logistic(group.response, x, firth=False),
    }
    found = {
        f"interaction, {name}": interaction(fit, group.marker, words, "first", age, {}).test.p_value
        for name, fit in fits.items()
    }
    whole = np.column_stack([group.columns(), product])
    return found | {"interaction, Cox, likelihood ratio": likelihood_ratio_p(data, whole, group.columns())}


@lru_cache(maxsize=64)
def allocated_of(seed: int) -> Allocated:
    """Of the trial where nothing acts on anything."""
    return Allocated(simulate_trial(PLAIN, seed))


def p_values(seed: int) -> dict[str, float | None]:
    """Of every test where nothing acts on anything."""
    group = allocated_of(seed)
    return survival_tests(group) | response_tests(group) | competing_tests(group) | interaction_tests(group)


def searched_cut(seed: int, n_permutation: int = 199) -> dict[str, float | None]:
    """P values of the best cut of a marker that says nothing."""
    group = allocated_of(seed)
    found = maximally_selected(group.marker, time=group.months, event=group.died, n_permutation=n_permutation,
                               seed=seed)  # fmt: skip
    return {
        "best cut, permutation": found.p_corrected,
        "best cut, Lausen and Schumacher": found.p_approximate,
        "best cut, as if it had been given": found.p_naive,
    }


def weibull_survival(days: np.ndarray, log_hazard: float = 0.0) -> np.ndarray:
    """Overall survival beyond whole days after allocation."""
    parameters = PLAIN.survival
    scaled = days / DAYS_PER_MONTH / parameters.median_os_months
    return np.asarray(0.5 ** (scaled**parameters.shape * math.exp(log_hazard)))


@cache
def true_rmst_difference() -> float:
    """Second arm minus first to `TAU`, months: the sum of survival over whole days, since times are whole days."""
    days = np.arange(round(TAU * DAYS_PER_MONTH))
    return float((weibull_survival(days, TREATMENT) - weibull_survival(days)).sum() / DAYS_PER_MONTH)


@cache
def true_auc() -> float:
    """Of a normal marker with the log odds ratio of `MARKED`, by quadrature."""
    z = np.linspace(-8, 8, 8001)
    effect, share = MARKED.response.effects.main["protein:CXCL9"], MARKED.response.share
    yes = 1 / (1 + np.exp(-(math.log(share / (1 - share)) + effect * z)))
    density = np.exp(-(z**2) / 2)
    with_it, without = density * yes, density * (1 - yes)
    below = np.cumsum(without) - without / 2
    return float((with_it * below).sum() / with_it.sum() / without.sum())


@cache
def true_progression(days: int) -> float:
    """Cumulative incidence of progression before death: a constant share of all first events."""
    survival = PLAIN.survival
    power = 1 / (1 - survival.kendall_tau)
    death, first = (
        math.log(2) / m**survival.shape for m in (survival.median_os_months, survival.median_pfs_months)
    )
    share = 1 - (death / first) ** power
    scaled = days / DAYS_PER_MONTH / survival.median_pfs_months
    return share * (1 - 0.5 ** (scaled**survival.shape))


def covers(low: float | None, high: float | None, truth: float) -> bool | None:
    return None if low is None or high is None else bool(low <= truth <= high)


def covered(estimate: Estimate, truth: float) -> bool | None:
    return covers(estimate.ci_low, estimate.ci_high, truth)


def intervals(seed: int) -> dict[str, bool | None]:
    """Whether each 95 % interval holds the truth."""
    acting, plain = (Allocated(simulate_trial(parameters, seed)) for parameters in (ACTING, PLAIN))
    treated, marked = (Allocated(simulate_trial(parameters, seed)) for parameters in (TREATED, MARKED))
    columns = acting.columns()[:, :2]
    cox, logistic = fit_cox(acting.data, columns), fit_logistic(acting.response, columns, firth=False)
    year = survival_at(kaplan_meier(plain.months, plain.died), [YEAR])[0]
    months, state = plain.first_event()
    incidence = cumulative_incidence(months, state)
    at = next(iter(incidence.values()))
    row = int(np.searchsorted(at.time, YEAR, side="right")) - 1
    return {
        "log hazard ratio of a marker": covered(cox.estimate(0), math.exp(FEATURE)),
        "log hazard ratio of treatment": covered(cox.estimate(1), math.exp(TREATMENT)),
        "log odds ratio of a marker": covered(logistic.estimate(0), math.exp(FEATURE)),
        "log odds ratio of treatment": covered(logistic.estimate(1), math.exp(TREATMENT)),
        "difference of restricted means": covered(
            rmst_difference(treated.data, treated.arm, TAU), true_rmst_difference()
        ),
        "AUC": covered(auc(marked.marker, marked.response), true_auc()),
        "survival at a year": covers(year.ci_low, year.ci_high, float(weibull_survival(np.array(365)))),
        "cumulative incidence at a year": covers(
            float(at.ci_low[row]), float(at.ci_high[row]), true_progression(365)
        ),
    }


# --- scans, searches among many features ----------------------------------------------------------------------------

#: Independent proteins of a scan, the last ones; of the first ten of these the response truly depends.
MANY, TRUE = 100, 10
NAMED = len(PROTEIN_NAMES)
SCANNED = replace(
    PLAIN,
    n_patient=400,
    proteomics=replace(PLAIN.proteomics, n_protein=NAMED + MANY),
    response=ResponseParameters(
        needs_follow_up=False,
        effects=Effects(main={f"protein:{name}": 0.7 for name in protein_names(NAMED + TRUE)[NAMED:]}),
    ),
)


def scan_tests(seed: int, n_permutation: int = 199) -> dict[str, float | None]:
    """P values of scans and of permutation where nothing acts; of one marker, so that trials are independent."""
    group = allocated_of(seed)
    markers, age = group.trial.proteins[group.who][:, :3], group.age[:, None]
    cox, logistic = scan_cox(group.data, markers, age), scan_logistic(group.response, markers, age)
    rng = np.random.default_rng((seed, 9))
    n = len(group.response)
    orders = [np.arange(n), *(rng.permutation(n) for _ in range(n_permutation))]
    z = np.abs([row[0] for row in score_statistics(score_null(group.response), markers, orders)])
    return {
        "scan, Cox, Wald": float(cox.p_wald[0]),
        "scan, Cox, score": float(cox.p_score[0]),
        "scan, Cox, likelihood ratio": float(cox.p_likelihood_ratio[0]),
        "scan, logistic, score": float(logistic.p_score[0]),
        "scan, linear": float(scan_linear(group.age, markers).p_wald[0]),
        "permutation of score statistics": float((z >= z[0] - 1e-12).mean()),
    }


def false_discoveries(seed: int, method: str) -> float:
    """Share of false ones among the features called at q below .05; 0 where none is called."""
    group = Allocated(simulate_trial(SCANNED, seed))
    found = scan_logistic(group.response, group.trial.proteins[group.who][:, NAMED:])
    called = adjust(found.p_likelihood_ratio, method) < 0.05
    return float(called[TRUE:].sum() / max(1, called.sum()))


# --- power, and what is called predictive ----------------------------------------------------------------------------

#: Log ratio of hazard ratios a standard deviation, and the power that 340 patients, about 144 deaths, must reach.
INTERACTION, PLANNED_POWER = -0.5, 0.8
PREDICTIVE = replace(
    PLAIN,
    n_patient=340,
    survival=SurvivalParameters(
        effects=Effects(main={"age": 0.1}, treatment=-0.3, interaction={"protein:CXCL9": INTERACTION})
    ),
)


def interaction_p(group: Allocated, name: str, covariates: tuple[str, ...] = ("age",)) -> float | None:
    """Of a term by treatment on survival."""
    words = np.where(group.arm, "second", "first")
    others = np.column_stack([group.trial.terms[term][group.who] for term in covariates])
    feature, data = group.trial.terms[name][group.who], group.data
    return interaction(lambda x: fit_cox(data, x), feature, words, "first", others, {}).test.p_value


def planned_interaction(seed: int) -> tuple[float | None, int, float]:
    """P of the planted interaction, events, and the power of the formula for these events and arms."""
    group = Allocated(simulate_trial(PREDICTIVE, seed))
    n_event = int(group.died.sum())
    sd, share = float(group.marker.std()), float(group.arm.mean())
    power = power_for(math.exp(INTERACTION), information_cox_interaction(n_event, sd, share))
    return interaction_p(group, "protein:CXCL9"), n_event, power


#: The trial as it comes, everything planted.
TRIAL = TableParameters(n_patient=200)


def called_predictive(seed: int, n_patient: int) -> dict[str, float | None]:
    """P values of the interaction of a truly predictive, a prognostic and an idle feature in the trial as it comes.

    Adjusted for two covariates; and for six, which leaves about ten events a parameter in 200 patients.
    """
    group = Allocated(simulate_trial(replace(TRIAL, n_patient=n_patient), seed))
    two, six = ("age", "ecog"), ("age", "ecog", "nlr", "protein:IL6", "gene:TP53", "gene:NFE2L2")
    return {
        "tmb_per_mb, predictive": interaction_p(group, "tmb_per_mb", two),
        "loh_fraction, prognostic": interaction_p(group, "loh_fraction", two),
        "hed, neither": interaction_p(group, "hed", two),
        "hed, neither, six covariates": interaction_p(group, "hed", six),
    }


#: Nothing acts and the times are independent, but a responder had to live to be one.
IMMORTAL = replace(
    PLAIN,
    survival=SurvivalParameters(
        effects=Effects(), kendall_tau=0.0, median_os_months=10.0, median_pfs_months=7.0
    ),
    response=ResponseParameters(effects=Effects()),
)
LANDMARK = 168 / DAYS_PER_MONTH


def responders_compared(seed: int) -> dict[str, float | None]:
    """P of survival by response where it says nothing: from allocation, and from the day the last response is known."""
    group = Allocated(simulate_trial(IMMORTAL, seed))
    left = group.months > LANDMARK
    later = follow_up(group.months[left] - LANDMARK, group.died[left])
    return {
        "responders by survival, from allocation": log_rank(group.data, group.response).p_value,
        "responders by survival, from the landmark": log_rank(later, group.response[left]).p_value,
    }
