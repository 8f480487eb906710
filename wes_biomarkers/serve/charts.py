"""Pictures of an analysis as files: the same charts as `associate --figures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.responses import Response

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.plots.save import save_chart
from wes_biomarkers.report.association_figures import pictures
from wes_biomarkers.serve.analysis import Asked, plan_of
from wes_biomarkers.serve.answers import csv_text

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
    """The chart whose name ends so, or the analysis's estimates as CSV.

    Raises:
        InputError: the analysis has no such chart; the remedy names those it has.
    """
    headers = {"Content-Disposition": f'attachment; filename="{name}.{suffix}"'}
    if suffix == "csv":
        return Response(csv_text(asked.found.table), media_type=_KINDS["csv"], headers=headers)
    seen, chart = [], None
    for each in pictures(asked.found, plan_of(asked.analysis)):  # made one by one
        seen.append(each.name.rpartition("-")[2])
        if each.name == name or each.name.endswith(f"-{name}"):
            chart = each.chart
            break
    if chart is None:
        raise InputError(
            [Fault("the analysis has no such chart", f"It has: {', '.join(seen) or 'none'}.", value=name)]
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"chart.{suffix}"
        save_chart(chart, path)
        return Response(path.read_bytes(), media_type=_KINDS[suffix], headers=headers)
