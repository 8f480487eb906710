"""The browser's HTTP interface: routes, errors as JSON, and the built page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wes_biomarkers import __version__
from wes_biomarkers.errors import WesError
from wes_biomarkers.serve import summary
from wes_biomarkers.serve.analysis_routes import add_analysis
from wes_biomarkers.serve.answers import answer, fault, plain, refusal
from wes_biomarkers.serve.arrow import ARROW, arrow
from wes_biomarkers.serve.filters import mask_of, read_filter
from wes_biomarkers.serve.page_routes import add_pages
from wes_biomarkers.serve.parameters import REFUSALS, Accept, Filter, Names, answers, words
from wes_biomarkers.serve.read_routes import add_reads
from wes_biomarkers.serve.reads import Reads
from wes_biomarkers.serve.safety import CRAM_POLICY, POLICY, Guard
from wes_biomarkers.serve.shapes import (
    CohortAnswer,
    ColumnLine,
    CountsAnswer,
    GeneLine,
    PatientsAnswer,
    SqlTable,
)
from wes_biomarkers.serve.sql_routes import add_sql
from wes_biomarkers.serve.static_files import add_page
from wes_biomarkers.serve.store import Hub


def create_app(
    folder: Path | str,
    *,
    token: str | None = None,
    secure: bool = False,
    alignments: Path | None = None,
    reference: Path | None = None,
) -> FastAPI:
    """The browser of one cohort.

    Args:
        folder: of `cohort build`.
        token: what a visitor must show; None on the machine's own address, where everybody may look.
        secure: whether it is reached by TLS, so that cookies stay there.
        alignments: folder of the samples' BAM or CRAM files, where it is not the pipeline's own.
        reference: FASTA they were aligned to, indexed.

    Raises:
        InputError: no cohort of this version, or no such alignments or reference.
    """
    hub = Hub(Path(folder))
    reads = Reads(Path(folder), alignments, reference)
    app = FastAPI(
        title="wes-biomarkers",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=REFUSALS,
    )
    app.state.hub = hub
    _add_errors(app)
    _add_cohort(app, hub)
    for add in (add_analysis, add_pages, add_sql):
        add(app, hub)
    add_reads(app, hub, reads)
    add_page(app)
    app.add_middleware(Guard, token=token, secure=secure, policy=CRAM_POLICY if reads.reference else POLICY)
    return app


def _add_errors(app: FastAPI) -> None:
    async def ours(_: Request, error: Exception) -> Response:
        """Bad input and the like."""
        assert isinstance(error, WesError)
        return refusal(error)

    async def invalid(_: Request, error: Exception) -> Response:
        """Parameters of another type."""
        assert isinstance(error, RequestValidationError)
        told = [
            {"rule": each["msg"], "remedy": "See /api/openapi.json.", "column": str(each["loc"][-1])}
            for each in error.errors()
        ]
        return fault(422, "InputError", "; ".join(f"{each['column']}: {each['rule']}" for each in told), told)

    async def http(_: Request, error: Exception) -> Response:
        """No such address, no such method."""
        assert isinstance(error, HTTPException)
        return fault(
            error.status_code, "NotFound" if error.status_code == 404 else "Refused", str(error.detail)
        )

    kinds: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        WesError: ours, RequestValidationError: invalid, HTTPException: http,
    }  # fmt: skip
    for kind, handler in kinds.items():
        app.add_exception_handler(kind, handler)


def _add_cohort(app: FastAPI, hub: Hub) -> None:
    @app.get("/api/cohort", responses=answers(CohortAnswer))
    def cohort() -> Response:
        """The cohort in short."""
        return answer(summary.cohort(hub.store()))

    @app.get("/api/columns", responses=answers(list[ColumnLine], arrow=True))
    def columns(accept: Accept = "") -> Response:
        """Every column patients can be filtered by."""
        return answer(summary.columns(hub.store()), accept, "", ColumnLine)

    @app.get("/api/tables", responses=answers(list[SqlTable], arrow=True))
    def tables(accept: Accept = "") -> Response:
        """Tables and views of SQL, with their columns."""
        return answer(summary.tables(hub.store()), accept, "", SqlTable)

    @app.get("/api/genes", responses=answers(list[GeneLine], arrow=True))
    def genes(f: Filter = "", accept: Accept = "") -> Response:
        """In how many of the chosen patients each gene is altered."""
        store = hub.store()
        return answer(summary.genes(store, mask_of(store, read_filter(f))), accept, "", GeneLine)

    @app.get("/api/counts", responses=answers(CountsAnswer, arrow=True))
    def counts(f: Filter = "", columns: Names = None, accept: Accept = "") -> Response:
        """How many meet the filter, and the bars of the summary charts."""
        store = hub.store()
        found = summary.counts(store, read_filter(f), words(columns))
        return arrow(summary.bars(found), summary.BARS) if ARROW in accept else answer(found)

    @app.get("/api/patients", responses=answers(PatientsAnswer, arrow=True))
    def patients(
        f: Filter = "",
        sort: Annotated[str, Query(max_length=400)] = "",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=0, le=summary.MAX_ROWS)] = 50,
        columns: Names = None,
        accept: Accept = "",
    ) -> Response:
        """A page of the patients' grid."""
        store = hub.store()
        mask = mask_of(store, read_filter(f))
        found = summary.patients(store, mask, sort, offset, limit, words(columns))
        if ARROW not in accept:
            return answer(found)
        return arrow(plain(found["rows"]), summary.kinds_of_patients(store, words(columns)))
