"""Reading plan.toml, with every fault at once."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import (
    ADJUSTMENTS,
    ARM_POPULATION,
    CENTERS,
    CUTPOINTS,
    ESTIMANDS,
    METHODS,
    PLAN_SCHEMA,
    POPULATIONS,
    QUESTIONS,
    SCALES,
    WEIGHTS,
    Analysis,
    Cutpoint,
    Plan,
)
from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.files import read_text

_LISTS = ("features", "adjust", "strata", "sample_rule")
_NUMBERS = ("landmark_months", "tau_months", "power_ratio")
_WORDS = ("name", "population", "subgroup", "treatment", "reference_arm", "method", "family")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "endpoint": tuple(ENDPOINTS),
    "question": tuple(QUESTIONS),
    "estimand": ESTIMANDS,
    "scale": SCALES,
    "center": ("", *CENTERS),
    "weights": WEIGHTS,
}
_KEYS = tuple(field.name for field in fields(Analysis) if field.name != "level")
_TOP = ("schema", "title", "defaults", "families", "analysis")


def read_plan(path: Path | str) -> Plan:
    """The plan of a TOML file: `schema`, `title`, `[defaults]`, `[families.NAME]`, `[[analysis]]`.

    Raises:
        InputError: not TOML, another schema, unknown keys or words, a name twice, a method the endpoint has not,
            an effect within one arm asked for as prediction; all at once.
    """
    name, text = str(path), read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([Fault(f"is not TOML: {error}", "Mend it.", file=name)]) from error
    faults = _top_faults(data, name)
    families, wrong = _families(data.get("families", {}), name)
    faults += wrong
    items = data.get("analysis", [])
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    defaults = data.get("defaults", {})
    named = [
        ({"name": f"analysis {index + 1}", **(defaults if isinstance(defaults, dict) else {}), **item}, item)
        for index, item in enumerate(items)
    ]
    for merged, item in named:
        place = f"{name}: analysis {merged['name']!r}"
        faults += _analysis_faults(merged, place, data.get("families", {})) + _unused_faults(
            item, merged, place
        )
    for given, count in Counter(str(merged["name"]) for merged, _ in named).items():
        if count > 1:
            faults.append(
                Fault("name of an analysis given twice", "Name them apart.", file=name, value=given)
            )
    if faults:
        raise InputError(faults)
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return Plan(str(data.get("title", "")), tuple(_analysis(merged) for merged, _ in named), families,
                digest[:12], digest)  # fmt: skip


def check_analysis(analysis: Analysis, place: str = "the command") -> None:
    """Refuse an analysis whose parts do not fit, as `read_plan` does.

    Raises:
        InputError: listing every fault.
    """
    item = {
        name: value for name, value in vars(analysis).items() if name not in ("cutpoint", "name", "level")
    }
    item = {name: list(value) if name in _LISTS else value for name, value in item.items()}
    given = {name: value for name, value in item.items() if value} | {"cutpoint": analysis.cutpoint}
    if faults := _analysis_faults(item, place, {}) + _unused_faults(given, given, place):
        raise InputError(faults)


def _top_faults(data: Mapping[str, Any], name: str) -> list[Fault]:
    faults = []
    if data.get("schema") != PLAN_SCHEMA:
        faults.append(Fault("is not a plan", f'Write schema = "{PLAN_SCHEMA}" at its top.', file=name))
    for key in sorted(set(data) - set(_TOP)):
        faults.append(Fault("unknown key", f"Known: {', '.join(_TOP)}.", file=name, value=key))
    items = data.get("analysis", [])
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        faults.append(Fault("has no analysis", "Write one or more [[analysis]] tables.", file=name))
    if not isinstance(data.get("defaults", {}), dict):
        faults.append(Fault("defaults is no table", "Write [defaults].", file=name))
    return faults


def _families(data: Any, name: str) -> tuple[dict[str, str], list[Fault]]:
    families, faults = {}, []
    if not isinstance(data, dict):
        return {}, [Fault("families is no table", "Write [families.NAME].", file=name)]
    for family, item in data.items():
        method = item.get("adjustment") if isinstance(item, dict) else None
        if method not in ADJUSTMENTS or set(item) - {"adjustment"}:
            remedy = f"Write adjustment = one of {', '.join(ADJUSTMENTS)}, and nothing else."
            faults.append(Fault("family without a known adjustment", remedy, file=name, value=family))
        else:
            families[family] = str(method)
    return families, faults


def _wrong(rule: str, remedy: str, place: str, value: object = None) -> Fault:
    return Fault(rule, remedy, file=place, value=None if value is None else str(value))


def _analysis_faults(item: Mapping[str, Any], place: str, families: Any) -> list[Fault]:
    faults = [
        _wrong("unknown key", f"Known: {', '.join(_KEYS)}.", place, key)
        for key in sorted(set(item) - set(_KEYS))
    ]
    for key, allowed in _CHOICES.items():
        if key in item and item[key] not in allowed:
            words = ", ".join(word for word in allowed if word)
            faults.append(_wrong(f"{key} is not known", f"Write one of {words}.", place, item[key]))
    if "endpoint" not in item:
        faults.append(_wrong("has no endpoint", f"Write one of {', '.join(ENDPOINTS)}.", place))
    for key in _LISTS:
        value = item.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
            faults.append(_wrong(f"{key} is no list of names", f'Write {key} = ["a", "b"].', place))
        elif len(set(value)) < len(value):
            faults.append(_wrong(f"{key} names one twice", "Name each once.", place))
    for key in _WORDS:
        if not isinstance(item.get(key, ""), str):
            faults.append(_wrong(f"{key} is no word", f'Write {key} = "..."', place))
    for key in _NUMBERS:
        value = item.get(key)
        if value is not None and (
            not isinstance(value, int | float) or isinstance(value, bool) or not value > 0
        ):
            faults.append(_wrong(f"{key} is no number above 0", "Write a number.", place))
    faults += _resampling_faults(item, place)
    faults += _population_faults(item, place)
    faults += _cutpoint_faults(item.get("cutpoint"), place)
    if item.get("features") in (None, []) and item.get("question") not in ("treatment", "preference"):
        faults.append(_wrong("has no features", 'Write features = ["tmb_per_mb"].', place))
    family = item.get("family", "all")
    if isinstance(families, dict) and families and family not in families:
        faults.append(_wrong("family is not declared", f"Write [families.{family}].", place, family))
    faults += _method_faults(item, place)
    return faults


def _unused_faults(given: Mapping[str, Any], merged: Mapping[str, Any], place: str) -> list[Fault]:
    """What the analysis itself asks for (not the defaults) that its question has no use for."""
    faults = []
    question = merged.get("question", "prognostic")
    of_arms = question in ("treatment", "preference")
    if of_arms and given.get("features"):
        faults.append(_wrong("features have no part in this question", "Leave them out.", place, question))
    if of_arms and given.get("power_ratio"):
        faults.append(_wrong("power is told for features", "Leave power out.", place, question))
    plain = question == "prognostic" and not merged.get("cutpoint") and not merged.get("time_varying")
    if given.get("n_permutation") and not plain:
        remedy = "Leave the permutations out, or ask for features as they are, without cutpoint, arms and time-varying."
        faults.append(_wrong("permutations are for plain effects of features", remedy, place))
    if given.get("weights", WEIGHTS[0]) != WEIGHTS[0] and question != "preference":
        faults.append(_wrong("weights are for the preference design", "Leave them out.", place, question))
    if given.get("time_varying") and question != "prognostic":
        faults.append(
            _wrong("time-varying features are for prognosis", "Leave time_varying out.", place, question)
        )
    if merged.get("time_varying") and merged.get("landmark_months"):
        faults.append(_wrong("time-varying features need no landmark", "Leave one of the two out.", place))
    if merged.get("treatment") == "arm_assigned" and merged.get("estimand") == "as_received":
        faults.append(
            _wrong("arms as assigned are no treatment as received", "Leave one of the two out.", place)
        )
    return faults


def _resampling_faults(item: Mapping[str, Any], place: str) -> list[Fault]:
    faults = []
    for key in ("spline", "time_varying"):
        if not isinstance(item.get(key, False), bool):
            faults.append(_wrong(f"{key} is neither true nor false", f"Write {key} = true.", place))
    count = item.get("n_permutation", 0)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        faults.append(_wrong("n_permutation is no whole number", "Write n_permutation = 1000.", place))
    return faults


def _population_faults(item: Mapping[str, Any], place: str) -> list[Fault]:
    population = str(item.get("population", "endpoint"))
    if item.get("subgroup") in ("arm_assigned", "arm_received"):
        remedy = 'Take population = "arm:NAME" for one arm, or question = "predictive" to compare them.'
        return [_wrong("an arm is no subgroup", remedy, place, item["subgroup"])]
    if population.startswith(ARM_POPULATION):
        if item.get("question") in ("predictive", "treatment", "preference"):
            remedy = (
                "An effect seen in one arm alone cannot tell whether the treatment works differently: "
                'take population = "endpoint", so that the arms are compared.'
            )
            return [_wrong("a comparison of arms within one arm", remedy, place, population)]
    elif population not in POPULATIONS:
        words = ", ".join([*POPULATIONS, "arm:NAME"])
        return [_wrong("population is not known", f"Write one of {words}.", place, population)]
    return []


def _cutpoint_faults(cut: Any, place: str) -> list[Fault]:
    if cut is None:
        return []
    remedy = 'Write { kind = "value", value = 10 }, { kind = "median" } or { kind = "maximally_selected" }.'
    if not isinstance(cut, dict) or cut.get("kind") not in CUTPOINTS or set(cut) - {"kind", "value"}:
        return [_wrong("cutpoint is not understood", remedy, place)]
    number = cut.get("value")
    is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
    if (cut["kind"] == "value") != is_number or (number is not None and not is_number):
        return [_wrong("cutpoint and its value do not fit", remedy, place)]
    return []


def _method_faults(item: Mapping[str, Any], place: str) -> list[Fault]:
    endpoint = ENDPOINTS.get(str(item.get("endpoint")))
    if endpoint is None or not item.get("method"):
        return []
    known = METHODS[endpoint.kind]
    if item["method"] in known:
        return []
    return [
        _wrong("the endpoint has no such method", f"Write one of {', '.join(known)}.", place, item["method"])
    ]


def _analysis(item: Mapping[str, Any]) -> Analysis:
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in item.items()}
    cut = values.get("cutpoint")
    if cut is not None:
        values["cutpoint"] = Cutpoint(cut["kind"], cut.get("value"))
    return Analysis(**values)
