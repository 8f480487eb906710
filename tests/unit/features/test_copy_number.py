"""Scores, arm calls and the record, on segments whose answers can be worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from wes_biomarkers.features.arm_copies import ArmThresholds, call_arms
from wes_biomarkers.features.chromosomes import Arm, Genome, arms_for, autosomes, normal_copies
from wes_biomarkers.features.copy_number import Evidence, Thresholds, compute_copy_number, score_segments
from wes_biomarkers.features.gene_copies import GeneSpan
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.features.tmb import Pair

NAN = float("nan")
PAIR = Pair("P1", "P1_T_vs_P1_N")


def segments(*rows: tuple[str, float, float, float, float, float]) -> Segments:
    """Rows of contig, start and end in Mb, log2, total and minor copies."""
    chrom, start, end, log2, total, minor = zip(*rows, strict=True)
    n = len(rows)
    return Segments.of(
        {
            "chrom": chrom,
            "start": [int(at * 1e6) for at in start],
            "end": [int(at * 1e6) for at in end],
            "log2": log2,
            "total_cn": total,
            "minor_cn": minor,
            "n_bin": np.full(n, 10),
            "n_het": np.full(n, 5),
            "baf": np.full(n, 0.5),
            "cell_fraction": np.full(n, 0.6),
        }
    )


MIXED = segments(
    ("1", 0, 50, 0.0, 2, 1),
    ("1", 50, 60, 0.5, 3, 1),
    ("2", 0, 30, -0.5, 1, 0),
    ("2", 30, 40, 0.1, 2, 0),
    ("X", 0, 20, -1.0, 1, 0),
)


def test_scores_are_shares_of_length():
    scores = score_segments(MIXED, Thresholds())
    assert scores.ploidy == pytest.approx((50 * 2 + 10 * 3 + 30 * 1 + 10 * 2) / 100)
    assert scores.wgd is False  # 10 + 10 of 100 Mb have two major copies
    assert scores.fga_log2 == pytest.approx((10 + 30 + 20) / 120)
    assert scores.fga_allelic == pytest.approx((10 + 30 + 10 + 20) / 120)
    assert scores.loh_fraction == pytest.approx(40 / 100)


def test_one_x_of_a_man_is_no_change():
    scores = score_segments(MIXED, Thresholds(), "male")
    assert scores.fga_log2 == pytest.approx(40 / 100)
    assert scores.fga_allelic == pytest.approx(50 / 100)


def test_doubling_needs_more_than_half_and_moves_the_base():
    half = segments(("1", 0, 50, 0, 4, 2), ("2", 0, 50, 0, 2, 1))
    assert score_segments(half, Thresholds()).wgd is False
    assert score_segments(half, Thresholds()).fga_allelic == pytest.approx(0.5)
    more = segments(("1", 0, 51, 0, 4, 2), ("2", 0, 49, 0, 2, 1))
    assert score_segments(more, Thresholds()).wgd is True
    assert score_segments(more, Thresholds()).fga_allelic == 0
    neutral = segments(("1", 0, 51, 0, 2, 0), ("2", 0, 49, 0, 2, 1))
    assert score_segments(neutral, Thresholds()).wgd is True  # major copies, not total ones


def test_unknown_stays_unknown():
    unknown = segments(("1", 0, 50, 0.3, NAN, NAN), ("2", 0, 50, 0.0, NAN, NAN))
    scores = score_segments(unknown, Thresholds())
    assert scores.fga_log2 == 0.5
    assert (scores.ploidy, scores.wgd, scores.fga_allelic, scores.loh_fraction) == (None,) * 4
    mostly = segments(("1", 0, 40, 0, 2, 1), ("2", 0, 60, 0, NAN, NAN))
    assert score_segments(mostly, Thresholds()).ploidy is None
    total_alone = segments(("1", 0, 60, 0, 3, NAN), ("2", 0, 40, 0, 2, NAN))
    assert score_segments(total_alone, Thresholds()).ploidy == pytest.approx(2.6)
    assert score_segments(total_alone, Thresholds()).loh_fraction is None


GENOME = Genome(
    {"1": 100_000_000, "X": 60_000_000},
    (
        Arm("1", 0, 40_000_000, "1p"),
        Arm("1", 44_000_000, 100_000_000, "1q"),
        Arm("X", 0, 60_000_000, "Xp"),
    ),
)


def arms(rows: Segments, sex: str = "unknown", wgd: bool = False):
    return call_arms(rows, GENOME, ArmThresholds(), sex=sex, wgd=wgd)


def test_arms_are_called_from_four_fifths():
    calls = arms(segments(("1", 0, 32, 0, 3, 1), ("1", 32, 40, 0, 2, 1), ("1", 44, 100, 0, 1, 0)))
    assert (calls.measured, calls.gain, calls.loss, calls.loh) == (("1p", "1q"), ("1p",), ("1q",), ("1q",))
    assert arms(segments(("1", 0, 31, 0, 3, 1), ("1", 31, 40, 0, 2, 1))).gain == ()


def test_a_segment_across_the_centromere_counts_for_both_arms():
    calls = arms(segments(("1", 0, 100, 0, 3, 1)))
    assert calls.gain == ("1p", "1q")


def test_doubling_and_sex_shift_the_base_of_arms():
    rows = segments(("1", 0, 40, 0, 4, 2), ("1", 44, 100, 0, 3, 1), ("X", 0, 60, 0, 1, 0))
    assert arms(rows).gain == ("1p", "1q")
    assert arms(rows, wgd=True).gain == ()
    assert arms(rows, wgd=True).loss == ("1q",)
    assert arms(rows, "female").loss == ("Xp",)
    assert arms(rows, "male").loss == arms(rows, "male").loh == ()
    assert "Xp" not in arms(rows, "unknown").measured


def test_an_arm_that_was_hardly_measured_is_not_called():
    assert arms(segments(("1", 0, 19, 0, 3, 1))).measured == ()


def test_record_of_segments_without_copies():
    rows = segments(("1", 0, 50, 1.0, NAN, NAN), ("1", 50, 100, 0.0, NAN, NAN))
    genes = [GeneSpan("AMP", "1", 1_000_000, 1_100_000), GeneSpan("FLAT", "1", 60_000_000, 60_100_000)]
    record, copies = compute_copy_number(
        rows, Evidence(GENOME, genes, ["NOSUCH"], no_copies="quiet genome"), PAIR
    )
    assert record.status == "ok"
    assert record.values["fga_log2"] == 0.5
    assert (record.numerator, record.denominator) == (50, 100)
    assert record.values["gene_basis"] == "log2"
    assert record.values["gene_amplification"] == ["AMP"]
    for name in (
        "ploidy",
        "wgd",
        "fga_allelic",
        "loh_fraction",
        "hrd_loh",
        "hrd_lst",
        "hrd_tai",
        "arm_gain",
        "gene_loh",
    ):
        assert record.values[name] is None, name
    assert "quiet genome" in record.reason
    assert "NOSUCH" in record.reason
    assert [gene.call for gene in copies] == ["amplification", "neutral"]


def test_record_with_copies():
    record, _ = compute_copy_number(MIXED, Evidence(GENOME, [], sex="female", flags=("needs_review",)), PAIR)
    assert record.reason == ""
    assert record.flags == ("needs_review",)
    assert record.values["hrd_loh"] == 0  # chromosome 2 lacks an allele as a whole
    assert record.values["n_segment"] == 5
    assert record.as_dict()["values"]["wgd"] is False


def test_small_genomes_have_no_scars_but_all_else():
    rows = segments(("simA", 0, 0.2, 0.5, 3, 1), ("simB", 0, 0.2, 0.0, 2, 1))
    record, _ = compute_copy_number(rows, Evidence(Genome({"simA": 250_000, "simB": 250_000})), PAIR)
    assert record.values["hrd_loh"] is None
    assert "15 Mb" in record.reason
    assert record.values["ploidy"] == pytest.approx(2.5)
    assert record.values["arm_gain"] is None


def test_no_segment_is_not_evaluable():
    nothing = MIXED.where(np.zeros(len(MIXED), bool))
    record, copies = compute_copy_number(nothing, Evidence(), PAIR)
    assert (record.status, record.reason, copies) == ("not_evaluable", "no segment", [])


def test_names_of_contigs():
    assert autosomes(["simA", "simB", "chrM"]) == {"simA", "simB"}
    assert autosomes(["1", "X", "GL000192.1"]) == {"1"}
    assert normal_copies(["chrX", "chrY", "7"], "male").tolist() == [1, 1, 2]
    assert normal_copies(["X", "Y"], "female").tolist() == [2, 0]
    assert np.isnan(normal_copies(["X"], "unknown")).all()
    assert arms_for(["chrX"], [Arm("X", 0, 9, "Xp"), Arm("3", 0, 9, "3p")]) == (Arm("chrX", 0, 9, "Xp"),)


def test_where_doubling_is_unknown_arms_are_measured_but_neither_gained_nor_lost():
    rows = segments(("1", 0, 40, 0, 3, NAN), ("1", 40, 100, 0, 1, NAN))
    pair = Pair("P", "P")
    record, _ = compute_copy_number(rows, Evidence(GENOME, sex="female"), pair)
    assert record.values["wgd"] is None and record.values["ploidy"] is not None
    assert record.values["n_arm"] > 0
    assert (record.values["arm_gain"], record.values["arm_loss"]) == (None, None)
    assert "no gain or loss by copies" in record.reason
