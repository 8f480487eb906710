"""A protein by group and time: what is drawn, and which medians can be told."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.plots.proteomics import censored_median, protein_by_group
from wes_biomarkers.plots.theme import themed


def frame(**changes):
    base = pd.DataFrame(
        {
            "patient_id": ["A", "A", "B", "B", "C", "D"],
            "group": ["x", "x", "x", "x", "y", "y"],
            "timepoint": ["baseline", "week6"] * 2 + ["baseline", "baseline"],
            "value": [1.0, 2.0, 3.0, 0.5, 9.0, np.nan],
            "censored": ["", "", "", "below", "above", "below"],
        }
    )
    return base.assign(**changes)


def spec(chart):
    return themed(chart).to_dict()


def rows(chart, key):
    """The rows of the data that have a key."""
    return [row for values in spec(chart)["datasets"].values() for row in values if key in row]


def test_every_value_is_drawn_once_at_its_place():
    chart = protein_by_group(frame(), "IL-6", ["baseline", "week6"])
    points = rows(chart, "patient")
    assert len(points) == 5, "a limit that is unknown cannot be drawn"
    assert [row["fill"] for row in points if row["censored"]] == ["white", "white"]
    at = {(row["patient"], row["time"]): row["x"] for row in points}
    assert at["A", "week6"] - at["A", "baseline"] == pytest.approx(1), "a patient keeps the offset over time"
    text = json.dumps(spec(chart))
    assert "drawn at the limit" in text and "triangle-down" in text


def test_counts_include_what_cannot_be_drawn():
    counted = {
        (row["group"], row["time"]): row["counted"]
        for row in rows(protein_by_group(frame(), "IL-6", ["baseline", "week6"]), "counted")
    }
    assert counted == {
        ("x", "baseline"): "n = 2",
        ("x", "week6"): "n = 2, 1 below",
        ("y", "baseline"): "n = 2, 1 below, 1 above",
        ("y", "week6"): "n = 0",
    }


def test_nothing_to_draw():
    assert "no values" in json.dumps(spec(protein_by_group(frame(group=None), "IL-6", ["baseline"])))
    assert "no values" in json.dumps(spec(protein_by_group(frame(), "IL-6", ["never"])))


def test_names_are_text():
    name = "<script>x</script>"
    chart = protein_by_group(frame(group=name), name, ["baseline"])
    assert {row["group"] for row in rows(chart, "counted")} == {name}


@pytest.mark.parametrize(
    ("value", "censored", "median"),
    [
        ([1, 2, 3], ["", "", ""], 2),
        ([1, 2, 3, 4], ["", "", "", ""], 2.5),
        ([1, 2, 3], ["below", "", ""], 2),
        ([1, 2, 3], ["", "", "above"], 2),
        ([1, 1, 3], ["below", "below", ""], None),
        ([5, 2, 3], ["below", "", ""], None),  # the limit 5 leaves open where the median lies
        ([np.nan, 2, 3], ["", "", ""], 2.5),
        ([np.nan, 2, 3], ["below", "", ""], None),
        ([], [], None),
    ],
)
def test_the_median_where_it_can_be_told(value, censored, median):
    assert censored_median(value, censored) == median
