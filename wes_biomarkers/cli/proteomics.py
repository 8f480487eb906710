"""What `check`, `run` and `cohort build` share of proteomics: options, reading, and the cohort's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from wes_biomarkers.features.proteomics import Settings
    from wes_biomarkers.io.proteomics import ProteomicsFile

_FILE = click.Path(path_type=Path)
_LISTED = 10
#: The three paths as options name them: file, sample sheet, settings.
Paths = tuple[Path | str | None, Path | str | None, Path | str | None]


@dataclass(frozen=True)
class ProteomicsInputs:
    """The sample sheet, the file's values and the settings, as read."""

    samples: pd.DataFrame
    file: ProteomicsFile
    settings: Settings


def proteomics_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --proteomics, --proteomics-sample and --proteomics-settings to a command."""
    for name, text in (
        ("settings", "TOML: how to process it, where not by default."),
        ("sample", "Samples of the proteomics file, one row a sample."),
    ):
        command = click.option(f"--proteomics-{name}", type=_FILE, help=text)(command)
    text = "Proteomics: long table, matrix, MaxQuant, DIA-NN or Olink."
    return click.option("--proteomics", type=_FILE, help=text)(command)


def read_inputs(paths: Paths) -> ProteomicsInputs | None:
    """File, sheet and settings; None when no file is given.

    Raises:
        InputError: one of file and sheet without the other, and every fault of what was read.
    """
    from wes_biomarkers.io.proteomics import read_proteomics
    from wes_biomarkers.io.proteomics_sample import read_proteomics_samples, read_settings

    file, sheet, changed = paths
    if file is None and sheet is None and changed is None:
        return None
    if file is None or sheet is None:
        missing = "--proteomics" if file is None else "--proteomics-sample"
        raise InputError(
            [Fault(f"{missing} is absent", "Give the proteomics file and its sample sheet together.")]
        )
    faults: list[Fault] = []
    settings = samples = None
    try:
        settings = read_settings(changed)
    except InputError as error:
        faults += error.faults
    try:
        samples = read_proteomics_samples(sheet, today=date.today())
    except InputError as error:
        faults += error.faults
    if settings is None or samples is None:
        raise InputError(faults)
    return ProteomicsInputs(samples, read_proteomics(file, samples, settings), settings)


def add_proteomics(
    inputs: ProteomicsInputs, dropped: Set[str], tables: dict[str, pd.DataFrame], manifest: dict[str, Any]
) -> None:
    """Put the proteomics tables beside the cohort's, and how they were made into the manifest; warn of the rest.

    Raises:
        InputError: patients who are the cohort's but for spelling, and what `assemble_proteomics` refuses.
    """
    from wes_biomarkers.cohort.proteomics import assemble_proteomics, exclude_patients
    from wes_biomarkers.io.proteomics_sample import patient_faults

    samples, file = exclude_patients(inputs.samples, inputs.file, dropped)
    known = set(tables["patient"]["patient_id"])
    if faults := patient_faults(samples["patient_id"], known, "proteomics_sample"):
        raise InputError(faults)
    made, summary = assemble_proteomics(samples, file, inputs.settings, tables.get("clinical"))
    summary["patients_without_cohort"] = sorted(set(samples["patient_id"]) - known)
    tables |= made
    manifest["proteomics"] = summary
    _say(summary)


def _say(summary: dict[str, Any]) -> None:
    """What a user should know of the proteomics, as warnings."""
    listed = {
        "samples_not_in_sheet": "proteomics samples are not in the sample sheet and were left out",
        "samples_without_values": "samples of the sheet have no proteomics",
        "patients_without_cohort": "patients with proteomics are neither sequenced nor in the clinical table",
        "batch_confounded_with": "groups are confounded with the proteomics batch",
    }
    for name, text in listed.items():
        if names := summary[name]:
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            click.echo(f"warning: {len(names)} {text}: {', '.join(names[:_LISTED])}{more}", err=True)
    if not summary["has_baseline"]:
        text = "no proteomics sample is of the baseline time point: no change was computed"
        click.echo(f"warning: {text} (set baseline in the settings)", err=True)
    n_dropped = sum(map(len, summary["proteins_dropped"].values()))
    if n_dropped:
        click.echo(f"warning: {n_dropped} proteins were dropped; the table protein says why", err=True)
    if summary["n_value_lost_to_batch"]:
        n = summary["n_value_lost_to_batch"]
        click.echo(f"warning: {n} values became unknown: their batch could not be corrected", err=True)


@click.command("protein")
@click.argument("cohort_folder", metavar="COHORT", type=_FILE)
@click.argument("name", metavar="PROTEIN")
@click.option("--by", metavar="COLUMN", help="Column of the clinical table whose groups are compared.")
@click.option("--specimen", help="Which specimen, where the protein was measured in several.")
@click.option("--plot", type=_FILE, help="Picture as SVG, PNG or HTML.")
def protein_command(
    cohort_folder: Path, name: str, by: str | None, specimen: str | None, plot: Path | None
) -> None:
    """One PROTEIN by group and time: samples, those beyond the assay's range, and medians (log2)."""
    from wes_biomarkers.io.cohort_folder import read_cohort
    from wes_biomarkers.plots.proteomics import protein_by_group, summaries
    from wes_biomarkers.plots.save import check_suffix, save_chart

    if plot is not None:
        check_suffix(plot)
    cohort = read_cohort(cohort_folder)
    frame = _protein_rows(cohort.tables, name, by, specimen)
    groups = sorted(frame["group"].dropna().unique())
    times = _time_order(frame, cohort.manifest["proteomics"]["settings"]["baseline"])
    click.echo("group\ttimepoint\tn\tn_below\tn_above\tmedian")
    for row in summaries(frame, groups, times):
        median = "NA" if row["median"] is None else f"{row['median']:.4g}"
        cells = (row["group"], row["time"], row["n"], row["n_below"], row["n_above"], median)
        click.echo("\t".join(map(str, cells)))
    if plot is not None:
        flags = ["synthetic"] if cohort.manifest.get("synthetic") else []
        save_chart(protein_by_group(frame, name, times, flags), plot)


