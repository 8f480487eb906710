"""Plans run on a simulated trial: rows, roles, families, flags and guards."""

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.join.frame import Join


def make_tables(n=300, seed=3):
    """A study with two arms: `good` is prognostic, `helped` predictive, `noise` neither."""
    rng = np.random.default_rng(seed)
    good, helped, noise = rng.normal(size=(3, n))
    arm = rng.random(n) < 0.5
    chose = rng.random(n) < 0.4
    months = rng.exponential(12 * np.exp(-0.7 * good + 0.9 * helped * arm)) + 0.01
    cut = rng.uniform(6, 40, n)
    clinical = pd.DataFrame(
        {
            "patient_id": [f"P{i:03}" for i in range(n)],
            "site": rng.choice(["S1", "S2", "S3"], n),
            "allocation_date": pd.Timestamp("2022-01-01"),
            "assignment": np.where(chose, "preference", "randomized"),
            "arm_assigned": np.where(arm, "b", "a"),
            "arm_received": np.where(arm, "b", "a"),
            "os_months": np.minimum(months, cut),
            "os_event": months <= cut,
            "os_origin": "allocation",
            "objective_response": rng.random(n) < 1 / (1 + np.exp(-good)),
            "age": rng.normal(60, 8, n),
            "good": good,
            "helped": helped,
            "noise": noise,
            "group": rng.choice(["x", "y", "z"], n),
            "level": np.where(rng.random(n) < 0.1, 0.0, rng.normal(40, 2, n)),
            "constant": 1.0,
        }
    ).astype({"os_event": "boolean", "objective_response": "boolean"})
    patient = pd.DataFrame({"patient_id": clinical["patient_id"], "n_tumor_sample": 0})
    return {"patient": patient, "clinical": clinical}


@pytest.fixture(scope="module")
def join():
    return Join(make_tables())


def run(join, *analyses, plan_id="", families=None):
    found = run_plan(join, Plan("", analyses, families or {}, plan_id))
    return conform_frame(found.table, ASSOCIATION), found


def test_prognostic(join):
    table, _ = run(join, Analysis("a", "os", ("good", "noise", "group", "constant"), adjust=("age",)))
    good = table[table["feature"] == "good"].iloc[0]
    assert good["effect"] > 1.5 and good["q_value"] < 0.01 and good["adjust"] == "age;arm_assigned;assignment"
    assert good["method"] == "cox_efron" and good["role"] == "prognostic" and good["origin"] == "allocation"
    assert "exploratory" in good["flags"] and not good["prespecified"]
    group = table[table["feature"] == "group"]
    tested = group[group["q_value"].notna()]
    assert list(tested["term"]) == ["all levels together"]
    assert list(group["method"]).count("cox_efron") == 2 and "log_rank" in set(group["method"])
    constant = table[table["feature"] == "constant"].iloc[0]
    assert constant["status"] == "not_evaluable" and "constant_feature" in constant["flags"]


def test_predictive_is_the_interaction_only(join):
    table, _ = run(join, Analysis("a", "os", ("helped", "good"), "predictive"), plan_id="0123456789ab")
    tests = table[table["role"] == "predictive"].set_index("feature")
    assert (
        tests.loc["helped", "q_value"] < 0.01
        and tests.loc["helped", "effect_kind"] == "ratio_of_hazard_ratios"
    )
    assert tests.loc["good", "p_value"] > 0.01
    within = table[table["role"] == "within_arm"]
    assert len(within) == 4 and within["q_value"].isna().all()
    assert within["flags"].str.contains("arm_specific").all()
    assert (within.groupby("feature")["n"].sum() == 300).all()
    assert table["prespecified"].all() and not table["flags"].str.contains("exploratory").any()
    assert (table["plan_id"] == "0123456789ab").all()


def test_one_arm_alone_is_never_prediction(join):
    table, _ = run(join, Analysis("a", "os", ("helped",), population="arm:b"))
    row = table.iloc[0]
    assert row["role"] == "within_arm" and "arm_specific" in row["flags"]


def test_one_arm_only():
    tables = make_tables()
    tables["clinical"]["arm_assigned"] = "a"
    table, _ = run(Join(tables), Analysis("a", "os", ("good",), "predictive"))
    assert table.iloc[0]["status"] == "not_evaluable" and "only one arm" in table.iloc[0]["reason"]


def test_an_endpoint_without_events():
    tables = make_tables()
    tables["clinical"]["os_event"] = False
    table, _ = run(Join(tables), Analysis("a", "os", ("good",)))
    assert table.iloc[0]["reason"] == "no patient had the event"


