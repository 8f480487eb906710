"""Every rule of a gene's status on its own, by role."""

import math
from dataclasses import replace

import numpy as np
import pytest

from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.gene_status import (
    Gene,
    Hotspot,
    Mutation,
    clonal_floor,
    find_mutations,
    judge_gene,
    judge_genes,
)
from wes_biomarkers.features.segments import Segments

TP53 = Hotspot("TP53", 175, 175, "R", change="substitution")
DLG = Hotspot("NFE2L2", 24, 34, "WRQDIDLGVSR")
POLE = Hotspot("POLE", 286, 286, "P", "R", "substitution")


def copies(call="neutral", loh=False, total=2.0, minor=1.0, log2=0.0):
    return GeneCopy("G", "1", 0, 9, call, "copies" if call else None, loh, log2, total, minor, 1.0, 1, 1.0)


def mutation(kind="truncating", start=100, clonality=None):
    return Mutation("G", kind, "p.X", "1", start, clonality=clonality)


def variants(*rows):
    names = ("gene", "consequence", "aa_change", "kind", "chrom", "start")
    made = {name: np.empty(len(rows), object) for name in names}
    for index, row in enumerate(rows):
        for name, value in zip(names, (*row, "1", 100 + index), strict=True):
            made[name][index] = value
    return made


@pytest.mark.parametrize(
    ("row", "kind", "label"),
    [
        (("TP53", "missense_variant", "p.R175H", "snv"), "hotspot", "p.R175H"),
        (("TP53", "missense_variant", "175R>175H", "snv"), "hotspot", "p.R175H"),
        (("TP53", "missense_variant", "p.K175H", "snv"), "other", "p.K175H"),  # another transcript
        (("TP53", "missense_variant", "p.R174H", "snv"), "other", "p.R174H"),
        (("TP53", "inframe_deletion", "p.R175del", "deletion"), "other", "p.R175del"),
        (("TP53", "stop_gained", "p.R175*", "snv"), "truncating", "p.R175*"),
        (("TP53", "frameshift_variant", None, "deletion"), "truncating", "frameshift"),
        (("TP53", "splice_donor_variant", None, "snv"), "truncating", "splice donor"),
        (("TP53", "start_lost", "p.M1?", "snv"), "truncating", "p.M1?"),
        (("TP53", "stop_lost", "p.*394K", "snv"), "other", "p.*394K"),
        (("NFE2L2", "inframe_deletion", "p.D27_I28del", "deletion"), "hotspot", "p.D27_I28del"),
        (("NFE2L2", "missense_variant", "p.R34Q", "snv"), "hotspot", "p.R34Q"),
        (("NFE2L2", "missense_variant", "p.D35Q", "snv"), "other", "p.D35Q"),
        (("POLE", "missense_variant", "p.P286R", "snv"), "hotspot", "p.P286R"),
        (("POLE", "missense_variant", "p.P286S", "snv"), "other", "p.P286S"),
        (("NFE2L2", "frameshift_variant", "30GV..40>30GX", "insertion"), "truncating", "frameshift 30"),
    ],
)
def test_kind_and_label_of_a_mutation(row, kind, label):
    (found,) = find_mutations(variants(row), [TP53, DLG, POLE])
    assert (found.kind, found.label) == (kind, label)


@pytest.mark.parametrize("term", ["synonymous_variant", "intron_variant", "splice_region_variant", None])
def test_what_does_not_change_the_protein_is_no_mutation(term):
    assert find_mutations(variants(("TP53", term, None, "snv")), [TP53]) == []


def test_a_variant_without_a_gene_is_no_mutation():
    assert find_mutations(variants((None, "missense_variant", "p.R175H", "snv")), [TP53]) == []


LOH = copies(loh=True, minor=0.0)
DEEP = copies("deep_deletion", total=0.0, minor=0.0)
AMP = copies("amplification", total=9.0)
NO_COPIES = copies(None, None, math.nan, math.nan, math.nan)
LOG2_ONLY = copies("neutral", None, math.nan, math.nan)


@pytest.mark.parametrize(
    ("role", "kinds", "copy", "status"),
    [
        ("suppressor", [], copies(), "unaltered"),
        ("suppressor", [], None, "no_mutation"),
        ("suppressor", [], NO_COPIES, "no_mutation"),
        ("suppressor", [], LOG2_ONLY, "unaltered"),
        ("suppressor", [], LOH, "unaltered"),
        ("suppressor", [], DEEP, "biallelic"),
        ("suppressor", [], AMP, "unaltered"),
        ("suppressor", ["truncating"], copies(), "altered"),
        ("suppressor", ["hotspot"], copies(), "altered"),
        ("suppressor", ["truncating"], None, "altered"),
        ("suppressor", ["truncating"], LOH, "biallelic"),
        ("suppressor", ["hotspot"], LOH, "biallelic"),
        ("suppressor", ["other"], LOH, "uncertain"),
        ("suppressor", ["other", "other"], copies(), "uncertain"),
        ("suppressor", ["truncating", "other"], copies(), "altered"),
        ("suppressor", ["truncating", "hotspot"], copies(), "biallelic"),
        ("suppressor", ["truncating", "truncating"], None, "biallelic"),
        ("oncogene", [], copies(), "unaltered"),
        ("oncogene", [], AMP, "altered"),
        ("oncogene", [], copies("gain", total=3.0), "unaltered"),
        ("oncogene", [], DEEP, "unaltered"),
        ("oncogene", ["hotspot"], None, "altered"),
        ("oncogene", ["hotspot"], LOH, "altered"),
        ("oncogene", ["other"], copies(), "uncertain"),
        ("oncogene", ["truncating"], LOH, "uncertain"),
        ("oncogene", ["other"], AMP, "altered"),
        ("unknown", ["truncating", "hotspot"], LOH, "uncertain"),
        ("unknown", [], DEEP, "uncertain"),
        ("unknown", [], AMP, "uncertain"),
        ("unknown", [], LOH, "unaltered"),
    ],
)
def test_status_by_role(role, kinds, copy, status):
    hits = [mutation(kind, 100 * index) for index, kind in enumerate(kinds)]
    assert judge_gene(Gene("G", role), hits, copy).status == status


