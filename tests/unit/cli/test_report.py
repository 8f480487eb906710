"""The command `report`: what it writes, and what it refuses before it reads anything."""

from __future__ import annotations

import pytest

from wes_biomarkers.cli.main import main


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["report", *map(str, arguments)])
    return left.value.code


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli_report")
    with pytest.raises(SystemExit) as left:
        main(
            [
                "simulate",
                "--level",
                "tables",
                "--patients",
                "3",
                "--seed",
                "5",
                "--out",
                str(folder / "trial"),
            ]
        )
    assert left.value.code == 0
    return folder / "trial" / "cohort"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to write"),
        (["--patient", "P1"], "--patient needs a file"),
        (["-o", "report.docx"], "no kind of report"),
    ],
)
def test_refusals(cohort, capsys, arguments, words):
    assert run(cohort, *arguments) == 2
    assert words in capsys.readouterr().err


def test_a_folder_of_patients_with_an_index(cohort, tmp_path, capsys):
    assert run(cohort, "--patients", tmp_path / "pages", "--multiqc", tmp_path / "mqc") == 0
    names = {path.name for path in (tmp_path / "pages").iterdir()}
    assert names == {"index.html", "P000001.html", "P000002.html", "P000003.html"}
    assert {path.name for path in (tmp_path / "mqc").iterdir()} >= {"biomarkers_status_mqc.json"}
    assert "3 patients" in capsys.readouterr().err


def test_one_patient_to_stdout(cohort, capsys):
    assert run(cohort, "--patient", "P000002", "-o", "-") == 0
    out = capsys.readouterr().out
    assert out.startswith("<!DOCTYPE html>") and "Patient P000002" in out


def test_an_unknown_patient(cohort, tmp_path, capsys):
    assert run(cohort, "--patient", "P999", "-o", tmp_path / "p.html") == 2
    assert "no such patient" in capsys.readouterr().err and not (tmp_path / "p.html").exists()
