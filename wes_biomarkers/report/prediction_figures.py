"""Pictures of a predictive question: the effect of treatment along the feature, and the risk under each arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import Analysis
from wes_biomarkers.join.frame import ARM, FEATURE, JoinedFrame
from wes_biomarkers.plots.treatment_effect import predictiveness_chart, sliding_window_chart
from wes_biomarkers.plots.words import p_text
from wes_biomarkers.stats.estimate import FollowUp, follow_up
from wes_biomarkers.stats.predictiveness import binary_risk, predictiveness, survival_risk
from wes_biomarkers.stats.sliding_window import binary_effect, sliding_window, survival_effect

#: Patients of a window, and how many later the next one starts: a third and a tenth of all, within these bounds.
_WINDOW, _STEP = (40, 80), (8, 20)
_N_PERMUTATION, _N_RESAMPLE = 200, 200


@dataclass(frozen=True)
class _Asked:
    """The patients of two arms with the feature's values.

    Attributes:
        frame: indexed by patient id, with the outcome.
        kind: of the endpoint: `survival` or `binary`.
        values: of the feature, shape (n,).
        treated: 1 in the second arm, shape (n,).
        arms: the reference arm and the other.
        name: of the feature.
        flags: of the analysis.
        seed: of permutations and resamples.
    """

    frame: pd.DataFrame
    kind: str
    values: NDArray[np.float64]
    treated: NDArray[np.float64]
    arms: tuple[str, str]
    name: str
    flags: tuple[str, ...]
    seed: int

    @property
    def data(self) -> FollowUp:
        """Follow-up of survival."""
        return follow_up(self.frame["time"].to_numpy(float), self.frame["event"].to_numpy(bool))


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
    values, name = frame[FEATURE].to_numpy(np.float64), joined.feature.name
    asked = _Asked(frame, kind, values, treated, (reference, other), name, flags, seed)
    title = f"{ENDPOINTS[analysis.endpoint].title}: {other} against {reference} along {name}"
    yield "windows", _windows(asked, title), title
    chart = _risks(asked, analysis)
    if chart is not None:
        yield "risks", chart, f"Risk under each arm by {name}"


def _windows(asked: _Asked, title: str) -> Any:
    n = len(asked.frame)
    size, step = int(np.clip(n // 3, *_WINDOW)), int(np.clip(n // 10, *_STEP))
    if asked.kind == "survival":
        effect, words = survival_effect(asked.data, asked.treated), "hazard ratio of treatment"
    else:
        effect = binary_effect(asked.frame["value"].to_numpy(float), asked.treated)
        words = "odds ratio of treatment"
    found = sliding_window(effect, asked.values, asked.treated, size=size, step=step, n_permutation=_N_PERMUTATION,
                           seed=asked.seed)  # fmt: skip
    rows = pd.DataFrame(
        [
            {"centre": window.centre, "effect": window.estimate.effect, "ci_low": window.estimate.ci_low,
             "ci_high": window.estimate.ci_high, "n": window.estimate.n}
            for window in found.windows
        ]
    )  # fmt: skip
    notes = ["unadjusted"]
    if found.p_value is not None:
        notes.append(f"one effect in all windows: {p_text(found.p_value)} by {_N_PERMUTATION} permutations")
    return sliding_window_chart(rows, title, asked.flags, feature=asked.name, effect_name=words,
                                overall=found.overall.effect, notes=notes)  # fmt: skip


def _risks(asked: _Asked, analysis: Analysis) -> Any | None:
    if asked.kind == "survival":
        times = [float(asked.frame.loc[asked.treated == code, "time"].max()) for code in (0.0, 1.0)]
        tau = analysis.tau_months or float(np.floor(min(*times, float(asked.frame["time"].quantile(0.75)))))
        if tau <= 0:
            return None
        risk, words = survival_risk(asked.data, asked.treated, asked.values, tau), f" by {tau:g} months"
    else:
        outcome = asked.frame["value"].to_numpy(float)
        risk, words = binary_risk(outcome, asked.treated, asked.values), ""
    found = predictiveness(risk, asked.values, asked.treated, n_resample=_N_RESAMPLE, seed=asked.seed)
    if found.status != "ok":
        return None
    parts = [
        pd.DataFrame({"group": arm, "percentile": found.percentile, "risk": found.risk[index],
                      "ci_low": found.ci_low[index], "ci_high": found.ci_high[index]})
        for index, arm in enumerate(asked.arms)
    ]  # fmt: skip
    title = f"{ENDPOINTS[analysis.endpoint].title}{words}: risk under each arm by {asked.name}"
    return predictiveness_chart(pd.concat(parts, ignore_index=True), title, asked.flags, feature=asked.name)