def test_separation_and_few_events():
    tables = make_tables(60)
    clinical = tables["clinical"]
    clinical["perfect"] = clinical["objective_response"].astype(float) * 2 + 0.5
    table, _ = run(Join(tables), Analysis("a", "response", ("perfect",)))
    row = table[table["method"] == "logistic_firth"].iloc[0]
    assert {"firth", "separation"} <= set(row["flags"].split(";"))


def test_zeros_are_flagged(join):
    table, _ = run(join, Analysis("a", "os", ("level",)))
    assert "unknown_as_zero" in table.iloc[0]["flags"]


def test_a_searched_cut_pays_for_the_search(join):
    table, found = run(join, Analysis("a", "os", ("noise",), cutpoint=Cutpoint("maximally_selected")))
    row = table.iloc[0]
    assert "data_driven_cutpoint" in row["flags"] and "maximally selected cut" in row["scale"]
    given = found.used["a", "noise"].cutpoint
    again, _ = run(join, Analysis("a", "os", ("noise",), cutpoint=Cutpoint("value", given.value)))
    assert row["p_value"] > again.iloc[0]["p_value"] and row["effect"] == pytest.approx(
        again.iloc[0]["effect"]
    )
    table, _ = run(
        join, Analysis("a", "os", ("noise",), "predictive", cutpoint=Cutpoint("maximally_selected"))
    )
    assert table.iloc[0]["status"] == "refused"


def test_families_are_adjusted_apart(join):
    analyses = [
        Analysis("a", "os", ("good", "noise"), family="one"),
        Analysis("b", "os", ("helped",), family="two"),
    ]
    table, _ = run(join, *analyses, families={"one": "holm", "two": "none"})
    one = table[(table["family"] == "one") & table["q_value"].notna()].sort_values("p_value")
    assert one["q_value"].iloc[0] == pytest.approx(2 * one["p_value"].iloc[0])
    two = table[(table["family"] == "two") & table["q_value"].notna()]
    assert two["q_value"].iloc[0] == two["p_value"].iloc[0] and two["adjustment"].iloc[0] == "none"


def test_treatment_and_preference(join):
    table, found = run(
        join,
        Analysis("t", "os", question="treatment"),
        Analysis("p", "os", question="preference", adjust=("age",)),
    )
    treatment = table[table["analysis"] == "t"]
    assert "observational_treatment" in treatment.iloc[0]["flags"]  # some chose
    parts = table[table["analysis"] == "p"].set_index("population")
    assert {"allocated by randomisation", "allocated by own choice", "allocated by own choice, overlap-weighted",
            "randomised and own choice together"} == set(parts.index)  # fmt: skip
    assert "observational_treatment" not in parts.loc["allocated by randomisation", "flags"]
    counts = parts[parts["term"] == "b against a"]["n"]
    assert counts["allocated by randomisation"] + counts["allocated by own choice"] == 300
    weighted = found.balance["p"].query("weighted")
    assert (weighted["difference"].abs() < 1e-6).all()  # overlap weights balance means exactly (Li 2018)


def test_randomised_only_is_not_observational(join):
    table, _ = run(join, Analysis("t", "os", question="treatment", population="randomized"))
    assert "observational_treatment" not in table.iloc[0]["flags"]
    table, _ = run(
        join, Analysis("t", "os", question="treatment", population="randomized", estimand="as_received")
    )
    assert "observational_treatment" in table.iloc[0]["flags"]


def test_subgroups(join):
    table, _ = run(join, Analysis("a", "os", ("good",), subgroup="group"))
    assert len(table) == 4 and table.loc[table["population"].str.contains("group"), "n"].sum() == 300


def test_a_model_of_noise_foretells_nothing(join):
    tables = make_tables(200, 8)
    rng = np.random.default_rng(1)
    for index in range(10):
        tables["clinical"][f"n{index}"] = rng.normal(size=200)
    features = tuple(f"n{index}" for index in range(10))
    table, _ = run(Join(tables), Analysis("m", "os", features, "model"))
    honest = table[table["method"] == "nested_cross_validation"].iloc[0]
    assert honest["effect_kind"] == "c_index" and abs(honest["effect"] - 0.5) < 0.08
    assert (table["effect_kind"] == "selection_frequency").sum() == 10


