import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from wes_biomarkers.features.consequence import SEVERITY, most_severe
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.tmb import poisson_interval
from wes_biomarkers.io.maf import maf_alleles

intervals = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(0, 12)).map(
        lambda t: (t[0], t[1], t[1] + t[2])
    ),
    max_size=12,
)


def bases(items):
    return {(contig, position) for contig, start, end in items for position in range(start, end)}


@given(intervals, intervals)
def test_regions_agree_with_sets_of_positions(first, second):
    one, two = Region.of(first), Region.of(second)
    assert one.bases == len(bases(first))
    shared = one.intersect(two)
    found = {
        (contig, int(position))
        for contig, (starts, ends) in shared.contigs.items()
        for start, end in zip(starts, ends, strict=True)
        for position in range(start, end)
    }
    assert found == bases(first) & bases(second) and shared.bases == len(found)


@given(intervals, intervals)
def test_overlap_agrees_with_sets_of_positions(region, queries):
    queries = [query for query in queries if query[2] > query[1]]
    contig, start, end = ([q[i] for q in queries] for i in range(3))
    mask = Region.of(region).overlaps(contig, start, end)
    assert mask.tolist() == [bool(bases([query]) & bases(region)) for query in queries]


@given(st.integers(0, 30_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_poisson_interval_is_that_of_chi_square(n, confidence):
    lower, upper = poisson_interval(n, confidence)
    tail = (1 - confidence) / 2
    assert lower == pytest.approx(chi2.ppf(tail, 2 * n) / 2 if n else 0, rel=1e-9)
    assert upper == pytest.approx(chi2.ppf(1 - tail, 2 * n + 2) / 2, rel=1e-9)


@given(st.integers(0, 5000))
def test_poisson_interval_contains_the_count_and_grows_with_it(n):
    lower, upper = poisson_interval(n)
    assert lower <= n <= upper
    higher = poisson_interval(n + 1)
    assert higher[0] > lower and higher[1] > upper
    wider = poisson_interval(n, 0.99)
    assert wider[0] <= lower and wider[1] > upper


@given(st.lists(st.sampled_from(SEVERITY), min_size=1, max_size=5), st.randoms())
def test_order_and_repetition_of_terms_do_not_matter(terms, rng):
    shuffled = terms * 2
    rng.shuffle(shuffled)
    best = min(terms, key=SEVERITY.index)
    assert most_severe("&".join(shuffled)) == (best, SEVERITY.index(best))


@given(
    st.text("ACGT", min_size=20, max_size=30),
    st.integers(0, 12),
    st.integers(1, 5),
    st.text("ACGT", min_size=1, max_size=5),
)
def test_maf_coordinates_rebuild_the_tumour_sequence(genome, start, length, alt):
    ref = genome[start : start + length]
    if ref == alt:
        return
    expected = genome[:start] + alt + genome[start + length :]
    first, last, kind, maf_ref, maf_alt = maf_alleles(start, ref, alt)
    added = "" if maf_alt == "-" else maf_alt
    if kind == "INS" and maf_ref == "-":
        assert last == first + 1
        rebuilt = genome[:first] + added + genome[first:]
    else:
        assert genome[first - 1 : last] == maf_ref
        rebuilt = genome[: first - 1] + added + genome[last:]
    assert rebuilt == expected
    assert np.sign(len(alt) - len(ref)) == {"INS": 1, "DEL": -1}.get(kind, 0)
