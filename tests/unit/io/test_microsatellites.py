"""Sites found in targets, and the tables of sites, of a pair's sites and of a baseline."""

from __future__ import annotations

import gzip

import numpy as np
import pysam
import pytest

from wes_biomarkers.errors import InputError, ReferenceMismatchError
from wes_biomarkers.features.microsatellites import COLUMNS, ScanRules, Sites, find_sites
from wes_biomarkers.features.msi_sites import Baseline, SiteRules, compare_pair
from wes_biomarkers.io.bed import Interval
from wes_biomarkers.io.microsatellites import read_msi_definition, read_sites, scan_targets, write_sites
from wes_biomarkers.io.msi_tables import read_baseline, read_site_table, write_baseline, write_site_table

RULES = ScanRules(min_unit=(6, 4, 4, 4, 4), max_length=30, flank=5, pad=10)


@pytest.fixture
def genome(tmp_path):
    """Two contigs rich in short repeats; the path and the bases."""
    rng = np.random.default_rng(2)
    bases = {
        name: "".join(rng.choice(list("ACGT"), n, p=[0.5, 0.3, 0.1, 0.1]))
        for name, n in (("b", 5000), ("a", 3000))
    }
    path = tmp_path / "genome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in bases.items()))
    pysam.faidx(str(path))
    return path, bases


def places(sites):
    return list(zip(sites.chrom.tolist(), sites.start.tolist(), sites.end.tolist(), strict=True))


def test_whole_contigs_give_what_one_scan_gives(genome, monkeypatch):
    path, bases = genome
    lengths = {name: len(text) for name, text in bases.items()}
    targets = [Interval(name, 0, length) for name, length in lengths.items()]
    whole = scan_targets(path, targets, lengths, RULES)
    expected = [
        place for name, text in bases.items() for place in places(find_sites(name, [(0, text)], RULES))
    ]
    assert places(whole) == expected and len(whole) > 40
    monkeypatch.setattr("wes_biomarkers.io.microsatellites.BATCH_BASES", 100)
    assert places(scan_targets(path, targets, lengths, RULES)) == expected


def test_targets_are_padded_joined_and_in_the_order_of_the_genome(genome):
    path, bases = genome
    lengths = {name: len(text) for name, text in bases.items()}
    targets = [
        Interval("a", 100, 900),
        Interval("b", 0, 500),
        Interval("a", 850, 1500),
        Interval("b", 505, 700),
    ]
    found = scan_targets(path, targets, lengths, RULES)
    inside = {"b": (0, 710), "a": (90, 1510)}
    whole = scan_targets(path, [Interval(name, 0, n) for name, n in lengths.items()], lengths, RULES)
    expected = [
        (chrom, start, end) for chrom, start, end in places(whole)
        if inside[chrom][0] <= start - 5 and end + 5 <= inside[chrom][1]
    ]  # fmt: skip
    assert places(found) == expected and {chrom for chrom, _, _ in expected} == {"a", "b"}


def test_no_target_has_one(genome):
    path, _ = genome
    assert len(scan_targets(path, [Interval("a", 0, 12)], {"b": 5000, "a": 3000}, RULES)) == 0


def test_sites_come_back_and_equal_sites_give_equal_bytes(genome, tmp_path):
    sites = find_sites("b", [(0, genome[1]["b"])], RULES)
    one, two = tmp_path / "one.tsv.gz", tmp_path / "two.tsv.gz"
    write_sites(one, sites)
    write_sites(two, sites)
    assert one.read_bytes() == two.read_bytes()
    again = read_sites(one)
    for name in COLUMNS:
        assert getattr(again, name).tolist() == getattr(sites, name).tolist(), name
    write_sites(one, sites.where(np.zeros(len(sites), bool)))
    assert len(read_sites(one)) == 0


def test_a_spoilt_table_of_sites_is_refused_with_its_lines(tmp_path):
    path = tmp_path / "sites.tsv"
    path.write_text("chrom\tstart\n")
    with pytest.raises(InputError, match="lacks the columns end, unit"):
        read_sites(path)
    rows = ["c\t5\t15\tA\t10\tCCCCC\tGGGGG", "c\tx\t15\tA\t10\tCCCCC\tGGGGG", "c\t5\t15\tA\t9\tC\tG", "c\t5"]
    path.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n")
    with pytest.raises(InputError) as caught:
        read_sites(path)
    assert [fault.row for fault in caught.value.faults] == [3, 4, 5]


