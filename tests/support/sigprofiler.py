"""SigProfilerAssignment's cosmic_fit on a matrix, in an environment of its own.

    python tests/support/sigprofiler.py PYTHON

remakes the fixtures of its exposures: PYTHON is the interpreter of an environment with SigProfilerAssignment 1.1.5. The
second fixture also needs Rscript and MutationalPatterns 3.8.1 (Debian's r-bioc-mutationalpatterns).
"""

from __future__ import annotations

import csv
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.mutation_channels import SBS96
from wes_biomarkers.features.signature_fit import SignatureTable
from wes_biomarkers.io.signature_input import CountMatrix, read_count_matrix
from wes_biomarkers.io.signature_tables import read_signature_table
from wes_biomarkers.simulate.signature_catalogues import Design, simulate_catalogues

FloatArray = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
#: Exposures of the first catalogues of each design and seed, and of MutationalPatterns'.
SIMULATED, REAL = HERE / "sigprofiler_simulated.tsv", HERE / "sigprofiler_mutationalpatterns.tsv"
DESIGNS: tuple[Design, ...] = ("tumour", "any")
#: Nothing was tuned on these, and nobody had looked at them when the method was settled. Tuning: 100 to 199, and 1.
SEEDS = (31, 32)
N_SAMPLE, N_KEPT = 200, 40
#: Where Debian installs the package.
MUTATIONAL_PATTERNS = Path("/usr/lib/R/site-library/MutationalPatterns")

_CALL = """
import sys
from SigProfilerAssignment import Analyzer
if __name__ == "__main__":
    Analyzer.cosmic_fit(samples=sys.argv[1], output=sys.argv[2], input_type="matrix", genome_build=sys.argv[3],
                        exome=sys.argv[4] == "exome", cosmic_version=3.6, make_plots=False, cpu=1)
"""


def write_matrix(path: Path, samples: Sequence[str], counts: FloatArray) -> None:
    """Channels down, samples across."""
    lines = ["\t".join(["Type", *samples])]
    lines += [
        "\t".join([name, *map(str, row)]) for name, row in zip(SBS96, counts.T.astype(int), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")


def cosmic_fit(python: str, matrix: CountMatrix, table: SignatureTable, *, exome: bool = True) -> FloatArray:
    """Its exposures, shape (samples, signatures of the table)."""
    build = table.version.split()[-1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_matrix(folder / "matrix.txt", matrix.samples, matrix.counts)
        (folder / "call.py").write_text(_CALL)
        words = [python, "call.py", "matrix.txt", "out", build, "exome" if exome else "genome"]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
        path = folder / "out/Assignment_Solution/Activities/Assignment_Solution_Activities.txt"
        with open(path, newline="") as handle:
            rows = {row["Samples"]: row for row in csv.DictReader(handle, delimiter="\t")}
    return np.array(
        [[float(rows[sample].get(name) or 0) for name in table.names] for sample in matrix.samples]
    )


def simulated(design: Design, seed: int, table: SignatureTable) -> tuple[CountMatrix, FloatArray]:
    """The catalogues of a design and seed with their true exposures."""
    made = simulate_catalogues(table, N_SAMPLE, seed, design)
    return CountMatrix("SBS", tuple(f"S{i:03d}" for i in range(N_SAMPLE)), made.counts), made.exposures


def mutational_patterns(folder: Path, target: Path) -> CountMatrix:
    """The nine catalogues of MutationalPatterns' example, whole genomes of GRCh37, read by R."""
    source = folder / "states" / "mut_mat_data.rds"
    script = f'm <- readRDS("{source}"); write.table(m, "{target}", sep="\\t", quote=FALSE)'
    subprocess.run(["Rscript", "-e", script], check=True, capture_output=True)
    return read_count_matrix(target)


def read_exposures(path: Path, table: SignatureTable) -> dict[str, FloatArray]:
    """A fixture: sample -> mutations of each signature of the table."""
    found: dict[str, FloatArray] = {}
    with open(path, newline="") as handle:
        for row in csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"):
            exposures = found.setdefault(row["sample"], np.zeros(len(table.names)))
            exposures[table.names.index(row["signature"])] = float(row["mutations"])
    return found


def write_exposures(path: Path, said: str, found: dict[str, FloatArray], table: SignatureTable) -> None:
    """Write a fixture, with a line that says how it was made."""
    lines = [f"# {said}", "sample\tsignature\tmutations"]
    for sample, exposures in found.items():
        lines += [f"{sample}\t{table.names[at]}\t{exposures[at]:g}" for at in np.flatnonzero(exposures)]
    path.write_text("\n".join(lines) + "\n")


def main(python: str, package: Path = MUTATIONAL_PATTERNS) -> None:
    """Remake both fixtures."""
    settings = "SigProfilerAssignment 1.1.5, cosmic_fit, COSMIC v3.6"
    table, found = read_signature_table("SBS", "GRCh38"), {}
    for design, seed in itertools.product(DESIGNS, SEEDS):
        matrix, _ = simulated(design, seed, table)
        exposures = cosmic_fit(python, matrix, table)[:N_KEPT]
        named = zip(matrix.samples, exposures, strict=False)
        found |= {f"{design}_{seed}_{name}": row for name, row in named}
    said = f"{settings}, GRCh38, exome=True: the first {N_KEPT} of simulate_catalogues, by design and seed"
    write_exposures(SIMULATED, said, found, table)
    genome = read_signature_table("SBS", "GRCh37", exome=False)
    with tempfile.TemporaryDirectory() as name:
        matrix = mutational_patterns(package, Path(name) / "matrix.tsv")
    exposures = cosmic_fit(python, matrix, genome, exome=False)
    said = f"{settings}, GRCh37, exome=False, on mut_mat_data.rds of MutationalPatterns 3.8.1"
    write_exposures(REAL, said, dict(zip(matrix.samples, exposures, strict=True)), genome)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
