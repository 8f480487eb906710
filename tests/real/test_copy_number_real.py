"""CNVkit's own example files: read whole, and scored as pandas scores them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.cli.main import main
from wes_biomarkers.features.copy_number import Thresholds, score_segments
from wes_biomarkers.io.cnvkit import read_bins, read_cbs, segments_of

pytestmark = pytest.mark.real

SEGMENTS = (
    "cl_seq",
    "f-on-f",
    "f-on-m",
    "m-on-f",
    "m-on-m",
    "nv3",
    "p2-9_2",
    "tr95t",
    "p2-9_2.call",
    "tr95t.segmetrics",
)


@pytest.mark.parametrize("name", SEGMENTS)
def test_segments_are_scored_as_by_pandas(real_data, name):
    path = real_data / "cnv_cnvkit" / f"{name}.cns"
    table = pd.read_csv(path, sep="\t")
    table["length"] = table["end"] - table["start"]
    share = table.loc[table["log2"].abs() >= 0.2, "length"].sum() / table["length"].sum()
    segments = segments_of(read_cbs(path))
    assert len(segments) == len(table)
    assert score_segments(segments, Thresholds()).fga_log2 == pytest.approx(share, abs=1e-12)


def test_bins_with_reads_are_kept(real_data):
    path = real_data / "cnv_cnvkit" / "p2-9_2.cnr.gz"
    table = pd.read_csv(path, sep="\t")
    bins = read_bins(path)
    kept = table[(table["log2"] > -8) & (table["weight"] > 0)]
    assert len(bins) == len(kept) > 10_000
    assert np.sort(bins.log2) == pytest.approx(np.sort(kept["log2"].to_numpy()))


def test_bins_and_segments_of_a_real_tumour(real_data, tmp_path, capsys):
    folder = real_data / "cnv_cnvkit"
    out = tmp_path / "records.json"
    words = [
        "--cnr",
        folder / "p2-9_2.cnr.gz",
        "--cns",
        folder / "p2-9_2.cns",
        "--build",
        "GRCh37",
        "-o",
        out,
    ]
    with pytest.raises(SystemExit) as stop:
        main(["feature", "copy-number", *map(str, words)])
    assert stop.value.code == 0, capsys.readouterr().err
    purity, copies = json.loads(out.read_text())
    assert purity["status"] == "not_evaluable" and "heterozygous" in purity["reason"]
    assert 0 < copies["values"]["fga_log2"] < 1
