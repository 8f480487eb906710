"""The effect of a feature on an endpoint, by the kind of endpoint: which model, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.associate.design import Design, covariate_design, dummies, strata_codes
from wes_biomarkers.associate.guards import PROPORTIONAL_P, is_sparse
from wes_biomarkers.associate.rows import not_evaluable, with_flags
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import ARM, ASSIGNMENT, SITE
from wes_biomarkers.join.recurrent import EVENT_MONTHS
from wes_biomarkers.stats.endpoints import DAYS_PER_MONTH
from wes_biomarkers.stats.estimate import Estimate, FollowUp, follow_up
from wes_biomarkers.stats.interaction import Fit, nested_test

if TYPE_CHECKING:
    from wes_biomarkers.stats.cox_model import CoxFit
    from wes_biomarkers.stats.event_rate import RateFit
    from wes_biomarkers.stats.frailty import FrailtyFit
    from wes_biomarkers.stats.logistic import LogisticFit
    from wes_biomarkers.stats.random_intercept import RandomInterceptFit
    from wes_biomarkers.stats.recurrent import RecurrentFit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Covariates:
    """What every model of an analysis is adjusted for.

    Attributes:
        x: shape (patients, columns).
        names: of the covariates, as the table's `adjust` lists them.
        strata: one word a patient, or None.
        cluster: one word a patient, or None.
        random: of the centre whose effect is random, one word a patient; or None.
    """

    x: NDArray[np.float64]
    names: tuple[str, ...]
    strata: list[str] | None = None
    cluster: list[str] | None = None
    random: list[str] | None = None


def covariates_of(
    frame: pd.DataFrame, analysis: Analysis, kind: str, *, with_arm: bool, with_assignment: bool = True
) -> Covariates:
    """The covariates of an analysis: as asked, the arm and how it was allocated where they vary, and the centre.

    Arm and allocation are left out where patients count from before they were allocated: they are known only later.
    Models other than of survival have no strata: there, strata become covariates.
    """
    names = list(analysis.adjust)
    strata = list(analysis.strata)
    if analysis.center == "stratum":
        strata.append(SITE)
    if kind != "survival":
        names, strata = names + strata, []
    shown = frame
    allocated = ENDPOINTS[analysis.endpoint].phase == "after_allocation" or "entry" in frame
    wanted = ((ARM, analysis.arm_column, with_arm), (ASSIGNMENT, ASSIGNMENT, with_assignment))
    for name, label, is_wanted in wanted:
        if (
            allocated
            and is_wanted
            and name in frame
            and frame[name].notna().all()
            and frame[name].nunique() > 1
        ):
            names.append(label)
            shown = shown.assign(**{label: frame[name]})
    names = list(dict.fromkeys(names))
    cluster = [str(site) for site in frame[SITE]] if analysis.center == "cluster" else None
    random = [str(site) for site in frame[SITE]] if analysis.center == "random" else None
    return Covariates(
        covariate_design(shown, names).x, tuple(names), strata_codes(frame, strata), cluster, random
    )


def survival_data(frame: pd.DataFrame, covariates: Covariates) -> FollowUp:
    """Follow-up of a joined frame, left-truncated where it has `entry`."""
    return follow_up(
        frame["time"].to_numpy(float),
        frame["event"].to_numpy(bool),
        entry=frame["entry"].to_numpy(float) if "entry" in frame else None,
        strata=covariates.strata,
        cluster=covariates.cluster,
    )


@dataclass(frozen=True)
class MainEffect:
    """Estimates of a feature.

    Attributes:
        columns: one for each column of the design.
        joint: the test of all columns together where there is more than one.
        beside: further effects of the feature: term and estimate; adjusted alike unless the term says otherwise.
    """

    columns: tuple[Estimate, ...]
    joint: Estimate | None = None
    beside: tuple[tuple[str, Estimate], ...] = ()


def main_effect(
    frame: pd.DataFrame, kind: str, design: Design, covariates: Covariates, analysis: Analysis
) -> MainEffect:
    """The feature's effect by the endpoint's model, adjusted; with what belongs beside it.

    Survival: Cox with Efron's ties, Firth's likelihood where events are few or groups separate; restricted mean survival
    beside it where hazards are not proportional and two groups are compared. Binary: logistic, and the AUC. Ordinal:
    proportional odds. Competing: Fine-Gray, and the cause-specific hazard. Recurrent: negative binomial
    rates, or Andersen and Gill's.
    """
    models = {
        "survival": _survival,
        "binary": _binary,
        "ordinal": _ordinal,
        "competing": _competing,
        "recurrent": _recurrent,
    }
    return models[kind](frame, design, covariates, analysis)


def _joint(
    fit: Callable[[Array], Fit], x: Array, design: Design, covariates: Covariates, flags: Sequence[str] = ()
) -> Estimate | None:
    """The test of all columns of the feature together; None for one column."""
    width = design.x.shape[1]
    if width < 2:
        return None
    robust = covariates.cluster is not None
    return with_flags(nested_test(fit, x, range(width), "all_levels", robust=robust), flags)


def cox_model(data: FollowUp, columns: Array, *, firth: bool) -> CoxFit:
    """A Cox model: by Firth's likelihood where asked for, and where groups separate (not with clusters)."""
    from wes_biomarkers.stats.cox import fit_cox

    fit = fit_cox(data, columns, firth=firth)
    if data.cluster is not None:
        return replace(fit, method="cox_cluster_robust")
    if firth or "separation" not in fit.flags:
        return fit
    return fit_cox(data, columns, firth=True)


