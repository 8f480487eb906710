"""One patient x endpoint x feature frame: who is counted, and why others are not."""

import pandas as pd
import pytest
from hand_made_cohort import day, hand_made_tables

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.errors import InputError
from wes_biomarkers.join.flow import flow_frame, losses_frame
from wes_biomarkers.join.frame import Join
from wes_biomarkers.join.population import origin_dates, origin_name


@pytest.fixture
def tables():
    return hand_made_tables()


def joined(tables, feature="tmb_per_mb", **analysis):
    join = Join(tables)
    question = Analysis("a", analysis.pop("endpoint", "os"), (feature,), **analysis)
    return join.with_feature(join.base(question), question, feature)


def test_every_loss_has_its_reason(tables):
    found = joined(tables)
    assert list(found.frame.index) == ["P0", "P1", "P2", "P3"]
    assert list(found.frame["feature"]) == [1, 2, 3, 4]
    lost = losses_frame(found.flow).set_index("patient_id")["reason"].to_dict()
    assert lost == {
        "P9": "no clinical row",
        "P8": "no response to induction",
        "P6": "no tumour sample",
        "P7": "sequencing or calling failed",
        "P4": "no sample of the rule",
        "P5": "not evaluable",
    }


def test_steps_add_up(tables):
    flow = joined(tables).flow
    for before, after in zip(flow.steps, flow.steps[1:], strict=False):
        assert before.n - sum(n for _, n in after.lost) == after.n
    frame = flow_frame(flow)
    assert frame["n_lost"].sum() + flow.steps[-1].n == flow.steps[0].n == 10


def test_a_later_sample_needs_the_rule_and_a_landmark(tables):
    rule = ("baseline tissue", "progression tissue")
    without = joined(tables, sample_rule=rule)
    assert "P4" not in without.frame.index
    assert "a landmark would allow it" in losses_frame(without.flow).set_index("patient_id")["reason"]["P4"]
    early = joined(tables, sample_rule=rule, landmark_months=2.0)
    assert "P4" not in early.frame.index  # taken 4 months after allocation
    late = joined(tables, sample_rule=rule, landmark_months=4.5)
    assert "P4" in late.frame.index and "feature_after_origin" in late.flags
    assert late.frame.loc["P4", "time"] == pytest.approx(3.5)
    assert "P1" not in late.frame.index  # died at 2 months


def test_an_undated_late_sample_is_lost(tables):
    tables["sample"]["collection_date"] = pd.NaT
    found = joined(tables, sample_rule=("baseline tissue", "progression tissue"), landmark_months=4.5)
    assert "P0" in found.frame.index  # a baseline sample needs no date
    assert (
        losses_frame(found.flow).set_index("patient_id")["reason"]["P4"]
        == "collection day unknown and not at baseline"
    )


def test_populations(tables):
    assert list(joined(tables, "nlr", population="randomized").frame.index) == ["P0", "P1", "P2", "P3"]
    assert list(joined(tables, "nlr", population="preference").frame.index) == ["P4", "P5", "P6", "P7"]
    assert list(joined(tables, "nlr", population="arm:b").frame.index) == ["P1", "P3", "P5", "P7"]
    received = joined(tables, "nlr", population="arm:b", estimand="as_received")
    assert list(received.frame.index) == ["P1", "P2", "P3", "P5", "P7"]
    assert len(joined(tables, "nlr", endpoint="os_induction").frame) == 9
    with pytest.raises(InputError, match="no patient of this arm"):
        joined(tables, population="arm:c")


def test_survival_from_induction_by_arm_is_left_truncated(tables):
    found = joined(tables, "nlr", endpoint="os_induction", population="randomized")
    assert "left_truncated" in found.flags
    assert found.frame["entry"].tolist() == pytest.approx([((day(3) - day(0)).days) / 30.4375] * 4)
    assert "entry" not in joined(tables, "nlr", endpoint="os_induction").frame


@pytest.mark.parametrize(
    ("feature", "why"),
    [
        ("best_response", "live long enough to respond"),
        ("objective_response", "live long enough to respond"),
        ("high_grade_any", "immortal time"),
        ("arm_received", "immortal time"),
        ("os_months", "the endpoint itself"),
    ],
)
def test_what_is_known_only_later_is_refused(tables, feature, why):
    assert why in joined(tables, feature).refused


def test_toxicity_by_a_landmark(tables):
    found = joined(tables, "high_grade_any", landmark_months=4.5)
    assert not found.refused and "feature_after_origin" in found.flags
    assert found.frame["feature"].to_dict() == {
        "P0": True,
        "P2": False,
        "P3": False,
        "P4": True,
        "P5": False,
        "P6": False,
    }


