"""The page Plan: what was prespecified and what came out; everything else is exploratory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.serve.pages.cells import cell, split


def plan_page(association: pd.DataFrame, plans: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The stored association rows with their flags in words, the prespecified first.

    Args:
        association: the cohort's table; may be empty.
        plans: of cohort.json, by plan id.

    Returns:
        {plans: [{plan_id, title, sha256, n}], rows: [association row + sentences]}.
    """
    ordered = (
        association.sort_values("prespecified", ascending=False, kind="stable")
        if len(association)
        else association
    )
    told = [
        {str(name): cell(value) for name, value in row.items()}
        | {"sentences": [ASSOCIATION_FLAGS.get(code, code) for code in split(row["flags"])]}
        for row in ordered.to_dict("records")
    ]
    return {
        "plans": [
            {"plan_id": name, **plan, "n": sum(row["plan_id"] == name for row in told)}
            for name, plan in plans.items()
        ],
        "rows": told,
    }
