"""truth.json: what was planted in a simulated trial, on which scale, and what became of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from wes_biomarkers.simulate.tables.pairs import Pairs
from wes_biomarkers.simulate.tables.parameters import ARMS, Effects
from wes_biomarkers.simulate.tables.proteomics import protein_scales
from wes_biomarkers.simulate.tables.terms import BIOMARKER_SCALES, COVARIATE_SCALES, Scale
from wes_biomarkers.simulate.tables.trial import SimulatedTrial

TRUTH_SCHEMA = "wes_biomarkers.truth_tables/1"

#: Outcome -> what its effects are, and of which endpoint they hold exactly.
_OUTCOMES = {
    "induction": ("log_odds_ratio", "induction_objective_response"),
    "survival": ("log_hazard_ratio", "os and pfs after allocation, by the arm received"),
    "response": ("log_odds_ratio", "objective_response, by the arm received"),
    "toxicity": (
        "log_rate_ratio",
        "events of any grade, and the time to the first of grade 3 or more (cause-specific)",
    ),
}


def _scale(name: str, n_protein: int) -> dict[str, Any]:
    """How a term is made from the table's column."""
    if name.startswith("gene:"):
        return {"kind": "binary", "true": "altered or biallelic"}
    scales: dict[str, Scale] = {**BIOMARKER_SCALES, **COVARIATE_SCALES}
    scale = scales.get(name) or protein_scales(n_protein)[name.removeprefix("protein:")]
    return {
        "kind": "number",
        "transform": f"log2(x + {scale.shift:g})" if scale.log else "x",
        "mean": scale.mean,
        "sd": scale.sd,
    }


def planted(trial: SimulatedTrial) -> list[dict[str, Any]]:
    """One entry an effect other than 0: outcome, term, role, size and scale."""
    found = []
    n_protein = trial.parameters.proteomics.n_protein
    for outcome, (measure, endpoint) in _OUTCOMES.items():
        effects: Effects = getattr(trial.parameters, outcome).effects
        roles = [("prognostic", name, value) for name, value in effects.main.items()]
        roles += [("predictive", name, value) for name, value in effects.interaction.items()]
        shared = {"outcome": outcome, "endpoint": endpoint, "measure": measure}
        if effects.treatment:
            found.append({**shared, "term": "treatment", "role": "treatment", "effect": effects.treatment})
        found += [
            {**shared, "term": name, "role": role, "effect": value, "scale": _scale(name, n_protein)}
            for role, name, value in roles
            if value
        ]
    return found


def truth_of(trial: SimulatedTrial, pairs: Pairs) -> dict[str, Any]:
    """truth.json as plain types."""
    allocation, course = trial.allocation, trial.course
    who = allocation.allocated
    chose = who & ~allocation.randomized
    pfs_event = trial.progression_free_survival()[1]
    counts = {
        "patients": trial.n,
        "responders_to_induction": allocation.responded.sum(),
        "allocated": who.sum(),
        "randomized": (who & allocation.randomized).sum(),
        "preference": chose.sum(),
        "chose_radiotherapy": (chose & allocation.assigned).sum(),
        "crossed_over": (who & (allocation.assigned != allocation.received)).sum(),
        "never_dosed": (who & ~np.isfinite(course.first_dose)).sum(),
        "deaths_after_allocation": (who & np.isfinite(course.death)).sum(),
        "progressions_or_deaths": (who & pfs_event).sum(),
        "adverse_events": len(trial.events.grade),
        "sequenced": len(pairs.sequenced),
        "failed_pairs": pairs.failed.sum(),
        "late_samples": pairs.late.sum(),
    }
    parameters = trial.parameters
    return {
        "schema": TRUTH_SCHEMA,
        "level": "tables",
        "seed": parameters.seed,
        "arms": {"first": ARMS[0], "second": ARMS[1]},
        "effects": planted(trial),
        "preference": {
            "measure": "log odds of choosing radiotherapy, of those who chose",
            "effects": dict(parameters.allocation.preference),
            "scales": {
                name: _scale(name, parameters.proteomics.n_protein)
                for name in parameters.allocation.preference
            },
        },
        "unmeasured": "the term `unmeasured` is in no table",
        "immortal_time": {
            "responders": parameters.response.needs_follow_up,
            "late_samples": int(pairs.late.sum()),
        },
        "counts": {name: int(value) for name, value in counts.items()},
        "parameters": parameters.as_dict(),
    }