def test_two_records_of_one_event_are_one_hit():
    gene = Gene("G", "suppressor")
    near = [mutation(start=100), mutation(start=109), mutation(start=118)]
    assert judge_gene(gene, near, copies()).status == "altered"
    assert judge_gene(gene, [mutation(start=100), mutation(start=110)], copies()).status == "biallelic"


def test_an_uncovered_gene_is_not_evaluable_unless_it_was_hit():
    gene = Gene("G", "suppressor")
    assert judge_gene(gene, [], copies(), is_covered=False).status == "not_evaluable"
    assert judge_gene(gene, [mutation()], copies(), is_covered=False).status == "altered"
    assert judge_gene(gene, [], DEEP, is_covered=False).status == "biallelic"


def test_hits_stand_in_one_order_and_loh_is_told():
    made = judge_gene(Gene("G", "suppressor"), [mutation("other"), mutation("truncating")], LOH)
    assert made.hits == ("truncating", "other", "loh")
    assert made.loh is True
    assert judge_gene(Gene("G", "suppressor"), [], LOG2_ONLY).loh is None
    assert judge_gene(Gene("G", "suppressor"), [], None).loh is None


def test_clonality_is_that_of_the_most_clonal_damaging_hit():
    def of(*words):
        hits = [mutation("truncating", 100 * i, word) for i, word in enumerate(words)]
        return judge_gene(Gene("G", "suppressor"), [*hits, mutation("other", 9, "clonal")], None).clonality

    assert of("subclonal", "clonal") == "clonal"
    assert of("subclonal", "indeterminate") == "indeterminate"
    assert of("subclonal", None) == "subclonal"
    assert of(None) is None


def test_mutations_go_to_their_gene_and_order_is_kept():
    found = judge_genes(
        [Gene("B", "suppressor"), Gene("G", "suppressor"), Gene("A", "oncogene")],
        [mutation()],
        {"A": AMP},
        uncovered={"B"},
    )
    assert [(gene.gene, gene.status) for gene in found] == [
        ("B", "not_evaluable"),
        ("G", "altered"),
        ("A", "altered"),
    ]


def test_a_change_in_few_cells_is_no_second_hit():
    few = {"is_covered": True, "min_cell_fraction": 1.01}
    suppressor, oncogene = Gene("G", "suppressor"), Gene("G", "oncogene")
    made = judge_gene(suppressor, [mutation()], LOH, **few)
    assert (made.status, made.hits, made.loh) == ("altered", ("truncating",), False)
    assert judge_gene(suppressor, [], LOH, **few).status == "unaltered"
    assert judge_gene(suppressor, [], DEEP, **few).status == "uncertain", "but it is not unaltered either"
    assert judge_gene(oncogene, [], AMP, **few).status == "uncertain"
    assert judge_gene(suppressor, [], AMP, **few).status == "unaltered"
    unknown = replace(LOH, cell_fraction=math.nan)
    assert judge_gene(suppressor, [mutation()], unknown, **few).status == "biallelic"
    found = judge_genes([suppressor], [mutation()], {"G": LOH}, min_cell_fraction=1.01)
    assert found[0].status == "altered"


def test_the_floor_is_a_share_of_the_largest_change():
    nan = math.nan
    rows = [("1", 2, 1, 1.0), ("2", 1, 0, 0.5), ("3", 3, 1, 0.2), ("4", 1, nan, 0.9), ("X", 1, 0, 0.8)]
    names = ("chrom", "total_cn", "minor_cn", "cell_fraction")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns |= {"start": [0] * 5, "end": [9] * 5, "n_bin": [9] * 5, "n_het": [9] * 5}
    segments = Segments.of(columns | {"log2": [0.0] * 5, "baf": [0.5] * 5})
    assert clonal_floor(segments, "male", 0.6) == pytest.approx(0.3), "unchanged segments tell nothing"
    assert clonal_floor(segments, "female", 0.6) == pytest.approx(0.48), "X is changed in a woman"
    assert clonal_floor(segments.where(segments.chrom == "1"), "male", 0.6) == 0


def test_copies_without_gain_and_loss_still_tell_no_deletion():
    state_unknown = copies(None, False, 2.0, 1.0)
    assert judge_gene(Gene("G", "suppressor"), [], state_unknown).status == "unaltered"
    assert judge_gene(Gene("G", "suppressor"), [], NO_COPIES).status == "no_mutation"
