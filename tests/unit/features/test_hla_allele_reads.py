"""Which allele a read pair is counted for: against a brute-force search, and where alleles are known in part."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from wes_biomarkers.features.hla_allele_reads import (
    AlleleSequence,
    AssignRules,
    ReadPairs,
    count_site_reads,
    fill_exons,
    find_sites,
)
from wes_biomarkers.features.hla_model import encode
from wes_biomarkers.simulate.hla_loh import Gene, LohParameters, add_introns, invent_genes, simulate_pairs

RULES = AssignRules(min_overlap=40, max_mismatch=0.01, free_mismatch=1)
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)


def best_place(read: np.ndarray, exons: dict[int, str]) -> tuple[int, int, int, int, int]:
    """Score, bases compared, bases that disagree, exon and start of the best of all places on all exons."""
    found = [(0, 0, 0, 0, -1000)]
    for number, text in exons.items():
        beyond = np.full(len(read) - 1, 255, np.uint8)
        windows = sliding_window_view(np.concatenate([beyond, encode(text), beyond]), len(read))
        known = (windows != 255) & (read != 4)
        n, wrong = known.sum(axis=1), (known & (windows != read)).sum(axis=1)
        score = np.where(n >= 20, n - 4 * wrong, 0)
        best = int(score.argmax())
        if score[best] > 0:
            found.append((int(score[best]), int(n[best]), int(wrong[best]), number, best - len(read) + 1))
    return max(found)


def brute_force(pairs: ReadPairs, alleles: list[AlleleSequence]) -> tuple[list[int], list]:
    """The allele that each pair fits better than all others (-1: none), and its mates' places there."""
    winners, places = [], []
    for mates in zip(pairs.first, pairs.second, strict=True):
        turns = []
        for mate in mates:
            both = [[best_place(r, a.exons) for a in alleles] for r in (mate, COMPLEMENT[mate[::-1]])]
            turns.append(max(both, key=lambda found: max(place[0] for place in found)))
        sums = [one[0] + two[0] for one, two in zip(*turns, strict=True)]
        best = int(np.argmax(sums))
        one, two = turns[0][best], turns[1][best]
        fits = one[1] + two[1] >= 40 and one[2] + two[2] <= 1 + 0.01 * (one[1] + two[1])
        winners.append(best if fits and sums.count(sums[best]) == 1 else -1)
        places.append((one, two))
    return winners, places


def alleles_of(genes: tuple[Gene, ...]) -> list[AlleleSequence]:
    return [allele for gene in genes for allele in gene.alleles]


def loci_of(genes: tuple[Gene, ...]):
    return {gene.alleles[0].locus: find_sites(*gene.alleles) for gene in genes}


def test_every_pair_goes_where_a_search_of_all_places_puts_it():
    genes = invent_genes(3)[:2]
    short = LohParameters(depth_tumor=3, depth_normal=2, error=0.004)
    pairs, _ = simulate_pairs(genes, {}, short, 3)
    alleles = alleles_of(genes)
    winners, places = brute_force(pairs, alleles)
    counts = count_site_reads(pairs, alleles, loci_of(genes), RULES)
    assert sum(winner >= 0 for winner in winners) > 20
    for locus, first in (("A", 0), ("B", 2)):
        sites = loci_of(genes)[locus]
        for side in (0, 1):
            at = (sites.at_1, sites.at_2)[side]
            expected = np.zeros(len(sites), int)
            n_pair = 0
            for winner, mates in zip(winners, places, strict=True):
                covered = [
                    any(number == exon and start <= place < start + 100 for *_, number, start in mates)
                    for exon, place in zip(sites.exon.tolist(), at.tolist(), strict=True)
                ]
                if winner == first + side:
                    expected += covered
                    n_pair += any(covered)
            assert counts[locus].depth[side].tolist() == expected.tolist()
            assert counts[locus].counted[side].sum() == n_pair


