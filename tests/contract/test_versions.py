"""The version is one, wherever it is written."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from wes_biomarkers import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_pyproject():
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        == __version__
    )


def test_nextflow_manifest():
    text = (ROOT / "nextflow.config").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^    version = '(.+)'$", text) == [__version__]


def test_images():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "pipelines").rglob("*.nf")]
    tags = [tag for text in texts for tag in re.findall(r"container '[\w/-]+:([^']+)'", text)]
    assert len(tags) > 15
    assert set(tags) == {__version__}


def test_gatk_of_the_pom_is_that_of_the_environment():
    pom = (ROOT / "containers" / "jvm" / "gatk" / "pom.xml").read_text(encoding="utf-8")
    environment = (ROOT / "containers" / "gatk" / "environment.yml").read_text(encoding="utf-8")
    (version,) = re.findall(r"gatk4=([\d.]+)", environment)
    assert f"<version>{version}</version>" in pom


def test_nextflow_of_the_pom_satisfies_the_manifest():
    from wes_biomarkers.software import NEXTFLOW_TRIED, version_key

    pom = (ROOT / "containers" / "jvm" / "nextflow" / "pom.xml").read_text(encoding="utf-8")
    assert f"<version>{NEXTFLOW_TRIED}</version>" in pom
    config = (ROOT / "nextflow.config").read_text(encoding="utf-8")
    (minimum,) = re.findall(r"nextflowVersion = '>=([\d.]+)'", config)
    assert version_key(minimum) <= version_key(NEXTFLOW_TRIED)
