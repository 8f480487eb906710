"""`simulate --level tables`: seconds, peak memory and growth with the number of patients; and trials in memory.

    python benchmarks/simulate_tables.py [--patients 100000] [--variants 20] [--seed 1] [--trials 200]

The command runs as a process of its own on a tenth of the patients and on all of them; the ratio of the two times is
10 if the time is linear. `simulate_trial` makes the same trial as arrays, without files: its time for 200 patients is
the mean over --trials seeds. No program is known to us that makes tables like these: there is no peer.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wes_biomarkers.simulate.tables.parameters import TableParameters
from wes_biomarkers.simulate.tables.trial import simulate_trial


def command(n_patient: int, n_variant: int, seed: int) -> tuple[float, float, float]:
    """Seconds, peak memory in GB of the largest process so far, and size of the folder in GB."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trial"
        words = ["simulate", "--level", "tables", "--out", str(out), "--patients", str(n_patient)]
        words += ["--variants", str(n_variant), "--seed", str(seed)]
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "wes_biomarkers", "--quiet", *words], check=True)
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e9
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6, size


def seconds_a_trial(n_trial: int) -> float:
    """Mean seconds of a trial of 200 patients as arrays."""
    parameters = TableParameters(n_patient=200)
    simulate_trial(parameters)
    start = time.perf_counter()
    for seed in range(n_trial):
        simulate_trial(parameters, seed)
    return (time.perf_counter() - start) / n_trial


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--variants", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=200)
    given = parser.parse_args()
    print("patients\tvariants\tseconds\tpeak_gb\tfolder_gb")
    taken = []
    for n_patient in (given.patients // 10, given.patients):
        seconds, memory, size = command(n_patient, given.variants, given.seed)
        taken.append(seconds)
        print(f"{n_patient}\t{given.variants}\t{seconds:.1f}\t{memory:.2f}\t{size:.2f}")
    print(f"growth for ten times the patients: {taken[1] / taken[0]:.1f}")
    print(f"a trial of 200 patients as arrays: {1e3 * seconds_a_trial(given.trials):.2f} ms")


if __name__ == "__main__":
    main()
