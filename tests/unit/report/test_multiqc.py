"""The sections for MultiQC: what they hold, and that MultiQC reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wes_biomarkers.io.cohort_folder import Cohort, read_cohort
from wes_biomarkers.report.multiqc import multiqc_sections


@pytest.fixture(scope="module")
def cohort(trial):
    return read_cohort(trial)


def test_what_is_not_known_is_left_out(cohort):
    general = multiqc_sections(cohort)["biomarkers_general"]["data"]
    wide = cohort.tables["biomarker"].merge(
        cohort.tables["pair"][["pair_id", "tumor_sample_id"]], on="pair_id"
    )
    for row in wide.to_dict("records"):
        known = row["tmb_per_mb_status"] == "ok"
        assert ("tmb_per_mb" in general.get(row["tumor_sample_id"], {})) == known
        if known:
            assert general[row["tumor_sample_id"]]["tmb_per_mb"] == pytest.approx(row["tmb_per_mb"])


def test_every_pair_has_a_status(cohort):
    for counts in multiqc_sections(cohort)["biomarkers_status"]["data"].values():
        assert sum(counts.values()) == len(cohort.tables["pair"])


def test_a_cohort_without_sequencing_has_no_section(cohort):
    assert multiqc_sections(Cohort({"clinical": cohort.tables["clinical"]}, cohort.manifest)) == {}


def test_multiqc_shows_them(cohort, tmp_path):
    program = Path(sys.executable).parent / "multiqc"
    if not program.is_file() and not shutil.which("multiqc"):
        pytest.skip("needs multiqc")
    for name, section in multiqc_sections(cohort).items():
        (tmp_path / f"{name}_mqc.json").write_text(json.dumps(section))
    command = [
        str(program),
        str(tmp_path),
        "--no-version-check",
        "--quiet",
        "-o",
        str(tmp_path / "out"),
        "--filename",
        "m",
    ]
    subprocess.run(command, check=True, capture_output=True)
    page = (tmp_path / "out" / "m.html").read_text()
    assert "wes_biomarkers_table" in page and "wes_biomarkers_status" in page
    header, *rows = (tmp_path / "out" / "m_data" / "multiqc_general_stats.txt").read_text().splitlines()
    assert "tmb_per_mb" in header and "msi_score" in header
    tumours = multiqc_sections(cohort)["biomarkers_general"]["data"]
    assert {row.split("\t")[0] for row in rows} == set(tumours)
