"""Routes of the page Biomarkers: outcomes by a feature, two features, and the pictures of both."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Query
from starlette.responses import Response

from wes_biomarkers.serve import analysis, charts, points
from wes_biomarkers.serve.analysis import Choice
from wes_biomarkers.serve.answers import answer
from wes_biomarkers.serve.filters import read_filter
from wes_biomarkers.serve.parameters import Accept, Filter, words
from wes_biomarkers.serve.store import Hub

Name = Annotated[str, Query(max_length=200)]
Landmark = Annotated[
    float | None, Query(gt=0, le=1200, allow_inf_nan=False, description="months after the origin")
]


def add_analysis(app: FastAPI, hub: Hub) -> None:
    """Add the routes to the app."""

    def asked(f: str, choice: Choice) -> analysis.Asked:
        """The choice answered among the chosen patients."""
        return analysis.ask(hub.store(), read_filter(f), choice)

    @app.get("/api/survival")
    def survival(
        endpoint: Name = "os", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "",
    ) -> Response:  # fmt: skip
        """Curves by groups of a feature, with log-rank and Cox."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        analysis.need_kind(choice, ("survival", "competing"))
        return answer(analysis.survival(asked(f, choice)))

    @app.get("/api/response")
    def response(
        endpoint: Name = "response", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "",
    ) -> Response:  # fmt: skip
        """A yes and no by a feature: points, quartiles, rates."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        return answer(analysis.outcome(asked(f, choice)))

    @app.get("/api/toxicity")
    def toxicity(
        endpoint: Name = "toxicity", feature: Name = "", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "",
    ) -> Response:  # fmt: skip
        """Adverse events by a feature: rates, grades, or cumulative incidence, by the kind of endpoint."""
        choice = Choice(
            endpoint, feature, cut, "prognostic", population, landmark, tuple(words(adjust) or ())
        )
        return answer(analysis.outcome(asked(f, choice)))

    @app.get("/api/interaction")
    def interaction(
        feature: Name, endpoint: Name = "os", cut: Name = "", population: Name = "endpoint",
        landmark: Landmark = None, adjust: Name = "", f: Filter = "",
    ) -> Response:  # fmt: skip
        """Does treatment work differently by the feature? The test, and the effects beside it."""
        choice = Choice(
            endpoint, feature, cut, "predictive", population, landmark, tuple(words(adjust) or ())
        )
        return answer(analysis.interaction(asked(f, choice)))

    @app.get("/api/values")
    def values(x: Name, y: Name = "", colour: Name = "", f: Filter = "", accept: Accept = "") -> Response:
        """Points of two features; counts in bins where there are too many."""
        return answer(points.values(hub.store(), read_filter(f), x, y, colour), accept)

    @app.get("/api/chart/{name}.{suffix}")
    def chart(
        name: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")],
        suffix: Annotated[str, Path(pattern="^(svg|png|csv)$")],
        endpoint: Name = "os", feature: Name = "", cut: Name = "", question: Name = "prognostic",
        landmark: Landmark = None, f: Filter = "",
    ) -> Response:  # fmt: skip
        """A picture of an analysis as a file: curves, forest, roc, flow ...; csv: its estimates."""
        choice = Choice(endpoint, feature, cut, charts.checked_question(question), "endpoint", landmark)
        return charts.picture(asked(f, choice), name, suffix)
