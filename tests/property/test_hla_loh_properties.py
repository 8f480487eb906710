"""What must hold of HLA loss for any reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.ccf import Purity
from wes_biomarkers.features.hla_loh import Locus, LocusReads, Tumor, judge_locus, measure_imbalance
from wes_biomarkers.io.hla_loh import read_rules

RULES = read_rules()[0]
sites = st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=6, max_size=25)


def reads_of(rows) -> LocusReads:
    table = np.array(rows, np.int64).T
    return LocusReads(table[:2], table[2:])


def judge(reads: LocusReads, total_cn: float | None, purity: float):
    return judge_locus(Locus("A", "first", "second", reads, total_cn), Tumor(Purity(purity), 2.0, 1.0), RULES)


@settings(max_examples=60, deadline=None)
@given(rows=sites, total=st.none() | st.integers(0, 6), purity=st.floats(0.1, 1))
def test_exchanged_alleles_exchange_the_result(rows, total, purity):
    one = judge(reads_of(rows), total, purity)
    two = judge(reads_of([(b, a, d, c) for a, b, c, d in rows]), total, purity)
    assert one.state == two.state
    assert {one.lost_allele, two.lost_allele} in ({""}, {"first", "second"})
    if one.copies is not None and two.copies is not None:
        assert one.p_value == pytest.approx(two.p_value, abs=1e-9)
        for left, right in zip(one.copies, two.copies[::-1], strict=True):
            assert vars(left) == pytest.approx(vars(right), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(rows=sites, total=st.none() | st.integers(0, 6), purity=st.floats(0.1, 1))
def test_intervals_hold_the_estimate_and_states_have_reasons(rows, total, purity):
    found = judge(reads_of(rows), total, purity)
    assert bool(found.reason) == (found.state in ("review", "not_evaluable"))
    for copies in found.copies or ():
        assert 0 <= copies.low <= copies.value <= copies.high <= copies.limit
    if found.state == "loss":
        assert found.copies is not None and min(copies.value for copies in found.copies) < 0.5


@settings(max_examples=60, deadline=None)
@given(rows=sites, empty=st.integers(0, 5))
def test_sites_without_reads_change_nothing(rows, empty):
    reads = reads_of(rows)
    if not (reads.tumor.sum() and reads.normal.sum()):
        return
    one, two = measure_imbalance(reads), measure_imbalance(reads_of([*rows, *[(0, 0, 0, 0)] * empty]))
    assert one == two
