"""Binding against published tables: pVACseq's of HCC1395, MHCflurry's of measured affinities and eluted ligands."""

from __future__ import annotations

import gzip
import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.predictors import open_predictor, weights
from wes_biomarkers.io.predictors.background import packaged_background, read_background
from wes_biomarkers.io.predictors.hla_proteins import read_hla_proteins
from wes_biomarkers.neoantigens import mhcnuggets
from wes_biomarkers.neoantigens.binding import predict_binding
from wes_biomarkers.neoantigens.nearest import nearest_allele, pocket

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", autouse=True)
def _installed():
    try:
        weights.weight_file("mhcnuggets"), weights.weight_file("smmpmbec")
    except InputError:
        pytest.skip("the weights are not installed: run bin/setup")


def pvacseq(folder, mhc_class: str, method: str) -> pd.DataFrame:
    """Allele, peptide and IC50 by a method, mutated and wild type, out of pVACseq's filtered table."""
    table = pd.read_csv(folder / f"HCC1395_TUMOR_DNA.MHC_{mhc_class}.filtered.tsv", sep="\t")
    parts = [
        table[["HLA Allele", f"{kind} Epitope Seq", f"{method} {kind} IC50 Score"]].set_axis(
            ["allele", "peptide", "ic50_nm"], axis=1
        )
        for kind in ("MT", "WT")
    ]
    found = pd.concat(parts).dropna()
    found["allele"] = found["allele"].str.removeprefix("HLA-")
    return found


def predict_rows(predictor, table: pd.DataFrame) -> np.ndarray:
    """Our IC50 of each row; NaN where the allele is not supported."""
    ic50_nm = np.full(len(table), np.nan)
    for allele in table["allele"].unique():
        rows = (table["allele"] == allele).to_numpy()
        if predictor.supports(allele):
            ic50_nm[rows] = predictor.predict(list(table["peptide"][rows]), allele)
    return ic50_nm


def test_smmpmbec_equals_pvacseqs(real_data):
    table = pvacseq(real_data / "neoantigen_pvactools_hcc1395", "I", "SMMPMBEC")
    found = predict_rows(open_predictor("smmpmbec", "I")[0], table)
    assert set(table["allele"][np.isnan(found)]) <= {"B*82:02"}
    known = ~np.isnan(found)
    assert known.sum() >= 20 and found[known] == pytest.approx(table["ic50_nm"][known], rel=1e-9)


@pytest.mark.parametrize(("mhc_class", "allele", "n_row"), [("I", "B*45:01", 12), ("II", "DRB1*04:05", 122)])
def test_mhcnuggets_equals_pvacseqs_once_its_wrong_gate_is_put_in(
    real_data, monkeypatch, mhc_class, allele, n_row
):
    """pVACseq ran the networks in a TensorFlow whose gates are plain sigmoids: with those, all values are ours."""
    table = pvacseq(real_data / "neoantigen_pvactools_hcc1395", mhc_class, f"MHCnuggets{mhc_class}")
    table = table[table["allele"] == allele]
    predictor, _ = open_predictor("mhcnuggets", mhc_class)
    right = predict_rows(predictor, table)
    monkeypatch.setattr(mhcnuggets, "_hard_sigmoid", lambda values: 1 / (1 + np.exp(-values)))
    wrong = predict_rows(predictor, table)
    assert len(table) == n_row
    assert wrong == pytest.approx(table["ic50_nm"], rel=1e-3)
    assert spearmanr(right, table["ic50_nm"])[0] > 0.9 and not np.allclose(right, wrong, rtol=0.05)


