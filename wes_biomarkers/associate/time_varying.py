"""Features that change while patients are followed, as they were at each moment: no immortal time, no landmark."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.main_effect import covariates_of
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.contracts.plan import ARM_POPULATION, Analysis
from wes_biomarkers.join.features import FeatureValues
from wes_biomarkers.join.flow import unless
from wes_biomarkers.join.frame import Base, Join, JoinedFrame
from wes_biomarkers.join.on_treatment import DATED, onset_months
from wes_biomarkers.join.population import origin_dates

_DECIMALS = 9


def time_varying_rows(
    join: Join, base: Base, analysis: Analysis, name: str, seed: int
) -> tuple[JoinedFrame, list[Row]]:
    """The hazard ratio of survival after against before a response, or a first toxicity of grade 3 or more.

    Each patient counts as without until the day and as with it from then on (Andersen and Gill 1982).

    Returns:
        The patients of the question with their flow, and its rows.
    """
    asked = _named(Asked(join.without_feature(base), analysis, seed), name)
    change = onset_months(join.tables, name, origin_dates(join.clinical, base.origin))
    if base.endpoint.kind != "survival" or "entry" in asked.frame:
        return asked.joined, asked.no_answer(
            "a feature that changes with time is for survival without late entry"
        )
    if change is None:
        reason = f"only {', '.join(DATED)} have a day, where the cohort's tables hold it"
        return asked.joined, asked.no_answer(reason)
    known = _named(_known(asked, change), name)
    return known.joined, _rows(known, change)


def _known(asked: Asked, change: pd.DataFrame) -> Asked:
    joined = asked.joined
    flow = joined.flow.copy()
    flow.keep(
        "with a known course", unless(change["known"], "whether and when it began is unknown", flow.left)
    )
    found = JoinedFrame(joined.frame.loc[flow.left], flow, joined.base, flags=joined.flags)
    return Asked(found, asked.analysis, asked.seed)


def _named(asked: Asked, name: str) -> Asked:
    empty = pd.Series(dtype="float64")
    joined = asked.joined
    values = FeatureValues(name, empty, empty)
    return Asked(
        JoinedFrame(joined.frame, joined.flow, joined.base, values, joined.flags), asked.analysis, asked.seed
    )


def _rows(asked: Asked, change: pd.DataFrame) -> list[Row]:
    from wes_biomarkers.stats.time_varying import fit_cox_time_varying, split_at_change

    frame = asked.frame
    problem = asked.problem()
    if problem:
        return asked.no_answer(problem)
    within = asked.analysis.population.startswith(ARM_POPULATION)
    covariates = covariates_of(frame, asked.analysis, "survival", with_arm=not within)
    # Both are quotients of days: rounded, so that the same day is the same number.
    moment = change.loc[frame.index, "months"].to_numpy(float).round(_DECIMALS)
    rows = split_at_change(
        frame["time"].to_numpy(float).round(_DECIMALS), frame["event"].to_numpy(bool), moment
    )
    if not (rows.value == 1).any():
        return asked.no_answer("it began in nobody who was still followed")
    strata = None if covariates.strata is None else np.asarray(covariates.strata, dtype=object)[rows.patient]
    x = np.column_stack([rows.value, covariates.x[rows.patient]])
    fit = fit_cox_time_varying(rows.start, rows.stop, rows.event, x, patient=rows.patient, strata=strata)
    role = "within_arm" if within else "prognostic"
    flags = ("arm_specific",) if within else ()
    estimate = with_flags(fit.estimate(0), ("time_varying", *flags))
    return [asked.row(estimate, f"after {asked.feature} against before", role, scale="after against before",
                      adjust=covariates.names, primary=True)]  # fmt: skip
