"""Pictures of an analysis as files: those of the page as the page shows them, others as `associate --figures`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.plots.save import save_chart
from wes_biomarkers.plots.words import marked
from wes_biomarkers.report.association_figures import pictures
from wes_biomarkers.serve import analysis_pictures
from wes_biomarkers.serve.analysis import Asked, interaction, outcome, plan_of
from wes_biomarkers.serve.answers import csv_text
from wes_biomarkers.serve.filters import Condition
from wes_biomarkers.serve.points import known_values, values
from wes_biomarkers.serve.store import Store

#: What the page shows of an outcome, by name.
_OUTCOME: Mapping[str, Callable[[Mapping[str, Any]], Any | None]] = {
    "curves": analysis_pictures.curves,
    "grades": analysis_pictures.grades,
    "spread": analysis_pictures.spread,
    "rates": analysis_pictures.rates,
}
_KINDS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}


def checked_question(question: str) -> str:
    """The question.

    Raises:
        InputError: none of those a page asks.
    """
    if question not in ("prognostic", "predictive"):
        raise InputError([Fault("no such question", "Ask prognostic or predictive.", value=question[:40])])
    return question


def picture(asked: Asked, name: str, suffix: str) -> Response:
    """The chart of this name, or the analysis's estimates as CSV.

    Raises:
        InputError: the analysis has no such chart; the remedy names those it has.
    """
    if suffix == "csv":
        return _file(asked.found.table, name, suffix)
    return _file(marked(of_page(asked, name) or _of_run(asked, name), asked.store.flags), name, suffix)


def scatter(store: Store, conditions: tuple[Condition, ...], x: str, y: str, suffix: str) -> Response:
    """Two features against each other as the page shows them, or the values of every patient who has both as CSV.

    Raises:
        InputError: no such feature, or, of a picture, no patient who has both.
    """
    if suffix == "csv":
        frame = known_values(store, conditions, {"x": x, "y": y})
        frame.index.name = "patient_id"
        return _file(frame.set_axis([x, y], axis=1).reset_index(), "scatter", suffix)
    chart = analysis_pictures.values(values(store, conditions, x, y))
    if chart is None:
        raise InputError([Fault("no patient has both features", "Choose others, or a wider filter.")])
    return _file(marked(chart, store.flags), "scatter", suffix)


def _file(shown: Any, name: str, suffix: str) -> Response:
    """A chart as SVG or PNG, or a frame as CSV."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{suffix}"'}
    if suffix == "csv":
        return Response(csv_text(shown), media_type=_KINDS[suffix], headers=headers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"chart.{suffix}"
        save_chart(shown, path)
        return Response(path.read_bytes(), media_type=_KINDS[suffix], headers=headers)


def of_page(asked: Asked, name: str) -> Any | None:
    """The chart as the page shows it; None where it shows none of the name."""
    if name == "forest" and asked.choice.question == "predictive":
        return analysis_pictures.treatment(interaction(asked))
    draw = _OUTCOME.get(name)
    return draw(outcome(asked)) if draw and asked.choice.question == "prognostic" else None


def _of_run(asked: Asked, name: str) -> Any:
    seen = []
    for each in pictures(asked.found, plan_of(asked.analysis)):  # made one by one
        seen.append(each.name.rpartition("-")[2])
        if each.name == name or each.name.endswith(f"-{name}"):
            return each.chart
    raise InputError(
        [Fault("the analysis has no such chart", f"It has: {', '.join(seen) or 'none'}.", value=name)]
    )
