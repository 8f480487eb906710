import math

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.gene_status import GeneStatus
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.tmb import Pair
from wes_biomarkers.io.drivers import COLUMNS, driver_rows, read_gene_places, write_drivers

PLACES = "1\t100\t200\tA\tT1\n1\t300\t400\tA\tT1\n1\t150\t160\tB\tT2\n"


@pytest.fixture
def places(tmp_path):
    (tmp_path / "coding.bed").write_text(PLACES)
    return read_gene_places(tmp_path / "coding.bed")


@pytest.mark.parametrize(
    ("deep", "share"),
    [
        ([("1", 0, 1000)], 1.0),
        ([], 0.0),
        ([("2", 0, 1000)], 0.0),
        ([("1", 100, 200)], 0.5),
        ([("1", 150, 350)], 0.5),
        ([("1", 0, 110), ("1", 190, 305), ("1", 399, 999)], 0.13),
        ([("1", 200, 300)], 0.0),
    ],
)
def test_callable_share(places, deep, share):
    region = Region.of(deep)
    assert places.callable_share("A", region) == pytest.approx(share)
    bases = [("1", at) for start, end in ((100, 200), (300, 400)) for at in range(start, end)]
    among = sum(any(c == name and a <= at < b for name, a, b in deep) for c, at in bases)
    assert places.callable_share("A", region) == among / 200


def test_a_bed_without_genes(tmp_path):
    (tmp_path / "coding.bed").write_text("1\t100\t200\n1\tx\t200\tA\n")
    with pytest.raises(InputError) as caught:
        read_gene_places(tmp_path / "coding.bed")
    assert [fault.row for fault in caught.value.faults] == [1, 2]


def test_unknown_is_an_empty_cell(tmp_path):
    by_log2 = GeneCopy("B", "1", 0, 9, "loss", "log2", None, -0.5, math.nan, math.nan, math.nan, 1, 1.0)
    statuses = [
        GeneStatus("A", "oncogene", "no_mutation"),
        GeneStatus("B", "suppressor", "altered", ("truncating",), ("p.R1*",), by_log2, "clonal"),
    ]
    write_drivers(tmp_path / "drivers.tsv", driver_rows(Pair("P", "T_vs_N"), statuses))
    heading, first, second = (tmp_path / "drivers.tsv").read_text().splitlines()
    assert tuple(heading.split("\t")) == COLUMNS
    assert first.split("\t") == ["P", "T_vs_N", "A", "oncogene", "no_mutation", "", "", "0", "", "", "", ""]
    assert second.split("\t")[5:] == ["truncating", "p.R1*", "1", "", "", "-0.5", "clonal"]
