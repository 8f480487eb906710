"""Does the outcome differ between the arms, and is that the same for the randomised and for those who chose?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.guards import arms_problem, treatment_flags
from wes_biomarkers.associate.main_effect import arm_dummies, covariates_of, main_effect
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.join.frame import ARM


def treatment_rows(asked: Asked) -> list[Row]:
    """The effect of each arm against the reference arm, adjusted for covariates and how the arm was allocated."""
    problem = arms_problem(asked.frame, asked.analysis)
    if problem:
        return asked.no_answer(problem)
    asked = known_arms(asked)
    analysis, frame = asked.analysis, asked.frame
    design = arm_dummies(frame, analysis)
    covariates = covariates_of(frame, analysis, asked.kind, with_arm=False)
    effect = main_effect(frame, asked.kind, design, covariates, analysis)
    flags = treatment_flags(frame, analysis)
    rows = [
        asked.row(with_flags(estimate, flags), term, "treatment", scale=scale, adjust=covariates.names,
                  primary=effect.joint is None)
        for estimate, term, scale in zip(effect.columns, design.terms, design.scale, strict=True)
    ]  # fmt: skip
    if effect.joint is not None:
        joint = with_flags(effect.joint, flags)
        rows.append(asked.row(joint, "all arms together", "treatment", adjust=covariates.names, primary=True))
    return rows + [
        asked.row(with_flags(estimate, flags), term, "treatment") for term, estimate in effect.beside
    ]


def known_arms(asked: Asked) -> Asked:
    """The patients whose arm is known; the flow says who was lost."""
    joined = asked.joined
    flow = joined.flow.copy()
    arm = joined.frame[ARM]
    reason = pd.Series("arm unknown", index=joined.frame.index, dtype=object).mask(arm.notna())
    flow.keep("with a known arm", reason)
    frame = joined.frame.loc[flow.left]
    return replace(asked, joined=replace(joined, frame=frame, flow=flow))
