"""Does the feature go with the outcome, whatever the treatment?"""

from __future__ import annotations

from dataclasses import replace

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.cut import searched_cut
from wes_biomarkers.associate.design import feature_design
from wes_biomarkers.associate.main_effect import covariates_of, main_effect
from wes_biomarkers.associate.models import model_of
from wes_biomarkers.associate.power import power_rows
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.contracts.plan import ARM_POPULATION
from wes_biomarkers.join.frame import FEATURE
from wes_biomarkers.stats.splines import non_linearity


def prognostic_rows(asked: Asked) -> list[Row]:
    """The feature's effect, adjusted for covariates and, where several arms are left, for the arm.

    Within one arm (`arm:NAME`) the role is `within_arm`: nothing can be said of prediction. A searched cutpoint
    brings its own corrected p value, and the flag `data_driven_cutpoint` on every row that used it.
    """
    analysis, frame = asked.analysis, asked.frame
    feature = asked.joined.feature
    assert feature is not None
    within = analysis.population.startswith(ARM_POPULATION)
    role = "within_arm" if within else "prognostic"
    flags: tuple[str, ...] = ("arm_specific",) if within else ()
    corrected = None
    if analysis.cutpoint is not None and analysis.cutpoint.kind == "maximally_selected":
        cut = searched_cut(asked)
        if cut.reason:
            return asked.no_answer(cut.reason)
        corrected = cut.p_corrected
        analysis = replace(analysis, cutpoint=cut.as_cutpoint())
        asked = replace(asked, analysis=analysis)
        flags = (*flags, "data_driven_cutpoint")
    design = feature_design(frame[FEATURE], feature.name, feature.kind, analysis, ranked=feature.ranked)
    if design.reason:
        return asked.no_answer(design.reason, flags=(*design.flags, *flags))
    covariates = covariates_of(frame, analysis, asked.kind, with_arm=not within)
    effect = main_effect(frame, asked.kind, design, covariates, analysis)
    flags = (*design.flags, *flags)
    rows = []
    for estimate, term, scale in zip(effect.columns, design.terms, design.scale, strict=True):
        shown = with_flags(estimate, flags)
        if corrected is not None and shown.status == "ok":
            shown = replace(shown, p_value=corrected)
        primary = effect.joint is None
        adjust = () if shown.method == "fisher_exact" else covariates.names
        rows.append(asked.row(shown, term, role, scale=scale, adjust=adjust, primary=primary))
    if effect.joint is not None:
        joint = with_flags(effect.joint, flags)
        rows.append(asked.row(joint, "all levels together", role, adjust=covariates.names, primary=True))
    for term, estimate in effect.beside if corrected is None else ():  # their p does not pay for the search
        adjust = () if term.endswith("unadjusted") else covariates.names
        rows.append(asked.row(with_flags(estimate, flags), term, role, scale=design.scale[0], adjust=adjust))
    if analysis.spline and feature.kind == "number" and analysis.cutpoint is None:
        curved = non_linearity(model_of(asked, covariates), design.x[:, 0], covariates.x,
                               robust=covariates.cluster is not None)  # fmt: skip
        rows.append(
            asked.row(with_flags(curved, flags), "not a straight line", role, adjust=covariates.names)
        )
    return rows + power_rows(asked, design, covariates)
