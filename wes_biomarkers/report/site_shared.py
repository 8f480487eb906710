"""Answers of the browser without anything of a single patient: what a folder for sharing may hold.

Each function takes an answer of the API and gives one of the same shape, with only what is named here: a column or key
that is not listed does not get through. `k` is the least count shown; see report.suppression.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from wes_biomarkers.report.suppression import rounded, shown_cells

Json = dict[str, Any]
_ABOUT = (
    "endpoint", "feature", "title", "origin", "rule", "n", "n_event", "method", "definition_id", "flags", "prespecified",
    "cut_label", "kind", "sql", "python",
)  # fmt: skip
_ESTIMATE = (
    "analysis", "feature", "endpoint", "population", "method", "term", "scale", "role", "n", "n_event", "effect_kind",
    "effect", "ci_low", "ci_high", "p_value", "q_value", "status", "prespecified", "plan_id",
)  # fmt: skip
_COLUMN = ("table", "name", "dtype", "unit", "doc", "definition_id", "n_known", "min", "max")
_NUMBERS = ("effect", "ci_low", "ci_high")
_FEW = "Too few patients or events to be evaluated, or to be shown."
_DIGITS = re.compile(r"(?<![\w.])\d+(?![\w.])")
_ANALYSES = (
    "/api/survival",
    "/api/response",
    "/api/toxicity",
    "/api/interaction",
    "/api/values",
    "/api/plan",
)
#: What no number of a patient is in.
_EXACT = ("sql", "python", "plan_id", "sha256", "definition_id")
_SD = re.compile(r"per sd( of ranks)? \([^)]*\)")
_PRECISE = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]?\d+)?(?![\w.])|(?<=[>=] )\d{3,}(?![\w.])")
#: Shades of the scatter plot along each axis.
_SHADES = 12


def without_patients(path: str, answer: Any, k: int) -> Any:
    """The answer of a route as it may be shared; its counts are still whole, to be made coarse together."""
    shared = _SHARED[path](answer, max(k, 1))
    return _blurred(shared) if k > 1 and path in _ANALYSES else shared


def _blurred(answer: Any) -> Any:
    """The answer with no more of cuts and standard deviations in its words than its numbers tell.

    An exact cut may be the value of one patient, and an exact standard deviation the key to a withheld count.
    """
    if isinstance(answer, Mapping):
        return {name: each if name in _EXACT else _blurred(each) for name, each in answer.items()}
    if isinstance(answer, list | tuple):
        return [_blurred(each) for each in answer]
    if not isinstance(answer, str):
        return answer
    return _PRECISE.sub(lambda found: f"{rounded(float(found[0]), 2):g}", _SD.sub(r"per sd\1", answer))


def _cohort(answer: Json, k: int) -> Json:
    return answer | {"has": answer["has"] | {"patient": False, "ask": False}}


def _columns(answer: list[Json], k: int) -> list[Json]:
    """Numbers without their least and greatest value, words without the rare ones, no days."""
    found = []
    for column in answer:
        if column["dtype"] == "date" or column["n_known"] < k:
            continue
        kept = _only(column, _COLUMN)
        if column.get("levels"):
            kept["levels"] = [{"value": each["value"]} for each in _common(column["levels"], "n", k)]
        found.append(kept)
    return found


def _common(levels: Sequence[Json], key: str, k: int) -> list[Json]:
    """Levels of k patients or more; none of a column in which every patient has a level of its own."""
    if len(levels) > 1 and all(each[key] <= 1 for each in levels):
        return []
    return [dict(each) for each in levels if each[key] >= k]


def _counts(answer: Json, k: int) -> Json:
    by = {}
    for name, bins in answer["by"].items():
        kept = _tails([dict(each) for each in bins if "bin" in each], k)
        kept += _common([each for each in bins if "bin" not in each], "n_all", k)
        if kept:
            by[name] = kept
    flow = [
        {"step": each["step"], "n": each["n"], "excluded": each["excluded"],
         "reason": "; ".join(lost["reason"] for lost in each["lost"] if lost["n"] >= k)}
        for each in answer["flow"]
    ]  # fmt: skip
    return {"n_patient": answer["n_patient"], "n_pair": answer["n_pair"], "flow": flow, "by": by}


def _tails(bins: list[Json], k: int) -> list[Json]:
    """A histogram whose outer bars hold k patients or more, each with everybody beyond it."""
    for end in (0, -1):
        while len(bins) > 1 and bins[end]["n_all"] < k:
            lost, inner = bins.pop(end), bins[end]
            inner["n"] += lost["n"]
            inner["n_all"] += lost["n_all"]
    for each in bins:
        each["bin"] = [rounded(edge, 3) for edge in each["bin"]]
    return bins if sum(each["n_all"] for each in bins) >= k else []


def _genes(answer: list[Json], k: int) -> list[Json]:
    return [_only(each, ("gene", "n")) for each in answer if each["n"]]


def _survival(answer: Json, k: int) -> Json:
    """Curves that step at every k-th event, in whole months, while k patients are followed."""
    groups = [_curve(each, k) for each in _line(answer.get("groups") or [], k)]
    hold = any(not each["curve"] for each in groups)
    test = answer.get("log_rank")
    return _about(answer, k, hold) | {
        "groups": groups,
        "ticks": answer.get("ticks") or [],
        "log_rank": {"p": None if hold else _p(test["p"], k)} if test else None,
        "notes": answer.get("notes") or [],
    }


def _curve(group: Json, k: int) -> Json:
    kept = _only(group, ("name", "n", "n_event", "at_risk"))
    median = group.get("median")
    if "median" in group:
        kept["median"] = rounded(median, 2)
    if group["n"] < k or (group["n_event"] or 0) < k:
        return kept | {"curve": [], "median": None} if "median" in group else kept | {"curve": []}
    field = "survival" if "survival" in group["curve"][0] else "incidence"
    steps, events = [{"time": 0, field: 1 - (field == "incidence"), "ci_low": None, "ci_high": None}], 0
    for step in group["curve"]:
        if step["n_at_risk"] < k:
            break
        events += step["n_event"]
        if events >= k:
            numbers = {name: _two(step[name]) for name in (field, "ci_low", "ci_high")}
            steps.append({"time": math.ceil(step["time"])} | numbers)
            events = 0
    followed = [step["time"] for step in group["curve"] if step["n_at_risk"] >= k]
    steps.append(steps[-1] | {"time": max(math.floor(followed[-1]), steps[-1]["time"])})
    return kept | {"curve": steps}


def _two(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _line(groups: Sequence[Json], k: int) -> list[Json]:
    """Groups of one total: who gives another group away is withheld too. Counts become None where they are."""
    found = [dict(each) for each in groups]
    for key in ("n", "n_event"):
        if found and all(isinstance(each.get(key), int) for each in found):
            sizes = np.array([[each[key] for each in found]], np.int64)
            for each, shown in zip(found, shown_cells(sizes, k)[0][0], strict=True):
                each[key] = each[key] if shown else 0
    return found


def _outcome(answer: Json, k: int) -> Json:
    if "groups" in answer:
        return _survival(answer, k)
    groups = [_group(each, k) for each in _line(answer["by_group"], k)]
    box = [
        {name: each[name] if name in ("outcome", "n") else rounded(each[name], 2) for name in
         ("outcome", "n", "q1", "median", "q3")}
        for each in answer["box"]
    ]  # fmt: skip
    hold = any(each["n"] < k or (each.get("n_event", k) or 0) < k for each in groups)
    few = any(each["n"] < max(k, 4) for each in box)
    test = answer["rank_test"]
    if test:
        known = not (few or hold)
        test = {
            "method": test["method"],
            "p": _p(test["p"], k) if known else None,
            "auc": _two(test["auc"]) if known else None,
        }
    about = _about(answer, k, hold)
    levels = zip(groups, answer["by_group"], strict=True)
    if answer["kind"] == "ordinal" and any(
        len(kept["levels"]) < len(each["levels"]) for kept, each in levels
    ):
        about["sentences"].append("Grades of few patients are left out; shares are of the patients shown.")
    return about | {
        "by_group": groups, "box": [] if few else box, "points": [], "rank_test": test,
    }  # fmt: skip


def _group(group: Json, k: int) -> Json:
    """A group's outcomes; the share only where k had the event and k had not."""
    kept = _only(group, ("name", "n"))
    if "n_event" in group:
        event = group["n_event"]
        told = k <= 1 or (event >= k and group["n"] - event >= k)
        kept |= {"n_event": event if told else 0, "rate": None, "ci_low": None, "ci_high": None}
    sizes = np.array([[each["n"] for each in group["levels"]]], np.int64)
    shown = shown_cells(sizes, k)[0][0] if sizes.size else []
    kept["levels"] = [
        dict(each)
        for each, told in zip(group["levels"], shown, strict=True)
        if told and "n_event" not in group
    ]
    return kept


