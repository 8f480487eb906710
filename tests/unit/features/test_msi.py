import math

import numpy as np
import pytest

from wes_biomarkers.features.microsatellites import Sites
from wes_biomarkers.features.msi import (
    TUMOR_ONLY,
    ScoreRules,
    Subject,
    compute_msi,
    msi_class,
    msi_not_evaluable,
)
from wes_biomarkers.features.msi_sites import SiteTests
from wes_biomarkers.stats.proportions import wilson_interval

PAIR = Subject("P1", "T_vs_N")
RULES = ScoreRules()


def sites(n):
    return Sites.of(
        {
            "chrom": ["chr1"] * n,
            "start": range(0, 100 * n, 100),
            "end": range(12, 100 * n + 12, 100),
            "unit": ["A"] * n,
            "left_flank": ["CGCGC"] * n,
            "right_flank": ["GCGCG"] * n,
        }
    )


def record(n=100, n_unstable=0, *, n_shallow=0, n_imbalance=0, rules=RULES, **options):
    row = np.arange(n)
    evaluable = row >= n_shallow
    unstable = row >= n - n_unstable
    values = np.where(evaluable, row / n, math.nan)
    tests = SiteTests(evaluable, values, values, values, unstable, row >= n - n_imbalance)
    return compute_msi(sites(n), tests, rules, PAIR, **options)


# Wilson 1927's interval as in Newcombe 1998 (Stat Med 17:857), table I, method 3.
@pytest.mark.parametrize(
    ("k", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_as_published(k, n, lower, upper):
    assert wilson_interval(k, n) == pytest.approx((lower, upper), abs=6e-5)


def test_interval_holds_the_share_at_both_ends():
    assert wilson_interval(0, 50)[0] == 0 and wilson_interval(50, 50)[1] == 1
    assert wilson_interval(50, 50)[0] == pytest.approx(1 - wilson_interval(0, 50)[1])


def test_the_score_is_unstable_of_evaluable():
    made = record(n=120, n_unstable=15, n_shallow=20)
    assert (made.status, made.feature, made.definition_id) == ("ok", "msi", "msi_paired")
    assert made.values["msi_score"] == 15.0 and made.values["msi_class"] == "high"
    assert (made.numerator, made.denominator) == (15, 100)
    assert made.ci == pytest.approx(tuple(100 * limit for limit in wilson_interval(15, 100)))
    assert (made.values["n_site"], made.values["n_site_evaluable"]) == (120, 100)
    assert made.flags == ()


@pytest.mark.parametrize(
    ("score", "name"),
    [(0, "stable"), (3.499, "stable"), (3.5, "low"), (9.99, "low"), (10, "high"), (80, "high")],
)
def test_classes_begin_at_their_cutoffs(score, name):
    assert msi_class(score, ScoreRules()) == name


def test_cutoffs_can_be_set():
    assert msi_class(12, ScoreRules(high_pct=20, low_pct=15)) == "stable"


def test_a_stable_pair_scores_a_measured_zero():
    made = record(n_unstable=0)
    assert made.values["msi_score"] == 0.0 and made.values["msi_class"] == "stable"
    assert made.values["top_site"] == [] and made.ci[0] == 0 and made.ci[1] > 0


def test_below_fifty_sites_nothing_is_scored_but_counts_stay():
    made = record(n=60, n_unstable=9, n_shallow=11)
    assert made.status == "not_evaluable" and "49 of 60 microsatellites" in made.reason
    assert made.values["msi_score"] is None and made.values["msi_class"] is None
    assert made.values["n_site_unstable"] == 9 and made.ci is None
    assert record(n=60, n_shallow=10).status == "ok"


def test_a_lowered_floor_is_flagged_and_no_site_is_never_a_score():
    rules = ScoreRules(min_site=10)
    assert record(n=12, rules=rules).flags == ("site_floor_lowered",)
    assert record(n=12, n_shallow=12, rules=ScoreRules(min_site=0)).status == "not_evaluable"


def test_top_sites_are_those_of_the_largest_shifts():
    assert record(n_unstable=12).values["top_site"][:2] == ["chr1:9901-9912 (A)12", "chr1:9801-9812 (A)12"]
    assert len(record(n_unstable=12).values["top_site"]) == 10


def test_a_class_that_rests_on_lost_alleles_asks_for_review():
    made = record(n_unstable=12, n_imbalance=5)
    assert made.values["msi_class"] == "high" and made.flags == ("needs_review",)
    assert "at 5 unstable sites" in made.reason
    assert record(n_unstable=30, n_imbalance=5).flags == ()


def test_without_a_normal_it_is_flagged_and_lost_alleles_are_unknown():
    made = record(n_unstable=12, definition_id=TUMOR_ONLY)
    assert made.flags == ("no_matched_normal",) and made.values["n_site_imbalance"] is None


def test_specimen_and_simulation_are_flagged():
    made = msi_not_evaluable(
        "no site", Subject("P", "T_vs_N", specimen="plasma", synthetic=True), "msi_paired"
    )
    assert made.flags == ("low_vaf_specimen", "synthetic") and made.reason == "no site"
    assert set(made.values.values()) == {None}
