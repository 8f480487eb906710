"""`wes-biomarkers cohort`: cohort tables from result folders and clinical tables, built and shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wes_biomarkers.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

_FILE = click.Path(path_type=Path)


@click.group("cohort")
def command() -> None:
    """Cohort tables from result folders."""


@command.command("build")
@click.argument("results", nargs=-1, type=_FILE)
@click.option("-o", "--out", required=True, type=_FILE, help="Cohort folder; an existing cohort is replaced.")
@click.option("--clinical", type=_FILE, help="Clinical table, one row a patient.")
@click.option("--toxicity", type=_FILE, help="Adverse events, one row an event.")
@click.option("--exclude", type=_FILE, help="Patient ids to drop everywhere, one a line.")
@click.option("--column-map", type=_FILE, help="Table with heading,column: a site's headings and ours.")
@click.option("--allow-mixed", is_flag=True, help="Put different reference builds into one cohort.")
@click.pass_context
def build(
    context: click.Context,
    results: tuple[Path, ...],
    out: Path,
    clinical: Path | None,
    toxicity: Path | None,
    exclude: Path | None,
    column_map: Path | None,
    allow_mixed: bool,
) -> None:
    """Cohort tables as Parquet and TSV from RESULTS folders, a clinical table, or both.

    Give every batch's folder: adding one later gives the same tables as building at once.
    """
    from wes_biomarkers.cohort import build
    from wes_biomarkers.io.cohort_folder import check_target, write_cohort
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.io.results import read_results

    if not results and clinical is None:
        raise InputError("nothing to build from", "Give RESULTS folders, --clinical, or both.")
    check_target(out)
    dropped = _read_ids(exclude)
    described, events, found = _read_clinical_tables(clinical, toxicity, column_map, dropped)
    studies = [read_results(folder, dropped) for folder in results]
    found = found.union(*(study.excluded for study in studies))
    tables, unmatched = build.assemble_cohort(studies, described, events, allow_mixed=allow_mixed)
    if tables["patient"].empty:
        raise InputError("no patient is left", "Check the inputs and the list of excluded patients.")
    given = {"clinical": clinical, "toxicity": toxicity, "exclude": exclude, "column_map": column_map}
    checksums = {name: sha256_file(path) for name, path in given.items() if path is not None}
    manifest = build.assemble_manifest(studies, tables, unmatched, checksums, len(found))
    write_cohort(out, tables, manifest)
    _say_unmatched(manifest["unmatched"])
    if dropped - found:
        click.echo(f"warning: no such patients to exclude: {', '.join(sorted(dropped - found))}", err=True)
    if not (context.obj or {}).get("quiet"):
        counts = manifest["counts"]
        click.echo(
            f"{out}: {counts['n_patient']} patients, {counts['n_pair']} pairs "
            f"({counts['n_failed_pair']} failed), {len(tables)} tables",
            err=True,
        )


def _read_clinical_tables(
    clinical: Path | None, toxicity: Path | None, column_map: Path | None, dropped: frozenset[str]
) -> tuple[pd.DataFrame | None, pd.DataFrame | None, frozenset[str]]:
    """Both tables without the dropped patients, and those found; the faults of both tables at once."""
    from wes_biomarkers.io import clinical as reader

    today = date.today()
    renames = reader.read_column_map(column_map) if column_map is not None else None
    faults: list[Fault] = []
    tables: list[pd.DataFrame | None] = []
    found: set[str] = set()
    for path, is_clinical in ((clinical, True), (toxicity, False)):
        table = None
        try:
            if path is not None and is_clinical:
                table = reader.read_clinical(path, renames, today=today)
            elif path is not None:
                table = reader.read_toxicity(path, today=today)
        except InputError as error:
            faults += error.faults
        if table is not None:
            out = table["patient_id"].isin(dropped)
            found.update(table.loc[out, "patient_id"])
            table = table[~out].reset_index(drop=True)
        tables.append(table)
    described, events = tables
    if described is not None and events is not None:
        faults += reader.check_toxicity(events, described, str(toxicity))
    if faults:
        raise InputError(faults)
    return described, events, frozenset(found)


def _read_ids(path: Path | None) -> frozenset[str]:
    """Patient ids, one a line; a heading `patient_id`, empty lines and `#` comments are skipped."""
    from wes_biomarkers.io.files import read_text

    if path is None:
        return frozenset()
    lines = (line.split("#")[0].strip().strip('",;') for line in read_text(path).split("\n"))
    return frozenset(line for line in lines if line and line != "patient_id")


def _say_unmatched(unmatched: dict[str, list[str]]) -> None:
    said = {
        "sequenced_without_clinical": "sequenced, but without a clinical row",
        "clinical_without_sequenced": "in the clinical table, but not sequenced",
        "toxicity_without_patient": "with toxicity rows, but neither sequenced nor in the clinical table",
        "conflicting_sex": "of another sex in the samplesheet than in the clinical table",
    }
    for name, text in said.items():
        if unmatched[name]:
            click.echo(
                f"warning: {len(unmatched[name])} patients {text}: {', '.join(unmatched[name])}", err=True
            )


@command.command("show")
@click.argument("cohort_folder", metavar="COHORT", type=_FILE)
@click.option("--table", default="biomarker", show_default=True, help="Which table.")
@click.option("--columns", help="Comma-separated columns [default: those without _status and _flags].")
def show(cohort_folder: Path, table: str, columns: str | None) -> None:
    """Print one cohort table as aligned text."""
    from wes_biomarkers.io.cohort_folder import read_cohort

    tables = read_cohort(cohort_folder).tables
    if table not in tables:
        raise InputError(f"no table {table}", f"Known: {', '.join(tables)}.")
    frame = tables[table]
    names = columns.split(",") if columns else _value_columns(frame)
    unknown = [name for name in names if name not in frame]
    if unknown:
        raise InputError(
            f"no such columns in {table}: {', '.join(unknown)}", f"Known: {', '.join(map(str, frame))}."
        )
    shown = frame[names].map(lambda value: f"{value:.4g}" if isinstance(value, float) else value).astype(str)
    click.echo(shown.replace({"nan": "NA", "None": "NA", "<NA>": "NA", "": "-"}).to_string(index=False))


def _value_columns(frame: pd.DataFrame) -> list[str]:
    return [name for name in map(str, frame) if not name.endswith(("_status", "_flags"))]