def _interaction(answer: Json, k: int) -> Json:
    groups = _line(answer.get("groups") or [], k)
    hold = any(each["n"] < k or (each["n_event"] or 0) < k for each in groups)
    test = answer["interaction"]
    found = _about(answer, k, hold) | {
        "interaction": _estimate(test, k, hold) if test else None,
        "forest": [_estimate(each, k, hold) for each in answer["forest"]],
    }
    found["p_value"] = found["interaction"] and found["interaction"]["p_value"]
    found["forest"] = [each for each in found["forest"] if each["effect"] is not None]
    return found


def _about(answer: Json, k: int, hold: bool) -> Json:
    """What an analysis tells of itself; `hold` withholds its estimates."""
    hold = hold or answer["n"] < k
    effect = answer["effect"] and _estimate(answer["effect"], k, hold)
    withheld = effect is not None and effect["effect"] is None and answer["effect"]["effect"] is not None
    sentences = list(answer["sentences"])
    if withheld:
        sentences.append(f"Estimates are withheld: a group holds fewer than {k} patients or events.")
    return _only(answer, _ABOUT) | {
        "effect": None if withheld else effect,
        "p_value": None if effect is None else effect["p_value"],
        "refused": _words(answer["refused"], k),
        "reason": _FEW if withheld else _words(answer["reason"], k),
        "sentences": sentences,
    }


