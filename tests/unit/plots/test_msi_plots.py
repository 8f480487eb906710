import json

import pandas as pd
import pytest

from wes_biomarkers.plots.msi import msi_by_pair, msi_of_pair, site_label, site_lengths
from wes_biomarkers.plots.theme import themed


def row(**changes):
    base = {
        "chrom": "1", "start": 100, "end": 112, "unit": "A", "n_unit": 12, "depth_tumor": 60, "depth_normal": 60,
        "p": 1e-9, "q": 1e-8, "shift": 0.5, "evaluable": True, "unstable": True, "imbalance": False,
        "lengths_tumor": {12: 30, 9: 30}, "lengths_normal": {12: 60},
    }  # fmt: skip
    return base | changes


def text_of(chart):
    return json.dumps(themed(chart).to_dict())


def test_a_sites_shares_are_of_each_samples_own_reads():
    assert site_label(row()) == "1:101-112 (A)12"
    (values,) = site_lengths(row()).to_dict()["datasets"].values()
    assert [(v["sample"], v["length"], v["share"]) for v in values] == [
        ("normal", 12, 1.0),
        ("tumour", 12, 0.5),
        ("tumour", 9, 0.5),
    ]
    assert "normal 60 reads, tumour 60 reads" in text_of(site_lengths(row()))


def test_a_site_without_reads_or_without_a_normal():
    assert "no read spans it" in text_of(site_lengths(row(lengths_tumor={}, lengths_normal={})))
    shown = text_of(site_lengths(row(lengths_normal={}, evaluable=False, shift=None, q=None, unstable=False)))
    assert "not evaluable" in shown and "normal 60" not in shown


def test_a_pairs_overview_counts_by_kind_and_shows_the_most_changed():
    rows = [row(), row(unstable=False, shift=0.01), row(unit="AC", n_unit=6, shift=0.9, start=500)]
    rows += [row(n_unit=20, unstable=False), row(n_unit=20, evaluable=False, unstable=False)]
    shown = text_of(msi_of_pair(rows, "P1", ["score"], ["synthetic"]))
    for words in ("1 of 2", "1 of 1", "0 of 1", "SIMULATED DATA", "mono 18 and more"):
        assert words in shown
    assert shown.index("1:501-112 (AC)6") < shown.index("1:101-112 (A)12")
    assert "No microsatellite is evaluable" in text_of(msi_of_pair([row(evaluable=False)], "P", [], []))


@pytest.mark.parametrize("n", [1, 90])
def test_pairs_of_a_cohort(n):
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(n)],
            "pair_id": [f"P{i}" for i in range(n)],
            "timepoint": ["baseline"] * n,
            "msi_score": [float(i % 40) for i in range(n)],
            "msi_class": ["stable"] * n,
            "msi_score_status": ["ok"] * n,
            "ci_low": [0.0] * n,
            "ci_high": [50.0] * n,
        }
    )
    frame.loc[0, ["msi_score", "msi_class", "ci_low", "ci_high"]] = None
    frame.loc[0, "msi_score_status"] = "not_evaluable"
    shown = text_of(msi_by_pair(frame, 10, 3.5, []))
    assert "not evaluable" in shown and "high 10" in shown
    assert "No pairs" in text_of(msi_by_pair(frame.iloc[:0], 10, 3.5, []))
