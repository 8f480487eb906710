"""Routes of the page Biomarkers: outcomes by a feature, two features, and the pictures of both."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from starlette.responses import Response

from wes_biomarkers.serve import analysis, charts, points
from wes_biomarkers.serve.analysis import Choice
from wes_biomarkers.serve.answers import answer, plain
from wes_biomarkers.serve.arrow import ARROW, arrow, guessed
from wes_biomarkers.serve.filters import read_filter
from wes_biomarkers.serve.parameters import Accept, Filter, answers, files, words
from wes_biomarkers.serve.pictures import with_picture
from wes_biomarkers.serve.shapes import (
    EstimateLine,
    InteractionAnswer,
    OutcomeAnswer,
    PointBin,
    SurvivalAnswer,
    ValuesAnswer,
)
from wes_biomarkers.serve.store import Hub

Name = Annotated[str, Query(max_length=200)]
Landmark = Annotated[
    float | None, Query(gt=0, le=1200, allow_inf_nan=False, description="months after the origin")
]
Asked = Annotated[str, Query(min_length=1, max_length=200)]
Suffix = Annotated[str, Path(pattern="^(svg|png|csv)$")]


def _asked(hub: Hub, f: str, choice: Choice) -> analysis.Asked:
    """The choice answered among the chosen patients."""
    return analysis.ask(hub.store(), read_filter(f), choice)


def _told(hub: Hub, path: str, found: dict[str, Any], accept: str) -> Response:
    """An analysis as JSON with its picture, or its estimates as Arrow."""
    drawn = found if ARROW in accept else with_picture(path, found, hub.store().flags)
    return answer(drawn, accept, "rows", EstimateLine)


def add_analysis(app: FastAPI, hub: Hub) -> None:
    """Add the routes to the app."""

    @app.get("/api/survival", responses=answers(SurvivalAnswer, arrow=True))
    def survival(
        endpoint: Name = "os", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "", accept: Accept = "",
    ) -> Response:  # fmt: skip
        """Curves by groups of a feature, with log-rank and Cox."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        analysis.need_kind(choice, ("survival", "competing"))
        return _told(hub, "/api/survival", analysis.survival(_asked(hub, f, choice)), accept)

    @app.get("/api/response", responses=answers(SurvivalAnswer | OutcomeAnswer, arrow=True))
    def response(
        endpoint: Name = "response", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "", accept: Accept = "",
    ) -> Response:  # fmt: skip
        """A yes and no by a feature: points, quartiles, rates."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        return _told(hub, "/api/response", analysis.outcome(_asked(hub, f, choice)), accept)

    @app.get("/api/toxicity", responses=answers(SurvivalAnswer | OutcomeAnswer, arrow=True))
    def toxicity(
        endpoint: Name = "toxicity", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "", accept: Accept = "",
    ) -> Response:  # fmt: skip
        """Adverse events by a feature: rates, grades, or cumulative incidence, by the kind of endpoint."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        return _told(hub, "/api/toxicity", analysis.outcome(_asked(hub, f, choice)), accept)

    @app.get("/api/interaction", responses=answers(InteractionAnswer, arrow=True))
    def interaction(
        feature: Name, endpoint: Name = "os", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "", accept: Accept = "",
    ) -> Response:  # fmt: skip
        """Does treatment work differently by the feature? The test, and the effects beside it."""
        choice = Choice(
            endpoint, feature, cut, "predictive", population, landmark, tuple(words(adjust) or ())
        )
        return _told(hub, "/api/interaction", analysis.interaction(_asked(hub, f, choice)), accept)

    _add_pictures(app, hub)


def _add_pictures(app: FastAPI, hub: Hub) -> None:
    @app.get("/api/values", responses=answers(ValuesAnswer, arrow=True))
    def values(
        x: Asked,
        y: Name = "",
        colour: Name = "",
        f: Filter = "",
        accept: Accept = "",
    ) -> Response:
        """Points of two features; counts in bins where there are too many."""
        found = points.values(hub.store(), read_filter(f), x, y, colour)
        if ARROW not in accept or found["bins"]:
            drawn = found if ARROW in accept else with_picture("/api/values", found, hub.store().flags)
            return answer(drawn, accept, "bins", PointBin)
        shown = plain(found["rows"])
        return arrow(shown, {"patient_id": "string"} | guessed(shown, list(found["names"])))

    @app.get(
        "/api/chart/scatter.{suffix}",
        responses=files("image/svg+xml", "image/png", "text/csv"),
        response_class=Response,
    )
    def scatter(suffix: Suffix, feature: Asked, against: Asked, f: Filter = "") -> Response:
        """Two features against each other as a file; csv: their values."""
        return charts.scatter(hub.store(), read_filter(f), feature, against, suffix)

    @app.get(
        "/api/chart/{name}.{suffix}",
        responses=files("image/svg+xml", "image/png", "text/csv"),
        response_class=Response,
    )
    def chart(
        name: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")],
        suffix: Suffix,
        endpoint: Name = "os", feature: Name = "", cut: Name = "", question: Name = "prognostic",
        landmark: Landmark = None, f: Filter = "",
    ) -> Response:  # fmt: skip
        """A picture of an analysis as a file: curves, forest, roc, flow ...; csv: its estimates."""
        choice = Choice(endpoint, feature, cut, charts.checked_question(question), "endpoint", landmark)
        return charts.picture(_asked(hub, f, choice), name, suffix)
