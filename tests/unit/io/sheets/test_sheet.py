"""Tables as users' programs save them."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.sheet import read_rows

ROWS = [{"a": "1", "b": "x y"}, {"a": "2", "b": ""}]


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,x y\n2,\n",
        b"a;b\r\n1;x y\r\n2;\r\n",
        b"a\tb\r1\tx y\r2\t\r",
        b"\xef\xbb\xbfa,b\n1,x y\n2,\n",
        "a,b\n1,x y\n2,\n".encode("utf-16"),
        b'"a","b"\n"1","x y"\n2,""',
        b"a,b,\n1,x y,\n2,,\n",
        b"\n a , b \n\n 1 , x y\n,\n2,\n\n",
    ],
)
def test_every_common_way_to_save_a_table_reads_the_same(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    sheet = read_rows(path)
    assert sheet.columns == ("a", "b")
    assert sheet.rows == ROWS


def test_row_numbers_are_the_files_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n\n1,"two\nlines"\n2,x\n')
    sheet = read_rows(path)
    assert sheet.row_numbers == [3, 5]
    assert sheet.rows[0]["b"] == "two\nlines"


def test_xlsx_dates_and_whole_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["id", "day", "n"],
        ["x", datetime.date(2024, 1, 2), 3.0],
        [None, None, None],
        [7, datetime.datetime(2024, 1, 2), 2.5],
    ):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    sheet = read_rows(tmp_path / "t.xlsx")
    assert [tuple(row.values()) for row in sheet.rows] == [
        ("x", "2024-01-02", "3"),
        ("7", "2024-01-02", "2.5"),
    ]
    assert sheet.row_numbers == [2, 4]


def test_xlsx_without_stored_values_and_with_errors(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "n"], ["x", "=1+1"], ["y", "#N/A"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(InputError) as caught:
        read_rows(tmp_path / "t.xlsx")
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [(2, "B"), (3, "B")]


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (b"", ["is empty"]),
        (b"\n , \n", ["is empty"]),
        (b"a,b\n", ["has a header but no rows"]),
        (b"a|b\n1|2\n", ["has one column only (wrong delimiter)"]),
        (
            b"a,b\n1\n1,2,3\n1,2,\n",
            ["has 1 cells where the header has 2", "has 3 cells where the header has 2"],
        ),
        (b"a,a,\n1,2,3\n", ["heading given twice", "column 3 has cells but no heading"]),
        (b'a,b\n"1,2\n', ["cannot be split into cells: unexpected end of data"]),
        (b"a,b\n1,\xe9\n", ["is not UTF-8 text"]),
        ("a,b\n1,2\n".encode("utf-16-le"), ["holds NUL characters: not a text table"]),
        (b"PK\x03\x04nonsense", ["cannot be read as a spreadsheet"]),
        (b"\xd0\xcf\x11\xe0old", ["is an old Excel file"]),
    ],
)
def test_faults_are_listed_without_values(tmp_path: Path, data: bytes, rules: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert [fault.rule for fault in caught.value.faults] == rules
    assert all(fault.value is None and fault.file == str(path) for fault in caught.value.faults)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, rule in ((tmp_path / "none.csv", "no such file"), (tmp_path, "is a folder, not a file")):
        with pytest.raises(InputError, match=rule):
            read_rows(path)


def test_a_header_alone_may_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    assert read_rows(tmp_path / "t.csv", allow_no_rows=True).rows == []