def _estimate(row: Mapping[str, Any], k: int, hold: bool = False) -> Json:
    """An estimate of k patients and events or more, to two digits; others without their numbers."""
    found = _only(row, _ESTIMATE)
    n, events = row["n"], row["n_event"]
    odds = "odds" in str(row["effect_kind"])
    few = n < k or (events is not None and (events < k or (odds and n - events < k)))
    if k > 1 and (hold or few):
        found |= dict.fromkeys((*_NUMBERS, "p_value", "q_value"))
        if row["status"] == "ok":
            found["status"] = "withheld"
    elif k > 1:
        found |= {name: rounded(row[name], 2) for name in _NUMBERS}
        found |= {name: _p(row[name], k) for name in ("p_value", "q_value") if name in row}
    return found | {"reason": _words(row.get("reason"), k)}


def _p(value: Any, k: int) -> Any:
    return value if k <= 1 else rounded(value, 1)


def _words(text: str | None, k: int) -> str | None:
    """A reason; one that counts is replaced."""
    return _FEW if text and k > 1 and _DIGITS.search(text) else text


def _values(answer: Json, k: int) -> Json:
    """Shades of counts instead of points; the outermost patients are in none."""
    found = _only(answer, ("n", "method", "definition_id", "names", "sql", "python"))
    test, bins = answer["correlation"], answer["bins"]
    rows = answer["rows"]
    points = np.array([(each["x"], each["y"]) for each in rows]) if rows and not bins else np.zeros((0, 2))
    if points.dtype.kind == "f" and len(points) >= 2 * k + 2:
        inner = np.sort(points, axis=0)[k - 1 : len(points) - k + 1]
        ends = [[rounded(inner[0, at], 3), rounded(inner[-1, at], 3)] for at in (0, 1)]
        if all(low < high for low, high in ends):
            sizes, xs, ys = np.histogram2d(points[:, 0], points[:, 1], _SHADES, ends)
            bins = [
                {"x0": xs[i], "x1": xs[i + 1], "y0": ys[j], "y1": ys[j + 1], "n": int(sizes[i, j])}
                for i, j in zip(*np.nonzero(sizes >= k), strict=True)
            ]
    told = test and {"method": test["method"], "value": _two(test["value"]), "p": _p(test["p"], k)}
    return found | {
        "correlation": told if answer["n"] >= max(k, 4) else None,
        "rows": [],
        "bins": [each for each in bins if each["n"] >= k],
        "method": "counts of patients in squares",
    }


