"""Pieces that no wild-type protein has, their counterparts, and the names of changes."""

import pytest

from wes_biomarkers.neoantigens.windows import (
    changed_span,
    counterpart,
    differing,
    is_natural,
    name_change,
    new_windows,
)


@pytest.mark.parametrize(
    ("wildtype", "mutated", "consequence", "name"),
    [
        ("MAVK", "MAEK", "missense_variant", "p.V3E"),
        ("MAVK", "MAEE", "missense_variant", "p.V3_K4delinsEE"),
        ("MAAAK", "MAAK", "inframe_deletion", "p.A4del"),
        ("MAVLK", "MAK", "inframe_deletion", "p.V3_L4del"),
        ("MAVK", "MAGVK", "inframe_insertion", "p.A2_V3insG"),
        ("MAVK", "MAKTR", "frameshift_variant", "p.V3fs"),
        ("MAVK", "MA", "stop_gained", "p.V3*"),
        ("MAWGK", "MAC", "stop_gained", "p.W3delinsC*"),
        ("MAVK", "MAVKQLL", "stop_lost", "p.*5Qext*3"),
        ("MAVK", "MLTV", "start_lost", "p.M1?"),
    ],
)
def test_names(wildtype, mutated, consequence, name):
    assert name_change(wildtype, mutated, consequence) == name


@pytest.mark.parametrize(
    ("mutated", "wildtype", "span"),
    [
        ("MAEK", "MAVK", (2, 3, 3)),
        ("MAK", "MAVLK", (2, 2, 4)),
        ("MAAAK", "MAAK", (3, 4, 3)),
        ("MA", "MA", (2, 2, 2)),
    ],
)
def test_changed_span(mutated, wildtype, span):
    assert changed_span(mutated, wildtype) == span


def test_windows_touch_the_change_or_reach_over_a_junction():
    assert list(new_windows("MAEKL", (2, 3), 2, ["MAVKL"])) == [(1, "AE"), (2, "EK")]
    assert list(new_windows("MAKL", (2, 2), 2, ["MAVKL"])) == [(1, "AK")]
    assert list(new_windows("MAEKL", (2, 3), 2, ["MAVKL", "XXAEXX"])) == [(2, "EK")]
    assert list(new_windows("MAEK", (2, 3), 5, ["MAVK"])) == []


def test_counterparts():
    assert counterpart("AEK", 1, "MAVKL", lambda at: at) == "AVK"
    assert counterpart("KLM", 3, "MAVKL", lambda at: at) is None
    assert counterpart("AEK", 1, "MAVKL", lambda at: None) is None
    behind = {0: 0, 1: 1, 2: 4, 3: 5, 4: 6}  # two residues deleted behind the second
    assert counterpart("MAQ", 0, "MAVVQRS", behind.get) == "MAV"
    assert counterpart("AQRS", 1, "MAVVQRS", behind.get) == "VQRS"
    assert differing("AEK", "AVK") == (1,) and differing("AEK", None) == (0, 1, 2)


def test_natural_peptides():
    assert is_natural("ACDEFGHIKLMNPQRSTVWY")
    assert not is_natural("ACU") and not is_natural("AXC")
