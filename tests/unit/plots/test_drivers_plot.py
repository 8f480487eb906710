import pandas as pd
import pytest

from wes_biomarkers.plots.drivers import _drawn_genes, _ordered_pairs, driver_oncoprint
from wes_biomarkers.plots.theme import themed

NAMES = ["patient_id", "pair_id", "gene", "status", "hits", "mutations", "n_mutation"]
ROWS = [
    ("P1", "T1", "TP53", "biallelic", "truncating;loh", "p.R213*", 1),
    ("P1", "T1", "CCND1", "unaltered", None, None, 0),
    ("P1", "T1", "KRAS", "not_evaluable", None, None, 0),
    ("P2", "T2", "TP53", "altered", "hotspot", "p.R175H", 1),
    ("P2", "T2", "CCND1", "altered", "amplification", None, 0),
    ("P2", "T2", "KRAS", "uncertain", "other", "p.A1T", 1),
    ("P3", "T3", "TP53", "unaltered", "loh", None, 0),
    ("P3", "T3", "CCND1", "unaltered", None, None, 0),
    ("P3", "T3", "KRAS", "unaltered", None, None, 0),
]


@pytest.fixture
def genes():
    return pd.DataFrame(ROWS, columns=NAMES)


def rows_with(chart, key):
    """Every row drawn that has a key."""
    return [row for rows in chart["datasets"].values() for row in rows if key in row]


def test_genes_and_tumours_are_ordered(genes):
    assert _drawn_genes(genes, 9) == ["TP53", "CCND1", "KRAS"]
    assert _drawn_genes(genes, 1) == ["TP53"]
    assert _ordered_pairs(genes, ["TP53", "CCND1", "KRAS"]) == ["T1", "T2", "T3"]


def test_shares_leave_out_what_was_not_assessed(genes):
    labels = {"T1": "P1", "T2": "P2", "T3": "P3"}
    chart = themed(driver_oncoprint(genes, "Drivers", ("synthetic",), labels=labels)).to_dict()
    totals = {row["gene"]: row["text"] for row in rows_with(chart, "text") if "gene" in row}
    assert totals == {"TP53": "67%", "CCND1": "33%", "KRAS": "0%"}
    assert "SIMULATED DATA" in chart["title"]["subtitle"]
    kinds = {(row["gene"], row["tumour"], row["kind"]) for row in rows_with(chart, "kind")}
    assert ("CCND1", "P2", "amplification") in kinds
    assert ("TP53", "P1", "loss of heterozygosity") in kinds
    assert len(kinds) == 6


def test_without_labels_pairs_keep_their_ids(genes):
    chart = themed(driver_oncoprint(genes, "Drivers", ())).to_dict()
    assert {row["tumour"] for row in rows_with(chart, "tumour")} == {"T1", "T2", "T3"}


def test_nothing_to_draw(genes):
    quiet = genes.assign(status="unaltered", n_mutation=0, hits=None)
    for frame in (quiet, genes.head(0)):
        assert "No driver gene" in str(themed(driver_oncoprint(frame, "Drivers", ())).to_dict())