def _oncoprint(answer: Json, k: int) -> Json:
    """How often each gene is altered, and how; not in whom."""
    genes = []
    for row in answer["genes"]:
        kinds = [
            {"name": kind, "n": sum(bool(bits >> index & 1) for bits in row["bits"])}
            for index, kind in enumerate(answer["kinds"])
        ]
        kept = _only(row, ("gene", "role", "n_altered", "n_known"))
        genes.append(kept | {"by_kind": kinds, "at": [], "bits": [], "unknown": []})
    about = _only(answer, ("n", "kinds", "method", "definition_id", "sentences", "sql", "python", "flags"))
    return about | {"sort": "", "patients": [], "tracks": [], "genes": genes}


def _cooccurrence(answer: Json, k: int) -> Json:
    cells = ("n_both", "n_a_only", "n_b_only", "n_neither")
    pairs = []
    for pair in answer["pairs"]:
        kept = _only(pair, ("gene_a", "gene_b", *cells, "odds_ratio", "p_value", "q_value", "reason"))
        if min(pair[name] for name in cells) < k:
            kept |= {
                "odds_ratio": None,
                "p_value": None,
                "q_value": None,
                "reason": "withheld: a count is small",
            }
        if k > 1:
            kept |= {"odds_ratio": rounded(kept["odds_ratio"], 2), "p_value": _p(kept["p_value"], k),
                     "q_value": _p(kept["q_value"], k)}  # fmt: skip
        pairs.append(kept)
    about = ("n", "method", "definition_id", "sentences", "sql", "python", "flags")
    return _only(answer, about) | {"pairs": pairs}


def _lollipop(answer: Json, k: int) -> Json:
    kept = (
        "gene",
        "n",
        "n_patient",
        "n_mutated",
        "transcript_id",
        "flags",
        "length",
        "domains",
        "method",
        "sentences",
        "sql",
        "python",
    )
    lines = ("change", "consequence", "position", "kind", "n")
    found = {
        name: [_only(each, lines) for each in answer[name] if each["n"] >= k]
        for name in ("positions", "unplaced")
    }
    return _only(answer, kept) | found


def _plan(answer: Json, k: int) -> Json:
    rows = [_estimate(row, k) | {"sentences": row["sentences"]} for row in answer["rows"]]
    return {"plans": answer["plans"], "rows": rows}


def _only(line: Mapping[str, Any], names: Sequence[str]) -> Json:
    return {name: line[name] for name in names if name in line}


_SHARED: Mapping[str, Callable[[Any, int], Any]] = {
    "/api/cohort": _cohort, "/api/columns": _columns, "/api/counts": _counts, "/api/genes": _genes,
    "/api/survival": _survival, "/api/response": _outcome, "/api/toxicity": _outcome, "/api/interaction": _interaction,
    "/api/values": _values, "/api/oncoprint": _oncoprint, "/api/cooccurrence": _cooccurrence,
    "/api/lollipop": _lollipop, "/api/plan": _plan,
}  # fmt: skip
