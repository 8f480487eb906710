"""Candidates of HCC1395 against pVACseq's tables of the same VCF: which peptides, in which order."""

import csv
import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from wes_biomarkers.cli.main import main
from wes_biomarkers.errors import InputError
from wes_biomarkers.io.neoantigens import read_neoantigens
from wes_biomarkers.io.predictors.weights import weight_file

pytestmark = pytest.mark.real
FOLDER = "neoantigen_pvactools_hcc1395"


@pytest.fixture(scope="module")
def ours(real_data, tmp_path_factory):
    """Every peptide with every allele, and the record."""
    try:
        weight_file("mhcnuggets")
    except InputError:
        pytest.skip("the weights of mhcnuggets are not installed")
    folder = tmp_path_factory.mktemp("hcc1395")
    vcf = real_data / FOLDER / "annotated.expression.vcf.gz"
    words = ["feature", "neoantigens", "--vcf", str(vcf), "--hla", "A*29:02,B*45:01,B*82:02", "--no-class-2"]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--all-peptides", "--table", str(folder / "n.tsv"), "-o", str(folder / "n.json")])
    assert stopped.value.code == 0
    columns = read_neoantigens(folder / "n.tsv").columns
    key = zip(*(columns[name] for name in ("chrom", "start", "ref", "alt", "peptide", "allele")), strict=True)
    rows = {k: {name: columns[name][i] for name in columns} for i, k in enumerate(key)}
    return rows, json.loads((folder / "n.json").read_text())


def table(real_data, name):
    with open(real_data / FOLDER / f"HCC1395_TUMOR_DNA.MHC_I.{name}.tsv") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_the_burden_is_sensible(ours):
    _, record = ours
    values = record["values"]
    assert record["status"] == "ok"
    assert set(record["flags"]) == {
        "hla_incomplete",
        "no_self_proteome",
        "unreadable_variants",
        "unsupported_allele",
    }
    assert (
        0 < values["n_variant_unreadable"] < 0.1 * values["n_nonsyn"]
    )  # lost starts, and what VEP does not spell
    # of the protein-changing variants of a triple-negative line, a third to a half give a binder of two alleles
    assert 250 < values["n_nonsyn"] < 400
    assert 0.25 < values["n_neoantigen_per_nonsyn"] < 0.6
    assert values["n_neoantigen_strong"] < values["n_neoantigen"]


def test_what_pvacseq_lets_pass_are_binders_here(ours, real_data):
    """Its 12 filtered candidates: one of a variant that failed the caller's filters, one of an allele without a model."""
    rows, _ = ours
    tiers = {}
    for entry in table(real_data, "filtered"):
        key = (entry["Chromosome"], float(entry["Start"]), entry["Reference"], entry["Variant"],
               entry["MT Epitope Seq"], entry["HLA Allele"].removeprefix("HLA-"))  # fmt: skip
        row = rows.get(key)
        tiers[entry["Gene Name"]] = None if row is None else row["tier"]
        if row is not None:
            assert row["wildtype"] == entry["WT Epitope Seq"]
    assert len(tiers) == 12
    assert (tiers.pop("PLCD3"), tiers.pop("ABL2")) == (None, "unknown")
    assert set(tiers.values()) <= {"top", "candidate"}


def test_ranks_agree_with_those_of_several_predictors(ours, real_data):
    """The median IC50 and rank of eight predictors against ours, on the best peptides that pVACseq names."""
    rows, _ = ours
    pairs = []
    for entry in table(real_data, "all_epitopes.aggregated"):
        chrom, start, _, ref, alt = entry["ID"].split("-")
        key = (chrom, float(start), ref, alt, entry["Best Peptide"], entry["Allele"].removeprefix("HLA-"))
        row = rows.get(key)
        if row is not None and not np.isnan(row["ic50_nm"]):
            pairs.append((row["ic50_nm"], float(entry["IC50 MT"]), row["rank_pct"], float(entry["%ile MT"])))
    ic50, their_ic50, rank, their_rank = np.array(pairs).T
    assert len(pairs) > 200
    assert spearmanr(ic50, their_ic50)[0] > 0.7
    assert spearmanr(rank, their_rank)[0] > 0.7
