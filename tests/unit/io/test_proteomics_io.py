"""Proteomics files of every make, and what is wrong with them."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.proteomics_marks import BELOW_LOD, QC_WARNING
from wes_biomarkers.io.proteomics import read_proteomics
from wes_biomarkers.io.proteomics_sample import patient_faults, read_proteomics_samples, read_settings

SHEET = """sample_id,patient_id,specimen,timepoint,batch
S1,P1,serum,baseline,a
S2,P1,serum,week6,a
S3,P2,plasma,baseline,b
"""
SETTINGS = read_settings()


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text(SHEET)
    return read_proteomics_samples(path)


@pytest.fixture
def read(tmp_path, sheet):
    """Reads a file of some text; raw by sample and protein."""

    def read_text(text, name="p.csv", **changes):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_proteomics(path, sheet, replace(SETTINGS, **changes))

    return read_text


def raw(file):
    """The numbers as nested dictionaries, unknown left out."""
    frame = pd.DataFrame(file.measured.raw, index=file.measured.samples, columns=file.measured.proteins)
    return {sample: row.dropna().to_dict() for sample, row in frame.iterrows()}


EXPECTED = {"S1": {"IL6": 3.5, "TNF": 200.0}, "S2": {"IL6": 4.0}, "S3": {"TNF": 90.0}}
LONG = "sample_id,protein,value\nS1,IL6,3.5\nS1,TNF,200\nS2,IL6,4\nS2,TNF,OOR <\nS3,IL6,\nS3,TNF,90\n"
BY_SAMPLE = "sample_id,IL6,TNF\nS1,3.5,200\nS2,4,OOR <\nS3,NA,90\n"
BY_PROTEIN = "protein,gene,S1,S2,S3\nIL6,IL6,3.5,4,.\nTNF,TNF,200,OOR <,90\n"
BY_VISIT = "patient_id,timepoint,IL6,TNF\nP1,baseline,3.5,200\nP1,week6,4,OOR <\nP2,baseline,,90\n"


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        BY_SAMPLE,
        BY_PROTEIN,
        BY_VISIT,
        BY_SAMPLE.replace(",", "\t"),
        BY_SAMPLE.replace("\n", "\r"),
        BY_SAMPLE.replace("sample_id", "name"),
        BY_PROTEIN.replace("protein", ""),
        "\n\n" + BY_SAMPLE,
        gzip.compress(BY_SAMPLE.encode()),
        BY_SAMPLE.encode("utf-16"),
    ],
)
def test_plain_tables_either_way_round(read, text):
    file = read(text)
    assert raw(file) == EXPECTED
    assert file.marks == {"OOR <": 1} and file.measured.kind == "concentration"


def test_parquet_and_xlsx_hold_the_same(tmp_path, sheet):
    frame = pd.DataFrame({"sample_id": ["S1", "S2"], "IL6": [3.5, np.nan], "TNF": [1.0, 2.0]})
    frame.to_parquet(tmp_path / "p.parquet")
    frame.to_excel(tmp_path / "p.xlsx", index=False)
    for name in ("p.parquet", "p.xlsx"):
        assert raw(read_proteomics(tmp_path / name, sheet, SETTINGS)) == {
            "S1": {"IL6": 3.5, "TNF": 1},
            "S2": {"TNF": 2},
        }


def test_the_gene_beside_a_protein(read):
    file = read("protein,gene,S1,S2\nP05231,IL6,1,2\nP01375,TNF,3,4\n")
    assert file.measured.genes == {"P05231": "IL6", "P01375": "TNF"}
    assert file.not_in_sheet == ()


MAXQUANT = (
    "Protein IDs\tMajority protein IDs\tGene names\tIntensity\tIntensity S1\tIntensity S2\tLFQ intensity S1\t"
    "LFQ intensity S2\tOnly identified by site\tReverse\tPotential contaminant\n"
    "P1;P2\tP1;P2\tGA\t9\t1\t1\t100\t0\t\t\t\n"
    "P3\tP3\tGB\t9\t1\t1\t300\t400\t\t\t\n"
    "REV__P4\tREV__P4\t\t9\t1\t1\t5\t5\t+\t+\t\n"
    "CON__P5\tCON__P5\t\t9\t1\t1\t5\t5\t\t\t+\n"
    "P6\tP6\tGC\t9\t1\t1\t5\t5\t+\t\t\n"
)


def test_maxquant(read):
    file = read(MAXQUANT, "proteinGroups.txt")
    assert file.format == "maxquant" and file.measured.kind == "intensity"
    assert raw(file) == {"S1": {"P1": 100, "P3": 300}, "S2": {"P1": 0, "P3": 400}}, (
        "0 is judged with the scale"
    )
    assert file.dropped == {"contaminant": 1, "only_by_site": 1, "reverse": 1}
    assert file.measured.genes == {"P1": "GA", "P3": "GB"} and file.measured.members["P1"] == "P1;P2"


def test_maxquant_without_lfq(read):
    text = MAXQUANT.replace("LFQ intensity ", "iBAQ ")
    assert raw(read(text, "proteinGroups.txt"))["S1"] == {"P1": 1, "P3": 1}


def test_diann_matrix_by_the_runs_files(read):
    text = (
        "Protein.Group\tProtein.Ids\tProtein.Names\tGenes\tFirst.Protein.Description\tD:\\raw\\S1.raw\t/data/S3.mzML\n"
        "P1;P2\tP1;P2\tX\tGA;GB\t\t100\t\nCont_P9\tP9\tY\tKRT1\t\t5\t5\n"
    )
    file = read(text, "report.pg_matrix.tsv")
    assert file.format == "diann_pg_matrix" and raw(file) == {"S1": {"P1": 100}, "S3": {}}
    assert file.dropped == {"contaminant": 1} and file.measured.genes == {"P1": "GA;GB"}


def test_diann_report_filters_at_one_percent(read):
    text = (
        "File.Name\tRun\tProtein.Group\tGenes\tPG.MaxLFQ\tPrecursor.Id\tQ.Value\tPG.Q.Value\n"
        "x\tS1\tP1\tGA\t100\taa\t0.001\t0.001\n"
        "x\tS1\tP1\tGA\t100\tab\t0.002\t0.001\n"
        "x\tS1\tP2\tGB\t50\tba\t0.001\t0.2\n"
        "x\tS2\tP1\tGA\t70\taa\t0.02\t0.001\n"
        "x\tS2\tP2\tGB\t60\tba\t0.001\t0.001\n"
    )
    for name, data in (("report.tsv", text), ("report.tsv.gz", gzip.compress(text.encode()))):
        file = read(data, name)
        assert raw(file) == {"S1": {"P1": 100}, "S2": {"P2": 60}}
        assert file.dropped == {"above_q_value": 2}


def test_diann_report_as_parquet(tmp_path, sheet):
    frame = pd.DataFrame(
        {"Run": ["S1", "S2"], "Protein.Group": ["P1", "P1"], "PG.MaxLFQ": [3.0, 4.0], "Q.Value": [0.001, 0.5]}
    )
    frame.to_parquet(tmp_path / "report.parquet")
    assert raw(read_proteomics(tmp_path / "report.parquet", sheet, SETTINGS)) == {"S1": {"P1": 3}}


def test_diann_precursors_are_refused(read):
    text = "Protein.Group\tProtein.Ids\tPrecursor.Id\tS1.raw\nP1\tP1\taa\t1\n"
    with pytest.raises(InputError, match="precursors"):
        read(text, "report.pr_matrix.tsv")


OLINK = (
    "SampleID;Index;OlinkID;UniProt;Assay;Panel;PlateID;QC_Warning;LOD;NPX;Sample_Type\n"
    "S1;1;OID1;P05231;IL6;Inf;pl1;PASS;1.0;3.2;SAMPLE\n"
    "S1;1;OID2;P05231;IL6;Onc;pl1;PASS;1.0;3.0;SAMPLE\n"
    "S1;1;OID3;P01375;TNF;Inf;pl1;WARN;0.5;-0.4;SAMPLE\n"
    "S3;1;OID3;P01375;TNF;Inf;pl2;PASS;0.5;NA;SAMPLE\n"
    "C1;1;OID3;P01375;TNF;Inf;pl2;PASS;0.5;1.0;CONTROL\n"
    "S9;1;OID3;P01375;TNF;Inf;pl2;PASS;0.5;1.0;SAMPLE\n"
)


def test_olink(read):
    file = read(OLINK, "npx.csv")
    assert file.format == "olink" and file.measured.kind == "npx"
    assert raw(file) == {"S1": {"IL6_OID1": 3.2, "IL6_OID2": 3.0, "TNF": -0.4}, "S3": {}}
    tnf = file.measured.proteins.index("TNF")
    assert file.measured.flags[0, tnf] == BELOW_LOD | QC_WARNING
    assert not file.measured.side.any(), "a number below the limit of detection stays a number"
    assert file.dropped == {"control_sample": 1} and file.not_in_sheet == ("S9",)
    assert file.plates == {"S1": "pl1", "S3": "pl2"}
    assert file.measured.genes["IL6_OID2"] == "IL6" and file.measured.members["TNF"] == "OID3"


def faults(call):
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.faults


def test_every_unreadable_cell_is_listed_without_its_value(read):
    found = faults(lambda: read("sample_id,IL6,TNF\nS1,haemolysed,1\nS2,2,4;5\nS3,3,6\n"))
    assert [(fault.row, fault.column) for fault in found] == [(2, "IL6, S1"), (3, "TNF, S2")]
    assert "haemolysed" not in "".join(map(str, found))


def test_a_column_of_words_is_told_once(read):
    found = faults(lambda: read("sample_id,IL6,sex\nS1,1,female\nS2,2,male\nS3,3,male\n"))
    assert [(fault.column, fault.rule) for fault in found] == [("sex", "holds no number")]


def test_ids_that_differ_in_typing_are_suggested_never_taken(read):
    found = faults(lambda: read("sample_id,IL6\ns1,1\nS 2,2\nS03,3\n"))
    assert [fault.value for fault in found] == ["s1", "S 2", "S03"]
    assert "S1" in found[0].remedy and "S3" in found[2].remedy


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b\n1,2\n", "neither its headings"),
        ("sample_id,IL6\nX,1\n", "no sample of it"),
        ("sample_id\nS1\n", "wrong delimiter"),
        ("sample_id,IL6,IL6\nS1,1,2\n", "given twice"),
        ("sample_id,IL6\nS1,1,2\n", "3 cells where the header has 2"),
        ("sample_id,IL6\n", "no rows"),
        ('sample_id,IL6\nS1,"1\n', "cells"),
        ("sample_id,IL6\nS1,1\nS1,2\n", "already given"),
        ("sample_id,protein,value\nS1,IL6,1\nS1,IL6,1\n", "already given"),
        (b"sample_id,IL6\nS1,\xb5\n", "UTF-8"),
        (b"", "empty"),
        (gzip.compress(b"sample_id,IL6\n" + b"S1,1\n" * 9999)[:60], "cut short"),
        (b"PAR1 no parquet", "Parquet"),
    ],
)
def test_files_that_cannot_be_read(read, text, rule):
    assert rule in str(faults(lambda: read(text))[0])


def test_duplicates_on_request(read):
    text = "sample_id,protein,value\nS1,IL6,1\nS1,IL6,5\nS1,IL6,OOR <\nS1,TNF,2\nS2,IL6,OOR <\nS2,IL6,OOR <\n"
    file = read(text, duplicates="median")
    assert raw(file) == {"S1": {"IL6": 3, "TNF": 2}, "S2": {}}
    assert file.measured.side.tolist() == [[0, 0], [-1, 0]]


def test_a_visit_that_is_two_samples_is_refused(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(SHEET + "S4,P1,urine,baseline,a\n")
    samples = read_proteomics_samples(path)
    table = tmp_path / "p.csv"
    table.write_text(BY_VISIT)
    assert "several samples" in str(faults(lambda: read_proteomics(table, samples, SETTINGS))[0])
    rows = BY_VISIT.splitlines()
    table.write_text("specimen," + rows[0] + "\nserum," + rows[1] + "\n")
    assert raw(read_proteomics(table, samples, SETTINGS)) == {"S1": EXPECTED["S1"]}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sample_id,patient_id\nS1,P1\nS1,P2\n", [3]),
        ("sample_id,patient_id\nS 1,P1\n,P2\n", [2, 3]),
        ("sample_id,patient_id,specimen\nS1,P1,brain\n", [2]),
        ("sample_id,patient_id,collection_date\nS1,P1,2024-13-01\nS2,P1,2999-01-01\n", [2, 3]),
        ("sample_id,Patient_ID\nS1,P1\n", [None]),
        ("sample_id,who\nS1,P1\n", [None]),
    ],
)
def test_faults_of_the_sample_sheet(tmp_path, text, rows):
    from datetime import date

    path = tmp_path / "s.csv"
    path.write_text(text)
    found = faults(lambda: read_proteomics_samples(path, today=date(2026, 1, 1)))
    assert [fault.row for fault in found if fault.row or rows == [None]] == rows
    assert "2999" not in "".join(map(str, found))


def test_the_time_point_is_baseline_unless_said(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("sample_id,patient_id\nS1,P1\n")
    assert read_proteomics_samples(path)["timepoint"].tolist() == ["baseline"]


def test_patients_but_for_typing():
    assert [fault.value for fault in patient_faults(["p01", "P2", "Q"], ["P1", "P2"], "f")] == ["p01"]


def test_settings(tmp_path):
    path: Path = tmp_path / "s.toml"
    path.write_text('normalisation = "quantile"\nmax_missing = 0.2\nbaseline = "BL"\n')
    found = read_settings(path)
    assert (found.normalisation, found.max_missing, found.baseline, found.batch) == (
        "quantile",
        0.2,
        "BL",
        "none",
    )
    path.write_text('normalisation = "combat"\nmax_missing = 20\nbatches = "centre"\n')
    assert [fault.column for fault in faults(lambda: read_settings(path))] == [
        "normalisation",
        "max_missing",
        "batches",
    ]
    path.write_text("normalisation = quantile\n")
    assert "TOML" in str(faults(lambda: read_settings(path))[0])
