"""Pictures of the page Biomarkers, each of an answer as it goes out: what is withheld there is not drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from wes_biomarkers.plots.forest import association_rows, forest
from wes_biomarkers.plots.incidence import incidence_chart
from wes_biomarkers.plots.names import apart, label, spelled
from wes_biomarkers.plots.rates import rates_chart
from wes_biomarkers.plots.scatter import scatter_chart, shades_chart
from wes_biomarkers.plots.spread import quartiles, spread_chart
from wes_biomarkers.plots.survival import survival_chart
from wes_biomarkers.plots.toxicity import grade_bars
from wes_biomarkers.plots.words import estimate_line, explained, is_known, number_text, p_text, time_title

Found = Mapping[str, Any]
#: Width in pixels of a plot across the page, and in one of its two columns beside labels of an axis or of rows.
WHOLE, HALF, ROWS = 1000, 550, 420


def curves(found: Found) -> Any | None:
    """Kaplan-Meier or cumulative incidence curves with numbers at risk; None without any."""
    groups = [each for each in found.get("groups") or () if each["curve"]]
    if not groups:
        return None
    names = apart(each["name"] for each in groups)
    risk = {names[each["name"]]: each["at_risk"] for each in groups}
    words = {names[each["name"]]: _counted(each, names[each["name"]]) for each in groups}
    axis = time_title(found["origin"], next((row["landmark_months"] for row in found.get("rows", ())), None))
    if "incidence" in groups[0]["curve"][0]:
        heading = _heading(found, *_notes(found), "dotted: death before the event", width=HALF)
        frame = pd.DataFrame(_incidence_rows(groups, names))
        return incidence_chart(frame, risk, found["ticks"], heading, words, axis, width=ROWS)
    heading = _heading(found, *_notes(found), width=WHOLE)
    rows = [
        {"group": names[each["name"]], "estimate": step["survival"], **step}
        for each in groups
        for step in each["curve"]
    ]
    frame = pd.DataFrame(rows)
    return survival_chart(
        frame, risk, found["ticks"], heading, words, axis, y_title=found["title"].lower(), width=WHOLE
    )


def _incidence_rows(groups: Sequence[Found], names: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    for each in groups:
        for step in each["curve"]:
            shared = {"group": names[each["name"]], "time": step["time"]}
            bounds = {"ci_low": step["ci_low"], "ci_high": step["ci_high"]}
            rows.append(shared | {"state": "event", "estimate": step["incidence"]} | bounds)
            if step.get("competing") is not None:
                rows.append(
                    shared
                    | {"state": "competing", "estimate": step["competing"], "ci_low": None, "ci_high": None}
                )
    return rows


def _counted(group: Found, name: str) -> str:
    """What the legend says of a group, shown under this name."""
    facts = [_plural(group["n"], "patient"), _plural(group.get("n_event"), "event")]
    if "median" in group:
        median = group["median"]
        facts.append("median not reached" if median is None else f"median {number_text(median)} months")
    return f"{name}: {', '.join(filter(None, facts))}"


def _plural(n: int | None, what: str) -> str:
    return "" if n is None else f"{n:,} {what}{'' if n == 1 else 's'}"


def grades(found: Found) -> Any | None:
    """Grades shared out in each group; None without any."""
    if found.get("kind") != "ordinal" or not found["by_group"]:
        return None
    names = apart(each["name"] for each in found["by_group"])
    rows = [
        {"group": names[each["name"]], "grade": level["value"], "n": level["n"]}
        for each in found["by_group"]
        for level in each["levels"]
        if level["n"]
    ]
    if not rows:
        return None
    sizes = {names[each["name"]]: each["n"] for each in found["by_group"]}
    heading = _title(found)
    notes = [*_notes(found), *found["sentences"]]
    return grade_bars(pd.DataFrame(rows), heading, (), notes, sizes=sizes, width=ROWS)


def spread(found: Found) -> Any | None:
    """A number by outcome; None without its quartiles, or of grades."""
    if found.get("kind") == "ordinal" or not found.get("box"):
        return None
    columns = ["patient_id", "outcome", "value"]
    points = pd.DataFrame(found["points"], columns=columns).rename(columns={"outcome": "group"})
    boxes = pd.DataFrame(found["box"]).rename(columns={"outcome": "group"})
    if found["kind"] != "binary":
        boxes = boxes.sort_values("group", key=lambda names: names.astype(float))
    heading = _heading(found, *_notes(found))
    return spread_chart(
        points, boxes, heading, label(found["feature"]), x_title=found["title"].lower(), width=HALF
    )


def rates(found: Found) -> Any | None:
    """The share with the outcome by group; None where it is no yes and no."""
    groups = found.get("by_group")
    if found.get("kind") != "binary" or not groups:
        return None
    columns = ["group", "n", "n_event", "rate", "ci_low", "ci_high"]
    names = apart(each["name"] for each in groups)
    frame = pd.DataFrame([{**each, "group": names[each["name"]]} for each in groups])[columns]
    return rates_chart(frame, _heading(found, *_notes(found)), found["title"].lower())


def outcome(found: Found) -> Any | None:
    """The picture of an outcome of any kind."""
    return next(
        (chart for draw in (curves, grades, spread, rates) if (chart := draw(found)) is not None), None
    )


def treatment(found: Found) -> Any | None:
    """The effects within arms and of the arms beside the test of the interaction; None without any."""
    if not found["forest"]:
        return None
    table = pd.DataFrame([*filter(None, [found["interaction"]]), *found["forest"]])
    kind = str(found["forest"][0]["effect_kind"] or "effect")
    rows = association_rows(table).drop(columns=["group", "p_interaction"])
    notes = []
    if found["interaction"] and is_known(found["interaction"]["p_value"]):
        notes = [f"does treatment work differently? interaction {p_text(found['interaction']['p_value'])}"]
    title = f"{found['title']} by treatment and {spelled(found['feature'])}"
    told = [*notes, *found["sentences"]]
    return forest(rows, title, effect_name=spelled(kind), notes=told, ratio="ratio" in kind, narrow=True)


def values(found: Found) -> Any | None:
    """Two features: points or shades of counts, and by the levels of one that is no number; None without patients."""
    names = {axis: label(name) for axis, name in found["names"].items()}
    if "y" not in names:
        return None
    test = found["correlation"]
    notes = (
        [f"{test['method']} {test['value']:.2f}, {p_text(test['p'])}"] if test and is_known(test["p"]) else []
    )
    heading = explained(f"{names['y']} against {names['x']}", (), *notes, width=HALF)
    if found["bins"]:
        return shades_chart(pd.DataFrame(found["bins"]), heading, names["x"], names["y"], width=HALF - 70)
    points = pd.DataFrame(found["rows"])
    if points.empty:
        return None
    numeric = {
        axis: pd.api.types.is_numeric_dtype(points[axis]) and points[axis].dtype != bool
        for axis in ("x", "y")
    }
    if all(numeric.values()):
        return scatter_chart(points, heading, names["x"], names["y"], width=HALF)
    value, group = ("y", "x") if numeric["y"] else ("x", "y")
    if not numeric[value]:
        return None
    points = points.rename(columns={value: "value", group: "group"})
    points["group"] = points["group"].astype(str)
    boxes = quartiles(points["value"], points["group"])
    return spread_chart(points, boxes, heading, names[value], x_title=names[group], width=HALF)


def _title(found: Found) -> str:
    return f"{found['title']} by {spelled(found['feature'])}" if found["feature"] else str(found["title"])


def _heading(found: Found, *notes: str, width: int = HALF) -> alt.TitleParams:
    return explained(_title(found), (), *notes, *found["sentences"], width=width)


def _notes(found: Found) -> list[str]:
    """The tests and the effect in words. The plain log-rank test does not pay for a search, so it is left out then."""
    notes = []
    cut = found.get("cut_label") or ""
    log_rank, ranked, effect = (found.get(name) for name in ("log_rank", "rank_test", "effect"))
    if log_rank and is_known(log_rank["p"]) and "searched" not in cut:
        notes.append(f"log-rank {p_text(log_rank['p'])}")
    if ranked and is_known(ranked["p"]):
        notes.append(f"{ranked['method']} {p_text(ranked['p'])}")
    if effect and is_known(effect["effect"]):
        notes.append(estimate_line(effect))
    if cut and found.get("groups"):
        notes.append(f"curves {cut}")
    return notes
