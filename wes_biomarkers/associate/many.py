"""Thousands of features at once: the same model for each, fitted together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.main_effect import covariates_of, survival_data
from wes_biomarkers.associate.rows import Row, not_evaluable
from wes_biomarkers.contracts.plan import ARM_POPULATION, Analysis
from wes_biomarkers.join.frame import FEATURE, Base, Join, JoinedFrame
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

#: More features than this are scanned together.
MANY = 200


def can_scan(analysis: Analysis) -> bool:
    """Whether the analysis is one that the scans compute: a plain effect in the endpoint's first model."""
    from wes_biomarkers.contracts.endpoints import ENDPOINTS

    kind = ENDPOINTS[analysis.endpoint].kind
    plain = analysis.question == "prognostic" and analysis.cutpoint is None and not analysis.method
    return plain and kind in ("survival", "binary") and analysis.center != "cluster"
