"""A two-patient trial, made once, and its undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest
from trial_runs import PARAMETERS, Trial, build_bundle, wes


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    root = tmp_path_factory.mktemp("trial") / "made"
    parameters = root.parent / "trial.toml"
    parameters.write_text(PARAMETERS)
    wes("simulate", "--level", "reads", "--params", parameters, "--out", root)
    build_bundle(root)
    return Trial(root)


@pytest.fixture(scope="session")
def results(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an undisturbed run, alignments kept."""
    outdir = tmp_path_factory.mktemp("undisturbed") / "results"
    wes(*trial.run_words(outdir, "--keep-alignment"))
    return outdir
