"""Segments, genes, signatures and clonality of pair folders in the cohort's tables."""

import json

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.io.clonality import write_clonality
from wes_biomarkers.io.segments import write_segments

PAIR = "P01_T1_vs_P01_N"


def record(feature, definition, status="ok", pair=PAIR, **values):
    return {
        "schema": "wes_biomarkers.record/1", "patient_id": "P01", "sample_id": "", "pair_id": pair,
        "feature": feature, "definition_id": definition, "status": status,
        "reason": "" if status == "ok" else "too few", "flags": [], "values": values, "numerator": None,
        "denominator": None, "ci": None, "provenance": {},
    }  # fmt: skip


@pytest.fixture
def results(tmp_path, make):
    root = make.results(tmp_path / "res", ["P01", "P02"])
    folder = root / "pairs" / PAIR
    row = dict(zip(COLUMNS, ("simA", 0, 9000, 12, -0.4, 3, 0.31, 1.0, np.nan, np.nan), strict=True))
    write_segments(folder / "segments.tsv", Segments.of({name: [value] for name, value in row.items()}))
    drivers = "patient_id pair_id gene role status hits mutations n_mutation total_cn minor_cn log2 clonality"
    cells = (
        "P01",
        PAIR,
        "TP53",
        "suppressor",
        "biallelic",
        "hotspot;loh",
        "p.R175H",
        "1",
        "1",
        "0",
        "-0.4",
        "clonal",
    )
    (folder / "drivers.tsv").write_text(
        "\n".join("\t".join(line) for line in (drivers.split(), cells)) + "\n"
    )
    copies = "gene chrom start end call basis loh log2 total_cn minor_cn cell_fraction n_segment segment_mb"
    rows = (
        ("TP53", "simA", "10", "900", "loss", "copies", "1", "-0.4", "1", "0", "0.6", "1", "0.009"),
        ("MYC", "simA", "990", "1900", "", "", "", "", "", "", "", "0", ""),
    )
    text = "\n".join("\t".join(line) for line in (copies.split(), *rows)) + "\n"
    (folder / "gene_copies.tsv").write_text(text)
    signatures = [
        record("signatures", "sbs96", n_mutation=60, signature=["SBS1", "SBS5"], exposure=[0.4, 0.6],
               exposure_low=[0.3, 0.5], exposure_high=[0.5, 0.7], cosine=0.95),
        record("signatures", "dbs78", "not_evaluable", n_mutation=2, signature=None, exposure=None),
    ]  # fmt: skip
    (folder / "records/signatures.json").write_text(json.dumps(signatures))
    return root


def table(folder, name):
    return pd.read_parquet(folder / f"{name}.parquet")


def test_tables_of_the_genome(results, tmp_path, run):
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 0, err
    (segment,) = table(tmp_path / "co", "segment").to_dict("records")
    assert (segment["patient_id"], segment["pair_id"], segment["total_cn"]) == ("P01", PAIR, 1)
    assert pd.isna(segment["minor_cn"]), "unknown copies stay unknown"
    (gene,) = table(tmp_path / "co", "gene").to_dict("records")
    assert (gene["gene"], gene["status"], gene["hits"]) == ("TP53", "biallelic", "hotspot;loh")
    copies = table(tmp_path / "co", "gene_copy").set_index("gene")
    assert copies.loc["TP53", "loh"] is True or bool(copies.loc["TP53", "loh"])
    assert pd.isna(copies.loc["MYC", "loh"]) and pd.isna(copies.loc["MYC", "call"])
    found = table(tmp_path / "co", "signature")
    assert list(found["signature"]) == ["SBS1", "SBS5"] and set(found["definition_id"]) == {"sbs96"}
    assert list(found["exposure_low"]) == [0.3, 0.5]


