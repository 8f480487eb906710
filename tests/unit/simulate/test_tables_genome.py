"""Copies of genes, HLA loss and neoantigens of a trial simulated as tables: they fit the records and each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.features.gene_copies import call_by_copies
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.io.gene_copies import read_thresholds
from wes_biomarkers.io.hla_loh import read_rules as read_hla_rules
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.neoantigen_parts import MAX_ROWS
from wes_biomarkers.simulate.tables.parameters import TableParameters

PARAMETERS = TableParameters(n_patient=250, seed=11, variants_per_patient=40)
LOCI = ("A", "B", "C")


def made(folder, **changed):
    simulate_tables(replace(PARAMETERS, **changed), folder)
    return read_cohort(folder / "cohort").tables


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return made(tmp_path_factory.mktemp("genome") / "trial")


class TestGeneCopies:
    def test_are_those_of_the_table_of_drivers(self, tables):
        both = tables["gene"].merge(tables["gene_copy"], on=["pair_id", "gene"], suffixes=("", "_copy"))
        assert len(both) > 2000
        for name in ("total_cn", "minor_cn", "log2"):
            assert (both[name] == both[f"{name}_copy"]).all(), name
        assert (
            both.loc[both["hits"].str.contains("deep_deletion", na=False), "call"] == "deep_deletion"
        ).all()

    def test_are_there_where_copy_number_is_evaluable(self, tables):
        wide = tables["biomarker"]
        known = set(wide.loc[wide["ploidy_status"] == "ok", "pair_id"])
        assert set(tables["gene_copy"]["pair_id"]) == known
        assert known - set(tables["gene"]["pair_id"])

    def test_calls_follow_the_thresholds(self, tables):
        threshold = read_thresholds().gene
        rows = tables["gene_copy"].merge(tables["biomarker"][["pair_id", "ploidy", "wgd"]], on="pair_id")
        calls = [
            call_by_copies(total, 2, 4 if wgd else 2, threshold, ploidy)
            for total, ploidy, wgd in zip(rows["total_cn"], rows["ploidy"], rows["wgd"], strict=True)
        ]
        assert rows["call"].to_list() == calls
        assert set(calls) == {"amplification", "gain", "neutral", "loss", "deep_deletion"}
        assert (rows["loh"] == ((rows["minor_cn"] == 0) & (rows["total_cn"] > 0))).all()


class TestHlaLoss:
    def test_states_are_those_of_the_wide_table(self, tables):
        wide = tables["biomarker"].set_index("pair_id")
        rows = tables["hla_loh"]
        for locus in LOCI:
            mine = rows[rows["locus"] == locus].set_index("pair_id")["state"]
            assert set(mine.index) == set(wide.index[wide[f"hla_loh_{locus.lower()}"].notna()])
            assert (mine == wide.loc[mine.index, f"hla_loh_{locus.lower()}"]).all()
        assert {"loss", "kept", "homozygous"} == set(rows["state"])

    def test_alleles_are_those_of_the_patient(self, tables):
        both = tables["hla_loh"].merge(tables["hla"], on=["pair_id", "locus"], suffixes=("", "_typed"))
        assert len(both) > 400
        assert (both["allele_1"] == both["allele_1_typed"]).all()
        assert (both["allele_2"] == both["allele_2_typed"]).all()
        same = both["allele_1"] == both["allele_2"]
        assert (same == (both["state"] == "homozygous")).all()

    def test_numbers_agree_with_the_state(self, tables):
        rules, rows = read_hla_rules()[0], tables["hla_loh"]
        same, lost, kept = (rows[rows["state"] == word] for word in ("homozygous", "loss", "kept"))
        assert len(lost) > 40
        assert same[["n_site", "cn_1", "p_value", "lost_allele"]].isna().all(axis=None)
        first = lost["lost_allele"] == lost["allele_1"]
        assert (first | (lost["lost_allele"] == lost["allele_2"])).all()
        assert 0.3 < first.mean() < 0.7
        assert (np.where(first, lost["cn_1"], lost["cn_2"]) < rules.loss_copies).all()
        assert (lost["p_value"] < rules.loss_p_value).all()
        assert (kept[["cn_1", "cn_2"]] >= rules.loss_copies).all(axis=None)
        assert kept["lost_allele"].isna().all()
        for number in (1, 2):
            low, value, high = (rows[f"cn_{number}{end}"].dropna() for end in ("_low", "", "_high"))
            assert ((low <= value) & (value <= high)).all()


class TestNeoantigens:
    def test_rows_never_exceed_what_the_record_counts(self, tables):
        wide, rows = tables["biomarker"].set_index("pair_id"), tables["neoantigen"]
        counted = rows.assign(
            strong=rows["strong"].astype(bool), weak=~rows["strong"].astype(bool),
            clonal=rows["clonality"] == "clonal", subclonal=rows["clonality"] == "subclonal",
            lost=rows["hla_lost"].fillna(False).astype(bool),
        ).groupby("pair_id")[["strong", "weak", "clonal", "subclonal", "lost"]].sum()  # fmt: skip
        names = ["n_neoantigen", "n_neoantigen_strong", "n_neoantigen_clonal", "n_neoantigen_hla_loh_adj"]
        record = wide.loc[counted.index, names].astype(int)
        n = record["n_neoantigen"]
        limits = {
            "strong": record["n_neoantigen_strong"], "weak": n - record["n_neoantigen_strong"],
            "clonal": record["n_neoantigen_clonal"], "subclonal": n - record["n_neoantigen_clonal"],
            "lost": n - record["n_neoantigen_hla_loh_adj"],
        }  # fmt: skip
        for name, limit in limits.items():
            assert (counted[name] <= limit).all(), name
            assert counted[name].sum() > 20, name
        assert set(rows["pair_id"]) <= set(wide.index[wide["n_neoantigen_status"] == "ok"])
        assert rows.groupby("pair_id").size().between(1, MAX_ROWS).all()

    def test_all_are_there_where_the_burden_is_small(self, tmp_path):
        """With many variants nothing is lacking but where few mutations bind: a row for each missense one."""
        found = made(tmp_path / "trial", variants_per_patient=400, n_patient=120)
        wide = found["biomarker"].set_index("pair_id")
        n = found["neoantigen"].groupby("pair_id").size()
        record = wide.loc[n.index]
        expected = np.minimum(MAX_ROWS, record["n_neoantigen"] - record["n_neoantigen_frameshift"])
        assert (n == expected).all()
        assert (n < MAX_ROWS).any()
        whole = n.index[(n == record["n_neoantigen"]) & (record["n_neoantigen_frameshift"] == 0)]
        strong = found["neoantigen"].groupby("pair_id")["strong"].sum()
        assert len(whole) > 3
        assert (strong[whole] == wide.loc[whole, "n_neoantigen_strong"]).all()

    def test_are_among_the_missense_variants(self, tables):
        site = ["pair_id", "chrom", "start", "ref", "alt"]
        rows, variants = tables["neoantigen"], tables["variant"]
        both = rows.merge(variants, on=site, suffixes=("", "_variant"))
        assert len(both) == len(rows)
        for name in ("gene", "consequence", "vaf", "ccf", "clonality"):
            assert (both[name] == both[f"{name}_variant"]).all(), name
        assert (both["protein_change"].fillna("") == both["aa_change"].fillna("")).all()
        assert set(rows["consequence"]) == {"missense_variant"}
        assert not rows.duplicated(site).any()

    def test_alleles_are_the_patient_s_and_lost_where_the_tumour_lost_them(self, tables):
        rows, types, loss = tables["neoantigen"], tables["hla"], tables["hla_loh"]
        own = pd.concat([types[["pair_id", name]].set_axis(["pair_id", "allele"], axis=1)
                         for name in ("allele_1", "allele_2")]).drop_duplicates()  # fmt: skip
        typed = rows[rows["pair_id"].isin(types["pair_id"])]
        assert len(typed.merge(own)) == len(typed)
        gone = set(zip(loss["pair_id"], loss["lost_allele"], strict=True))
        known = rows[rows["hla_lost"].notna()]
        told = [key in gone for key in zip(known["pair_id"], known["allele"], strict=True)]
        assert known["hla_lost"].to_list() == told
        assert rows["hla_lost"].isna().any()

    def test_ranks_and_tiers(self, tables):
        rows = tables["neoantigen"]
        assert (rows["strong"] == (rows["rank_pct"] <= 0.5)).all()
        assert rows["rank_pct"].between(0.01, 2.0).all()
        assert (rows["rank"] == rows.groupby("pair_id").cumcount() + 1).all()
        order = ["top", "candidate", "subclonal", "anchor", "hla_lost"]
        assert set(rows["tier"]) == set(order)
        place = rows["tier"].map({"top": 0, "candidate": 1, "subclonal": 3, "anchor": 4, "hla_lost": 6})
        assert (place.groupby(rows["pair_id"]).diff().fillna(0) >= 0).all()
        assert (rows.loc[rows["tier"] == "top", "strong"]).all()

    def test_a_peptide_differs_from_its_wild_type_by_the_exchange(self, tables):
        rows = tables["neoantigen"]
        for mutant, wildtype, change in zip(
            rows["peptide"], rows["wildtype"], rows["protein_change"], strict=True
        ):
            (exchange,) = [pair for pair in zip(wildtype, mutant, strict=True) if pair[0] != pair[1]]
            assert pd.isna(change) or exchange == (change[2], change[-1])

    def test_no_variant_no_candidate(self, tmp_path):
        found = made(tmp_path / "trial", variants_per_patient=0, n_patient=30)
        assert set(found["neoantigen"]["gene"]) <= {"NFE2L2", "PIK3CA"}
