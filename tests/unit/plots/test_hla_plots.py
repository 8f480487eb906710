from __future__ import annotations

from wes_biomarkers.contracts.hla import parse_allele
from wes_biomarkers.features.hla_types import LocusType
from wes_biomarkers.plots.hla import support_chart


def datasets(chart):
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def test_bars_are_the_read_pairs_and_words_the_types():
    one, two = parse_allele("A*01:01"), parse_allele("A*02:01")
    types = {
        "A": LocusType("A", one, two, 90, 40, 35, 15, margin=30.2, confidence="high"),
        "B": LocusType("B", status="not_evaluable", reason="no read pair fits the scored exons"),
    }
    rows = datasets(support_chart(types, "HLA types of S1"))
    bars = [(row["from"], row["to"], row["part"]) for row in rows if "part" in row]
    assert bars == [
        (0, 40, "of the first allele"),
        (40, 55, "of both alike"),
        (55, 90, "of the second allele"),
    ]
    words = {row["locus"]: row["type"] for row in rows if "type" in row}
    assert words["A"] == "A*01:01 / A*02:01   high, 30"
    assert words["B"] == "not evaluable: no read pair fits the scored exons"


def test_given_types_have_no_bars():
    types = {"A": LocusType("A", parse_allele("A*01:01"), parse_allele("A*01:01"), source="sheet")}
    assert [row["type"] for row in datasets(support_chart(types, "P1"))] == ["A*01:01 / A*01:01   sheet"]
    assert support_chart({}, "P1").to_dict()["mark"]["type"] == "text"
