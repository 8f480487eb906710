"""One feature against one endpoint among the chosen patients: association's own estimates, and what charts need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
import pandas as pd

from wes_biomarkers.associate.run import Answer, run_plan
from wes_biomarkers.contracts.association import ASSOCIATION_FLAGS
from wes_biomarkers.contracts.endpoints import ENDPOINTS, Endpoint
from wes_biomarkers.contracts.plan import AD_HOC, Analysis, Cutpoint, Plan, Question
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.plan import check_analysis
from wes_biomarkers.join.frame import FEATURE, JoinedFrame
from wes_biomarkers.plots.steps import time_ticks
from wes_biomarkers.report.association_figures import groups_of
from wes_biomarkers.report.feature_outcome import feature_spread, group_rates
from wes_biomarkers.serve.curves import incidence_groups, log_rank_of, survival_groups
from wes_biomarkers.serve.filters import Condition, mask_of, where_text
from wes_biomarkers.serve.flow import flow_steps
from wes_biomarkers.serve.pages.cells import cell, method_words, split
from wes_biomarkers.serve.store import BIOMARKER_COLUMNS, Store, quoted

#: Clinical columns whose comparison is one of treatments, not of features.
ARMS = ("arm_assigned", "arm_received")


@dataclass(frozen=True)
class Choice:
    """What the page asks.

    Attributes:
        endpoint: a name of contracts.endpoints.
        feature: as `associate --list` names it, or a column of arms; empty for all patients together.
        cut: a number, `median`, `maximal`, or empty for the feature as it is.
        question: prognostic or predictive.
        population, landmark, adjust: as of `associate`.
    """

    endpoint: str
    feature: str = ""
    cut: str = ""
    question: str = "prognostic"
    population: str = "endpoint"
    landmark: float | None = None
    adjust: tuple[str, ...] = ()

    def analysis(self) -> Analysis:
        """As `associate` would run it.

        Raises:
            InputError: no such endpoint, cut, or question.
        """
        if self.endpoint not in ENDPOINTS:
            raise InputError(
                [Fault("no such endpoint", "GET /api/cohort names them.", value=self.endpoint[:80])]
            )
        arms = self.feature in ARMS
        question = "treatment" if arms or not self.feature else self.question
        found = Analysis(
            name=AD_HOC,
            endpoint=self.endpoint,
            features=() if question == "treatment" else (self.feature,),
            question=cast(Question, question),
            population=self.population,
            estimand="as_received" if self.feature == "arm_received" else "intention_to_treat",
            adjust=self.adjust,
            landmark_months=self.landmark,
            cutpoint=_cutpoint(self.cut),
        )
        check_analysis(found)
        return found


def _cutpoint(text: str) -> Cutpoint | None:
    if not text:
        return None
    if text in ("median", "maximal"):
        return Cutpoint("median" if text == "median" else "maximally_selected")
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError([Fault("no such cut", "Write a number, median or maximal.", value=text[:40])])
    return Cutpoint("value", value)


@dataclass(frozen=True)
class Asked:
    """A choice answered: what charts and tables are made from."""

    store: Store
    conditions: tuple[Condition, ...]
    choice: Choice
    analysis: Analysis
    found: Answer
    joined: JoinedFrame

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint."""
        return ENDPOINTS[self.choice.endpoint]

    @property
    def used(self) -> Analysis:
        """The analysis with the cutpoint it found."""
        return self.found.used.get(_key(self.analysis), self.analysis)


def _key(analysis: Analysis) -> tuple[str, str]:
    return analysis.name, analysis.features[0] if analysis.features else ""


def plan_of(analysis: Analysis) -> Plan:
    """A plan of this one analysis, which was not prespecified."""
    return Plan("", (analysis,))


def ask(store: Store, conditions: tuple[Condition, ...], choice: Choice) -> Asked:
    """Run the analysis among the chosen patients.

    Raises:
        InputError: what the cohort lacks, with a remedy.
    """
    analysis = choice.analysis()
    join = store.join(mask_of(store, conditions), (choice.feature, *choice.adjust))
    found = run_plan(join, plan_of(analysis))
    joined = found.frames[_key(analysis)]
    return Asked(store, conditions, choice, analysis, found, joined)


