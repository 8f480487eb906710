"""Running analyses: each question's rows, with the flow of every feature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.many import MANY, can_scan, scan_rows
from wes_biomarkers.associate.model import Foretold, model_rows
from wes_biomarkers.associate.predictive import predictive_rows
from wes_biomarkers.associate.preference import balance_table, preference_rows
from wes_biomarkers.associate.prognostic import prognostic_rows
from wes_biomarkers.associate.resampling import with_permutation
from wes_biomarkers.associate.rows import Row, assemble_rows
from wes_biomarkers.associate.time_varying import time_varying_rows
from wes_biomarkers.associate.treatment import treatment_rows
from wes_biomarkers.contracts.plan import Analysis, Plan
from wes_biomarkers.join.flow import Flow
from wes_biomarkers.join.frame import Join, JoinedFrame
from wes_biomarkers.join.population import levels_of

_QUESTIONS: Mapping[str, Callable[[Asked], list[Row]]] = {
    "prognostic": prognostic_rows,
    "predictive": predictive_rows,
    "treatment": treatment_rows,
    "preference": preference_rows,
}


@dataclass(frozen=True)
class Answer:
    """What a plan's run gives.

    Attributes:
        table: rows of the association table, not yet conformed.
        frames: (analysis, feature) -> the joined frame with its flow; the feature is empty where the question has
            none, and frames of scans of many features are not kept.
        used: likewise, the analysis with the cutpoint it found.
        balance: analysis of the preference design -> how alike the arms are.
        foretold: analysis of a model of a yes and no -> what each patient was foretold.
    """

    table: pd.DataFrame
    frames: Mapping[tuple[str, str], JoinedFrame] = field(default_factory=dict)
    used: Mapping[tuple[str, str], Analysis] = field(default_factory=dict)
    balance: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    foretold: Mapping[str, Foretold] = field(default_factory=dict)

    def flow(self, analysis: str, feature: str) -> Flow:
        """Who was lost on the way to an analysis of a feature."""
        return self.frames[analysis, feature].flow


def run_plan(
    join: Join, plan: Plan, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Answer:
    """Every analysis of a plan.

    Args:
        join: of the cohort.
        plan: the analyses.
        seed: of resampling (cutpoints, cross-validation); the same seed gives the same numbers.
        progress: called with analyses done and in all.

    Raises:
        InputError: what the cohort lacks for an analysis.
    """
    rows: list[Row] = []
    kept = _Kept()
    for index, analysis in enumerate(plan.analyses):
        for part in _parts(join, analysis):
            rows += _analysis_rows(join, part, seed, kept)
        if progress is not None:
            progress(index + 1, len(plan.analyses))
    balance = {
        analysis.name: balance_table(Asked(kept.frames[analysis.name, ""], analysis, seed))
        for analysis in plan.analyses
        if analysis.question == "preference"
    }
    return Answer(assemble_rows(rows, plan), kept.frames, kept.used, balance, kept.foretold)


@dataclass(frozen=True)
class _Kept:
    """What a run keeps for pictures and flows, filled as it goes: see Answer."""

    frames: dict[tuple[str, str], JoinedFrame] = field(default_factory=dict)
    used: dict[tuple[str, str], Analysis] = field(default_factory=dict)
    foretold: dict[str, Foretold] = field(default_factory=dict)


def _parts(join: Join, analysis: Analysis) -> list[Analysis]:
    """The analysis in all patients and, where it names a subgroup, in each of its levels."""
    if not analysis.subgroup:
        return [analysis]
    levels = levels_of(join.clinical, analysis.subgroup)
    return [analysis, *(replace(analysis, level=level) for level in levels)]


def _analysis_rows(join: Join, analysis: Analysis, seed: int, kept: _Kept) -> list[Row]:
    base = join.base(analysis)
    if analysis.question == "model":
        model, told = model_rows(join, base, analysis, seed)
        if told is not None:
            kept.foretold[analysis.name] = told
        return model
    if analysis.time_varying and analysis.question == "prognostic":
        varying: list[Row] = []
        for name in analysis.features:
            kept.frames[_key(analysis, name)], found = time_varying_rows(join, base, analysis, name, seed)
            varying += found
        return varying
    permuted = analysis.n_permutation > 0 and analysis.question == "prognostic" and analysis.cutpoint is None
    if len(analysis.features) > MANY and can_scan(analysis):
        scanned = scan_rows(join, base, analysis)
        return with_permutation(join, base, analysis, scanned, seed) if permuted else scanned
    rows: list[Row] = []
    for name in ("",) if analysis.question in ("treatment", "preference") else analysis.features:
        joined = join.with_feature(base, analysis, name) if name else join.without_feature(base)
        key = _key(analysis, name)
        kept.frames[key] = joined
        found = answer(Asked(joined, analysis, seed))
        kept.used[key] = found[0].analysis
        rows += found
    return with_permutation(join, base, analysis, rows, seed) if permuted else rows


def _key(analysis: Analysis, feature: str) -> tuple[str, str]:
    return (f"{analysis.name}, {analysis.level}" if analysis.level else analysis.name, feature)


def answer(asked: Asked) -> list[Row]:
    """The rows of one analysis of one feature; a single row that says why where there is no answer."""
    if asked.joined.refused:
        return asked.no_answer(asked.joined.refused, refused=True)
    problem = asked.problem()
    return asked.no_answer(problem) if problem else _QUESTIONS[asked.analysis.question](asked)
