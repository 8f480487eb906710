"""What the report shows of HLA and neoantigens."""

from __future__ import annotations

import pandas as pd

from wes_biomarkers.plots.hla_loh import loss_by_pair
from wes_biomarkers.report.hla_tables import N_CANDIDATE, candidate_table, hla_type_table

WIDE = pd.DataFrame(
    {
        "patient_id": ["P1", "P2"],
        "pair_id": ["T1_vs_N1", "T2_vs_N2"],
        "timepoint": ["baseline", "baseline"],
        "hed": [7.9, None],
        "n_hla_homozygous": [0, None],
    }
)
TYPES = pd.DataFrame(
    {
        "pair_id": ["T1_vs_N1", "T1_vs_N1", "T1_vs_N1", "T2_vs_N2"],
        "locus": ["A", "B", "DQA1", "A"],
        "allele_1": ["SIMA*01:01", "SIMB*02:01", pd.NA, pd.NA],
        "allele_2": ["SIMA*02:01", "SIMB*02:01", pd.NA, pd.NA],
        "confidence": ["high", "low", pd.NA, pd.NA],
        "reason": [pd.NA, "few reads", "no allele in the reference", "no read"],
        "source": ["typed", "sheet", "typed", "typed"],
    }
).astype("string")
LOSS = pd.DataFrame(
    {
        "pair_id": ["T1_vs_N1", "T1_vs_N1"],
        "locus": ["A", "B"],
        "state": ["loss", "homozygous"],
        "lost_allele": ["SIMA*02:01", pd.NA],
        "reason": [pd.NA, pd.NA],
    }
)


def test_types_mark_the_lost_allele_and_leave_out_loci_nobody_has():
    table = hla_type_table({"hla": TYPES, "hla_loh": LOSS, "biomarker": WIDE})
    assert table["loci"] == ["A", "B"]
    first, second = table["rows"]
    assert first["cells"][0]["alleles"] == [
        {"name": "SIMA*01:01", "lost": False},
        {"name": "SIMA*02:01", "lost": True},
    ]
    assert [cell["low"] for cell in first["cells"]] == [False, True]
    assert first["source"] == "sheet, typed"
    assert second["cells"][0] == {"alleles": [], "low": False, "reason": "no read"}
    assert second["hed"] == ""


def test_a_cohort_without_types_has_no_table():
    assert hla_type_table({"biomarker": WIDE})["rows"] == []
    assert candidate_table({"biomarker": WIDE}) == []


def test_candidates_are_the_best_of_class_i_of_each_tumour():
    n = N_CANDIDATE + 3
    table = pd.DataFrame(
        {
            "pair_id": ["T1_vs_N1"] * n,
            "mhc_class": ["II", *["I"] * (n - 1)],
            "rank": [1, *range(n - 1, 0, -1)],
            "tier": ["top", *["candidate"] * (n - 2), "poor"],
            "tier_reason": "because",
            "gene": "TP53",
            "protein_change": "p.R1H",
            "peptide": "AAAAAAAAA",
            "wildtype": pd.NA,
            "allele": "SIMA*01:01",
            "rank_pct": 0.5,
            "rank_wt_pct": None,
            "ccf": 1.0,
        }
    )
    rows = candidate_table({"neoantigen": table, "biomarker": WIDE})
    assert [row["rank"] for row in rows] == list(range(2, 2 + N_CANDIDATE))  # 1 binds poorly
    assert {(row["label"], row["wildtype"], row["rank_wt_pct"]) for row in rows} == {("P1", "", "")}


def test_the_chart_of_losses_names_the_lost_allele():
    spec = str(loss_by_pair(LOSS, WIDE).to_dict())
    assert "lost SIMA*02:01" in spec
    assert "1 not examined, not shown" in spec


def test_of_many_pairs_the_chart_counts_the_states():
    n = 80
    ids = [f"T{index}_vs_N{index}" for index in range(n)]
    wide = pd.DataFrame(
        {"patient_id": [f"P{index}" for index in range(n)], "pair_id": ids, "timepoint": "baseline"}
    )
    loci = pd.DataFrame({"pair_id": ids, "locus": "A", "state": ["loss"] * 20 + ["kept"] * 60,
                         "lost_allele": "A*01:01", "reason": None})  # fmt: skip
    spec = str(loss_by_pair(loci, wide).to_dict())
    assert "'state': 'an allele lost', 'n': 20" in spec
    assert "'n': 60" in spec
    assert "lost A*01:01" not in spec