def test_a_scan_gives_what_single_fits_give():
    tables = make_tables(150, 5)
    rng = np.random.default_rng(2)
    extra = {f"f{index}": rng.normal(size=150) for index in range(205)}
    extra["f3"][:20] = np.nan
    tables["clinical"] = pd.concat([tables["clinical"], pd.DataFrame(extra)], axis=1)
    join = Join(tables)
    names = tuple(extra)
    for endpoint in ("os", "response"):
        many, _ = run(join, Analysis("a", endpoint, (*names, "group", "os_months"), adjust=("age",)))
        few, _ = run(join, Analysis("a", endpoint, names[:5], adjust=("age",)))
        kind = "hazard_ratio" if endpoint == "os" else "odds_ratio"
        scanned = many[many["effect_kind"] == kind].set_index("feature")
        single = few[few["effect_kind"] == kind].set_index("feature")
        for name in names[:5]:
            for column in ("effect", "ci_low", "ci_high", "p_value", "n"):
                assert scanned.loc[name, column] == pytest.approx(single.loc[name, column], rel=1e-6), (
                    endpoint,
                    name,
                )
        assert many.set_index("feature").loc["os_months", "status"] in ("refused", "not_evaluable")
        assert "alone" in many.set_index("feature").loc["group", "reason"]


def test_permutation_agrees_with_the_test_and_pays_for_many(join):
    names = ("good", "noise", "helped", "age")
    table, _ = run(join, Analysis("a", "os", names, n_permutation=999))
    rows = table.set_index("feature")
    assert rows.loc["good", "p_permutation"] == pytest.approx(0.001) and rows.loc["good", "p_max"] < 0.01
    assert abs(rows.loc["noise", "p_permutation"] - rows.loc["noise", "p_value"]) < 0.06
    assert (rows["p_max"] >= rows["p_permutation"] - 1e-12).all()
    tables = make_tables()
    tables["clinical"].loc[:20, "noise"] = np.nan
    table, _ = run(Join(tables), Analysis("a", "response", ("noise", "good"), n_permutation=199))
    rows = table[table["q_value"].notna()].set_index("feature")
    assert rows.loc["noise", "p_permutation"] > 0.05
    assert (rows["p_max"] >= rows["p_permutation"]).all() and rows.loc["good", "p_max"] <= 0.01


def test_the_largest_pays_for_features_that_some_lack():
    tables = make_tables()
    rng = np.random.default_rng(5)
    for index in range(20):
        tables["clinical"][f"part{index}"] = np.where(rng.random(300) < 0.05, np.nan, rng.normal(size=300))
    names = ("noise", *(f"part{index}" for index in range(20)))
    table, _ = run(Join(tables), Analysis("a", "os", names, n_permutation=199))
    noise = table.set_index("feature").loc["noise"]
    assert noise["p_max"] > min(1.0, 3 * noise["p_permutation"])


def test_induction_is_not_adjusted_for_what_came_later():
    tables = make_tables()
    clinical = tables["clinical"]
    clinical["induction_start_date"] = pd.Timestamp("2021-10-01")
    clinical["induction_objective_response"] = clinical["objective_response"]
    clinical["os_induction_months"] = clinical["os_months"] + 3
    clinical["os_induction_event"] = clinical["os_event"]
    join = Join(tables)
    for endpoint in ("os_induction", "induction_response"):
        table, _ = run(join, Analysis("a", endpoint, ("good",), adjust=("age",)))
        assert set(table["adjust"].dropna()) == {"age"}


def test_a_scan_keeps_guards_and_scales():
    tables = make_tables()
    rng = np.random.default_rng(6)
    clinical = tables["clinical"]
    extra = pd.DataFrame(rng.normal(size=(300, 201)), columns=[f"x{i}" for i in range(201)])
    tables["clinical"] = pd.concat([clinical, extra], axis=1).assign(
        rare=np.arange(300) < 3, grade=np.where(rng.random(300) < 0.5, 2.0, 1.0)
    )
    join = Join(tables)
    few = ("level", "rare", "grade", "good", "constant")
    alone, _ = run(join, Analysis("a", "os", few, adjust=("age",)))
    scanned, _ = run(join, Analysis("a", "os", (*few, *extra), adjust=("age",)))
    first = alone.drop_duplicates("feature").set_index("feature")
    for name in few:
        row = scanned.set_index("feature").loc[name]
        for column in ("scale", "status", "reason"):
            assert pd.isna(row[column]) or row[column] == first.loc[name, column]
        guards = {"unknown_as_zero", "one_group_small", "constant_feature"}
        assert guards & set(row["flags"].split(";")) == guards & set(first.loc[name, "flags"].split(";"))
    assert "unknown_as_zero" in scanned.set_index("feature").loc["level", "flags"]


