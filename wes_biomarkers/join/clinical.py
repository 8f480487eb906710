"""Joining sequenced patients to the clinical tables, with what matched nothing on either side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.endpoint_rules import EndpointRules, read_endpoint_rules
from wes_biomarkers.stats.adverse_events import toxicity_endpoints
from wes_biomarkers.stats.endpoints import clinical_column, derive_endpoints, highest_grade
from wes_biomarkers.stats.recist import responses

_EXAMPLES = 5


@dataclass(frozen=True)
class Unmatched:
    """Patient ids that appear on one side only, sorted."""

    sequenced_without_clinical: tuple[str, ...] = ()
    clinical_without_sequenced: tuple[str, ...] = ()
    toxicity_without_patient: tuple[str, ...] = ()
    conflicting_sex: tuple[str, ...] = ()


def _examples(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)[:_EXAMPLES])


def match_patients(sequenced: Iterable[str], clinical: Iterable[str]) -> Unmatched:
    """The ids that one side lacks.

    Raises:
        InputError: when both sides have patients and none is common, with examples of both.
    """
    ours, theirs = set(sequenced), set(clinical)
    if ours and theirs and not ours & theirs:
        raise InputError(
            [
                Fault(
                    f"no patient id of the clinical table ({_examples(theirs)}) is one of the samples' "
                    f"({_examples(ours)})",
                    "Use the same pseudonymous ids in both.",
                    column="patient_id",
                )
            ]
        )
    return Unmatched(tuple(sorted(ours - theirs)), tuple(sorted(theirs - ours)))


def join_clinical(
    clinical: pd.DataFrame,
    toxicity: pd.DataFrame | None,
    assessments: pd.DataFrame | None = None,
    rules: EndpointRules | None = None,
) -> pd.DataFrame:
    """The clinical table with its derived endpoints.

    What the clinical table says of response and progression is kept; the assessments fill what it leaves unknown.

    Args:
        clinical, toxicity, assessments: typed tables of contracts.clinical.
        rules: windows and confirmation; the packaged ones by default.
    """
    rules = rules or read_endpoint_rules()
    given = clinical
    if assessments is not None:
        given = filled_from(clinical, responses(assessments, clinical, rules.response))
    endpoints = derive_endpoints(given)
    joined = given.drop(columns=[name for name in endpoints if name in given])
    joined = pd.concat([joined, endpoints, toxicity_endpoints(given, toxicity, rules.toxicity)], axis=1)
    if toxicity is not None:
        joined["highest_toxicity_grade"] = highest_grade(clinical, toxicity)
    return joined


def filled_from(clinical: pd.DataFrame, derived: pd.DataFrame) -> pd.DataFrame:
    """The clinical table with the derived columns where it leaves them unknown.

    Whether a response was confirmed is taken over with the response alone: a response of the table keeps its own.
    """
    own = clinical_column(clinical, "best_response")
    confirmation = derived["response_confirmed"].where(own.isna() | (own == derived["best_response"]))
    taken = derived.assign(response_confirmed=confirmation)
    columns = {
        str(name): clinical[name].fillna(taken[name]) if name in clinical else taken[name] for name in taken
    }
    return clinical.assign(**columns)


def conflicting_assessments(
    clinical: pd.DataFrame, assessments: pd.DataFrame, rules: EndpointRules
) -> dict[str, tuple[str, ...]]:
    """Patients whose clinical table and assessments differ, by the column that does.

    A best response that asks for confirmation (`best_overall_response`) is no difference, and what one of the
    two alone knows is none.
    """
    derived = responses(assessments, clinical, rules.response)
    found = {}
    for name in ("best_response", "response_confirmed", "progression_date", "last_assessment_date"):
        if name in clinical:
            both = clinical[name].notna() & derived[name].notna()
            differ = (both & (clinical[name] != derived[name]).fillna(False)).astype(bool)
            if name == "best_response":
                strict = derived["best_overall_response"]
                differ &= ~(clinical[name] == strict).fillna(False).astype(bool)
            found[name] = tuple(sorted(clinical.loc[differ, "patient_id"]))
    return {name: patients for name, patients in found.items() if patients}


def conflicting_sex(samples: pd.DataFrame, clinical: pd.DataFrame) -> tuple[str, ...]:
    """Patients whose sex differs between the samplesheet and the clinical table."""
    if "sex" not in clinical:
        return ()
    pairs = samples[["patient_id", "sex"]].merge(clinical[["patient_id", "sex"]], on="patient_id")
    known = pairs[pairs["sex_x"].isin(("female", "male")) & pairs["sex_y"].isin(("female", "male"))]
    return tuple(sorted(set(known.loc[known["sex_x"] != known["sex_y"], "patient_id"])))
