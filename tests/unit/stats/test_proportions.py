import numpy as np
import pytest

from wes_biomarkers.stats.proportions import compare_proportions


def test_fisher_of_the_lady_tasting_tea():
    """Fisher 1935: 3 of 4 right; the two-sided p is 34 / 70."""
    has = np.array([[1], [1], [1], [0], [1], [0], [0], [0]], bool)
    (one,) = compare_proportions(["tea"], has, [1, 1, 1, 1, 0, 0, 0, 0])
    assert (one.n_first, one.n_second, one.k_first, one.k_second) == (4, 4, 3, 1)
    assert one.p_value == pytest.approx(34 / 70)
    assert one.q_value == pytest.approx(34 / 70)


def test_q_grows_with_the_family():
    rng = np.random.default_rng(1)
    first = np.arange(40) < 20
    has = np.column_stack([first, *(rng.random((40, 9)) < 0.5).T])
    made = compare_proportions([str(i) for i in range(10)], has, first)
    p = np.array([one.p_value for one in made])
    order = np.argsort(p)
    expected = np.minimum.accumulate((p[order] * 10 / np.arange(1, 11))[::-1])[::-1].clip(max=1)
    assert [made[i].q_value for i in order] == pytest.approx(expected.tolist())
    assert made[0].q_value == pytest.approx(10 * made[0].p_value)


def test_nothing_to_compare():
    assert compare_proportions([], np.empty((4, 0), bool), [1, 1, 0, 0]) == []
