"""`wes-biomarkers validate`: results measured against the truth of a simulated trial."""

from __future__ import annotations

import click


@click.command()
@click.argument("results", type=click.Path())
@click.option("--truth", required=True, type=click.Path(), help="The folder `simulate` wrote.")
@click.option(
    "--min-sensitivity",
    default=0.98,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Least share found of the planted SNVs and indels with 8 alternate reads and VAF .10.",
)
@click.option(
    "--max-false-calls",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="Most passing calls a patient that nobody planted.",
)
@click.option("-o", "--out", default="-", help="Where the table goes, as TSV; - prints it.")  # fmt: skip
def command(results: str, truth: str, min_sensitivity: float, max_false_calls: int, out: str) -> None:
    """Compare RESULTS with the truth behind them; exit 1 outside tolerance."""
    from wes_biomarkers.errors import EXIT_CHECK_FAILED
    from wes_biomarkers.io.files import write_text
    from wes_biomarkers.simulate.validate.measures import Measure
    from wes_biomarkers.simulate.validate.trial import validate

    def cells(measure: Measure) -> list[str]:
        """The row of a measure in the table of results."""
        value = "" if measure.value is None else f"{measure.value:.4g}"
        verdict = {True: "ok", False: "outside", None: ""}[measure.ok]
        counts = [str(measure.n), str(measure.n_ok)]
        return [measure.biomarker, measure.measure, *counts, value, measure.tolerance, verdict]

    found = validate(results, truth, min_sensitivity=min_sensitivity, max_false_calls=max_false_calls)
    header = ["biomarker", "measure", "n", "n_ok", "value", "tolerance", "verdict"]
    rows = [header, *(cells(measure) for measure in found.measures)]
    if out == "-":
        widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
        for row in rows:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    else:
        write_text(out, "".join("\t".join(row) + "\n" for row in rows))
    for pair, variant, what in found.particulars:
        click.echo(f"{pair}\t{variant}\t{what}", err=out != "-")
    if not found.ok:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)
