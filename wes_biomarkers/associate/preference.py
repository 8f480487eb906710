"""The patient-preference design: the randomised and those who chose, apart, together, and compared.

What the design cannot tell: with no randomisation to choosing or being allocated, the effect of choosing itself
(Rücker 1989, Stat Med 8:477) is not separable from who chooses. The interaction of treatment with how it was
allocated says only whether the two parts agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import Design, covariate_design
from wes_biomarkers.associate.guards import arms_problem, treatment_flags
from wes_biomarkers.associate.main_effect import arm_dummies, covariates_of, main_effect
from wes_biomarkers.associate.models import model_of
from wes_biomarkers.associate.rows import Row, not_evaluable, with_flags
from wes_biomarkers.associate.treatment import known_arms
from wes_biomarkers.join.frame import ASSIGNMENT
from wes_biomarkers.stats import weighting
from wes_biomarkers.stats.estimate import Estimate, follow_up
from wes_biomarkers.stats.interaction import RATIO_OF, nested_test

Array = NDArray[np.float64]

_PARTS = {"randomized": "allocated by randomisation", "preference": "allocated by own choice"}
_WEIGHTED = {"overlap": "overlap-weighted", "ipw": "weighted by inverse probability"}
_KINDS = ("survival", "binary")


def preference_rows(asked: Asked) -> list[Row]:
    """Treatment among the randomised, among those who chose (plain and weighted), in both, and whether the
    parts agree. The randomised part is the estimate to trust; the others support it.
    """
    problem = arms_problem(asked.frame, asked.analysis) or _problem(asked)
    if problem:
        return asked.no_answer(problem)
    asked = known_arms(asked)
    rows: list[Row] = []
    for assignment, words in _PARTS.items():
        part = _only(asked, (asked.frame[ASSIGNMENT] == assignment).fillna(False))
        rows += _plain(part, words)
        if assignment == "preference":
            rows += _weighted(part, words)
    rows += _plain(asked, "randomised and own choice together")
    rows.append(_agreement(asked))
    return rows


def _problem(asked: Asked) -> str:
    frame = asked.frame
    if ASSIGNMENT not in frame:
        return "the cohort has no column assignment"
    if not {"randomized", "preference"} <= set(frame[ASSIGNMENT].dropna()):
        return "not both: some randomised and some by their own choice"
    if asked.kind not in _KINDS:
        return "the parts are compared for survival and for yes and no only"
    return ""


def _only(asked: Asked, mask: pd.Series) -> Asked:
    return replace(asked, joined=replace(asked.joined, frame=asked.frame[mask.to_numpy(bool)]))


def _plain(asked: Asked, population: str) -> list[Row]:
    problem = arms_problem(asked.frame, asked.analysis) or asked.problem()
    if problem:
        estimate = not_evaluable(problem, len(asked.frame))
        return [asked.row(estimate, asked.analysis.arm_column, "treatment", population=population)]
    design = arm_dummies(asked.frame, asked.analysis)
    covariates = covariates_of(asked.frame, asked.analysis, asked.kind, with_arm=False)
    effect = main_effect(asked.frame, asked.kind, design, covariates, asked.analysis)
    flags = treatment_flags(asked.frame, asked.analysis)
    return [
        asked.row(with_flags(estimate, flags), term, "treatment", scale="yes against no", adjust=covariates.names,
                  population=population)
        for estimate, term in zip(effect.columns, design.terms, strict=True)
    ]  # fmt: skip


def _covariates(asked: Asked) -> Design:
    """What the chance of choosing an arm is modelled by: the analysis's covariates and strata."""
    return covariate_design(
        asked.frame, list(dict.fromkeys((*asked.analysis.adjust, *asked.analysis.strata)))
    )


def _weights(asked: Asked) -> tuple[Array, Array, str]:
    """(treated, the analysis's weights, why there are none)."""
    design, covariates = arm_dummies(asked.frame, asked.analysis), _covariates(asked)
    if design.x.shape[1] != 1:
        return design.x[:, 0], design.x[:, 0], "weights are for two arms"
    treated = design.x[:, 0]
    if not covariates.terms:
        return treated, treated, "no covariates to weight by: name them in adjust"
    chance = weighting.propensity(treated, covariates.x)
    if chance.reason:
        return treated, treated, chance.reason
    weights = (
        weighting.overlap_weights
        if asked.analysis.weights == "overlap"
        else weighting.inverse_probability_weights
    )
    return treated, weights(treated, chance.chance), ""


