"""What pairs are called on axes."""

import pandas as pd

from wes_biomarkers.plots.labels import MAX_LABELLED, pair_labels, say_missing


def test_a_time_point_only_where_a_patient_has_several_pairs():
    rows = [("P1", "a", "baseline"), ("P2", "b", "baseline"), ("P2", "c", "week 6"), ("P2", "d", "week 6"),
            ("P3", "e", None), ("P3", "f", None)]  # fmt: skip
    found = pair_labels(pd.DataFrame(rows, columns=["patient_id", "pair_id", "timepoint"]))
    assert found == {
        "a": "P1", "b": "P2 baseline", "c": "P2 week 6", "d": "P2 week 6 (2)", "e": "P3", "f": "P3 (2)"
    }  # fmt: skip


def test_what_is_missing_is_said_by_row_or_counted_once():
    few = [{"v": 1.0, "w": "ok"}, {"v": None, "w": "failed"}]
    say_missing(few, "v", "w")
    assert [row["said"] for row in few] == [None, "failed"]
    many = [{"v": 1.0, "w": "ok"} for _ in range(MAX_LABELLED)] + [
        {"v": None, "w": "failed"} for _ in range(3)
    ]
    say_missing(many, "v", "w")
    assert [row["said"] for row in many if row["said"]] == ["3 without a value"]
    assert many[-2]["said"] == "3 without a value"
