"""Rows of the association table from estimates, and the adjustment of their p values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION, ASSOCIATION_FLAGS
from wes_biomarkers.contracts.plan import Analysis, Plan
from wes_biomarkers.errors import ContractError
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.multiplicity import adjust


@dataclass(frozen=True)
class Row:
    """One estimated effect of an analysis, before it is a row of the table.

    Attributes:
        analysis: what was asked.
        feature: its name; the arm column for effects of treatment.
        estimate: the effect, or why there is none.
        term: which effect of the model.
        role: one of contracts.association.ROLES.
        scale: what one unit is.
        population: in words.
        origin: the day the endpoint counts from.
        adjust: covariates in the model, in words.
        primary: whether its p value is the analysis's test of this feature.
        p_permutation, p_max: by permutation, for this feature alone and for the largest of all.
    """

    analysis: Analysis
    feature: str
    estimate: Estimate
    term: str
    role: str = "prognostic"
    scale: str = ""
    population: str = ""
    origin: str = ""
    adjust: tuple[str, ...] = ()
    primary: bool = False
    p_permutation: float | None = None
    p_max: float | None = None


def with_flags(estimate: Estimate, flags: Iterable[str]) -> Estimate:
    """The estimate with further flags, each once, in the order given."""
    return replace(estimate, flags=tuple(dict.fromkeys((*estimate.flags, *flags))))


def not_evaluable(
    reason: str, n: int, n_event: int | None = None, *, refused: bool = False, flags: Sequence[str] = ()
) -> Estimate:
    """An estimate that says why there is none."""
    return Estimate(
        "none", "none", n, status="refused" if refused else "not_evaluable", reason=reason, flags=tuple(flags)
    )


def assemble_rows(rows: Sequence[Row], plan: Plan) -> pd.DataFrame:
    """The association table of an analysis run: p values adjusted within each family, flags and plan attached.

    Only a feature's primary test counts in its family; effects beside it (within arms, sensitivity) carry no q.
    """
    data = [_as_dict(row, plan) for row in rows]
    frame = pd.DataFrame(data, columns=list(ASSOCIATION.names), dtype="object")
    tested = np.array([row.primary and row.estimate.p_value is not None for row in rows], bool)
    for family in dict.fromkeys(frame.loc[tested, "family"]):
        members = tested & (frame["family"] == family).to_numpy()
        method = plan.families.get(str(family), "benjamini_hochberg")
        frame.loc[members, "adjustment"] = method
        p = frame.loc[members, "p_value"].astype(float).to_numpy()
        frame.loc[members, "q_value"] = p if method == "none" else adjust(p, method)
    return frame


def _finite(value: float | None) -> float | None:
    """The number, or None where it is none or infinite (an interval without end is an unknown end)."""
    return None if value is None or not np.isfinite(value) else float(value)


def _as_dict(row: Row, plan: Plan) -> Mapping[str, Any]:
    analysis, estimate = row.analysis, row.estimate
    flags = dict.fromkeys(estimate.flags)
    if not plan.prespecified:
        flags["exploratory"] = None
    unknown = set(flags) - set(ASSOCIATION_FLAGS)
    if unknown:
        raise ContractError(f"undeclared flags of an association: {sorted(unknown)}")
    return {
        "analysis": analysis.name,
        "feature": row.feature,
        "scale": row.scale or None,
        "endpoint": analysis.endpoint,
        "origin": row.origin or None,
        "population": row.population or analysis.population,
        "estimand": analysis.estimand if row.role in ("predictive", "within_arm", "treatment") else None,
        "landmark_months": analysis.landmark_months,
        "method": estimate.method,
        "term": row.term,
        "role": row.role,
        "adjust": ";".join(row.adjust) or None,
        "strata": ";".join((*analysis.strata, *(("site",) if analysis.center == "stratum" else ()))) or None,
        "n": estimate.n,
        "n_event": estimate.n_event,
        "effect_kind": estimate.effect_kind,
        "effect": _finite(estimate.effect),
        "ci_low": _finite(estimate.ci_low),
        "ci_high": _finite(estimate.ci_high),
        "p_value": _finite(estimate.p_value),
        "q_value": None,
        "p_permutation": _finite(row.p_permutation),
        "p_max": _finite(row.p_max),
        "family": analysis.family,
        "adjustment": None,
        "status": estimate.status,
        "reason": estimate.reason or None,
        "flags": ";".join(sorted(flags)),
        "prespecified": plan.prespecified,
        "plan_id": plan.plan_id or None,
    }
