"""Pictures of a predictive question: the effect of treatment along the feature, and the risk under each arm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import ARM, FEATURE, JoinedFrame
from wes_biomarkers.plots.treatment_effect import predictiveness_chart, sliding_window_chart
from wes_biomarkers.plots.words import p_text
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.predictiveness import binary_risk, predictiveness, survival_risk
from wes_biomarkers.stats.sliding_window import binary_effect, sliding_window, survival_effect

#: Patients of a window, and how many later the next one starts: a third and a tenth of all, within these bounds.
_WINDOW, _STEP = (40, 80), (8, 20)
_N_PERMUTATION, _N_RESAMPLE = 200, 200


def prediction_charts(
    joined: JoinedFrame, analysis: Analysis, flags: tuple[str, ...], seed: int = 1
) -> Iterator[tuple[str, Any, str]]:
    """(kind, chart, words) of a number, two arms, and survival without late entry or a yes and no; else nothing."""
    frame, kind = joined.frame, joined.base.endpoint.kind
    if joined.feature is None or joined.feature.kind != "number" or ARM not in frame or "entry" in frame:
        return
    frame = frame[frame[ARM].notna()]
    arms = sorted(set(frame[ARM].astype(str)))
    if len(arms) != 2 or kind not in ("survival", "binary") or len(frame) < 2 * _WINDOW[0]:
        return
    reference = analysis.reference_arm or arms[0]
    other = next(arm for arm in arms if arm != reference)
    treated = np.asarray(frame[ARM].astype(str) == other, np.float64)
    values = frame[FEATURE].to_numpy(np.float64)
    title = f"{ENDPOINTS[analysis.endpoint].title}: {other} against {reference} along {joined.feature.name}"
    yield "windows", _windows(frame, kind, values, treated, joined.feature.name, title, flags, seed), title
    words = f"Risk under each arm by {joined.feature.name}"
    chart = _risks(
        frame, kind, values, treated, (reference, other), joined.feature.name, analysis, flags, seed
    )
    if chart is not None:
        yield "risks", chart, words


def _windows(
    frame: pd.DataFrame, kind: str, values: np.ndarray[Any, np.dtype[np.float64]],
    treated: np.ndarray[Any, np.dtype[np.float64]], name: str, title: str, flags: tuple[str, ...], seed: int,
) -> Any:  # fmt: skip
    n = len(frame)
    size = int(np.clip(n // 3, *_WINDOW))
    step = int(np.clip(n // 10, *_STEP))
    if kind == "survival":
        data = follow_up(frame["time"].to_numpy(float), frame["event"].to_numpy(bool))
        effect, words = survival_effect(data, treated), "hazard ratio of treatment"
    else:
        effect, words = binary_effect(frame["value"].to_numpy(float), treated), "odds ratio of treatment"
    found = sliding_window(
        effect, values, treated, size=size, step=step, n_permutation=_N_PERMUTATION, seed=seed
    )
    rows = pd.DataFrame(
        [
            {"centre": window.centre, "effect": window.estimate.effect, "ci_low": window.estimate.ci_low,
             "ci_high": window.estimate.ci_high, "n": window.estimate.n}
            for window in found.windows
        ]
    )  # fmt: skip
    notes = [f"windows of some {size} patients, unadjusted"]
    if found.p_value is not None:
        notes.append(f"one effect in all windows: {p_text(found.p_value)} by {_N_PERMUTATION} permutations")
    return sliding_window_chart(
        rows, title, flags, feature=name, effect_name=words, overall=found.overall.effect, notes=notes
    )


def _risks(
    frame: pd.DataFrame, kind: str, values: np.ndarray[Any, np.dtype[np.float64]],
    treated: np.ndarray[Any, np.dtype[np.float64]], arms: tuple[str, str], name: str, analysis: Analysis,
    flags: tuple[str, ...], seed: int,
) -> Any | None:  # fmt: skip
    if kind == "survival":
        times = [float(frame.loc[treated == code, "time"].max()) for code in (0.0, 1.0)]
        tau = analysis.tau_months or float(np.floor(min(*times, float(frame["time"].quantile(0.75)))))
        if tau <= 0:
            return None
        data = follow_up(frame["time"].to_numpy(float), frame["event"].to_numpy(bool))
        risk, words = survival_risk(data, treated, values, tau), f"by {tau:g} months"
    else:
        risk, words = binary_risk(frame["value"].to_numpy(float), treated, values), ""
    found = predictiveness(risk, values, treated, n_resample=_N_RESAMPLE, seed=seed)
    if found.status != "ok":
        return None
    parts = [
        pd.DataFrame({"group": arm, "percentile": found.percentile, "risk": found.risk[index],
                      "ci_low": found.ci_low[index], "ci_high": found.ci_high[index]})
        for index, arm in enumerate(arms)
    ]  # fmt: skip
    title = f"{ENDPOINTS[analysis.endpoint].title} {words}: risk under each arm by {name}".replace(" :", ":")
    return predictiveness_chart(pd.concat(parts, ignore_index=True), title, flags, feature=name)
