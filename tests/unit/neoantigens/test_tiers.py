"""Tiers by rules that are data."""

import numpy as np
import pytest

from wes_biomarkers.io.neoantigens import read_rules
from wes_biomarkers.neoantigens.tiers import Condition, TierRule, Tiers, assign_tiers, holds

TOP = {"rank_pct": 0.2, "binder": 1.0, "strong": 1.0, "hla_lost": 0.0, "expression_tpm": 9.0, "anchor": "outside",
       "clonality": "clonal", "mhc_class": "I"}  # fmt: skip


def judged(**changes):
    row = TOP | changes
    columns = {
        name: np.array([value], float if isinstance(value, float) else object) for name, value in row.items()
    }
    tiers = read_rules().tiers
    place, reason = assign_tiers(columns, tiers)
    return tiers.order[place[0]], reason[0]


@pytest.mark.parametrize(
    ("changes", "tier", "words"),
    [
        ({}, "top", "strong binder"),
        ({"strong": 0.0, "rank_pct": 1.5}, "candidate", "weak binder"),
        ({"expression_tpm": 0.99}, "low_expression", "fewer than 1"),
        ({"expression_tpm": 0.0}, "not_expressed", "not expressed"),
        ({"clonality": "subclonal"}, "subclonal", "part of the tumour's cells"),
        ({"anchor": "as_wildtype"}, "anchor", "tolerant"),
        ({"anchor": "gained"}, "top", "strong binder"),
        ({"hla_lost": 1.0}, "hla_lost", "lost the allele"),
        ({"binder": 0.0, "strong": 0.0, "rank_pct": 9.0}, "poor", "too weakly"),
        ({"binder": np.nan, "strong": np.nan, "rank_pct": np.nan}, "unknown", "cannot be predicted"),
        ({"clonality": "subclonal", "hla_lost": 1.0}, "hla_lost", "lost the allele"),
    ],
)
def test_each_rule(changes, tier, words):
    found, reason = judged(**changes)
    assert found == tier and words in reason


def test_what_is_unknown_is_said_and_no_fault():
    assert judged(expression_tpm=np.nan, clonality=None, hla_lost=np.nan) == (
        "top", "strong binder; expression, clonality, HLA loss unknown",
    )  # fmt: skip
    assert judged(clonality="indeterminate") == ("top", "strong binder; clonality unknown")
    assert judged(hla_lost=np.nan, mhc_class="II") == ("top", "strong binder")


def test_unknown_values_meet_no_test():
    columns = {"x": np.array([np.nan, 1.0]), "y": np.array([None, "a"], object)}
    assert holds(Condition("x", "at_most", 2), columns).tolist() == [False, True]
    assert holds(Condition("x", "is", 0), columns).tolist() == [False, False]
    assert holds(Condition("y", "is", "a"), columns).tolist() == [False, True]
    assert holds(Condition("y", "unknown", True), columns).tolist() == [True, False]


def test_rules_with_a_gap_are_an_error():
    tiers = Tiers(("a",), (TierRule("a", "", (Condition("strong", "is", 1.0),)),))
    columns = {name: np.array([value]) for name, value in (TOP | {"strong": 0.0}).items()}
    with pytest.raises(ValueError, match="no rule"):
        assign_tiers(columns, tiers)


def test_every_tier_of_the_rules_has_its_place():
    tiers = read_rules().tiers
    assert {rule.tier for rule in tiers.rules} == set(tiers.order)
