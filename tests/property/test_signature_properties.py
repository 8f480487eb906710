"""Invariants of the channels and of the fit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wes_biomarkers.features.mutation_channels import ID83, flank_size, id_channel, reverse_complement
from wes_biomarkers.features.signature_fit import FitSettings, SignatureTable, fit_exposures

FEW_BASES = st.text("AC", min_size=40, max_size=80)


def channel_by_period(what: str, unit: str, haplotype: str, start: int) -> str:
    """The channel by the longest stretch around the unit that repeats with its length: another way to the rules."""
    size, first, last = len(unit), start, start + len(unit)
    while first > 0 and haplotype[first - 1] == haplotype[first - 1 + size]:
        first -= 1
    while last < len(haplotype) and haplotype[last] == haplotype[last - size]:
        last += 1
    n_copy, shared = (last - first) // size - 1, last - first - size
    base = "C" if unit in "CG" else "T"
    if size == 1:
        return f"1:{what}:{base}:{min(n_copy, 5)}"
    if what == "Del" and n_copy == 0 and shared:
        return f"{min(size, 5)}:Del:M:{min(shared, 5)}"
    return f"{min(size, 5)}:{what}:R:{min(n_copy, 5)}"


@given(st.data(), FEW_BASES, st.integers(1, 7), st.sampled_from(["Del", "Ins"]))
def test_an_indel_has_one_channel_however_it_is_aligned_and_on_both_strands(data, bases, size, what):
    start = data.draw(st.integers(0, len(bases) - size))
    unit = bases[start : start + size]  # `bases` holds the deleted or the inserted unit
    before, after, flank = bases[:start], bases[start + size :], flank_size(unit)
    expected = channel_by_period(what, unit, bases, start)
    assert id_channel(what, unit, before[-flank:], after[:flank]) == expected
    other = (reverse_complement(part) for part in (unit, after[:flank], before[-flank:]))
    assert id_channel(what, *other) == expected
    assert expected in ID83


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(1, 4))
def test_exposures_are_none_below_0_sum_to_the_counts_and_know_no_neighbours(seed, n_signature, n_sample):
    rng = np.random.default_rng(seed)
    matrix = rng.dirichlet(np.full(96, 0.3), n_signature).T
    table = SignatureTable("SBS", (), tuple(f"S{i}" for i in range(n_signature)), matrix, "test")
    settings = FitSettings(0.02, ("S0",), 1.0, 30, 10, 0.01, 4.0, 0.5)
    counts = rng.poisson(rng.gamma(0.5, 4.0, (n_sample, 96))).astype(float)
    counts[:, 0] += 1
    exposures = fit_exposures(counts, table, settings)
    np.testing.assert_allclose(exposures.sum(axis=1), counts.sum(axis=1))
    assert (exposures >= 0).all()
    alone = np.concatenate([fit_exposures(row[None, :], table, settings) for row in counts])
    np.testing.assert_allclose(alone, exposures, rtol=1e-6, atol=1e-9)
