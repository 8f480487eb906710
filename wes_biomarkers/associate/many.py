"""Thousands of features at once: the same model for each, fitted together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.associate.asked import Asked
from wes_biomarkers.associate.design import Design, feature_design
from wes_biomarkers.associate.main_effect import covariates_of, main_effect, survival_data
from wes_biomarkers.associate.rows import Row, with_flags
from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import ARM_POPULATION, Analysis
from wes_biomarkers.join.features import FeatureValues
from wes_biomarkers.join.frame import LATE, Base, Join, JoinedFrame
from wes_biomarkers.join.on_treatment import known_after_origin
from wes_biomarkers.join.proteins import RANKED, comparable
from wes_biomarkers.stats.estimate import Estimate

#: More features than this are scanned together.
MANY = 200


def can_scan(analysis: Analysis) -> bool:
    """Whether the analysis is one that the scans compute: a plain effect in the endpoint's first model."""
    kind = ENDPOINTS[analysis.endpoint].kind
    plain = analysis.question == "prognostic" and analysis.cutpoint is None and not analysis.method
    return plain and kind in ("survival", "binary") and analysis.center not in ("cluster", "random")


def scan_rows(join: Join, base: Base, analysis: Analysis) -> list[Row]:
    """The plain effect of every feature, adjusted alike, each on the patients who have it.

    Each is on the scale that it has alone, of the patients who have it. Features that are no number or yes and
    no, or are only known after the clock started, are answered one by one with their reason.
    """
    shared = join.without_feature(base)
    frame = shared.frame
    asked = Asked(shared, analysis)
    problem = asked.problem()
    if problem:
        return asked.no_answer(problem)
    within = analysis.population.startswith(ARM_POPULATION)
    covariates = covariates_of(frame, analysis, asked.kind, with_arm=not within)
    table, left_out, ranked = _feature_table(join, base, analysis, frame.index)
    rows = [row for name, reason in left_out.items() for row in _named(asked, base, name).no_answer(reason)]
    designs = {name: _design(table[name], name, analysis, name in ranked) for name in map(str, table.columns)}
    for name, design in designs.items():
        if design.reason:
            rows += _named(asked, base, name).no_answer(design.reason, flags=design.flags)
    names = [name for name, design in designs.items() if not design.reason]
    columns = np.full((len(frame), len(names)), np.nan)
    for index, name in enumerate(names):
        columns[table[name].notna().to_numpy(), index] = designs[name].x[:, 0]
    if asked.kind == "survival":
        from wes_biomarkers.stats.scan_cox import scan_cox

        scan: Any = scan_cox(survival_data(frame, covariates), columns, covariates.x)
    else:
        from wes_biomarkers.stats.scan_glm import scan_logistic

        scan = scan_logistic(frame["value"].to_numpy(float), columns, covariates.x)
    role, flags = ("within_arm", ("arm_specific",)) if within else ("prognostic", ())
    for index, (name, design) in enumerate((name, designs[name]) for name in names):
        estimate = scan.estimate(index)
        if estimate.status != "ok" and "separation" in estimate.flags:
            estimate = _alone(asked, columns[:, index], name, within)
        rank = (RANKED,) if name in ranked else ()
        estimate = with_flags(estimate, (*design.flags, *flags, *rank))
        named = _named(asked, base, name)
        rows.append(
            named.row(estimate, name, role, scale=design.scale[0], adjust=covariates.names, primary=True)
        )
    return rows


def _alone(asked: Asked, values: NDArray[np.float64], name: str, within: bool) -> Estimate:
    """A feature that separates the outcomes, by the model of single features: Firth's likelihood."""
    known = ~np.isnan(values)
    frame = asked.frame[known]
    covariates = covariates_of(frame, asked.analysis, asked.kind, with_arm=not within)
    design = Design(values[known][:, None], (name,), ("",))
    return main_effect(frame, asked.kind, design, covariates, asked.analysis).columns[0]


def _named(asked: Asked, base: Base, name: str) -> Asked:
    """The same question of a feature by name only."""
    empty = pd.Series(dtype="float64")
    joined = JoinedFrame(asked.frame, asked.joined.flow, base, FeatureValues(name, empty, empty), base.flags)
    return Asked(joined, asked.analysis, asked.seed)


def _feature_table(
    join: Join, base: Base, analysis: Analysis, patients: pd.Index
) -> tuple[pd.DataFrame, dict[str, str], set[str]]:
    """(a column a feature, unknown where it may not be used; features left out with the reason; features by rank)."""
    reader = join.reader(analysis.sample_rule)
    plain = [name for name in analysis.features if name.startswith("protein:") and "@" not in name]
    columns: dict[str, pd.Series] = {}
    left_out: dict[str, str] = {}
    ranked: set[str] = set()
    if plain:
        usable = join.why_not(reader.read(plain[0]), base.origin, analysis).reindex(patients)
        late = usable.isin(LATE)
        for name in plain:
            protein = name.removeprefix("protein:")
            if protein not in reader.proteins:
                reader.read(name)  # says which is meant
            value, flags = comparable(*reader.protein_levels.of(protein))
            if value.notna().any():
                columns[name] = value.reindex(patients).mask(late)
                ranked |= {name} if flags else set()
            else:
                left_out[name] = "no sample of the rule has it"
    for name in analysis.features:
        if name in columns or name in left_out:
            continue
        refused = known_after_origin(name, base.endpoint)
        values = reader.read(name)
        if refused or values.kind == "category":
            left_out[name] = refused or "a scan takes numbers and yes and no; ask for this feature alone"
            continue
        ranked |= {name} if values.ranked else set()
        reason = join.why_not(values, base.origin, analysis).reindex(patients)
        value = values.value.reindex(patients)
        value = value.astype("boolean") if values.kind == "binary" else value.astype("Float64")
        columns[name] = value.mask(reason.notna())
    return pd.DataFrame(columns, index=patients), left_out, ranked


def _design(column: pd.Series, name: str, analysis: Analysis, ranked: bool) -> Design:
    """The column of one feature, of the patients who have it."""
    known = column.dropna()
    if pd.api.types.is_bool_dtype(column.dtype):
        return feature_design(known, name, "binary", analysis)
    return feature_design(known, name, "number", analysis, ranked=ranked)
