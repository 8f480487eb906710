"""Pictures of an association run: a volcano or forest an analysis, curves a feature, the flow."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.associate.design import feature_design
from wes_biomarkers.associate.model import Foretold
from wes_biomarkers.associate.run import Answer
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import AD_HOC, Analysis, Cutpoint, Plan
from wes_biomarkers.io.tsv import write_rows
from wes_biomarkers.join.features import FeatureValues
from wes_biomarkers.join.flow import Flow
from wes_biomarkers.join.frame import ARM, ASSIGNMENT, FEATURE, JoinedFrame
from wes_biomarkers.plots.decision_curve import decision_curve_chart
from wes_biomarkers.plots.flow import FlowStep, flow_chart
from wes_biomarkers.plots.forest import association_rows, forest
from wes_biomarkers.plots.incidence import incidence_chart
from wes_biomarkers.plots.names import apart, spelled
from wes_biomarkers.plots.roc import calibration_chart, roc_chart
from wes_biomarkers.plots.save import save_chart
from wes_biomarkers.plots.steps import time_ticks
from wes_biomarkers.plots.survival import kaplan_meier_chart
from wes_biomarkers.plots.volcano import volcano
from wes_biomarkers.plots.words import explained, interval_text, is_known, marked, p_text, records, time_title
from wes_biomarkers.report.course_figures import course_charts
from wes_biomarkers.report.feature_outcome import outcome_charts
from wes_biomarkers.report.prediction_figures import prediction_charts

#: More features than this are drawn as a volcano and have no curves of their own.
FEW = 12
#: More groups than this are not drawn as curves.
_MAX_GROUP = 4

_NAMES = {
    "hazard_ratio": "hazard ratio",
    "subdistribution_hazard_ratio": "subdistribution hazard ratio",
    "odds_ratio": "odds ratio",
    "rate_ratio": "rate ratio",
}


@dataclass(frozen=True)
class Picture:
    """One chart: a file name without suffix, the chart, and what it shows in words."""

    name: str
    chart: Any
    text: str


def write_figures(
    folder: Path, found: Answer, plan: Plan, tables: Mapping[str, pd.DataFrame], flags: Sequence[str] = ()
) -> None:
    """Write every picture of the run and of the patients' course as SVG below `folder`, and index.tsv of them.

    `flags` are of the cohort's data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    course = (Picture(f"cohort-{name}", chart, text) for name, (chart, text) in course_charts(tables).items())
    for picture in (*pictures(found, plan), *course):
        save_chart(marked(picture.chart, flags), folder / f"{picture.name}.svg")
        rows.append((f"{picture.name}.svg", picture.text))
    write_rows(folder / "index.tsv", ("file", "shows"), rows)


def pictures(found: Answer, plan: Plan) -> Iterator[Picture]:
    """All pictures of a run, in the plan's order."""
    for analysis in plan.analyses:
        table = found.table[found.table["analysis"] == analysis.name]
        if analysis.name in found.foretold:
            yield from _of_model(analysis, found.foretold[analysis.name], _flags(table))
        yield from overview(analysis, table)
        if len(analysis.features) <= FEW and not analysis.time_varying:  # groups that change have no curves
            for name in analysis.features or ("",):
                joined = found.frames.get((analysis.name, name))
                if joined is not None:
                    used = found.used.get((analysis.name, name), analysis)
                    yield from _of_feature(used, name, joined, table)


