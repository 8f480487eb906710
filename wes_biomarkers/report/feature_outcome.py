"""A yes and no, or a grade, by a feature: rates by group, the feature's values by outcome, and pictures of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.join.frame import FEATURE, JoinedFrame
from wes_biomarkers.plots.names import apart, label
from wes_biomarkers.plots.rates import rates_chart
from wes_biomarkers.plots.spread import quartiles, spread_chart
from wes_biomarkers.plots.toxicity import grade_bars
from wes_biomarkers.plots.words import explained

#: So many points are drawn at most.
_MAX_POINT = 5000


def group_rates(value: pd.Series, groups: pd.Series, kind: str) -> list[dict[str, Any]]:
    """The outcome in each group, in the order of their names.

    Args:
        value: of the outcome by patient.
        groups: by patient, of those who have one.
        kind: of the endpoint; of a `binary` one the share with its interval (Wilson's) too.

    Returns:
        {name, n, levels: [{value, n}], and of a binary endpoint n_event, rate, ci_low, ci_high}.
    """
    from wes_biomarkers.stats.proportions import wilson_interval

    found = []
    for name in sorted(groups.unique()):
        mine = value.loc[groups.index][groups == name]
        line: dict[str, Any] = {"name": str(name), "n": len(mine)}
        if kind == "binary":
            k = int(mine.astype(bool).sum())
            low, high = wilson_interval(k, len(mine))
            line |= {"n_event": k, "rate": k / len(mine), "ci_low": low, "ci_high": high}
        sizes = mine.astype(float).value_counts().sort_index()
        line["levels"] = [{"value": float(level), "n": int(n)} for level, n in sizes.items()]
        found.append(line)
    return found


def feature_spread(feature: pd.Series, value: pd.Series, kind: str) -> dict[str, Any]:
    """Points and quartiles of a number by outcome; of very many patients, an even choice of the points.

    Returns:
        {points: [{patient_id, value, outcome}], n_point_shown, box: [{outcome, n, min, q1, median, q3, max}],
        rank_test: of a binary outcome}.
    """
    from wes_biomarkers.stats.groups import mann_whitney

    words = (
        value.map({True: "yes", False: "no"}) if kind == "binary" else value.astype("Int64").astype("string")
    )
    box = quartiles(feature, words).rename(columns={"group": "outcome"}).to_dict("records")
    at = np.unique(np.linspace(0, len(feature) - 1, min(len(feature), _MAX_POINT)).astype(int))
    points = [
        {"patient_id": str(feature.index[i]), "value": float(feature.iloc[i]), "outcome": str(words.iloc[i])}
        for i in at
    ]
    test = None
    if kind == "binary":
        yes = value.astype(bool).to_numpy()
        found = mann_whitney(feature[yes].tolist(), feature[~yes].tolist())
        test = {"method": "Mann-Whitney", "p": found.p_value, "auc": found.auc, "reason": found.reason}
    return {"points": points, "n_point_shown": len(points), "box": box, "rank_test": test}


def outcome_charts(
    joined: JoinedFrame, groups: pd.Series | None, title: str, flags: Sequence[str], notes: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """Charts of an outcome that is no time, by name: `spread` of a number, `rates` of groups, `grades`.

    Args:
        joined: patients with outcome and feature.
        groups: of the feature, None where there are too many.
        title: names outcome and feature.
        flags: of the data and the analysis.
        notes: lines below the title.
    """
    endpoint, feature = joined.base.endpoint, joined.feature
    if endpoint.kind == "ordinal" and groups is not None:
        rows = group_rates(joined.frame["value"], groups, endpoint.kind)
        names = apart(each["name"] for each in rows)
        counts = [
            {"group": names[each["name"]], "grade": level["value"], "n": level["n"]}
            for each in rows
            for level in each["levels"]
        ]
        yield "grades", grade_bars(pd.DataFrame(counts), title, flags, notes)
    if endpoint.kind != "binary":
        return
    heading, outcome = explained(title, flags, *notes), endpoint.title.lower()
    if feature is not None and feature.kind == "number":
        found = feature_spread(joined.frame[FEATURE].astype(float), joined.frame["value"], endpoint.kind)
        points, box = (
            pd.DataFrame(found[name]).rename(columns={"outcome": "group"}) for name in ("points", "box")
        )
        yield "spread", spread_chart(points, box, heading, label(feature.name), x_title=outcome)
    elif groups is not None:
        rates = pd.DataFrame(group_rates(joined.frame["value"], groups, endpoint.kind))
        yield (
            "rates",
            rates_chart(rates.assign(group=rates["name"].map(apart(rates["name"]))), heading, outcome),
        )
