import numpy as np
import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.io.clonality import COLUMNS, read_clonality, read_rules, write_clonality

TABLE = {
    "chrom": np.array(["1", "2"], object),
    "start": np.array([9, 5]),
    "ref": np.array(["A", "CT"], object),
    "alt": np.array(["C", "C"], object),
    "t_alt": np.array([3.0, np.nan]),
    "ccf": np.array([1 / 3, np.nan]),
    "total_cn": np.array([2.0, np.nan]),
    "multiplicity": np.array([1.0, np.nan]),
    "clonality": np.array(["subclonal", "indeterminate"], object),
    "cluster": np.array([2.0, np.nan]),
}


def test_written_and_read_back(tmp_path):
    path = tmp_path / "c.tsv"
    write_clonality(path, {"A": TABLE, "B": {name: values[:1] for name, values in TABLE.items()}})
    lines = path.read_text().splitlines()
    assert lines[0].split("\t") == list(COLUMNS) and len(lines) == 4
    assert lines[1].split("\t")[:6] == ["A", "1", "9", "A", "C", "3"]
    made = read_clonality(path, "A")
    assert made["start"].tolist() == [9, 5] and made["clonality"].tolist() == list(TABLE["clonality"])
    assert made["ccf"][0] == pytest.approx(1 / 3, abs=1e-6) and np.isnan(made["ccf"][1])
    assert made["change"].tolist() == [None, None]


def test_several_pairs_are_never_mixed(tmp_path):
    path = tmp_path / "c.tsv"
    write_clonality(path, {"A": TABLE, "B": TABLE})
    with pytest.raises(InputError, match=r"holds 2 pairs.*--pair-id"):
        read_clonality(path)
    write_clonality(path, {"A": TABLE})
    assert len(read_clonality(path)["start"]) == 2


def test_an_empty_table(tmp_path):
    path = tmp_path / "c.tsv"
    write_clonality(path, {"A": {name: values[:0] for name, values in TABLE.items()}})
    assert len(read_clonality(path, "A")["start"]) == 0


HEAD = "chrom\tstart\tref\talt\ttotal_cn\tmultiplicity\tclonality\n"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("chrom\tstart\n", ["lacks the columns ref, alt, total_cn, multiplicity, clonality"]),
        (
            HEAD + "1\t5\tA\tC\t2\t1\tclonal\n1\t5\tA\tC\t2\t1\tclonal\n2\tx\tA\t\t-1\t1.5\tsome\n",
            [
                "a second time",
                "start is no whole",
                "alt is empty",
                "total_cn",
                "multiplicity",
                "clonality is none",
            ],
        ),
    ],
)
def test_every_fault_is_listed(tmp_path, text, rules):
    path = tmp_path / "c.tsv"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_clonality(path)
    for rule in rules:
        assert rule in str(raised.value)


def test_rules_are_facets():
    rules = read_rules()
    assert (rules.clonal_ccf, rules.near_clonal_ccf, rules.near_clonal_bound) == (0.8, 0.7, 0.9)
    assert rules.min_cell_fraction == 0.6