def test_response_by_a_landmark_needs_dated_assessments(tables):
    assert joined(tables, "best_response", landmark_months=4.5).refused
    tables["assessment"] = pd.DataFrame(
        {"patient_id": ["P0", "P0", "P2", "P3"], "assessment_date": [day(4), day(9), day(9), day(5)],
         "response": ["SD", "PR", "PR", "CR"]}
    )  # fmt: skip
    found = joined(tables, "best_response", landmark_months=4.5)
    assert found.frame["feature"].to_dict() == {"P0": False, "P3": True}  # P2: not assessed by then
    assert "responders_by_survival" in found.flags


def test_genes_stay_unknown(tables):
    found = joined(tables, "gene:TP53")
    assert found.frame["feature"].to_dict() == {"P0": True, "P1": False, "P2": True}
    assert losses_frame(found.flow).set_index("patient_id")["reason"]["P3"] == "gene status: uncertain"
    assert joined(tables, "mutation:TP53").frame["feature"].to_dict() == {
        "P0": True,
        "P1": False,
        "P2": True,
        "P3": True,
        "P5": False,
    }


def test_covariates_must_be_known(tables):
    found = joined(tables, "nlr", adjust=("age",), strata=("site",))
    assert "P7" not in found.frame.index and set(found.frame.columns) >= {"age", "site", "arm", "assignment"}
    with pytest.raises(InputError, match="cannot adjust"):
        joined(tables, adjust=("best_response",))


def test_unknown_names_are_helped(tables):
    with pytest.raises(InputError, match="tmb_per_mb"):
        joined(tables, "tmb_pr_mb")
    with pytest.raises(InputError, match="no clinical table"):
        Join({name: table for name, table in tables.items() if name != "clinical"})


def test_a_landmark_needs_time(tables):
    with pytest.raises(InputError, match="needs an endpoint with time"):
        joined(tables, "nlr", endpoint="response", landmark_months=3.0)


def test_features_are_listed(tables):
    assert Join(tables).reader().names() == ["tmb_per_mb", "site", "age", "nlr", "gene:TP53"]


def test_ready_made_times_name_their_origin(tables):
    tables["clinical"]["os_origin"] = "ready_made"
    assert joined(tables, "nlr").base.origin == "ready_made"


def test_an_outcome_without_any_day_is_undated(tables):
    clinical = tables["clinical"]
    dates = [name for name in clinical if name.endswith("_date") or name == "assignment"]
    bare = clinical.drop(columns=dates)
    for name in ("response", "toxicity", "toxicity_grade_any"):
        assert origin_name(bare, ENDPOINTS[name]) == "undated"
        assert origin_dates(bare, "undated").isna().all()
    induced = bare.assign(induction_start_date=pd.Timestamp("2024-01-01"))
    assert origin_name(induced, ENDPOINTS["response"]) == "induction"


def test_toxicity_counts_from_the_first_dose_else_the_studys_origin_and_of_radiation_from_radiotherapy(
    tables,
):
    allocated = tables["clinical"].drop(columns="first_dose_date", errors="ignore")
    treated = allocated.assign(first_dose_date=pd.Timestamp("2024-01-01"))
    assert origin_name(allocated, ENDPOINTS["toxicity"]) == "allocation"
    assert origin_name(treated, ENDPOINTS["toxicity"]) == "first_dose"
    assert origin_name(treated, ENDPOINTS["toxicity_radiation"]) == "radiotherapy"


@pytest.mark.parametrize("use", ["treatment", "subgroup"])
def test_no_back_door_for_what_is_known_later(tables, use):
    with pytest.raises(InputError, match="live long enough"):
        Join(tables).base(Analysis("a", "os", ("nlr",), "predictive", **{use: "best_response"}))
    Join(tables).base(
        Analysis("a", "os", ("nlr",), "predictive", **{use: "arm_received" if use == "treatment" else "site"})
    )


def test_toxicity_at_a_landmark_is_counted_from_its_clock(tables):
    tables["clinical"]["first_dose_date"] = [day(3) + pd.Timedelta(days=61)] * 8 + [pd.NaT]
    assert bool(joined(tables, "high_grade_any", landmark_months=4.5).frame["feature"]["P0"])
    assert not joined(tables, "high_grade_any", landmark_months=2.5).frame["feature"][
        "P0"
    ]  # it began at 3 months


def test_no_exposure_is_a_loss(tables):
    tables["clinical"]["n_event_any"] = 1
    tables["clinical"]["exposure_any_months"] = [0.0, *[2.0] * 7, None]
    found = joined(tables, "nlr", endpoint="toxicity_count_any")
    assert "P0" not in found.frame.index and len(found.frame) == 7
    assert losses_frame(found.flow).set_index("patient_id")["reason"]["P0"] == "no time of exposure"
