"""Proteins as features: levels, ranks where the assay could not measure, and changes within one specimen."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.association import ASSOCIATION
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.errors import InputError
from wes_biomarkers.join.features import FeatureReader
from wes_biomarkers.join.frame import Join

N = 120


def proteomics_rows(patients, timepoint, values, censored, specimen="serum", day="2021-12-20"):
    """Rows of a protein A in one sample a patient."""
    return pd.DataFrame(
        {
            "sample_id": [f"{patient}_{timepoint}" for patient in patients],
            "patient_id": patients,
            "specimen": specimen,
            "timepoint": timepoint,
            "collection_date": pd.Timestamp(day),
            "batch": None,
            "protein": "A",
            "value": values,
            "censored": censored,
        }
    )


def make_tables(rows, clinical=None):
    samples = rows.drop_duplicates("sample_id")[
        ["sample_id", "patient_id", "specimen", "timepoint", "collection_date"]
    ]
    patients = sorted(set(rows["patient_id"]))
    tables = {"patient": pd.DataFrame({"patient_id": patients, "n_tumor_sample": 0}), "proteomics": rows,
              "proteomics_sample": samples}  # fmt: skip
    return tables if clinical is None else tables | {"clinical": clinical}


def trial(n=N, seed=5):
    """A trial of one protein B without censoring and A with: values under 4 are only known to be below 4."""
    rng = np.random.default_rng(seed)
    patients = [f"P{i:03}" for i in range(n)]
    level = rng.normal(5, 1, n)
    months = rng.exponential(10 * np.exp(-0.8 * (level - 5))) + 0.01
    clinical = pd.DataFrame(
        {
            "patient_id": patients,
            "first_dose_date": pd.Timestamp("2022-01-01"),
            "os_months": np.minimum(months, 20),
            "os_event": months <= 20,
            "objective_response": rng.random(n) < 1 / (1 + np.exp(level - 5)),
        }
    ).astype({"os_event": "boolean", "objective_response": "boolean"})
    low = level < 4
    a = proteomics_rows(patients, "baseline", np.where(low, 4.0, level), np.where(low, "below", ""))
    b = a.assign(protein="B", value=level, censored="")
    return make_tables(pd.concat([a, b], ignore_index=True), clinical), level


def run(tables, *analyses):
    return conform_frame(run_plan(Join(tables), Plan("", analyses)).table, ASSOCIATION)


def test_levels_stay_levels_without_censoring():
    tables, level = trial()
    found = FeatureReader(tables).read("protein:B")
    assert found.value.to_numpy() == pytest.approx(level) and not found.ranked


def test_censored_values_tie_as_the_lowest_rank():
    tables, level = trial()
    found = FeatureReader(tables).read("protein:A")
    assert found.ranked and (level < 4).sum() > 5
    assert found.value.to_numpy() == pytest.approx(rankdata(np.where(level < 4, -np.inf, level)))


def test_unknown_stays_unknown():
    rows = proteomics_rows(
        ["a", "b", "c", "d"], "baseline", [np.nan, 2.0, 3.0, np.nan], ["below", "below", "", ""]
    )
    found = FeatureReader(make_tables(rows)).read("protein:A")
    assert found.value.isna().to_dict() == {"a": True, "b": False, "c": False, "d": True}
    assert found.value[["b", "c"]].tolist() == [1.0, 2.0]
    assert found.reason["a"] == "unknown"


def test_the_flag_and_the_scale_reach_the_table():
    tables, _ = trial()
    for endpoint in ("os", "response"):
        table = run(tables, Analysis("x", endpoint, ("protein:A", "protein:B"))).set_index("feature")
        mine = table.loc[["protein:A"]]
        assert mine["flags"].str.contains("censored_as_ranks").all()
        assert mine["scale"].str.startswith("per sd of ranks (").all()
        other = table.loc[["protein:B"]]
        assert not other["flags"].str.contains("censored_as_ranks").any()
        assert other["scale"].str.match(r"per sd \(").all()


def test_the_effect_is_that_of_the_standardised_ranks():
    from lifelines import CoxPHFitter

    tables, level = trial()
    row = run(tables, Analysis("x", "os", ("protein:A",))).iloc[0]
    ranks = rankdata(np.where(level < 4, -np.inf, level))
    clinical = tables["clinical"]
    frame = pd.DataFrame({"x": (ranks - ranks.mean()) / ranks.std(ddof=1), "t": clinical["os_months"],
                          "e": clinical["os_event"].astype(bool)})  # fmt: skip
    assert row["effect"] == pytest.approx(CoxPHFitter().fit(frame, "t", "e").hazard_ratios_["x"], rel=1e-5)


def test_a_scan_gives_what_a_single_fit_gives():
    tables, _ = trial()
    rng = np.random.default_rng(1)
    base = tables["proteomics"]
    b = base[base["protein"] == "B"]
    extra = [b.assign(protein=f"N{i}", value=rng.normal(size=N)) for i in range(205)]
    tables["proteomics"] = pd.concat([base, *extra], ignore_index=True)
    names = ("protein:A", "protein:B", *(f"protein:N{i}" for i in range(205)))
    for endpoint, kind in (("os", "hazard_ratio"), ("response", "odds_ratio")):
        many, few = (run(tables, Analysis("x", endpoint, asked)) for asked in (names, names[:2]))
        many, few = (table[table["effect_kind"] == kind].set_index("feature") for table in (many, few))
        for name in names[:2]:
            for column in ("effect", "ci_low", "ci_high", "p_value"):
                assert many.loc[name, column] == pytest.approx(few.loc[name, column], rel=1e-6)
            assert many.loc[name, "scale"] == few.loc[name, "scale"]
            assert ("censored_as_ranks" in many.loc[name, "flags"]) == (name == "protein:A")
    with pytest.raises(InputError, match="no such feature"):
        run(tables, Analysis("x", "os", (*names, "protein:Z")))


def test_ranks_have_a_median_but_no_unit():
    tables, _ = trial()
    row = run(tables, Analysis("x", "os", ("protein:A",), cutpoint=Cutpoint("median"))).iloc[0]
    assert row["scale"].startswith("> rank ") and row["n"] == N
    for given in ({"cutpoint": Cutpoint("value", 5.0)}, {"scale": "per_unit"}, {"scale": "per_doubling"}):
        row = run(tables, Analysis("x", "os", ("protein:A",), **given)).iloc[0]
        assert row["status"] == "not_evaluable" and "by rank only" in row["reason"]


def test_a_ranked_covariate_is_flagged_too():
    tables, _ = trial()
    row = run(tables, Analysis("x", "os", ("protein:B",), adjust=("protein:A",))).iloc[0]
    assert "censored_as_ranks" in row["flags"] and row["scale"].startswith("per sd (")


def test_changes_are_bounded_and_within_one_specimen():
    patients = ["exact", "fell", "rose", "both", "other", "first_only", "up"]
    first = proteomics_rows(
        patients, "baseline", [3.0, 3, 2, 2, 3, 3, 3], ["", "", "below", "below", "", "", ""]
    )
    later = proteomics_rows(["exact", "fell", "rose", "both", "other", "up"], "week 6", [4.0, 2, 4, 2, 4, 9],
                            ["", "below", "", "below", "", ""], day="2022-02-01")  # fmt: skip
    later.loc[later["patient_id"] == "other", "specimen"] = "plasma"
    found = FeatureReader(make_tables(pd.concat([first, later], ignore_index=True))).read(
        "protein_change:A@week 6"
    )
    # exact +1, fell below -1, rose above +2, up +6: `rose` is undecided against `up` only
    assert found.ranked
    assert found.value.dropna().to_dict() == {"fell": 1.0, "exact": 2.0, "rose": 3.5, "up": 3.5}
    assert found.reason.dropna().to_dict() == {
        "both": "unknown", "other": "unknown", "first_only": "no proteomics sample of the rule"}  # fmt: skip
    assert found.collected is not None and found.collected["exact"] == pd.Timestamp("2022-02-01")


def test_changes_without_censoring_are_differences():
    first = proteomics_rows(["a", "b"], "baseline", [3.0, 2.0], "")
    later = proteomics_rows(["a", "b"], "week 6", [4.0, 2.5], "", day="2022-02-01")
    found = FeatureReader(make_tables(pd.concat([first, later], ignore_index=True))).read(
        "protein_change:A@week 6"
    )
    assert found.value.to_dict() == {"a": 1.0, "b": 0.5} and not found.ranked


def test_the_sites_word_for_the_baseline_is_the_baseline():
    first = proteomics_rows(["a", "b"], "BL", [3.0, 2.0], "").assign(collection_date=pd.NaT)
    later = proteomics_rows(["a", "b"], "6 wks", [4.0, 2.5], "").assign(collection_date=pd.NaT)
    tables = make_tables(pd.concat([first, later], ignore_index=True))
    assert FeatureReader(tables).read("protein:A").value.isna().all()
    tables["proteomics_change"] = later.assign(baseline_sample_id=["a_BL", "b_BL"])
    for rule in ((), ("BL serum",)):
        found = FeatureReader(tables, rule).read("protein:A")
        assert found.value.to_dict() == {"a": 3.0, "b": 2.0}
        assert found.timepoint is not None and set(found.timepoint) == {"baseline"}
