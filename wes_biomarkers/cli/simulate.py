"""`wes-biomarkers simulate`: a trial with known truth."""

from __future__ import annotations

import sys

import click

from wes_biomarkers.errors import Fault, InputError


@click.command()
@click.option("--level", required=True, help="How deep the simulation starts: reads or tables.")
@click.option("-o", "--out", required=True, type=click.Path(), help="A new or empty folder.")
@click.option("--patients", type=int, help="Number of patients.  [default: 8 from reads, 200 as tables]")
@click.option("--seed", type=int, help="The same seed gives the same bytes.  [default: 1]")
@click.option("--params", type=click.Path(), help="TOML file that changes the simulation's parameters.")
@click.option("--processes", type=int, help="From reads: samples made at a time.  [default: one a core]")
@click.option("--variants", type=int, help="As tables: mean number of variants a pair.  [default: 20]")
@click.option("--null", "no_effect", is_flag=True, help="As tables: nothing acts on any outcome.")
@click.pass_context
def command(
    ctx: click.Context,
    level: str,
    out: str,
    patients: int | None,
    seed: int | None,
    params: str | None,
    processes: int | None,
    variants: int | None,
    no_effect: bool,
) -> None:
    """Make a simulated trial with the truth behind it: from reads on, or straight as cohort tables."""
    changes = {"n_patient": patients, "seed": seed}
    given = {name: value for name, value in changes.items() if value is not None}
    quiet = bool((ctx.obj or {}).get("quiet"))
    if level == "tables":
        _refuse({"--processes": processes is not None}, "reads")
        if variants is not None:
            given["variants_per_patient"] = variants
        n_patient = _simulate_tables(out, params, given, no_effect)
    elif level == "reads":
        _refuse({"--variants": variants is not None, "--null": no_effect}, "tables")
        n_patient = _simulate_reads(out, params, given, processes, quiet)
    else:
        raise InputError(f"no simulation at level {level!r}", "This version knows --level reads and tables.")
    if not quiet:
        click.echo(f"simulated trial of {n_patient} patient{'s' * (n_patient != 1)}: {out}", err=True)


def _refuse(options: dict[str, bool], level: str) -> None:
    faults = [
        Fault(f"{name} is an option of --level {level}", f"Leave {name} out.")
        for name, is_given in options.items()
        if is_given
    ]
    if faults:
        raise InputError(faults)


def _simulate_reads(
    out: str, params: str | None, given: dict[str, int], processes: int | None, quiet: bool
) -> int:
    """Simulate from reads on; returns the number of patients."""
    import os
    from dataclasses import replace

    from wes_biomarkers.simulate.parameters import Parameters, read_parameters
    from wes_biomarkers.simulate.trial import simulate_reads

    def progress(done: int, total: int) -> None:
        """Keep one line of a terminal up to date."""
        if not quiet and sys.stderr.isatty():
            click.echo(f"\rsample {done} of {total}" + ("\n" if done == total else ""), nl=False, err=True)

    parameters = Parameters() if params is None else read_parameters(params)
    parameters = replace(parameters, **given)  # type: ignore[arg-type]
    simulate_reads(parameters, out, n_process=processes or os.cpu_count() or 1, progress=progress)
    return parameters.n_patient


def _simulate_tables(out: str, params: str | None, given: dict[str, int], no_effect: bool) -> int:
    """Simulate cohort tables; returns the number of patients."""
    from dataclasses import replace

    from wes_biomarkers.simulate.parameters import changed_by
    from wes_biomarkers.simulate.tables.cohort import simulate_tables
    from wes_biomarkers.simulate.tables.parameters import TableParameters, without_effects

    parameters = TableParameters() if params is None else changed_by(TableParameters(), params)
    parameters = replace(parameters, **given)  # type: ignore[arg-type]
    simulate_tables(without_effects(parameters) if no_effect else parameters, out)
    return parameters.n_patient
