"""The chart of HLA loss."""

from __future__ import annotations

import pandas as pd

from wes_biomarkers.io.hla_loh import COLUMNS, SITE_COLUMNS
from wes_biomarkers.plots.hla_loh import hla_loh_panels

LOSS = (
    "P",
    "A",
    "A*01:01",
    "A*02:01",
    2,
    9,
    90,
    50,
    50,
    0.0,
    0.0,
    0.2,
    1.0,
    0.8,
    1.3,
    1e-9,
    1.0,
    "loss",
    "A*01:01",
    "",
)
SAME = ("P", "B", "B*07:02", "B*07:02", *[None] * 13, "homozygous", "", "")
SITES = [
    ("P", "A", "A*01:01", 90, 9, 50, 0.1),
    ("P", "A", "A*02:01", 90, 90, 50, 1.1),
    ("P", "A", "A*02:01", 95, 4, 4, 3.0),  # too few reads of the normal
]


def chart_of(*loci, flags=()):
    sites = pd.DataFrame(SITES, columns=list(SITE_COLUMNS))
    return hla_loh_panels(pd.DataFrame(loci, columns=list(COLUMNS)), sites, "Pair", flags).to_dict()


def leaves(node, kind: type) -> list:
    """All parts of a chart of one type, at any depth."""
    found = [node] if isinstance(node, kind) else []
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return found + [leaf for part in parts for leaf in leaves(part, kind)]


def texts(chart) -> list[str]:
    return leaves(chart, str)


def test_a_panel_says_which_allele_is_lost():
    chart = chart_of(LOSS, SAME, flags=("synthetic",))
    words = texts(chart)
    assert "HLA-A: lost A*01:01, p = 1e-09" in words
    assert {"A*01:01  0.0", "A*02:01  1.0", "B homozygous", "SIMULATED DATA"} <= set(words)
    points = [part for part in leaves(chart, dict) if part.keys() == {"position", "copies", "allele"}]
    assert [(p["position"], p["copies"]) for p in points] == [(91, 0.1), (91, 1.1)]


def test_without_copies_the_chart_says_why():
    assert "B homozygous" in texts(chart_of(SAME))
    assert "No class I locus was typed." in texts(chart_of())
