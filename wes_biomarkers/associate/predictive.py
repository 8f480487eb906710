"""Does treatment work differently by the feature?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import Design, feature_design
from wes_biomarkers.associate.guards import arms_problem, treatment_flags
from wes_biomarkers.associate.main_effect import Covariates, covariates_of
from wes_biomarkers.associate.models import model_of
from wes_biomarkers.associate.power import power_rows
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.associate.treatment import known_arms
from wes_biomarkers.join.frame import ARM, FEATURE
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.interaction import Interaction, interaction
from wes_biomarkers.stats.splines import spline_interaction

Array = NDArray[np.float64]


def predictive_rows(asked: Asked) -> list[Row]:
    """The interaction test, and beside it the feature's effect in each arm and the arms' at low and high values.

    Only the test has the role `predictive` and a place in the family. The feature is continuous unless a cutpoint
    was stated; a searched cutpoint is refused, since the search favours an interaction.
    """
    problem = arms_problem(asked.frame, asked.analysis)
    if problem:
        return asked.no_answer(problem)
    asked = known_arms(asked)
    analysis, frame, feature = asked.analysis, asked.frame, asked.joined.feature
    assert feature is not None
    if analysis.cutpoint is not None and analysis.cutpoint.kind == "maximally_selected":
        reason = (
            "a cutpoint searched on these patients cannot also show that treatment works differently by it"
        )
        return asked.no_answer(reason, refused=True)
    if asked.kind == "ordinal":
        return asked.no_answer(
            "an interaction is tested for survival, yes and no, times and counts; not for grades"
        )
    design = feature_design(frame[FEATURE], feature.name, feature.kind, analysis, ranked=feature.ranked)
    if not design.reason and design.x.shape[1] > 1:
        return asked.no_answer(
            "a feature of several categories has no single interaction; make a yes and no of it"
        )
    if design.reason:
        return asked.no_answer(design.reason, flags=design.flags)
    covariates = covariates_of(frame, analysis, asked.kind, with_arm=False)
    arms = frame[ARM].astype(str).tolist()
    reference = analysis.reference_arm or min(arms)
    values = design.x[:, 0]
    found = interaction(
        model_of(asked, covariates), values, arms, reference, covariates.x, _levels(values, design),
        robust=covariates.cluster is not None,
    )  # fmt: skip
    rows = _rows(asked, design, covariates, found, arms, reference)
    others = sorted({*arms} - {reference})
    if len(others) > 1:
        return rows
    treated = np.array([float(arm == others[0]) for arm in arms])
    if analysis.spline and feature.kind == "number" and analysis.cutpoint is None:
        curved = spline_interaction(model_of(asked, covariates), values, treated, covariates.x,
                                    robust=covariates.cluster is not None)  # fmt: skip
        shown = with_flags(curved, treatment_flags(frame, analysis))
        rows.append(asked.row(shown, f"{feature.name} x {analysis.arm_column}, whatever its curve", "treatment",
                              adjust=covariates.names))  # fmt: skip
    return rows + power_rows(asked, design, covariates, treated)


def _levels(values: Array, design: Design) -> Mapping[str, float]:
    """Where the effect of treatment is told: in no and yes, or a standard deviation below and above the mean."""
    distinct = np.unique(values)
    if len(distinct) == 2:
        return {f"{design.terms[0]}: no": float(distinct[0]), f"{design.terms[0]}: yes": float(distinct[1])}
    middle, sd = float(values.mean()), float(values.std(ddof=1))
    return {
        f"{design.terms[0]} 1 sd below the mean": middle - sd,
        f"{design.terms[0]} 1 sd above the mean": middle + sd,
    }


def _rows(
    asked: Asked, design: Design, covariates: Covariates, found: Interaction, arms: list[str], reference: str
) -> list[Row]:
    flags = (*design.flags, *treatment_flags(asked.frame, asked.analysis))
    scale, adjust = design.scale[0], covariates.names
    term = f"{design.terms[0]} x {asked.analysis.arm_column}"
    rows = [
        asked.row(with_flags(found.test, flags), term, "predictive", scale=scale, adjust=adjust, primary=True)
    ]
    for arm, estimate in found.within_arm.items():
        inside = np.array([word == arm for word in arms])
        shown = with_flags(_counted(asked, estimate, inside), (*design.flags, "arm_specific"))
        rows.append(asked.row(shown, f"{design.terms[0]} in {arm}", "within_arm", scale=scale, adjust=adjust))
    for level, by_arm in found.treatment_at.items():
        for arm, estimate in by_arm.items():
            term = f"{arm} against {reference}, {level}"
            rows.append(asked.row(with_flags(estimate, flags), term, "treatment", adjust=adjust))
    return rows


def _counted(asked: Asked, estimate: Estimate, inside: NDArray[np.bool_]) -> Estimate:
    """The estimate with the patients and events of its arm."""
    part = replace(asked, joined=replace(asked.joined, frame=asked.frame[inside]))
    return replace(estimate, n=int(inside.sum()), n_event=part.n_event())
