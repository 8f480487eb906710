"""The charts of outcomes hold what they are given, say what is missing, and take any text for text."""

import json
from functools import cache
from types import SimpleNamespace

import gallery
import numpy as np
import pandas as pd
import pytest
import vl_convert

from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.plots.decision_curve import decision_curve_chart
from wes_biomarkers.plots.flow import FlowStep, flow_chart
from wes_biomarkers.plots.forest import association_rows, estimate_rows, forest
from wes_biomarkers.plots.incidence import incidence_at_risk, incidence_chart, incidence_rows
from wes_biomarkers.plots.missing import missing_chart
from wes_biomarkers.plots.roc import calibration_chart, roc_chart
from wes_biomarkers.plots.save import save_chart
from wes_biomarkers.plots.survival import kaplan_meier_chart
from wes_biomarkers.plots.swimmer import swimmer
from wes_biomarkers.plots.theme import text_shade, themed
from wes_biomarkers.plots.treatment_effect import predictiveness_chart, sliding_window_chart
from wes_biomarkers.plots.volcano import volcano
from wes_biomarkers.plots.waterfall import spider, waterfall
from wes_biomarkers.plots.words import cut_names, estimate_text, explained, interval_text, p_text
from wes_biomarkers.stats.estimate import Estimate

HOSTILE = '</script><script>alert(1)</script> \' + datum.y || "x" [0].a\\b'
#: Keys of Vega-Lite whose text is run or looks up a column.
RUN = {"filter", "calculate", "labelExpr", "expr", "signal", "test", "field", "as", "href", "url"}


