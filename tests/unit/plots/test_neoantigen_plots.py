"""Charts of neoantigens say what the tables say."""

import json

import numpy as np
import pandas as pd

from wes_biomarkers.plots.neoantigens import burden_by_pair, ranked_candidates

COLUMNS = ["mhc_class", "rank", "tier", "gene", "peptide", "allele", "rank_pct", "rank_wt_pct"]


def rows_of(chart):
    """All rows drawn, of every data set."""
    return [row for part in json.loads(chart.to_json())["datasets"].values() for row in part]


def test_a_point_for_each_binder():
    table = pd.DataFrame(
        [
            ("I", 1.0, "top", "G1", "AAAAAAAAA", "A*02:01", 0.1, 20.0),
            ("I", 2.0, "candidate", "G2", "CCCCCCCCC", "A*02:01", 1.0, np.nan),
            ("I", 3.0, "poor", "G3", "DDDDDDDDD", "A*02:01", 30.0, 20.0),
            ("II", 1.0, "top", "G1", "A" * 15, "DRB1*01:01", 0.5, 9.0),
        ],
        columns=COLUMNS,
    )
    chart = ranked_candidates(table, "P1", ["synthetic"])
    points = {row["peptide"]: row for row in rows_of(chart) if "peptide" in row}
    assert set(points) == {"AAAAAAAAA", "CCCCCCCCC", "A" * 15}
    assert (points["AAAAAAAAA"]["x"], points["AAAAAAAAA"]["y"]) == (0.1, 20.0)
    assert points["CCCCCCCCC"]["y"] > 100  # no wild type
    text = chart.to_json()
    assert "SIMULATED DATA" in text and "1 best peptides that bind poorly" in text


def test_labels_do_not_lie_upon_each_other():
    table = pd.DataFrame(
        [("I", float(i), "top", f"G{i}", f"P{i}", "A*02:01", 0.1, 1.0) for i in range(1, 5)], columns=COLUMNS
    )
    labels = [row["label"] for row in rows_of(ranked_candidates(table, "P", ())) if "label" in row]
    assert labels == ["G1", "", "", ""]


def test_a_label_does_not_lie_upon_a_point():
    table = pd.DataFrame(
        [("I", 1.0, "top", "G1", "P1", "A*02:01", 0.1, 1.0), ("I", 2.0, "top", "G2", "P2", "A*02:01", 0.15, 1.1),
         ("I", 3.0, "top", "G3", "P3", "A*02:01", 1.0, 9.0)], columns=COLUMNS,
    )  # fmt: skip
    labels = [row["label"] for row in rows_of(ranked_candidates(table, "P", ())) if "label" in row]
    assert labels == ["", "G2", "G3"]


def test_nothing_to_draw_is_said():
    empty = pd.DataFrame([], columns=COLUMNS)
    assert "No variant" in ranked_candidates(empty, "P").to_json()


def test_burden_of_pairs():
    pairs = pd.DataFrame(
        [("P1", "a", "t", 5, 2, 4, np.nan, "ok"), ("P2", "b", "t", 0, 0, 0, 0, "ok"),
         ("P3", "c", "t", np.nan, np.nan, np.nan, np.nan, "not_evaluable")],
        columns=["patient_id", "pair_id", "timepoint", "n_neoantigen", "n_neoantigen_strong", "n_neoantigen_clonal",
                 "n_neoantigen_hla_loh_adj", "n_neoantigen_status"],
    )  # fmt: skip
    rows = rows_of(burden_by_pair(pairs))
    assert {(r["from"], r["to"]) for r in rows if r.get("pair") == "P1" and "to" in r} == {(0, 2), (2, 5)}
    assert [(r["kind"], r["n"]) for r in rows if r.get("pair") == "P1" and "n" in r] == [("clonal", 4)]
    assert not any(r.get("pair") == "P3" for r in rows)
    assert "1 not evaluable" in burden_by_pair(pairs).to_json()
    assert "No pair" in burden_by_pair(pairs[pairs["pair_id"] == "c"]).to_json()
