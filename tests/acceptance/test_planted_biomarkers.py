"""Sixty simulated preference trials of 200 patients: planted biomarkers are found and called what they are.

Seeds 1 to 60; tried out on 100 to 107. About 110 of the 200 are allocated and 80 of them die.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import planted_study as study
import pytest
from acceptance_table import Measure, note
from scipy.stats import binom

pytestmark = pytest.mark.acceptance

SEEDS = range(1, 61)
#: Largest share of trials with any false call that a family-wise level of .05 explains (99.9 %).
MOST_FALSE = float(binom.ppf(0.999, len(SEEDS), 0.05) / len(SEEDS))


def test_planted_biomarkers_are_called_what_they_are(tmp_path: Path) -> None:
    start = time.monotonic()
    said = [study.said_of(seed, tmp_path / str(seed)) for seed in SEEDS]

    def share(name: str, question: str) -> float:
        return float(np.mean([getattr(each, question)[name] < 0.05 for each in said]))

    measures = []
    for name in study.PROGNOSTIC:
        value = share(name, "prognostic")
        measures.append(
            Measure(f"{name}, prognostic: called so", len(SEEDS), value, "at least .75", value >= 0.75)
        )
    for name in study.PREDICTIVE:
        value = share(name, "predictive")
        measures.append(
            Measure(f"{name}, predictive: called so", len(SEEDS), value, "at least .75", value >= 0.75)
        )
    others = (*study.PROGNOSTIC, *study.IDLE)
    wrong = float(np.mean([any(each.predictive[name] < 0.05 for name in others) for each in said]))
    idle = float(np.mean([any(each.prognostic[name] < 0.05 for name in study.IDLE) for each in said]))
    limit = f"at most {MOST_FALSE:.3f}"
    measures += [
        Measure(
            "trials with any other feature called predictive", len(SEEDS), wrong, limit, wrong <= MOST_FALSE
        ),
        Measure("trials with an idle feature called prognostic", len(SEEDS), idle, limit, idle <= MOST_FALSE),
    ]
    status = [each.table.set_index("analysis")["status"] for each in said]
    refused = float(np.mean([(each[["responders", "toxicity"]] == "refused").all() for each in status]))
    late = float(np.mean([(each[["late sample"]] == "not_evaluable").all() for each in status]))
    measures += [
        Measure("survival by response or toxicity refused", len(SEEDS), refused, "1", refused == 1),
        Measure("samples of after the origin not counted", len(SEEDS), late, "1", late == 1),
    ]
    note("associate, planted", "1-60", (time.monotonic() - start) / 60, measures)
    assert [measure.measure for measure in measures if measure.ok is False] == []