def walk(part, key=None):
    """Each text of a specification with the key it stands under."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from walk(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value, key)
    elif isinstance(part, str):
        yield key, part


def rows_of(chart):
    """All rows of all layers."""
    return [row for rows in json.loads(chart.to_json()).get("datasets", {}).values() for row in rows]


def texts(chart):
    return [text for _, text in walk(json.loads(chart.to_json()))]


@cache
def drawn(name):
    return themed(gallery.CHARTS[name]()).to_dict()


@pytest.mark.parametrize("name", gallery.CHARTS)
def test_every_chart_is_drawn_and_says_that_its_data_are_invented(name):
    svg = vl_convert.vegalite_to_svg(drawn(name))
    assert svg.startswith("<svg") and "SIMULATED DATA" in svg
    assert "NaN" not in svg and "undefined" not in svg and ">null<" not in svg


@pytest.mark.parametrize("name", gallery.CHARTS)
def test_picture_of_the_guide_is_there_and_small(name):
    size = (gallery.IMAGES / f"chart-{name}.png").stat().st_size
    assert 5_000 < size < 300_000


def test_script_of_the_gallery_writes_a_picture(tmp_path):
    gallery.main(tmp_path, ["missing"])
    assert (tmp_path / "chart-missing.png").read_bytes().startswith(b"\x89PNG")


def empty(*columns):
    return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})


@pytest.mark.parametrize(
    "chart",
    [
        lambda: volcano(empty("feature", "effect", "p_value", "q_value"), "t"),
        lambda: volcano(pd.DataFrame({"feature": ["a"], "effect": [np.nan], "p_value": [0.1], "q_value": [0.1]}), "t"),
        lambda: forest(empty("label", "effect"), "t"),
        lambda: kaplan_meier_chart({}, {}, [0], "t", (), ()),
        lambda: incidence_chart(empty("group", "state", "time", "estimate", "ci_low", "ci_high"), {}, [0],
                                explained("t", ()), {}),
        lambda: roc_chart(empty("group", "false_positive_rate", "true_positive_rate"), {}, "t"),
        lambda: calibration_chart(empty("predicted", "observed", "n"), "t"),
        lambda: decision_curve_chart(empty("strategy", "threshold", "net_benefit"), "t"),
        lambda: waterfall(empty("patient_id", "best_change", "response"), "t"),
        lambda: spider(empty("patient_id", "months", "change", "response"), "t"),
        lambda: swimmer(empty("patient_id", "phase", "start", "end"), empty("patient_id", "months", "event"), "t"),
        lambda: flow_chart([], "t"),
        lambda: sliding_window_chart(empty("centre", "effect", "ci_low", "ci_high", "n"), "t", feature="f"),
        lambda: predictiveness_chart(empty("group", "percentile", "risk", "ci_low", "ci_high"), "t", feature="f"),
        lambda: missing_chart(empty("feature", "state", "n"), "t"),
    ],
)  # fmt: skip
def test_nothing_to_draw_is_said(chart):
    (row,) = rows_of(chart())
    assert row["text"].endswith(".") and len(row["text"]) > 15


def hostile_charts():
    bad = pd.DataFrame({"feature": [HOSTILE], "effect": [0.5], "p_value": [1e-9], "q_value": [1e-6]})
    row = pd.DataFrame({"label": [HOSTILE], "group": [HOSTILE], "n": [9], "n_event": [3], "effect": [0.5],
                        "ci_low": [0.2], "ci_high": [0.9], "p_value": [0.02], "reason": [HOSTILE]})  # fmt: skip
    lost = row.assign(effect=np.nan)
    curve = pd.DataFrame({"group": [HOSTILE] * 2, "state": ["event", "competing"], "time": [1.0, 2.0],
                          "estimate": [0.1, 0.2], "ci_low": [0.0, 0.1], "ci_high": [0.3, 0.4]})  # fmt: skip
    yield volcano(bad, HOSTILE, ("exploratory",), effect_name=HOSTILE)
    yield forest(pd.concat([row, lost]), HOSTILE, favours=(HOSTILE, HOSTILE), notes=(HOSTILE,))
    yield incidence_chart(
        curve, {HOSTILE: [3, 1]}, [0, 2], explained(HOSTILE, ()), {HOSTILE: HOSTILE}, HOSTILE
    )
    yield roc_chart(pd.DataFrame({"group": [HOSTILE] * 2, "false_positive_rate": [0, 1], "true_positive_rate": [0, 1]}),
                    {HOSTILE: HOSTILE}, HOSTILE)  # fmt: skip
    yield decision_curve_chart(
        pd.DataFrame({"strategy": [HOSTILE] * 2, "threshold": [0.1, 0.2], "net_benefit": [0.1, 0.0]}), HOSTILE
    )
    patient = pd.DataFrame(
        {
            "patient_id": [HOSTILE],
            "best_change": [140.0],
            "response": [HOSTILE],
            "months": [1.0],
            "change": [1.0],
        }
    )
    yield waterfall(patient, HOSTILE)
    yield spider(patient, HOSTILE)
    lane = pd.DataFrame({"patient_id": [HOSTILE], "phase": [HOSTILE], "start": [0.0], "end": [3.0]})
    yield swimmer(lane, pd.DataFrame({"patient_id": [HOSTILE], "months": [1.0], "event": ["death"]}), HOSTILE)
    yield flow_chart(
        [FlowStep(HOSTILE, 2, {HOSTILE: 1}), FlowStep(HOSTILE, 1)],
        HOSTILE,
        (),
        {HOSTILE: [FlowStep(HOSTILE, 1)]},
    )
    yield missing_chart(pd.DataFrame({"feature": [HOSTILE], "state": [HOSTILE], "n": [3]}), HOSTILE)
    yield sliding_window_chart(pd.DataFrame({"centre": [1.0], "effect": [2.0], "ci_low": [1.0], "ci_high": [3.0], "n": [9]}),
                               HOSTILE, feature=HOSTILE)  # fmt: skip
    yield predictiveness_chart(pd.DataFrame({"group": [HOSTILE], "percentile": [5.0], "risk": [0.2], "ci_low": [0.1],
                                             "ci_high": [0.3]}), HOSTILE, feature=HOSTILE)  # fmt: skip


@pytest.mark.parametrize("chart", list(hostile_charts()))
def test_text_of_others_is_never_run(chart):
    spec = themed(chart).to_dict()
    found = [key for key, text in walk(spec) if "alert(1)" in text]
    assert found and not RUN.intersection(found)
    svg = vl_convert.vegalite_to_svg(spec)
    assert "<script" not in svg and "alert(1)" in svg


def test_page_of_a_chart_runs_no_text(tmp_path):
    save_chart(next(hostile_charts()), tmp_path / "chart.html")
    page = (tmp_path / "chart.html").read_text()
    assert "\\u003c/script>\\u003cscript>alert(1)" in page
    assert "<script>alert" not in page and "\ue03c" not in page


def test_volcano_colours_by_q_and_labels_the_first():
    rows = gallery.volcano_rows()
    chart = volcano(rows, "t", n_label=5)
    points = [row for row in rows_of(chart) if "found" in row]
    found = {row["feature"] for row in points if row["found"] != "none"}
    assert found == set(rows.loc[rows["q_value"] <= 0.05, "feature"])
    assert {row["feature"] for row in points if row["found"] == "low"} == {
        name for name in found if rows.set_index("feature").loc[name, "effect"] < 1
    }
    names = {row["name"] for row in rows_of(chart) if "name" in row}
    assert names == set(rows.nsmallest(5, "p_value")["feature"])
    lost = pd.concat([rows, rows.head(3).assign(effect=np.nan)])
    assert "3 not evaluable, not drawn" in texts(volcano(lost, "t"))


def test_volcano_takes_any_mark_of_missing():
    rows = pd.DataFrame({"feature": list("abc"), "effect": [0.5, None, pd.NA], "p_value": [0.01, 0.2, None],
                         "q_value": [pd.NA] * 3},
                        dtype=object)  # fmt: skip
    points = [row for row in rows_of(volcano(rows, "t")) if "found" in row]
    assert [(row["feature"], row["q"], row["found"]) for row in points] == [("a", None, "none")]


def test_volcano_names_the_flags_of_all_features_only():
    rows = gallery.volcano_rows()
    lines = volcano(rows, "t", ("constant_feature", "exploratory")).to_dict()["title"]["subtitle"]
    assert "some features carry warnings of their own: see the table" in lines
    words = " ".join(lines)
    assert ASSOCIATION_FLAGS["exploratory"] in words and "Every patient has the same value" not in words


def test_volcano_draws_no_threshold_that_nothing_reaches():
    rows = pd.DataFrame(
        {"feature": list("ab"), "effect": [1.2, 0.9], "p_value": [0.3, 0.8], "q_value": [0.6, 0.8]}
    )
    chart = volcano(rows, "t")
    assert not any("q = 0.05" in text for text in texts(chart))
    assert any("none reaches it" in text for text in texts(chart))


def test_volcano_of_differences_and_of_a_p_of_zero():
    rows = pd.DataFrame(
        {"feature": list("ab"), "effect": [-1.5, 2.0], "p_value": [0.0, 0.8], "q_value": [0.0, 0.8]}
    )
    points = [row for row in rows_of(volcano(rows, "t", ratio=False)) if "found" in row]
    assert {row["feature"]: (row["x"], row["y"] > 100) for row in points} == {
        "a": (-1.5, True),
        "b": (2.0, False),
    }


def test_forest_shows_numbers_and_reasons():
    chart = forest(gallery.forest_rows(), "t", favours=("longer", "shorter"))
    shown = texts(chart)
    for text in (
        "0.62 (0.44 to 0.87)",
        "48/98",
        "0.006",
        "0.034",
        "1 patient has it",
        "TMB (per sd)",
        "← longer",
    ):
        assert text in shown, text
    arrows = [row for row in rows_of(chart) if row.get("shape") == "triangle-right"]
    whiskers = [row for row in rows_of(chart) if "x2" in row]
    assert len(arrows) == 1 and len(whiskers) == 6
    assert arrows[0]["x"] < 9.4


def test_forest_from_the_association_table():
    table = pd.DataFrame(
        [("TMB", "prognostic", "TMB", 0.8, 0.04), ("TMB", "within_arm", "radiotherapy", 0.6, 0.01),
         ("TMB", "predictive", "TMB x arm", 0.7, 0.2), ("HED", "prognostic", "HED", 1.1, 0.5)],
        columns=["feature", "role", "term", "effect", "p_value"],
    ).assign(n=10, n_event=4, ci_low=0.5, ci_high=1.4, reason="", population="the endpoint's own")  # fmt: skip
    rows = association_rows(table)
    assert rows["label"].tolist() == ["all patients", "radiotherapy", "all patients"]
    assert rows["p_interaction"].tolist()[:2] == [0.2, 0.2] and np.isnan(rows["p_interaction"].iloc[2])
    assert "0.70 (0.50 to 1.40)" not in texts(forest(rows, "t"))


def test_forest_names_who_is_compared():
    table = pd.DataFrame(
        {
            "feature": "arm",
            "role": "treatment",
            "term": "b against a",
            "population": ["randomised", "own choice"],
        }
    ).assign(n=10, n_event=4, effect=0.8, ci_low=0.5, ci_high=1.4, p_value=0.5, reason="")
    assert association_rows(table)["label"].tolist() == ["randomised: b against a", "own choice: b against a"]
    one = table.assign(role="prognostic", population="randomized").head(1)
    assert association_rows(one)["label"].tolist() == ["randomized"]


def test_flags_are_explained_in_their_sentence():
    sentence = ASSOCIATION_FLAGS["data_driven_cutpoint"]
    title = explained("t", ("data_driven_cutpoint", "synthetic"), "note", width=300)
    assert " ".join(title["subtitle"]) == f"note {sentence} SIMULATED DATA"
    assert max(len(line) for line in title["subtitle"]) <= 300 / 5.9


def test_four_groups_differ_by_colour_and_dash():
    spec = json.loads(gallery.draw_survival().to_json())
    line = next(layer for layer in spec["vconcat"][0]["layer"] if "strokeDash" in layer["encoding"])
    assert len({str(dash) for dash in line["encoding"]["strokeDash"]["scale"]["range"]}) == 4
    assert len(set(line["encoding"]["color"]["scale"]["range"])) == 4
    at_risk = [
        row
        for row in rows_of(gallery.draw_survival())
        if set(row) == {"group", "time", "n", "words", "colour"}
    ]
    assert sum(row["n"] for row in at_risk if row["time"] == 0) == 200


def test_incidence_draws_the_competing_event_dotted():
    spec = json.loads(gallery.draw_incidence().to_json())
    layers = spec["vconcat"][0]["layer"]
    dotted = [
        layer for layer in layers if isinstance(layer["mark"], dict) and layer["mark"].get("strokeDash")
    ]
    assert len(dotted) == 1
    rows = spec["datasets"][dotted[0]["data"]["name"]]
    assert len(rows) == 98 and max(row["estimate"] for row in rows) < 0.3


def test_incidence_from_estimates():
    curve = SimpleNamespace(
        time=np.array([0.0, 2.0, 5.0]), incidence=np.array([0, 0.1, 0.1]), ci_low=np.array([np.nan, 0.01, 0.01]),
        ci_high=np.array([np.nan, 0.3, 0.3]), competing_incidence=np.array([0, 0, 0.2]), n_at_risk=np.array([10, 10, 6]),
    )  # fmt: skip
    rows = incidence_rows({"a": curve})
    assert rows["state"].tolist() == ["event"] * 3 + ["competing"] * 3
    assert rows["estimate"].tolist() == [0, 0.1, 0.1, 0, 0, 0.2]
    assert incidence_at_risk({"a": curve}, [0, 2, 3, 5, 6]) == {"a": [10, 10, 6, 6, 0]}
    chart = incidence_chart(
        rows, incidence_at_risk({"a": curve}, [0, 3]), [0, 3], explained("t", ()), {"a": "a: 10"}
    )
    assert "NaN" not in vl_convert.vegalite_to_svg(themed(chart).to_dict())
    assert incidence_rows({}).empty


def test_forest_from_estimates():
    good = Estimate("cox_efron", "hazard_ratio", 50, 20, 0.5, 0.3, 0.8, 0.004)
    bad = Estimate("cox_efron", "hazard_ratio", 50, 0, status="not_evaluable", reason="no event")
    rows = pd.concat([estimate_rows({"a": good, "b": bad}, "TMB", 0.03), estimate_rows({"all": good})])
    shown = texts(forest(rows, "t"))
    for text in ("0.50 (0.30 to 0.80)", "20/50", "0/50", "no event", "0.030"):
        assert text in shown
    assert estimate_text("hazard ratio", good) == "hazard ratio 0.50 (0.30 to 0.80), p = 0.004"
    assert estimate_text("AUC", bad) == "AUC not evaluable: no event"


def test_waterfall_orders_counts_and_caps():
    frame = pd.DataFrame(
        {
            "patient_id": list("abcd"),
            "best_change": [-40.0, 150.0, np.nan, 5.0],
            "response": ["PR", "PD", "NE", "odd"],
        }
    )
    chart = waterfall(frame, "t")
    rows = [row for row in rows_of(chart) if "patient" in row]
    assert [row["patient"] for row in rows] == ["b", "d", "a"]
    assert [row["y"] for row in rows] == [100, 5, -40] and rows[0]["beyond"] == "+150 %"
    assert rows[1]["response"] == "NE (n = 1)"
    assert "1 of 4 patients without a measurement, not drawn" in texts(chart)


def test_many_bars_leave_no_room_for_words():
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{at}" for at in range(80)],
            "best_change": np.linspace(-100, 200, 80),
            "response": "SD",
        }
    )
    assert "growth beyond 100 % is drawn at 100 %" in texts(waterfall(frame, "t"))
    assert "growth beyond 100 % is drawn at 100 %" not in texts(waterfall(frame.tail(20), "t"))


def test_swimmer_puts_the_longest_on_top():
    phases = pd.DataFrame(
        {
            "patient_id": ["a", "b", "b"],
            "phase": ["one", "one", "two"],
            "start": [0, 0, 2.0],
            "end": [3, 2, 9.0],
        }
    )
    events = pd.DataFrame(
        {"patient_id": ["b", "a", "x"], "months": [9.0, np.nan, 3.0], "event": ["death", "death", "death"]}
    )
    spec = json.loads(swimmer(phases, events, "t").to_json())
    assert spec["layer"][0]["encoding"]["y"]["sort"] == ["b", "a"]
    assert [row["patient"] for row in spec["datasets"][spec["layer"][1]["data"]["name"]]] == ["b"]


def test_of_thousands_of_patients_some_are_drawn_and_that_is_said():
    names = [f"P{number:05d}" for number in range(9_000)]
    phases = pd.DataFrame(
        {"patient_id": names, "phase": "one", "start": 0.0, "end": np.arange(9_000.0, 0, -1)}
    )
    lanes = swimmer(phases, pd.DataFrame({"patient_id": names, "months": 1.0, "event": "death"}), "t")
    shown = json.loads(lanes.to_json())["layer"][0]["encoding"]["y"]["sort"]
    assert (len(shown), shown[0], shown[-1]) == (200, names[0], names[-1])
    assert any(text.startswith("200 of 9,000 patients drawn") for text in texts(lanes))
    visits = pd.DataFrame({"patient_id": names, "months": 1.0, "change": 0.0, "response": "SD"})
    assert any(text.startswith("500 of 9,000 patients drawn") for text in texts(spider(visits, "t")))


def test_flow_refuses_patients_that_vanish():
    steps, arms = gallery.flow_steps()
    assert "n = 200" in texts(flow_chart(steps, "t", (), arms))
    assert "21 progressed during induction" in texts(flow_chart(steps, "t", (), arms))
    with pytest.raises(ValueError, match="less the dropped does not give"):
        flow_chart([FlowStep("a", 10, {"x": 1}), FlowStep("b", 8)], "t")
    with pytest.raises(ValueError, match="sum of the arms"):
        flow_chart([FlowStep("a", 10)], "t", (), {"x": [FlowStep("b", 4)], "y": [FlowStep("b", 5)]})


def test_missing_shares():
    assert "151 of 200 (76%)" in texts(gallery.draw_missing())


def test_sliding_windows_hold_one_point_each():
    chart = gallery.draw_sliding_window()
    assert len([row for row in rows_of(chart) if "n" in row]) == 15
    assert "15 windows of 60 patients; windows overlap" in texts(chart)


def test_words():
    assert (p_text(0.0004), p_text(0.0341), p_text(0.5, "q")) == ("p < 0.001", "p = 0.034", "q = 0.50")
    assert interval_text(0.6, 0.41, 12.34) == "0.60 (0.41 to 12.3)"
    assert interval_text(0.02, 0.0021, 3.0) == "0.02 (0.0021 to 3.00)"
    assert interval_text(148.2, float("nan"), 3) == "148"
    assert cut_names("TMB", 10.0) == ("TMB below 10", "TMB 10 or more")
    assert text_shade("#ffffff") == "#b7b7b7"