def _survival(frame: pd.DataFrame, design: Design, covariates: Covariates, analysis: Analysis) -> MainEffect:
    from wes_biomarkers.stats.cox_residuals import proportional_hazards_test

    if covariates.random is not None:
        return _random_centre(frame, "survival", design, covariates)
    data = survival_data(frame, covariates)
    x = np.column_stack([design.x, covariates.x])
    width = design.x.shape[1]
    sparse = is_sparse(int(data.event.sum()), x.shape[1])
    firth = analysis.method == "cox_firth" or (sparse and covariates.cluster is None)
    fit = cox_model(data, x, firth=firth)
    estimates = [fit.estimate(index) for index in range(width)]
    flags: tuple[str, ...] = ()
    if fit.method == "cox_firth" and not firth:
        flags = ("separation",)
    elif fit.status == "ok" and not firth:
        by_term = proportional_hazards_test(data, x, fit).p_value[:width]
        if (np.asarray(by_term) < PROPORTIONAL_P).any():
            flags = ("non_proportional_hazards",)
    beside: list[tuple[str, Estimate]] = []
    if "non_proportional_hazards" in flags or analysis.method == "rmst":
        beside += _restricted_mean(frame, design, analysis)
    beside += _log_rank(data, design)
    estimates = [with_flags(estimate, flags) for estimate in estimates]
    joint = _joint(lambda columns: cox_model(data, columns, firth=firth), x, design, covariates, flags)
    return MainEffect(tuple(estimates), joint, tuple(beside))


def random_centre_model(
    frame: pd.DataFrame, kind: str, covariates: Covariates
) -> Callable[[Array], FrailtyFit | RandomInterceptFit]:
    """The model with a random effect of the centre, as a function of its columns: of survival or of a yes and no."""
    from wes_biomarkers.stats.frailty import fit_frailty
    from wes_biomarkers.stats.random_intercept import fit_random_intercept

    assert covariates.random is not None
    centre = covariates.random
    if kind == "survival":
        data = survival_data(frame, covariates)
        return lambda columns: fit_frailty(data, columns, centre)
    y = frame["value"].to_numpy(float)
    return lambda columns: fit_random_intercept(y, columns, centre)


def _random_centre(frame: pd.DataFrame, kind: str, design: Design, covariates: Covariates) -> MainEffect:
    x = np.column_stack([design.x, covariates.x])
    model = random_centre_model(frame, kind, covariates)
    fit = model(x)
    joint = _joint(model, x, design, covariates)
    return MainEffect(tuple(fit.estimate(index) for index in range(design.x.shape[1])), joint)


