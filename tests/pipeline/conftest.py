"""A two-patient trial, made once, and its undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest
from trial_runs import PARAMETERS, Trial, wes


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    root = tmp_path_factory.mktemp("trial") / "made"
    parameters = root.parent / "trial.toml"
    parameters.write_text(PARAMETERS)
    wes("simulate", "--level", "reads", "--params", parameters, "--out", root)
    reference = root / "reference"
    wes(
        "reference", "build", "--fasta", reference / "genome.fa", "--targets", reference / "targets.bed",
        "--gff3", reference / "genes.gff3", "--known-sites", reference / "known_sites.vcf.gz",
        "--germline", reference / "germline.vcf.gz", "--build", "simulated-v1", "--synthetic",
        "--out", root / "bundle",
    )  # fmt: skip
    return Trial(root)


@pytest.fixture(scope="session")
def results(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an undisturbed run, alignments kept."""
    outdir = tmp_path_factory.mktemp("undisturbed") / "results"
    wes(*trial.run_words(outdir, "--keep-alignment"))
    return outdir
