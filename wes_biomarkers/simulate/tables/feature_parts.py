"""The long `feature` table of a simulated trial: every simulated value of every pair, and the covariate `nlr`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.cohort.records import CLINICAL_DEFINITION
from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES
from wes_biomarkers.contracts.biomarkers.base import Biomarker
from wes_biomarkers.contracts.tables import FEATURE
from wes_biomarkers.simulate.tables.frames import NOT_EVALUABLE
from wes_biomarkers.simulate.tables.pairs import RECORDS, Pairs
from wes_biomarkers.simulate.tables.parts import PATIENTS_A_PART, Source, arrow_part, known, words

Numbers = NDArray[np.float64]


def _simulated(pairs: Pairs) -> tuple[Biomarker, ...]:
    """The numeric values that are simulated, in the order of the table's key."""
    found = [b for b in BIOMARKERS if b.column.name in pairs.columns and b.column.dtype != "string"]
    return tuple(sorted(found, key=lambda b: (b.feature, b.definition_id, b.value)))


def poisson_interval(count: Numbers) -> tuple[Numbers, Numbers]:
    """Exact 95 % interval of Poisson counts, same shape each (Garwood 1936)."""
    from scipy.special import gammaincinv

    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), 0.025), 0.0)
    return low, gammaincinv(count + 1, 0.975)


def feature_parts(source: Source, nlr: Numbers) -> Iterator[Any]:
    """The `feature` table; `nlr` of every patient as the clinical table has it, NaN where unknown, shape (n,)."""
    pairs, n_patient = source.pairs, source.trial.n
    template = _simulated(pairs)
    record = np.array([RECORDS.index((b.feature, b.definition_id)) for b in template])
    evidence = np.array([b.evidence for b in template])
    # Row 0 of the template is the patient's covariate, before all rows of pairs: its pair id is empty.
    texts: dict[str, list[str | None]] = {
        "feature": ["nlr", *(b.feature for b in template)],
        "definition_id": [CLINICAL_DEFINITION, *(b.definition_id for b in template)],
        "name": ["nlr", *(b.value for b in template)],
        "unit": [None, *(VALUES[b.feature, b.value].unit for b in template)],
    }
    burden = 1 + np.array(
        [at for at, b in enumerate(template) if (b.feature, b.value) == ("tmb", "tmb_per_mb")]
    )
    low_count, high_count = poisson_interval(pairs.columns["n_mutation"].astype(float))
    for start in range(0, n_patient, PATIENTS_A_PART):
        patients = np.arange(start, min(n_patient, start + PATIENTS_A_PART))
        edges = np.searchsorted(pairs.patient, [patients[0], patients[-1] + 1])
        chosen = np.arange(*edges)[~pairs.failed[edges[0] : edges[1]]]
        unit_patient = np.concatenate([patients, pairs.patient[chosen]])
        unit_pair = np.concatenate([np.full(len(patients), -1), chosen])
        order = np.lexsort((unit_pair, unit_patient))
        unit_patient, unit_pair = unit_patient[order], unit_pair[order]
        size = np.where(unit_pair < 0, 1, len(template))
        unit = np.repeat(np.arange(len(size)), size)
        at = np.arange(len(unit)) - np.repeat(np.cumsum(size) - size, size)
        pair, of_pair = unit_pair[unit], unit_pair[unit] >= 0
        row = np.where(of_pair, at + 1, 0)
        values = np.stack([pairs.columns[b.column.name][chosen].astype(float) for b in template], axis=1)
        value = np.empty(len(unit))
        value[~of_pair], value[of_pair] = nlr[patients], values.ravel()
        is_known = np.ones(len(unit), bool)
        # Evidence is measured even where the biomarker is not evaluable, but for records that plasma has not.
        is_known[of_pair] = (
            pairs.evaluable[chosen][:, record] | (evidence & ~pairs.late[chosen][:, None])
        ).ravel()
        value[~is_known] = np.nan
        is_ok = np.isfinite(value)
        mutated = np.where(np.isin(row, burden) & is_ok, pair, -1)
        count = np.where(mutated >= 0, pairs.columns["n_mutation"][mutated].astype(float), np.nan)
        mb = pairs.columns["callable_mb"][mutated].astype(float)
        main = mutated >= 0
        zero = np.zeros(len(unit), np.int64)
        reasons = ["unknown in the clinical table", NOT_EVALUABLE]
        yield arrow_part(FEATURE, len(unit), {
            "patient_id": words(source.patient_id, unit_patient[unit]),
            "sample_id": words([""], zero),
            "pair_id": words(np.append(source.pair_id, ""), np.where(of_pair, pair, len(pairs))),
            **{name: words(text, row) for name, text in texts.items()},
            "status": words(["not_evaluable", "ok"], is_ok.astype(int)),
            "reason": words(reasons, np.where(is_ok, -1, of_pair.astype(int))),
            "flags": words(["", "synthetic"], of_pair.astype(int)),
            "value": known(value),
            "numerator": known(count),
            "denominator": known(np.where(main, mb, np.nan)),
            "ci_low": known(np.where(main, low_count[mutated] / mb, np.nan)),
            "ci_high": known(np.where(main, high_count[mutated] / mb, np.nan)),
        })  # fmt: skip
