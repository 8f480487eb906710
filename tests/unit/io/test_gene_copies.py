"""Gene lists, positions of genes, the table of calls, and the cutoffs of the definitions."""

from __future__ import annotations

import math
import tomllib
from importlib import resources

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.copy_number import Thresholds
from wes_biomarkers.features.gene_copies import GeneCopy, GeneSpan
from wes_biomarkers.io.allele_counts import SiteFilters
from wes_biomarkers.io.gene_copies import (
    default_genes,
    locate,
    read_gene_list,
    read_gene_spans,
    read_site_filters,
    read_thresholds,
    write_gene_copies,
)


def test_the_definitions_are_the_defaults():
    assert read_thresholds() == Thresholds()
    assert read_site_filters() == SiteFilters()


def test_every_threshold_has_a_reason():
    text = resources.files("wes_biomarkers.definitions").joinpath("copy_number.toml").read_text("utf-8")
    for name, section in tomllib.loads(text).items():
        reasons = section.pop("reasons")
        assert set(reasons) == set(section), name
        assert all(reasons.values())


def test_the_default_list_is_that_of_oesophageal_cancer():
    names = default_genes()
    assert len(names) == len(set(names)) == 18
    assert {"CCND1", "CDKN2A", "SOX2", "EGFR", "TP53"} <= set(names)


def test_a_list_of_names(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text("# mine\nTP53\tsuppressor\n\nMYC\nTP53\n")
    assert read_gene_list(path) == ["TP53", "MYC"]
    path.write_text("# none\n")
    with pytest.raises(InputError, match="holds no gene name"):
        read_gene_list(path)


def test_spans_run_from_first_to_last_coding_base(tmp_path):
    bed = tmp_path / "coding.bed"
    bed.write_text(
        "1\t100\t200\tA\tT1\n1\t300\t400\tB\tT2\n1\t900\t950\tA\tT1\nX\t5\t9\tPAR\tT3\nY\t5\t9\tPAR\tT4\n"
    )
    spans = read_gene_spans(bed)
    assert spans["A"] == GeneSpan("A", "1", 100, 950)
    assert spans["PAR"].chrom == "X"
    assert locate(["B", "NOPE", "A"], spans) == ([spans["B"], spans["A"]], ["NOPE"])


def test_unknown_is_an_empty_cell(tmp_path):
    path = tmp_path / "genes.tsv"
    nan = math.nan
    write_gene_copies(path, [GeneCopy("G", "1", 5, 9, "gain", "log2", None, 0.25, nan, nan, nan, 1, 2.5)])
    heading, row = (line.split("\t") for line in path.read_text().splitlines())
    assert dict(zip(heading, row, strict=True)) == {
        "gene": "G", "chrom": "1", "start": "5", "end": "9", "call": "gain", "basis": "log2", "loh": "",
        "log2": "0.25", "total_cn": "", "minor_cn": "", "cell_fraction": "", "n_segment": "1", "segment_mb": "2.5",
    }  # fmt: skip
