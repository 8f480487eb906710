"""The clinical and toxicity tables of the simulated trial.

The design: PD-1 inhibitor with chemotherapy first (induction); responders go on to one of two arms, by
randomisation or by their own choice; the others are followed without allocation. Burden mildly improves
response and survival, so that the plots have something to show. No number here comes from a real trial.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wes_biomarkers.simulate.parameters import ClinicalParameters
from wes_biomarkers.simulate.streams import stream

ARMS = ("immunotherapy", "immunotherapy_radiotherapy")
#: Term, organ, immune-related, only with radiotherapy, mean grade.
TOXICITIES: tuple[tuple[str, str, bool, bool, float], ...] = (
    ("fatigue", "general", False, False, 1.4),
    ("anaemia", "blood", False, False, 1.8),
    ("neutropenia", "blood", False, False, 2.2),
    ("rash", "skin", True, False, 1.5),
    ("hypothyroidism", "endocrine", True, False, 1.7),
    ("pneumonitis", "lung", True, False, 2.1),
    ("colitis", "gut", True, False, 2.3),
    ("radiation pneumonitis", "lung", False, True, 2.0),
    ("oesophagitis", "oesophagus", False, True, 2.2),
)

TOXICITY_COLUMNS = (
    "patient_id", "term", "organ", "grade", "onset_date", "resolved_date",
    "treatment_related", "immune_related", "serious",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A patient as the clinic sees them: id, nonsynonymous burden (None: not sequenced), and whether a second
    sample was taken at progression, so that there was one."""

    patient_id: str
    n_nonsynonymous: int | None
    progressed: bool = False


def patient_sex(seed: int, patient_id: str) -> str:
    """Female or male; the trial, as the disease, has more men."""
    return "female" if stream(seed, "sex", patient_id).random() < 0.3 else "male"


def make_clinical(
    subjects: Sequence[Subject], parameters: ClinicalParameters, seed: int
) -> tuple[list[Row], list[Row]]:
    """(clinical rows, toxicity rows): one row a subject in their order, one row an event. Unknown is None."""
    burden = [_standardised(subject, subjects) for subject in subjects]
    latent = [
        0.3 * z + float(stream(seed, "response", s.patient_id).normal()) + (9.0 if s.progressed else 0.0)
        for s, z in zip(subjects, burden, strict=True)
    ]
    n_responder = round(parameters.responder_share * len(subjects))
    responders = set(sorted(range(len(subjects)), key=lambda i: -latent[i])[:n_responder])
    clinical: list[Row] = []
    toxicity: list[Row] = []
    n_allocated = 0
    for index, (subject, z) in enumerate(zip(subjects, burden, strict=True)):
        rng = stream(seed, "clinical", subject.patient_id)
        row = _baseline(rng, subject, parameters, seed)
        # One responder in seven declines to go on.
        allocated = index in responders and (subject.progressed or n_allocated % 7 != 5)
        if index in responders:
            row["induction_response"] = "CR" if rng.random() < 0.15 + 0.05 * z else "PR"
            n_allocated += 1
        else:
            row["induction_response"] = str(rng.choice(["SD", "PD", "NE"], p=[0.55, 0.35, 0.1]))
        if allocated:
            _allocate(rng, row, n_allocated, parameters)
        _follow(rng, row, z, subject.progressed, parameters)
        row["toxicity_assessed"] = None if rng.random() < 0.06 else True
        if row["toxicity_assessed"]:
            toxicity += _events(rng, row)
        clinical.append({name: _cell(value) for name, value in row.items()})
    toxicity.sort(key=lambda event: (event["patient_id"], event["onset_date"], event["term"]))
    return clinical, [{name: _cell(value) for name, value in event.items()} for event in toxicity]


def _standardised(subject: Subject, subjects: Sequence[Subject]) -> float:
    """log1p burden as a z-score over the sequenced, within +-2; 0 for a patient who was not sequenced."""
    if subject.n_nonsynonymous is None:
        return 0.0
    logs = [math.log1p(s.n_nonsynonymous) for s in subjects if s.n_nonsynonymous is not None]
    sd = float(np.std(logs)) or 1.0
    return float(np.clip((math.log1p(subject.n_nonsynonymous) - float(np.mean(logs))) / sd, -2, 2))


def _baseline(rng: np.random.Generator, subject: Subject, parameters: ClinicalParameters, seed: int) -> Row:
    start = dt.date(2022, 1, 10) + dt.timedelta(days=int(rng.integers(0, 540)))
    return {
        "patient_id": subject.patient_id,
        "site": f"S{int(rng.integers(parameters.n_site)) + 1}",
        "age": int(np.clip(rng.normal(63, 8), 38, 84)),
        "sex": patient_sex(seed, subject.patient_id),
        "ecog": int(rng.choice([0, 1, 2], p=[0.45, 0.45, 0.1])),
        "histology": "squamous cell carcinoma",
        "stage": str(rng.choice(["II", "III", "IVA", "IVB"], p=[0.1, 0.4, 0.25, 0.25])),
        "pdl1_cps": None if rng.random() < 0.1 else int(np.clip(rng.lognormal(2, 1.2), 0, 100)),
        "induction_start_date": start,
        "induction_response": None,
        "allocation_date": None,
        "assignment": "not_allocated",
        "arm_assigned": None,
        "arm_received": None,
        "first_dose_date": None,
        "last_dose_date": None,
        "radiotherapy_start_date": None,
        "radiotherapy_end_date": None,
        "best_response": None,
        "response_confirmed": None,
        "progression_date": None,
        "death_date": None,
        "last_assessment_date": None,
        "last_contact_date": None,
        "toxicity_assessed": None,
    }


