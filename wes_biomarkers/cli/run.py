"""`wes-biomarkers run`: check everything, then the whole workflow through Nextflow."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from wes_biomarkers.contracts.sheet_cells import path_problem
from wes_biomarkers.errors import EXIT_OK, EXIT_SOME_PAIRS_FAILED, Fault, InputError, ToolError
from wes_biomarkers.io.files import read_text
from wes_biomarkers.io.parameters import Parameter, check_parameters, read_parameters, read_params_file
from wes_biomarkers.launch import pipeline_root

_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
#: Options of the start alone; all others are the pipeline's parameters.
_RUN_OPTIONS = ("profile", "resume", "params_file", "work_dir", "stub", "quick_check", "nextflow_options")


def _option(parameter: Parameter) -> click.Option:
    flag = "--" + parameter.name.replace("_", "-")
    shown = f" [default: {parameter.default}]" if parameter.default not in (None, "", False, True) else ""
    if parameter.type == "boolean":
        return click.Option(
            [f"{flag}/--no-{flag[2:]}", parameter.name], default=None, help=parameter.description
        )
    kind = click.Choice(parameter.choices) if parameter.choices else _TYPES[parameter.type]
    return click.Option([flag, parameter.name], type=kind, default=None, help=parameter.description + shown)


def _make_command() -> click.Command:
    parameters = read_parameters(pipeline_root() / "nextflow_schema.json")
    options: list[click.Parameter] = [_option(parameter) for parameter in parameters]
    options += [
        click.Option(["--profile"], default="local,system", show_default=True,
                     help="Executor (local, slurm) and software (system, conda, docker, singularity)."),
        click.Option(["--resume"], is_flag=True, help="Go on with an interrupted or partly failed run."),
        click.Option(["--params-file"], type=click.Path(path_type=Path), help="Parameters as YAML or JSON."),
        click.Option(["--work-dir"], type=click.Path(path_type=Path),
                     help="Nextflow's work folder [default: OUTDIR/.nextflow-run/work]."),
        click.Option(["--stub"], is_flag=True, help="Run the whole graph without the heavy tools."),
        click.Option(["--quick-check"], is_flag=True, help="Do not read FASTQs to their end first."),
        click.Argument(["nextflow_options"], nargs=-1, type=click.UNPROCESSED),
    ]  # fmt: skip
    return click.Command(
        "run",
        params=options,
        callback=run,
        help="The whole workflow, from samplesheet to tables and report. Options after -- go to Nextflow.",
    )


def run(**options: Any) -> int:
    """Check parameters, inputs, reference, tools and output folder; run; tell what failed.

    Returns:
        0, or 6 when some pairs failed.
    """
    from wes_biomarkers import launch

    context = click.get_current_context()
    quiet = bool((context.obj or {}).get("quiet"))
    root = pipeline_root()
    run_options = {name: options.pop(name) for name in _RUN_OPTIONS}
    parameters = _merge_parameters(root / "nextflow_schema.json", run_options["params_file"], options)
    outdir = Path(parameters["outdir"]).absolute()
    _check_profile(run_options["profile"], run_options["nextflow_options"])
    if run_options["work_dir"] and run_options["work_dir"].exists() and not run_options["work_dir"].is_dir():
        fault = Fault("is not a folder", "Choose another --work-dir.", file=str(run_options["work_dir"]))
        raise InputError([fault])
    _check_inputs(parameters, run_options["quick_check"])
    launch.prepare_outdir(outdir, run_options["resume"])
    with launch.locked(outdir) as lock:
        command, environment = _nextflow(root, outdir, parameters, run_options)
        progress = launch.Progress(sys.stderr, quiet)
        try:
            code = launch.run_nextflow(command, environment, outdir, lock, progress.line)
        finally:
            progress.close()
        failures = launch.read_failures(outdir)
        launch.write_failures(outdir, failures)
        if code != 0:
            raise _tool_error(outdir, failures, command)
        failed, n_pair = launch.failed_pairs(outdir)
    return _say(outdir, failures, failed, n_pair, quiet)


def _merge_parameters(schema: Path, params_file: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value is not None}
    from_file = read_params_file(params_file) if params_file else {}
    parameters = from_file | given
    check_parameters(schema, parameters, str(params_file) if params_file and from_file else "command line")
    faults = []
    for parameter in read_parameters(schema):
        if parameter.format in ("file-path", "directory-path") and parameter.name in parameters:
            path = str(Path(parameters[parameter.name]).absolute())
            parameters[parameter.name] = path
            if problem := path_problem(path):
                remedy = "Rename it, or link to it from another place."
                faults.append(Fault(f"the path {problem}", remedy, column=parameter.name, value=path))
    if faults:
        raise InputError(faults)
    return parameters


def _check_profile(profile: str, nextflow_options: Sequence[str]) -> None:
    """Refuse unknown profiles and missing programs; a site's own configuration (`-- -c FILE`) may bring more."""
    from wes_biomarkers.software import check_programs

    if not {"-c", "-C", "-config"}.intersection(nextflow_options):
        check_programs(profile)


