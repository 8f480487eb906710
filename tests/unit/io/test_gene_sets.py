import re

import pytest

from wes_biomarkers.errors import InputError
from wes_biomarkers.features.protein_change import ChangedResidues
from wes_biomarkers.io.gene_sets import (
    DEFAULT_LIST,
    judged_genes,
    read_catalogue,
    read_driver_rules,
    read_gene_list,
    read_hotspots,
)

CATALOGUE = read_catalogue()
AMINO = re.compile("[ACDEFGHIKLMNPQRSTVWY]+")


def test_every_gene_of_a_list_has_a_role_and_every_list_a_source():
    listed = {gene for one in CATALOGUE.sets.values() for gene in one.genes}
    judged = {gene for one in CATALOGUE.sets.values() if one.kind != "germline" for gene in one.genes}
    assert judged <= set(CATALOGUE.genes)
    assert {CATALOGUE.gene(gene).role for gene in judged} == {"oncogene", "suppressor"}
    assert {gene.name for gene in CATALOGUE.genes.values()} - listed == {"POLE", "POLD1"}
    for one in CATALOGUE.sets.values():
        assert one.kind in ("driver", "pathway", "germline")
        assert one.doc and one.source
        assert len(set(one.genes)) == len(one.genes)


def test_another_name_never_is_a_symbol():
    assert not set(CATALOGUE.aliases) & set(CATALOGUE.genes)
    assert CATALOGUE.current("MLL2") == "KMT2D"
    assert CATALOGUE.current("XYZ") == "XYZ"
    assert CATALOGUE.gene("XYZ").role == "unknown"


def test_hotspots_are_well_formed():
    hotspots = read_hotspots()
    assert len(hotspots) > 150
    for hotspot in hotspots:
        assert hotspot.gene in CATALOGUE.genes
        assert len(hotspot.reference) == hotspot.last - hotspot.first + 1
        assert AMINO.fullmatch(hotspot.reference)
        assert hotspot.change in ("substitution", "indel", "any")
        assert not set(hotspot.alternate) & set(hotspot.reference)
    keys = [(hotspot.gene, hotspot.first, hotspot.last, hotspot.alternate) for hotspot in hotspots]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("gene", "residue", "is_indel"),
    [
        ("TP53", (175, 175, "R", "H"), False),
        ("TP53", (273, 273, "R", "C"), False),
        ("PIK3CA", (545, 545, "E", "K"), False),
        ("PIK3CA", (1047, 1047, "H", "R"), False),
        ("NFE2L2", (79, 79, "E", "Q"), False),
        ("NFE2L2", (29, 30, "D", ""), True),
        ("FBXW7", (465, 465, "R", "H"), False),
        ("ERBB2", (310, 310, "S", "F"), False),
        ("EGFR", (746, 750, "E", ""), True),
        ("KRAS", (12, 12, "G", "D"), False),
        ("POLE", (286, 286, "P", "R"), False),
        ("POLE", (411, 411, "V", "L"), False),
        ("POLE", (459, 459, "S", "F"), False),
    ],
)
def test_known_hotspots_are_found(gene, residue, is_indel):
    changed = ChangedResidues(*residue)
    assert any(one.holds(changed, is_indel) for one in read_hotspots() if one.gene == gene)


def test_every_threshold_has_a_reason():
    rules = read_driver_rules()
    assert rules.filters.require_pass and rules.germline.min_depth == 10
    assert {
        "min_vaf",
        "min_alt_reads",
        "max_population_af",
        "min_callable_share",
        "germline_min_depth",
    } <= set(rules.reasons)


def test_default_and_built_in_lists():
    drivers, same = read_gene_list(None, CATALOGUE)
    assert (drivers.id, same) == (DEFAULT_LIST, CATALOGUE)
    assert read_gene_list("oesophagus_adenocarcinoma", CATALOGUE)[0].genes[0] == "TP53"
    genes = judged_genes(CATALOGUE, drivers)
    assert genes[: len(drivers.genes)] == drivers.genes
    assert len(set(genes)) == len(genes) and {"POLE", "B2M", "JAK1"} <= set(genes)


def test_own_list(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("gene\trole\r\n# mine\nMLL2\nNEW1\toncogene\n\nNEW2\n")
    drivers, catalogue = read_gene_list(str(path), CATALOGUE, {"MLL2", "NEW1", "NEW2"})
    assert (drivers.id, drivers.genes) == ("own", ("KMT2D", "NEW1", "NEW2"))
    assert [catalogue.gene(gene).role for gene in drivers.genes] == ["suppressor", "oncogene", "unknown"]


def test_every_fault_of_an_own_list_is_listed(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("TP53\nTP35\nHER2\nERBB2\nKRAS\tdriver\nnot a gene\nQQQQ\n")
    with pytest.raises(InputError) as caught:
        read_gene_list(str(path), CATALOGUE, {"TP53", "ERBB2", "KRAS"})
    told = [(fault.row, fault.value, fault.rule) for fault in caught.value.faults]
    assert told == [
        (2, "TP35", "no such gene in the reference"),
        (4, "ERBB2", "repeats the gene of row 3"),
        (5, "driver", "unknown role"),
        (6, "not a gene", "is no gene symbol"),
        (7, "QQQQ", "no such gene in the reference"),
    ]
    assert "TP53" in caught.value.faults[0].remedy


@pytest.mark.parametrize("text", ["# nothing\n", "gene\trole\n"])
def test_a_list_without_a_gene(tmp_path, text):
    path = tmp_path / "own.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match="holds no gene"):
        read_gene_list(str(path), CATALOGUE)


@pytest.mark.parametrize("name", ["oesophagus", "germline"])
def test_an_unknown_list_names_those_there_are(name):
    with pytest.raises(InputError, match="oesophagus_squamous"):
        read_gene_list(name, CATALOGUE)
