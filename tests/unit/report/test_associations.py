"""The REMARK checklist and the pictures of an association run hold the numbers of its table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.association import ASSOCIATION, ASSOCIATION_FLAGS
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.contracts.validate import conform_frame
from wes_biomarkers.join.frame import Join
from wes_biomarkers.plots.words import interval_text
from wes_biomarkers.report.association_figures import pictures, write_figures
from wes_biomarkers.report.remark import remark_checklist

ANALYSES = (
    Analysis("main", "os", ("level", "group"), adjust=("age",)),
    Analysis("cut", "os", ("level",), cutpoint=Cutpoint("maximally_selected")),
    Analysis("answer", "response", ("level",)),
    Analysis("arms", "os", question="treatment"),
    Analysis("late", "os", ("best_response",)),
)


@pytest.fixture(scope="module")
def join():
    rng = np.random.default_rng(2)
    n = 160
    level, arm = rng.normal(50, 10, n), rng.random(n) < 0.5
    months = rng.exponential(12 * np.exp(-0.05 * (level - 50))) + 0.05
    clinical = pd.DataFrame(
        {
            "patient_id": [f"P{i:03}" for i in range(n)],
            "first_dose_date": pd.Timestamp("2022-01-01"),
            "arm_assigned": np.where(arm, "b", "a"),
            "os_months": np.minimum(months, 30),
            "os_event": months <= 30,
            "objective_response": rng.random(n) < 0.4,
            "best_response": "PR",
            "age": [None, *rng.normal(60, 8, n - 1)],
            "level": level,
            "group": rng.choice(["x", "y"], n),
        }
    ).astype({"os_event": "boolean", "objective_response": "boolean"})
    return Join({"patient": pd.DataFrame({"patient_id": clinical["patient_id"], "n_tumor_sample": 0}),
                 "clinical": clinical})  # fmt: skip


@pytest.fixture(scope="module")
def answered(join):
    plan = Plan("A study", ANALYSES, {"all": "holm"}, "0123456789ab", "0123456789ab" + "0" * 52)
    return plan, run_plan(join, plan)


def item(text, number):
    """One item of the checklist."""
    return re.search(rf"(?ms)^## {number}\. [^\n]+\n\n(.*?)(?=^## |\Z)", text)[1]


def test_the_checklist_counts_what_the_table_holds(join, answered):
    plan, found = answered
    text = remark_checklist(join, plan, found)
    assert [int(number) for number in re.findall(r"(?m)^## (\d+)\.", text)] == list(range(1, 21))
    assert "A study (`0123456789ab`" in text
    table = conform_frame(found.table, ASSOCIATION)
    estimated, refused = ((table["status"] == status).sum() for status in ("ok", "refused"))
    assert refused == 1 and f"{estimated} effects estimated, 0 not evaluable, 1 refused" in item(text, 17)
    clinical = join.clinical
    assert f"os: 160 patients, {clinical['os_event'].sum()} events" in item(text, 6)
    assert "unknown 1" in item(text, 13) and f"median {clinical['age'].median():g}" in item(text, 13)
    tests = int(table["q_value"].notna().sum())
    assert f"family all: {tests} tests, holm" in item(text, 10)
    assert "cut: cut, maximally selected" in item(text, 11)
    assert "main / level: 160 in the cohort" in item(text, 12) and "159 with age (1 age unknown)" in item(
        text, 12
    )
    n_cut = table["flags"].str.contains("data_driven_cutpoint").sum()
    assert f"{n_cut} effects: {ASSOCIATION_FLAGS['data_driven_cutpoint']}" in item(text, 19)
    adjusted = (table["adjust"].notna() & (table["status"] == "ok") & table["effect"].notna()).sum()
    assert item(text, 16).startswith(f"{adjusted} effects")
    assert text == remark_checklist(join, plan, found)


def test_without_a_plan_everything_is_exploratory(join):
    plan = Plan("", (Analysis("ad hoc", "os", ("level", "protein:IL6")[:1]),))
    text = remark_checklist(join, plan, run_plan(join, plan))
    assert "No plan was given: everything here is exploratory." in text
    assert ASSOCIATION_FLAGS["exploratory"] in item(text, 19)
    assert "baseline tissue" in item(text, 4) and "proteins" not in item(text, 4)


def strings(chart):
    """Every text of a chart's specification."""

    def walk(part):
        if isinstance(part, dict):
            for value in part.values():
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)
        elif isinstance(part, str):
            yield part

    return "\n".join(walk(chart.to_dict()))


def test_pictures_show_the_numbers_of_the_table(answered):
    plan, found = answered
    table = conform_frame(found.table, ASSOCIATION)
    drawn = {picture.name: picture for picture in pictures(found, plan)}
    row = table[(table["analysis"] == "main") & (table["term"] == "level")].iloc[0]
    words = interval_text(row["effect"], row["ci_low"], row["ci_high"])
    curves = strings(drawn["main-level-curves"].chart)
    assert words in curves and "above and below the median" in curves
    area = table[(table["analysis"] == "answer") & (table["effect_kind"] == "auc")].iloc[0]
    assert interval_text(area["effect"], area["ci_low"], area["ci_high"]) in strings(
        drawn["answer-level-roc"].chart
    )
    assert ASSOCIATION_FLAGS["data_driven_cutpoint"][:30] in strings(drawn["cut-level-curves"].chart).replace(
        "\n", " "
    )
    assert "160" in strings(drawn["main-level-flow"].chart)
    assert "arms-arm-assigned-curves" in drawn
    assert not [name for name in drawn if name.startswith("late") and name.endswith("curves")]


def test_every_picture_is_written_and_named(join, answered, tmp_path):
    plan, found = answered
    few = Plan(plan.title, plan.analyses[2:3], plan.families, plan.plan_id, plan.sha256)
    write_figures(tmp_path / "figures", found, few, join.tables)
    lines = (tmp_path / "figures" / "index.tsv").read_text().splitlines()
    assert lines[0] == "file\tshows"
    names = {line.split("\t")[0] for line in lines[1:]}
    assert names == {path.name for path in (tmp_path / "figures").glob("*.svg")} and len(names) == 4
    assert all((tmp_path / "figures" / name).read_text().startswith("<svg") for name in names)
