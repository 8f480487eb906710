"""Joining sequenced patients to the clinical tables, with what matched nothing on either side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from wes_biomarkers.contracts.likely_ids import likely_counterparts
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.endpoint_rules import EndpointRules, read_endpoint_rules
from wes_biomarkers.stats.adverse_events import toxicity_endpoints
from wes_biomarkers.stats.endpoints import clinical_column, derive_endpoints, highest_grade
from wes_biomarkers.stats.recist import grew_without_progression, responses, with_target_change

_EXAMPLES = 5


@dataclass(frozen=True)
class Unmatched:
    """Patient ids that appear on one side only, or are described otherwise on each; sorted."""

    sequenced_without_clinical: tuple[str, ...] = ()
    clinical_without_sequenced: tuple[str, ...] = ()
    toxicity_without_patient: tuple[str, ...] = ()
    conflicting_sex: tuple[str, ...] = ()
    conflicting_best_response: tuple[str, ...] = ()
    conflicting_confirmation: tuple[str, ...] = ()
    conflicting_progression: tuple[str, ...] = ()
    conflicting_last_assessment: tuple[str, ...] = ()
    reappeared_after_complete_response: tuple[str, ...] = ()
    grew_without_progression: tuple[str, ...] = ()


def _examples(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)[:_EXAMPLES])


def match_patients(sequenced: Iterable[str], clinical: Iterable[str]) -> Unmatched:
    """The ids that one side lacks.

    Raises:
        InputError: when both sides have patients and none is common, with examples of both; or when ids of one side
            only differ from the other's as typing does.
    """
    ours, theirs = set(sequenced), set(clinical)
    likely = likely_counterparts(theirs - ours, ours - theirs)
    if likely:
        raise InputError(
            [
                Fault(
                    "differs from a sequenced patient's id only in case, leading zeros or separators",
                    f"Is it {patient}? If so, write the same id in both.",
                    column="patient_id",
                    value=name,
                )
                for name, patient in likely.items()
            ]
        )
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
        given = filled_from(
            clinical, responses(assessments, clinical, rules.response).drop(columns="reappeared")
        )
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
    """Patients whose assessments say otherwise than the clinical table, by the name `Unmatched` has for it.

    What only one of the two knows is no difference, nor is a best response that asks for confirmation
    (`best_overall_response`). Beside them, patients with PR or SD after CR, or whose lesions grew without PD.
    """
    derived = responses(assessments, clinical, rules.response)

    def differing(name: str) -> pd.Series:
        """Whether both know the column and differ in it."""
        own = clinical_column(clinical, name)
        return (own.notna() & derived[name].notna() & (own != derived[name])).fillna(False).astype(bool)

    strict = (clinical_column(clinical, "best_response") == derived["best_overall_response"]).fillna(False)
    chosen = {
        "conflicting_best_response": differing("best_response") & ~strict.astype(bool),
        "conflicting_confirmation": differing("response_confirmed") & ~differing("best_response"),
        "conflicting_progression": differing("progression_date"),
        "conflicting_last_assessment": differing("last_assessment_date"),
        "reappeared_after_complete_response": derived["reappeared"],
    }
    visits = with_target_change(assessments, clinical)
    grown = visits.loc[grew_without_progression(visits), "patient_id"]
    return {
        name: tuple(sorted(clinical.loc[condition.astype(bool), "patient_id"]))
        for name, condition in chosen.items()
    } | {"grew_without_progression": tuple(sorted(set(grown)))}


def conflicting_sex(samples: pd.DataFrame, clinical: pd.DataFrame) -> tuple[str, ...]:
    """Patients whose sex differs between the samplesheet and the clinical table."""
    if "sex" not in clinical:
        return ()
    pairs = samples[["patient_id", "sex"]].merge(clinical[["patient_id", "sex"]], on="patient_id")
    known = pairs[pairs["sex_x"].isin(("female", "male")) & pairs["sex_y"].isin(("female", "male"))]
    return tuple(sorted(set(known.loc[known["sex_x"] != known["sex_y"], "patient_id"])))