def _groups(design: Design) -> NDArray[np.int64] | None:
    """The group of each patient where the columns are groups: 0 for the reference; None for a number."""
    if not np.isin(design.x, (0.0, 1.0)).all():
        return None
    return np.asarray(design.x @ np.arange(1, design.x.shape[1] + 1), np.int64)


def _log_rank(data: FollowUp, design: Design) -> list[tuple[str, Estimate]]:
    """The log-rank test of groups, within the strata."""
    from wes_biomarkers.stats.survival import log_rank

    groups = _groups(design)
    if groups is None:
        return []
    found = log_rank(FollowUp(data.time, data.event, data.entry, data.strata), groups)
    method = "log_rank" if data.strata is None else "log_rank_stratified"
    estimate = Estimate(method, "none", len(data.time), int(data.event.sum()), p_value=found.p_value,
                        statistic=found.chi_square, status=found.status, reason=found.reason)  # fmt: skip
    return [("log-rank test, unadjusted", estimate)]


def _gray(frame: pd.DataFrame, design: Design) -> list[tuple[str, Estimate]]:
    """Gray's test of groups."""
    from wes_biomarkers.stats.competing_risks import gray_test

    groups = _groups(design)
    if groups is None:
        return []
    found = gray_test(
        frame["time"].to_numpy(float), frame["state"].to_numpy(int), [str(code) for code in groups]
    )
    estimate = Estimate("gray", "none", len(frame), int((frame["state"] == 1).sum()), p_value=found.p_value,
                        statistic=found.chi_square, status=found.status, reason=found.reason)  # fmt: skip
    return [("Gray's test, unadjusted", estimate)]


def _restricted_mean(frame: pd.DataFrame, design: Design, analysis: Analysis) -> list[tuple[str, Estimate]]:
    """Difference in restricted mean survival between two groups; nothing for a number or under left truncation."""
    from wes_biomarkers.stats.rmst import rmst_difference

    if design.x.shape[1] != 1 or len(np.unique(design.x)) != 2 or "entry" in frame:
        return []
    high = design.x[:, 0] == design.x.max()
    data = follow_up(frame["time"].to_numpy(float), frame["event"].to_numpy(bool))
    tau = analysis.tau_months or float(min(data.time[high].max(), data.time[~high].max()))
    return [(f"restricted mean to {tau:.1f} months, unadjusted", rmst_difference(data, high, tau))]


def _binary(frame: pd.DataFrame, design: Design, covariates: Covariates, analysis: Analysis) -> MainEffect:
    from wes_biomarkers.stats.exact import fisher_exact
    from wes_biomarkers.stats.logistic import fit_logistic
    from wes_biomarkers.stats.roc import auc

    if covariates.random is not None:
        return _random_centre(frame, "binary", design, covariates)
    y = frame["value"].to_numpy(float)
    width = design.x.shape[1]
    is_yes_no = width == 1 and len(np.unique(design.x)) == 2
    if analysis.method == "exact" and not is_yes_no:
        reason = "Fisher's exact test compares two groups: give a number a cutpoint"
        return MainEffect(tuple(not_evaluable(reason, len(y), int(y.sum())) for _ in range(width)))
    if analysis.method == "exact":
        return MainEffect((fisher_exact(y, (design.x[:, 0] == design.x.max()).astype(float)),))
    x = np.column_stack([design.x, covariates.x])
    firth: bool | Literal["auto"] = True if analysis.method == "logistic_firth" else "auto"

    def fit(columns: Array) -> LogisticFit:
        return fit_logistic(y, columns, cluster=covariates.cluster, firth=firth)

    model = fit(x)
    estimates = tuple(model.estimate(index) for index in range(width))
    is_number = width == 1 and not is_yes_no
    beside = ((f"AUC of {design.terms[0]}, unadjusted", auc(design.x[:, 0], y)),) if is_number else ()
    return MainEffect(estimates, _joint(fit, x, design, covariates), beside)


