import math

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.features.consequence import counted_terms
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.tmb import Definition, Evidence, Filters, Pair, compute_tmb, poisson_interval

PAIR = Pair("P1", "T_vs_N")
WES = Definition(
    id="wes",
    doc="",
    counts=counted_terms(["missense", "frameshift"]),
    denominator="callable_coding",
    filters=Filters(True, 0.05, 20, 3, 3, 0.001),
    high_per_mb=10.0,
    high_count=175,
    high_count_min_mb=20.0,
    not_evaluable_below_mb=0.5,
    flag_below_mb=1.0,
)
TWO_MB = Region.of([("1", 0, 2_000_000)])


def variant(**changes):
    row = {
        "chrom": "1",
        "start": 100,
        "end": 101,
        "ref": "A",
        "alt": "C",
        "kind": "snv",
        "is_pass": True,
        "vaf": 0.3,
        "t_alt": 30.0,
        "t_depth": 100.0,
        "n_alt": 0.0,
        "population_af": math.nan,
        "consequence": "missense_variant",
        "gene": "G",
        "aa_change": None,
    }
    return row | changes


def frame(*rows):
    return pd.DataFrame([variant(**row) for row in rows], columns=list(variant()))


def record(*rows, definition=WES, **evidence):
    return compute_tmb(frame(*rows), definition, Evidence(**{"callable_region": TWO_MB} | evidence), PAIR)


# Garwood 1936 as tabulated by Ulm 1990 (Am J Epidemiol 131:373): exact 95 % limits of a Poisson count.
@pytest.mark.parametrize(
    ("n", "lower", "upper"),
    [
        (0, 0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.242, 7.225),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (20, 12.217, 30.888),
        (50, 37.111, 65.919),
        (100, 81.364, 121.627),
    ],
)
def test_poisson_interval_is_garwoods(n, lower, upper):
    assert poisson_interval(n) == pytest.approx((lower, upper), abs=6e-4)


def test_rate_is_count_by_callable_mb_with_its_interval():
    made = record(*[{"start": 10 * i, "end": 10 * i + 1} for i in range(10)])
    assert (made.status, made.numerator, made.denominator) == ("ok", 10, 2.0)
    assert made.values["tmb_per_mb"] == 5.0
    assert made.ci == pytest.approx((4.795 / 2, 18.390 / 2), abs=1e-3)
    assert made.values["tmb_high"] is False


@pytest.mark.parametrize(
    ("column", "passes", "fails"),
    [
        ("vaf", 0.05, 0.0499),
        ("t_depth", 20, 19),
        ("t_alt", 3, 2),
        ("n_alt", 3, 4),
        ("population_af", 0.001, 0.0011),
        ("is_pass", True, False),
        ("consequence", "frameshift_variant", "splice_region_variant"),
        ("end", 101, 100),
    ],
)
def test_every_filter_at_its_boundary(column, passes, fails):
    changes = {"start": 100} if column != "end" else {"start": 99}
    region = TWO_MB if column != "end" else Region.of([("1", 100, 2_000_100)])
    assert record({**changes, column: passes}, callable_region=region).numerator == 1
    assert record({**changes, column: fails}, callable_region=region).numerator == 0


@pytest.mark.parametrize("column", ["vaf", "t_depth", "t_alt", "n_alt"])
def test_unknown_reads_are_left_out_and_said(column):
    made = record(*[{}] * 4, {column: math.nan})
    assert (made.status, made.numerator) == ("ok", 4)
    assert made.reason.startswith("1 variants left out") and "needs_review" in made.flags


def test_more_than_a_fifth_of_unknown_reads_gives_no_rate():
    made = record(*[{}] * 3, {"t_alt": math.nan})
    assert (made.status, made.values["tmb_per_mb"]) == ("not_evaluable", None)
    assert made.reason.startswith("the reads or allele fraction of 1 of 4 mutations are unknown")
    none = record({"vaf": math.nan, "t_alt": math.nan})
    assert none.status == "not_evaluable" and "needs_review" in none.flags


def test_unknown_reads_of_a_variant_that_fails_anyway_are_not_mentioned():
    made = record({}, {"vaf": math.nan, "t_alt": 1})
    assert made.numerator == 1 and made.reason == ""


def test_unseen_in_the_population_resource_counts():
    assert record({"population_af": math.nan}).numerator == 1


def test_kinds_add_up():
    kinds = ["snv", "mnv", "insertion", "deletion", "complex", "symbolic"]
    values = record(*[{"kind": kind} for kind in kinds]).values
    assert [values[k] for k in ("n_mutation", "n_snv", "n_mnv", "n_indel")] == [5, 1, 1, 3]


