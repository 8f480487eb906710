"""The notebooks in docs/ run from top to bottom on an invented cohort, and are kept without outputs."""

from pathlib import Path

import pytest

from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells), "kept without outputs"
    simulate_tables(TableParameters(n_patient=80, seed=3), tmp_path / "trial")
    monkeypatch.setenv("COHORT", str(tmp_path / "trial" / "cohort"))
    client.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert cells[-1].outputs and not any(
        each.output_type == "error" for cell in cells for each in cell.outputs
    )


def test_there_are_some():
    assert NOTEBOOKS
