"""`wes-biomarkers simulate`: a trial with known truth."""

from __future__ import annotations

import sys

import click

from wes_biomarkers.errors import InputError


@click.command()
@click.option("--level", required=True, help="How deep the simulation starts: reads.")
@click.option("-o", "--out", required=True, type=click.Path(), help="A new or empty folder.")
@click.option("--patients", type=int, help="Number of sequenced patients.  [default: 8]")
@click.option("--seed", type=int, help="The same seed gives the same bytes.  [default: 1]")
@click.option("--params", type=click.Path(), help="TOML file that changes the simulation's parameters.")
@click.option("--processes", type=int, help="Samples made at a time.  [default: one a core]")
@click.pass_context
def command(
    ctx: click.Context,
    level: str,
    out: str,
    patients: int | None,
    seed: int | None,
    params: str | None,
    processes: int | None,
) -> None:
    """Make a simulated trial: reference, reads, samplesheet, clinical tables, and the truth behind them."""
    import os
    from dataclasses import replace

    from wes_biomarkers.simulate.parameters import Parameters, read_parameters
    from wes_biomarkers.simulate.trial import simulate_reads

    if level != "reads":
        raise InputError(f"no simulation at level {level!r}", "This version knows --level reads.")
    parameters = Parameters() if params is None else read_parameters(params)
    if patients is not None:
        parameters = replace(parameters, n_patient=patients)
    if seed is not None:
        parameters = replace(parameters, seed=seed)
    quiet = bool((ctx.obj or {}).get("quiet"))

    def progress(done: int, total: int) -> None:
        """Keep one line of a terminal up to date."""
        if not quiet and sys.stderr.isatty():
            click.echo(f"\rsample {done} of {total}" + ("\n" if done == total else ""), nl=False, err=True)

    simulate_reads(parameters, out, n_process=processes or os.cpu_count() or 1, progress=progress)
    if not quiet:
        click.echo(f"simulated trial of {parameters.n_patient} patients: {out}", err=True)
