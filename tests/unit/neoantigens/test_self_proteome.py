"""The index of the reference proteome against a set of every piece."""

import random

import numpy as np
import pytest

from wes_biomarkers.neoantigens.self_proteome import LONGEST, SelfProteome

LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def proteome(seed: int) -> list[str]:
    rng = random.Random(seed)
    proteins = [
        "".join(rng.choices(LETTERS[:4] if n % 2 else LETTERS, k=rng.randint(1, 120))) for n in range(60)
    ]
    proteins += [proteins[0], proteins[3] + "ACD*", "MKXUAAAAAAAAAAAAAAAAAAAAW", "A"]
    return proteins


@pytest.mark.parametrize("seed", range(100, 104))
def test_the_index_is_a_set_of_every_piece(seed):
    rng = random.Random(seed)
    proteins = proteome(seed)
    pieces = {
        p.rstrip("*")[a : a + k] for p in proteins for k in range(1, LONGEST + 1) for a in range(len(p))
    }
    natural = sorted(piece for piece in pieces if piece and set(piece) <= set(LETTERS))
    asked = rng.sample(natural, 3000)
    asked += ["".join(rng.choices(LETTERS[:4], k=rng.randint(1, LONGEST))) for _ in range(3000)]
    asked += [piece[:-1] + rng.choice(LETTERS) for piece in asked[:3000]]
    found = SelfProteome(proteins).contain(asked)
    assert found.tolist() == [piece in pieces for piece in asked]
    assert 0.2 < found.mean() < 0.95


def test_pieces_never_reach_over_two_proteins_nor_match_other_letters():
    index = SelfProteome(["ACDEFGHIKL", "MNPQRSTVWY", "ACXDEFGHIK"])
    assert index.contains("ACDEFGHIKL") and index.contains("MNPQRSTV")
    assert not index.contains("HIKLMNPQ")
    assert not index.contains("ACX") and not index.contains("ACUDEFGH")
    assert index.contains("DEFGHIK") and not index.contains("DEFGHIKLM")


def test_lengths_out_of_reach_are_refused_and_nothing_asked_is_nothing_found():
    index = SelfProteome(["ACDEFGHIKL"])
    assert index.contain([]).tolist() == []
    for peptide in ("", "A" * (LONGEST + 1)):
        with pytest.raises(ValueError, match="residues"):
            index.contains(peptide)


def test_same_pieces_of_isoforms_are_kept_once():
    rng = random.Random(5)
    protein = "".join(rng.choices(LETTERS, k=2000))
    isoforms = [protein, protein[:1500], protein[300:]]
    assert SelfProteome(isoforms).nbytes < SelfProteome([protein]).nbytes * 1.05
    assert SelfProteome([protein]).nbytes == 2000 * 2 * np.dtype(np.uint64).itemsize
