"""How well do the features together foretell the outcome?"""

from __future__ import annotations

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.rows import Row
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import Base, Join


def model_rows(join: Join, base: Base, analysis: Analysis, seed: int) -> list[Row]:
    """To come."""
    return Asked(join.without_feature(base), analysis, seed).no_answer("models are not built yet")