def _weighted(asked: Asked, words: str) -> list[Row]:
    """The weighted effect, and the E-value: what an unmeasured cause would have to do."""
    population = f"{words}, {_WEIGHTED[asked.analysis.weights]}"
    if arms_problem(asked.frame, asked.analysis) or asked.problem():
        return []
    treated, weight, why = _weights(asked)
    names = (*asked.analysis.adjust, *asked.analysis.strata)
    if why:
        return [asked.row(not_evaluable(why, len(asked.frame)), asked.analysis.arm_column, "treatment",
                          population=population)]  # fmt: skip
    estimate = _weighted_estimate(asked, treated, weight)
    covariates = _covariates(asked)
    after = weighting.balance(covariates.terms, covariates.x, treated, weight)
    flags = [*treatment_flags(asked.frame, asked.analysis)]
    if any(abs(row.difference) > weighting.UNBALANCED for row in after):
        flags.append("unbalanced_weights")
    term = arm_dummies(asked.frame, asked.analysis).terms[0]
    rows = [asked.row(with_flags(estimate, flags), term, "treatment", scale="yes against no", adjust=names,
                      population=population)]  # fmt: skip
    if estimate.status == "ok" and estimate.effect is not None:
        rows.append(
            asked.row(_e_value(asked, estimate), f"E-value of {term}", "treatment", population=population)
        )
    return rows


def _weighted_estimate(asked: Asked, treated: Array, weight: Array) -> Estimate:
    frame = asked.frame
    own = list(range(len(frame)))  # each patient a cluster: the variance that sampling weights need
    if asked.kind == "survival":
        from wes_biomarkers.stats.cox import fit_cox

        entry = frame["entry"].to_numpy(float) if "entry" in frame else None
        data = follow_up(frame["time"].to_numpy(float), frame["event"].to_numpy(bool), entry=entry,
                         weight=weight, cluster=own)  # fmt: skip
        found = fit_cox(data, treated[:, None]).estimate(0)
    else:
        from wes_biomarkers.stats.logistic import fit_logistic

        found = fit_logistic(frame["value"].to_numpy(float), treated, weight=weight, cluster=own).estimate(0)
    return replace(found, method=f"{found.method}_{asked.analysis.weights}_weighted")


def _e_value(asked: Asked, estimate: Estimate) -> Estimate:
    n_event = asked.n_event() or 0
    common = n_event > weighting.COMMON * len(asked.frame)

    def as_risk(value: float | None) -> float | None:
        if value is None or not np.isfinite(value) or value <= 0:
            return None
        return weighting.risk_ratio(estimate.effect_kind, value, common=common)

    ratio = as_risk(estimate.effect)
    if ratio is None:
        return not_evaluable("the effect has no risk ratio", len(asked.frame), n_event)
    point, limit = weighting.e_value(ratio, as_risk(estimate.ci_low), as_risk(estimate.ci_high))
    flags = treatment_flags(asked.frame, asked.analysis)
    return Estimate("e_value", "e_value", len(asked.frame), n_event, point, limit, flags=flags)


def _agreement(asked: Asked) -> Row:
    """Whether treatment does the same in both parts: the interaction of arm and assignment."""
    frame, analysis = asked.frame, asked.analysis
    design = arm_dummies(frame, analysis)
    covariates = covariates_of(frame, analysis, asked.kind, with_arm=False, with_assignment=False)
    chose = (frame[ASSIGNMENT] == "preference").fillna(False).to_numpy(float)[:, None]
    width = design.x.shape[1]
    fit, x = model_of(asked, covariates), np.column_stack([design.x * chose, design.x, chose, covariates.x])
    test = nested_test(fit, x, range(width), "interaction", robust=covariates.cluster is not None)
    one = fit(x).estimate(0)
    if width == 1 and one.status == "ok":
        estimate = replace(one, method=test.method, statistic=test.statistic, p_value=test.p_value,
                           effect_kind=RATIO_OF[one.effect_kind])  # fmt: skip
    else:
        estimate = test
    flags = treatment_flags(frame, analysis)
    return asked.row(with_flags(estimate, flags), f"{analysis.arm_column} x assignment", "treatment",
                     adjust=covariates.names, population="randomised and own choice together", primary=True)  # fmt: skip


def balance_table(asked: Asked) -> pd.DataFrame:
    """How alike the arms are, in each part and after weighting: population, covariate, means, difference, n."""
    columns = ["population", "covariate", "weighted", "mean_treated", "mean_control", "difference", "variance_ratio",
               "effective_n"]  # fmt: skip
    rows: list[dict[str, object]] = []
    if arms_problem(asked.frame, asked.analysis) or _problem(asked):
        return pd.DataFrame(columns=columns)
    asked = known_arms(asked)
    for assignment, words in _PARTS.items():
        part = _only(asked, (asked.frame[ASSIGNMENT] == assignment).fillna(False))
        if arms_problem(part.frame, part.analysis):
            continue
        treated, weight, why = _weights(part)
        covariates = _covariates(part)
        for weighted in (False, True) if assignment == "preference" and not why else (False,):
            own = weight if weighted else np.ones(len(treated))
            rows += [
                {"population": words, "covariate": row.name, "weighted": weighted, "mean_treated": row.mean_treated,
                 "mean_control": row.mean_control, "difference": row.difference,
                 "variance_ratio": row.variance_ratio, "effective_n": weighting.effective_size(own)}
                for row in weighting.balance(covariates.terms, covariates.x, treated, own)
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
