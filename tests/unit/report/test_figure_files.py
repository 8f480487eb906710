"""Figures as files: none takes another's name, whatever its gene is called."""

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.plots.theme import message
from wes_biomarkers.report.figure import Figure
from wes_biomarkers.report.figure_files import write_figure_files


def test_names_that_are_alike_in_a_file_system_are_numbered(tmp_path):
    names = ["lollipop-A/B", "lollipop-A B", "lollipop-a_b-2", "../lollipop", "lollipop-🧬"]
    figures = [Figure(name, message(name), f"of {name}") for name in names]
    assert write_figure_files(figures, tmp_path / "all", ".svg") == len(names)
    lines = [line.split("\t") for line in (tmp_path / "all" / "index.tsv").read_text().splitlines()[1:]]
    assert [told for _, told in lines] == [f"of {name}" for name in names]
    files = [file for file, _ in lines]
    assert len({file.lower() for file in files}) == len(names)
    assert sorted([*files, "index.tsv"]) == sorted(path.name for path in (tmp_path / "all").iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["all"]


def test_a_file_is_no_folder_for_figures(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        write_figure_files([], tmp_path / "file", ".svg")