def test_no_mutation_is_a_measured_zero():
    made = record()
    assert (made.status, made.values["tmb_per_mb"], made.values["n_snv"]) == ("ok", 0.0, 0)
    assert made.ci == pytest.approx((0, 3.689 / 2), abs=1e-3)


def test_below_the_floor_there_is_no_rate_but_the_evidence_stays():
    small = Region.of([("1", 0, 499_999)])
    made = record({}, callable_region=small)
    assert made.status == "not_evaluable" and "0.499999 callable Mb" in made.reason
    assert made.values["tmb_per_mb"] is None and made.values["tmb_high"] is None and made.ci is None
    assert made.values["n_mutation"] == 1 and made.values["callable_mb"] == 0.499999
    assert made.flags == ("below_one_callable_mb",)
    at_floor = record({}, callable_region=Region.of([("1", 0, 500_000)]))
    assert at_floor.status == "ok" and at_floor.flags == ("below_one_callable_mb",)
    assert record({}, callable_region=Region.of([("1", 0, 1_000_000)])).flags == ()


def test_a_lowered_floor_is_flagged():
    made = record({}, callable_region=Region.of([("1", 0, 1000)]), min_callable_mb=0.0005)
    assert made.status == "ok" and "callable_floor_lowered" in made.flags
    raised = record({}, min_callable_mb=3.0)
    assert raised.status == "not_evaluable" and "callable_floor_lowered" not in raised.flags


def test_an_empty_denominator_is_never_divided_by():
    made = record({}, callable_region=Region(), min_callable_mb=0.0)
    assert made.status == "not_evaluable" and made.values["tmb_per_mb"] is None


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"callable_region": None}, "no callable regions"),
        ({"missing": "the VCF has no annotation"}, "no annotation"),
        ({"has_filter": False}, "FILTER"),
        ({"has_normal": False}, "normal"),
    ],
)
def test_what_is_missing_is_said(evidence, words):
    made = record({}, **evidence)
    assert made.status == "not_evaluable" and words in made.reason
    assert all(made.values[name] is None for name in made.values if name != "callable_mb")


def test_flags_of_the_evidence():
    made = record({}, has_population_af=False, specimen="plasma", synthetic=True)
    assert set(made.flags) == {"no_population_af", "low_vaf_specimen", "synthetic"}


def test_high_is_by_rate_and_by_the_count_of_an_exome():
    exome = Region.of([("1", 0, 30_000_000)])
    rows = [{"start": 10 * i, "end": 10 * i + 1} for i in range(175)]
    assert record(*rows, callable_region=exome).values["tmb_high_count"] is True
    assert record(*rows[:-1], callable_region=exome).values["tmb_high_count"] is False
    assert record(*rows[:-1]).values["tmb_high_count"] is None, "too little of the exome to say low"
    assert record(*rows[:20]).values["tmb_high"] is True
    assert record(*rows[:19]).values["tmb_high"] is False


def test_fixed_denominator_needs_no_regions_and_counts_everywhere():
    fixed = Definition("fixed", "", WES.counts, "fixed", fixed_mb=32.1, not_evaluable_below_mb=0.5)
    made = record({}, {"chrom": "9"}, definition=fixed, callable_region=None)
    assert made.numerator == 2 and made.values["tmb_per_mb"] == pytest.approx(2 / 32.1)
    assert made.values["callable_mb"] is None
    assert record({}, definition=fixed, callable_region=Region.of([("1", 0, 9)])).status == "not_evaluable"


def test_panel_needs_its_regions_and_drivers_and_leaves_drivers_out():
    panel = Definition("panel", "", WES.counts, "panel", needs=("known_drivers",))
    region = Region.of([("1", 0, 1_000_000)])
    rows = ({}, {"start": 200, "end": 201}, {"start": 1_500_000, "end": 1_500_001})
    assert record(*rows, definition=panel).status == "not_requested"
    assert record(*rows, definition=panel, panel_region=region).status == "not_requested"
    driver = np.array([True, False, False])
    made = record(*rows, definition=panel, panel_region=region, is_driver=driver)
    assert (made.numerator, made.denominator) == (1, 1.0)


def test_clonal_definitions_wait_for_clonality():
    clonal = Definition("clonal", "", WES.counts, "callable_coding", needs=("clonality",))
    made = record({}, definition=clonal)
    assert made.status == "not_requested" and "clonality" in made.reason
