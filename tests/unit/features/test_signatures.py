import numpy as np
import pytest

from wes_biomarkers.contracts.biomarkers import BIOMARKERS, VALUES
from wes_biomarkers.contracts.biomarkers.signatures import AGGREGATES
from wes_biomarkers.features.mutation_channels import SBS96
from wes_biomarkers.features.signature_fit import SignatureTable
from wes_biomarkers.features.signatures import Bootstrap, Candidates, Catalogue, compute_signatures
from wes_biomarkers.features.tmb import Pair
from wes_biomarkers.io.signature_definitions import read_signature_rules

SBS = read_signature_rules().definitions[0]
NAMES = ("SBS1", "SBS2", "SBS3", "SBS5", "SBS13")
PAIR = Pair("P1", "T_vs_N")


@pytest.fixture(scope="module")
def table() -> SignatureTable:
    matrix = np.random.default_rng(1).dirichlet(np.full(96, 0.2), len(NAMES)).T
    return SignatureTable("SBS", SBS96, NAMES, matrix, "test")


def catalogue(table: SignatureTable, n: int, shares=(0.3, 0.2, 0, 0.2, 0.3), **other) -> Catalogue:
    counts = np.random.default_rng(2).multinomial(n, table.matrix @ np.array(shares)).astype(float)
    return Catalogue("SBS", counts, **other)


def compute(given: Catalogue, candidates: Candidates, n: int = 20, seed: int = 1):
    return compute_signatures(given, candidates, SBS, PAIR, Bootstrap(n, seed))


def test_shares_sum_to_1_and_lie_in_their_intervals(table):
    record = compute(catalogue(table, 800, n_left_out=3), Candidates(table))
    values = record.values
    assert record.status == "ok" and values["n_mutation"] == 800 and values["n_left_out"] == 3
    assert sum(values["exposure"]) == pytest.approx(1) and sum(values["counts"]) == 800
    assert values["exposure"] == sorted(values["exposure"], reverse=True)
    assert values["sbs_apobec"] == pytest.approx(0.5, abs=0.06)
    assert values["sbs_clock"] == pytest.approx(0.5, abs=0.06)
    assert values["sbs_apobec_low"] <= values["sbs_apobec"] <= values["sbs_apobec_high"]
    assert values["cosine"] > 0.97 and record.flags == ()


def test_fewer_than_50_substitutions_are_not_evaluable_and_their_counts_stay(table):
    record = compute(catalogue(table, 49), Candidates(table))
    assert record.status == "not_evaluable"
    assert record.reason == "49 single base substitutions; at least 50 are needed"
    assert record.values["n_mutation"] == 49 and sum(record.values["counts"]) == 49
    assert record.values["sbs_apobec"] is None and record.values["signature"] is None
    assert compute(catalogue(table, 50), Candidates(table)).status == "ok"


def test_three_substitutions_and_none(table):
    assert compute(catalogue(table, 3), Candidates(table)).values["n_mutation"] == 3
    assert compute(Catalogue("SBS", np.zeros(96)), Candidates(table)).status == "not_evaluable"


def test_unknown_mutations_are_not_0(table):
    record = compute(Catalogue("SBS", np.zeros(96), obstacle="no FILTER"), Candidates(table))
    assert (record.status, record.reason) == ("not_evaluable", "no FILTER")
    assert set(record.values.values()) == {None}


def test_a_poor_reconstruction_is_flagged(table):
    odd = np.zeros(96)
    odd[table.matrix.max(axis=1).argmin()] = 200
    record = compute(Catalogue("SBS", odd), Candidates(table))
    assert record.status == "ok" and record.flags == ("signatures_low_cosine",)


def test_a_restricted_list_keeps_its_reason_and_leaves_the_others_unknown(table):
    record = compute(catalogue(table, 300), Candidates(table.only(("SBS1", "SBS13")), "no APOBEC in blood"))
    assert "signatures_restricted" in record.flags
    assert record.reason == "only SBS1, SBS13 were tried: no APOBEC in blood"
    few = compute(catalogue(table, 3), Candidates(table.only(("SBS1",)), "a test"))
    assert few.reason.startswith("3 single base") and few.reason.endswith("only SBS1 were tried: a test")
    assert record.values["sbs_hrd_like"] is None and record.values["sbs_apobec"] is not None


def test_without_resamples_intervals_are_unknown(table):
    values = compute(catalogue(table, 300), Candidates(table), n=0).values
    assert values["exposure_low"] is None and values["sbs_clock_high"] is None and values["sbs_clock"] > 0


def test_the_same_seed_gives_the_same_record(table):
    one, same, other = (compute(catalogue(table, 200), Candidates(table), seed=seed) for seed in (1, 1, 2))
    assert one.as_dict() == same.as_dict() != other.as_dict()


def test_contract_and_definition_name_the_same_values(table):
    assert set(SBS.groups) == set(AGGREGATES)
    declared = {name for feature, name in VALUES if feature == "signatures"}
    assert set(compute(catalogue(table, 60), Candidates(table)).values) == declared
    columns = {biomarker.column.name for biomarker in BIOMARKERS if biomarker.feature == "signatures"}
    assert {"sbs_apobec", "sbs_clock", "sbs_smoking", "sbs_mmr", "sbs_pole", "sbs_pold1"} <= columns
    assert {"sbs_hrd_like", "sbs_platinum", "sbs_alcohol", "sbs_cosine"} <= columns
    for name, doc in AGGREGATES.items():
        for member in SBS.groups[name]:
            number = int(member.removeprefix("SBS").rstrip("abcd"))
            assert member in doc or (name == "sbs_artefact" and 45 <= number <= 60)
