"""The answers a static site holds: which questions are asked of the cohort, and what the browser's API says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import numpy as np

from wes_biomarkers.errors import InputError
from wes_biomarkers.report.side_by_side import side_by_side
from wes_biomarkers.report.suppression import shown_cells
from wes_biomarkers.serve import analysis, page_routes, points, summary
from wes_biomarkers.serve.answers import plain
from wes_biomarkers.serve.filters import mask_of, read_filter
from wes_biomarkers.serve.store import Store

#: Clinical columns that the page Biomarkers offers beside the biomarkers; as in frontend/src/pages/biomarkers.
_CLINICAL = ("pdl1_cps", "nlr", "age", "sex", "ecog", "stage", "arm_assigned")
_MAX_LEVEL = 12


@dataclass(frozen=True)
class Level:
    """One level of a filter column."""

    column: str
    value: Any

    @property
    def text(self) -> str:
        """The filter as the page writes it."""
        return json.dumps([{"c": self.column, "in": [self.value]}], separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Question:
    """A route with its parameters; `level` None asks of all patients."""

    path: str
    asked: tuple[tuple[str, str], ...] = ()
    level: Level | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters but the filter."""
        return dict(self.asked)

    @property
    def key(self) -> str:
        """The question without its filter."""
        return address(self.path, self.parameters)

    @property
    def address(self) -> str:
        """As the page asks it."""
        return address(self.path, self.parameters | ({"f": self.level.text} if self.level else {}))

    @property
    def part(self) -> str:
        """The file its answer is in: one a feature, one a patient, and the start."""
        if self.path.startswith("/api/patient/"):
            return self.path
        return self.parameters.get("feature") or self.parameters.get("x") or ""


def address(path: str, parameters: Mapping[str, str]) -> str:
    """A question's address, letter by letter as `address` of frontend/src/api.ts.

    >>> address("/api/survival", {"feature": "tmb_per_mb", "endpoint": "os", "cut": ""})
    '/api/survival?endpoint=os&feature=tmb_per_mb'
    """
    parts = [
        f"{_form(name)}={_form(parameters[name])}"
        for name in sorted(parameters)
        if parameters[name]
    ]  # fmt: skip
    return path + ("?" + "&".join(parts) if parts else "")


