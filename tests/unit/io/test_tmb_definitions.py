import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.consequence import CLASSES
from wes_biomarkers.io.definitions import read_tmb_definitions

OWN = """
[mine]
like = "wes_nonsyn"
counts = ["missense", "splice_region_variant"]
[mine.filters]
min_vaf = 0.2
[mine.reasons]
min_vaf = "our validation"
"""


def test_the_registry_is_that_of_the_documentation():
    known = read_tmb_definitions()
    assert list(known) == [
        "wes_nonsyn",
        "wes_all",
        "wes_nonsyn_ffpe",
        "wes_nonsyn_clonal",
        "wes_persistent",
        "wes_frameshift",
        "friends_wes",
        "panel_like",
    ]
    default = known["wes_nonsyn"]
    f = default.filters
    assert (f.min_vaf, f.min_alt_reads, f.max_normal_alt_reads, f.max_population_af) == (0.05, 3, 3, 0.001)
    assert (default.high_per_mb, default.high_count) == (10, 175)
    assert (default.not_evaluable_below_mb, default.flag_below_mb) == (0.5, 1)
    assert known["wes_frameshift"].counts == CLASSES["frameshift"]
    for name in ("wes_nonsyn_clonal", "wes_persistent"):
        assert (known[name].max_indeterminate_fraction, known[name].high_per_mb) == (0.2, None)
    assert known["wes_all"].counts - default.counts == CLASSES["synonymous"]
    assert known["wes_nonsyn_ffpe"].filters.min_vaf == 0.10
    assert known["wes_nonsyn_ffpe"].filters.max_normal_alt_reads == 3
    friends = known["friends_wes"]
    assert (friends.fixed_mb, friends.filters.min_depth, friends.filters.min_vaf) == (32.1, 25, 0.05)
    assert not friends.counts & CLASSES["splice"] and friends.filters.max_population_af is None


def test_own_definitions_are_added(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    known = read_tmb_definitions(path)
    assert len(known) == 9
    assert known["mine"].counts == {
        "missense_variant",
        "rare_amino_acid_variant",
        "initiator_codon_variant",
        "splice_region_variant",
    }
    assert (known["mine"].filters.min_vaf, known["mine"].filters.min_alt_reads) == (0.2, 3)
    assert known["mine"].reasons["min_vaf"] == "our validation"
    assert known["wes_nonsyn"].filters.min_vaf == 0.05


def test_every_fault_is_listed(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(
        """
[wes_all]
counts = ["missense"]
[one]
counts = ["missence", "nonsense"]
denominator = "genome"
colour = "red"
[one.filters]
min_vaf = 5
min_depth = 2.5
min_reads = 3
require_pass = "yes"
[two]
counts = []
denominator = "fixed"
kinds = ["snp"]
needs = ["luck"]
[three]
like = "nothing"
[four]
like = "wes_nonsyn"
[four.cutoffs]
high_per_mb = -1
[five]
counts = ["missense"]
denominator = "callable_coding"
[five.filters]
min_vaf = 0.1
"""
    )
    with pytest.raises(InputError) as caught:
        read_tmb_definitions(path)
    places = {fault.column for fault in caught.value.faults}
    assert places >= {
        "wes_all",
        "one.counts",
        "one.denominator",
        "one.colour",
        "one.filters.min_vaf",
        "one.filters.min_depth",
        "one.filters.min_reads",
        "one.filters.require_pass",
        "two.counts",
        "two.fixed_mb",
        "two.kinds",
        "two.needs",
        "three.like",
        "four.cutoffs.high_per_mb",
        "five.reasons.min_vaf",
    }
    assert {fault.file for fault in caught.value.faults} == {str(path)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[x", "not valid TOML"),
        ("", "no definition"),
        ("x = 1", "not a table"),
        ('[a]\nlike = "b"\n[b]\nlike = "a"', "no other definition"),
    ],
)
def test_unfit_files(tmp_path, text, words):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_tmb_definitions(path)


def test_a_changed_threshold_needs_its_own_reason(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        """
[stricter]
like = "wes_nonsyn"
[stricter.filters]
min_vaf = 0.2
min_alt_reads = 3
[stricter.cutoffs]
high_per_mb = 20
[stricter.floors]
flag_below_mb = 2
[longer]
like = "friends_wes"
fixed_mb = 35
[again]
like = "stated"
[again.filters]
min_vaf = 0.4
[stated]
like = "wes_nonsyn"
[stated.filters]
min_vaf = 0.3
[stated.reasons]
min_vaf = "protocol"
[blank]
like = "stated"
[blank.filters]
min_vaf = 0.5
[blank.reasons]
min_vaf = " "
"""
    )
    with pytest.raises(InputError) as caught:
        read_tmb_definitions(path)
    assert sorted(fault.column for fault in caught.value.faults) == [
        "again.reasons.min_vaf",
        "blank.reasons.min_vaf",
        "longer.reasons.fixed_mb",
        "stricter.reasons.flag_below_mb",
        "stricter.reasons.high_per_mb",
        "stricter.reasons.min_vaf",
    ]


def test_a_threshold_set_to_what_it_was_keeps_its_reason(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[same]\nlike = "wes_nonsyn"\n[same.filters]\nmin_vaf = 0.05\n')
    known = read_tmb_definitions(path)
    assert known["same"].reasons["min_vaf"] == known["wes_nonsyn"].reasons["min_vaf"]


@pytest.mark.parametrize("value", ["inf", "nan", "-inf", "1e400", "9" * 400])
def test_thresholds_are_finite(tmp_path, value):
    path = tmp_path / "own.toml"
    path.write_text(
        f'[a]\nlike = "wes_nonsyn"\nfixed_mb = {value}\n[a.filters]\nmin_depth = {value}\n'
        f"[a.floors]\nflag_below_mb = {value}\n"
    )
    with pytest.raises(InputError) as caught:
        read_tmb_definitions(path)
    assert {fault.column for fault in caught.value.faults} >= {
        "a.fixed_mb",
        "a.filters.min_depth",
        "a.floors.flag_below_mb",
    }
