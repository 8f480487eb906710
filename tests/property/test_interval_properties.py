"""Intervals and gene models against sets of bases."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.features.gene_model import (
    Transcript,
    callable_coding,
    coding_segments,
    join_segments,
    subtract_segments,
    untranslated_segments,
)
from wes_biomarkers.io.bed import Interval, merge_intervals, shared_bases, total_bases

segment = st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda pair: (pair[0], pair[0] + pair[1]))
segments = st.lists(segment, max_size=8)
intervals = st.lists(st.builds(lambda c, s: Interval(c, *s), st.sampled_from("ab"), segment), max_size=8)


def bases(pieces):
    return {position for start, end in pieces for position in range(start, end)}


def keyed(pieces):
    return {(i.contig, position) for i in pieces for position in range(i.start, i.end)}


@given(intervals, intervals)
def test_merge_and_share(a, b):
    one, two = merge_intervals(a, "ba"), merge_intervals(b, "ba")
    assert keyed(one) == keyed(a)
    assert total_bases(one) == len(keyed(a))
    assert shared_bases(one, two) == len(keyed(a) & keyed(b))
    assert one == sorted(one, key=lambda i: ("ba".index(i.contig), i.start))
    for left, right in pairwise(one):
        assert left.contig != right.contig or left.end < right.start


@given(segments, segments)
def test_join_and_subtract(a, b):
    assert bases(join_segments(a)) == bases(a)
    assert bases(subtract_segments(join_segments(a), join_segments(b))) == bases(a) - bases(b)


@st.composite
def transcripts(draw):
    lengths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=6))
    gaps = draw(st.lists(st.integers(1, 9), min_size=len(lengths), max_size=len(lengths)))
    at, exons = 0, []
    for length, gap in zip(lengths, gaps, strict=True):
        exons.append((at + gap, at + gap + length))
        at += gap + length
    positions = sorted(bases(exons))
    low = draw(st.integers(0, len(positions) - 1))
    high = draw(st.integers(low, len(positions) - 1))
    cds = tuple(
        (max(a, positions[low]), min(b, positions[high] + 1))
        for a, b in exons
        if a <= positions[high] and b > positions[low]
    )
    strand, phase = draw(st.sampled_from("+-")), draw(st.integers(0, 2))
    return Transcript("t", "g", "G", "b", "protein_coding", "c", strand, tuple(exons), cds, phase)


@given(transcripts())
def test_untranslated_and_coding_make_up_the_exons(transcript):
    utr = [(a, b) for _, a, b in untranslated_segments(transcript)]
    assert bases(utr) | bases(transcript.cds) == bases(transcript.exons)
    assert not bases(utr) & bases(transcript.cds)


@given(transcripts())
def test_phases_point_at_whole_codons(transcript):
    """Walking base by base: the base at a segment's phase starts a codon."""
    ordered = [p for a, b in transcript.cds for p in range(a, b)]
    ordered = ordered if transcript.strand == "+" else ordered[::-1]
    starts = set(ordered[transcript.phase :: 3])
    for start, end, phase in coding_segments(transcript):
        first = start + phase if transcript.strand == "+" else end - 1 - phase
        if phase < end - start:
            assert first in starts


@given(transcripts())
def test_callable_coding_adds_intron_alone(transcript):
    grown, coding = bases(callable_coding(transcript, 10**6)), bases(transcript.cds)
    extra = grown - coding
    assert coding <= grown
    assert not extra & bases(transcript.exons)
    assert all(transcript.start < position < transcript.end for position in extra)
    assert all(extra_near(position, coding) for position in extra)


def extra_near(position, coding):
    return any(position + step in coding for step in (-2, -1, 1, 2))
