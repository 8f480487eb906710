"""A few simulated preference trials of 200 patients: planted biomarkers are called what they are, immortal time refused.

Sixty trials are in tests/acceptance/test_planted_biomarkers.py.
"""

import planted_study as study
import pytest


@pytest.fixture(scope="module", params=(101, 105))
def said(request, tmp_path_factory):
    return study.said_of(request.param, tmp_path_factory.mktemp("planted") / "trial")


def test_planted_biomarkers_are_called_what_they_are(said):
    assert {name for name, q in said.predictive.items() if q < 0.05} == set(study.PREDICTIVE)
    called = {name for name, q in said.prognostic.items() if q < 0.05}
    assert set(study.PROGNOSTIC) <= called and not called & set(study.IDLE)
    test = said.table[(said.table["role"] == "predictive") & (said.table["feature"] == "tmb_per_mb")].iloc[0]
    assert test["effect"] < 0.6 and test["effect_kind"] == "ratio_of_hazard_ratios"  # radiotherapy helps more
    assert "observational_treatment" in test["flags"]  # some chose


def test_only_the_interaction_is_called_predictive(said):
    inside = said.table[said.table["role"] == "within_arm"]
    assert len(inside) >= 2 * len(study.FEATURES) and inside["q_value"].isna().all()
    assert inside["flags"].str.contains("arm_specific").all()


def test_immortal_time_is_refused(said):
    rows = said.table.set_index("analysis")
    assert (rows.loc[["responders", "toxicity"], "status"] == "refused").all()
    assert rows.loc[["responders", "toxicity"], "effect"].isna().all()
    assert rows.loc["late sample", "status"] == "not_evaluable" and rows.loc["late sample", "n"] == 0
    landmark = rows.loc[["landmark"]].iloc[0]
    assert landmark["status"] == "ok" and {"landmark", "responders_by_survival"} <= set(
        landmark["flags"].split(";")
    )
