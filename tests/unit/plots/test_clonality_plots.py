import json

import numpy as np
import pandas as pd

from wes_biomarkers.plots.clonality import ccf_between, ccf_histogram
from wes_biomarkers.plots.tmb import tmb_by_definition


def drawn(chart):
    """The rows of each layer, in order."""
    spec = json.loads(chart.to_json())
    return [spec["datasets"][layer.get("data", spec.get("data"))["name"]] for layer in spec["layer"]]


def mutations(pair, *rows):
    """Rows of start, ccf, clonality, cluster, change."""
    frame = pd.DataFrame(rows, columns=["start", "ccf", "clonality", "cluster", "change"])
    return frame.assign(pair_id=pair, chrom="1", ref="A", alt="C")


def test_histogram_counts_every_known_mutation_once():
    table = mutations(
        "A",
        *[(i, 1.0, "clonal", 1.0, None) for i in range(5)],
        (5, 0.05, "subclonal", 2.0, None),
        (6, 0.31, "subclonal", 2.0, None),
        (7, np.nan, "indeterminate", np.nan, None),
    )
    bars, marks = drawn(ccf_histogram(table, "A"))
    assert sum(row["n"] for row in bars) == 7
    assert {row["class"] for row in bars} == {"clonal (n = 5)", "subclonal (n = 2)"}
    assert [row["ccf"] for row in marks] == [1.0, 0.18]
    assert max(row["to"] for row in bars) == 1.0


def test_two_time_points():
    early = mutations("A", (1, 1.0, "clonal", 1.0, None), (2, 0.4, "subclonal", 2.0, None),
                      (4, np.nan, "indeterminate", np.nan, None))  # fmt: skip
    late = mutations("B", (1, 0.9, "clonal", 1.0, "kept"), (2, np.nan, None, np.nan, "lost"),
                     (3, 0.6, "subclonal", 2.0, "gained"), (4, 0.5, "subclonal", 2.0, "kept"))  # fmt: skip
    points = drawn(ccf_between(pd.concat([early, late]), ("A", "B"), ("baseline", "week 12")))[1]
    found = {row["change"]: (row["x"], row["y"]) for row in points}
    assert found == {"kept (n = 1)": (1.0, 0.9), "lost (n = 1)": (0.4, 0.0), "gained (n = 1)": (0.0, 0.6)}


def test_nothing_to_draw_is_said():
    empty = mutations("A")
    for chart in (ccf_histogram(empty, "A"), ccf_between(empty, ("A", "B"), ("a", "b"))):
        assert "No mutation" in chart.to_json()


def test_definitions_side_by_side():
    rows = [
        ("A", "wes_nonsyn", 4.0),
        ("B", "wes_nonsyn", 6.0),
        ("A", "wes_persistent", 1.0),
        ("B", "wes_persistent", np.nan),
    ]
    values = pd.DataFrame(rows, columns=["pair_id", "definition_id", "tmb_per_mb"])
    _, points, medians = drawn(tmb_by_definition(values, ["synthetic"]))
    assert len(points) == 3
    assert medians == [{"definition": "wes_nonsyn", "tmb": 5.0}, {"definition": "wes_persistent", "tmb": 1.0}]
    assert "No burden" in tmb_by_definition(values[values["tmb_per_mb"].isna()], []).to_json()
