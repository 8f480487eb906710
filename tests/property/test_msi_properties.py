"""Invariants of the scan and of the comparison of lengths."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wes_biomarkers.features.microsatellites import ScanRules, find_repeats
from wes_biomarkers.features.msi_sites import SiteRules, chi_square_p, compare_pair
from wes_biomarkers.stats.multiplicity import benjamini_hochberg
from wes_biomarkers.stats.proportions import wilson_interval

RULES = ScanRules(min_unit=(4, 3, 3, 3, 3), max_length=60, flank=2, pad=0)
TEXT = st.lists(st.sampled_from(["A", "C", "G", "T", "N", "AC", "ACG", "AAAG", "ACGTT"]).flatmap(
    lambda unit: st.integers(1, 6).map(lambda n: unit * n)), max_size=12).map("".join)  # fmt: skip
COUNTS = arrays.arrays(np.int64, (4, 8), elements=st.integers(0, 80))


@settings(deadline=None)
@given(TEXT)
def test_every_repeat_is_pure_whole_and_long_enough(text):
    for start, end, size in zip(*find_repeats(text.encode(), RULES), strict=True):
        inside = text[start:end]
        assert set(inside) <= set("ACGT") and all(
            inside[i] == inside[i - size] for i in range(size, len(inside))
        )
        assert RULES.min_unit[size - 1] * size <= end - start <= RULES.max_length
        assert start == 0 or text[start - 1] != text[start - 1 + size]
        assert end == len(text) or text[end] != text[end - size]
        assert all(inside[:size] != inside[:k] * (size // k) for k in range(1, size) if size % k == 0)


@settings(deadline=None)
@given(TEXT)
def test_the_other_strand_has_the_same_repeats(text):
    mirrored = text[::-1].translate(str.maketrans("ACGT", "TGCA"))
    there = {
        (len(text) - end, len(text) - start, size)
        for start, end, size in zip(*find_repeats(mirrored.encode(), RULES), strict=True)
    }
    assert there == set(zip(*(column.tolist() for column in find_repeats(text.encode(), RULES)), strict=True))


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_p_is_a_probability_and_does_not_care_who_is_first(tumor, normal):
    p = chi_square_p(tumor, normal, 5)
    assert ((p >= 0) & (p <= 1)).all()
    assert np.allclose(p, chi_square_p(normal, tumor, 5))
    assert np.allclose(chi_square_p(tumor, tumor, 5), 1)


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_masks_nest_and_unknown_stays_unknown(tumor, normal):
    tests = compare_pair(tumor, normal, SiteRules())
    assert (tests.evaluable | ~tests.unstable).all() and (tests.unstable | ~tests.imbalance).all()
    for values in (tests.p, tests.q, tests.shift):
        assert (np.isnan(values) == ~tests.evaluable).all()
    assert (tests.q[tests.evaluable] >= tests.p[tests.evaluable] - 1e-12).all()


@given(arrays.arrays(float, st.integers(0, 30), elements=st.floats(0, 1)))
def test_adjusted_p_keep_their_order_and_bounds(p):
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-12).all() and (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-12).all()


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_its_share(pair):
    k, n = pair
    lower, upper = wilson_interval(k, n)
    assert 0 <= lower <= k / n <= upper <= 1 and lower < upper
