"""`wes-biomarkers report`: self-contained pages about a cohort or its patients, as HTML or PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wes_biomarkers.errors import Fault, InputError


@click.command("report")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("-o", "--out", default="", help="The file, .html or .pdf; - for HTML to stdout.")
@click.option("--patient", "patient_id", metavar="ID", default="", help="The page of one patient instead.")
@click.option(
    "--patients", "folder", metavar="DIRECTORY", default="", help="A page of every patient, and an index."
)
@click.option("--figures", metavar="DIRECTORY", default="", help="Each figure as a file of its own.")
@click.option(
    "--format", "suffix", type=click.Choice(["svg", "png"]), help="Of the files of --figures. [svg]"
)
@click.option("--multiqc", metavar="DIRECTORY", default="", help="The biomarkers as sections for MultiQC.")
@click.option(
    "--site", metavar="DIRECTORY", default="", help="The cohort browser as a folder without Python."
)
@click.option("--with-patients", is_flag=True, help="With single patients in the site: pages, rows, points.")
@click.option(
    "--min-cell", metavar="K", type=click.IntRange(min=0), help="Withhold counts below K in the site. [5]"
)
@click.option(
    "--processes", type=click.IntRange(min=1), default=1, show_default=True,
    help="Work on the site in so many processes.",
)  # fmt: skip
@click.pass_context
def command(
    context: click.Context, /, cohort: Path, out: str, patient_id: str, folder: str, figures: str, multiqc: str,
    **site: Any,
) -> None:  # fmt: skip
    """One self-contained page about the COHORT folder, or about its patients; it needs no network.

    A PDF is printed by Chromium or Chrome, if the machine has one.
    """
    from wes_biomarkers.io.cohort_folder import read_cohort

    processes, suffix = site.pop("processes"), site.pop("suffix")
    _check(out, patient_id, figures, folder or multiqc, **site)
    if suffix and not figures:
        raise click.UsageError("--format is of --figures DIRECTORY.")
    written = []
    if site["site"]:
        written.append(_write_site(cohort, processes=processes, **site))
    found = read_cohort(cohort) if out or folder or figures or multiqc else None
    if out:
        written.append(_write_page(found, out, patient_id))
    if folder:
        written.append(_write_patients(found, Path(folder)))
    if figures:
        written.append(_write_figures(cohort, found, Path(figures), patient_id, f".{suffix or 'svg'}"))
    if multiqc:
        written.append(_write_multiqc(found, Path(multiqc)))
    if not (context.obj or {}).get("quiet"):
        for line in filter(None, written):
            click.echo(line, err=True)


def _check(
    out: str, patient_id: str, figures: str, folder: str, site: str, with_patients: bool, min_cell: int | None
) -> None:
    """Raise an InputError for options that do not go together, before anything is read."""
    faults = []
    if (with_patients or min_cell is not None) and not site:
        faults.append(Fault("--with-patients and --min-cell are of a site", "Give --site DIRECTORY."))
    if not (out or figures or folder or site):
        remedy = "Give -o FILE, --patients, --figures, --multiqc or --site DIRECTORY."
        faults.append(Fault("nothing to write was named", remedy))
    if patient_id and not (out or figures):
        faults.append(Fault("--patient needs a place", "Give -o FILE or --figures DIRECTORY."))
    if out and out != "-" and Path(out).suffix.lower() not in (".html", ".htm", ".pdf"):
        faults.append(Fault("is no kind of report known here", "Name it .html or .pdf.", file=out))
    if faults:
        raise InputError(faults)


def _write_site(cohort: Path, site: str, with_patients: bool, min_cell: int | None, processes: int) -> str:
    """Write the browser as a folder; what to tell about it."""
    from wes_biomarkers.report.site import write_site

    told = write_site(cohort, Path(site), patients=with_patients, min_cell=min_cell, processes=processes)
    return f"{site}: {told['n_answer']} answers, {told['n_byte'] / 1e6:.1f} MB; open {site}/index.html"


def _write_page(cohort: Any, out: str, patient_id: str) -> str:
    """Write the page of the cohort or of a patient; what to tell about it."""
    from wes_biomarkers.io.definitions import read_tmb_definitions
    from wes_biomarkers.io.files import write_text
    from wes_biomarkers.report.page import render_report
    from wes_biomarkers.report.patient_page import render_patient
    from wes_biomarkers.report.pdf import find_browser, write_pdf

    is_pdf = out.lower().endswith(".pdf")
    if is_pdf:
        find_browser()
    text = render_patient(cohort, patient_id) if patient_id else render_report(cohort, read_tmb_definitions())
    if out == "-":
        click.echo(text, nl=False)
        return ""
    if is_pdf:
        write_pdf(out, text)
    else:
        write_text(out, text)
    return f"{out}: {Path(out).stat().st_size / 1e6:.1f} MB"


def _write_figures(path: Path, cohort: Any, folder: Path, patient_id: str, suffix: str) -> str:
    """Write the figures of the cohort or of a patient; what to tell about them."""
    from itertools import chain

    from wes_biomarkers.io.definitions import read_tmb_definitions
    from wes_biomarkers.report.figure_files import cohort_figures, gene_figures, write_figure_files
    from wes_biomarkers.report.patient_page import figures_of_patient

    drawn = (
        figures_of_patient(cohort, patient_id)
        if patient_id
        else chain(cohort_figures(cohort, read_tmb_definitions()), gene_figures(path))
    )
    n = write_figure_files(drawn, folder, suffix)
    return f"{folder}: {n} figure{'s' * (n != 1)}"


def _write_multiqc(cohort: Any, folder: Path) -> str:
    """Write the sections for MultiQC; what to tell about them."""
    from wes_biomarkers.io.files import write_json
    from wes_biomarkers.report.multiqc import multiqc_sections

    folder.mkdir(parents=True, exist_ok=True)
    sections = multiqc_sections(cohort)
    for name, section in sections.items():
        write_json(folder / f"{name}_mqc.json", section)
    return f"{folder}: {len(sections)} sections for MultiQC"


def _write_patients(cohort: Any, folder: Path) -> str:
    """Write a page a patient and their index; what to tell about it."""
    from wes_biomarkers.io.files import write_text
    from wes_biomarkers.report.patient_page import patient_ids, render_index, render_patients

    chosen = patient_ids(cohort)
    folder.mkdir(parents=True, exist_ok=True)
    for patient_id, text in render_patients(cohort, chosen):
        write_text(folder / f"{patient_id}.html", text)
    write_text(folder / "index.html", render_index(cohort, chosen))
    return f"{folder}: {len(chosen)} patient{'s' * (len(chosen) != 1)}"
