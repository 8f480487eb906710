"""What the given patients could have found: power for a stated ratio, and the ratio found with 80 % power."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import Design
from wes_biomarkers.associate.main_effect import Covariates, survival_data
from wes_biomarkers.associate.rows import Row, not_evaluable
from wes_biomarkers.stats.estimate import Estimate

TARGET = 0.8


def power_rows(
    asked: Asked, design: Design, covariates: Covariates, treated: NDArray[np.float64] | None = None
) -> list[Row]:
    """Two rows, for the main effect or, with `treated`, the interaction: of one column, survival or yes and no."""
    ratio = asked.analysis.power_ratio
    if ratio is None or design.x.shape[1] != 1:
        return []
    from wes_biomarkers.stats import power

    if asked.kind == "survival":
        data = survival_data(asked.frame, covariates)
        found = power.survival_power(
            data, design.x[:, 0], ratio, treatment=treated, covariates=covariates.x, target=TARGET
        )
    elif asked.kind == "binary":
        y = asked.frame["value"].to_numpy(bool)
        found = power.binary_power(
            y, design.x[:, 0], ratio, treatment=treated, covariates=covariates.x, target=TARGET
        )
    else:
        estimate = not_evaluable("power is told for survival and for yes and no", len(asked.frame))
        return [asked.row(estimate, "power", "prognostic")]
    role = "predictive" if treated is not None else "prognostic"
    if found.status != "ok":
        return [asked.row(not_evaluable(found.reason, found.n, found.n_event), "power", role)]
    kind = found.effect_kind
    told = Estimate("power", "power", found.n, found.n_event, effect=found.power)
    least = Estimate("power", kind, found.n, found.n_event, effect=found.detectable)
    words = kind.replace("_", " ")
    return [
        asked.row(
            told,
            f"power to find a {words} of {ratio:g}",
            role,
            scale=design.scale[0],
            adjust=covariates.names,
        ),
        asked.row(
            least,
            f"{words} found with {TARGET:.0%} power",
            role,
            scale=design.scale[0],
            adjust=covariates.names,
        ),
    ]