def told(asked: Asked) -> dict[str, Any]:
    """What every chart tells of itself: n, method, definition, estimates, flags in words, flow, SQL, Python."""
    table = asked.found.table
    rows = [
        {str(name): cell(value) for name, value in row.items()}
        | {"sentences": [ASSOCIATION_FLAGS.get(code, code) for code in split(row["flags"])]}
        for row in table.to_dict("records")
    ]
    prespecified = _prespecified(asked)
    given = {code for row in rows for code in split(row["flags"])}
    codes = sorted(given - {"exploratory"} if prespecified else given)
    first = rows[0] if rows else {}
    answered = [row for row in rows if row["status"] == "ok"]
    main = next(
        (row for row in answered if row["role"] in ("predictive", "prognostic", "treatment", "within_arm")),
        {},
    )
    refused = next((row["reason"] for row in rows if row["status"] == "refused"), None)
    return {
        "endpoint": asked.choice.endpoint,
        "feature": asked.choice.feature,
        "title": asked.endpoint.title,
        "origin": asked.joined.base.origin,
        "rule": asked.endpoint.rule,
        "n": len(asked.joined.frame),
        "n_event": first.get("n_event"),
        "method": method_words(main),
        "effect": main or None,
        "p_value": main.get("p_value"),
        "definition_id": BIOMARKER_COLUMNS.get(asked.choice.feature),
        "rows": rows,
        "refused": refused,
        "reason": None if answered else first.get("reason"),
        "flags": codes,
        "sentences": [ASSOCIATION_FLAGS[code] for code in codes if code in ASSOCIATION_FLAGS],
        "prespecified": prespecified,
        "flow": flow_steps(asked.joined.flow.steps),
        "sql": sql_text(asked),
        "python": python_text(asked),
    }


#: What makes two rows of `association` the same question of the same patients.
_SAME = (
    "feature", "scale", "endpoint", "origin", "population", "estimand", "landmark_months", "method", "term", "role",
    "adjust", "strata", "n", "n_event",
)  # fmt: skip


def _prespecified(asked: Asked) -> bool:
    """Whether a stored plan asked this of all patients: all estimates are rows it holds.

    Another cut, adjustment, landmark or subgroup is another question, and so is one whose patients are others.
    """
    if asked.conditions or not asked.store.has("association"):
        return False
    stored = asked.store.table("association")
    planned = set(_questions(stored[stored["prespecified"].fillna(False).astype(bool)]))
    mine = asked.found.table[asked.found.table["role"].notna()]
    return len(mine) > 0 and planned.issuperset(_questions(mine))


