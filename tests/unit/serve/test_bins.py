"""Bars of a number begin and end at round numbers, and hold everybody."""

import numpy as np
import pytest

from wes_biomarkers.serve.bins import N_BIN, histogram, round_edges


@pytest.mark.parametrize(
    "low, high",
    [
        (0.3, 19.1),
        (0, 1),
        (-3.2, 7),
        (1e-6, 3e-6),
        (18, 97),
        (1999, 2003),
        (-1e9, 1e12),
        (0.1, 0.3),
        (5, 5.0001),
    ],
)
def test_edges(low, high):
    edges = round_edges(low, high)
    assert edges[0] <= low and edges[-1] >= high and np.all(np.diff(edges) > 0)
    assert N_BIN / 3 <= len(edges) - 1 <= N_BIN + 2
    step = edges[1] - edges[0]
    assert f"{step:e}"[:8] in ("1.000000", "2.000000", "5.000000")
    assert np.allclose(edges / step, np.round(edges / step))


def test_a_few_far_values_share_the_last_bar():
    near = np.linspace(0.5, 19.5, 980)
    bars = histogram(np.append(near, np.linspace(60, 118, 10))).bars
    widths = [high - low for low, high in (bar["bin"] for bar in bars)]
    assert len(bars) > N_BIN / 3 and set(np.round(widths[:-1], 9)) == {1.0}
    assert bars[-1]["bin"] == [20.0, 120.0]


def test_a_long_tail_that_is_not_far_keeps_equal_bars():
    bars = histogram(np.random.default_rng(1).exponential(size=2000)).bars
    assert len({round(high - low, 9) for low, high in (bar["bin"] for bar in bars)}) == 1
