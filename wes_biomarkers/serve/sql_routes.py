"""Routes of the page Ask: SQL over the cohort, read-only, limited in rows and time."""

from __future__ import annotations

import io
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from wes_biomarkers.serve.answers import answer, csv_text
from wes_biomarkers.serve.arrow import ARROW, stream
from wes_biomarkers.serve.parameters import Accept, answers, files
from wes_biomarkers.serve.shapes import SqlAnswer
from wes_biomarkers.serve.store import Hub

MAX_LIMIT, MAX_DOWNLOAD, TIMEOUT_S = 10_000, 1_000_000, 20.0
PARQUET = "application/vnd.apache.parquet"


class Question(BaseModel):
    """A question in SQL."""

    sql: str = Field(max_length=100_000, description="one SELECT of DuckDB's kind")
    limit: int = Field(default=1000, ge=1, le=MAX_LIMIT, description="rows at most")


def add_sql(app: FastAPI, hub: Hub) -> None:
    """Add the routes to the app."""

    @app.post("/api/sql", responses=answers(SqlAnswer, arrow=True))
    def sql(question: Question, accept: Accept = "") -> Response:
        """The answer to one SELECT."""
        found = hub.store().asked.sql(question.sql, limit_rows=question.limit, timeout_s=TIMEOUT_S)
        if ARROW in accept:
            return stream(found.table)
        return answer(
            {
                "columns": [{"name": f.name, "dtype": str(f.type)} for f in found.table.schema],
                "rows": found.to_rows(),
                "truncated": found.truncated,
                "seconds": round(found.seconds, 4),
            }
        )

    @app.get("/api/sql/download", responses=files("text/csv", PARQUET), response_class=Response)
    def download(
        sql: Annotated[str, Query(max_length=30_000)], format: Literal["csv", "parquet"] = "csv"
    ) -> Response:
        """The answer to one SELECT as a file."""
        found = hub.store().asked.sql(sql, limit_rows=MAX_DOWNLOAD, timeout_s=TIMEOUT_S)
        headers = {"Content-Disposition": f'attachment; filename="answer.{format}"'}
        if format == "csv":
            return Response(csv_text(found.to_pandas()), media_type="text/csv", headers=headers)
        out = io.BytesIO()
        found.write_parquet(out)
        return Response(out.getvalue(), media_type=PARQUET, headers=headers)