def _questions(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return zip(*([cell(value) for value in table[name].astype(object)] for name in _SAME), strict=True)


def cut_label(asked: Asked) -> str:
    """The cut in words, and whether it was stated beforehand."""
    cut = asked.used.cutpoint
    if asked.joined.feature is None or asked.joined.feature.kind != "number":
        return ""
    if cut is None:  # what a plan may state is the number itself, not this cut
        return "at the median, exploratory"
    kind = "prespecified" if _prespecified(asked) else "exploratory"
    if cut.kind == "median":
        return f"at the median, {kind}"
    if cut.value is None:
        return "without a cut: none was found"
    if cut.kind == "maximally_selected":
        return f"at {cut.value:.4g}, searched on these patients, exploratory"
    return f"at {cut.value:.4g}, {kind}"


def curves(asked: Asked) -> dict[str, Any]:
    """Groups with Kaplan-Meier or cumulative incidence curves, numbers at risk, and the log-rank test.

    The groups are the levels of the feature, its two sides of the cut (the median without one), or the arms; all
    patients together without a feature.
    """
    if asked.joined.refused or asked.joined.frame.empty:
        return {"groups": [], "ticks": [], "log_rank": None, "gray": None}
    groups = _groups(asked)
    if groups is None:
        return {"groups": [], "ticks": [], "log_rank": None, "gray": None,
                "notes": ["Too many groups for curves, or a single one."]}  # fmt: skip
    frame = asked.joined.frame.loc[groups.index]
    ticks = time_ticks(float(frame["time"].max()))
    if asked.endpoint.kind == "competing":
        return {"groups": incidence_groups(frame, groups, ticks), "ticks": ticks, "log_rank": None}
    return {
        "groups": survival_groups(frame, groups, ticks),
        "ticks": ticks,
        "log_rank": log_rank_of(frame, groups),
    }


def _groups(asked: Asked) -> pd.Series | None:
    if not asked.choice.feature:
        return pd.Series("all", index=asked.joined.frame.index, dtype="string")
    return groups_of(asked.joined, asked.used)


def survival(asked: Asked) -> dict[str, Any]:
    """The answer of /api/survival."""
    about = told(asked)
    main = about["effect"] or {}
    cox = None
    if main.get("effect_kind") in ("hazard_ratio", "subdistribution_hazard_ratio"):
        cox = {"hr": main["effect"], "ci_low": main["ci_low"], "ci_high": main["ci_high"], "p": main["p_value"],
               "scale": main["scale"], "term": main["term"]}  # fmt: skip
    method = "Kaplan-Meier; log-rank" if asked.endpoint.kind == "survival" else "Aalen-Johansen"
    about["method"] = "; ".join(filter(None, [method, about["method"]]))
    return {"notes": []} | about | curves(asked) | {"cox": cox, "cut_label": cut_label(asked)}


def outcome(asked: Asked) -> dict[str, Any]:
    """The answer of /api/response and /api/toxicity: points or levels of the feature by outcome, and rates by group."""
    kind, frame = asked.endpoint.kind, asked.joined.frame
    about = told(asked)
    if kind in ("survival", "competing"):
        return survival(asked)
    about |= {
        "kind": kind,
        "cut_label": cut_label(asked),
        "points": [],
        "box": [],
        "by_group": [],
        "rank_test": None,
    }
    if asked.joined.refused or frame.empty:
        return about
    value = frame["value" if kind != "recurrent" else "count"]
    groups = _groups(asked)
    if groups is not None:
        about["by_group"] = group_rates(value, groups, kind)
    if asked.joined.feature is not None and asked.joined.feature.kind == "number":
        about |= feature_spread(frame[FEATURE].astype(float), value, kind)
    return about


def interaction(asked: Asked) -> dict[str, Any]:
    """The answer of /api/interaction: the test, the effect within arms and of the arms at low and high values."""
    about = told(asked)
    test = next((row for row in about["rows"] if row["role"] == "predictive"), None)
    shown = [
        row
        for row in about["rows"]
        if row["role"] in ("within_arm", "treatment") and row["effect"] is not None
    ]
    drawn = asked.endpoint.kind in ("survival", "competing")
    return (
        about
        | {"interaction": test, "forest": shown, "p_value": test and test["p_value"]}
        | (curves(asked) if drawn else {"groups": [], "ticks": []})
    )


def sql_text(asked: Asked) -> str:
    """SQL that gives the chart's patients with outcome and, if it is a column, the feature."""
    names = ["patient_id", *asked.endpoint.columns]
    if asked.choice.feature in asked.store.types:
        names.append(asked.choice.feature)
    shown = ", ".join(quoted(name) for name in dict.fromkeys(names))
    return f"SELECT {shown}\nFROM patient_biomarker{where_text(asked.store, asked.conditions)}"


def python_text(asked: Asked) -> str:
    """Python that gives the same estimates from the cohort folder."""
    default = Analysis("", "")
    parts = []
    for field in fields(Analysis):
        value = getattr(asked.analysis, field.name)
        if value != getattr(default, field.name):
            parts.append(f"{field.name}={value!r}")
    chosen = f"SELECT patient_id FROM patient_biomarker{where_text(asked.store, asked.conditions)}"
    return _PYTHON.format(
        sql=chosen.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'), analysis=", ".join(parts)
    )


_PYTHON = '''\
from pathlib import Path

from wes_biomarkers.associate.run import run_plan
from wes_biomarkers.contracts.plan import Analysis, Cutpoint, Plan
from wes_biomarkers.io.cohort_folder import read_cohort
from wes_biomarkers.join.frame import Join
from wes_biomarkers.query import open_cohort

folder = Path("COHORT")
with open_cohort(folder) as cohort:
    chosen = set(cohort.sql("""{sql}""").to_pandas()["patient_id"])
tables = {{
    name: table[table["patient_id"].isin(chosen)] if "patient_id" in table else table
    for name, table in read_cohort(folder).tables.items()
}}
analysis = Analysis({analysis})
print(run_plan(Join(tables), Plan("", (analysis,))).table)
'''


def need_kind(choice: Choice, kinds: tuple[str, ...]) -> None:
    """Raise an InputError for an endpoint of another kind."""
    endpoint = ENDPOINTS.get(choice.endpoint)
    if endpoint is None or endpoint.kind not in kinds:
        remedy = "GET /api/cohort names the endpoints with their kinds."
        raise InputError(
            [Fault(f"no endpoint of the kind {' or '.join(kinds)}", remedy, value=choice.endpoint[:80])]
        )
