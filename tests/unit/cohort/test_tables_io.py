import pandas as pd
import pyarrow.parquet as pq
import pytest

from wes_biomarkers.contracts.schema import Column, Table
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import ContractError, InputError
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.tables import read_parquet, write_parquet, write_tsv

TABLE = Table(
    name="toy",
    key=("id",),
    version=3,
    doc="A toy.",
    open_ended=True,
    columns=(
        Column("id", "string", "id", nullable=False, pattern="^[a-z]+$"),
        Column("n", "int", "count", minimum=0),
        Column("x", "float", "value", maximum=10),
        Column("b", "bool", "truth"),
        Column("d", "date", "day"),
        Column("c", "string", "choice", allowed=("u", "v")),
    ),
)


def frame():
    return pd.DataFrame(
        {
            "id": ["b", "a"],
            "n": [None, 0],
            "x": [1 / 3, None],
            "b": [None, False],
            "d": [None, "2022-01-31"],
            "c": ["u", None],
            "more": [1.5, None],
            "words": ["tab\there", None],
        }
    )


def test_round_trip_keeps_types_order_and_unknowns(tmp_path):
    ours = conform_frame(frame(), TABLE)
    assert list(ours["id"]) == ["a", "b"]
    write_parquet(tmp_path / "t.parquet", ours, TABLE)
    back = read_parquet(tmp_path / "t.parquet", TABLE)
    pd.testing.assert_frame_equal(back, ours.astype({"words": "string"}))
    assert back["n"].iloc[0] == 0 and pd.isna(back["n"].iloc[1])
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "t.parquet")}
    assert types == {
        "id": "string",
        "n": "int64",
        "x": "double",
        "b": "bool",
        "d": "date32[day]",
        "c": "string",
        "more": "double",
        "words": "string",
    }


def test_tsv(tmp_path):
    write_tsv(tmp_path / "t.tsv", conform_frame(frame(), TABLE))
    lines = (tmp_path / "t.tsv").read_bytes().decode().split("\n")
    assert lines[1] == "a\t0\t\tfalse\t2022-01-31\t\t\t"
    assert lines[2] == 'b\t\t0.3333333333333333\t\t\tu\t1.5\t"tab\there"'
    assert lines[3:] == [""]


def test_same_frame_same_bytes(tmp_path):
    for name, rows in (("a", frame()), ("b", frame().iloc[::-1])):
        write_parquet(tmp_path / name, conform_frame(rows, TABLE), TABLE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_table_or_version_is_refused(tmp_path):
    write_parquet(tmp_path / "t.parquet", conform_frame(frame(), TABLE), TABLE)
    newer = Table(name="toy", key=("id",), version=4, doc="", columns=TABLE.columns)
    with pytest.raises(InputError, match="toy/3, not toy/4"):
        read_parquet(tmp_path / "t.parquet", newer)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match="cannot be read"):
        read_parquet(tmp_path / "bad.parquet", TABLE)


def test_every_breach_is_listed():
    bad = pd.DataFrame(
        {
            "id": ["a", "a", None, "B"],
            "n": [-1, 1, 2, 3],
            "x": [11.0, 1, 2, 3],
            "b": ["maybe", None, None, None],
            "c": ["w", None, None, None],
        }
    )
    with pytest.raises(ContractError) as error:
        conform_frame(bad, TABLE)
    said = str(error.value)
    for part in (
        "id: 1 missing",
        "id: not of the pattern",
        "n: 1 below 0",
        "x: 1 above 10",
        "b: not bool",
        "c: 1 outside",
        "1 duplicates",
    ):
        assert part in said
    closed = Table(name="toy", key=("id",), version=1, doc="", columns=TABLE.columns[:1])
    with pytest.raises(ContractError, match="undeclared columns"):
        conform_frame(pd.DataFrame({"id": ["a"], "z": [1]}), closed)
    with pytest.raises(ContractError, match="id: absent"):
        conform_frame(pd.DataFrame({"n": [1]}), TABLE)


def test_a_changed_table_is_noticed(tmp_path, make, run):
    run(
        "cohort",
        "build",
        "--out",
        tmp_path / "co",
        "--clinical",
        make.clinical(tmp_path / "c.csv", ["A1", "A2"]),
    )
    assert set(read_cohort(tmp_path / "co").tables) == {"patient", "feature", "clinical"}
    path = tmp_path / "co" / "clinical.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="changed after"):
        read_cohort(tmp_path / "co")
    with pytest.raises(InputError, match="no such cohort"):
        read_cohort(tmp_path / "nothing")
