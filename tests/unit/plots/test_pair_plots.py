"""The pictures of HLA loss and neoantigens in a pair's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.io.hla_loh import COLUMNS as LOSS_COLUMNS
from wes_biomarkers.io.hla_loh import SITE_COLUMNS
from wes_biomarkers.io.records import write_records
from wes_biomarkers.neoantigens.ranked_table import COLUMNS as CANDIDATE_COLUMNS
from wes_biomarkers.report.pair_plots import write_pair_plots

LOSS = {
    "pair_id": "T_vs_N", "locus": "A", "allele_1": "SIMA*01:01", "allele_2": "SIMA*02:01", "n_site": 1, "cn_1": 0,
    "cn_1_low": 0, "cn_1_high": 0.2, "cn_2": 1, "cn_2_low": 0.8, "cn_2_high": 1.2, "p_value": 1e-9,
    "state": "loss", "lost_allele": "SIMA*01:01",
}  # fmt: skip
SITE = {"pair_id": "T_vs_N", "locus": "A", "allele": "SIMA*02:01", "position": 90, "n_read_tumor": 90,
        "n_read_normal": 50, "copies": 1.1}  # fmt: skip
CANDIDATE = {"pair_id": "T_vs_N", "mhc_class": "I", "rank": 1, "tier": "top", "gene": "SIMG001", "peptide": "A" * 9,
             "allele": "SIMA*01:01", "rank_pct": 0.1, "rank_wt_pct": 5}  # fmt: skip


def write_table(path: Path, columns, *rows):
    lines = ["\t".join(columns), *("\t".join(str(row.get(name, "")) for name in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path):
    """A pair's folder with records of both features, and tables without rows."""
    (tmp_path / "records").mkdir()
    for feature in ("hla_loh", "neoantigens"):
        record = Record(patient_id="P", pair_id="T_vs_N", feature=feature, definition_id=f"wes_{feature}",
                        status="ok", flags=("synthetic",))  # fmt: skip
        write_records(tmp_path / "records" / f"{feature}.json", [record])
    write_table(tmp_path / "hla_loh.tsv", LOSS_COLUMNS)
    write_table(tmp_path / "hla_loh_sites.tsv", SITE_COLUMNS)
    write_table(tmp_path / "neoantigens.tsv", CANDIDATE_COLUMNS)
    return tmp_path


def test_both_are_drawn(folder):
    write_table(folder / "hla_loh.tsv", LOSS_COLUMNS, LOSS)
    write_table(folder / "hla_loh_sites.tsv", SITE_COLUMNS, SITE)
    write_table(folder / "neoantigens.tsv", CANDIDATE_COLUMNS, CANDIDATE)
    drawn = {path.name: path.read_text() for path in write_pair_plots(folder)}
    assert set(drawn) == {"hla_loh.svg", "neoantigens.svg"}
    assert "HLA-A: lost SIMA*01:01" in drawn["hla_loh.svg"] and "SIMG001" in drawn["neoantigens.svg"]
    assert all("SIMULATED DATA" in text for text in drawn.values())


def test_what_holds_nothing_is_not_drawn(folder):
    assert write_pair_plots(folder) == []
    unknown = {"pair_id": "T_vs_N", "locus": "A", "state": "not_evaluable"}
    write_table(folder / "hla_loh.tsv", LOSS_COLUMNS, unknown)
    assert write_pair_plots(folder) == []
