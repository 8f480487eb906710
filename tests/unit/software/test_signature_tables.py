import re
from pathlib import Path

import pytest

from wes_biomarkers import software
from wes_biomarkers.errors import InputError
from wes_biomarkers.io import signature_tables

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "containers" / "wes-biomarkers"


@pytest.mark.parametrize(
    ("name", "package"),
    [("signatures", "SigProfilerAssignment"), ("mhcnuggets", "mhcnuggets"), ("smmpmbec", "epytope")],
)
def test_a_wheel_is_pinned_by_its_hash_and_names_no_address(name, package):
    lines = [line for line in (FOLDER / f"{name}.lock").read_text().splitlines() if not line.startswith("#")]
    assert re.fullmatch(package + r"==[0-9.]+ \\ +--hash=sha256:[0-9a-f]{64}", " ".join(lines))
    script = (FOLDER / "fetch").read_text()
    assert "--require-hashes" in script and "--no-deps" in script and "http" not in script


def test_all_places_name_one_version_of_the_tables():
    unpacked = re.search(r"COSMIC_v([0-9]+)\\\.([0-9]+)_", (FOLDER / "signatures.py").read_text())
    assert unpacked
    version = ".".join(unpacked.groups())
    for path in (ROOT / "bin" / "setup", FOLDER / "Dockerfile", ROOT / "containers" / "README.md"):
        assert set(re.findall(r"\bcosmic-([0-9.]+[0-9])", path.read_text())) == {version}
    assert f"COSMIC v{version}" in (ROOT / "docs" / "signatures.md").read_text()


@pytest.mark.parametrize(("name", "package"), [("mhcnuggets", "mhcnuggets"), ("smmpmbec", "epytope")])
def test_the_folder_of_a_predictor_has_the_version_of_its_wheel(name, package):
    version = re.search(rf"{package}==([0-9.]+)", (FOLDER / f"{name}.lock").read_text())[1]
    for path in (ROOT / "bin" / "setup", FOLDER / "Dockerfile", ROOT / "containers" / "README.md"):
        assert set(re.findall(rf"\b{package}-([0-9.]+[0-9])", path.read_text())) == {version}


def test_doctor_says_where_the_tables_are(monkeypatch, tmp_path):
    table = tmp_path / "GRCh38" / "COSMIC_v3.6_SBS_GRCh38_exome.txt"
    table.parent.mkdir()
    table.touch()
    monkeypatch.setenv(signature_tables.ENVIRONMENT, str(tmp_path))
    found = software.find_signatures()
    assert (found.status, found.version, found.path) == ("ok", "3.6", str(table.parent))


def test_without_tables_the_remedy_is_the_set_up(monkeypatch):
    def none(*words):
        raise InputError("absent")

    monkeypatch.setattr(signature_tables, "signature_file", none)
    found = software.find_signatures()
    assert found.stops and found.status == "missing" and found.remedy == "Run bin/setup"


def test_doctor_says_where_the_weights_are(monkeypatch, tmp_path):
    weights = tmp_path / "mhcnuggets-9.9" / "weights.npz"
    weights.parent.mkdir()
    weights.touch()
    monkeypatch.setenv("WES_BIOMARKERS_PREDICTORS", str(tmp_path))
    found, absent = software.find_predictors()
    assert (found.name, found.status, found.version, found.path) == (
        "mhcnuggets",
        "ok",
        "9.9",
        str(weights.parent),
    )
    assert (absent.name, absent.status, absent.remedy) == ("smmpmbec", "missing", "Run bin/setup")
    assert absent.stops
