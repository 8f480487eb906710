"""A patient's time line: days from the origin of survival, phases, events, samples, adverse events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wes_biomarkers.serve.pages.cells import cell

#: The day the line counts from: the first of these that is known.
_ORIGINS = (
    ("allocation_date", "allocation"),
    ("first_dose_date", "first dose"),
    ("induction_start_date", "start of induction"),
)
#: Phase -> first and last day; an open end is drawn to the last day known.
_PHASES = (
    ("Induction", "induction_start_date", "allocation_date"),
    ("Treatment", "first_dose_date", "last_dose_date"),
    ("Radiotherapy", "radiotherapy_start_date", "radiotherapy_end_date"),
)
_EVENTS = (
    ("allocation", "allocation_date"),
    ("progression", "progression_date"),
    ("death", "death_date"),
    ("last contact", "last_contact_date"),
)


def timeline(
    clinical: Mapping[str, Any], samples: pd.DataFrame, toxicity: pd.DataFrame, assessments: pd.DataFrame
) -> dict[str, Any] | None:
    """One patient's time line, or None where no day is known.

    Args:
        clinical: the patient's row of the clinical table.
        samples: the patient's rows of the sample table.
        toxicity: of the toxicity table.
        assessments: of the assessment table.

    Returns:
        {origin, phases: [{name, start, end, open}], events: [{kind, day}], samples: [{sample_id, role, specimen,
        timepoint, day}], toxicity: [{term, grade, start, end, open, immune_related, treatment_related, serious}],
        assessments: [{day, response, change_percent}]}, all in days from the origin.
    """
    origin = next(
        ((name, cell(clinical.get(column))) for column, name in _ORIGINS if cell(clinical.get(column))), None
    )
    if origin is None:
        return None
    zero = pd.Timestamp(str(origin[1]))
    last = max(
        (day for _, column in _EVENTS if (day := _day(clinical.get(column), zero)) is not None),
        default=0,
    )
    return {
        "origin": origin[0],
        "phases": _phases(clinical, zero, last),
        "events": _events(clinical, zero),
        "samples": _samples(samples, zero),
        "toxicity": [_toxicity(row, zero, last) for row in toxicity.to_dict("records")],
        "assessments": _assessments(assessments, zero),
    }


def _day(value: Any, zero: pd.Timestamp) -> int | None:
    known = cell(value)
    return None if known is None else int((pd.Timestamp(str(known)) - zero).days)


def _phases(clinical: Mapping[str, Any], zero: pd.Timestamp, last: int) -> list[dict[str, Any]]:
    found = []
    for name, start, end in _PHASES:
        first, final = _day(clinical.get(start), zero), _day(clinical.get(end), zero)
        if first is not None:
            arm = cell(clinical.get("arm_received")) if name == "Treatment" else None
            found.append(
                {"name": name, "detail": arm, "start": first, "end": max(first, last if final is None else final),
                 "open": final is None}
            )  # fmt: skip
    return found


def _events(clinical: Mapping[str, Any], zero: pd.Timestamp) -> list[dict[str, Any]]:
    days = [(kind, _day(clinical.get(column), zero)) for kind, column in _EVENTS]
    death = dict(days).get("death")
    return [
        {"kind": kind, "day": day}
        for kind, day in days
        if day is not None and not (kind == "last contact" and day == death)
    ]


def _samples(samples: pd.DataFrame, zero: pd.Timestamp) -> list[dict[str, Any]]:
    return [
        {name: cell(row.get(name)) for name in ("sample_id", "role", "specimen", "timepoint")}
        | {"day": _day(row.get("collection_date"), zero)}
        for row in samples.to_dict("records")
    ]


def _toxicity(row: Mapping[Any, Any], zero: pd.Timestamp, last: int) -> dict[str, Any]:
    start, end = _day(row.get("onset_date"), zero), _day(row.get("resolved_date"), zero)
    told = ("term", "organ", "grade", "treatment_related", "immune_related", "serious")
    return {name: cell(row.get(name)) for name in told} | {
        "start": start,
        "end": None if start is None else max(start, last if end is None else end),
        "open": end is None,
    }


def _assessments(assessments: pd.DataFrame, zero: pd.Timestamp) -> list[dict[str, Any]]:
    return [
        {"day": _day(row.get("assessment_date"), zero), "response": cell(row.get("response")),
         "change_percent": cell(row.get("target_change_percent"))}
        for row in assessments.to_dict("records")
    ]  # fmt: skip
