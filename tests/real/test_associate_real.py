"""`associate` on public cohorts: published figures found again, effects equal to other programs'."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.optimize import minimize
from scipy.stats import false_discovery_control, mannwhitneyu
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from wes_biomarkers.cli.main import main
from wes_biomarkers.features.proteomics import for_ranking

pytestmark = pytest.mark.real


def run(*words: object) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in ("--quiet", *words)])
    assert stopped.value.code == 0


def associate(cohort: Path, *words: object) -> pd.DataFrame:
    out = cohort.parent / "association.tsv"
    run("associate", cohort, *words, "-o", out)
    return pd.read_csv(out, sep="\t")


def lifelines_ratio(time, event, x) -> list[float]:
    """Hazard ratio of x per standard deviation, its interval and p by lifelines (Efron's ties)."""
    frame = pd.DataFrame({"x": (x - x.mean()) / x.std(ddof=1), "t": time, "e": event}).dropna()
    fit = CoxPHFitter().fit(frame, "t", "e", fit_options={"precision": 1e-9})
    row = fit.summary.loc["x"]
    return [row["exp(coef)"], row["exp(coef) lower 95%"], row["exp(coef) upper 95%"], row["p"]]


# --- 1,479 patients on checkpoint inhibitors (Chowell 2021) ---------------------------------------------------

NUMBERS = {"TMB": "tmb", "HED": "hed", "FCNA": "fcna", "NLR": "nlr", "Albumin": "albumin"}


@pytest.fixture(scope="module")
def chowell(real_data):
    return pd.read_csv(real_data / "cohort_chowell2021" / "chowell_all.csv")


@pytest.fixture(scope="module")
def chowell_cohort(chowell, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chowell")
    table = pd.DataFrame(
        {
            "patient_id": "C" + chowell["SAMPLE_ID"].astype(str),
            "cancer_type": chowell["Cancer_type_grouped_2"],
            "part": chowell["cohort"],
            "best_response": chowell["Response"].map({1: "PR", 0: "PD"}),
            "os_months": chowell["OS_Months"],
            "os_event": chowell["OS_Event"],
            "pfs_months": chowell["PFS_Months"],
            "pfs_event": chowell["PFS_Event"],
            "hla_loh": chowell["HLA_LOH"].map({1: "yes", 0: "no"}),
            **{name: chowell[source] for source, name in NUMBERS.items()},
        }
    )
    table.to_csv(folder / "clinical.csv", index=False)
    run("cohort", "build", "--clinical", folder / "clinical.csv", "--out", folder / "cohort")
    return folder / "cohort"


def test_the_papers_auc_of_burden(chowell, chowell_cohort):
    """The paper gives .628 for response in its 295 test patients."""
    found = associate(
        chowell_cohort, "--endpoint", "response_unconfirmed", "--feature", "tmb", "--subgroup", "part"
    )
    row = found[(found["effect_kind"] == "auc") & found["population"].str.endswith("part: test_msk")].iloc[0]
    assert (row["n"], row["n_event"], round(row["effect"], 3)) == (295, 90, 0.628)
    test = chowell[chowell["cohort"] == "test_msk"]
    yes, no = (test.loc[test["Response"] == value, "TMB"] for value in (1, 0))
    assert row["effect"] == pytest.approx(mannwhitneyu(yes, no).statistic / (len(yes) * len(no)), rel=1e-9)
    assert 0.55 < row["ci_low"] < 0.628 < row["ci_high"] < 0.71
    assert found["flags"].str.contains("exploratory").all()


def test_hazard_ratios_by_cancer_type(chowell, chowell_cohort):
    """Six features, two endpoints, 16 cancers and all: each as lifelines has it; 44 oesophageal patients."""
    for endpoint, prefix in (("os", "OS"), ("pfs", "PFS")):
        words = [word for name in (*NUMBERS.values(), "hla_loh") for word in ("--feature", name)]
        found = associate(chowell_cohort, "--endpoint", endpoint, *words, "--subgroup", "cancer_type")
        ratios = found[found["method"] == "cox_efron"]
        assert set(found["population"].str.partition("cancer_type: ")[2]) == {
            "",
            *chowell["Cancer_type_grouped_2"],
        }
        esophageal = ratios[ratios["population"].str.endswith("Esophageal")]
        assert set(esophageal["feature"]) == {*NUMBERS.values(), "hla_loh"} and (esophageal["n"] == 44).all()
        for source, name in NUMBERS.items():
            for kind in ("", "Esophageal", "NSCLC", "Melanoma"):
                part = chowell if not kind else chowell[chowell["Cancer_type_grouped_2"] == kind]
                row = ratios[
                    (ratios["feature"] == name)
                    & (ratios["population"].str.partition("cancer_type: ")[2] == kind)
                ]
                expected = lifelines_ratio(part[f"{prefix}_Months"], part[f"{prefix}_Event"], part[source])
                found_here = row[["effect", "ci_low", "ci_high", "p_value"]].to_numpy(float)[0]
                assert found_here[:3] == pytest.approx(expected[:3], rel=1e-4), (endpoint, name, kind)
                assert found_here[3] == pytest.approx(
                    expected[3], rel=1e-2, abs=1e-12
                )  # lifelines stops earlier
                assert (
                    row["n"].iloc[0] == len(part) and row["n_event"].iloc[0] == part[f"{prefix}_Event"].sum()
                )
        tested = found[found["q_value"].notna()]
        assert tested["q_value"].to_numpy() == pytest.approx(false_discovery_control(tested["p_value"]))


# --- serum proteins and immune-related adverse events (Khan 2025) ---------------------------------------------


@pytest.fixture(scope="module")
def khan_rows(real_data):
    with open(real_data / "toxicity_khan2025" / "khan_cytokine_long.csv", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def khan_cohort(real_data, khan_rows, tmp_path_factory):
    folder, source = tmp_path_factory.mktemp("khan"), real_data / "toxicity_khan2025"
    lines = [f"{row['patient_id']}_{row['timepoint'].split()[0]},{row['patient_id']},serum,{row['timepoint']}"
             for row in khan_rows]  # fmt: skip
    (folder / "samples.csv").write_text("sample_id,patient_id,specimen,timepoint\n" + "\n".join(lines) + "\n")
    metadata = pd.read_csv(source / "khan_metadata.csv")
    metadata = metadata.rename(columns={"highest_grade_iraE": "highest_toxicity_grade", "ici_drug": "drug"})
    metadata[["patient_id", "highest_toxicity_grade", "drug"]].to_csv(folder / "clinical.csv", index=False)
    (folder / "settings.toml").write_text('baseline = "BL"\n')
    run("cohort", "build", "--clinical", folder / "clinical.csv", "--out", folder / "cohort",
        "--proteomics", source / "khan_cytokine_long.csv", "--proteomics-sample", folder / "samples.csv",
        "--proteomics-settings", folder / "settings.toml")  # fmt: skip
    return folder / "cohort"


def test_proteins_at_baseline_against_the_grade(khan_cohort, khan_rows):
    """Grades 0/1/2/3 of 66/4/56/36 patients; 146 have proteins; those with values out of range go by rank."""
    clinical = pd.read_parquet(khan_cohort / "clinical.parquet")
    assert clinical["grade_any"].value_counts().sort_index().to_dict() == {0: 66, 1: 4, 2: 56, 3: 36}
    proteins = list(khan_rows[0])[2:]
    words = [word for name in proteins for word in ("--feature", f"protein:{name}")]
    graded = associate(khan_cohort, "--endpoint", "toxicity_grade_any", *words).set_index("feature")
    assert len(graded) == 40 and (graded["n"] == 146).all() and (graded["n_event"] == 82).all()
    assert (graded["status"] == "ok").all() and (graded["method"] == "proportional_odds").all()
    baseline = {row["patient_id"]: row for row in khan_rows if row["timepoint"] == "BL"}
    marked = {name for name in proteins if any(not row[name][0].isdigit() for row in baseline.values())}
    ranked = graded["flags"].str.contains("censored_as_ranks")
    assert set(ranked.index[ranked]) == {f"protein:{name}" for name in marked} and len(marked) == 18
    assert graded.loc[ranked, "scale"].str.startswith("per sd of ranks").all()
    assert graded["q_value"].to_numpy() == pytest.approx(false_discovery_control(graded["p_value"]))
    low = graded[graded["q_value"] < 0.05]["effect"]
    assert (low["protein:Eotaxin-2/ CCL24"] > 1) and (low["protein:IL-8/ CXCL8"] < 1) and len(low) == 2
    table = pd.read_parquet(khan_cohort / "proteomics.parquet").query("timepoint == 'BL'")
    eotaxin = table[table["protein"] == "Eotaxin-2/ CCL24"].set_index("patient_id")["value"]
    grade = clinical.set_index("patient_id")["grade_any"].astype(int).loc[eotaxin.index]
    fit = OrderedModel(grade, (eotaxin - eotaxin.mean()) / eotaxin.std(ddof=1), distr="logit").fit(
        disp=0, method="bfgs"
    )
    assert low["protein:Eotaxin-2/ CCL24"] == pytest.approx(np.exp(fit.params.iloc[0]), rel=1e-4)


def test_a_protein_by_rank_as_statsmodels_has_it(khan_cohort, khan_rows):
    found = associate(khan_cohort, "--endpoint", "toxicity", "--feature", "protein:IL-6")
    row = found[found["method"] == "logistic"].iloc[0]
    table = pd.read_parquet(khan_cohort / "proteomics.parquet").query(
        "protein == 'IL-6' and timepoint == 'BL'"
    )
    clinical = pd.read_parquet(khan_cohort / "clinical.parquet").set_index("patient_id")
    assert (row["n"], row["n_event"]) == (146, 31) and (table["censored"] == "below").sum() > 10
    ranks = for_ranking(table["value"], table["censored"])
    x = np.column_stack([np.ones(len(ranks)), (ranks - ranks.mean()) / ranks.std(ddof=1)])
    fit = Logit((clinical.loc[table["patient_id"], "grade_any"] >= 3).to_numpy(float), x).fit(
        disp=0, tol=1e-12
    )
    assert row["effect"] == pytest.approx(np.exp(fit.params[1]), rel=1e-6)
    assert row["p_value"] == pytest.approx(fit.pvalues[1], rel=1e-5)


# --- squamous oesophageal cancers of TCGA ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def esca(real_data):
    frame = pd.read_csv(real_data / "esca_tcga" / "DERIVED_MC3_ESCA.clinical.tsv", sep="\t", low_memory=False)
    squamous = frame["CDR_histological_type"].str.contains("Squamous")
    return pd.DataFrame(
        {
            "patient_id": frame["Tumor_Sample_Barcode"],
            "histology": np.where(squamous, "squamous", "adenocarcinoma"),
            "os_months": frame["CDR_OS.time"] / 30.4375,
            "os_event": frame["CDR_OS"].astype(int),
            "radiation_therapy": frame["radiation_therapy"].where(
                frame["radiation_therapy"].isin(("YES", "NO"))
            ),
            "n_nonsilent": frame["n_vars_all"],
        }
    )


@pytest.fixture(scope="module")
def esca_cohort(real_data, esca, tmp_path_factory):
    folder = tmp_path_factory.mktemp("esca")
    esca.to_csv(folder / "clinical.csv", index=False)
    maf = real_data / "esca_tcga" / "DERIVED_MC3_ESCA.maf.tsv.gz"
    run("import", "maf", maf, "--build", "GRCh37", "--out", folder / "maf")
    run("cohort", "build", folder / "maf" / "results", "--clinical", folder / "clinical.csv",
        "--out", folder / "cohort")  # fmt: skip
    return folder / "cohort"


def test_survival_of_squamous_tumours(real_data, esca, esca_cohort):
    """97 squamous tumours, 33 deaths: burden and mutated genes, as lifelines has them from the MAF."""
    genes = ("TP53", "NFE2L2", "KMT2D", "PIK3CA")
    words = [word for name in genes for word in ("--feature", f"mutation:{name}")]
    found = associate(esca_cohort, "--endpoint", "os", "--feature", "n_nonsilent", "--feature", "mutation:CDKN2A",
                      *words, "--subgroup", "histology")  # fmt: skip
    cox = found["method"].str.startswith("cox")
    squamous = found[found["population"].str.endswith("squamous") & cox].set_index("feature")
    assert (squamous["n"] == 97).all() and (squamous["n_event"] == 33).all()
    part = esca[esca["histology"] == "squamous"]
    burden = lifelines_ratio(part["os_months"], part["os_event"], part["n_nonsilent"])
    assert squamous.loc["n_nonsilent", ["effect", "ci_low", "ci_high", "p_value"]].tolist() == pytest.approx(
        burden, rel=1e-5
    )
    maf = pd.read_csv(real_data / "esca_tcga" / "DERIVED_MC3_ESCA.maf.tsv.gz", sep="\t", dtype=str)
    passed = maf[maf["FILTER"] == "PASS"]
    for name in genes:
        mutated = set(passed.loc[passed["Hugo_Symbol"] == name, "Tumor_Sample_Barcode"])
        frame = pd.DataFrame({"x": part["patient_id"].isin(mutated).astype(float), "t": part["os_months"],
                              "e": part["os_event"]})  # fmt: skip
        expected = CoxPHFitter().fit(frame, "t", "e").hazard_ratios_["x"]
        assert squamous.loc[f"mutation:{name}", "effect"] == pytest.approx(expected, rel=1e-4), name
    none_died = squamous.loc["mutation:CDKN2A"]  # of the four mutated nobody died
    assert none_died["status"] == "ok" and {"separation", "firth"} <= set(none_died["flags"].split(";"))


def test_radiation_was_not_allocated_by_chance(esca_cohort):
    words = (
        "--endpoint",
        "os",
        "--feature",
        "n_nonsilent",
        "--by",
        "radiation_therapy",
        "--subgroup",
        "histology",
    )
    found = associate(esca_cohort, *words)
    squamous = found[found["population"].str.endswith("squamous")]
    tests = squamous[squamous["role"] == "predictive"]
    assert (tests["n"] == 90).all()  # 7 of 97 are unknown
    compared = squamous[squamous["role"].isin(("predictive", "treatment"))]
    assert len(compared) >= 3 and compared["flags"].str.contains("observational_treatment").all()
    assert squamous.loc[squamous["role"] == "within_arm", "n"].tolist() == [55, 35]
    plain = associate(esca_cohort, "--endpoint", "os", "--question", "treatment", "--by", "radiation_therapy")
    assert (
        plain["flags"].str.contains("observational_treatment").all() and (plain["role"] == "treatment").all()
    )


# --- a simulated oncology trial as ADaM -----------------------------------------------------------------------


def firth_cox(time, event, x) -> np.ndarray:
    """Maximum of Firth's penalised partial likelihood by brute force, without ties among events."""
    order = np.argsort(time, kind="stable")
    time, event, x = np.asarray(time)[order], np.asarray(event, bool)[order], np.asarray(x, float)[order]
    assert all(a < b for a, b in pairwise(time[event]))

    def negative(beta):
        value, information = 0.0, np.zeros((x.shape[1], x.shape[1]))
        for i in np.flatnonzero(event):
            at_risk = x[time >= time[i]]
            weight = np.exp(at_risk @ beta)
            value += x[i] @ beta - np.log(weight.sum())
            mean = weight @ at_risk / weight.sum()
            information += (at_risk * weight[:, None]).T @ at_risk / weight.sum() - np.outer(mean, mean)
        return -(value + 0.5 * np.linalg.slogdet(information)[1])

    found = minimize(negative, np.zeros(x.shape[1]), method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000})  # fmt: skip
    return found.x


def test_arms_of_an_adam_trial(real_data, tmp_path):
    """Three deaths among 254: Firth's estimate of each arm, as from ADTTE itself."""
    folder = real_data / "adam_oncology"
    run("import", "adam", *sorted(folder.glob("*.csv.gz")), "--out", tmp_path / "adam")
    words = [word for name in ("clinical", "toxicity", "assessments")
             for word in (f"--{name}", tmp_path / "adam" / f"{name}.csv")]  # fmt: skip
    run("cohort", "build", "--out", tmp_path / "cohort", *words)
    found = associate(
        tmp_path / "cohort", "--endpoint", "os", "--question", "treatment", "--reference-arm", "Placebo"
    )
    arms = found.set_index("term")
    log_rank = arms.loc["log-rank test, unadjusted"]
    assert log_rank["status"] == "not_evaluable" and "fewer than 5" in log_rank["reason"]
    arms = arms.drop(index="log-rank test, unadjusted")
    assert (
        (arms["n"] == 254).all()
        and (arms["n_event"] == 3).all()
        and arms["method"].str.startswith("cox_firth").all()
    )
    assert not arms["flags"].str.contains("observational_treatment").any()  # all were randomised
    overall = pd.read_csv(folder / "adtte_onco.csv.gz").query("PARAMCD == 'OS'")
    names = ("Xanomeline High Dose", "Xanomeline Low Dose")
    x = np.column_stack([(overall["ARM"] == name).to_numpy(float) for name in names])
    expected = np.exp(firth_cox(overall["AVAL"], overall["CNSR"] == 0, x))
    for name, ratio in zip(names, expected, strict=True):
        assert arms.loc[f"{name} against Placebo", "effect"] == pytest.approx(ratio, rel=1e-4)
