"""Maximally selected cuts: as R's maxstat, and honest about the search."""

import numpy as np
import pandas as pd
import pytest
import recorded_r

from wes_biomarkers.stats.cutpoint import lausen_schumacher_p, log_rank_scores, maximally_selected


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(recorded_r.data("cutpoint.csv"))


def test_as_maxstat(table):
    answer = recorded_r.recorded("cutpoint")
    for name, found in (
        ("survival", maximally_selected(table.x, time=table.time, event=table.event)),
        ("outcome", maximally_selected(table.x, outcome=table.y)),
    ):
        assert found.statistic == pytest.approx(answer[name]["statistic"], rel=1e-9)
        assert found.p_approximate == pytest.approx(answer[name]["p"], rel=1e-6)
        below = table.x[table.x < found.value].max()
        assert below == pytest.approx(answer[name]["cut"])  # R names the highest value of the low group
        assert found.n_low == (table.x < found.value).sum() and found.n_low + found.n_high == len(table)
        assert found.p_naive < found.p_corrected and found.flags == ("data_driven_cutpoint",)
    scores = log_rank_scores(table.time, table.event)
    np.testing.assert_allclose(scores[:10], answer["scores"], rtol=1e-9)
    assert scores.sum() == pytest.approx(0)


def test_ties_share_the_risk_set():
    np.testing.assert_allclose(log_rank_scores([1, 1, 2], [1, 1, 0]), [1 - 2 / 3, 1 - 2 / 3, -2 / 3])


def test_level_of_the_search():
    rng = np.random.default_rng(5)
    p = [
        maximally_selected(
            rng.normal(size=40), outcome=rng.random(40) < 0.4, n_permutation=199, seed=i
        ).p_corrected
        for i in range(300)
    ]
    naive = [
        maximally_selected(rng.normal(size=40), outcome=rng.random(40) < 0.4, n_permutation=1).p_naive
        for i in range(300)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.10  # 99.9 % binomial limit of .05 in 300
    assert np.mean(np.array(naive) <= 0.05) > 0.15  # what the correction is for


def test_no_cut():
    assert maximally_selected([1, 1, 1, 1], outcome=[0, 1, 0, 1]).status == "not_evaluable"
    assert "same outcome" in maximally_selected([1, 2, 3], outcome=[1, 1, 1]).reason
    with pytest.raises(ValueError, match="give time and event"):
        maximally_selected([1, 2])
    with pytest.raises(ValueError, match="known"):
        maximally_selected([1, np.nan], outcome=[0, 1])


def test_approximation_is_a_probability():
    assert lausen_schumacher_p(0.5, 0.1, 0.9) == 1.0
    assert 0 < lausen_schumacher_p(4.0, 0.1, 0.9) < 0.01
