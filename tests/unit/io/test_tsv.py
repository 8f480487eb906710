"""Cells and rows of the tables a feature writes."""

import math

import pytest

from wes_biomarkers.io.tsv import format_cell, write_rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (math.nan, ""),
        (True, "1"),
        (False, "0"),
        (1_234_567, "1234567"),
        (1_234_567.0, "1.23457e+06"),
        (1 / 3, "0.333333"),
        ("c1", "c1"),
    ],
)
def test_cell(value, text):
    assert format_cell(value) == text


def test_whole_numbers_keep_every_digit():
    assert [format_cell(value, whole=True) for value in (1_234_567.0, 7, math.nan, None)] == [
        "1234567",
        "7",
        "",
        "",
    ]


def test_rows(tmp_path):
    path = tmp_path / "t.tsv"
    write_rows(path, ("gene", "total_cn", "log2"), [("G", 2.0, -0.5), ("H", math.nan, None)], ("total_cn",))
    assert path.read_bytes() == b"gene\ttotal_cn\tlog2\nG\t2\t-0.5\nH\t\t\n"


def test_a_row_of_another_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match="zip"):
        write_rows(tmp_path / "t.tsv", ("a", "b"), [(1,)])
    assert not list(tmp_path.iterdir())