def _slug(*words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def _flags(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted({code for text in table["flags"].dropna() for code in text.split(";") if code}))


def _title(analysis: Analysis) -> str:
    title = ENDPOINTS[analysis.endpoint].title
    return title if analysis.name == AD_HOC else f"{analysis.name}: {title}"


def overview(analysis: Analysis, table: pd.DataFrame, data_flags: Sequence[str] = ()) -> Iterator[Picture]:
    """Ratios of an analysis at a glance: a forest, of many features a volcano; nothing where none is a ratio."""
    table = table[table["method"] != "power"]
    ratios = table[table["effect_kind"].isin(_NAMES) | table["role"].eq("predictive")]
    kinds = [kind for kind in ratios["effect_kind"].dropna() if kind in _NAMES]
    if not kinds:
        return
    name, title = _NAMES[kinds[0]], _title(analysis)
    flags = (*data_flags, *_flags(table))
    if len(analysis.features) > FEW:
        tested = table[table["role"].isin(("prognostic", "within_arm")) & table["effect_kind"].isin(_NAMES)]
        chart = volcano(tested, title, flags, effect_name=name)
        yield Picture(
            _slug(analysis.name, "volcano"), chart, f"{title}: effect against p of {len(tested)} features"
        )
        return
    shown = ratios[ratios["effect_kind"].eq(kinds[0]) | ratios["role"].eq("predictive")]
    chart = forest(association_rows(shown), title, flags, effect_name=name)
    yield Picture(_slug(analysis.name, "forest"), chart, f"{title}: {name} with 95 % intervals")


def _of_model(analysis: Analysis, told: Foretold, flags: Sequence[str]) -> Iterator[Picture]:
    """Calibration and net benefit of a model of a yes and no, by the cross-validated predictor."""
    from wes_biomarkers.stats.calibration import calibrate
    from wes_biomarkers.stats.decision_curve import decision_curve
    from wes_biomarkers.stats.logistic import fit_logistic

    fit = fit_logistic(told.outcome.astype(float), told.predictor)
    if fit.status != "ok":
        return
    risk = fit.probability(told.predictor[:, None])
    title = f"{_title(analysis)}: model of {len(analysis.features)} features"
    note = "cross-validated predictor, its level and slope set on these patients"
    bins = pd.DataFrame(
        {
            "predicted": part.predicted,
            "observed": part.observed,
            "n": part.n,
            "ci_low": part.ci_low,
            "ci_high": part.ci_high,
        }
        for part in calibrate(told.outcome, risk, 5).bins
    )
    yield Picture(
        _slug(analysis.name, "calibration"),
        calibration_chart(bins, title, flags, (note,)),
        f"{title}: calibration",
    )
    cuts = np.round(np.arange(0.05, 0.61, 0.01), 2)
    curve = decision_curve(risk, told.outcome, cuts)
    parts = [
        ("model", curve.net_benefit),
        ("treat all", curve.treat_all),
        ("treat none", np.zeros(len(cuts))),
    ]
    lines = [
        pd.DataFrame({"strategy": name, "threshold": cuts, "net_benefit": values}) for name, values in parts
    ]
    chart = decision_curve_chart(pd.concat(lines, ignore_index=True), title, flags, (note,))
    yield Picture(_slug(analysis.name, "decision-curve"), chart, f"{title}: net benefit")


def _of_feature(analysis: Analysis, name: str, joined: JoinedFrame, table: pd.DataFrame) -> Iterator[Picture]:
    label = name or analysis.arm_column
    mine = table[table["feature"] == (joined.feature.name if joined.feature else analysis.arm_column)]
    slug = _slug(analysis.name, label)
    title = f"{ENDPOINTS[analysis.endpoint].title} by {spelled(label)}"
    yield Picture(
        f"{slug}-flow",
        flow_picture(joined.flow, f"From the cohort to: {title}"),
        "who was lost at each step, and why",
    )
    if joined.refused or joined.frame.empty:
        return
    kind = joined.base.endpoint.kind
    if analysis.question == "predictive":
        for what, chart, text in prediction_charts(joined, analysis, _flags(mine)):
            yield Picture(f"{slug}-{what}", chart, text)
    if kind in ("survival", "competing"):
        groups = groups_of(joined, analysis)
        if groups is not None:
            draw = _survival if kind == "survival" else incidence_of
            yield Picture(
                f"{slug}-curves",
                draw(joined, groups, title, analysis, mine),
                f"{title}, curves with numbers at risk",
            )
        return
    notes = _notes(analysis, mine, cut=False)
    for what, chart in outcome_charts(joined, groups_of(joined, analysis), title, _flags(mine), notes):
        yield Picture(f"{slug}-{what}", chart, title)
    if kind == "binary" and joined.feature is not None and joined.feature.kind == "number":
        chart = _roc(joined, label, analysis, mine)
        if chart is not None:
            yield Picture(
                f"{slug}-roc", chart, f"{label} as a test for {ENDPOINTS[analysis.endpoint].title.lower()}"
            )


def flow_picture(flow: Flow, title: str, flags: Sequence[str] = ()) -> Any:
    """Who was lost at each step, and why; steps that lost nobody are left out."""
    steps = [
        FlowStep(step.name, step.n, dict(after.lost) if after is not None else {})
        for step, after in zip(flow.steps, [*flow.steps[1:], None], strict=True)
    ]
    kept = [step for step in steps if step.dropped or step is steps[0] or step is steps[-1]]
    return flow_chart(kept, title, flags)


def groups_of(joined: JoinedFrame, analysis: Analysis) -> pd.Series | None:
    """Groups to draw curves of: the levels, high and low at the analysis's cut, else above and below the median.

    None where there are too many groups or a single one. By arm where the question has no feature.
    """
    frame = joined.frame
    if joined.feature is None:
        groups = frame[ARM].astype("string").dropna() if ARM in frame else pd.Series(dtype="string")
        if analysis.question == "preference" and ASSIGNMENT in frame:  # never mixed
            how = (
                frame[ASSIGNMENT]
                .astype("string")
                .map({"randomized": "randomised", "preference": "own choice"})
            )
            groups = (groups + ", " + how.reindex(groups.index)).dropna()
    elif joined.feature.kind != "number":
        groups = frame[FEATURE].astype("string")
        if joined.feature.kind == "binary":
            groups = groups.map(
                {"True": f"{joined.feature.name}: yes", "False": f"{joined.feature.name}: no"}
            )
    else:
        groups = _cut_groups(frame[FEATURE], joined.feature, analysis)
    if analysis.question == "predictive" and ARM in frame:
        arm = frame[ARM].astype("string").reindex(groups.index)
        shorter = groups.str.removeprefix(f"{joined.feature.name} ") if joined.feature is not None else groups
        groups = (arm + ", " + shorter).dropna()
    groups = groups.map(apart(groups.dropna().unique(), spelled), na_action="ignore")
    sizes = groups.value_counts()
    return groups if 2 <= len(sizes) <= _MAX_GROUP else None


def _cut_groups(values: pd.Series, feature: FeatureValues, analysis: Analysis) -> pd.Series:
    name = feature.name
    used = Analysis("", "", cutpoint=analysis.cutpoint or Cutpoint("median"))
    design = feature_design(values, name, "number", used, ranked=feature.ranked)
    if design.reason:
        return pd.Series(name, index=values.index, dtype="string")
    high = design.scale[0].split(" against the rest")[0]
    words = {1.0: f"{name} {high}", 0.0: f"{name} lower"}
    return pd.Series(design.x[:, 0], index=values.index).map(words).astype("string")


def _notes(analysis: Analysis, table: pd.DataFrame, cut: bool) -> list[str]:
    notes = []
    tested = table[(table["role"] == "predictive") & table["p_value"].notna()]
    for row in records(tested.head(1)):
        notes.append(f"does treatment work differently? interaction {p_text(float(row['p_value']))}")
    effects = table[table["effect_kind"].isin(_NAMES) & table["effect"].notna()]
    effects = effects[effects["role"].isin(("prognostic", "within_arm", "treatment"))]
    several = effects.loc[effects["role"] == "treatment", "population"].nunique() > 1
    for row in records(effects.head(2)):
        effect = interval_text(float(row["effect"]), _number(row["ci_low"]), _number(row["ci_high"]))
        p = f", {p_text(float(row['p_value']))}" if is_known(row["p_value"]) else ""
        scale = f" {row['scale']}" if isinstance(row["scale"], str) else ""
        term = f"{row['population']}: {row['term']}" if several else row["term"]
        notes.append(f"{term}: {_NAMES[str(row['effect_kind'])]} {effect}{scale}{p}")
    if cut and analysis.cutpoint is None:
        notes.append("curves: above and below the median; estimates use the number itself")
    return notes


def _number(value: object) -> float:
    return float(value) if is_known(value) else math.nan


def _survival(
    joined: JoinedFrame, groups: pd.Series, title: str, analysis: Analysis, table: pd.DataFrame
) -> Any:
    from wes_biomarkers.stats.survival import at_risk, kaplan_meier

    frame = joined.frame.loc[groups.index]
    ticks = time_ticks(float(frame["time"].max()))
    curves, risk = {}, {}
    for name in sorted(groups.unique()):
        part = frame[groups == name]
        entry = part["entry"].to_numpy(float) if "entry" in part else None
        curves[name] = kaplan_meier(part["time"].tolist(), part["event"].astype(bool).tolist(), entry=entry)
        risk[name] = at_risk(part["time"].tolist(), ticks, entry=entry)
    cut = joined.feature is not None and joined.feature.kind == "number"
    return kaplan_meier_chart(
        curves,
        risk,
        ticks,
        title,
        _notes(analysis, table, cut),
        _flags(table),
        time_title(joined.base.origin, analysis.landmark_months),
    )


def incidence_of(
    joined: JoinedFrame,
    groups: pd.Series,
    title: str,
    analysis: Analysis,
    table: pd.DataFrame,
    *,
    notes: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> Any:
    """Cumulative incidence by group, with the estimates of the table, further notes and the flags of the data."""
    from wes_biomarkers.stats.competing_risks import cumulative_incidence
    from wes_biomarkers.stats.survival import at_risk

    frame = joined.frame.loc[groups.index]
    ticks = time_ticks(float(frame["time"].max()))
    found = cumulative_incidence(frame["time"].to_numpy(float), frame["state"].to_numpy(int), list(groups))
    parts = []
    for name, curve in found.items():
        parts.append(pd.DataFrame({"group": name, "state": "event", "time": curve.time, "estimate": curve.incidence,
                                   "ci_low": curve.ci_low, "ci_high": curve.ci_high}))  # fmt: skip
        parts.append(pd.DataFrame({"group": name, "state": "competing", "time": curve.time,
                                   "estimate": curve.competing_incidence, "ci_low": np.nan, "ci_high": np.nan}))  # fmt: skip
    risk = {name: at_risk(frame.loc[groups == name, "time"].tolist(), ticks) for name in found}
    words = {name: f"{name}: {int((groups == name).sum())} patients" for name in found}
    cut = joined.feature is not None and joined.feature.kind == "number"
    told = [*notes, *_notes(analysis, table, cut), "dotted: death before the event"]
    heading = explained(title, (*flags, *_flags(table)), *told)
    return incidence_chart(
        pd.concat(parts),
        risk,
        ticks,
        heading,
        words,
        time_title(joined.base.origin, analysis.landmark_months),
    )


def _roc(joined: JoinedFrame, label: str, analysis: Analysis, table: pd.DataFrame) -> Any | None:
    from wes_biomarkers.stats.roc import auc, roc_curve

    score, y = joined.frame[FEATURE].to_numpy(float), joined.frame["value"].to_numpy(float)
    found = auc(score, y)
    if found.status != "ok" or found.effect is None:
        return None
    curve = roc_curve(score, y)
    frame = pd.DataFrame({"group": label, "false_positive_rate": curve.false_positive_rate,
                          "true_positive_rate": curve.sensitivity})  # fmt: skip
    interval = interval_text(found.effect, _number(found.ci_low), _number(found.ci_high))
    n_event = int(y.sum())
    notes = [f"{n_event} of {len(y)} patients with the outcome; unadjusted"]
    title = f"{label} as a test for {ENDPOINTS[analysis.endpoint].title.lower()}"
    return roc_chart(frame, {label: f"{label}: AUC {interval}"}, title,
                     _flags(table), notes)  # fmt: skip
