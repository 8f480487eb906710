"""Charts of an outcome by a feature hold what they are given, draw nothing withheld, and name things for readers."""

import json

import pandas as pd
import pytest
import vl_convert

from wes_biomarkers.plots.forest import forest
from wes_biomarkers.plots.names import label, spelled, term_lines
from wes_biomarkers.plots.rates import rates_chart
from wes_biomarkers.plots.scale import axis_of, is_stretched, scale_of
from wes_biomarkers.plots.scatter import scatter_chart, shades_chart
from wes_biomarkers.plots.spread import quartiles, spread_chart
from wes_biomarkers.plots.survival import survival_chart
from wes_biomarkers.plots.theme import themed
from wes_biomarkers.plots.toxicity import grade_bars
from wes_biomarkers.plots.words import explained, time_title

TITLE = explained("A title", ())
POINTS = pd.DataFrame(
    {
        "patient_id": ["P1", "P2", "P3", "P4"],
        "group": ["no", "no", "yes", "yes"],
        "value": [1.0, 3.0, 2.0, 6.0],
    }
)
BOXES = quartiles(POINTS["value"], POINTS["group"])


def rows_of(chart):
    """Rows by layer; drawn once, which fails where the specification is none."""
    spec = themed(chart).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    assert "NaN" not in svg and "undefined" not in svg
    return list(spec["datasets"].values())


def texts_of(chart):
    return json.dumps(themed(chart).to_dict(), ensure_ascii=False)


def test_spread_holds_each_patient_and_the_quartiles():
    dots, bars = rows_of(spread_chart(POINTS, BOXES, TITLE, "TMB"))
    assert [(row["patient"], row["group"], row["value"]) for row in dots] == [
        ("P1", "no (n = 2)", 1.0),
        ("P2", "no (n = 2)", 3.0),
        ("P3", "yes (n = 2)", 2.0),
        ("P4", "yes (n = 2)", 6.0),
    ]
    assert bars == [
        {"group": "no (n = 2)", "q1": 1.5, "median": 2.0, "q3": 2.5},
        {"group": "yes (n = 2)", "q1": 3.0, "median": 4.0, "q3": 5.0},
    ]


def test_spread_without_patients_or_counts_draws_the_boxes_alone():
    (bars,) = rows_of(spread_chart(POINTS.head(0), BOXES.assign(n=None), TITLE, "TMB"))
    assert [row["group"] for row in bars] == ["no", "yes"]


def test_spread_of_one_group_and_of_none():
    one = POINTS[POINTS["group"] == "yes"]
    _, bars = rows_of(spread_chart(one, quartiles(one["value"], one["group"]), TITLE, "TMB"))
    assert len(bars) == 1
    empty = spread_chart(POINTS.head(0), BOXES.head(0), TITLE, "TMB")
    assert "No patient has both" in texts_of(empty)


def test_rates_say_counts_and_share_and_what_is_withheld():
    rates = pd.DataFrame(
        {"group": ["a", "b", "c"], "n": [10, 20, None], "n_event": [4, None, None], "rate": [0.4, None, None],
         "ci_low": [0.17, None, None], "ci_high": [0.69, None, None]}
    )  # fmt: skip
    rows = rows_of(rates_chart(rates, TITLE))[0]
    assert rows[0] == {
        "group": "a",
        "rate": 0.4,
        "low": 0.17,
        "high": 0.69,
        "words": "4 of 10, 40 % (17 to 69)",
    }
    assert [(row["rate"], row["words"]) for row in rows[1:]] == [(None, "withheld"), (None, "withheld")]
    assert "No patient has both" in texts_of(rates_chart(rates.head(0), TITLE))


def test_scatter_holds_each_patient_on_an_axis_that_suits_it():
    points = pd.DataFrame({"patient_id": ["P1", "P2"], "x": [1.0, 2.0], "y": [3, 400]})
    (rows,) = rows_of(scatter_chart(points, TITLE, "TMB", "CPS"))
    assert rows == [{"x": 1.0, "y": 3.0, "patient": "P1"}, {"x": 2.0, "y": 400.0, "patient": "P2"}]
    assert "No patient has both" in texts_of(scatter_chart(points.head(0), TITLE, "TMB", "CPS"))