def _ordinal(frame: pd.DataFrame, design: Design, covariates: Covariates, analysis: Analysis) -> MainEffect:
    from wes_biomarkers.stats.ordinal import fit_ordinal

    x = np.column_stack([design.x, covariates.x])
    grade = frame["value"].to_numpy(int)
    fit = fit_ordinal(grade, x)
    joint = _joint(lambda columns: fit_ordinal(grade, columns), x, design, covariates)
    return MainEffect(tuple(fit.estimate(index) for index in range(design.x.shape[1])), joint)


def _competing(frame: pd.DataFrame, design: Design, covariates: Covariates, analysis: Analysis) -> MainEffect:
    from wes_biomarkers.stats.cox import fit_cox
    from wes_biomarkers.stats.fine_gray import fit_fine_gray

    time, state = frame["time"].to_numpy(float), frame["state"].to_numpy(int)
    x = np.column_stack([design.x, covariates.x])
    width = range(design.x.shape[1])
    subdistribution = fit_fine_gray(time, state, x)
    data = follow_up(time, state == 1, cluster=covariates.cluster)
    specific = fit_cox(data, x)
    both: list[tuple[str, Any]] = [
        ("subdistribution hazard", subdistribution),
        ("cause-specific hazard", specific),
    ]
    first, second = reversed(both) if analysis.method == "cause_specific" else both

    def told(which: tuple[str, Any], index: int) -> Estimate:
        """An estimate; a cause-specific one says how it took death."""
        flags = ("competing_risk_ignored",) if which[1] is specific else ()
        return with_flags(which[1].estimate(index), flags)

    beside = [(f"{second[0]}: {design.terms[index]}", told(second, index)) for index in width]
    beside += _gray(frame, design)
    fine_gray_first = first[1] is subdistribution
    joint = _joint(
        (lambda columns: fit_fine_gray(time, state, columns))
        if fine_gray_first
        else (lambda columns: fit_cox(data, columns)),
        x,
        design,
        covariates,
    )
    return MainEffect(tuple(told(first, index) for index in width), joint, tuple(beside))


def rate_model(frame: pd.DataFrame, analysis: Analysis) -> Callable[[Array], RateFit | RecurrentFit]:
    """The model of a number of events as a function of its columns: by exposure, or of every event on its day."""
    from wes_biomarkers.stats.event_rate import fit_rate
    from wes_biomarkers.stats.recurrent import counting_rows, fit_recurrent

    count, exposure = frame["count"].to_numpy(float), frame["exposure"].to_numpy(float)
    if analysis.method != "andersen_gill":
        return lambda columns: fit_rate(count, exposure, columns)
    end = exposure + 1 / DAYS_PER_MONTH  # the last day counts whole
    start, stop, event, patient = counting_rows(frame[EVENT_MONTHS].tolist(), end)
    return lambda columns: fit_recurrent(start, stop, event, patient, columns[patient])


def _recurrent(frame: pd.DataFrame, design: Design, covariates: Covariates, analysis: Analysis) -> MainEffect:
    x = np.column_stack([design.x, covariates.x])
    model = rate_model(frame, analysis)
    fit = model(x)
    joint = _joint(model, x, design, covariates)
    return MainEffect(tuple(fit.estimate(index) for index in range(design.x.shape[1])), joint)


def arm_dummies(frame: pd.DataFrame, analysis: Analysis) -> Design:
    """Columns of the arms against the reference arm: the analysis's, else the first by name."""
    arms = frame[ARM].astype(str)
    reference = analysis.reference_arm or min(set(arms))
    others = sorted(set(arms) - {reference})
    if not others:
        return dummies(arms, ARM)
    x = np.column_stack([(arms == arm).to_numpy(bool) for arm in others]).astype(np.float64)
    terms = tuple(f"{arm} against {reference}" for arm in others)
    return Design(x, terms, tuple("yes against no" for _ in others))
