"""Scans of thousands of features beside loops of lifelines, statsmodels and R's coxph, and permutations of them.

    python benchmarks/scan.py [--patients 1000] [--features 20000] [--covariates 2] [--part 40] [--rscript Rscript]

Simulated (seed 1): features of numbers and, one in three, of yes and no; about half of the patients have the event;
times to a thousandth, so that a few are tied. Ours runs on all features in processes of its own, one thread each,
which also tell the peak memory above that of the data. The peers run in the same session on the first --part features,
a fit each with the same covariates; their time is scaled to all features. For coxph the clock runs inside R. The
largest relative difference of coefficients and standard errors on the part is printed too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

OURS = """
import json, resource, sys, time
import numpy as np, scipy.special, scipy.stats
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.scan_cox import cox_score_null, cox_score_statistics, scan_cox
from wes_biomarkers.stats.scan_glm import scan_linear, scan_logistic
held = np.load(sys.argv[1])
t, event, x, c, y = (held[name] for name in ("time", "event", "x", "c", "y"))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start, busy = peak(), time.perf_counter(), time.process_time()
if sys.argv[2] == "cox":
    scan = scan_cox(follow_up(t, event), x, c)
elif sys.argv[2] == "logistic":
    scan = scan_logistic(event.astype(float), x, c)
elif sys.argv[2] == "linear":
    scan = scan_linear(y, x, c)
else:
    rng, scan, x = np.random.default_rng(1), None, x[:, :1000]
    null = cox_score_null(follow_up(t, event), c)
    largest = [np.abs(z).max() for z in cox_score_statistics(null, x, (rng.permutation(len(t)) for _ in range(1000)))]
result = {"seconds": time.perf_counter() - start, "busy": time.process_time() - busy, "memory": peak() - before}
if scan is not None:
    part = int(sys.argv[3])
    result |= {"beta": scan.coefficients[:part].tolist(), "error": scan.standard_errors[:part].tolist()}
print(json.dumps(result))
"""
COXPH = """
library(survival)
d <- read.csv(commandArgs(TRUE)[1]); features <- grep("^x", names(d), value = TRUE)
covariates <- grep("^c", names(d), value = TRUE)
fit <- function(name) { f <- coxph(reformulate(c(name, covariates), "Surv(time, event)"), d); c(coef(f)[1], sqrt(f$var[1, 1])) }
invisible(fit(features[1]))
start <- proc.time(); found <- sapply(features, fit); seconds <- (proc.time() - start)
cat(seconds["elapsed"], seconds["user.self"] + seconds["sys.self"], "\\n")
write.table(t(found), sep = ",", row.names = FALSE, col.names = FALSE)
"""


def simulate(n: int, m: int, q: int) -> dict[str, np.ndarray]:
    """Patients with covariates that matter and features that do not."""
    rng = np.random.default_rng(1)
    c, x = rng.normal(size=(n, q)), rng.normal(size=(n, m))
    x[:, ::3] = rng.random((n, len(range(0, m, 3)))) < 0.2
    time_to_event = rng.exponential(12 * np.exp(-0.4 * c.sum(axis=1)))
    censored = rng.uniform(2, 30, n)
    return {
        "time": np.round(np.minimum(time_to_event, censored), 3) + 0.001,
        "event": time_to_event <= censored,
        "x": x,
        "c": c,
        "y": c.sum(axis=1) + rng.normal(size=n),
    }


def ours(path: Path, kind: str, part: int) -> dict[str, object]:
    """One scan in a process of its own."""
    words = [sys.executable, "-c", OURS, str(path), kind, str(part)]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, **threads})
    return json.loads(done.stdout)


def lifelines_loop(held: dict[str, np.ndarray], part: int) -> tuple[float, float, np.ndarray]:
    """Seconds, processor seconds, and (part, 2) coefficients and errors of lifelines' CoxPHFitter."""
    import pandas as pd
    from lifelines import CoxPHFitter

    base = pd.DataFrame(held["c"]).add_prefix("c").assign(time=held["time"], event=held["event"])
    found = []
    start, busy = time.perf_counter(), time.process_time()
    for j in range(part):
        fit = CoxPHFitter().fit(base.assign(x=held["x"][:, j]), "time", "event")
        found.append((fit.params_["x"], fit.standard_errors_["x"]))
    return time.perf_counter() - start, time.process_time() - busy, np.array(found)


