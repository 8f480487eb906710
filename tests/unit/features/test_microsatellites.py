import re

import numpy as np
import pytest

from wes_biomarkers.features.microsatellites import ScanRules, Sites, find_repeats, find_sites

RULES = ScanRules(min_unit=(6, 4, 3, 3, 3), max_length=40, flank=3, pad=0)


def repeats(text, rules=RULES):
    start, end, size = (column.tolist() for column in find_repeats(text.encode(), rules))
    return list(zip(start, end, size, strict=True))


def by_regular_expression(text, rules):
    """Independent: every maximal run of a period, by a backreference from each start."""
    found = set()
    for size, least in enumerate(rules.min_unit, 1):
        for match in re.finditer(rf"(?=((?:[ACGT]{{{size}}})))", text):
            at, unit = match.start(), match.group(1)
            if any(size % k == 0 and unit == unit[:k] * (size // k) for k in range(1, size)):
                continue
            end = at + size
            while end < len(text) and text[end] == text[end - size]:
                end += 1
            goes_left = at > 0 and text[at - 1] == text[at - 1 + size]
            if not goes_left and least * size <= end - at <= rules.max_length:
                found.add((at, end, size))
    return sorted(found, key=lambda row: (row[0], row[2]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CC" + "A" * 6 + "GG", [(2, 8, 1)]),
        ("A" * 5, []),
        ("GTCTCTCTCAA", [(1, 9, 2)]),  # TCTCTCTC
        ("GGCACACACACTT", [(2, 11, 2)]),  # a last broken unit belongs to it
        ("TTACGACGACGTT", [(2, 11, 3)]),
        ("GACAGACAGACAT", [(0, 12, 4)]),
        ("CCAAAAGAAAAGAAAAGT", [(2, 17, 5)]),
        ("AAAANAAAA", []),  # N ends a repeat
        ("NNNNNNNNNN", []),
        ("aaaaaaCC", [(0, 6, 1)]),
        ("A" * 41, []),  # longer than a read can hold
        ("", []),
        ("ACG", []),
    ],
)
def test_repeats_as_written(text, expected):
    assert repeats(text) == expected


def test_a_unit_of_a_shorter_one_is_left_to_the_shorter():
    assert repeats("GG" + "AC" * 8 + "TT") == [(2, 18, 2)]  # not also ACAC
    assert repeats("G" + "A" * 20 + "C") == [(1, 21, 1)]


@pytest.mark.parametrize("seed", range(5))
def test_random_sequences_agree_with_a_regular_expression(seed):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("ACGTN"), 3000, p=[0.5, 0.3, 0.1, 0.09, 0.01]))
    assert repeats(text) == by_regular_expression(text, RULES)
    assert len(repeats(text)) > 10


def test_sites_need_both_flanks_within_their_piece():
    text = "GCG" + "A" * 6 + "CGC"
    sites = find_sites("c", [(1000, text)], RULES)
    assert (sites.chrom.tolist(), sites.start.tolist(), sites.end.tolist()) == (["c"], [1003], [1009])
    assert (sites.unit.tolist(), sites.left_flank.tolist(), sites.right_flank.tolist()) == (
        ["A"],
        ["GCG"],
        ["CGC"],
    )
    assert sites.n_unit.tolist() == [6]
    assert sites.label(0) == "c:1004-1009 (A)6"
    assert len(find_sites("c", [(1000, text[1:])], RULES)) == 0
    assert len(find_sites("c", [(1000, text[:-1])], RULES)) == 0
    assert len(find_sites("c", [(1000, "GCN" + text[3:])], RULES)) == 0


def test_pieces_do_not_touch():
    halves = [(0, "GCGAAA"), (6, "AAACGC")]
    assert len(find_sites("c", halves, RULES)) == 0
    assert len(find_sites("c", [(0, "GCGAAAAAACGC"), (500, "gcgccccccatg")], RULES)) == 2


def test_no_pieces_and_no_sites():
    assert len(find_sites("c", [], RULES)) == 0
    empty = find_sites("c", [(0, "ACGT")], RULES)
    assert len(empty) == 0 and empty.n_unit.tolist() == []


def test_units_count_whole_ones():
    sites = Sites.of(
        {"chrom": ["c"], "start": [0], "end": [11], "unit": ["CA"], "left_flank": ["G"], "right_flank": ["T"]}
    )
    assert (
        sites.n_unit.tolist() == [5] and sites.unit_length.tolist() == [2] and sites.length.tolist() == [11]
    )