def test_clonality_joins_the_calls_and_clusters_are_those_the_pair_counts(results, tmp_path, run):
    folder = results / "pairs" / PAIR
    run("cohort", "build", results, "--out", tmp_path / "before")
    calls = table(tmp_path / "before", "variant")
    calls = calls[calls["pair_id"] == PAIR].head(2)
    assert calls["ccf"].isna().all()
    columns = {
        name: calls[name].to_numpy(object if name in ("chrom", "ref", "alt") else float)
        for name in ("chrom", "start", "ref", "alt")
    }
    own = columns | {
        "total_cn": np.array([2.0, 2.0]), "multiplicity": np.array([1.0, np.nan]), "ccf": np.array([0.9, np.nan]),
        "clonality": np.array(["clonal", "indeterminate"], object), "cluster": np.array([1.0, np.nan]),
    }  # fmt: skip
    write_clonality(folder / "clonality.tsv", {PAIR: own})
    later = results / "patients" / "P01"
    (later / "records").mkdir(parents=True)
    write_clonality(later / "clonality.tsv", {PAIR: own | {"cluster": np.array([3.0, np.nan])}})
    evolution = record("evolution", "wes_evolution", turnover_fraction=0.25, n_gained=1)
    (later / "records/evolution.json").write_text(json.dumps([evolution]))
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 0, err
    joined = table(tmp_path / "co", "variant").merge(calls[["pair_id", "start"]], on=["pair_id", "start"])
    assert list(joined["clonality"]) == ["clonal", "indeterminate"]
    assert joined["ccf"].tolist()[0] == 0.9 and pd.isna(joined["ccf"].tolist()[1])
    assert joined["cluster"].tolist()[0] == 1, "a patient's clusters stay in its folder"
    long = table(tmp_path / "co", "feature")
    assert long.loc[long["name"] == "turnover_fraction", "value"].tolist() == [0.25]


def test_a_withdrawn_patients_evolution_is_left_out(results, tmp_path, run):
    later = results / "patients" / "P01" / "records"
    later.mkdir(parents=True)
    (later / "evolution.json").write_text(
        json.dumps([record("evolution", "wes_evolution", turnover_fraction=0.25)])
    )
    (tmp_path / "out.txt").write_text("P01\n")
    run("cohort", "build", results, "--out", tmp_path / "co", "--exclude", tmp_path / "out.txt")
    assert "evolution" not in set(table(tmp_path / "co", "feature")["feature"])


@pytest.mark.parametrize("name", ["pair_id", "patient_id"])
def test_drivers_of_another_pair_are_refused(results, tmp_path, run, name):
    path = results / "pairs" / PAIR / "drivers.tsv"
    own = {"pair_id": PAIR, "patient_id": "P01"}[name]
    path.write_text(path.read_text().replace(f"{own}\t", "P99\t", 1))
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 2 and str(path) in err and name in err and "P99" in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no table"),
        ("\t".join(COLUMNS) + "\nsimA\t0\t9\t1\tx\t1\t.3\t1\t0\t1\n", "no finite number"),
        ("\t".join(COLUMNS) + "\nsimA\t0\t9\t1\tinf\t1\t.3\t1\t0\t1\n", "no finite number"),
    ],
)
def test_a_broken_table_is_named(results, tmp_path, run, text, told):
    path = results / "pairs" / PAIR / "segments.tsv"
    path.write_text(text)
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 2 and str(path) in err and told in err


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_record_with_a_number_that_is_none_is_refused(results, tmp_path, run, number):
    path = results / "pairs" / PAIR / "records" / "signatures.json"
    path.write_text(path.read_text().replace("0.95", number))
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 2 and str(path) in err and "not finite" in err


def test_every_file_that_is_gone_is_told(results, tmp_path, run):
    folder = results / "pairs" / PAIR
    names = ["drivers.tsv", "records/signatures.json", "records/tmb.json", "segments.tsv", "variants.maf.gz"]
    (folder / "files.json").write_text(json.dumps(names))
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 0, "a MAF is no part of a cohort: " + err
    gone = ["drivers.tsv", "records/tmb.json", "segments.tsv"]
    for name in gone:
        (folder / name).unlink()
    code, _, err = run("cohort", "build", results, "--out", tmp_path / "co")
    assert code == 2 and all(str(folder / name) in err for name in gone)
    (folder / "files.json").write_text("{}")
    assert run("cohort", "build", results, "--out", tmp_path / "co")[0] == 2