def statsmodels_loop(held: dict[str, np.ndarray], part: int, kind: str) -> tuple[float, float, np.ndarray]:
    """The same of statsmodels' Logit or OLS."""
    import statsmodels.api as sm

    found = []
    start, busy = time.perf_counter(), time.process_time()
    for j in range(part):
        design = np.column_stack([np.ones(len(held["c"])), held["c"], held["x"][:, j]])
        if kind == "logistic":
            fit = sm.Logit(held["event"].astype(float), design).fit(disp=0, tol=1e-10)
        else:
            fit = sm.OLS(held["y"], design).fit()
        found.append((fit.params[-1], fit.bse[-1]))
    return time.perf_counter() - start, time.process_time() - busy, np.array(found)


def coxph_loop(
    held: dict[str, np.ndarray], part: int, rscript: str, folder: Path
) -> tuple[float, float, np.ndarray]:
    """The same of R's coxph, timed inside R."""
    names = [f"c{j}" for j in range(held["c"].shape[1])] + [f"x{j}" for j in range(part)]
    values = np.column_stack([held["time"], held["event"], held["c"], held["x"][:, :part]])
    table = folder / "part.csv"
    np.savetxt(
        table, values, delimiter=",", header=",".join(["time", "event", *names]), comments="", fmt="%.17g"
    )
    script = folder / "coxph.R"
    script.write_text(COXPH, encoding="utf-8")
    done = subprocess.run([rscript, str(script), str(table)], capture_output=True, text=True, check=True)
    first, *rows = done.stdout.splitlines()
    elapsed, busy = (float(word) for word in first.split())
    return elapsed, busy, np.array([[float(word) for word in row.split(",")] for row in rows])


def compare(
    name: str, mine: dict[str, object], peer: tuple[float, float, np.ndarray], m: int, part: int
) -> None:
    """Print one row."""
    seconds, busy, found = peer
    scale = m / part
    values = np.column_stack([mine["beta"], mine["error"]])
    gap = np.abs(values - found)[:, 0] / found[:, 1], np.abs(values[:, 1] / found[:, 1] - 1)
    print(
        f"  {name}: {part} features in {seconds:.2f} s, scaled {seconds * scale:.0f} s; "
        f"ratio {seconds * scale / float(mine['seconds']):.0f} (processor time "
        f"{busy * scale / float(mine['busy']):.0f}); largest difference of a coefficient "
        f"{gap[0].max():.1e} standard errors, of a standard error {gap[1].max():.1e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--features", type=int, default=20_000)
    parser.add_argument("--covariates", type=int, default=2)
    parser.add_argument("--part", type=int, default=100)
    parser.add_argument("--rscript", default="Rscript")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    m, part = options.features, options.part
    held = simulate(options.patients, m, options.covariates)
    print(
        f"{options.patients} patients, {m} features, {options.covariates} covariates, {held['event'].sum()} events"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "data.npz"
        np.savez(path, **held)
        size = held["x"].nbytes / 1e6
        for kind in ("cox", "logistic", "linear"):
            mine = ours(path, kind, part)
            print(
                f"{kind}: {mine['seconds']:.2f} s ({mine['busy']:.2f} s of processor), "
                f"{mine['memory']:.0f} MB above the features' {size:.0f} MB"
            )
            if kind == "cox":
                compare("lifelines", mine, lifelines_loop(held, part), m, part)
                compare("coxph", mine, coxph_loop(held, part, options.rscript, folder), m, part)
            else:
                compare("statsmodels", mine, statsmodels_loop(held, part, kind), m, part)
        mine = ours(path, "permutations", part)
        print(
            f"1,000 permutations of 1,000 features: {mine['seconds']:.2f} s ({mine['busy']:.2f} s of processor)"
        )


if __name__ == "__main__":
    main()
