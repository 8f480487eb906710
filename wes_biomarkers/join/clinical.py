"""Joining sequenced patients to the clinical tables, with what matched nothing on either side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.stats.endpoints import derive_endpoints, highest_grade

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


def join_clinical(clinical: pd.DataFrame, toxicity: pd.DataFrame | None) -> pd.DataFrame:
    """The clinical table with its derived endpoints, and the highest grade where events were given."""
    endpoints = derive_endpoints(clinical)
    joined = clinical.drop(columns=[name for name in endpoints if name in clinical])
    joined = pd.concat([joined, endpoints], axis=1)
    if toxicity is not None:
        joined["highest_toxicity_grade"] = highest_grade(clinical, toxicity)
    return joined


def conflicting_sex(samples: pd.DataFrame, clinical: pd.DataFrame) -> tuple[str, ...]:
    """Patients whose sex differs between the samplesheet and the clinical table."""
    if "sex" not in clinical:
        return ()
    pairs = samples[["patient_id", "sex"]].merge(clinical[["patient_id", "sex"]], on="patient_id")
    known = pairs[pairs["sex_x"].isin(("female", "male")) & pairs["sex_y"].isin(("female", "male"))]
    return tuple(sorted(set(known.loc[known["sex_x"] != known["sex_y"], "patient_id"])))