def _allocate(rng: np.random.Generator, row: Row, rank: int, parameters: ClinicalParameters) -> None:
    """Allocation, by chance or choice in rotation over the responders; every fourth crosses over."""
    choice = 1 - parameters.randomized_share
    row["allocation_date"] = row["induction_start_date"] + dt.timedelta(days=int(rng.integers(84, 112)))
    row["assignment"] = "preference" if int(rank * choice) > int((rank - 1) * choice) else "randomized"
    assigned = int(rng.integers(2))
    row["arm_assigned"] = ARMS[assigned]
    row["arm_received"] = ARMS[1 - assigned if rank % 4 == 3 else assigned]
    row["first_dose_date"] = row["allocation_date"] + dt.timedelta(days=int(rng.integers(3, 15)))


def _follow(
    rng: np.random.Generator, row: Row, z: float, progressed: bool, parameters: ClinicalParameters
) -> None:
    """Progression, death and the last dates. Hazards are constant in time (days) up to the data cutoff."""
    cutoff = dt.date.fromisoformat(parameters.cutoff)
    allocated = row["allocation_date"] is not None
    origin = row["allocation_date"] or row["induction_start_date"] + dt.timedelta(days=84)
    radiotherapy = row["arm_received"] == ARMS[1]
    end = min(cutoff, origin + dt.timedelta(days=int(rng.integers(700, 1000))))
    mean = (420 if allocated else 120) * math.exp(0.4 * z + (0.3 if radiotherapy else 0.0))
    to_progression = 40 + int(rng.exponential(mean))
    if progressed:
        to_progression = min(to_progression, 60 + int(rng.integers(240)))
    to_death = to_progression + 30 + int(rng.exponential(300 * math.exp(0.3 * z)))
    if not progressed and rng.random() < 0.06:
        to_death = max(20, to_progression - 10)
    progression, death = (origin + dt.timedelta(days=days) for days in (to_progression, to_death))
    row["death_date"] = death if death <= end else None
    last = row["death_date"] or end
    row["last_contact_date"] = last
    seen = progression <= min(last, end)
    if not allocated:
        return
    row["progression_date"] = progression if seen else None
    row["last_assessment_date"] = (
        progression if seen else last - dt.timedelta(days=min(int(rng.integers(0, 50)), (last - origin).days))
    )
    row["last_dose_date"] = max(
        row["first_dose_date"], min(last, row["progression_date"] or last, origin + dt.timedelta(days=365))
    )
    if radiotherapy:
        row["radiotherapy_start_date"] = row["first_dose_date"] + dt.timedelta(days=7)
        row["radiotherapy_end_date"] = min(last, row["radiotherapy_start_date"] + dt.timedelta(days=35))
        if row["radiotherapy_start_date"] >= last:
            row["radiotherapy_start_date"] = row["radiotherapy_end_date"] = None
    draw = rng.random() - 0.12 * z
    early = seen and to_progression < 75
    row["best_response"] = "PD" if early else "CR" if draw < 0.25 else "PR" if draw < 0.6 else "SD"
    if row["best_response"] in ("CR", "PR"):
        row["response_confirmed"] = bool(rng.random() < 0.85)


def _events(rng: np.random.Generator, row: Row) -> list[Row]:
    """Adverse events from the first dose to 90 days after the last, while alive; none for the unallocated."""
    first, last = row["first_dose_date"], row["last_dose_date"]
    if first is None:
        return []
    window = min(row["last_contact_date"], last + dt.timedelta(days=90))
    events: list[Row] = []
    for term, organ, immune, only_radiotherapy, mean_grade in TOXICITIES:
        if only_radiotherapy and row["radiotherapy_start_date"] is None:
            continue
        if rng.random() > (0.45 if only_radiotherapy else 0.28):
            continue
        grade = int(np.clip(1 + rng.poisson(mean_grade - 1), 1, 4))
        earliest, latest = first, window
        if only_radiotherapy:
            earliest = row["radiotherapy_start_date"]
            latest = min(window, row["radiotherapy_end_date"] + dt.timedelta(days=60))
        onset = earliest + dt.timedelta(days=int(rng.integers(0, max(1, (latest - earliest).days))))
        resolved = onset + dt.timedelta(days=int(rng.integers(5, 60)))
        resolved_seen = resolved if resolved <= row["last_contact_date"] else None
        related = bool(immune or only_radiotherapy or rng.random() < 0.5)
        serious = grade >= 3 and bool(rng.random() < 0.7)
        values = (row["patient_id"], term, organ, grade, onset, resolved_seen, related, immune, serious)
        events.append(dict(zip(TOXICITY_COLUMNS, values, strict=True)))
    return events


def _cell(value: Any) -> str:
    """A value as a table's cell: empty for unknown, ISO dates, lower-case booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
