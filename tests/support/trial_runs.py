"""Running our command as a user would, on a small simulated trial."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PARAMETERS = """\
n_patient = 2
seed = 7

[tumor]
n_snv = [60, 12]
coding_share = [0.7, 0.5]
purity = [0.7, 0.5]
progression_patients = ["P02"]
# With two normals the copy-number reference is flat: nothing corrects for uneven capture, so there is little of it.
copy_profile = ["many", "many"]

[reads]
efficiency_sd = 0.05
poor_interval_share = 0.0
depth_tumor = 70.0
depth_normal = 40.0
two_lane_samples = ["P01_T1"]

[clinical]
n_sequenced_only = 0
"""


def wes(*words: object, check: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run our command as a user would; its output is captured."""
    command = [sys.executable, "-m", "wes_biomarkers", *map(str, words)]
    env = os.environ | {"PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        pytest.fail(
            f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
    return done


@dataclass(frozen=True)
class Trial:
    """A simulated trial and its reference bundle."""

    root: Path

    @property
    def sheet(self) -> Path:
        return self.root / "samplesheet.csv"

    @property
    def bundle(self) -> Path:
        return self.root / "bundle"

    def run_words(
        self, outdir: Path, *more: object, sheet: Path | None = None, tables: bool = True
    ) -> list[object]:
        words: list[object] = [
            "run",
            "--input",
            sheet or self.sheet,
            "--reference",
            self.bundle,
            "--outdir",
            outdir,
        ]
        words += ["--params-file", self.root / "params.yaml", *more]
        if tables:
            words += ["--clinical", self.root / "clinical.csv", "--toxicity", self.root / "toxicity.csv"]
        return words


def build_bundle(root: Path) -> None:
    """The reference bundle of a simulated trial, as `bundle` inside it."""
    reference = root / "reference"
    wes(
        "reference", "build", "--fasta", reference / "genome.fa", "--targets", reference / "targets.bed",
        "--gff3", reference / "genes.gff3", "--domains", reference / "domains.tsv",
        "--known-sites", reference / "known_sites.vcf.gz",
        "--germline", reference / "germline.vcf.gz", "--arms", reference / "arms.bed",
        "--hla", reference / "hla", "--build", "simulated-v1", "--synthetic", "--out", root / "bundle",
    )  # fmt: skip
