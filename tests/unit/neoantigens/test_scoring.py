"""Scores of one peptide against values worked out by hand."""

import numpy as np
import pytest

from wes_biomarkers.io.neoantigens import substitution_scores
from wes_biomarkers.neoantigens.scoring import (
    HYDROPATHY,
    Similarity,
    amplitude,
    anchor_kinds,
    anchor_places,
    dai_nm,
    facing_hydrophobicity,
    fold_change,
)


def test_gain_over_the_wild_type():
    wildtype, mutant = np.array([1000.0, 20.0, np.nan]), np.array([25.0, 400.0, 25.0])
    assert dai_nm(wildtype, mutant)[:2].tolist() == [975.0, -380.0]
    assert fold_change(wildtype, mutant)[:2].tolist() == [40.0, 0.05]
    # (1000 / 25) / (1 + .0003 x 1000) = 40 / 1.3;  (20 / 400) / (1 + .006)
    assert amplitude(wildtype, mutant)[:2] == pytest.approx([30.7692307692, 0.0497017893])
    for score in (dai_nm, fold_change, amplitude):
        assert np.isnan(score(wildtype, mutant)[2])


def test_amplitude_is_damped_where_the_wild_type_hardly_binds():
    """Luksza 2017: the ratio of an unmeasurable wild type does not grow without end: 1 / (.0003 mt)."""
    assert amplitude(1e12, 50.0) == pytest.approx(1 / (0.0003 * 50), rel=1e-6)


def test_anchors():
    assert anchor_places(10, (2, -1)) == {1, 9}
    assert anchor_places(9, (3, 5, -1)) == {2, 4, 8}
    at = np.array([True, True, True, False, True])
    rank = np.array([1.0, 30.0, np.nan, 1.0, np.nan])
    has = np.array([True, True, True, True, False])
    assert anchor_kinds(at, rank, has, 2.0).tolist() == ["as_wildtype", "gained", None, "outside", None]


def test_hydropathy_is_kyte_and_doolittles():
    assert len(HYDROPATHY) == 20 and sum(HYDROPATHY.values()) == pytest.approx(-9.8)
    from Bio.SeqUtils.ProtParamData import kd

    assert dict(HYDROPATHY) == kd


def test_hydrophobicity_of_what_faces_the_t_cell():
    # GIL GFVFT L: -.4 2.8 4.2 2.8 -.7
    assert facing_hydrophobicity("GILGFVFTL") == pytest.approx(8.7 / 5)
    assert facing_hydrophobicity("RRRIIIIR") == pytest.approx(4.5)
    assert np.isnan(facing_hydrophobicity("AAAAXAAAA"))
    assert np.isnan(facing_hydrophobicity("AAA"))


@pytest.fixture(scope="module")
def scores():
    return substitution_scores()


def by_brute_force(peptide, sequences):
    """Best ungapped score with overhanging residues counting 0, over the peptide's own score; by Biopython's matrix."""
    from Bio.Align import substitution_matrices

    matrix = substitution_matrices.load("BLOSUM62")
    own = sum(matrix[a, a] for a in peptide)
    best = 0
    for text in sequences:
        for shift in range(1 - len(peptide), len(text)):
            pairs = [(a, text[shift + i]) for i, a in enumerate(peptide) if 0 <= shift + i < len(text)]
            best = max(best, sum(matrix[a, b] for a, b in pairs))
    return best / own


def test_similarity_equals_brute_force(scores):
    rng = np.random.default_rng(1)
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
    sequences = ["".join(rng.choice(letters, size)) for size in (40, 7, 300, 12)]
    known = Similarity(sequences, scores)
    for size in (8, 9, 11, 15, 25):
        text = "".join(rng.choice(letters, size))
        assert known.best([text])[0] == pytest.approx(by_brute_force(text, sequences))


def test_similarity_by_hand(scores):
    known = Similarity(["MKSIINFEKLAA"], scores)
    assert known.best(["SIINFEKL"])[0] == 1.0
    # S4 I4 I4 N6 F6 E5 K5 L4 = 38; K for N scores 0 in place of 6, while K with itself is 5: 32 / 37
    assert known.best(["SIIKFEKL"])[0] == pytest.approx(32 / 37)


def test_similarity_that_cannot_be_told(scores):
    assert np.isnan(Similarity([], scores).best(["SIINFEKL"]))
    assert np.isnan(Similarity(["SIINFEKL"], scores).best(["SIINFEKX"]))
    with pytest.raises(ValueError, match="longer than 25"):
        Similarity(["SIINFEKL"], scores).best(["A" * 26])


def test_a_match_over_the_border_of_two_stretches(scores, monkeypatch):
    from wes_biomarkers.neoantigens import scoring

    sequences = ["MKLV" * 20 + "SIINFEKL" + "GGTA" * 20]
    whole = Similarity(sequences, scores).best(["SIINFEKL", "AAWWWAAA"])
    for size in (1, 7, 50, 110):
        monkeypatch.setattr(scoring, "_STRETCH", size)
        assert Similarity(sequences, scores).best(["SIINFEKL", "AAWWWAAA"]).tolist() == whole.tolist()
    assert whole[0] == 1.0