def _form(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


@dataclass(frozen=True)
class Site:
    """What a site of a cohort offers.

    Attributes:
        store: the cohort.
        rules: of definitions/site.toml.
        min_cell: the least count shown.
        patients: whether it holds single patients.
    """

    store: Store
    rules: Mapping[str, Any]
    min_cell: int
    patients: bool

    def levels(self) -> list[Level]:
        """Levels to narrow by: k patients or more have it, k or more have not, and none gives another away."""
        found = []
        k = 1 if self.patients else max(self.min_cell, 1)
        described = {each["name"]: each for each in summary.columns(self.store)}
        for column in self.rules["filters"]["columns"]:
            known = described.get(column, {}).get("levels") or []
            sizes = [each["n"] for each in known]
            everybody = len(self.store.patients)
            shown = shown_cells(np.array([[*sizes, everybody - sum(sizes)]], np.int64), k)[0][0]
            found += [
                Level(column, each["value"])
                for each, told in zip(known, shown, strict=False)
                if told and k <= everybody - each["n"]
            ]
        return found

    def features(self) -> list[str]:
        """The features that the page Biomarkers offers."""
        wanted = self.rules["features"]["shown"]
        offered = [each["name"] for each in summary.columns(self.store) if _is_feature(each)]
        return [name for name in offered if not wanted or name in wanted]

    def endpoints(self, chart: str) -> list[str]:
        """The endpoints of a chart that the cohort has, in the order in which the page offers them."""
        known = [each["name"] for each in summary.endpoints(self.store)]
        wanted = self.rules["endpoints"][chart]
        return [name for name in wanted if name in known]

    def against(self) -> list[str]:
        """The other features of the scatter plot."""
        numbers = {each["name"] for each in summary.columns(self.store) if "min" in each}
        return [name for name in self.rules["against"]["features"] if name in numbers]

    def genes(self) -> list[str]:
        """The genes shown."""
        everybody = np.ones(len(self.store.patients), bool)
        found = summary.genes(self.store, everybody)[: self.rules["genes"]["shown"]]
        return [each["gene"] for each in found if each["n"] >= max(self.min_cell, 1)]


def _is_feature(column: Mapping[str, Any]) -> bool:
    offered = column["table"] == "biomarker" or column["name"] in _CLINICAL
    return offered and ("min" in column or 1 < len(column.get("levels") or ()) <= _MAX_LEVEL)


def questions(site: Site) -> Iterator[Question]:
    """Every question the site answers."""
    levels: list[Level | None] = [None, *site.levels()]
    yield Question("/api/cohort")
    yield Question("/api/columns")
    if site.store.has("association"):
        yield Question("/api/plan")
    for level in levels:
        yield Question("/api/counts", (), level)
        yield Question("/api/genes", (), level)
    genes = site.genes()
    if genes:
        for level in levels:
            yield Question("/api/oncoprint", (), level)
            tracks = [name for name in page_routes.TRACKS if site.patients and name in site.store.types]
            yield from (Question("/api/oncoprint", (("sort", name),), level) for name in tracks)
            if level is None or site.patients or site.min_cell <= 1:
                yield Question("/api/cooccurrence", (), level)
                yield from (Question("/api/lollipop", (("gene", gene),), level) for gene in genes)
    narrowed = site.rules["filters"]["features"]
    for feature in site.features():
        yield from _of_feature(site, feature, None)
        for level in levels[1:] if feature in narrowed else ():
            yield from _of_feature(site, feature, level)
    if site.patients:
        yield Question("/api/patients")
        yield from (Question(f"/api/patient/{patient}") for patient in site.store.patients)


def _of_feature(site: Site, feature: str, level: Level | None) -> Iterator[Question]:
    """Everything asked of a feature; under a filter, the first of each chart."""
    n = 1 if level else None
    numeric = feature in {each["name"] for each in summary.columns(site.store) if "min" in each}
    for endpoint in site.endpoints("survival")[:n]:
        for cut in site.rules["cuts"]["survival"][: n if numeric else 1]:
            asked = ("endpoint", endpoint), ("feature", feature), ("cut", cut)
            yield Question("/api/survival", asked, level)
    for endpoint in site.endpoints("response")[:n]:
        yield Question("/api/response", (("endpoint", endpoint), ("feature", feature)), level)
    for endpoint in site.endpoints("toxicity")[:n]:
        yield Question("/api/toxicity", (("endpoint", endpoint), ("feature", feature)), level)
    if feature not in analysis.ARMS:
        for endpoint in site.endpoints("treatment")[:n]:
            yield Question("/api/interaction", (("endpoint", endpoint), ("feature", feature)), level)
    others = [name for name in site.against() if name != feature]
    yield from (Question("/api/values", (("x", feature), ("y", other)), level) for other in others[:n])


def answered(site: Site, question: Question) -> Any:
    """What the API answers, or `{"error": ...}` with why it cannot."""
    text = question.level.text if question.level else ""
    try:
        return plain(_ROUTES[_route(question.path)](site, question, text))
    except InputError as error:
        return {"error": " ".join(f"{each.rule[:1].upper()}{each.rule[1:]}." for each in error.faults)}


def answered_all(site: Site, questions: Sequence[Question], processes: int = 1) -> dict[Question, Any]:
    """The answers in the order of the questions; those of the same patients are worked out one after another."""
    levels = {level: place for place, level in enumerate(dict.fromkeys(each.level for each in questions))}
    ordered = sorted(questions, key=lambda each: levels[each.level])
    if processes <= 1:
        given = [answered(site, each) for each in ordered]
    else:
        made = (site.store.folder, site.rules, site.min_cell, site.patients)
        given = side_by_side(_answered_part, ordered, processes, _open, made)
    found = dict(zip(ordered, given, strict=True))
    return {each: found[each] for each in questions}


#: The site of a process of `answered_all`.
_SITE: list[Site] = []


def _open(folder: Path, rules: Mapping[str, Any], min_cell: int, patients: bool) -> None:
    _SITE.append(Site(Store(folder), rules, min_cell, patients))


def _answered_part(questions: Sequence[Question]) -> list[Any]:
    return [answered(_SITE[0], each) for each in questions]


def _route(path: str) -> str:
    return "/api/patient" if path.startswith("/api/patient/") else path


def _cohort(site: Site, question: Question, f: str) -> Any:
    found = summary.cohort(site.store)
    wanted = {name for chart in site.rules["endpoints"] for name in site.endpoints(chart)}
    levels: dict[str, list[Any]] = {}
    for level in site.levels():
        levels.setdefault(level.column, []).append(level.value)
    offered = {
        "patients": site.patients, "min_cell": 0 if site.patients else site.min_cell, "filters": levels,
        "features": site.features(), "narrowed": site.rules["filters"]["features"], "against": site.against(),
        "treatment": site.endpoints("treatment"),
    }  # fmt: skip
    endpoints = [each for each in found["endpoints"] if each["name"] in wanted]
    return found | {"endpoints": endpoints, "site": offered, "has": found["has"] | {"ask": False}}


def _counts(site: Site, question: Question, f: str) -> Any:
    names = [each["name"] for each in summary.columns(site.store) if "min" in each or each.get("levels")]
    return summary.counts(site.store, read_filter(f), names)


def _analysis(question: Question, f: str, site: Site) -> analysis.Asked:
    asked = question.parameters
    predictive = question.path == "/api/interaction"
    choice = analysis.Choice(
        asked["endpoint"],
        asked["feature"],
        asked.get("cut", ""),
        "predictive" if predictive else "prognostic",
    )
    return analysis.ask(site.store, read_filter(f), choice)


def _patients(site: Site, question: Question, f: str) -> Any:
    """All rows: the page sorts and narrows them itself."""
    mask, rows = mask_of(site.store, ()), []
    for offset in range(0, len(site.store.patients), summary.MAX_ROWS):
        rows += summary.patients(site.store, mask, "", offset, summary.MAX_ROWS, None)["rows"]
    return {"n": len(rows), "rows": rows}


_ROUTES: Mapping[str, Callable[[Site, Question, str], Any]] = {
    "/api/cohort": _cohort,
    "/api/columns": lambda site, question, f: summary.columns(site.store),
    "/api/plan": lambda site, question, f: page_routes.plan_of(site.store),
    "/api/counts": _counts,
    "/api/genes": lambda site, question, f: summary.genes(site.store, mask_of(site.store, read_filter(f))),
    "/api/oncoprint": lambda site, question, f: page_routes.oncoprint_of(
        site.store, f, site.genes(), None, question.parameters.get("sort", "")
    ),
    "/api/cooccurrence": lambda site, question, f: page_routes.cooccurrence_of(site.store, f, site.genes()),
    "/api/lollipop": lambda site, question, f: page_routes.lollipop_of(
        site.store, f, question.parameters["gene"]
    ),
    "/api/survival": lambda site, question, f: analysis.survival(_analysis(question, f, site)),
    "/api/response": lambda site, question, f: analysis.outcome(_analysis(question, f, site)),
    "/api/toxicity": lambda site, question, f: analysis.outcome(_analysis(question, f, site)),
    "/api/interaction": lambda site, question, f: analysis.interaction(_analysis(question, f, site)),
    "/api/values": lambda site, question, f: points.values(
        site.store, read_filter(f), question.parameters["x"], question.parameters["y"]
    ),
    "/api/patients": _patients,
    "/api/patient": lambda site, question, f: page_routes.patient_of(
        site.store, question.path.removeprefix("/api/patient/")
    ),
}
