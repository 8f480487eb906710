"""TCGA's oesophageal exomes from MAF to a cohort, out as a cBioPortal study and in again."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.io.cohort_folder import read_cohort

pytestmark = pytest.mark.real


def run(*words: object) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in ("--quiet", *words)])
    assert stopped.value.code == 0


def test_every_mutation_goes_out_and_comes_back(real_data, tmp_path):
    """25,711 mutations of 185 tumours; 1,000 did not pass the filters and stay behind."""
    maf = real_data / "esca_tcga" / "DERIVED_MC3_ESCA.maf.tsv.gz"
    run("import", "maf", maf, "--build", "GRCh37", "--out", tmp_path / "maf")
    run("cohort", "build", tmp_path / "maf" / "results", "--out", tmp_path / "cohort")
    first = read_cohort(tmp_path / "cohort").tables
    source = pd.read_csv(maf, sep="\t", dtype=str)
    assert len(first["variant"]) == len(source) == 25711
    assert (
        first["variant"].groupby("patient_id").size().to_dict()
        == source.groupby("Tumor_Sample_Barcode").size().to_dict()
    )
    run("export", "cbioportal", tmp_path / "cohort", "--out", tmp_path / "study")
    with open(tmp_path / "study" / "data_mutations.txt") as handle:
        out = list(csv.DictReader(handle, delimiter="\t"))
    passed = source[source["FILTER"] == "PASS"]
    assert len(out) == len(passed) == 24711
    key = ["Tumor_Sample_Barcode", "Chromosome", "Start_Position", "End_Position", "Reference_Allele",
           "Tumor_Seq_Allele2", "Variant_Classification"]  # fmt: skip
    theirs = {tuple(row) for row in passed[key].to_numpy().tolist()}
    ours = {tuple(row[name] for name in key) for row in out}
    assert ours == theirs
    run("import", "cbioportal", tmp_path / "study", "--out", tmp_path / "again")
    run("cohort", "build", tmp_path / "again" / "results", "--clinical", tmp_path / "again" / "clinical.csv",
        "--out", tmp_path / "cohort2")  # fmt: skip
    second = read_cohort(tmp_path / "cohort2").tables
    kept = first["variant"][first["variant"]["is_pass"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, second["variant"])
    pd.testing.assert_frame_equal(first["gene"], second["gene"])
