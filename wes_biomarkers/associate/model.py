"""How well do the features together foretell the outcome, in patients the model has not seen?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import covariate_design
from wes_biomarkers.associate.main_effect import Covariates
from wes_biomarkers.associate.models import model_of
from wes_biomarkers.associate.rows import Row, not_evaluable, with_flags
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import Base, Join
from wes_biomarkers.join.on_treatment import known_after_origin
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

#: Resamples of the optimism bootstrap.
N_BOOTSTRAP = 200


@dataclass(frozen=True)
class Foretold:
    """A yes and no with the cross-validated predictor of each patient, shape (n,): what pictures of a model need."""

    outcome: NDArray[np.bool_]
    predictor: NDArray[np.float64]


def model_rows(join: Join, base: Base, analysis: Analysis, seed: int) -> tuple[list[Row], Foretold | None]:
    """The C-index or AUC of a penalised model of all features: nested cross-validation and the optimism bootstrap.

    A row a feature says how often the models chose it; beside the rows, of a yes and no, what each patient was
    foretold. Missing values are filled in by the median of the patients a model is built on; features known only
    after the clock started are refused.
    """
    from wes_biomarkers.stats.concordance import Outcome
    from wes_biomarkers.stats.signature_models import SignatureSettings, nested_validation, optimism_corrected

    asked = Asked(join.without_feature(base), analysis, seed)
    late = {name: why for name in analysis.features if (why := known_after_origin(name, base.endpoint))}
    if late:
        name, why = next(iter(late.items()))
        return asked.no_answer(f"{name}: {why}", refused=True), None
    problem = asked.problem()
    if not problem and (asked.kind not in ("survival", "binary") or "entry" in asked.frame):
        problem = "models are made for survival without late entry and for yes and no only"
    if problem:
        return asked.no_answer(problem), None
    x, names = _matrix(join, base, analysis, asked.frame)
    reader = join.reader(analysis.sample_rule)
    flags = {flag for name in analysis.features for flag in reader.read(name).flags}
    asked = replace(asked, joined=replace(asked.joined, flags=(*base.flags, *sorted(flags))))
    outcome = (
        Outcome(asked.frame["event"].to_numpy(bool), asked.frame["time"].to_numpy(float))
        if asked.kind == "survival"
        else Outcome(asked.frame["value"].to_numpy(bool))
    )
    settings = SignatureSettings()
    honest = nested_validation(outcome, x, settings, seed)
    corrected = optimism_corrected(outcome, x, settings, N_BOOTSTRAP, seed)
    label = f"{len(names)} features together"
    rows = [
        asked.row(honest.performance, f"{label}, cross-validated", "prognostic", primary=True),
        asked.row(corrected.performance, f"{label}, optimism-corrected", "prognostic"),
    ]
    if honest.performance.status == "ok":
        slope = _calibration_slope(asked, honest.predictors)
        rows.append(
            asked.row(slope, f"{label}, calibration slope of the cross-validated predictor", "prognostic")
        )
        rows += [
            asked.row(
                _selection(share, honest.performance), f"share of models that chose {name}", "prognostic"
            )
            for name, share in zip(names, honest.selected, strict=True)
        ]
    told = None
    if asked.kind == "binary" and honest.performance.status == "ok":
        told = Foretold(asked.frame["value"].to_numpy(bool), honest.predictors)
    return [replace(row, feature="; ".join(analysis.features)) for row in rows], told


def _calibration_slope(asked: Asked, predictor: NDArray[np.float64]) -> Estimate:
    """The coefficient of the cross-validated predictor alone: 1 if it is neither too bold nor too timid (Cox 1958)."""
    if np.ptp(predictor) == 0:
        return not_evaluable("the models chose no feature", len(predictor), asked.n_event())
    columns = predictor[:, None]
    fit = model_of(asked, Covariates(np.empty((len(predictor), 0)), ()))(columns)
    found = fit.estimate(0)
    if found.status != "ok" or found.coefficient is None or found.standard_error is None:
        return replace(found, method="calibration")
    half = NORMAL_97_5 * found.standard_error
    return Estimate(
        "calibration", "calibration_slope", found.n, found.n_event, found.coefficient, found.coefficient - half,
        found.coefficient + half, flags=found.flags,
    )  # fmt: skip


def _selection(share: float, of: Estimate) -> Estimate:
    return with_flags(
        Estimate("lasso", "selection_frequency", of.n, of.n_event, effect=float(share)), of.flags
    )


def _matrix(
    join: Join, base: Base, analysis: Analysis, frame: pd.DataFrame
) -> tuple[NDArray[np.float64], list[str]]:
    """Columns of all features and covariates, NaN where unknown or taken too late."""
    reader = join.reader(analysis.sample_rule)
    columns: dict[str, pd.Series] = {}
    for name in analysis.features:
        values = reader.read(name)
        late = join.why_not(values, base.origin, analysis).reindex(frame.index).notna()
        if values.kind == "category":
            known = values.value.reindex(frame.index)[~late]
            made = covariate_design(known.to_frame(name), [name])
            columns |= {
                term: pd.Series(column, index=known.index).reindex(frame.index)
                for term, column in zip(made.terms, made.x.T, strict=True)
            }
        else:
            columns[name] = values.value.reindex(frame.index).astype("Float64").astype("float64").mask(late)
    fixed = covariate_design(frame, analysis.adjust)
    columns |= {
        term: pd.Series(column, index=frame.index)
        for term, column in zip(fixed.terms, fixed.x.T, strict=True)
    }
    table = pd.DataFrame(columns, index=frame.index)
    return table.to_numpy(np.float64), list(map(str, table.columns))
