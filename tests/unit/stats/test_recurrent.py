"""Events that come back against R's survival (Andersen-Gill, Nelson-Aalen) and mets (Ghosh-Lin)."""

import numpy as np
import pandas as pd
import pytest
import recorded_r
from pytest import approx

from wes_biomarkers.stats.recurrent import fit_recurrent, mean_cumulative_count

ANSWER = recorded_r.recorded("recurrent")
ROWS = pd.read_csv(recorded_r.data("recurrent.csv"))


def count(rows, *, deaths=True, by=None):
    last, events = rows.groupby("patient").tail(1), rows[rows.event == 1]
    died = last.death if deaths else np.zeros(len(last))
    groups = None if by is None else last[by]
    return mean_cumulative_count(events.stop, events.patient, last.stop, died, groups)


def test_ghosh_lin_equals_mets():
    """Times are parted a little, as in the R script: mets gives events and deaths of one time no order."""
    apart = ROWS.assign(stop=ROWS.stop + np.arange(1, len(ROWS) + 1) / 1e4)
    found, wanted = count(apart)["all"], ANSWER["ghosh_lin"]
    assert found.time[1:] == approx(np.array(wanted["time"]))
    assert found.mean[1:] == approx(np.array(wanted["mean"]), rel=1e-6)
    assert found.standard_error[1:] == approx(np.array(wanted["standard_error"]), rel=1e-6)


def test_without_death_it_is_nelson_aalen_with_robust_variance():
    found, wanted = count(ROWS, deaths=False)["all"], ANSWER["nelson_aalen"]
    at = np.searchsorted(found.time, wanted["time"], side="right") - 1
    assert found.mean[at] == approx(np.array(wanted["mean"]), rel=1e-6)
    assert found.standard_error[at] == approx(np.array(wanted["standard_error"]), rel=1e-6)


def test_groups_are_counted_apart():
    both = count(ROWS, by="arm")
    alone = count(
        ROWS[ROWS.arm == 1].assign(patient=lambda t: t.patient.rank(method="dense").astype(int) - 1)
    )["all"]
    assert both["1"].mean == approx(alone.mean)
    assert both["0"].n + both["1"].n == ROWS.patient.nunique()
    assert both["0"].n_event + both["1"].n_event == ROWS.event.sum()


def test_one_event_each_and_no_censoring_is_a_share():
    found = mean_cumulative_count([1, 2, 3], [0, 1, 2], [9, 9, 9, 9], [False] * 4)["all"]
    assert found.mean.tolist() == approx([0, 0.25, 0.5, 0.75])
    assert found.standard_error[1] == approx((0.25 * 0.75 / 4) ** 0.5)


def test_no_event_is_a_count_of_zero():
    found = mean_cumulative_count([], [], [5, 6], [True, False])["all"]
    assert (found.mean.tolist(), found.n_event) == ([0.0], 0)


def test_andersen_gill_equals_coxph():
    fit = fit_recurrent(ROWS.start, ROWS.stop, ROWS.event, ROWS.patient, ROWS[["arm", "z"]])
    wanted = ANSWER["andersen_gill"]
    assert fit.cox.coefficients == approx(np.array(wanted["coefficients"]), rel=1e-6)
    assert fit.cox.covariance == approx(np.array(wanted["robust"]), rel=1e-6)
    found = fit.estimate(0)
    assert (found.method, found.effect_kind, found.n) == ("andersen_gill", "rate_ratio", 90)


@pytest.mark.parametrize(
    ("time", "patient", "end", "died"),
    [
        ([1], [0], [], []),
        ([1], [0, 1], [5, 5], [0, 0]),
        ([7], [0], [5], [0]),
        ([1], [3], [5], [0]),
        ([-1], [0], [5], [0]),
    ],
)
def test_broken_arrays_are_refused(time, patient, end, died):
    with pytest.raises(ValueError):
        mean_cumulative_count(time, patient, end, died)
