"""The default trial with three seeds, from reads to tables, against its truth.

Writes results/acceptance.tsv: one line a measure and seed, with the commit, the seed and the minutes taken. The table
in docs/acceptance.md is made from it.
"""

from __future__ import annotations

import csv
import datetime
import subprocess
import time
from pathlib import Path

import pytest
from trial_runs import Trial, build_bundle, wes

from wes_biomarkers.simulate.validate import validate

pytestmark = [pytest.mark.acceptance, pytest.mark.pipeline]

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "results" / "acceptance.tsv"
HEADING = ("commit", "date", "seed", "minutes", "biomarker", "measure", "n", "n_ok", "value", "verdict")


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
    words = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    TABLE.parent.mkdir(exist_ok=True)
    is_new = not TABLE.exists()
    with open(TABLE, "a", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t")
        if is_new:
            writer.writerow(HEADING)
        day = datetime.date.today().isoformat()
        for m in found.measures:
            verdict = {True: "ok", False: "outside", None: ""}[m.ok]
            row = (
                commit,
                day,
                seed,
                f"{minutes:.1f}",
                m.biomarker,
                m.measure,
                m.n,
                m.n_ok,
                m.value,
                verdict,
            )
            writer.writerow(row)
    assert found.ok, list(found.particulars)
