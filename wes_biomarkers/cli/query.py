"""`wes-biomarkers query`: SQL over a cohort."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from wes_biomarkers.query.database import CohortDatabase, Result


@click.command("query")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.argument("sql", required=False)
@click.option("--tables", is_flag=True, help="List tables, views and their columns, and do nothing else.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "tsv", "json", "parquet"]),
              help="[the file's suffix, else table]")  # fmt: skip
@click.option("-o", "--out", default="-", show_default=True, help="A file; - for stdout.")
@click.option("--limit", type=click.IntRange(min=1), default=100_000, show_default=True, help="Rows at most.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True,
              help="Seconds after which the question is given up.")  # fmt: skip
def command(
    cohort: Path, sql: str | None, tables: bool, form: str | None, out: str, limit: int, timeout: float
) -> None:
    """Read-only SQL over the tables of the COHORT folder and named views; nothing can be written.

    SQL is DuckDB's; `-` reads it from stdin.
    """
    from wes_biomarkers.query.database import open_cohort

    with open_cohort(cohort) as database:
        if tables:
            click.echo(_listing(database), nl=False)
            return
        if not sql:
            raise click.UsageError("Give SQL, or --tables.")
        text = sys.stdin.read() if sql == "-" else sql
        found = database.sql(text, limit_rows=limit, timeout_s=timeout)
    _write(found, form or _form_of(out), out)
    if found.truncated:
        click.echo(f"only the first {limit} rows; --limit asks for more", err=True)


def _form_of(out: str) -> str:
    suffix = Path(out).suffix.lstrip(".").lower()
    return suffix if out != "-" and suffix in ("csv", "tsv", "json", "parquet") else "table"


def _listing(database: CohortDatabase) -> str:
    columns = database.columns()
    docs = {view.name: view.doc for view in database.views}
    lines = []
    for name, part in columns.groupby("table", sort=False):
        lines.append(f"{name}" + (f" (view): {docs[str(name)]}" if name in docs else ""))
        if name not in docs:
            rows = [
                [str(cell or "") for cell in row]
                for row in part[["column", "type", "doc"]].to_numpy().tolist()
            ]
            width = max(len(column) for column, _, _ in rows)
            lines += [f"  {column:{width}}  {kind.lower():9} {doc}".rstrip() for column, kind, doc in rows]
    return "\n".join(lines) + "\n"


def _write(found: Result, form: str, out: str) -> None:
    from wes_biomarkers.errors import InputError
    from wes_biomarkers.io.files import atomic_path

    if form == "parquet":
        if out == "-":
            raise InputError("Parquet cannot be printed", "Name a file by -o.")
        with atomic_path(out) as temporary:
            found.write_parquet(temporary)
        return
    text = _text(found.to_pandas(), form)
    if out == "-":
        click.echo(text, nl=False)
    else:
        from wes_biomarkers.io.files import write_text

        write_text(out, text)


def _text(frame: pd.DataFrame, form: str) -> str:
    import pandas as pd

    for name in frame.columns[[pd.api.types.is_bool_dtype(frame[name]) for name in frame.columns]]:
        if form != "json":
            frame[name] = frame[name].map({True: "true", False: "false"}).astype("string")
    if form == "json":
        return str(frame.to_json(orient="records", date_format="iso", indent=1)) + "\n"
    if form in ("csv", "tsv"):
        separator = "," if form == "csv" else "\t"
        return str(frame.to_csv(sep=separator, index=False, lineterminator="\n"))
    if frame.empty:
        return "  ".join(map(str, frame.columns)) + "\n(no rows)\n"
    shown = frame.map(lambda value: f"{value:.6g}" if isinstance(value, float) else value)
    return str(shown.to_string(index=False, na_rep="")) + "\n"
