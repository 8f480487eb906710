import pandas as pd
import pytest

from wes_biomarkers.contracts.biomarkers.signatures import AGGREGATES
from wes_biomarkers.contracts.record import Record
from wes_biomarkers.features.mutation_channels import CHANNELS
from wes_biomarkers.plots.signatures import exposures_by_patient, mutation_spectrum, record_spectra
from wes_biomarkers.plots.theme import themed


def rows_with(chart, key):
    """Every row drawn that has a key."""
    return [row for rows in themed(chart).to_dict()["datasets"].values() for row in rows if key in row]


@pytest.mark.parametrize(("kind", "n_class"), [("SBS", 6), ("DBS", 10), ("ID", 16)])
def test_a_bar_a_channel_under_its_class(kind, n_class):
    counts = list(range(len(CHANNELS[kind])))
    chart = mutation_spectrum(counts, kind, "T1")
    bars = {row["channel"]: row for row in rows_with(chart, "channel")}
    assert [bars[name]["count"] for name in CHANNELS[kind]] == counts
    boxes = {(row["from"], row["to"]): row["text"] for row in rows_with(chart, "ink")}
    assert len(boxes) == n_class and max(end for _, end in boxes) == len(counts)
    if kind == "SBS":
        assert list(boxes.values()) == ["C>A", "C>G", "C>T", "T>A", "T>C", "T>G"]
        assert bars["A[T>C]G"]["label"] == "ATG" and bars["A[T>C]G"]["colour"] == "#a1ce63"
    if kind == "ID":
        assert [bars[name]["label"] for name in ("1:Del:C:0", "1:Del:T:5", "2:Ins:R:5", "5:Del:M:5")] == [
            *("1", "6+"),
            *("5+", "5+"),
        ]


def test_records_without_counts_are_not_drawn():
    common = {"patient_id": "P1", "pair_id": "T_vs_N", "feature": "signatures"}
    none = Record(
        **common, definition_id="sbs96", status="not_evaluable", reason="x", values={"counts": None}
    )
    few = Record(
        **common, definition_id="dbs78", status="not_evaluable", reason="too few", values={"counts": [0] * 78}
    )
    values = {"counts": [1] * 83, "signature": ["ID1", "ID2"], "exposure": [0.97, 0.03], "cosine": 0.951}
    good = Record(**common, definition_id="id83", status="ok", values=values)
    chart = record_spectra([none, few, good]).to_dict()
    titles = [part["title"]["subtitle"] for part in chart["vconcat"]]
    assert [lines[1] for lines in titles] == ["not evaluable: too few", "ID1 97%; cosine 0.95"]
    assert rows_with(record_spectra([none]), "text")[0]["text"] == "No mutations are known."


def test_shares_are_stacked_to_1_and_pairs_without_a_value_say_so():
    shares = dict.fromkeys(AGGREGATES, 0.0)
    pairs = pd.DataFrame(
        [
            {
                "patient_id": "P1",
                "pair_id": "P1_T1",
                "timepoint": "baseline",
                "n_sbs": 80,
                "sbs_clock_status": "ok",
            }
            | (shares | {"sbs_apobec": 0.6}),
            {
                "patient_id": "P1",
                "pair_id": "P1_T2",
                "timepoint": "progression",
                "n_sbs": 90,
                "sbs_clock_status": "ok",
            }
            | (shares | {"sbs_clock": 0.9, "sbs_mmr": 0.1}),
            {
                "patient_id": "P2",
                "pair_id": "P2_T1",
                "timepoint": "baseline",
                "n_sbs": 12,
                "sbs_clock_status": "not_evaluable",
            }
            | dict.fromkeys(AGGREGATES),
        ]
    )
    chart = exposures_by_patient(pairs)
    drawn = pd.DataFrame(rows_with(chart, "group"))
    assert drawn.groupby("label")["share"].sum().round(9).to_dict() == {"P1 baseline": 1, "P1 progression": 1}
    assert {row["label"]: row["text"] for row in rows_with(chart, "text")} == {"P2": "not evaluable"}
    domain = chart.to_dict()["layer"][0]["encoding"]
    assert domain["x"]["scale"]["domain"] == ["P1 progression", "P1 baseline", "P2"]
    assert domain["color"]["scale"]["domain"] == ["clock-like", "APOBEC", "mismatch repair", "other"]
    assert rows_with(exposures_by_patient(pairs[:0]), "text")[0]["text"] == "No pairs."
