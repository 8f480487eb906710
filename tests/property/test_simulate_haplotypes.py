"""Haplotypes: bases no variant touches are found where `lift` says, whatever variants were applied."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.simulate.haplotypes import make_haplotype
from wes_biomarkers.simulate.variants import Variant, normalise


@st.composite
def contig_with_variants(draw: st.DrawFn) -> tuple[str, list[Variant]]:
    sequence = draw(st.text("ACGT", min_size=40, max_size=200))
    variants: list[Variant] = []
    place = 1
    while place < len(sequence) - 8 and len(variants) < 8:
        place += draw(st.integers(0, 20))
        ref = sequence[place : place + draw(st.integers(1, 4))]
        alt = draw(st.text("ACGT", min_size=1, max_size=4))
        if ref and ref != alt and place + len(ref) < len(sequence):
            variants.append(Variant("x", place, ref, alt))
        place += 5
    return sequence, variants


@settings(max_examples=150, deadline=None)
@given(contig_with_variants())
def test_untouched_bases_are_found_where_lift_says(case: tuple[str, list[Variant]]) -> None:
    sequence, variants = case
    haplotype = make_haplotype(sequence, variants)
    touched = {pos for v in variants for pos in range(v.pos, v.end)}
    positions = [pos for pos in range(len(sequence)) if pos not in touched]
    lifted = haplotype.lift(np.array(positions, dtype=np.int64))
    assert "".join(haplotype.sequence[i] for i in lifted) == "".join(sequence[i] for i in positions)
    assert len(haplotype.sequence) == len(sequence) + sum(len(v.alt) - len(v.ref) for v in variants)
    for variant in variants:
        at = int(haplotype.lift(np.array([variant.pos], dtype=np.int64))[0])
        assert haplotype.sequence[at : at + len(variant.alt)] == variant.alt


@settings(max_examples=150, deadline=None)
@given(contig_with_variants())
def test_normal_form_keeps_the_sequence_and_is_stable(case: tuple[str, list[Variant]]) -> None:
    sequence, variants = case
    for variant in variants:
        normal = normalise(sequence, variant)
        assert make_haplotype(sequence, [normal]).sequence == make_haplotype(sequence, [variant]).sequence
        assert normalise(sequence, normal) == normal
        assert len(normal.ref) + len(normal.alt) <= len(variant.ref) + len(variant.alt) + 1
