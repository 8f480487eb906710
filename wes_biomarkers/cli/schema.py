"""`wes-biomarkers schema`: the data dictionary."""

from __future__ import annotations

from pathlib import Path

import click

from wes_biomarkers.errors import Fault, InputError


@click.command("schema")
@click.argument("table", required=False)
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True
)
@click.option(
    "--endpoints", is_flag=True, help="The endpoints: columns, origin, population and rule of each."
)
@click.option(
    "--write",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the generated schemas and docs below this project folder.",
)
def command(table: str | None, form: str, endpoints: bool, root: Path | None) -> None:
    """The data dictionary: every table, or one TABLE.

    The cohort tables, the samplesheet, and input.clinical, input.toxicity and input.assessment as a user gives
    them.
    """
    from wes_biomarkers.contracts import dictionary
    from wes_biomarkers.io.files import write_text

    if root is not None:
        for name, text in dictionary.generated_files().items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            write_text(root / name, text)
        return
    if endpoints:
        click.echo(dictionary.endpoints_text(), nl=False)
        return
    known = dictionary.described_tables()
    if table is not None and table not in known:
        raise InputError([Fault("no such table", f"Tables: {', '.join(known)}.", value=table)])
    names = list(known) if table is None else [table]
    if form == "json":
        text = dictionary.dictionary_json(names)
    elif form == "markdown":
        text = dictionary.dictionary_markdown(None if table is None else names)
    else:
        text = dictionary.dictionary_text(names)
    click.echo(text, nl=False)
