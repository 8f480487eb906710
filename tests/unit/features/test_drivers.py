from wes_biomarkers.contracts.biomarkers import VALUES, drivers
from wes_biomarkers.features.drivers import DriverEvidence, compute_drivers
from wes_biomarkers.features.gene_copies import GeneCopy
from wes_biomarkers.features.gene_status import Gene, Mutation, judge_genes
from wes_biomarkers.features.pathways import GeneSet
from wes_biomarkers.features.tmb import Pair
from wes_biomarkers.io.gene_sets import read_catalogue

PAIR = Pair("P1", "T_vs_N")
LIST = GeneSet("list", "driver", "", ("TP53", "CCND1", "MLH1", "KRAS"), "")
PATHWAYS = (
    GeneSet("cell_cycle", "pathway", "", ("CCND1",), ""),
    GeneSet("notch", "pathway", "", ("NOTCH1",), ""),
)
GENES = [
    Gene("TP53", "suppressor"),
    Gene("CCND1", "oncogene"),
    Gene("MLH1", "suppressor"),
    Gene("POLE", "oncogene"),
]
TP53 = Mutation("TP53", "truncating", "p.R213*", "17", 5)


def copies(gene, call="neutral", loh=False):
    return GeneCopy(gene, "1", 0, 9, call, "copies", loh, 0.0, 2.0, 1.0, 1.0, 1, 1.0)


def record(definition="wes_drivers", mutations=(TP53,), called=None, **evidence):
    called = called if called is not None else {gene.name: copies(gene.name) for gene in GENES}
    statuses = judge_genes(GENES, mutations, called if definition == "wes_drivers" else {})
    known = {"pathways": PATHWAYS, "mutations": mutations, "absent": ["KRAS"], "has_copies": True} | evidence
    return compute_drivers(definition, statuses, DriverEvidence(LIST, **known), PAIR)


def test_counts_genes_of_the_list_alone():
    called = {gene.name: copies(gene.name) for gene in GENES}
    called |= {"TP53": copies("TP53", loh=True), "CCND1": copies("CCND1", "amplification")}
    made = record(called=called, msi_class="stable")
    assert (made.status, made.feature, made.definition_id) == ("ok", "drivers", "wes_drivers")
    values = made.values
    assert (values["n_driver"], values["n_biallelic"], values["n_gene"], values["n_mutated"]) == (2, 1, 3, 1)
    assert values["driver_genes"] == ["TP53", "CCND1"]
    assert values["biallelic_genes"] == ["TP53"]
    assert values["absent_genes"] == ["KRAS"]
    assert (values["altered_cell_cycle"], values["n_altered_cell_cycle"]) == (True, 1)
    assert (values["altered_notch"], values["n_altered_notch"]) == (None, None)
    assert (values["mmr_loss"], values["mmr_agrees_msi"]) == (False, True)
    assert (values["pole_exonuclease"], values["pold1_exonuclease"]) == ("none", None)
    assert values["germline_genes"] is None


def test_without_copy_number_only_mutations_are_told():
    made = record(has_copies=False)
    assert (made.status, made.values) == ("not_evaluable", {"n_driver": None})
    assert "no copy number" in made.reason
    alone = record("wes_drivers_mutation", has_copies=False)
    assert alone.status == "ok"
    assert (alone.values["n_driver"], alone.values["n_gene"]) == (1, 3)
    assert alone.values["n_biallelic"] is None  # one hit, and the other copy is unknown
    assert alone.values["biallelic_genes"] is None
    assert alone.values["altered_cell_cycle"] is False
    assert alone.values["mmr_loss"] is None
    assert record("wes_drivers_mutation", mutations=()).values["n_biallelic"] == 0


def test_what_cannot_be_evaluated():
    for definition in ("wes_drivers", "wes_drivers_mutation"):
        made = record(definition, missing="the VCF has no annotation")
        assert (made.status, made.reason) == ("not_evaluable", "the VCF has no annotation")
    other = DriverEvidence(GeneSet("own", "driver", "", ("XYZ",), ""), has_copies=True)
    assert compute_drivers("wes_drivers", judge_genes(GENES, (), {}), other, PAIR).status == "not_evaluable"


def test_flags_and_germline():
    made = record(n_unknown_reads=2, synthetic=True, germline_genes=("BRCA2",))
    assert made.flags == ("synthetic", "needs_review")
    assert made.reason.startswith("2 mutations kept")
    assert made.values["germline_genes"] == ["BRCA2"]
    assert record(germline_genes=()).values["germline_genes"] == []


def test_every_value_and_pathway_is_declared():
    pathways = read_catalogue().of_kind("pathway")
    assert {one.id for one in pathways} == set(drivers.PATHWAYS)
    values = record(pathways=pathways).values
    assert {("drivers", name) for name in values} == {key for key in VALUES if key[0] == "drivers"}
    assert {column.value for column in drivers.BIOMARKERS} <= set(values)