def test_a_pair_is_counted_once():
    genes = invent_genes(4)[:1]
    pairs, _ = simulate_pairs(genes, {}, LohParameters(), 4)
    counts = count_site_reads(pairs, alleles_of(genes), loci_of(genes), RULES)["A"]
    assert 0 < counts.counted.sum() <= len(pairs)
    assert counts.depth.sum() > 2 * counts.counted.sum()


def test_reads_of_one_allele_only_are_all_of_that_allele():
    genes = invent_genes(5)
    pure = LohParameters(purity=1.0, depth_tumor=200)
    pairs, _ = simulate_pairs(genes, {"A": (0, 2), "B": (2, 0), "C": (0, 0)}, pure, 5)
    typed = genes[:3]
    counts = count_site_reads(pairs, alleles_of(typed), loci_of(typed), RULES)
    counted = {locus: found.counted.sum(axis=1).tolist() for locus, found in counts.items()}
    assert counted["A"][1] > 500 and counted["A"][0] <= 2
    assert counted["B"][0] > 500 and counted["B"][1] <= 2
    assert sum(counted["C"]) <= 4


def test_reads_that_fit_another_locus_as_well_are_not_counted():
    gene = invent_genes(6)[0]
    twin = AlleleSequence("SIMB*01:01", "B", gene.alleles[0].exons)
    other = AlleleSequence("SIMB*02:01", "B", invent_genes(7)[1].alleles[1].exons)
    pairs, _ = simulate_pairs([gene], {}, LohParameters(), 6)
    sites = {"A": find_sites(*gene.alleles)}
    alone = count_site_reads(pairs, list(gene.alleles), sites, RULES)["A"].counted.sum(axis=1)
    beside = count_site_reads(pairs, [*gene.alleles, twin, other], sites, RULES)["A"].counted.sum(axis=1)
    assert alone[0] > 100 and beside[0] == 0
    assert beside[1] == pytest.approx(alone[1], rel=0.05)


def test_alleles_known_in_part_lose_no_reads_to_the_better_known_one():
    first, second = invent_genes(8)[0].alleles
    partial = AlleleSequence(
        second.name, "A", {2: second.exons[2][40:], 3: second.exons[3][:-30]}
    )  # as most entries of IMGT/HLA: exons 2 and 3, and not all of them
    filled = fill_exons(first, partial)
    assert set(filled[1].exons) == set(first.exons)
    assert all(len(filled[1].exons[n]) == len(first.exons[n]) for n in first.exons)
    sites = find_sites(*filled)
    assert set(sites.exon.tolist()) <= {2, 3} and sites.at_1.min() >= 0
    reads, _ = simulate_pairs([add_introns((first, second), 8)], {}, LohParameters(), 8)
    counts = count_site_reads(reads, list(filled), {"A": sites}, RULES)["A"].counted.sum(axis=1)
    assert counts.min() > 150 and counts[0] / counts[1] < 1.5


def test_a_codon_that_one_allele_lacks_is_one_site():
    first, whole = invent_genes(9)[0].alleles
    second = AlleleSequence(whole.name, "A", {**first.exons, 2: first.exons[2][:120] + first.exons[2][123:]})
    sites = find_sites(*fill_exons(first, second))
    assert len(sites) == 1 and abs(int(sites.at_1[0]) - 120) <= 3
    reads, _ = simulate_pairs([add_introns((first, second), 9)], {}, LohParameters(), 9)
    counts = count_site_reads(reads, [first, second], {"A": sites}, RULES)["A"].counted.sum(axis=1)
    assert counts.min() > 30


def test_alike_alleles_have_no_site_and_no_reads_are_no_fault():
    allele = invent_genes(10)[0].alleles[0]
    assert len(find_sites(allele, allele)) == 0
    none = ReadPairs(np.empty((0, 100), np.uint8), np.empty((0, 100), np.uint8))
    pair = invent_genes(10)[0].alleles
    counts = count_site_reads(none, list(pair), {"A": find_sites(*pair)}, RULES)
    assert counts["A"].counted.sum() == 0
