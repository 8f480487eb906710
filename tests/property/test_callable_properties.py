"""Callable regions against a base-by-base count, with runs cut by the end of a batch."""

from __future__ import annotations

import gzip
import io
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wes_biomarkers.features.callable import callable_runs, join_touching
from wes_biomarkers.io import coverage

contigs = st.lists(
    st.dictionaries(st.integers(0, 30), st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=25),
    max_size=4,
)


def covered(lines: list[tuple[str, int, int]]) -> set[tuple[str, int]]:
    return {(contig, base) for contig, start, end in lines for base in range(start, end)}


@given(contigs, st.integers(1, 3), st.integers(1, 3), st.integers(16, 64))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_write_callable_against_brute_force(tmp_path, depths, min_tumor, min_normal, block):
    rows = [
        (f"ctg{number}", position, tumor, normal)
        for number, by_position in enumerate(depths)
        for position, (tumor, normal) in sorted(by_position.items())
    ]
    text = "".join(
        f"{contig}\t{position + 1}\t{tumor}\t{normal}\n" for contig, position, tumor, normal in rows
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "BLOCK_BYTES", block)
        coverage.write_callable(io.BytesIO(text.encode()), tmp_path / "c.bed.gz", min_tumor, min_normal)
    lines = gzip.decompress((tmp_path / "c.bed.gz").read_bytes()).decode().splitlines()
    found = [(contig, int(start), int(end)) for contig, start, end in (line.split("\t") for line in lines)]

    deep = {
        (contig, position)
        for contig, position, tumor, normal in rows
        if tumor >= min_tumor and normal >= min_normal
    }
    assert covered(found) == deep
    assert found == sorted(found)
    assert all(end > start for _, start, end in found)
    for (left, _, left_end), (right, right_start, _) in pairwise(found):
        assert left != right or right_start > left_end, "runs are as long as they can be"
    assert coverage.read_bed_mb(tmp_path / "c.bed.gz") == pytest.approx(len(deep) / 1e6)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()), unique_by=lambda row: row[:2]),
    st.lists(st.integers(0, 120), max_size=4),
)
def test_cutting_anywhere_and_joining_gives_the_whole(rows, cuts):
    rows.sort()
    contig, position, is_deep = (
        np.array([row[i] for row in rows], kind) for i, kind in enumerate((int, int, bool))
    )
    whole = callable_runs(contig, position, is_deep)
    pieces = [
        callable_runs(*(column[start:end] for column in (contig, position, is_deep)))
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(rows)], strict=True)
    ]
    assert join_touching(np.concatenate(pieces)).tolist() == whole.tolist()

    expected = []
    deep = [(row[0], row[1]) for row in rows if row[2]]
    for (number, _), group in groupby(enumerate(deep), key=lambda item: (item[1][0], item[1][1] - item[0])):
        bases = [base for _, (_, base) in group]
        expected.append([number, bases[0], bases[-1] + 1])
    assert whole.tolist() == expected
