"""The proteomics tables of a simulated trial, and the files a laboratory would give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.proteomics import PROTEOMICS
from wes_biomarkers.io.files import atomic_path
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.frames import dates, patient_ids
from wes_biomarkers.simulate.tables.pairs import followed_at
from wes_biomarkers.simulate.tables.parts import arrow_part, known, words
from wes_biomarkers.simulate.tables.proteomics import Measured, measure
from wes_biomarkers.simulate.tables.terms import protein_names
from wes_biomarkers.simulate.tables.trial import LATE_DAYS, SimulatedTrial

_VALUES_A_PART = 400_000
_TIMEPOINTS = ("baseline", "on_treatment")


def draw_measured(trial: SimulatedTrial) -> Measured:
    """The proteomics samples of a trial; the same trial gives the same."""
    rng = stream(trial.parameters.seed, "tables", "proteomics")
    parameters = trial.parameters.proteomics
    has = rng.random(trial.n) < parameters.measured_share
    late = has & followed_at(trial, LATE_DAYS) & (rng.random(trial.n) < parameters.late_share)
    early = np.flatnonzero(has)
    before = trial.allocation.induction_day[early] - rng.integers(0, 8, len(early))
    after = np.flatnonzero(late)
    days = trial.allocation.day[after] + LATE_DAYS
    return measure(rng, trial.proteins, (early, before), (after, days), parameters)


def _concentration(log2: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the laboratory writes, rounded; the same shape."""
    return np.round(2**log2, 4)


def sample_ids(measured: Measured, n_patient: int) -> NDArray[np.object_]:
    """Sample ids, in alphabetical order."""
    suffix = np.where(measured.late, "_B2", "_B1").astype(object)
    return np.asarray(patient_ids(n_patient)[measured.patient] + suffix)


def proteomics_sample_frame(trial: SimulatedTrial, measured: Measured) -> pd.DataFrame:
    """The `proteomics_sample` table; its first columns are the sample sheet."""
    quantified = np.isfinite(measured.value) & ~measured.below
    return pd.DataFrame(
        {
            "sample_id": sample_ids(measured, trial.n),
            "patient_id": patient_ids(trial.n)[measured.patient],
            "specimen": "serum",
            "timepoint": np.array(_TIMEPOINTS, dtype=object)[measured.late.astype(int)],
            "collection_date": dates(measured.day, trial.parameters.population.first_day),
            "batch": np.array([f"plate{i + 1}" for i in range(trial.parameters.proteomics.n_batch)],
                              dtype=object)[measured.batch],
            "n_quantified": quantified.sum(axis=1),
            "n_below": measured.below.sum(axis=1),
            "n_above": 0,
        }
    )  # fmt: skip


def protein_frame(measured: Measured) -> pd.DataFrame:
    """The `protein` table; a protein without any number is dropped."""
    quantified = np.isfinite(measured.value) & ~measured.below
    kept = np.asarray(quantified.any(axis=0))
    return pd.DataFrame(
        {
            "protein": list(protein_names(measured.value.shape[1])),
            "n_quantified": quantified.sum(axis=0),
            "n_below": measured.below.sum(axis=0),
            "n_above": 0,
            "n_missing": (~np.isfinite(measured.value)).sum(axis=0),
            "kept": kept,
            "reason": pd.Series("never_quantified", index=range(len(kept)), dtype="string").mask(kept),
        }
    )


def proteomics_parts(trial: SimulatedTrial, measured: Measured) -> Iterator[Any]:
    """The `proteomics` table, long: log2 as measured, neither normalised nor corrected for batches."""
    import pyarrow as pa

    names = np.array(protein_names(measured.value.shape[1]), dtype=object)
    order = np.argsort(names)
    samples = sample_ids(measured, trial.n)
    day = dates(measured.day, trial.parameters.population.first_day).astype("datetime64[D]")
    plates = [f"plate{i + 1}" for i in range(trial.parameters.proteomics.n_batch)]
    step = max(1, _VALUES_A_PART // len(names))
    for start in range(0, len(samples), step):
        value = measured.value[start : start + step][:, order]
        at, protein = np.nonzero(np.isfinite(value))
        row, raw = at + start, _concentration(value[at, protein])
        below = measured.below[row, order[protein]]
        yield arrow_part(PROTEOMICS, len(row), {
            "sample_id": words(samples, row),
            "patient_id": words(patient_ids(trial.n), measured.patient[row]),
            "specimen": words(["serum"], np.zeros(len(row), np.int64)),
            "timepoint": words(_TIMEPOINTS, measured.late[row].astype(int)),
            "collection_date": pa.array(day[row]),
            "batch": words(plates, measured.batch[row]),
            "protein": words(names[order], protein),
            "value": known(np.log2(raw)),
            "raw": known(raw),
            "censored": words(["", "below"], below.astype(int)),
            "flags": words([""], np.zeros(len(row), np.int64)),
        })  # fmt: skip


def write_proteomics(path: Path, trial: SimulatedTrial, measured: Measured) -> None:
    """The long table as a laboratory gives it: concentrations, and `<limit` where below the limit."""
    names = np.array(protein_names(measured.value.shape[1]), dtype=object)
    samples = sample_ids(measured, trial.n)
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as handle:
        handle.write("sample_id,protein,value\n")
        for sample, values, below in zip(
            samples, _concentration(measured.value), measured.below, strict=True
        ):
            handle.writelines(
                f"{sample},{name},{'<' if is_below else ''}{value}\n"
                for name, value, is_below in zip(names, values.tolist(), below.tolist(), strict=True)
                if value == value
            )
