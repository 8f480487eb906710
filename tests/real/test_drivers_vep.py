"""Drivers of the breast cancer line HCC1395 from VEP's annotation, whose TP53 and BRCA2 mutations are well known."""

import csv
import json

import pytest

from wes_biomarkers.cli.main import main

pytestmark = pytest.mark.real


def test_hcc1395(real_data, tmp_path):
    vcf = real_data / "neoantigen_pvactools_hcc1395" / "annotated.expression.vcf.gz"
    words = ["feature", "drivers", "--vcf", str(vcf), "--tumor", "HCC1395_TUMOR_DNA"]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--drivers-out", str(tmp_path / "drivers.tsv"), "-o", str(tmp_path / "records.json")])
    assert stopped.value.code == 0
    with open(tmp_path / "drivers.tsv") as handle:
        rows = {row["gene"]: row for row in csv.DictReader(handle, delimiter="\t")}
    assert (rows["TP53"]["hits"], rows["TP53"]["mutations"]) == ("hotspot", "p.R175H")
    assert (rows["BRCA2"]["hits"], rows["BRCA2"]["mutations"]) == ("truncating", "p.E1593*")
    alone = json.loads((tmp_path / "records.json").read_text())[1]
    assert alone["values"]["driver_genes"] == ["TP53"]
    assert alone["values"]["altered_dna_repair"] is True
    assert alone["values"]["pole_exonuclease"] == "none"
