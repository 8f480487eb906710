"""`wes-biomarkers import adam`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from wes_biomarkers.errors import InputError


@click.command("adam")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the tables.")
@click.option("--subject", default="USUBJID", show_default=True, help="Column whose ids become patient ids.")
@click.option("--date-origin", type=click.Choice(["1960", "1970"]),
              help="Year from which days as numbers count: SAS 1960, R 1970 [found out].")  # fmt: skip
@click.option("--endpoint", "endpoints", multiple=True, metavar="os|pfs=PARAMCD",
              help="Parameter of an endpoint, as pfs=PFSINV [os=OS, pfs=PFS].")  # fmt: skip
@click.option("--evaluator", help="Whose responses, where ADRS has several (PARCAT2 or RSEVAL).")
@click.option("--immune-related", metavar="COLUMN", help="Column of ADAE that marks immune-related events.")
@click.option("--all-events", is_flag=True, help="Keep events that are not treatment-emergent (TRTEMFL).")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Further column of ADSL to keep; repeatable.")
@click.pass_context
def command(
    context: click.Context,
    files: tuple[Path, ...],
    out: Path,
    subject: str,
    date_origin: str | None,
    endpoints: tuple[str, ...],
    evaluator: str | None,
    immune_related: str | None,
    all_events: bool,
    keep: tuple[str, ...],
) -> None:
    """CDISC ADaM data sets (XPT, SAS7BDAT, CSV, also gzip) as clinical.csv, toxicity.csv and assessments.csv.

    Give ADSL and any of ADTTE, ADRS, ADTR and ADAE, in any order: they are told apart by their columns.
    """
    from wes_biomarkers.cli.imports.finish import finish
    from wes_biomarkers.io.importers.adam import read_adam
    from wes_biomarkers.io.importers.adam_choice import AdamChoice
    from wes_biomarkers.io.importers.folder import check_target

    check_target(out)
    choice = AdamChoice(
        subject=subject.upper(),
        date_origin=None if date_origin is None else int(date_origin),
        endpoints={"os": "OS", "pfs": "PFS"} | _endpoints(endpoints),
        evaluator=evaluator,
        immune_related=immune_related,
        all_events=all_events,
        keep=keep,
    )
    finish(context, out, read_adam(files, choice, date.today()))


def _endpoints(words: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in words)
    if any(name not in ("os", "pfs") or not parameter for name, parameter in pairs.items()):
        raise InputError("--endpoint is not of the form os=PARAMCD or pfs=PARAMCD", "Write pfs=PFSINV.")
    return pairs
