"""The model of an endpoint as a function of its columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.guards import is_sparse
from wes_biomarkers.associate.main_effect import (
    Covariates,
    cox_model,
    random_centre_model,
    rate_model,
    survival_data,
)
from wes_biomarkers.stats.interaction import Fit

Array = NDArray[np.float64]


def model_of(asked: Asked, covariates: Covariates) -> Callable[[Array], Fit]:
    """The endpoint's model as a function of its columns."""
    frame, analysis, kind = asked.frame, asked.analysis, asked.kind
    if covariates.random is not None:
        return random_centre_model(frame, kind, covariates)
    if kind == "survival":
        data = survival_data(frame, covariates)
        n_event, robust = int(data.event.sum()), covariates.cluster is not None
        return lambda x: cox_model(
            data, x, firth=not robust and (analysis.method == "cox_firth" or is_sparse(n_event, x.shape[1]))
        )
    if kind == "binary":
        from wes_biomarkers.stats.logistic import fit_logistic

        y = frame["value"].to_numpy(float)
        return lambda x: fit_logistic(y, x, cluster=covariates.cluster)
    if kind == "competing":
        from wes_biomarkers.stats.fine_gray import fit_fine_gray

        time, state = frame["time"].to_numpy(float), frame["state"].to_numpy(int)
        return lambda x: fit_fine_gray(time, state, x)
    return rate_model(frame, analysis)