@pytest.mark.parametrize(("name", "n_row", "at_least"), [("mhcnuggets", 475, 0.5), ("smmpmbec", 445, 0.35)])
def test_correlation_with_measured_affinities(real_data, name, n_row, at_least):
    """NetMHCpan 4.0 has .50 and MHCflurry 1.2 .51 on the same 475 peptides of papilloma viruses."""
    table = pd.read_csv(real_data / "binding_mhcflurry_expected" / "hpv_predictions.csv")
    table["allele"] = table["allele"].str.removeprefix("HLA-")
    found = predict_rows(open_predictor(name, "I")[0], table)
    known = ~np.isnan(found)
    assert known.sum() == n_row
    assert spearmanr(found[known], table["affinity"][known])[0] > at_least
    assert spearmanr(found[known], table["netmhcpan4"][known])[0] > 0.5


def area_under_curve(score: np.ndarray, hit: np.ndarray) -> float:
    ranks = rankdata(score)
    n_hit = int(hit.sum())
    return float((ranks[hit].sum() - n_hit * (n_hit + 1) / 2) / (n_hit * (~hit).sum()))


def test_eluted_ligands_rank_above_decoys(real_data):
    """The best rank over a sample's alleles tells ligands from decoys, in samples whose six alleles all have a model."""
    path = real_data / "binding_mhcflurry_expected" / "multiallelic.benchmark.small.csv.bz2"
    table = pd.read_csv(path)
    predictor, ranks = open_predictor("mhcnuggets", "I")
    areas = []
    for hla, sample in table.groupby("hla"):
        alleles = [allele.removeprefix("HLA-") for allele in hla.split()]
        if not all(map(predictor.supports, alleles)) or len(areas) == 3:
            continue
        sample = sample.drop_duplicates("peptide").head(1500)
        binding = predict_binding(list(sample["peptide"]), alleles, predictor, ranks)
        best = np.nanmin(binding.rank_pct, axis=1)
        areas.append(area_under_curve(-best, sample["hit"].to_numpy() == 1))
    assert len(areas) == 3 and min(areas) > 0.75


def test_the_packaged_background_is_drawn_from_the_proteins_it_names(real_data, tmp_path):
    path = real_data / "neoantigen_pvactools_hcc1395" / "annotated.expression.vcf.gz"
    longest: dict[str, str] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ"):
                names = re.search(r"Format: ([^\"]+)", line)[1].split("|")
                gene, protein = names.index("Gene"), names.index("WildtypeProtein")
            elif not line.startswith("#") and (match := re.search(r"CSQ=([^;\t]+)", line)):
                for entry in match[1].split(","):
                    cells = entry.split("|")
                    key, text = cells[gene], cells[protein].rstrip("*")
                    if text and (len(text), text) > (len(longest.get(key, "")), longest.get(key, "")):
                        longest[key] = text
    fasta = tmp_path / "proteins.fa"
    fasta.write_text("".join(f">{name}\n{longest[name]}\n" for name in sorted(longest)))
    assert len(longest) == 1402
    assert read_background(fasta).windows == packaged_background().windows


def test_the_nearest_supported_allele(real_data):
    proteins = read_hla_proteins(real_data / "hla_imgt")
    assert pocket("A*02:01", proteins["A*02:01"]) == "YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY", "NetMHCpan's"
    predictor, ranks = open_predictor("mhcnuggets", "I")
    nearest = partial(nearest_allele, supported=predictor.alleles, proteins=proteins)
    assert [nearest(allele) for allele in ("A*02:07", "A*24:07", "B*52:01")] == [
        "A*02:07",
        "A*24:02",
        "B*51:01",
    ]
    alleles = ["A*29:02", "B*45:01", "B*82:02"]
    plain = predict_binding(["VENYSQNVA"], alleles, predictor, ranks)
    assert plain.used == ("A*29:02", "B*45:01", None) and np.isnan(plain.ic50_nm[0, 2])
    asked = predict_binding(["VENYSQNVA"], alleles, predictor, ranks, nearest=nearest)
    assert asked.used == ("A*29:02", "B*45:01", "B*83:01")
    assert asked.flags == {"B*82:02": ("nearest_allele",)}