def three_sites():
    columns = {
        "chrom": ["1", "1", "2"],
        "start": [100, 200, 5],
        "end": [112, 212, 17],
        "unit": ["A", "T", "AC"],
    }
    return Sites.of(columns | {"left_flank": ["CGCGC"] * 3, "right_flank": ["GCGCG"] * 3})


def test_a_pairs_sites_come_back(tmp_path):
    tumor, normal = np.zeros((3, 20), np.int32), np.zeros((3, 20), np.int32)
    tumor[0, [9, 12]], normal[0, 12] = (30, 30), 60
    tumor[1, 12], normal[1, 12] = 60, 60
    tumor[2, 12] = 60
    path = tmp_path / "msi_sites.tsv.gz"
    write_site_table(path, three_sites(), compare_pair(tumor, normal, SiteRules()), tumor, normal)
    rows = read_site_table(path)
    assert [row["unstable"] for row in rows] == [True, False, False]
    assert [row["evaluable"] for row in rows] == [True, True, False]
    assert rows[0]["lengths_tumor"] == {9: 30, 12: 30} and rows[0]["lengths_normal"] == {12: 60}
    assert rows[0]["q"] < 1e-6 and rows[0]["shift"] == 0.5
    assert rows[2]["p"] is None and rows[2]["shift"] is None and rows[2]["depth_normal"] == 0
    assert (rows[2]["chrom"], rows[2]["start"], rows[2]["n_unit"]) == ("2", 5, 6)
    write_site_table(path, three_sites(), compare_pair(tumor, normal, SiteRules()), tumor, None)
    assert read_site_table(path)[0]["depth_normal"] is None
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + b"1\tx\n"))
    with pytest.raises(InputError, match="row 5"):
        read_site_table(path)


def test_a_baseline_comes_back_by_its_places(tmp_path):
    path = tmp_path / "baseline.tsv.gz"
    allele = np.zeros((3, 20), bool)
    allele[0, [12, 14]] = allele[2, 11] = True
    baseline = Baseline(np.array([6, 0, 7]), allele, np.array([0.1, 0.5, 0.25]), np.array([0, 0, 0.1]))
    write_baseline(path, three_sites(), baseline)
    again = read_baseline(path, three_sites().where(np.array([2, 1, 0])), 20)
    assert again.n_normal.tolist() == [7, 0, 6] and (again.allele == allele[::-1]).all()
    assert again.mean[[0, 2]].tolist() == [0.25, 0.1] and again.sd[[0, 2]].tolist() == [0.1, 0]
    other = Sites.of(
        {name: getattr(three_sites(), name) for name in COLUMNS if name not in ("n_unit", "chrom")}
        | {"chrom": ["x"] * 3}
    )
    with pytest.raises(ReferenceMismatchError, match="shares no microsatellite"):
        read_baseline(path, other, 20)
    (tmp_path / "no.tsv").write_text("chrom\n")
    with pytest.raises(InputError, match="is no baseline"):
        read_baseline(tmp_path / "no.tsv", three_sites(), 20)


@pytest.mark.parametrize(
    "values", ["5\t12\tnan\t0", "5\t12\t2\t0", "5\t12\t0\t0", "5\t12\t-3\t0", "5\t12\t0.1\tnan", "5\t12\t0.1\t-1",
               "5\t12\t0.1\tinf", "-5\t12\t0.1\t0", "5\t-1\t0.1\t0"],
)  # fmt: skip
def test_a_baseline_with_impossible_values_is_refused(tmp_path, values):
    sites = three_sites()
    write_baseline(
        tmp_path / "b.tsv.gz",
        sites,
        Baseline(*(np.ones(3, int), np.eye(3, 20, dtype=bool)), *[np.full(3, 0.1)] * 2),
    )
    lines = gzip.decompress((tmp_path / "b.tsv.gz").read_bytes()).decode().splitlines()
    lines[2] = "\t".join([*lines[2].split("\t")[:4], values])
    (tmp_path / "b.tsv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="row 3: is no row of a baseline"):
        read_baseline(tmp_path / "b.tsv", sites, 20)


def test_every_threshold_has_its_reason():
    definition = read_msi_definition()
    given = definition.as_dict()
    names = {name for part in ("scan", "site", "score") for name in given[part]} | {
        "min_mapping_quality",
        "min_normal",
    }
    assert set(definition.reasons) == names
    assert (definition.score.high_pct, definition.score.low_pct, definition.score.min_site) == (10, 3.5, 50)
    assert (definition.site.min_depth, definition.site.fdr) == (20, 0.05)
