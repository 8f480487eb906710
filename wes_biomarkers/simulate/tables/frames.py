"""The tables of a simulated trial that have a few rows a patient, as frames of their contracts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.contracts.tables import QC
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.hla import draw_alleles
from wes_biomarkers.simulate.tables.pairs import RECORDS, Pairs
from wes_biomarkers.simulate.tables.parameters import ARMS
from wes_biomarkers.simulate.tables.toxicity import TERMS
from wes_biomarkers.simulate.tables.trial import RESPONSES, SimulatedTrial

BUILD = "simulated-tables-v1"
TARGETS = "simulated"
NOT_EVALUABLE = "simulated as not evaluable"
FAILED = "simulated failure"

_SEX = np.array(["female", "male"], dtype=object)
_ARM = np.array([*ARMS, None], dtype=object)


def _where(condition: NDArray[np.bool_], word: object) -> NDArray[np.object_]:
    """A word where a condition holds, else missing; a word or one a row."""
    found = np.full(len(condition), None, dtype=object)
    found[condition] = word[condition] if isinstance(word, np.ndarray) else word
    return found


def patient_ids(n: int) -> NDArray[np.object_]:
    """Ids of n patients, in alphabetical order."""
    return np.array([f"P{index:06d}" for index in range(1, n + 1)], dtype=object)


def pair_names(pairs: Pairs, ids: NDArray[np.object_]) -> dict[str, NDArray[np.object_]]:
    """`pair_id`, `tumor` and `normal` sample ids of each pair."""
    names = ids[pairs.patient]
    tumor = names + np.where(pairs.late, "_T2", "_T1").astype(object)
    normal = names + "_N"
    return {"pair_id": tumor + "_vs_" + normal, "tumor": tumor, "normal": normal}


def dates(days: NDArray[np.float64], first_day: str) -> NDArray[np.datetime64]:
    """Days from the first day of the trial as dates; NaN becomes NaT."""
    known = np.isfinite(days)
    offset = np.where(known, days, 0).astype("timedelta64[D]")
    found = (np.datetime64(first_day, "D") + offset).astype("datetime64[s]")
    found[~known] = np.datetime64("NaT")
    return found


def clinical_frame(trial: SimulatedTrial) -> pd.DataFrame:
    """The clinical table as a site would give it, dates and all; unknown covariates are missing."""
    rng = stream(trial.parameters.seed, "tables", "missing")
    first, covariates = trial.parameters.population.first_day, trial.covariates
    allocation, course, response = trial.allocation, trial.course, trial.response
    who = allocation.allocated
    best = _where(who, RESPONSES[response.best])
    induction = RESPONSES[np.where(allocation.responded, np.where(rng.random(trial.n) < 0.15, 0, 1),
                                   2 + (rng.random(trial.n) < 0.4))]  # fmt: skip
    progressed = np.isfinite(course.progression)
    assessment = np.where(who, np.where(progressed, course.progression, course.last_contact), np.nan)
    assigned = _ARM[np.where(who, allocation.assigned.astype(int), 2)]
    frame = pd.DataFrame(
        {
            "patient_id": patient_ids(trial.n),
            "site": np.array([f"S{i:02d}" for i in range(1, trial.parameters.population.n_site + 1)],
                             dtype=object)[covariates["site"].astype(int)],
            "induction_start_date": dates(allocation.induction_day, first),
            "induction_response": induction,
            "allocation_date": dates(allocation.day, first),
            "assignment": np.where(who, np.where(allocation.randomized, "randomized", "preference"),
                                   "not_allocated"),
            "arm_assigned": assigned,
            "arm_received": _ARM[np.where(who, allocation.received.astype(int), 2)],
            "age": covariates["age"],
            "sex": _SEX[covariates["male"].astype(int)],
            "ecog": covariates["ecog"],
            "histology": "squamous cell carcinoma",
            "stage": covariates["stage"],
            "pdl1_cps": covariates["pdl1_cps"],
            "first_dose_date": dates(course.first_dose, first),
            "last_dose_date": dates(course.last_dose, first),
            "radiotherapy_start_date": dates(course.radiotherapy_start, first),
            "radiotherapy_end_date": dates(course.radiotherapy_end, first),
            "best_response": best,
            "response_confirmed": pd.array(response.confirmed, dtype="boolean"),
            "progression_date": dates(course.progression, first),
            "death_date": dates(course.death, first),
            "last_assessment_date": dates(assessment, first),
            "last_contact_date": dates(course.last_contact, first),
            "toxicity_assessed": pd.array(trial.toxicity_assessed, dtype="boolean"),
            "nlr": covariates["nlr"],
        }
    )  # fmt: skip
    frame["response_confirmed"] = frame["response_confirmed"].mask(~frame["best_response"].isin(("CR", "PR")))
    frame["toxicity_assessed"] = frame["toxicity_assessed"].mask(~trial.toxicity_assessed)
    share = trial.parameters.population.covariate_missing_share
    frame["ecog"] = frame["ecog"].astype("Int64")
    for name in ("ecog", "pdl1_cps", "nlr"):
        frame[name] = frame[name].mask(rng.random(trial.n) < share)
    return frame


def toxicity_frame(trial: SimulatedTrial) -> pd.DataFrame:
    """The adverse events as a site would give them."""
    events, first = trial.events, trial.parameters.population.first_day
    names = {column: np.array([row[at] for row in TERMS], dtype=object)
             for at, column in enumerate(("term", "organ", "immune_related"))}  # fmt: skip
    return pd.DataFrame(
        {
            "patient_id": patient_ids(trial.n)[events.patient],
            "term": names["term"][events.term],
            "organ": names["organ"][events.term],
            "grade": events.grade,
            "onset_date": dates(events.onset, first),
            "resolved_date": dates(events.resolved, first),
            "treatment_related": events.related,
            "immune_related": names["immune_related"][events.term].astype(bool),
            "serious": events.serious,
        }
    )


def sample_frame(trial: SimulatedTrial, pairs: Pairs) -> pd.DataFrame:
    """The `sample` table: each patient's normal, tissue, and late plasma."""
    ids, first = patient_ids(trial.n), trial.parameters.population.first_day
    names = pair_names(pairs, ids)
    tumor: dict[str, Any] = {
        "patient_id": ids[pairs.patient],
        "sample_id": names["tumor"],
        "role": "tumor",
        "specimen": np.where(pairs.late, "plasma", "tissue"),
        "timepoint": np.where(pairs.late, "on_treatment", "baseline"),
        "collection_date": dates(pairs.day, first),
    }
    base = ~pairs.late
    normal: dict[str, Any] = {
        "patient_id": tumor["patient_id"][base],
        "sample_id": names["normal"][base],
        "role": "normal",
        "specimen": "blood",
        "timepoint": "baseline",
        "collection_date": tumor["collection_date"][base],
    }
    both = pd.concat([pd.DataFrame(tumor), pd.DataFrame(normal)], ignore_index=True)
    sex = _SEX[trial.covariates["male"].astype(int)]
    return both.assign(targets=TARGETS, sex=both["patient_id"].map(dict(zip(ids, sex, strict=True))))


