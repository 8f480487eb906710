from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hla_family import write_family

from wes_biomarkers.cli.feature.hla import exon_bases
from wes_biomarkers.contracts.hla import LOCI, Allele, parse_allele
from wes_biomarkers.features.hla_evidence import MISMATCH_COST, _agreement, base_cost
from wes_biomarkers.features.hla_model import UNKNOWN, build_models, encode
from wes_biomarkers.features.hla_place import (
    K,
    Reads,
    count_words,
    index_words,
    place_pairs,
    words_of,
)
from wes_biomarkers.features.hla_typing import (
    Typing,
    TypingRules,
    locus_types,
    pair_scores,
    type_reads,
)
from wes_biomarkers.io.hla_reference import read_hla_reference
from wes_biomarkers.simulate.hla_reads import HlaReadParameters, count_right, draw_alleles, simulate_reads

BASE = "ACGTTGCATGCCATTGACCA" * 14


def changed(text: str, *places: int) -> str:
    letters = list(text)
    for place in places:
        letters[place] = {"A": "C", "C": "G", "G": "T", "T": "A"}[letters[place]]
    return "".join(letters)


def drb(*exons: str, names=None):
    names = names or [f"DRB1*{number:02d}:01" for number in range(1, len(exons) + 1)]
    return build_models([parse_allele(name) for name in names], [{2: exon} for exon in exons])[0]


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    reference = read_hla_reference(write_family(tmp_path_factory.mktemp("hla")))
    exons = dict(zip(reference.alleles, exon_bases(reference), strict=True))
    models = build_models(reference.alleles, list(exons.values()))
    return exons, models, index_words(models)


def sequence(family, seed, depth=40.0, **changes):
    exons, _, index = family
    truth = draw_alleles({str(a.two_field): 1.0 for a in exons}, list(exons), seed)
    reads = simulate_reads(truth, exons, replace(HlaReadParameters(), depth=depth, **changes), seed)
    return truth, turned(index, reads)


def turned(index, reads):
    counts = count_words(index, reads)
    return reads.turned(counts[:, 1] > counts[:, 0])


class TestModel:
    def test_alleles_alike_over_the_scored_exon_are_one_group_named_by_the_commoner(self):
        names = ["DRB1*01:01:01", "DRB1*01:02:01", "DRB1*01:02:02", "DRB1*03:01"]
        model = drb(BASE, BASE, BASE, changed(BASE, 7), names=names)
        assert [str(model.two_field(group)) for group in (0, 1)] == ["DRB1*01:02", "DRB1*03:01"]
        assert list(map(str, model.ambiguity(0))) == ["DRB1*01:01"]
        assert model.log_prior[0] > model.log_prior[1]

    def test_null_alleles_do_not_name_a_group(self):
        model = drb(BASE, BASE, names=["DRB1*01:01N", "DRB1*01:05"])
        assert str(model.two_field(0)) == "DRB1*01:05"

    def test_missing_ends_come_from_the_nearest_allele(self):
        near, far = changed(BASE, 100, 110, 3), changed(BASE, 200, 210, 8)
        model = drb(near, far, changed(near, 150)[12:], BASE)
        (frame,) = model.frames
        assert not (frame.bases == UNKNOWN).any()
        group = next(g for g in range(4) if str(model.two_field(g)) == "DRB1*03:01")
        assert (frame.bases[model.variant[group, 0]] == encode(changed(near, 150))).all()

    def test_deletion_has_a_frame_of_its_own(self):
        model = drb(BASE, changed(BASE, 9), BASE[:100] + BASE[103:])
        assert [frame.bases.shape for frame in model.frames] == [(1, 277), (2, 280)]

    def test_missing_exon_is_filled_and_an_allele_without_any_left_out(self):
        alleles = [parse_allele(f"A*{n:02d}:01") for n in (1, 2, 3, 4)]
        one, two = {2: BASE, 3: BASE[::-1]}, {2: changed(BASE, 50, 60), 3: changed(BASE[::-1], 5)}
        (model,) = build_models(alleles, [one, two, {2: changed(BASE, 50, 60, 70)}, {4: "ACGT"}])
        assert model.n_left_out == 1
        assert model.variant[2, 1] == model.variant[1, 1] != model.variant[0, 1]


