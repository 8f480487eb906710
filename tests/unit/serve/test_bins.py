"""Bars of a number begin and end at round numbers, and hold everybody."""

import numpy as np
import pytest

from wes_biomarkers.serve.bins import N_BIN, round_edges


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
