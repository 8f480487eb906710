import pytest

from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.gene_status import GeneStatus, Mutation
from wes_biomarkers.features.pathways import (
    agrees_with_msi,
    exonuclease_state,
    judge_pathway,
    mismatch_repair_loss,
)
from wes_biomarkers.features.protein_change import changed_residues


def status(gene, state, loh=False):
    copies = GeneCopy(gene, "1", 0, 9, "neutral", "copies", loh, 0.0, 2.0, 1.0, 1.0, 1, 1.0)
    return GeneStatus(gene, "suppressor", state, copies=copies)


def of(**states):
    return {gene: status(gene, state) for gene, state in states.items()}


@pytest.mark.parametrize(
    ("states", "by_copies", "expected"),
    [
        ({"A": "unaltered", "B": "unaltered"}, True, (False, 0, 2)),
        ({"A": "altered", "B": "no_mutation"}, True, (True, 1, 1)),
        ({"A": "biallelic", "B": "altered"}, True, (True, 2, 2)),
        ({"A": "uncertain", "B": "unaltered"}, True, (False, 0, 2)),
        ({"A": "no_mutation", "B": "unaltered"}, True, (None, 0, 1)),
        ({"A": "no_mutation", "B": "no_mutation"}, False, (False, 0, 2)),
        ({"A": "not_evaluable", "B": "no_mutation"}, False, (None, 0, 1)),
        ({}, True, (None, 0, 0)),
    ],
)
def test_pathway(states, by_copies, expected):
    made = judge_pathway("ABC", of(**states), by_copies=by_copies)
    assert (made.altered, made.n_altered, made.n_assessed) == expected


def test_four_of_five_assessed_genes_are_enough():
    states = dict.fromkeys("ABCD", "unaltered")
    assert judge_pathway("ABCDE", of(**states, E="no_mutation"), by_copies=True).altered is False
    states["D"] = "not_evaluable"
    assert judge_pathway("ABCDE", of(**states, E="no_mutation"), by_copies=True).altered is None


def polymerase(change, kind="other", gene="POLE"):
    return [Mutation(gene, kind, change, "1", 9, changed_residues(change))]


@pytest.mark.parametrize(
    ("mutations", "expected"),
    [
        ([], "none"),
        (polymerase("p.P286R", "hotspot"), "pathogenic"),
        (polymerase("p.A268T"), "in_domain"),
        (polymerase("p.A471T"), "in_domain"),
        (polymerase("p.A267T"), "none"),
        (polymerase("p.A472T"), "none"),
        (polymerase("p.R300*", "truncating"), "none"),
        (polymerase("p.A300T", gene="POLD1"), "none"),
    ],
)
def test_exonuclease(mutations, expected):
    assert exonuclease_state("POLE", mutations, status("POLE", "unaltered")) == expected


def test_exonuclease_of_an_unseen_gene_is_unknown():
    assert exonuclease_state("POLE", [], None) is None
    assert exonuclease_state("POLE", [], status("POLE", "not_evaluable")) is None


@pytest.mark.parametrize(
    ("states", "by_copies", "expected"),
    [
        ({"MLH1": "biallelic", "MSH2": "no_mutation"}, False, True),
        ({"MLH1": "unaltered", "MSH2": "unaltered"}, True, False),
        ({"MLH1": "altered", "MSH2": "unaltered"}, True, False),
        ({"MLH1": "uncertain"}, True, False),
        ({"MLH1": "no_mutation"}, False, None),
        ({"MLH1": "no_mutation", "MSH2": "unaltered"}, True, None),
        ({"MLH1": "not_evaluable"}, True, None),
        ({}, True, None),
        ({"TP53": "biallelic"}, True, None),
    ],
)
def test_mismatch_repair(states, by_copies, expected):
    assert mismatch_repair_loss(of(**states), by_copies=by_copies) is expected


def test_one_hit_with_unknown_loh_leaves_mismatch_repair_open():
    assert mismatch_repair_loss({"MLH1": status("MLH1", "altered", loh=None)}, by_copies=True) is None


@pytest.mark.parametrize(
    ("loss", "msi_class", "expected"),
    [
        (True, "high", True),
        (False, "stable", True),
        (True, "stable", False),
        (False, "high", False),
        (True, "low", None),
        (None, "high", None),
        (True, None, None),
    ],
)
def test_agreement_with_microsatellites(loss, msi_class, expected):
    assert agrees_with_msi(loss, msi_class) is expected
