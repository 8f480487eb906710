"""The default trial with three seeds, from reads to tables, against its truth.

The minutes noted are those of `wes-biomarkers run`.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from acceptance_table import Measure, note
from trial_runs import Trial, build_bundle, wes

from wes_biomarkers.simulate.validate.trial import validate

pytestmark = [pytest.mark.acceptance, pytest.mark.pipeline]

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_default_trial(seed: int, tmp_path: Path) -> None:
    trial = Trial(tmp_path / "trial")
    wes(
        "simulate",
        "--level",
        "reads",
        "--params",
        ROOT / "test_data/trial.toml",
        "--seed",
        seed,
        "--out",
        trial.root,
    )
    build_bundle(trial.root)
    start = time.monotonic()
    wes(*trial.run_words(tmp_path / "results"))
    minutes = (time.monotonic() - start) / 60
    found = validate(tmp_path / "results", trial.root / "truth", min_sensitivity=0.98, max_false_calls=1)
    note(
        "trial",
        str(seed),
        minutes,
        (Measure(f"{m.biomarker}: {m.measure}", m.n, m.value, m.tolerance, m.ok) for m in found.measures),
    )
    assert found.ok, list(found.particulars)
