"""p values by permuting the patients: for each feature, and for the largest of all features of an analysis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from wes_biomarkers.associate.main_effect import covariates_of, survival_data
from wes_biomarkers.associate.rows import Row
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import ARM_POPULATION, Analysis
from wes_biomarkers.join.frame import Base, Join
from wes_biomarkers.stats.permutation import PermutationP, permutation_p, permutations


def with_permutation(join: Join, base: Base, analysis: Analysis, rows: list[Row], seed: int) -> list[Row]:
    """The rows with p_permutation and, for the largest statistic of several features, p_max.

    The outcome is kept and the patients of the features are permuted, within strata (a centre, however the analysis
    takes it, is one of them; of a yes and no it is a covariate), against the score statistic of
    the model with the covariates. A feature unknown in some patients is permuted among those who have it; in the
    maximum, which compares features of the same patients, it takes its mean where it is unknown. Categories have
    neither and are not in the maximum.
    """
    frame = join.without_feature(base).frame
    kind = ENDPOINTS[analysis.endpoint].kind
    if kind not in ("survival", "binary") or "entry" in frame or frame.empty:
        return rows
    names = dict.fromkeys(row.feature for row in rows if row.primary and row.estimate.status == "ok")
    columns = _columns(join, base, analysis, names, frame.index)
    if not columns:
        return rows
    filled = pd.DataFrame({name: column.fillna(column.mean()) for name, column in columns.items()})
    together = _permuted(frame, kind, analysis, filled, seed)
    found: dict[str, tuple[float, float]] = {}
    for index, (name, column) in enumerate(columns.items()):
        known, p = column.dropna(), float(together.p_value[index])
        if len(known) < len(column):
            p = float(_permuted(frame.loc[known.index], kind, analysis, known.to_frame(), seed).p_value[0])
        found[name] = (p, max(p, float(together.p_family[index])))
    return [
        replace(row, p_permutation=found[row.feature][0], p_max=found[row.feature][1])
        if row.primary and row.feature in found
        else row
        for row in rows
    ]


def _columns(
    join: Join, base: Base, analysis: Analysis, names: Collection[str], patients: pd.Index
) -> dict[str, pd.Series]:
    """Numbers and yes and no by feature; unknown where the analysis does not count the patient."""
    columns = {}
    for asked in analysis.features:
        values, _ = join.read(base, analysis, asked)
        if values.name not in names or values.kind == "category":
            continue
        why = join.why_not(values, base.origin, analysis).reindex(patients)
        columns[values.name] = (
            values.value.reindex(patients).astype("Float64").astype("float64").mask(why.notna())
        )
    return columns


def _permuted(
    frame: pd.DataFrame, kind: str, analysis: Analysis, table: pd.DataFrame, seed: int
) -> PermutationP:
    features, identity = table.to_numpy(np.float64), [np.arange(len(frame))]
    analysis = replace(analysis, center="stratum") if analysis.center else analysis
    with_arm = not analysis.population.startswith(ARM_POPULATION)
    covariates = covariates_of(frame, analysis, kind, with_arm=with_arm)
    orders = permutations(len(frame), analysis.n_permutation, seed=seed, strata=covariates.strata)
    if kind == "survival":
        from wes_biomarkers.stats.scan_cox import cox_score_null, cox_score_statistics

        null = cox_score_null(survival_data(frame, covariates), covariates.x)
        observed = next(iter(cox_score_statistics(null, features, identity)))
        return permutation_p(observed, cox_score_statistics(null, features, orders))
    from wes_biomarkers.stats.scan_score import score_null, score_statistics

    logistic = score_null(frame["value"].to_numpy(float), covariates.x)
    observed = next(iter(score_statistics(logistic, features, identity)))
    return permutation_p(observed, score_statistics(logistic, features, orders))
