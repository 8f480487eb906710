"""Gene-level calls at and around each cutoff."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wes_biomarkers.features.gene_copies import GeneSpan, GeneThresholds, call_genes
from wes_biomarkers.features.segments import Segments

NAN = float("nan")


def one_segment(total: float, minor: float, log2: float = 0.0, chrom: str = "1") -> Segments:
    values = {"log2": log2, "total_cn": total, "minor_cn": minor, "n_bin": 9, "n_het": 9, "baf": 0.5}
    columns = {name: [value] for name, value in values.items()}
    return Segments.of(
        {**columns, "chrom": [chrom], "start": [0], "end": [2_000_000], "cell_fraction": [0.5]}
    )


def called(rows: Segments, sex: str = "unknown", ploidy: float | None = 2.0, wgd: bool | None = False):
    gene = GeneSpan("G", str(rows.chrom[0]), 1000, 2000)
    return call_genes(rows, [gene], GeneThresholds(), sex=sex, ploidy=ploidy, wgd=wgd)[0]


@pytest.mark.parametrize(
    ("total", "minor", "ploidy", "wgd", "call", "loh"),
    [
        (0, 0, 2.0, False, "deep_deletion", False),
        (1, 0, 2.0, False, "loss", True),
        (2, 1, 2.0, False, "neutral", False),
        (2, 0, 2.0, False, "neutral", True),
        (3, 1, 2.0, False, "gain", False),
        (4, 2, 2.7, False, "gain", False),
        (5, 2, 2.7, False, "amplification", False),
        (5, 2, 2.8, False, "gain", False),
        (8, 2, 2.8, False, "gain", False),
        (9, 2, 2.8, False, "amplification", False),
        (4, 2, 4.0, True, "neutral", False),
        (3, 1, 4.0, True, "loss", False),
        (3, NAN, 2.0, False, "gain", None),
    ],
)
def test_calls_by_copies(total, minor, ploidy, wgd, call, loh):
    gene = called(one_segment(total, minor), ploidy=ploidy, wgd=wgd)
    assert (gene.call, gene.loh, gene.basis) == (call, loh, "copies")


@pytest.mark.parametrize(
    ("log2", "call"),
    [
        (-1.1, "deep_deletion"),
        (-1.09, "loss"),
        (-0.25, "loss"),
        (-0.24, "neutral"),
        (0.19, "neutral"),
        (0.2, "gain"),
        (0.69, "gain"),
        (0.7, "amplification"),
    ],
)
def test_calls_by_log2_where_copies_are_unknown(log2, call):
    gene = called(one_segment(NAN, NAN, log2), ploidy=None)
    assert (gene.call, gene.basis, gene.loh) == (call, "log2", None)


def test_x_of_a_man_has_one_copy():
    rows = one_segment(1, 0, chrom="chrX")
    assert called(rows, "male").call == "neutral"
    assert called(rows, "male").loh is False
    assert called(rows, "female").call == "loss"
    assert called(rows, "unknown").call is None
    assert called(one_segment(0, 0, chrom="chrX"), "unknown").call == "deep_deletion"


def test_the_segment_with_most_of_the_gene_speaks():
    rows = Segments.of(
        {
            "chrom": ["1", "1"],
            "start": [0, 1500],
            "end": [1200, 9000],
            "total_cn": [0, 2],
            "minor_cn": [0, 1],
            **{name: np.zeros(2) for name in ("n_bin", "log2", "n_het", "baf", "cell_fraction")},
        }
    )
    spans = [
        GeneSpan("LEFT", "1", 0, 1600),
        GeneSpan("RIGHT", "1", 1000, 9000),
        GeneSpan("GAP", "1", 1210, 1490),
    ]
    left, right, gap = call_genes(rows, spans, GeneThresholds(), sex="unknown", ploidy=2, wgd=False)
    assert (left.call, left.n_segment) == ("deep_deletion", 2)
    assert (right.call, right.segment_mb) == ("neutral", pytest.approx(0.0075))
    assert gap.call is None and gap.n_segment == 0 and math.isnan(gap.log2)


@pytest.mark.parametrize(
    ("chrom", "sex", "log2", "call"),
    [
        ("chrX", "male", -1.0, "neutral"),
        ("chrX", "male", -2.2, "deep_deletion"),
        ("chrX", "male", 0.0, "amplification"),
        ("chrX", "female", -1.0, "loss"),
        ("chrX", "unknown", -3.0, None),
        ("chrY", "male", 0.0, "neutral"),  # CNVkit's reference has one Y
        ("chrY", "female", -3.0, None),
        ("chr1", "unknown", -1.0, "loss"),
    ],
)
def test_log_ratios_are_seen_from_the_copies_of_normal_cells(chrom, sex, log2, call):
    gene = called(one_segment(NAN, NAN, log2, chrom), sex, ploidy=None)
    assert gene.call == call
    assert gene.log2 == log2


@pytest.mark.parametrize(
    ("total", "call"), [(4, None), (2, None), (1, None), (0, "deep_deletion"), (5, "amplification")]
)
def test_no_gain_or_loss_where_doubling_is_unknown(total, call):
    assert called(one_segment(total, NAN), wgd=None).call == call


def test_x_of_a_man_has_no_allele_to_lose_after_doubling_either():
    assert called(one_segment(2, 0, chrom="chrX"), "male", wgd=True).loh is False
