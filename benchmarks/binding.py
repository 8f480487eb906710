"""Binding of 100,000 peptides to six alleles: ours, in seconds and memory, beside MHCnuggets and epytope themselves.

    python benchmarks/binding.py [--peptides 100000] [--peer-peptides 5000] [--mhcnuggets PYTHON] [--epytope PYTHON]

Peptides of 8 to 11 residues are cut at random (seed 1) from the packaged windows of human proteins, shuffled. Ours
runs in a process of its own with one thread, opening the weights and ranking included. The peers run in the same session on the first
--peer-peptides of them and the same alleles, each by the Python it is installed in: MHCnuggets (with a TensorFlow that
still loads it, such as 2.15; its predictions there are not right, see docs/binding.md, its speed is) and epytope's
SMMPMBEC, beside which our SMMPMBEC runs on the same. Start-up of the peers is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from wes_biomarkers.io.predictors.background import packaged_background

ALLELES = ("A*01:01", "A*02:01", "B*07:02", "B*08:01", "C*07:01", "C*07:02")

OURS = """
import json, resource, sys, time
start = time.monotonic()
from wes_biomarkers.io.predictors import open_predictor
from wes_biomarkers.neoantigens.binding import predict_binding
name, path, alleles = sys.argv[1], sys.argv[2], sys.argv[3].split()
peptides = open(path).read().split()
predictor, ranks = open_predictor(name, "I")
binding = predict_binding(peptides, alleles, predictor, ranks)
use = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": time.monotonic() - start, "busy": use.ru_utime + use.ru_stime, "peak": use.ru_maxrss,
                  "median": float(__import__("numpy").nanmedian(binding.ic50_nm))}))
"""
MHCNUGGETS = """
import contextlib, io, json, os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow.keras.optimizers as optimizers
real = optimizers.Adam
optimizers.Adam = lambda lr=None, **words: real(learning_rate=lr, **words)
from mhcnuggets.src.predict import predict
path, alleles = sys.argv[1], sys.argv[2].split()
seconds = 0
with contextlib.redirect_stdout(io.StringIO()):
    predict(class_="I", peptides_path=path, mhc="HLA-A02:01", ba_models=True, output=os.devnull)
    for allele in alleles:
        start = time.monotonic()
        predict(class_="I", peptides_path=path, mhc="HLA-" + allele.replace("*", ""), ba_models=True, output=os.devnull)
        seconds += time.monotonic() - start
print(json.dumps({"seconds": seconds}))
"""
EPYTOPE = """
import json, sys, time
from epytope.Core import Allele, Peptide
from epytope.EpitopePrediction import EpitopePredictorFactory
path, alleles = sys.argv[1], [Allele("HLA-" + name) for name in sys.argv[2].split()]
peptides = [Peptide(text) for text in open(path).read().split()]
start = time.monotonic()
found = EpitopePredictorFactory("smmpmbec").predict(peptides, alleles=alleles)
print(json.dumps({"seconds": time.monotonic() - start}))
"""


def draw_peptides(n_peptide: int) -> list[str]:
    """Distinct peptides of 8 to 11 residues, shuffled."""
    windows = packaged_background().windows
    rng = np.random.default_rng(1)
    found: dict[str, None] = {}
    while len(found) < n_peptide:
        window, length = windows[rng.integers(len(windows))], int(rng.integers(8, 12))
        start = int(rng.integers(len(window) - length + 1))
        found[window[start : start + length]] = None
    return list(found)


def run(python: str, code: str, *words: str) -> dict:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if python != sys.executable:
        env.pop("PYTHONPATH", None)
    done = subprocess.run([python, "-c", code, *words], capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peptides", type=int, default=100_000)
    parser.add_argument("--peer-peptides", type=int, default=5_000)
    parser.add_argument("--mhcnuggets", metavar="PYTHON")
    parser.add_argument("--epytope", metavar="PYTHON")
    given = parser.parse_args()
    peptides = draw_peptides(given.peptides)
    alleles = " ".join(ALLELES)
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "all.txt", Path(folder) / "part.txt"
        whole.write_text("\n".join(peptides) + "\n")
        part.write_text("\n".join(peptides[: given.peer_peptides]) + "\n")
        rate = {}
        for name in ("mhcnuggets", "smmpmbec"):
            ours = run(sys.executable, OURS, name, str(whole), alleles)
            rate[name] = len(peptides) * len(ALLELES) / ours["seconds"]
            print(
                f"ours, {name}: {len(peptides)} peptides x {len(ALLELES)} alleles in {ours['seconds']:.1f} s "
                f"(processor {ours['busy']:.1f} s), peak {ours['peak'] / 1024:.0f} MB, {rate[name]:,.0f} a second"
            )
        for name, python, code in (
            ("mhcnuggets", given.mhcnuggets, MHCNUGGETS),
            ("smmpmbec", given.epytope, EPYTOPE),
        ):
            if python is None:
                continue
            peer = run(python, code, str(part), alleles)
            theirs = given.peer_peptides * len(ALLELES) / peer["seconds"]
            title = "MHCnuggets itself" if name == "mhcnuggets" else "epytope's SMMPMBEC"
            print(
                f"{title}: {given.peer_peptides} x {len(ALLELES)} in {peer['seconds']:.1f} s, "
                f"{theirs:,.0f} a second; ours is {rate[name] / theirs:.0f} x as fast"
            )


if __name__ == "__main__":
    main()
