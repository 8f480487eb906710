"""Withheld counts: below k nothing shows, and nothing follows from what shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from wes_biomarkers.report.suppression import coarse, rounded, shown_cells


@st.composite
def tables(draw):
    k = draw(st.sampled_from([3, 5, 11]))
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    near = st.one_of(st.integers(0, 3 * k), st.sampled_from([k - 1, k, 2 * k - 1, 3 * k - 1, 4 * k]))
    cells = draw(st.lists(near, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    return np.array(cells).reshape(shape), k


def possible(table, shown, columns, k, cell, offered=None, most=np.inf):
    """The least and the greatest count a cell can have, given everything that is published.

    `most`: what a reader takes for the greatest withheld count in the rows of which anything is published.
    """
    floors = np.where(shown, table // k * k, 0).ravel()
    known = np.ones(table.shape, bool) if offered is None else np.broadcast_to(offered[:, None], table.shape)
    withheld = np.where(known, most, np.inf).ravel()
    low, high = floors.astype(float), np.where(shown.ravel(), floors + k - 1, withheld)
    sums, bottom, top = [], [], []

    def add(where, known=True):
        total = int(table[where].sum())
        sums.append(where.ravel().astype(float))
        bottom.append(total // k * k if known else 0)
        top.append(total // k * k + k - 1 if known and total >= k else np.inf)

    rows, names = np.indices(table.shape)
    add(rows >= 0)
    for at in range(table.shape[0]):
        add(rows == at, offered is None or offered[at])
    for at in range(table.shape[1]):
        add(names == at, columns[at])
    aim = np.zeros(table.size)
    aim[cell] = 1
    least, greatest = (
        milp(
            sign * aim,
            integrality=np.ones(table.size),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(np.array(sums), bottom, top),
        )
        for sign in (1, -1)
    )
    assert least.status == 0
    return round(least.fun), round(-greatest.fun) if greatest.status == 0 else np.inf  # 3: unbounded


@settings(max_examples=300, deadline=None)
@given(tables())
def test_no_withheld_cell_is_recovered_from_the_totals(given_table):
    table, k = given_table
    offered = shown_cells(table.sum(1)[None], k)[0][0]
    shown, columns = shown_cells(table, k, offered)
    assert not (shown & (table < k)).any()
    assert not (columns & (table.sum(0) < k)).any()
    for cell in np.flatnonzero(~shown.ravel()):
        least, greatest = possible(table, shown, columns, k, cell, offered)
        if table.ravel()[cell] < k:  # a reader may well guess that it is below k
            assert least < min(greatest, k - 1)
    # Or that all are, which can be true, and tells where nothing but totals shows.
    if (table[~shown & offered[:, None]] < k).all() and (shown.any() or columns.any()):
        for cell in np.flatnonzero(~shown.ravel() & (table.ravel() < k)):
            least, greatest = possible(table, shown, columns, k, cell, offered, k - 1)
            assert least < min(greatest, k - 1)


def test_a_line_at_the_edge_of_its_ranges_loses_a_second_cell():
    # four times 9 shows as 5 each, the total 40 as 40: at most 36 of it are theirs, so 4 would remain
    table = np.array([[9, 9, 9, 9, 4], [0, 0, 0, 0, 0]])
    assert possible(table, table >= 5, np.zeros(5, bool), 5, 4) == (4, 24)  # and, being withheld, below 5
    shown, columns = shown_cells(table, 5)
    assert shown.sum() == 3
    assert columns.sum() == 3
    assert possible(table, shown, columns, 5, 4)[0] == 0


def test_who_guesses_that_all_withheld_are_small_is_misled_where_that_would_tell():
    # 35 in all and at most 27 in the three that show: two counts below 5 would both be 4
    table = np.array([[9, 9, 9, 4, 4]])
    assert possible(table, table >= 5, np.zeros(5, bool), 5, 3, most=4) == (4, 4)
    assert shown_cells(table, 5)[0].sum() == 2


def test_the_total_of_all_ties_the_totals_of_rows():
    # 45 in all and at most 9 in two of the rows: 27 or more in the other, of which 9 and 14 are the most that shows
    table = np.array([[0, 1, 8], [4, 9, 14], [0, 0, 9]])
    naive = table >= 5
    assert possible(table, naive, np.array([False, True, True]), 5, 3)[0] == 4
    shown, columns = shown_cells(table, 5)
    assert possible(table, shown, columns, 5, 3)[0] < 4


def test_totals_of_rows_and_columns_together_tell_nothing():
    # bounds line by line leave the 2 open; all that shows together does not
    table = np.array([[0, 0, 0], [0, 2, 0], [0, 5, 1], [0, 2, 1]])
    offered = shown_cells(table.sum(1)[None], 3)[0][0]
    shown, columns = shown_cells(table, 3, offered)
    least, greatest = possible(table, shown, columns, 3, 4, offered)
    assert least < min(greatest, 2)


def test_a_safe_table_keeps_every_count_of_k_or_more():
    table = np.array([[12, 30, 3], [40, 8, 20]])
    shown, columns = shown_cells(table, 5)
    assert (shown == (table >= 5)).all()
    assert columns.all()


def test_what_is_not_published_is_not_shown():
    table = np.array([[12, 30], [40, 8]])
    assert not shown_cells(table, 5, np.array([True, False]))[0][1].any()


@pytest.mark.parametrize(
    ("n", "k", "expected"), [(5, 5, 5), (9, 5, 5), (4, 5, None), (None, 5, None), (4, 0, 4)]
)
def test_coarse(n, k, expected):
    assert coarse(n, k) == expected


def test_nothing_is_withheld_without_a_threshold():
    assert shown_cells(np.array([[0, 1]]), 1)[0].all()
    assert rounded(float("nan"), 2) != rounded(float("nan"), 2)
    assert rounded("inf", 2) == "inf"
