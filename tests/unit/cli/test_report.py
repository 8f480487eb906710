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
        (["--patient", "P1"], "--patient needs a place"),
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


def test_figures_of_the_cohort_and_of_a_patient_as_files(cohort, tmp_path, capsys):
    assert run(cohort, "--figures", tmp_path / "all") == 0
    assert run(cohort, "--patient", "P000002", "--figures", tmp_path / "one", "--format", "png") == 0
    for folder, suffix, mark in ((tmp_path / "all", ".svg", b"<svg"), (tmp_path / "one", ".png", b"\x89PNG")):
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "index.tsv"}
        assert files and all(name.endswith(suffix) and data.startswith(mark) for name, data in files.items())
        head, *rows = (folder / "index.tsv").read_text().splitlines()
        assert head == "file\tshows" and {row.split("\t")[0] for row in rows} == set(files)
        assert all(row.split("\t")[1] for row in rows)
    drawn = {path.name: path.read_text() for path in (tmp_path / "all").glob("*.svg")}
    unmarked = {name for name, svg in drawn.items() if "SIMULATED DATA" not in svg}
    assert unmarked <= {"hla.svg"}  # words alone: there is nothing to draw
    assert {"tmb-patient.svg", "drivers.svg"} <= {path.name for path in (tmp_path / "all").iterdir()}
    assert "figures" in capsys.readouterr().err


def test_a_format_without_figures_and_an_unknown_patient(cohort, tmp_path, capsys):
    assert run(cohort, "-o", tmp_path / "r.html", "--format", "png") == 2
    assert run(cohort, "--patient", "P999", "--figures", tmp_path / "none") == 2
    (tmp_path / "file").write_text("")
    assert run(cohort, "--figures", tmp_path / "file") == 2
    assert "no such patient" in capsys.readouterr().err and not (tmp_path / "none").exists()
