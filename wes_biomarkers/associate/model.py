"""How well do the features together foretell the outcome, in patients the model has not seen?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import covariate_design
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import Base, Join
from wes_biomarkers.join.on_treatment import known_after_origin
from wes_biomarkers.stats.estimate import Estimate

#: Resamples of the optimism bootstrap.
N_BOOTSTRAP = 200


def model_rows(join: Join, base: Base, analysis: Analysis, seed: int) -> list[Row]:
    """The C-index or AUC of a penalised model of all features: nested cross-validation and the optimism bootstrap.

    A row a feature says how often the models chose it. Missing values are filled in by the median of the patients a
    model is built on; features known only after the clock started are refused.
    """
    from wes_biomarkers.stats.concordance import Outcome
    from wes_biomarkers.stats.signature_models import SignatureSettings, nested_validation, optimism_corrected

    asked = Asked(join.without_feature(base), analysis, seed)
    late = {name: why for name in analysis.features if (why := known_after_origin(name, base.endpoint))}
    if late:
        name, why = next(iter(late.items()))
        return asked.no_answer(f"{name}: {why}", refused=True)
    problem = asked.problem()
    if not problem and (asked.kind not in ("survival", "binary") or "entry" in asked.frame):
        problem = "models are made for survival without late entry and for yes and no only"
    if problem:
        return asked.no_answer(problem)
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
        rows += [
            asked.row(
                _selection(share, honest.performance), f"share of models that chose {name}", "prognostic"
            )
            for name, share in zip(names, honest.selected, strict=True)
        ]
    return [replace(row, feature="; ".join(analysis.features)) for row in rows]


def _selection(share: float, of: Estimate) -> Estimate:
    return with_flags(
        Estimate("lasso", "selection_frequency", of.n, of.n_event, effect=float(share)), of.flags
    )


def _matrix(
    join: Join, base: Base, analysis: Analysis, frame: pd.DataFrame
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], list[str]]:
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
