"""Who was sequenced when, which pairs failed, and which records of a pair could be evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.biomarkers import BIOMARKERS
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.tables.allocation import log_odds
from wes_biomarkers.simulate.tables.biomarkers import TMB_HIGH_PER_MB, Columns
from wes_biomarkers.simulate.tables.trial import LATE_DAYS, SimulatedTrial

#: (feature, definition_id) of every record a pair may have, in the order of the contract.
RECORDS: tuple[tuple[str, str], ...] = tuple(
    dict.fromkeys((biomarker.feature, biomarker.definition_id) for biomarker in BIOMARKERS)
)
#: The part of a mutation's reads that is seen in plasma.
_PLASMA_SHARE = 0.6


@dataclass(frozen=True)
class Pairs:
    """Tumour-normal pairs in the order of their ids; shape (pairs,) where nothing is said.

    Attributes:
        patient: index of the patient.
        late: a plasma sample 90 days after allocation, else tissue before induction.
        day: of collection, from the first day of the trial.
        failed: the pair did not go through.
        evaluable: shape (pairs, records), in the order of `RECORDS`; all False where failed.
        columns: wide columns by name, as measured.
    """

    patient: NDArray[np.int64]
    late: NDArray[np.bool_]
    day: NDArray[np.float64]
    failed: NDArray[np.bool_]
    evaluable: NDArray[np.bool_]
    columns: Columns

    def __len__(self) -> int:
        return len(self.patient)

    def is_evaluable(self, feature: str) -> NDArray[np.bool_]:
        """Whether the first record of a feature is, shape (pairs,)."""
        return np.asarray(self.evaluable[:, [name for name, _ in RECORDS].index(feature)])

    @cached_property
    def sequenced(self) -> NDArray[np.int64]:
        """Indices of the patients with a pair."""
        return np.unique(self.patient)


def followed_at(trial: SimulatedTrial, days: int) -> NDArray[np.bool_]:
    """Allocated and still followed without progression so many days after allocation, shape (n,)."""
    end = np.fmin(trial.course.progression, trial.course.last_contact)
    return np.asarray(trial.allocation.allocated & (end > trial.allocation.day + days))


def draw_pairs(trial: SimulatedTrial) -> Pairs:
    """The pairs of a trial; the same trial gives the same."""
    rng = stream(trial.parameters.seed, "tables", "pairs")
    population = trial.parameters.population
    sequenced = rng.random(trial.n) < population.sequenced_share
    late = sequenced & followed_at(trial, LATE_DAYS) & (rng.random(trial.n) < population.late_share)
    count = sequenced.astype(int) + late
    patient = np.repeat(np.arange(trial.n), count)
    is_late = np.r_[False, np.diff(patient) == 0] if len(patient) else np.zeros(0, bool)
    before = trial.allocation.induction_day[patient] - rng.integers(3, 29, len(patient))
    day = np.where(is_late, trial.allocation.day[patient] + LATE_DAYS, before)
    failed = rng.random(len(patient)) < population.failed_share
    risk = trial.log_hazard - trial.log_hazard.mean()
    risk = risk / (risk.std() or 1.0)
    share = population.not_evaluable_share
    odds = log_odds(share) if 0 < share < 1 else np.inf * (share - 0.5)
    lost = 1 / (1 + np.exp(-odds - population.informative_missing * risk[patient]))
    evaluable = rng.random((len(patient), len(RECORDS))) >= lost[:, None]
    in_plasma = np.array([feature in ("tmb", "qc") for feature, _ in RECORDS])
    evaluable &= ~failed[:, None] & (~is_late[:, None] | in_plasma)
    columns = {name: values[patient] for name, values in trial.biomarkers.items()}
    _thin(rng, columns, is_late)
    return Pairs(patient, is_late, day, failed, evaluable, columns)


def _thin(rng: np.random.Generator, columns: Columns, late: NDArray[np.bool_]) -> None:
    """Let plasma show a part of the mutations."""
    parts = ("n_snv", "n_indel", "n_mnv")
    for name in (*parts, "n_frameshift"):
        columns[name][late] = rng.binomial(columns[name][late].astype(int), _PLASMA_SHARE)
    columns["n_mutation"] = sum((columns[name] for name in parts), np.zeros(len(late), np.int64))
    callable_mb = columns["callable_mb"].astype(float)
    rate = columns["n_mutation"].astype(float) / callable_mb
    columns |= {"tmb_per_mb": rate, "tmb_high": rate >= TMB_HIGH_PER_MB}
    for name in ("tmb_persistent_per_mb", "tmb_clonal_per_mb"):
        columns[name] = np.where(late, columns[name].astype(float) * _PLASMA_SHARE, columns[name])