def test_the_centre_shows_in_the_row(join):
    plain, _ = run(join, Analysis("a", "os", ("good",)))
    stratum, _ = run(join, Analysis("a", "os", ("good",), center="stratum"))
    cluster, _ = run(join, Analysis("a", "os", ("good",), center="cluster"))
    assert plain["strata"].isna().all() and stratum["strata"].iloc[0] == "site"
    assert (
        cluster["method"].iloc[0] == "cox_cluster_robust"
        and cluster["effect"].iloc[0] == plain["effect"].iloc[0]
    )
    tables = make_tables()
    tables["clinical"]["grade_any"] = np.arange(300) % 4
    refused, _ = run(Join(tables), Analysis("a", "toxicity_grade_any", ("good",), center="cluster"))
    assert refused["status"].tolist() == ["not_evaluable"] and "stratum" in refused["reason"].iloc[0]


def test_a_random_centre(join):
    for endpoint, method in (("os", "cox_gamma_frailty"), ("response", "logistic_random_intercept")):
        table, _ = run(
            join,
            Analysis("a", endpoint, ("good",), center="random"),
            Analysis("b", endpoint, ("good",), "predictive", center="random"),
            Analysis("c", endpoint, (), "treatment", center="random"),
        )
        assert table[table["analysis"] != "b"]["method"].unique().tolist() == [method]
        test = table[table["role"] == "predictive"].iloc[0]
        assert test["method"] == f"{method}_interaction_wald" and test["status"] == "ok"
    tables = make_tables()
    tables["clinical"]["grade_any"] = np.arange(300) % 4
    for analysis in (
        Analysis("a", "toxicity_grade_any", ("good",), center="random"),
        Analysis("a", "os", ("good",), center="random", method="cox_firth"),
        Analysis("a", "os", ("good",), center="random", time_varying=True),
    ):
        refused, _ = run(Join(tables), analysis)
        assert refused["status"].tolist() == ["not_evaluable"] and refused["reason"].notna().all()
    tables["clinical"]["site"] = "one"
    refused, _ = run(Join(tables), Analysis("a", "os", ("good",), center="random"))
    assert refused["reason"].tolist() == ["only one centre is left"]


@pytest.mark.parametrize("endpoint", ["os", "response"])
def test_permutations_heed_the_centre_however_it_is_taken(join, endpoint):
    found = []
    for center in ("stratum", "cluster", "random"):
        table, _ = run(join, Analysis("a", endpoint, ("age",), center=center, n_permutation=99))
        found += table["p_permutation"].dropna().tolist()
    assert len(found) == 3 and len(set(found)) == 1


def test_weights_of_the_preference_design(join):
    tables = {}
    for weights in ("overlap", "ipw"):
        asked = Analysis("p", "os", question="preference", adjust=("age",), weights=weights)
        table, found = run(join, asked)
        tables[weights] = table[table["method"].str.endswith(f"{weights}_weighted")].iloc[0]
        assert len(found.balance["p"].query("weighted"))
    assert tables["ipw"]["population"] == "allocated by own choice, weighted by inverse probability"
    assert tables["ipw"]["effect"] == pytest.approx(tables["overlap"]["effect"], rel=0.3)
    assert tables["ipw"]["effect"] != tables["overlap"]["effect"]


def test_as_received_is_said_however_it_is_asked(join):
    for analysis in (
        Analysis("a", "os", ("good",), "predictive", treatment="arm_received"),
        Analysis("a", "os", (), "preference", estimand="as_received", adjust=("age",)),
        Analysis("a", "os", (), "treatment", treatment="arm_received"),
    ):
        table, _ = run(join, analysis)
        assert set(table["estimand"].dropna()) == {"as_received"}
        compared = table[table["role"].isin(("treatment", "predictive"))]
        assert compared["flags"].str.contains("as_received").all()


def test_what_is_no_feature_and_no_exact_test(join):
    table, _ = run(join, Analysis("a", "os", ("arm_assigned",)))
    assert table["status"].iloc[0] == "refused" and "treatment" in table["reason"].iloc[0]
    exact, _ = run(join, Analysis("a", "response", ("good",), method="exact", adjust=("age",)))
    assert exact["status"].iloc[0] == "not_evaluable" and "two groups" in exact["reason"].iloc[0]
    cut = Analysis("a", "response", ("good",), method="exact", cutpoint=Cutpoint("median"), adjust=("age",))
    row = run(join, cut)[0].iloc[0]
    assert row["method"] == "fisher_exact" and pd.isna(row["adjust"])


