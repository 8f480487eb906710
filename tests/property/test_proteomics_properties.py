"""Whatever the values: ranks add up and keep order, normalisation keeps order within a sample, no number is made up."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wes_biomarkers.features.proteomics import for_ranking
from wes_biomarkers.features.proteomics_censoring import censor
from wes_biomarkers.features.proteomics_marks import parse_cells
from wes_biomarkers.features.proteomics_normalisation import median_shifts, normalise_quantiles

numbers = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 2))
value_rows = st.lists(
    st.tuples(numbers | st.just(float("nan")), st.sampled_from(["", "below", "above"])),
    min_size=1,
    max_size=30,
)
cells = st.sampled_from(["1", "2.5", "40", "OOR <", "OOR >", "*3", "<2", ">9", "ND", "", "0"])


@settings(max_examples=100, deadline=None)
@given(value_rows)
def test_ranks_add_up_and_keep_the_order_of_what_is_known(rows):
    value, censored = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    ranks = for_ranking(value, censored)
    held = ~np.isnan(ranks)
    n = int(held.sum())
    assert np.isclose(np.nansum(ranks), n * (n + 1) / 2)
    assert ((ranks[held] >= 1) & (ranks[held] <= n)).all() if n else True
    exact = (censored == "") & held
    order = np.argsort(value[exact], kind="stable")
    assert (np.diff(ranks[exact][order]) >= -1e-9).all()


@settings(max_examples=100, deadline=None)
@given(value_rows)
def test_ranks_turn_with_the_values(rows):
    value, censored = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    turned = np.array([{"below": "above", "above": "below", "": ""}[side] for side in censored])
    ranks, other = for_ranking(value, censored), for_ranking(-value, turned)
    np.testing.assert_allclose(other, (~np.isnan(ranks)).sum() + 1 - ranks)


@settings(max_examples=100, deadline=None)
@given(st.lists(cells, min_size=1, max_size=20), st.data())
def test_no_quantified_value_is_made_or_changed(column, data):
    batch = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(column), max_size=len(column))))
    parsed = parse_cells(column)
    found, sides = censor(parsed.raw[:, None], parsed.side[:, None], parsed.flags[:, None], batch)
    plain = np.array([cell.replace(".", "").isdigit() for cell in column])
    np.testing.assert_array_equal(found[plain, 0], parsed.raw[plain])
    assert (sides[plain, 0] == 0).all()
    marked = np.array([not known and cell != "" for cell, known in zip(column, plain, strict=True)])
    assert (sides[marked, 0] != 0).all()


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (5, 12), elements=st.floats(-10, 30, width=32)), st.data())
def test_normalisation_keeps_the_order_within_a_sample(value, data):
    known = data.draw(arrays(np.bool_, value.shape))
    shifts = median_shifts(value, known)
    medians = [np.median((value[i] + shifts[i])[known[i]]) for i in range(5) if known[i].any()]
    assert np.allclose(medians, medians[:1] * len(medians))
    found = normalise_quantiles(value, known)
    for row, mask, before in zip(found, known, value, strict=True):
        order = np.argsort(before[mask], kind="stable")
        assert (np.diff(row[mask][order]) >= -1e-9).all()
