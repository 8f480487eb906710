"""Fits of signatures with bootstraps against SigProfilerAssignment's cosmic_fit repeated as often.

    python benchmarks/signatures.py --sigprofiler PYTHON [--samples 1000] [--bootstraps 100] [--peer-samples 100] [--seed 1]

PYTHON is the interpreter of an environment with SigProfilerAssignment 1.1.5. The catalogues are simulated exomes of 50 to
1,000 substitutions from mixtures of COSMIC's signatures (the design `tumour` of simulate/signature_catalogues.py).

Ours runs in full: every sample and every bootstrap, after reading the table. SigProfilerAssignment's cosmic_fit fits
--peer-samples of the same catalogues in one call, without plots; its time, less that of a call on a single sample (start,
imports, writing), is scaled to samples x (bootstraps + 1). Both use one thread. The ratio is of processor seconds, which
other work on the machine disturbs least; wall seconds stand beside it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import sigprofiler

from wes_biomarkers.features.signature_fit import SignatureTable, bootstrap_exposures, fit_exposures
from wes_biomarkers.io.signature_definitions import read_signature_rules
from wes_biomarkers.io.signature_input import CountMatrix
from wes_biomarkers.io.signature_tables import read_signature_table
from wes_biomarkers.simulate.signature_catalogues import simulate_catalogues

#: Samples fitted with their bootstraps at once: 100,000 fits of 101 signatures would fill 80 MB a copy.
BATCH = 50


def spent(who: int) -> tuple[float, float]:
    """(wall, processor) seconds so far."""
    used = resource.getrusage(who)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def ours(matrix: CountMatrix, table: SignatureTable, n_bootstrap: int) -> tuple[float, float]:
    """Seconds of all fits."""
    settings = read_signature_rules().definitions[0].fit
    fit_exposures(matrix.counts[:1], table, settings)  # imports
    wall, cpu = spent(resource.RUSAGE_SELF)
    for at in range(0, len(matrix.counts), BATCH):
        counts = matrix.counts[at : at + BATCH]
        fit_exposures(counts, table, settings)
        bootstrap_exposures(counts, table, settings, n_bootstrap, 1)
    after = spent(resource.RUSAGE_SELF)
    return after[0] - wall, after[1] - cpu


def theirs(python: str, matrix: CountMatrix, table: SignatureTable, n: int) -> tuple[float, float]:
    """Seconds of one call on the first n samples."""
    wall, cpu = spent(resource.RUSAGE_CHILDREN)
    sigprofiler.cosmic_fit(python, CountMatrix("SBS", matrix.samples[:n], matrix.counts[:n]), table)
    after = spent(resource.RUSAGE_CHILDREN)
    return after[0] - wall, after[1] - cpu


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sigprofiler", required=True, metavar="PYTHON")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--bootstraps", type=int, default=100)
    parser.add_argument("--peer-samples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table = read_signature_table("SBS", "GRCh38")
    counts = simulate_catalogues(table, options.samples, options.seed).counts
    matrix = CountMatrix("SBS", tuple(f"S{i}" for i in range(len(counts))), counts)
    n_fit = options.samples * (options.bootstraps + 1)
    one, many = (theirs(options.sigprofiler, matrix, table, n) for n in (1, options.peer_samples))
    mine = ours(matrix, table, options.bootstraps)
    print(f"{options.samples} samples x ({options.bootstraps} bootstraps + 1) = {n_fit} fits")
    for index, clock in enumerate(("wall", "processor")):
        each = (many[index] - one[index]) / (options.peer_samples - 1)
        print(
            f"  {clock}: ours {mine[index]:.0f} s ({1000 * mine[index] / n_fit:.1f} ms a fit); SigProfilerAssignment "
            f"{1000 * each:.0f} ms a fit, {each * n_fit:.0f} s scaled; ratio {each * n_fit / mine[index]:.0f}"
        )


if __name__ == "__main__":
    main()
