"""bin/quickstart makes what is missing: the trial, where there is none or an older one, and its bundle."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHOLE = ("samplesheet.csv", "params.yaml", "truth/purity.tsv", "reference/domains.tsv", "reference/hla/x.fa")


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose set-up does nothing and whose command only notes how it was called."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "quickstart", tmp_path / "bin")
    for name, line in (("setup", ""), ("wes-biomarkers", 'echo "$1 $2" >> calls')):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def quickstart(project: Path) -> tuple[list[str], str]:
    """The first two words of each call of the command, and what quickstart itself says."""
    done = subprocess.run(["bin/quickstart"], cwd=project, capture_output=True, text=True, check=True)
    calls = [" ".join(line.split()[:2]) for line in (project / "calls").read_text().splitlines()]
    return calls, done.stdout


RUN = ["run --input", "validate results/quickstart", "cohort show"]


def test_without_a_trial_all_is_made(project: Path) -> None:
    calls, said = quickstart(project)
    assert calls == ["simulate --level", "reference build", *RUN]
    assert "made again" not in said


def test_a_whole_trial_is_kept(project: Path) -> None:
    trial = project / "test_data" / "trial"
    touch(trial, *WHOLE)
    assert quickstart(project)[0] == ["reference build", *RUN]
    (project / "calls").unlink()
    touch(trial, "bundle/reference.json")
    assert quickstart(project)[0] == RUN


@pytest.mark.parametrize("missing", ["reference/domains.tsv", "samplesheet.csv"])
def test_an_older_or_incomplete_trial_is_made_again(project: Path, missing: str) -> None:
    trial = project / "test_data" / "trial"
    touch(trial, *WHOLE)
    (trial / missing).unlink()
    calls, said = quickstart(project)
    assert calls == ["simulate --level", "reference build", *RUN]
    assert said.splitlines()[0] == "test_data/trial is incomplete, or of an older version: it is made again."
    assert not trial.exists()
