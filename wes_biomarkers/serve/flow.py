"""The flow of patients from the cohort through a filter, enrolment and sequencing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.flow import Flow, Step, unless
from wes_biomarkers.join.population import enrol, sample_steps
from wes_biomarkers.serve.store import Store


@dataclass(frozen=True)
class CohortFlow:
    """Where each patient of the whole cohort leaves the flow, and why.

    Attributes:
        steps: names, the first of which nobody leaves at.
        losses: (step, reason) by code.
        codes: each patient's, shape (patients,); len(losses) for those who stay.
    """

    steps: tuple[str, ...]
    losses: tuple[tuple[str, str], ...]
    codes: np.ndarray

    def among(self, mask: np.ndarray) -> list[Step]:
        """The steps of the patients of a mask."""
        sizes = np.bincount(self.codes[mask], minlength=len(self.losses) + 1)
        lost: dict[str, Counter[str]] = {name: Counter() for name in self.steps}
        for (step, reason), n in zip(self.losses, sizes.tolist(), strict=False):
            lost[step][reason] += n
        left, found = int(mask.sum()), []
        for name, reasons in lost.items():
            left -= reasons.total()
            told = sorted(
                ((word, n) for word, n in reasons.items() if n), key=lambda each: (-each[1], each[0])
            )
            found.append(Step(name, left, tuple(told)))
        return found


def flow_of(store: Store, mask: np.ndarray, filtered: bool) -> list[dict[str, Any]]:
    """The flow of the patients of a mask, who were chosen by a filter or not; each loss with its reasons."""
    found: CohortFlow = store.remembered("flow", lambda: _whole(store))
    steps = flow_steps(found.among(mask))
    if filtered:
        n, chosen = len(mask), int(mask.sum())
        steps[0] = steps[0] | {"step": "chosen by the filter", "excluded": n - chosen}
        steps.insert(0, {"step": "in the cohort", "n": n, "excluded": 0, "reason": "", "lost": []})
    return steps


def _whole(store: Store) -> CohortFlow:
    """The flow of everybody."""
    tables, ids = store.tables(np.ones(len(store.patients), bool)), list(store.patients)
    if "clinical" in tables and len(tables["clinical"]):
        clinical = tables["clinical"].set_index("patient_id")
        flow = enrol(ids, clinical, ENDPOINTS["os"], Analysis("", "os"))
    else:
        flow = Flow.start("in the cohort", ids)
    if "pair" in tables:
        sample_steps(tables, flow)
    else:
        patient = tables["patient"].set_index("patient_id")
        flow.keep("with a tumour sample", unless(patient["n_tumor_sample"] > 0, "no tumour sample"))
    keys: dict[tuple[str, str], int] = {}
    codes = np.full(len(ids), -1, np.int64)
    for step, reasons in flow.losses:
        at = store.patients.get_indexer(pd.Index(reasons.index))
        codes[at] = [keys.setdefault((step, str(reason)), len(keys)) for reason in reasons]
    codes[codes < 0] = len(keys)
    return CohortFlow(tuple(step.name for step in flow.steps), tuple(keys), codes)


def flow_steps(steps: list[Step]) -> list[dict[str, Any]]:
    """Steps as the page draws them."""
    return [
        {"step": step.name, "n": step.n, "excluded": sum(n for _, n in step.lost),
         "reason": "; ".join(f"{word} ({n})" for word, n in step.lost),
         "lost": [{"reason": word, "n": n} for word, n in step.lost]}
        for step in steps
    ]  # fmt: skip
