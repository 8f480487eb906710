"""Against the published 6-mercaptopurine trial (Freireich 1963), and against counting by hand."""

import math

import numpy as np
import pytest

from wes_biomarkers.stats.groups import mann_whitney
from wes_biomarkers.stats.survival import at_risk, kaplan_meier, log_rank, pooled

DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def test_published_curve():
    result = kaplan_meier(DRUG, RELAPSED)
    found = dict(zip(result.curve["time"], result.curve["survival"], strict=True))
    for time, survival in PUBLISHED.items():
        assert found[time] == pytest.approx(survival, abs=5e-4)
    assert (result.n, result.n_event, result.median) == (21, 9, 23)


def test_published_log_rank():
    result = log_rank(*pooled({"drug": (DRUG, RELAPSED), "placebo": (PLACEBO, [1] * 21)}))
    assert result.chi_square == pytest.approx(16.79, abs=5e-3)
    assert result.degrees == 1
    assert result.p_value == pytest.approx(math.erfc(math.sqrt(result.chi_square / 2)))


def test_greenwood_log_log_interval_at_six_weeks():
    row = kaplan_meier(DRUG, RELAPSED).curve.query("time == 6").iloc[0]
    survival = 18 / 21
    error = math.sqrt(3 / (21 * 18)) / abs(math.log(survival))
    for bound, sign in (("ci_low", 1), ("ci_high", -1)):
        assert row[bound] == pytest.approx(survival ** math.exp(sign * 1.959964 * error), abs=1e-4)


def test_numbers_at_risk():
    assert at_risk(DRUG, [0, 6, 7, 10, 35, 36]) == [21, 21, 17, 15, 1, 0]


def test_median_not_reached():
    assert kaplan_meier([1, 2, 3], [True, False, False]).median is None


def test_too_little_is_not_evaluable_with_its_reason():
    few = log_rank(*pooled({"a": ([1, 2], [1, 1]), "b": ([1, 2, 3], [1, 1, 1])}))
    assert few.status == "not_evaluable" and few.p_value is None and "in a" in few.reason
    quiet = log_rank(*pooled({"a": ([1, 2, 3], [1, 0, 0]), "b": ([1, 2, 3], [0, 0, 0])}))
    assert quiet.status == "not_evaluable" and "1 events" in quiet.reason
    assert log_rank(*pooled({"a": ([1, 2, 3], [1, 1, 1])})).reason == "only one group"


@pytest.mark.parametrize("times, events", [([], []), ([1], [1, 0]), ([math.nan], [1]), ([-1], [1])])
def test_refuses_what_is_no_follow_up(times, events):
    with pytest.raises(ValueError):
        kaplan_meier(times, events)


def test_mann_whitney_exact_by_counting_all_orders():
    from itertools import combinations

    first, second = [1.0, 4.0, 9.0], [2.0, 3.0, 5.0, 6.0]
    values = sorted(first + second)

    def wins(chosen):
        return sum(a > b for a in chosen for b in set(values) - set(chosen))

    counts = [wins(chosen) for chosen in combinations(values, 3)]
    mine, middle = wins(first), 6
    extreme = sum(abs(count - middle) >= abs(mine - middle) for count in counts) / len(counts)
    result = mann_whitney(first, second)
    assert result.p_value == pytest.approx(extreme)
    assert result.auc == pytest.approx(np.mean([[a > b for b in second] for a in first]))


def test_mann_whitney_needs_three_each():
    result = mann_whitney([1, 2], [1, 2, 3])
    assert (result.status, result.p_value) == ("not_evaluable", None)
