"""What the copy-number charts draw, read from their specifications."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.errors import InputError
from wes_biomarkers.features.allele_segments import Bins, HetSites
from wes_biomarkers.features.segments import COLUMNS, Segments
from wes_biomarkers.plots.copy_number import Layout, cohort_heat_map, genome_profile
from wes_biomarkers.plots.save import save_chart


def segments() -> Segments:
    values = {name: np.ones(3) for name in COLUMNS}
    return Segments.of(
        values
        | {
            "chrom": ["chr1", "chr1", "simB"],
            "start": [0, 600, 100],
            "end": [500, 1000, 400],
            "log2": [0.0, 5.0, -0.5],
            "baf": [0.5, 0.2, np.nan],
            "total_cn": [2, np.nan, 1],
        }
    )


def values_of(chart: object) -> list[list[dict]]:
    """The rows of every layer, in the order drawn."""
    spec = chart.to_dict()
    found: list[list[dict]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            data = node.get("data", {})
            if rows := data.get("values") or spec.get("datasets", {}).get(data.get("name")):
                found.append(rows)
            for key in ("vconcat", "layer"):
                for child in node.get(key, []):
                    walk(child)

    walk(spec)
    return found


def test_contigs_lie_side_by_side():
    layout = Layout.of(segments().chrom, segments().end)
    assert layout.offset == {"chr1": 0, "simB": 1000}
    assert layout.end == 1400
    places = layout.place(np.array(["simB", "chr9"], object), np.array([50, 50]))
    assert places[0] == 1050 and np.isnan(places[1])


def test_a_profile_has_every_segment_and_thinned_points():
    n = 10_000
    bins = Bins.of(
        {"chrom": ["chr1"] * n, "start": np.arange(n), "end": np.arange(n) + 1, "log2": np.zeros(n)}
    )
    het = HetSites.of(
        {"chrom": ["chr1"] * n, "pos": np.arange(n), "t_ref": np.full(n, 3), "t_alt": np.full(n, 1)}
    )
    record = Record(
        patient_id="P", pair_id="T_vs_N", feature="purity", definition_id="wes_purity", status="not_evaluable",
        reason="quiet genome",
    )  # fmt: skip
    chart = genome_profile(segments(), bins, het, [record])
    rows = values_of(chart)
    lines = [layer for layer in rows if layer and "copies" in layer[0]]
    assert [len(layer) for layer in lines] == [3, 2, 2]  # log2; BAF and 1 - BAF where known
    assert [row["y"] for row in lines[0]] == [0, 3, -0.5]  # drawn at the edge
    assert lines[0][1]["copies"] == "unknown, 1"
    points = [layer for layer in rows if layer and "odd" in layer[0]]
    assert all(2000 <= len(layer) <= 4000 for layer in points)
    assert points[1][0]["y"] == 0.25
    text = json.dumps(chart.to_dict())
    assert "Copy number of T_vs_N" in text and "purity not evaluable: quiet genome" in text


def test_a_heat_map_has_a_row_a_pair():
    table = pd.DataFrame(segments().columns()).assign(pair_id="A")
    both = pd.concat([table, table.assign(pair_id="B"), table.assign(pair_id="left out")])
    rows = values_of(cohort_heat_map(both, {"A": "first", "B": "second"}, ["synthetic"]))
    labels = [row["label"] for row in rows[0]]
    assert sorted(set(labels)) == ["first", "second"] and len(labels) == 6
    assert "No copy-number segments" in json.dumps(cohort_heat_map(both, {}, []).to_dict())


def test_pictures_by_suffix(tmp_path):
    chart = cohort_heat_map(pd.DataFrame(segments().columns()).assign(pair_id="A"), {"A": "A"}, [])
    save_chart(chart, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    with pytest.raises(InputError, match="no kind of picture"):
        save_chart(chart, tmp_path / "a.pdf")
