"""The executor and software axes give the configuration they name, and Nextflow's linter finds nothing."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from wes_biomarkers.software import EXECUTOR_PROFILES, SOFTWARE_PROFILES, nextflow_command, task_environment

ROOT = Path(__file__).resolve().parents[2]
PROFILES = list(product(EXECUTOR_PROFILES, SOFTWARE_PROFILES))
ENGINES = ("conda", "docker", "singularity")

pytestmark = pytest.mark.pipeline


def nextflow(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*nextflow_command(), *words],
        cwd=folder,
        env=task_environment() | {"NXF_ANSI_LOG": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    """The configuration of each pair of profiles, two processes at a time: (exit code, text)."""

    def config(profile):
        folder = tmp_path_factory.mktemp("-".join(profile))
        done = nextflow(folder, "config", str(ROOT), "-flat", "-profile", ",".join(profile))
        return done.returncode, done.stdout + done.stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PROFILES, pool.map(config, PROFILES), strict=True))


@pytest.mark.parametrize("profile", PROFILES, ids=",".join)
def test_profiles(configs, profile):
    executor, software = profile
    code, text = configs[profile]
    assert code == 0, text
    settings = dict(re.findall(r"(?m)^([^=\n]+) = (.*)$", text))
    assert settings["process.executor"] == f"'{executor}'"
    enabled = [engine for engine in ENGINES if settings.get(f"{engine}.enabled") == "true"]
    assert enabled == ([] if software == "system" else [software])
    assert ("process.queue" in settings) == (executor == "slurm")
    assert settings["process.'withLabel:process_gatk'.cpus"] == "1", "base.config is read"


def test_lint(tmp_path):
    paths = [str(ROOT / name) for name in ("main.nf", "pipelines", "nextflow.config", "conf")]
    done = nextflow(tmp_path, "lint", *paths)
    assert done.returncode == 0, done.stdout + done.stderr
    (n_clean,) = re.findall(r"(\d+) files had no errors", done.stdout + done.stderr)
    files = [*ROOT.glob("pipelines/**/*.nf"), *ROOT.glob("conf/**/*.config")]
    assert int(n_clean) == len(files) + 2, "main.nf and nextflow.config, and every file below the two folders"