def pair_frame(trial: SimulatedTrial, pairs: Pairs) -> pd.DataFrame:
    """The `pair` table."""
    ids = patient_ids(trial.n)
    names = pair_names(pairs, ids)
    return pd.DataFrame(
        {
            "patient_id": ids[pairs.patient],
            "pair_id": names["pair_id"],
            "tumor_sample_id": names["tumor"],
            "normal_sample_id": names["normal"],
            "specimen": np.where(pairs.late, "plasma", "tissue"),
            "timepoint": np.where(pairs.late, "on_treatment", "baseline"),
            "targets": TARGETS,
            "entry": "vcf",
            "build": BUILD,
            "status": np.where(pairs.failed, "failed", "ok"),
            "reason": _where(pairs.failed, FAILED),
        }
    )


def biomarker_frame(trial: SimulatedTrial, pairs: Pairs) -> pd.DataFrame:
    """The wide `biomarker` table: each column with its status and flags."""
    ids = patient_ids(trial.n)
    columns: dict[str, object] = {
        "patient_id": ids[pairs.patient],
        "pair_id": pair_names(pairs, ids)["pair_id"],
        "timepoint": np.where(pairs.late, "on_treatment", "baseline"),
        "specimen": np.where(pairs.late, "plasma", "tissue"),
    }
    alleles = draw_alleles(trial)
    flags = np.where(pairs.failed, "", "synthetic").astype(object)
    words = np.array(["not_evaluable", "ok", "failed"], dtype=object)
    for biomarker in BIOMARKERS:
        name = biomarker.column.name
        if name in pairs.columns:
            values = pairs.columns[name]
        else:
            values = alleles.get(name, np.full(trial.n, None, dtype=object))[pairs.patient]
        known = pairs.evaluable[:, RECORDS.index((biomarker.feature, biomarker.definition_id))]
        if biomarker.evidence:
            known = ~pairs.failed & (known | ~pairs.late)
        known = known & pd.notna(values)
        columns[name] = pd.Series(values).where(known, None if values.dtype == object else pd.NA)
        columns[f"{name}_status"] = words[known.astype(int) + 2 * pairs.failed]
        columns[f"{name}_flags"] = flags
    return pd.DataFrame(columns)


def qc_frame(trial: SimulatedTrial, pairs: Pairs) -> pd.DataFrame:
    """The `qc` table."""
    ids, failed = patient_ids(trial.n), pairs.failed
    known = {name: pairs.columns[name] for name in QC.names if name in pairs.columns}
    frame = pd.DataFrame(
        {
            "patient_id": ids[pairs.patient],
            "pair_id": pair_names(pairs, ids)["pair_id"],
            "status": np.where(failed, "failed", "ok"),
            "reason": _where(failed, FAILED),
            "flags": np.where(failed, "", "synthetic"),
            **known,
            "callable_target_mb": pairs.columns["callable_mb"],
        }
    )
    numbers = [*known, "callable_target_mb"]
    frame[numbers] = frame[numbers].mask(np.broadcast_to(failed[:, None], (len(frame), len(numbers))))
    return frame


def patient_frame(trial: SimulatedTrial, pairs: Pairs) -> pd.DataFrame:
    """The `patient` table."""
    count = np.bincount(pairs.patient, minlength=trial.n)
    return pd.DataFrame(
        {
            "patient_id": patient_ids(trial.n),
            "sex": _SEX[trial.covariates["male"].astype(int)],
            "n_tumor_sample": count,
            "n_pair": count,
            "has_clinical": True,
        }
    )