def test_splines_and_power(join):
    table, _ = run(join, Analysis("a", "os", ("good",), spline=True, power_ratio=1.5))
    terms = table.set_index("term")
    assert terms.loc["not a straight line", "p_value"] > 0.01  # the planted effect is a straight line
    assert terms.loc["power to find a hazard ratio of 1.5", "effect"] > 0.95
    assert 1 < terms.loc["hazard ratio found with 80% power", "effect"] < 1.4
    table, _ = run(join, Analysis("a", "os", ("good",), "predictive", spline=True, power_ratio=1.5))
    least = table.set_index("term").loc["ratio of hazard ratios found with 80% power", "effect"]
    assert (
        least > terms.loc["hazard ratio found with 80% power", "effect"]
    )  # an interaction needs more patients


def test_separated_survival_is_estimated_by_firth():
    tables = make_tables()
    clinical = tables["clinical"]
    clinical["safe"] = False
    clinical.loc[clinical.index[~clinical["os_event"].astype(bool)][:8], "safe"] = True
    table, _ = run(Join(tables), Analysis("a", "os", ("safe",)))
    row = table.iloc[0]
    assert row["status"] == "ok" and row["method"] == "cox_firth" and 0 < row["effect"] < 0.5
    assert {"firth", "separation"} <= set(row["flags"].split(";"))


def test_a_scan_takes_firth_where_groups_separate():
    tables = make_tables(120, 6)
    rng = np.random.default_rng(3)
    extra = {f"f{index}": rng.normal(size=120) for index in range(205)}
    extra["split"] = np.where(tables["clinical"]["objective_response"].astype(bool), 2.0, -1.0) + rng.normal(
        0, 0.1, 120
    )
    tables["clinical"] = pd.concat([tables["clinical"], pd.DataFrame(extra)], axis=1)
    table, _ = run(Join(tables), Analysis("a", "response", tuple(extra)))
    row = table.set_index("feature").loc["split"]
    assert (
        row["status"] == "ok"
        and {"firth", "separation"} <= set(row["flags"].split(";"))
        and row["effect"] > 10
    )


@pytest.mark.parametrize("center", ["stratum", "cluster"])
def test_patients_of_unknown_centre_go(center):
    tables = make_tables()
    tables["clinical"].loc[:29, "site"] = None
    table, found = run(Join(tables), Analysis("a", "os", ("good",), center=center))
    assert table["n"].iloc[0] == 270
    lost = found.flow("a", "good").losses
    assert any("site" in name and len(reasons) == 30 for name, reasons in lost)


def test_a_patient_of_unknown_arm_goes_and_the_arm_stays():
    tables = make_tables()
    tables["clinical"].loc[0, "arm_assigned"] = None
    table, found = run(Join(tables), Analysis("a", "os", ("good",)))
    assert table["adjust"].iloc[0] == "arm_assigned;assignment" and table["n"].iloc[0] == 299
    assert any("arm_assigned unknown" in set(reasons) for _, reasons in found.flow("a", "good").losses)


def test_the_preference_design_by_subgroup(join):
    table, _ = run(join, Analysis("a", "os", (), "preference", subgroup="group", adjust=("age",)))
    assert any(population.endswith(", group: x") for population in table["population"])


def test_failed_quality_counts_in_every_path():
    tables = make_tables()
    ids = tables["clinical"]["patient_id"]
    tables["patient"]["n_tumor_sample"] = 1
    names = [f"m{i}" for i in range(201)]
    rng = np.random.default_rng(9)
    tables["sample"] = pd.DataFrame({"sample_id": ids + "_T", "collection_date": pd.Timestamp("2021-12-01")})
    tables["pair"] = pd.DataFrame(
        {"pair_id": ids, "patient_id": ids, "tumor_sample_id": ids + "_T", "timepoint": "baseline",
         "specimen": "tissue", "status": "ok"}
    )  # fmt: skip
    tables["qc"] = pd.DataFrame(
        {"pair_id": ids, "patient_id": ids, "status": np.where(np.arange(300) < 40, "failed", "ok")}
    )
    values = pd.DataFrame(rng.normal(size=(300, 201)), columns=names)
    known = pd.DataFrame("ok", index=values.index, columns=[f"{name}_status" for name in names])
    tables["biomarker"] = pd.concat([tables["pair"].drop(columns="status"), values, known], axis=1)
    join = Join(tables)
    alone, _ = run(join, Analysis("a", "os", ("m0",), n_permutation=99))
    scanned, _ = run(join, Analysis("a", "os", tuple(names)))
    beside, _ = run(join, Analysis("a", "os", ("good",), adjust=("m0",)))
    assert alone["n"].iloc[0] == scanned["n"].iloc[0] == beside["n"].iloc[0] == 260
