"""Binding does not depend on the order, the repeats or the company of peptides."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wes_biomarkers.neoantigens.binding import RESIDUES, is_usual
from wes_biomarkers.neoantigens.mhcnuggets import N_WEIGHT, Mhcnuggets
from wes_biomarkers.neoantigens.ranks import BackgroundRanks
from wes_biomarkers.neoantigens.smmpmbec import Smmpmbec

WEIGHTS = np.random.default_rng(1).normal(0, 0.3, N_WEIGHT).astype(np.float32)
NETWORKS = Mhcnuggets("I", frozenset(["A*02:01"]), lambda allele: WEIGHTS, "1")
MATRICES = Smmpmbec(
    {("A*02:01", n): np.random.default_rng(n).normal(0, 1, (n + 1, 20)) for n in (8, 9, 10)}, "1"
)
#: Few letters, so that many peptides begin alike.
PEPTIDES = st.lists(st.text("ACXL", min_size=0, max_size=17), max_size=30)


@settings(deadline=None)
@given(PEPTIDES)
def test_each_peptide_has_the_affinity_it_has_alone(peptides):
    for predictor in (NETWORKS, MATRICES):
        together = predictor.predict(peptides, "A*02:01")
        alone = [predictor.predict([peptide], "A*02:01")[0] for peptide in peptides]
        assert np.allclose(together, alone, rtol=1e-5, equal_nan=True)
        for peptide, ic50_nm in zip(peptides, together, strict=True):
            longest = 15 if predictor is NETWORKS else 10
            assert np.isnan(ic50_nm) == (not is_usual(peptide) or not 8 <= len(peptide) <= longest)


@settings(deadline=None)
@given(st.lists(st.floats(1, 50_000), min_size=2, max_size=40))
def test_a_weaker_binder_never_has_a_better_rank(affinities):
    background = ["".join(np.random.default_rng(seed).choice(list(RESIDUES), 9)) for seed in range(60)]
    ranks = BackgroundRanks(MATRICES, background, "60 random")
    ordered = np.sort(affinities)
    rank = ranks.rank(["A" * 9] * len(ordered), ordered, "A*02:01")
    assert (np.diff(rank) >= 0).all() and rank.min() >= 0.01 and rank.max() <= 100
