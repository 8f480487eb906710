"""A simulated cohort with stored associations, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from wes_biomarkers.cli.main import main

PLAN = """
schema = "wes_biomarkers.plan/1"
title = "Burden <and> survival"
[families.all]
adjustment = "holm"
[[analysis]]
name = "prognosis"
endpoint = "os"
features = ["tmb_per_mb", "gene:TP53"]
"""


def run(*arguments: object) -> None:
    """A command that must succeed."""
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert left.value.code == 0


@pytest.fixture(scope="session")
def trial(tmp_path_factory) -> Path:
    """The cohort folder of 60 simulated patients, one planned analysis and one that was not."""
    folder = tmp_path_factory.mktemp("report")
    run("simulate", "--level", "tables", "--patients", 60, "--seed", 3, "--out", folder / "trial")
    (folder / "plan.toml").write_text(PLAN)
    cohort = folder / "trial" / "cohort"
    run("associate", cohort, "--plan", folder / "plan.toml", "--store", "-o", folder / "planned.tsv")
    run(
        "associate",
        cohort,
        "--endpoint",
        "response",
        "--feature",
        "loh_fraction",
        "--store",
        "-o",
        folder / "asked.tsv",
    )
    return cohort
