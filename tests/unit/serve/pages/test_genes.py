"""Oncoprint, lollipop and co-occurrence from frames counted by hand."""

import pandas as pd
import pytest

from wes_biomarkers.serve.pages.genes import (
    KINDS,
    cells_of,
    cooccurrence,
    lollipop,
    oncoprint,
    protein_position,
    variant_hits,
)
from wes_biomarkers.stats.exact import fisher_exact_counts

PATIENTS = pd.DataFrame(
    {"patient_id": ["a", "b", "c", "d"], "arm": ["x", None, "y", "x"], "tmb": [1.5, None, 3.0, 2.0]}
)
GENE = pd.DataFrame(
    [
        ("a", "TP53", "suppressor", "biallelic", "truncating;loh"),
        ("b", "TP53", "suppressor", "not_evaluable", None),
        ("c", "TP53", "suppressor", "uncertain", "loh"),
        ("d", "TP53", "suppressor", "unaltered", None),
        ("a", "CCND1", "oncogene", "altered", "amplification"),
        ("z", "CCND1", "oncogene", "altered", "amplification"),
    ],
    columns=["patient_id", "gene", "role", "status", "hits"],
)


def printed(gene, patients, *rest):
    return oncoprint(cells_of(gene, pd.Index(patients["patient_id"])), patients, *rest)


def bit(kind):
    return 1 << KINDS.index(kind)


def variants(*rows):
    return pd.DataFrame(rows, columns=["patient_id", "gene", "consequence", "aa_change", "is_pass"])


def test_oncoprint_counts_alterations_and_keeps_the_unknown_apart():
    found = printed(
        GENE,
        PATIENTS,
        ["TP53", "CCND1"],
        [{"name": "arm", "dtype": "text"}, {"name": "tmb", "dtype": "number"}],
    )
    tp53, ccnd1 = found["genes"]
    assert found["patients"] == ["a", "b", "c", "d"]
    assert (tp53["at"], tp53["bits"]) == ([0, 2], [bit("truncating") | bit("loh"), bit("loh")])
    assert (tp53["unknown"], tp53["n_known"]) == ([1], 3)
    assert tp53["n_altered"] == 1, "LOH alone is drawn, not counted"
    assert ccnd1["at"] == [0], "a patient outside the filter is not drawn"
    assert found["tracks"][0]["values"] == ["x", None, "y", "x"]
    assert found["tracks"][1]["values"] == [1.5, None, 3.0, 2.0]


def test_oncoprint_of_a_gene_nobody_has_and_of_nobody():
    assert printed(GENE, PATIENTS, ["KRAS"])["genes"][0]["n_altered"] == 0
    assert printed(GENE, PATIENTS.head(0), ["TP53"])["n"] == 0


def test_variants_stand_in_for_genes_outside_the_list():
    calls = variants(
        ("a", "SIMG1", "stop_gained&splice_region_variant", "p.Q5*", True),
        ("b", "SIMG1", "synonymous_variant", "p.Q5Q", True),
        ("c", "SIMG1", "missense_variant", "p.Q5H", True),
        ("d", "SIMG1", "missense_variant", "p.Q5H", False),
    )
    found = variant_hits(calls)
    assert list(zip(found["patient_id"], found["hits"], strict=True)) == [("a", "truncating"), ("c", "other")]


@pytest.mark.parametrize(
    ("change", "residue"),
    [
        ("p.G288V", 288),
        ("516A>516S", 516),
        ("p.Arg175His", 175),
        ("p.*394Q", 394),
        ("p.(G12C)", 12),
        ("", None),
        (None, None),
    ],
)
def test_protein_position(change, residue):
    assert protein_position(change) == residue


def test_lollipop_counts_a_patient_once_a_change():
    calls = variants(
        ("a", "G", "missense_variant", "p.G12C", True),
        ("a", "G", "missense_variant", "p.G12C", True),
        ("b", "G", "missense_variant", "p.G12C", True),
        ("b", "G", "splice_donor_variant", None, True),
        ("c", "G", "synonymous_variant", "p.A9A", True),
    )
    found = lollipop(calls, "G", 10)
    assert [(each["position"], each["n"]) for each in found["positions"]] == [(12, 2)]
    assert [(each["change"], each["n"]) for each in found["unplaced"]] == [("splice donor variant", 1)]
    assert (found["n_mutated"], found["n_patient"]) == (2, 10)


def test_lollipop_names_a_frameshift_of_csq_in_few_letters():
    calls = variants(("a", "G", "frameshift_variant", f"249T{'L' * 300}>249N*", True))
    (found,) = lollipop(calls, "G", 10)["positions"]
    assert (found["position"], found["change"]) == (249, "frameshift 249")


def test_cooccurrence_leaves_out_the_unknown_and_pays_for_all_pairs():
    n = 24
    patients = pd.DataFrame({"patient_id": [f"p{index}" for index in range(n)]})
    rows = [(f"p{i}", "A", "oncogene", "altered", "hotspot") for i in range(12)]
    rows += [(f"p{i}", "B", "oncogene", "altered", "hotspot") for i in range(12, 22)]
    rows += [("p23", "B", "oncogene", "not_evaluable", None), ("p0", "C", "oncogene", "altered", "hotspot")]
    told = {row[:2] for row in rows}
    rows += [
        (f"p{i}", g, "oncogene", "unaltered", None)
        for i in range(n)
        for g in "ABC"
        if (f"p{i}", g) not in told
    ]
    gene = pd.DataFrame(rows, columns=GENE.columns)
    found = cooccurrence(printed(gene, patients, ["A", "B", "C"]))
    pairs = {(each["gene_a"], each["gene_b"]): each for each in found["pairs"]}
    exclusive = pairs["A", "B"]
    assert [exclusive[name] for name in ("n_both", "n_a_only", "n_b_only", "n_neither")] == [0, 12, 10, 1]
    assert exclusive["p_value"] == pytest.approx(fisher_exact_counts(0, 12, 10, 1).p_value, rel=1e-12)
    assert exclusive["odds_ratio"] == 0
    assert all(each["q_value"] >= each["p_value"] for each in pairs.values())


def test_cooccurrence_of_a_gene_altered_in_nobody_says_why():
    (pair,) = cooccurrence(printed(GENE, PATIENTS, ["TP53", "KRAS"]))["pairs"]
    assert pair["p_value"] is None
    assert pair["reason"]