class TestPlacing:
    def test_words_are_those_of_python(self):
        rng = np.random.default_rng(1)
        bases = rng.integers(0, 5, (3, 40)).astype(np.uint8)
        words, known = words_of(bases, 3)
        for row, start in itertools.product(range(3), range(0, 40 - K + 1, 3)):
            part = bases[row, start : start + K]
            assert known[row, start // 3] == (part != UNKNOWN).all()
            if known[row, start // 3]:
                assert words[row, start // 3] == int("".join(map(str, part)), 4)

    def test_turning_twice_restores(self):
        rng = np.random.default_rng(2)
        bases = rng.integers(0, 4, (6, 2, 30)).astype(np.uint8)
        bases[0, 0, 20:] = UNKNOWN
        bases[1, 1] = UNKNOWN
        reads = Reads(bases, np.where(bases == UNKNOWN, 0, 30).astype(np.uint8))
        flip = np.array([True, False] * 3)
        once = reads.turned(flip)
        assert "".join("ACGTN"[b] for b in once.bases[2, 0, ::-1]) == "".join("TGCAN"[b] for b in bases[2, 0])
        assert (once.turned(flip).bases == bases).all()
        assert (once.turned(flip).quality == reads.quality).all()

    def test_read_over_an_edge_begins_before_the_exon(self):
        rng = np.random.default_rng(3)
        exon = "".join("ACGT"[b] for b in rng.integers(0, 4, 270))
        model = drb(exon, changed(exon, 20))
        read = "".join("ACGT"[b] for b in rng.integers(0, 4, 40)) + exon[:60]
        bases = np.stack([encode(read), np.full(100, UNKNOWN, np.uint8)])[None]
        placed = place_pairs(index_words([model]), Reads(bases, np.full_like(bases, 30)))
        assert placed.start.tolist() == [-40]
        assert placed.mate.tolist() == [0]


class TestEvidence:
    def test_agreement_is_that_of_a_plain_product(self):
        rng = np.random.default_rng(4)
        variants = rng.integers(0, 4, (7, 30)).astype(np.uint8)
        shown = rng.random((5, 120)).astype(np.float32)
        known = (variants[..., None] == np.arange(4)).reshape(7, -1)
        assert np.allclose(_agreement(shown, variants), shown @ known.T, atol=1e-5)

    def test_better_bases_cost_more(self):
        costs = base_cost(np.array([2, 10, 20, 30, 60], np.uint8))
        assert (np.diff(costs) > 0).all()
        assert costs[-1] == pytest.approx(MISMATCH_COST, abs=1e-3)


class TestScores:
    def test_pair_scores_are_the_likelihood_of_a_mixture(self):
        rng = np.random.default_rng(5)
        gain, prior = rng.random((8, 3)).astype(np.float32) * 4, np.log([0.5, 0.3, 0.2])
        scores = pair_scores(gain, prior)
        for one, two in itertools.product(range(3), repeat=2):
            expected = sum(np.log(0.5 * np.exp(row[one]) + 0.5 * np.exp(row[two])) for row in gain)
            expected += prior[one] + prior[two] + (np.log(2) if one != two else 0)
            assert scores[one, two] == pytest.approx(expected, abs=1e-4)


class TestTyping:
    def test_invented_family_is_typed(self, family):
        _, models, index = family
        for seed in (1, 2, 3):
            truth, reads = sequence(family, seed)
            for typing in type_reads(models, reads, TypingRules(), index):
                assert count_right(typing.alleles, typing.ambiguity, truth[typing.gene]) == 2, (seed, typing)
                assert typing.confidence == "high"
                alike = truth[typing.gene][0].two_field == truth[typing.gene][1].two_field
                assert alike or min(typing.n_telling) > 0

    def test_order_of_reads_does_not_matter(self, family):
        _, models, index = family
        _, reads = sequence(family, 4)
        order = np.random.default_rng(0).permutation(len(reads))
        once, again = (type_reads(models, r, TypingRules(), index) for r in (reads, reads.take(order)))
        assert [typing.alleles for typing in once] == [typing.alleles for typing in again]

    def test_missing_locus_is_not_evaluable_and_the_others_are_typed(self, family):
        exons, models, index = family
        truth = draw_alleles({str(a.two_field): 1.0 for a in exons}, list(exons), 5)
        del truth["SIMB"]
        reads = turned(index, simulate_reads(truth, exons, HlaReadParameters(depth=40), 5))
        types = locus_types(type_reads(models, reads, TypingRules(), index))
        assert types["B"].status == "not_evaluable"
        assert "scored exons" in types["B"].reason
        assert types["DQA1"].reason == "the HLA reference holds no allele of it"
        assert types["A"].alleles and types["C"].alleles and list(types) == list(LOCI)

    def test_no_reads_at_all(self, family):
        _, models, index = family
        none = Reads(np.zeros((0, 2, 0), np.uint8), np.zeros((0, 2, 0), np.uint8))
        typed = type_reads(models, none, TypingRules(), index)
        assert {typing.reason for typing in typed} == {"no read pair fits the scored exons"}
        assert all(typing.alleles is None for typing in typed)

    def test_reads_of_nothing_known(self, family):
        _, models, index = family
        bases = np.random.default_rng(6).integers(0, 4, (200, 2, 100)).astype(np.uint8)
        typed = type_reads(models, Reads(bases, np.full_like(bases, 37)), TypingRules(), index)
        assert all(typing.alleles is None and typing.reason for typing in typed)

    def test_thin_evidence_is_not_evaluable(self, family):
        _, models, index = family
        _, reads = sequence(family, 6, depth=1.0)
        typed = type_reads(models, reads, TypingRules(), index)
        assert any(typing.alleles is None for typing in typed)
        assert all(typing.reason for typing in typed if typing.confidence != "high")

    def test_copies_of_a_gene_do_not_disturb(self, family):
        _, models, index = family
        truth, reads = sequence(family, 7, n_paralog=2)
        right = [
            count_right(t.alleles, t.ambiguity, truth[t.gene])
            for t in type_reads(models, reads, TypingRules(), index)
        ]
        assert right == [2, 2, 2, 2]


def test_locus_types_carry_the_evidence():
    one, two = Allele("A", ("01", "01")), Allele("A", ("02", "01"))
    typing = Typing("A", (one, two), (one, one), 30.0, ((), (one,)), 90, (40, 35), 30.0, 1.0, "high", "")
    found = locus_types([typing])["A"]
    assert found.alleles == (one, two)
    assert (found.n_read, found.n_read_1, found.n_read_2, found.n_read_shared) == (90, 40, 35, 15)
    assert (found.margin, found.second_2, found.ambiguity_2) == (30.0, one, (one,))
