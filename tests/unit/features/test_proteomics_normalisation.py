"""Normalisation and batches, against limma's recorded answers and the published example of quantile normalisation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recorded_r

from wes_biomarkers.features.proteomics_censoring import batch_codes
from wes_biomarkers.features.proteomics_normalisation import (
    centre_batches,
    confounded,
    median_shifts,
    normalise_quantiles,
    regress_batches,
    scale_of,
)


@pytest.fixture(scope="module")
def limma():
    return {name: np.array(rows, float) for name, rows in recorded_r.recorded("proteomics").items()}


@pytest.fixture(scope="module")
def table():
    frame = pd.read_csv(recorded_r.data("proteomics.csv"))
    value = frame.iloc[:, 3:].to_numpy(float)
    return value, np.isfinite(value), batch_codes(frame["batch"]), batch_codes(frame["group"])


def test_the_worked_example_of_quantile_normalisation(limma):
    value = np.array([[5, 2, 3, 4], [4, 1, 4, 2], [3, 4, 6, 8]], float)
    found = normalise_quantiles(value, np.isfinite(value))
    published = [[5.67, 2, 3, 4.67], [5.17, 2, 5.17, 3], [2, 3, 4.67, 5.67]]
    np.testing.assert_allclose(found, published, atol=0.005)
    np.testing.assert_allclose(found, limma["worked"], rtol=1e-12)


def test_quantiles_equal_limma_with_missing_values_and_ties(table, limma):
    value, known, *_ = table
    np.testing.assert_allclose(normalise_quantiles(value, known), limma["quantile"], rtol=1e-9)


def test_limits_move_as_the_numbers_beside_them():
    value = np.array([[1.0, 2.0, 3.0, 2.0], [11.0, 12.0, 13.0, 10.0]])
    known = np.array([[True, True, True, False]] * 2)
    found = normalise_quantiles(value, known)
    assert found[0, 3] == pytest.approx(found[0, 1])
    assert found[1, 3] - value[1, 3] == pytest.approx(found[1, 0] - value[1, 0])


def test_medians_equal_r(table, limma):
    value, known, *_ = table
    found = value + median_shifts(value, known)[:, None]
    np.testing.assert_allclose(found, limma["median"], rtol=1e-9)


def test_a_sample_without_values_is_not_shifted():
    value = np.array([[1.0, 3.0], [np.nan, np.nan], [5.0, 7.0]])
    np.testing.assert_allclose(median_shifts(value, np.isfinite(value)), [2, 0, -2])


@pytest.mark.parametrize("with_group", [False, True])
def test_regression_on_batches_equals_limma_but_for_a_constant_a_protein(table, limma, with_group):
    value, known, batch, group = table
    found = regress_batches(value, known, batch, {"group": group} if with_group else {})
    expected = limma["batch_group" if with_group else "batch"]
    assert np.isfinite(found).sum() > 600
    lost = known & ~np.isfinite(found)  # fewer than two in a batch
    few = np.array([known[batch == code].sum(axis=0) < 2 for code in batch])
    assert (lost <= few).all() or with_group
    whole = ~lost.any(axis=0)
    assert whole.sum() > 40
    difference = (found - expected)[:, whole]
    np.testing.assert_allclose(
        difference - np.nanmean(difference, axis=0), np.where(known[:, whole], 0, np.nan), atol=1e-9
    )
    np.testing.assert_allclose(np.nanmean(found[:, whole], axis=0), np.nanmean(value[:, whole], axis=0))


def test_centred_batches_have_one_median(table):
    value, known, batch, _ = table
    found = centre_batches(value, known, batch)
    for code in np.unique(batch):
        rows = batch == code
        enough = known[rows].sum(axis=0) >= 2
        centres = np.nanmedian(np.where(known[rows], found[rows], np.nan)[:, enough], axis=0)
        np.testing.assert_allclose(centres, np.nanmedian(value, axis=0)[enough])
        assert np.isnan(found[rows][:, ~enough]).all()


def test_a_planted_batch_goes_and_a_planted_group_stays():
    rng = np.random.default_rng(3)
    batch, group = np.repeat([0, 1], 40), np.tile([0, 0, 0, 1], 20)
    group[40:] = 1 - group[40:]  # unbalanced: 25 % in one batch, 75 % in the other
    value = rng.normal(size=(80, 200)) + 2.0 * batch[:, None] + 1.0 * group[:, None]
    known = np.ones_like(value, bool)
    held = regress_batches(value, known, batch, {"group": group})
    centred = centre_batches(value, known, batch)

    def effect(values, labels):
        return float((values[labels == 1] - values[labels == 0].mean(axis=0)).mean())

    assert effect(held, group) == pytest.approx(1.0, abs=0.05)
    assert effect(centred, group) < 0.85  # the group's share of the batch is lost: hence the regression


def test_a_batch_that_is_a_group_within_a_protein_becomes_unknown():
    batch, group = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 0, 1, 1])
    value = np.arange(12.0).reshape(6, 2)
    known = np.ones((6, 2), bool)
    known[[2, 3], 1] = False  # protein 1: batch 0 is group 0, batch 1 is group 1
    found = regress_batches(value, known, batch, {"group": group})
    assert np.isfinite(found[:, 0]).all() and np.isnan(found[:, 1]).all()


def test_confounding_needs_no_equality():
    assert confounded(["a", "a", "b", "c"], ["x", "x", "y", "y"])
    assert not confounded(["a", "a", "b", "b", "c"], ["x", "y", "y", "z", "z"]), "a chain of shared batches"
    assert not confounded(["a", "a"], ["x", "y"])


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [([-1.0, 3.0], "log2"), ([0.0, 65.0], "linear"), ([20.0, 31.0], None), ([np.nan], None), ([], None)],
)
def test_the_scale(numbers, scale):
    assert scale_of(np.array(numbers)) == scale
