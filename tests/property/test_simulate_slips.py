"""Slipped fragments equal the same cut from a strand whose microsatellites were rewritten whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.simulate.reads import Slip, slipped


@st.composite
def strand_with_slips(draw: st.DrawFn) -> tuple[list[tuple[str, int, int]], int]:
    """Pieces (flank before it, repeats, repeats moved) of a strand, all with motif CA, and the fragment's start."""
    pieces = draw(
        st.lists(
            st.tuples(st.text("GT", min_size=3, max_size=12), st.integers(3, 8), st.integers(-2, 3)),
            min_size=1,
            max_size=4,
        )
    )
    return pieces, draw(st.integers(0, 2))


@settings(max_examples=200, deadline=None)
@given(strand_with_slips())
def test_slips_equal_a_rewritten_strand(case: tuple[list[tuple[str, int, int]], int]) -> None:
    pieces, start = case
    tail = "GTTG" * 10
    before = "".join(flank + "CA" * n for flank, n, _ in pieces)
    after = "".join(flank + "CA" * (n + moved) for flank, n, moved in pieces)
    slips, place = [], 0
    for flank, n, moved in pieces:
        if moved:
            slips.append(Slip(place + len(flank), 2 * moved))
        place += len(flank) + 2 * n
    length = len(after) - start + 5
    assert slipped(before + tail, start, length, slips) == (after + tail)[start : start + length]
