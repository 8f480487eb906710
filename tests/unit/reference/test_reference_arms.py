"""Arms in a reference bundle, and the copy-number command that rests on a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.errors import ReferenceMismatchError
from wes_biomarkers.features.segments import COLUMNS
from wes_biomarkers.io.arms import read_arms
from wes_biomarkers.io.bundle import read_bundle
from wes_biomarkers.reference.build import build_bundle
from wes_biomarkers.reference.inputs import BundleInputs

SEGMENTS = (
    "toy1 0 1000 9 0.9 9 .3 6 1 .5",
    "toy1 1000 2990 9 0 9 .5 2 1 .5",
    "toy2 0 900 9 0 9 .5 2 1 .5",
)


@pytest.fixture
def inputs(tmp_path, toy_genome, write_annotation_file) -> BundleInputs:
    kit, arms = tmp_path / "kit.bed", tmp_path / "arms.bed"
    kit.write_text("toy1\t300\t500\n")
    arms.write_text("toy1\t1100\t3000\t1q\ntoy1\t0\t1000\t1p\n")
    return BundleInputs(
        fasta=toy_genome.write_fasta(tmp_path / "toy.fa"),
        targets={"kit": kit},
        annotation=write_annotation_file(tmp_path / "genes.gff3"),
        arms=arms,
    )


def run(capsys, *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["feature", "copy-number", *map(str, words)])
    printed = capsys.readouterr()
    return stop.value.code, printed.out, printed.err


def write(path: Path, rows: tuple[str, ...]) -> Path:
    path.write_text("\n".join(["\t".join(COLUMNS), *(row.replace(" ", "\t") for row in rows)]) + "\n")
    return path


def test_a_bundle_has_its_arms(tmp_path, inputs):
    bundle, _ = build_bundle(inputs, tmp_path / "out")
    path = bundle.path("arms")
    assert path is not None
    assert [arm.name for arm in read_arms(path, bundle.lengths)] == ["1p", "1q"]
    assert "arms" in read_bundle(tmp_path / "out").checksums


def test_arms_of_another_genome_are_refused(tmp_path, inputs):
    assert inputs.arms is not None
    inputs.arms.write_text("toy1\t0\t9000\t1p\nelsewhere\t0\t9\t2p\n")
    with pytest.raises(ReferenceMismatchError) as caught:
        build_bundle(inputs, tmp_path / "out")
    assert len(caught.value.faults) == 2


def test_arms_and_genes_of_a_bundle(capsys, tmp_path, inputs):
    build_bundle(inputs, tmp_path / "bundle")
    segments = write(tmp_path / "P1.segments.tsv", SEGMENTS)
    genes, table = tmp_path / "genes.txt", tmp_path / "genes.tsv"
    genes.write_text("REV\nFWD\n")
    words = ("--segments", segments, "--reference", tmp_path / "bundle", "--genes")
    code, printed, _ = run(capsys, *words, genes, "--genes-out", table)
    values = json.loads(printed)["values"]
    assert code == 0
    assert (values["arm_gain"], values["n_arm"]) == (["1p"], 2)
    assert (values["gene_gain"], values["n_gene"]) == (["FWD"], 2)
    assert [line.split("\t")[:5] for line in table.read_text().splitlines()][1][0::4] == ["REV", "neutral"]

    genes.write_text("FWD\nNOPE\nNEITHER\n")
    code, printed, errors = run(capsys, *words, genes)
    assert (code, printed) == (2, "")
    assert "NOPE" in errors and "NEITHER" in errors

    # Names of the default list are no fault of the user's: the record says which the annotation lacks.
    code, printed, _ = run(capsys, *words[:-1])
    assert code == 0
    assert "not in the annotation: CCND1" in json.loads(printed)["reason"]


def test_segments_of_another_genome(capsys, tmp_path, inputs):
    build_bundle(inputs, tmp_path / "bundle")
    for row, rule in (("toy1 0 4000 9 0 9 .5 2 1 .5", "beyond"), ("chr9 0 40 9 0 9 .5 2 1 .5", "contig")):
        segments = write(tmp_path / "P1.segments.tsv", (*SEGMENTS[2:], row))
        code, _, errors = run(capsys, "--segments", segments, "--reference", tmp_path / "bundle")
        assert code == 3
        assert rule in errors
