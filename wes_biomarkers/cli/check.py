"""`wes-biomarkers check`: validate inputs alone, and list every fault."""

from __future__ import annotations

import datetime
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wes_biomarkers.cli.proteomics import Paths, proteomics_options, read_inputs

if TYPE_CHECKING:
    from wes_biomarkers.contracts.resolved import Study
    from wes_biomarkers.io.input_check import Problems

_LOG = logging.getLogger("wes_biomarkers")
_FILE = click.Path(path_type=Path)
_LISTED = 10
_NO_TABLES: Mapping[str, Path | str | None] = {}


def check_inputs(
    sheet: Path,
    *,
    tables: Mapping[str, Path | str | None] = _NO_TABLES,
    proteomics: Paths = (None, None, None),
    reference: Path | str | None = None,
    path_map: Sequence[str] = (),
    base_dir: Path | str | None = None,
    quick: bool = False,
) -> Study:
    """Check a samplesheet, every file it names, and the tables that go with it.

    Patient ids on one side only are warned of.

    Args:
        sheet: the samplesheet.
        tables: paths of the tables `clinical`, `toxicity` and `assessments`, where given.
        proteomics: the proteomics file, its samples and its settings, where given.
        reference: reference bundle to compare contigs and alleles with.
        path_map: OLD=NEW path prefixes of the sheet.
        base_dir: where the sheet's relative paths start (default: the sheet's folder).
        quick: do not read FASTQs and VCFs to their ends.

    Returns:
        The resolved study.

    Raises:
        InputError: every fault of every input, mismatches with the reference after them.
        ReferenceMismatchError: when files only disagree with the reference.
    """
    from wes_biomarkers.errors import InputError
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.input_check import Problems, check_files
    from wes_biomarkers.io.samplesheet import examine_sheet

    problems = Problems()
    bundle = study = None
    patients: set[str] = set()
    if reference is not None:
        try:
            bundle = read_bundle(reference)
        except InputError as error:
            problems.faults += error.faults
    try:
        contents = examine_sheet(sheet, path_map=path_map, base_dir=base_dir)
    except InputError as error:
        problems.faults += error.faults
    else:
        study = contents.study
        found = check_files(contents, bundle, quick)
        problems.faults += contents.faults
        problems.faults += found.faults
        problems.mismatches += found.mismatches
        patients = {row.get("patient_id") for row in contents.rows} - {""}
    _check_tables(patients, tables, problems)
    _check_proteomics(patients, proteomics, problems)
    problems.raise_any()
    assert study is not None  # without a study there were faults
    return study


def _check_tables(patients: set[str], given: Mapping[str, Path | str | None], problems: Problems) -> None:
    """Read the clinical tables that were given, and compare them with one another and with the samplesheet."""
    if not any(given.values()):
        return
    from wes_biomarkers.io.clinical import read_clinical_tables

    read = read_clinical_tables(given, today=datetime.date.today())
    problems.faults += read.faults
    for name, table in read.tables.items():
        ids = set(table["patient_id"].dropna())
        if patients and ids:
            known = set(read.tables["clinical"]["patient_id"]) if "clinical" in read.tables else set()
            known = set() if name == "clinical" else known
            _match_patients(patients, known, str(given[name]), ids, name == "clinical", problems)


def _check_proteomics(patients: set[str], paths: Paths, problems: Problems) -> None:
    from wes_biomarkers.errors import InputError
    from wes_biomarkers.io.proteomics_sample import patient_faults

    try:
        inputs = read_inputs(paths)
    except InputError as error:
        problems.faults += error.faults
        return
    if inputs is not None and patients:
        problems.faults += patient_faults(inputs.samples["patient_id"], patients, str(paths[1]))


def _match_patients(
    patients: set[str], known: set[str], file: str, ids: set[str], expected: bool, problems: Problems
) -> None:
    """Warn of ids on one side only; a fault when none is a patient or otherwise `known`, or when one differs from a
    patient's only as typing does.

    `expected`: each patient should have a row.
    """
    from wes_biomarkers.contracts.likely_ids import likely_counterparts
    from wes_biomarkers.errors import Fault

    likely = likely_counterparts(ids - patients - known, patients)
    problems.faults += [
        Fault(
            "differs from an id of the samplesheet only in case, leading zeros or separators",
            f"Is it {patient}? If so, write the same id in both.",
            file=file,
            column="patient_id",
            value=name,
        )
        for name, patient in likely.items()
    ]
    if not ids & (patients | known) and not likely:
        rule = "no patient_id matches the samplesheet"
        problems.faults.append(Fault(rule, "Use the same ids in both.", file=file, column="patient_id"))
        return
    sides = [(f"{file}: not in the samplesheet", ids - patients)]
    if expected:
        sides.append((f"{file}: no row for patients of the samplesheet", patients - ids))
    for what, names in sides:
        if names:
            listed = ", ".join(sorted(names)[:_LISTED])
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            _LOG.warning("%s: %s%s", what, listed, more)


def summarise(study: Study) -> str:
    """One line a kind of thing: patients, samples, pairs, entries."""
    roles = Counter(sample.role for sample in study.samples)
    entries = Counter(pair.entry for pair in study.pairs)
    kinds = ", ".join(f"{entries[k]} from {k.upper()}" for k in ("fastq", "bam", "vcf") if entries[k])
    return (
        f"patients: {len(study.patients)}\n"
        f"samples: {len(study.samples)} ({roles['tumor']} tumor, {roles['normal']} normal)\n"
        f"pairs: {len(study.pairs)} ({kinds})"
    )


@click.command("check")
@click.argument("sheet", type=_FILE)
@click.option("--clinical", type=_FILE, help="Clinical table to check with it.")
@click.option("--toxicity", type=_FILE, help="Table of adverse events to check with it.")
@click.option("--assessments", type=_FILE, help="Table of tumour assessments to check with it.")
@proteomics_options
@click.option("--reference", type=_FILE, help="Reference bundle: compare contigs and alleles with it.")
@click.option("--path-map", multiple=True, metavar="OLD=NEW", help="Rewrite a path prefix of the sheet.")
@click.option("--quick", is_flag=True, help="Do not read FASTQs and VCFs to their ends.")
def command(
    sheet: Path,
    clinical: Path | None,
    toxicity: Path | None,
    assessments: Path | None,
    proteomics: Path | None,
    proteomics_sample: Path | None,
    proteomics_settings: Path | None,
    reference: Path | None,
    path_map: tuple[str, ...],
    quick: bool,
) -> None:
    """Validate inputs alone and list every fault.

    Exit code 2 for faults you can mend, 3 when files only disagree with the reference.
    """
    study = check_inputs(
        sheet,
        tables={"clinical": clinical, "toxicity": toxicity, "assessments": assessments},
        proteomics=(proteomics, proteomics_sample, proteomics_settings),
        reference=reference,
        path_map=path_map,
        quick=quick,
    )
    click.echo(summarise(study))
