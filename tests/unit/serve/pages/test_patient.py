"""One patient's page, and a plan's, from frames written by hand."""

import datetime
import json

import pandas as pd

from wes_biomarkers.serve.pages.patient import evolution, patient_page
from wes_biomarkers.serve.pages.plan import plan_page
from wes_biomarkers.serve.pages.timeline import timeline

DAY = datetime.date
CLINICAL = {
    "patient_id": "p", "induction_start_date": DAY(2021, 1, 1), "allocation_date": DAY(2021, 4, 1),
    "first_dose_date": DAY(2021, 4, 11), "last_dose_date": None, "arm_received": "a", "progression_date": None,
    "death_date": DAY(2021, 10, 1), "last_contact_date": DAY(2021, 10, 1), "age": 61.0,
}  # fmt: skip
SAMPLE = pd.DataFrame(
    {"sample_id": ["t"], "role": ["tumor"], "specimen": ["tissue"], "timepoint": ["baseline"],
     "collection_date": [DAY(2020, 12, 22)]}
)  # fmt: skip
TOXICITY = pd.DataFrame(
    {"term": ["rash", "colitis"], "grade": [2, 3], "onset_date": [DAY(2021, 5, 1), None],
     "resolved_date": [None, None], "immune_related": [True, None]}
)  # fmt: skip


def empty():
    return pd.DataFrame()


def test_timeline_counts_days_from_allocation():
    line = timeline(CLINICAL, SAMPLE, TOXICITY, empty())
    assert line["origin"] == "allocation"
    assert [(each["name"], each["start"], each["end"], each["open"]) for each in line["phases"]] == [
        ("Induction", -90, 0, False),
        ("Treatment", 10, 183, True),
    ]
    assert line["samples"][0]["day"] == -100
    assert [(each["kind"], each["day"]) for each in line["events"]] == [("allocation", 0), ("death", 183)]
    rash, colitis = line["toxicity"]
    assert (rash["start"], rash["end"], rash["open"]) == (30, 183, True)
    assert (colitis["start"], colitis["end"]) == (None, None), "an unknown day stays unknown"


def test_no_day_known_is_no_timeline():
    assert timeline({"age": 61.0}, SAMPLE, TOXICITY, empty()) is None


def biomarker(**values):
    row = {"patient_id": "p", "pair_id": "x", "timepoint": "baseline", "specimen": "tissue"} | values
    return pd.DataFrame([row])


def tables(**more):
    return {"patient": pd.DataFrame({"patient_id": ["p"]}), "clinical": pd.DataFrame([CLINICAL])} | more


def test_a_biomarker_has_its_place_among_the_cohort():
    mine = biomarker(tmb_per_mb=5.0, tmb_per_mb_status="ok", tmb_per_mb_flags="synthetic;low_coverage")
    cohort = pd.DataFrame({"tmb_per_mb": [1.0, 5.0, 9.0, None, 2.0]})
    page = patient_page("p", tables(biomarker=mine), cohort)
    (tmb,) = page["biomarkers"]
    assert (tmb["percentile"], tmb["n_known"]) == (62.5, 4), "ties count half, the unknown not at all"
    assert tmb["flags"] == ["low_coverage"]
    assert len(tmb["sentences"]) == 1


def test_what_could_not_be_evaluated_says_why():
    mine = biomarker(tmb_per_mb=None, tmb_per_mb_status="not_evaluable", tmb_per_mb_flags="")
    why = pd.DataFrame({"pair_id": ["x"], "feature": ["tmb"], "reason": ["too few callable bases"]})
    (tmb,) = patient_page("p", tables(biomarker=mine, feature=why), mine)["biomarkers"]
    assert (tmb["status"], tmb["reason"], tmb["value"]) == ("not_evaluable", "too few callable bases", None)


def test_a_patient_with_nothing_but_a_row_is_a_page_without_parts():
    page = patient_page("p", {"patient": pd.DataFrame({"patient_id": ["p"]})}, empty())
    assert page["timeline"] is None and page["evolution"] is None
    assert page["variants"] == {"n": 0, "rows": []} and page["biomarkers"] == [] and page["hla"] == []
    assert json.loads(json.dumps(page, allow_nan=False)) == page


def test_changes_of_csq_are_named_in_few_letters():
    variant = pd.DataFrame(
        {"pair_id": "x", "gene": "G", "start": [1, 2, 3, 4], "is_pass": True,
         "consequence": ["frameshift_variant", "stop_gained", "intron_variant", None],
         "aa_change": [f"249T{'L' * 300}>249N*", "49S>49*", None, None], "cluster": None}
    )  # fmt: skip
    page = patient_page("p", tables(biomarker=empty(), variant=variant), empty())
    named = {row["start"]: row["aa_change"] for row in page["variants"]["rows"]}
    assert named == {1: "frameshift 249", 2: "p.S49*", 3: None, 4: None}


def test_no_such_patient():
    assert patient_page("q", {"patient": empty()}, empty()) is None


def calls(*rows):
    columns = ["pair_id", "chrom", "start", "ref", "alt", "vaf", "ccf", "cluster"]
    return pd.DataFrame(rows, columns=columns)


def test_mutations_of_the_first_sample_are_followed():
    variant = calls(
        ("late", "c1", 1, "A", "T", 0.1, 1.0, None),
        ("early", "c1", 1, "A", "T", 0.4, 1.0, 1),
        ("early", "c1", 9, "A", "T", 0.2, 0.5, 2),
        ("late", "c2", 5, "A", "T", 0.3, 1.0, None),
    )
    pair = pd.DataFrame(
        {"pair_id": ["late", "early"], "tumor_sample_id": ["s2", "s1"], "timepoint": ["progression", "baseline"],
         "specimen": ["plasma", "tissue"], "status": ["ok", "ok"]}
    )  # fmt: skip
    sample = pd.DataFrame({"sample_id": ["s1", "s2"], "collection_date": [DAY(2021, 1, 1), DAY(2021, 6, 1)]})
    found = evolution(variant, pair, sample)
    assert [
        (each["pair_id"], each["n_shared"], round(each["mean_vaf"], 3)) for each in found["followed"]
    ] == [
        ("early", 2, 0.3),
        ("late", 1, 0.05),
    ]
    assert [(each["cluster"], each["n"], each["ccf"]) for each in found["clusters"]] == [
        (1, 1, 1.0),
        (2, 1, 0.5),
    ]


def test_plan_puts_the_prespecified_first_and_tells_flags_in_words():
    rows = pd.DataFrame(
        {"analysis": ["ad hoc", "primary"], "prespecified": [False, True], "plan_id": [None, "abc"],
         "flags": ["exploratory;few_events", ""], "effect": [float("inf"), 1.5]}
    )  # fmt: skip
    found = plan_page(rows, {"abc": {"title": "T", "sha256": "0"}})
    assert [row["analysis"] for row in found["rows"]] == ["primary", "ad hoc"]
    assert len(found["rows"][1]["sentences"]) == 2
    assert found["rows"][1]["effect"] == "inf"
    assert found["plans"] == [{"plan_id": "abc", "title": "T", "sha256": "0", "n": 1}]
    assert plan_page(pd.DataFrame(), {}) == {"plans": [], "rows": []}