def test_shades_hold_each_square():
    bins = pd.DataFrame({"x0": [0.0], "x1": [1.0], "y0": [2.0], "y1": [3.0], "n": [7]})
    (rows,) = rows_of(shades_chart(bins, TITLE, "TMB", "CPS"))
    assert rows == [{"x0": 0.0, "x1": 1.0, "y0": 2.0, "y1": 3.0, "n": 7}]
    assert "enough patients" in texts_of(shades_chart(bins.head(0), TITLE, "TMB", "CPS"))


@pytest.mark.parametrize(
    "values, kind",
    [([1, 2, 3, 4, 5, 6, 7, 8], None), ([1, 2, 2, 3, 3, 4, 5, 90], "log"), ([0, 1, 2, 2, 3, 3, 4, 90], "symlog"),
     ([-90, 1, 2, 2, 3, 3, 4, 90], None), ([1, 1000], None)],
)  # fmt: skip
def test_a_long_tail_has_a_logarithmic_axis(values, kind):
    assert is_stretched(values) == (kind is not None)
    assert scale_of(values).to_dict().get("type") == kind


def test_grades_counted_are_grades_of_patients():
    patients = pd.DataFrame({"group": ["a", "a", "a", "b", "b"], "grade": [0, 3, 3, 1, None]})
    counts = pd.DataFrame({"group": ["a", "a", "b", "b"], "grade": [0, 3, 1, None], "n": [1, 2, 1, 1]})
    assert rows_of(grade_bars(counts, "Grades")) == rows_of(grade_bars(patients, "Grades"))
    assert "1 of 5 patients of unknown grade" in texts_of(grade_bars(counts, "Grades"))


def test_groups_of_grades_tell_their_size_where_it_is_told():
    counts = pd.DataFrame({"group": ["a", "b"], "grade": [0, 3], "n": [10, 15]})
    rows = rows_of(grade_bars(counts, "Grades", sizes={"a": 12, "b": None}))[0]
    assert [row["group"] for row in rows] == ["a (n = 12)", "b"]


def test_numbers_at_risk_that_are_withheld_are_dashes():
    curve = pd.DataFrame({"group": "a", "time": [0.0, 5.0], "estimate": [1.0, 0.6], "ci_low": [None, 0.4],
                          "ci_high": [None, 0.8]})  # fmt: skip
    chart = survival_chart(
        curve, {"a": [1200, None]}, [0.0, 5.0], TITLE, {"a": "a"}, time_title("first_dose"), width=700
    )
    risk = next(rows for rows in rows_of(chart) if "words" in rows[0])
    assert [row["words"] for row in risk] == ["1,200", "–"]
    spec = themed(chart).to_dict()
    assert [part["width"] for part in spec["vconcat"]] == [700, 700]
    assert "months from first dose" in json.dumps(spec)


def test_a_narrow_forest_breaks_its_labels_and_keeps_its_numbers():
    rows = pd.DataFrame({"label": ["immunotherapy against none, TMB per Mb 1 sd below the mean"], "n": [90], "n_event": [40],
                         "effect": [0.5], "ci_low": [0.3], "ci_high": [0.8], "p_value": [0.01]})  # fmt: skip
    placed = [
        row for part in rows_of(forest(rows, "Effects", narrow=True)) for row in part if "colour" in row
    ]
    lines = [row for row in placed if row["align"] == "left" and row["weight"] == "normal" and row["x"] < 0]
    assert " ".join(row["text"] for row in lines) == rows["label"][0] and len(lines) > 1
    heights = [row["at"] for row in lines]
    assert heights == sorted(heights) and sum(heights) == pytest.approx(0), "around the middle of their row"
    assert {"40/90", "0.50 (0.30 to 0.80)", "0.010"} <= {row["text"] for row in placed}


def test_names_are_spelled_for_readers():
    assert label("radiation_grade2") == "Radiation grade 2 or more"
    assert label("n_neoantigen") == "Number of neoantigens" and label("gene:TP53") == "TP53 mutated"
    assert spelled("pdl1_cps in arm_a") == "PD-L1 CPS in arm a"
    assert term_lines("x in arm_a") == ["X", "in arm a"]


def test_the_axis_of_a_single_value_names_it_in_few_digits():
    assert axis_of([71.262051, 71.262051]).to_dict() == {"format": ".3~g", "values": [71.262051]}
    one = POINTS.head(1).assign(value=71.262051)
    drawn = spread_chart(one, quartiles(one["value"], one["group"]), TITLE, "TMB")
    assert ">71.3<" in vl_convert.vegalite_to_svg(themed(drawn).to_dict())
