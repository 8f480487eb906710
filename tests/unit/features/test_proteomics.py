"""From numbers and marks to log2 values, and the change from baseline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.features.proteomics import (
    Measured,
    Settings,
    change_from_baseline,
    decide_scale,
    process,
    worse_isoforms,
)
from wes_biomarkers.features.proteomics_marks import EXTRAPOLATED, ZERO, parse_cells

SETTINGS = Settings("concentration", "auto", "auto", 0.5, "none", "censor", "refuse", "keep", "baseline")


def measured(rows, kind="concentration", proteins=None):
    """An export of rows of cells, a row a sample."""
    cells = parse_cells([cell for row in rows for cell in row])
    shape = (len(rows), len(rows[0]))
    names = proteins or tuple(f"p{i}" for i in range(shape[1]))
    samples = tuple(f"s{i}" for i in range(shape[0]))
    return Measured(
        samples, names, cells.raw.reshape(shape), cells.side.reshape(shape), cells.flags.reshape(shape), kind
    )


def processed(rows, kind="concentration", scale="linear", **changes):
    made = measured(rows, kind)
    return process(made, replace(SETTINGS, **changes), scale, np.zeros(len(rows), np.int64), {})


def test_a_concentration_of_0_is_below_the_lowest_and_an_intensity_of_0_is_missing():
    rows = [["8", "0"], ["2", "4"], ["0", "16"]]
    found = processed(rows)
    np.testing.assert_allclose(found.value, [[3, 2], [1, 2], [1, 4]])
    assert found.side.tolist() == [[0, -1], [0, 0], [-1, 0]] and found.flags[2, 0] == ZERO
    found = processed(rows, "intensity", normalisation="none")
    np.testing.assert_allclose(found.value, [[3, np.nan], [1, 2], [np.nan, 4]])
    assert not found.side.any() and found.missing.sum() == 2


def test_a_0_of_log2_values_is_a_value():
    found = processed([["0"], ["-1"]], scale="log2")
    np.testing.assert_allclose(found.value[:, 0], [0, -1])
    assert not found.side.any()


def test_extrapolated_numbers_are_censored_or_kept():
    rows = [["8"], ["2"], ["*1"]]
    assert processed(rows).value[2, 0] == 1 and processed(rows).side[2, 0] == -1
    kept = processed(rows, extrapolated="keep")
    assert kept.value[2, 0] == 0 and kept.side[2, 0] == 0
    assert kept.flags[2, 0] == EXTRAPOLATED, "still flagged"


def test_proteins_are_dropped_for_a_reason():
    rows = [["4", "", "OOR <", "OOR <"], ["2", "", "OOR <", "8"], ["1", "3", "OOR <", "OOR <"]]
    assert processed(rows).dropped == ("", "missing", "never_quantified", "")
    assert processed(rows, max_missing=1.0).dropped == ("", "", "never_quantified", "")


def test_normalisation_by_kind():
    rows = [["8", "16", "32"], ["16", "32", "64"]]
    assert processed(rows).normalisation == "none"
    found = processed(rows, "intensity")
    assert found.normalisation == "median"
    np.testing.assert_allclose(found.value, [[3.5, 4.5, 5.5]] * 2)


def test_npx_is_log2_whatever_the_settings_say():
    assert decide_scale(measured([["5"]], "npx"), replace(SETTINGS, scale="linear")) == "log2"
    assert decide_scale(measured([["5"]]), SETTINGS) is None
    assert decide_scale(measured([["5"]]), replace(SETTINGS, scale="log2")) == "log2"


def test_the_better_isoform():
    quantified = np.array([[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1]], bool)
    assert worse_isoforms(("P12345", "P12345-2", "P12345-3", "IL-2"), quantified).tolist() == [0, 2]


def long_table(rows):
    """Rows of patient, time point, sample, protein, value, censored."""
    names = ["patient_id", "timepoint", "sample_id", "protein", "value", "censored"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(specimen="serum", collection_date=pd.NaT, batch=None)


@pytest.mark.parametrize(
    ("baseline", "later", "change", "censored", "reason"),
    [
        ((3.0, ""), (5.0, ""), 2.0, "", None),
        ((3.0, ""), (1.0, "below"), -2.0, "below", None),  # fell below 1: by more than 2
        ((3.0, ""), (9.0, "above"), 6.0, "above", None),
        ((1.0, "below"), (3.0, ""), 2.0, "above", None),  # rose from below 1: by more than 2
        ((9.0, "above"), (3.0, ""), -6.0, "below", None),
        ((1.0, "below"), (9.0, "above"), 8.0, "above", None),
        ((9.0, "above"), (1.0, "below"), -8.0, "below", None),
        ((1.0, "below"), (2.0, "below"), None, "", "both_censored"),
        ((9.0, "above"), (9.0, "above"), None, "", "both_censored"),
        ((np.nan, "below"), (3.0, ""), None, "", "unknown_value"),
        ((np.nan, ""), (3.0, ""), None, "", "unknown_value"),
    ],
)
def test_change_with_censored_values_by_hand(baseline, later, change, censored, reason):
    frame = long_table([("A", "baseline", "A0", "p", *baseline), ("A", "w6", "A1", "p", *later)])
    row = change_from_baseline(frame).iloc[0]
    assert row["sample_id"] == "A1" and row["baseline_sample_id"] == "A0"
    assert (None if pd.isna(row["change"]) else row["change"]) == change
    assert row["censored"] == censored and (None if pd.isna(row["reason"]) else row["reason"]) == reason


def test_change_needs_a_pair_of_one_patient_and_specimen():
    frame = long_table(
        [
            ("A", "baseline", "A0", "p", 1.0, ""),
            ("A", "w6", "A1", "q", 2.0, ""),
            ("B", "w6", "B1", "p", 2.0, ""),
        ]
    )
    assert change_from_baseline(frame).empty
    frame = long_table([("A", "baseline", "A0", "p", 1.0, ""), ("A", "w6", "A1", "p", 2.0, "")])
    frame.loc[1, "specimen"] = "urine"
    assert change_from_baseline(frame).empty


def test_the_latest_baseline_counts():
    rows = [("A", "BL", "A0", "p", 1.0, ""), ("A", "BL", "A9", "p", 2.0, ""), ("A", "w6", "A1", "p", 5.0, "")]
    frame = long_table(rows)
    frame["collection_date"] = pd.to_datetime(["2024-01-09", "2024-01-02", "2024-03-01"])
    found = change_from_baseline(frame, "BL")
    assert found["baseline_sample_id"].tolist() == ["A0"] and found["change"].tolist() == [4.0]
    frame["collection_date"] = pd.NaT
    assert change_from_baseline(frame, "BL")["baseline_sample_id"].tolist() == ["A9"]
