"""`wes-biomarkers cohort`: cohort tables from result folders and clinical tables, built and shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wes_biomarkers.cli.proteomics import add_proteomics, protein_command, proteomics_options, read_inputs
from wes_biomarkers.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from wes_biomarkers.io.clinical import ClinicalTables

_FILE = click.Path(path_type=Path)
_CLINICAL = ("clinical", "toxicity", "assessments")


@click.group("cohort")
def command() -> None:
    """Cohort tables from result folders."""


command.add_command(protein_command)


@command.command("build")
@click.argument("results", nargs=-1, type=_FILE)
@click.option("-o", "--out", required=True, type=_FILE, help="Cohort folder; an existing cohort is replaced.")
@click.option("--clinical", type=_FILE, help="Clinical table, one row a patient.")
@click.option("--toxicity", type=_FILE, help="Adverse events, one row an event.")
@click.option("--assessments", type=_FILE, help="Tumour assessments, one row a visit.")
@click.option("--endpoint-rules", type=_FILE, help="TOML: the protocol's windows and least durations.")
@proteomics_options
@click.option("--exclude", type=_FILE, help="Patient ids to drop everywhere, one a line.")
@click.option(
    "--column-map", type=_FILE, help="Table with heading,column: a site's headings (and words) and ours."
)
@click.option("--allow-mixed", is_flag=True, help="Put different reference builds into one cohort.")
@click.pass_context
def build(
    context: click.Context,
    results: tuple[Path, ...],
    out: Path,
    clinical: Path | None,
    toxicity: Path | None,
    assessments: Path | None,
    endpoint_rules: Path | None,
    proteomics: Path | None,
    proteomics_sample: Path | None,
    proteomics_settings: Path | None,
    exclude: Path | None,
    column_map: Path | None,
    allow_mixed: bool,
) -> None:
    """Cohort tables as Parquet and TSV from RESULTS folders, a clinical table, or both.

    Give every batch's folder: adding one later gives the same tables as building at once.
    """
    from wes_biomarkers.cohort import build
    from wes_biomarkers.io.cohort_folder import check_target, write_cohort
    from wes_biomarkers.io.endpoint_rules import read_endpoint_rules
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.io.results import read_results

    if not results and clinical is None:
        raise InputError("nothing to build from", "Give RESULTS folders, --clinical, or both.")
    check_target(out)
    dropped = _read_ids(exclude)
    rules = read_endpoint_rules(endpoint_rules)
    given = dict(zip(_CLINICAL, (clinical, toxicity, assessments), strict=True))
    read = _read_clinical_tables(given, column_map, dropped)
    measured = read_inputs((proteomics, proteomics_sample, proteomics_settings))
    studies = [read_results(folder, dropped) for folder in results]
    found = read.dropped.union(*(study.excluded for study in studies))
    tables, unmatched = build.assemble_cohort(
        studies, *(read.tables.get(name) for name in _CLINICAL), rules=rules, allow_mixed=allow_mixed
    )
    if tables["patient"].empty:
        raise InputError("no patient is left", "Check the inputs and the list of excluded patients.")
    given |= {"exclude": exclude, "column_map": column_map, "endpoint_rules": endpoint_rules}
    given |= {
        "proteomics": proteomics,
        "proteomics_sample": proteomics_sample,
        "proteomics_settings": proteomics_settings,
    }
    checksums = {name: sha256_file(path) for name, path in given.items() if path is not None}
    manifest = build.assemble_manifest(studies, tables, unmatched, checksums, len(found))
    manifest["endpoint_rules"] = rules.as_dict()
    if measured is not None:
        found |= dropped & set(measured.samples["patient_id"])
        add_proteomics(measured, dropped, tables, manifest)
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
    given: Mapping[str, Path | None], column_map: Path | None, dropped: frozenset[str]
) -> ClinicalTables:
    """The given tables without the dropped patients; the faults of all tables at once."""
    from wes_biomarkers.io.clinical import read_clinical_tables
    from wes_biomarkers.io.column_map import read_column_maps

    maps = read_column_maps(column_map) if column_map is not None else {}
    read = read_clinical_tables(given, maps, today=date.today(), dropped=dropped)
    if read.faults:
        raise InputError(read.faults)
    return read


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
        "conflicting_best_response": "of another best response in the clinical table than by the assessments",
        "conflicting_confirmation": "whose response the assessments confirm otherwise than the clinical table",
        "conflicting_progression": "of another day of progression in the clinical table than by the assessments",
        "conflicting_last_assessment": "of another last assessment in the clinical table than by the assessments",
        "reappeared_after_complete_response": "with PR or SD after CR, taken as progression (RECIST 1.1)",
        "grew_without_progression": "whose target lesions grew by 20 % and 5 mm at a visit that is not PD",
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
