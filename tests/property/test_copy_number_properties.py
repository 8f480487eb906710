"""What holds for any segments: shares lie in 0 to 1, cuts and order change nothing, unknown is never a number."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.features.arm_copies import ArmThresholds, call_arms
from wes_biomarkers.features.chromosomes import Arm, Genome
from wes_biomarkers.features.copy_number import Thresholds, score_segments
from wes_biomarkers.features.hrd import count_scars
from wes_biomarkers.features.segments import COLUMNS, Segments

MB = 1_000_000
GENOME = Genome(
    {"1": 200 * MB, "2": 200 * MB},
    tuple(Arm(c, a * MB, b * MB, f"{c}{n}") for c in "12" for a, b, n in ((0, 90, "p"), (95, 200, "q"))),
)


@st.composite
def tumors(draw, unknown: bool = True) -> Segments:
    rows = []
    for chrom in "12":
        ends = sorted(draw(st.sets(st.integers(1, 199), min_size=1, max_size=8)))
        for start, end in zip([0, *ends], [*ends, 200], strict=True):
            total = draw(st.integers(0, 6))
            minor = draw(st.integers(0, total // 2))
            known = not unknown or draw(st.booleans())
            log2 = draw(st.sampled_from([-1.0, -0.2, 0.0, 0.1, 0.2, 0.9]))
            rows.append(
                (chrom, start * MB, end * MB, log2, total if known else np.nan, minor if known else np.nan)
            )
    return made(rows)


def made(rows: list[tuple]) -> Segments:
    chrom, start, end, log2, total, minor = zip(*rows, strict=True)
    n = len(rows)
    columns = {"chrom": chrom, "start": start, "end": end, "log2": log2, "total_cn": total, "minor_cn": minor}
    rest = {name: np.ones(n) for name in COLUMNS if name not in columns}
    return Segments.of(columns | rest)


def cut(segments: Segments) -> Segments:
    """Each segment as two halves."""
    rows = []
    for at in range(len(segments)):
        row = [
            segments.columns()[name][at] for name in ("chrom", "start", "end", "log2", "total_cn", "minor_cn")
        ]
        middle = (row[1] + row[2]) // 2
        rows += [(row[0], row[1], middle, *row[3:]), (row[0], middle, row[2], *row[3:])]
    return made(rows)


@given(tumors())
def test_shares_are_shares(segments):
    scores = score_segments(segments, Thresholds())
    for share in (scores.fga_log2, scores.fga_allelic, scores.loh_fraction):
        assert share is None or 0 <= share <= 1
    assert scores.ploidy is None or 0 <= scores.ploidy <= 6
    assert (scores.ploidy is None) == (scores.wgd is None) == (scores.loh_fraction is None)


@given(tumors())
def test_cutting_segments_changes_nothing(segments):
    halves = cut(segments)
    assert score_segments(halves, Thresholds()) == score_segments(segments, Thresholds())
    assert count_scars(halves, GENOME) == count_scars(segments, GENOME)
    for wgd in (False, True):
        arms = [call_arms(s, GENOME, ArmThresholds(), sex="unknown", wgd=wgd) for s in (segments, halves)]
        assert arms[0] == arms[1]


@given(tumors(unknown=False))
def test_scars_need_changes(segments):
    flat = made([("1", 0, 200 * MB, 0, 2, 1), ("2", 0, 200 * MB, 0, 2, 1)])
    assert count_scars(flat, GENOME).lst == 0
    scars = count_scars(segments, GENOME)
    n_break = len(segments) - 2
    assert scars.lst is not None and scars.tai is not None
    assert 0 <= scars.lst <= n_break
    assert 0 <= scars.tai <= 4


@given(tumors(unknown=False))
def test_an_arm_is_not_gained_and_lost(segments):
    calls = call_arms(segments, GENOME, ArmThresholds(), sex="female", wgd=False)
    assert not set(calls.gain) & set(calls.loss)
    assert set(calls.gain) | set(calls.loss) | set(calls.loh) <= set(calls.measured)
