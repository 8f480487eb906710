"""The parameter file and the command's own checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from wes_biomarkers.cli.main import cli
from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.parameters import Parameters, check_parameters, read_parameters
from wes_biomarkers.simulate.plan import plan_trial

DEMO = Path(__file__).resolve().parents[3] / "test_data" / "trial.toml"


def test_the_demonstration_file_states_the_defaults() -> None:
    assert read_parameters(DEMO) == Parameters()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("n_patient = 3\n[tumor]\npurity = [0.5]\n[reads]\ndepth_tumor = 20\n")
    parameters = read_parameters(file)
    assert (parameters.n_patient, parameters.tumor.purity, parameters.reads.depth_tumor) == (3, (0.5,), 20.0)
    assert parameters.genome == Parameters().genome


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('n_patients = 3\nseed = "x"\ntumor = 1\n[reads]\ndepth = 20\n[genome]\nn_gene = true\n')
    with pytest.raises(InputError) as caught:
        read_parameters(file)
    assert [f.column for f in caught.value.faults] == [
        "n_patients",
        "seed",
        "tumor",
        "reads.depth",
        "genome.n_gene",
    ]


def test_impossible_values_are_named() -> None:
    bad = replace(
        Parameters(),
        n_patient=0,
        tumor=replace(Parameters().tumor, purity=(0.0,)),
        clinical=replace(Parameters().clinical, n_sequenced_only=3),
    )
    with pytest.raises(InputError) as caught:
        check_parameters(bad)
    assert [fault.column for fault in caught.value.faults] == [
        "n_patient",
        "tumor.purity",
        "clinical.n_sequenced_only",
    ]


def test_words_that_mean_nothing_are_named() -> None:
    rules = replace(
        Parameters().tumor, copy_profile=("wild",), drivers=("TP53:broken",), signatures=("SBS1:0",)
    )
    with pytest.raises(InputError) as caught:
        plan_trial(replace(Parameters(), tumor=rules))
    assert [(fault.column, fault.value) for fault in caught.value.faults] == [
        ("tumor.copy_profile", "wild"),
        ("tumor.drivers", "TP53:broken"),
        ("tumor.signatures", "SBS1:0"),
    ]


def test_levels_not_known_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["simulate", "--level", "plates", "--out", str(tmp_path / "x")])
    assert isinstance(done.exception, InputError) and "no simulation at level 'plates'" in str(done.exception)
    assert not (tmp_path / "x").exists()