def _protein_rows(
    tables: Mapping[str, pd.DataFrame], name: str, by: str | None, specimen: str | None
) -> pd.DataFrame:
    """The protein's rows with the patient's group as text."""
    if "proteomics" not in tables:
        raise InputError(
            "the cohort has no proteomics", "Build it with --proteomics and --proteomics-sample."
        )
    rows = tables["proteomics"][tables["proteomics"]["protein"] == name]
    if rows.empty:
        raise InputError(f"no protein {name}", "`cohort show --table protein` lists them.")
    kinds = sorted(rows["specimen"].fillna("unknown").unique())
    if specimen is None and len(kinds) > 1:
        raise InputError(f"{name} was measured in {', '.join(kinds)}", "Choose one with --specimen.")
    if specimen is not None:
        rows = rows[rows["specimen"] == specimen]
    if by is None:
        return rows.assign(group="all")
    clinical = tables.get("clinical")
    if clinical is None or by not in clinical:
        known = "none" if clinical is None else ", ".join(map(str, clinical))
        raise InputError(f"no clinical column {by}", f"Known: {known}.")
    groups = clinical.set_index("patient_id")[by]
    labels = groups.map(lambda value: None if _is_unknown(value) else str(value))
    return rows.assign(group=rows["patient_id"].map(labels))


def _is_unknown(value: object) -> bool:
    import pandas as pd

    return bool(pd.isna(value))  # type: ignore[call-overload]


def _time_order(frame: pd.DataFrame, baseline: str) -> list[str]:
    """The baseline first, the others by their median day of collection, then by name."""
    days = frame.groupby("timepoint")["collection_date"].median()
    order = sorted(days.items(), key=lambda item: (item[0] != baseline, str(item[1]), str(item[0])))
    return [str(name) for name, _ in order]
