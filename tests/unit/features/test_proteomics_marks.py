"""Numbers and out-of-range marks in cells."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wes_biomarkers.features.proteomics_marks import (
    ABOVE,
    BELOW,
    EXTRAPOLATED,
    QUANTIFIED,
    count_marks,
    parse_cells,
    parse_mark,
)


@pytest.mark.parametrize(
    ("text", "number", "side", "flags"),
    [
        ("OOR <", None, BELOW, 0),
        ("OOR<", None, BELOW, 0),
        ("oor  <", None, BELOW, 0),
        ("OOR >", None, ABOVE, 0),
        ("<0.5", 0.5, BELOW, 0),
        ("< 0.5", 0.5, BELOW, 0),
        ("<=0.5", 0.5, BELOW, 0),
        ("<-1.2", -1.2, BELOW, 0),
        (">100", 100, ABOVE, 0),
        ("≥ 1e4", 1e4, ABOVE, 0),
        ("*5.88", 5.88, QUANTIFIED, EXTRAPOLATED),
        ("5.88*", 5.88, QUANTIFIED, EXTRAPOLATED),
        ("<LLOQ", None, BELOW, 0),
        (">ULOQ", None, ABOVE, 0),
        ("ND", None, BELOW, 0),
        ("n.d.", None, BELOW, 0),
        ("not detected", None, BELOW, 0),
        ("---", None, QUANTIFIED, 0),
        ("Filtered", None, QUANTIFIED, 0),
        ("", None, QUANTIFIED, 0),
    ],
)
def test_each_mark(text, number, side, flags):
    found = parse_mark(text)
    assert found is not None
    assert found[1:] == (side, flags)
    assert math.isnan(found[0]) if number is None else found[0] == number


@pytest.mark.parametrize(
    "text", ["haemolysed", "1,5", "1_000", "<", "<x", "5 pg", "**5", "#N/A", "inf", "0x10"]
)
def test_other_text_is_unreadable(text):
    assert parse_cells([text]).unreadable[0]


def test_a_column_of_cells():
    cells = parse_cells(["3.5", " 4 ", "OOR <", "*5.88", None, "", "1e3", "what", "OOR <", "-2"])
    np.testing.assert_array_equal(cells.raw, [3.5, 4, np.nan, 5.88, np.nan, np.nan, 1000, np.nan, np.nan, -2])
    np.testing.assert_array_equal(cells.side, [0, 0, -1, 0, 0, 0, 0, 0, -1, 0])
    np.testing.assert_array_equal(np.flatnonzero(cells.flags == EXTRAPOLATED), [3])
    np.testing.assert_array_equal(np.flatnonzero(cells.unreadable), [7])
    assert count_marks(cells.raw, cells.side, cells.flags) == {"OOR <": 2, "*number": 1}


def test_numbers_of_a_typed_file():
    cells = parse_cells(np.array([1.5, np.nan, "OOR >"], dtype=object))
    np.testing.assert_array_equal(cells.raw, [1.5, np.nan, np.nan])
    assert cells.side.tolist() == [0, 0, ABOVE] and not cells.unreadable.any()