def _check_inputs(parameters: dict[str, Any], quick: bool) -> None:
    from wes_biomarkers.cli.check import check_inputs
    from wes_biomarkers.io.endpoint_rules import read_endpoint_rules

    if parameters.get("exclude"):
        read_text(parameters["exclude"])
    read_endpoint_rules(parameters.get("endpoint_rules"))
    check_inputs(
        Path(parameters["input"]),
        tables={name: parameters.get(name) for name in ("clinical", "toxicity", "assessments")},
        proteomics=(
            parameters.get("proteomics"),
            parameters.get("proteomics_sample"),
            parameters.get("proteomics_settings"),
        ),
        reference=parameters["reference"],
        path_map=[entry for entry in (parameters.get("path_map") or "").split(",") if entry],
        base_dir=parameters.get("input_base"),
        quick=quick,
    )


def _nextflow(
    root: Path, outdir: Path, parameters: dict[str, Any], run_options: dict[str, Any]
) -> tuple[list[str], dict[str, str]]:
    from wes_biomarkers import launch, software

    profiles = run_options["profile"].split(",")
    limits = launch.machine_limits() if "slurm" not in profiles else {}
    params_file = launch.write_parameters(outdir, limits | parameters)
    work = Path(run_options["work_dir"] or outdir / launch.RUN_FOLDER / "work").absolute()
    command = [*software.nextflow_command(), "-log", str(outdir / "pipeline_info" / "nextflow.log")]
    command += ["run", str(root)]
    command += ["-ansi-log", "false", "-profile", run_options["profile"], "-params-file", str(params_file)]
    command += ["-work-dir", str(work)]
    if run_options["resume"] and launch.has_earlier_session(outdir):
        command.append("-resume")
    if run_options["stub"]:
        command.append("-stub-run")
    command += run_options["nextflow_options"]
    return command, software.task_environment()


def _tool_error(outdir: Path, failures: list[Any], command: list[str]) -> ToolError:
    log = outdir / "pipeline_info" / "nextflow.out"
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    if failures:
        last = failures[-1]
        tail = f"{last.process} ({last.tag}), exit {last.exit_code}:\n{last.log_tail}"
    message = f"the workflow stopped. {outdir}/pipeline_info has the logs; --resume goes on"
    return ToolError(message, command, tail)


def _say(outdir: Path, failures: list[Any], failed: list[dict[str, Any]], n_pair: int, quiet: bool) -> int:
    for failure in failures:
        click.echo(f"failed: {failure.process} ({failure.tag}), exit {failure.exit_code}", err=True)
        click.echo(failure.log_tail, err=True)
    for pair in failed:
        click.echo(f"failed pair: {pair['pair_id']}: {pair['reason']}", err=True)
    if failed and len(failed) == n_pair:
        raise ToolError(f"every pair failed; {outdir}/pipeline_info/failures.tsv says where")
    if not quiet:
        click.echo(f"{n_pair - len(failed)} of {n_pair} pairs done", err=True)
        click.echo(f"tables: {outdir / 'cohort'}\nreport: {outdir / 'report' / 'index.html'}", err=True)
    return EXIT_SOME_PAIRS_FAILED if failed else EXIT_OK


command = _make_command()
