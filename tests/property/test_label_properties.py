"""Labels moved apart keep their order, their distance and the picture's edges."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.plots.words import spread


@given(st.lists(st.floats(0, 10), max_size=12))
def test_spread_keeps_order_gap_and_bounds(places):
    moved = spread(places, 0.5, 0, 10)
    ordered = sorted(moved)
    assert all(b - a >= 0.5 - 1e-9 for a, b in pairwise(ordered))
    assert all(-1e-9 <= place <= 10 + 1e-9 for place in moved)
    for a, b in pairwise(range(len(places))):
        assert places[a] >= places[b] or moved[a] < moved[b]
