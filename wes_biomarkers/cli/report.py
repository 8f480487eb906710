"""`wes-biomarkers report`: one self-contained page about a cohort."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, help="The HTML file; - for stdout.")
@click.pass_context
def command(context: click.Context, cohort: Path, out: str) -> None:
    """One self-contained HTML page about the COHORT folder; it needs no network."""
    from wes_biomarkers.io.cohort_folder import read_cohort
    from wes_biomarkers.io.definitions import read_tmb_definitions
    from wes_biomarkers.io.files import write_text
    from wes_biomarkers.report.page import render_report

    text = render_report(read_cohort(cohort), read_tmb_definitions())
    if out == "-":
        click.echo(text, nl=False)
        return
    write_text(out, text)
    if not (context.obj or {}).get("quiet"):
        click.echo(f"{out}: {len(text.encode()) / 1e6:.1f} MB", err=True)
