"""`wes-biomarkers doctor`: every program and package, its version, and the remedy for what is missing."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.errors import EXIT_OK, EXIT_TOOL

if TYPE_CHECKING:
    from wes_biomarkers.software import Found

#: What the demonstration run asks of a machine, in GB: less is said, but stops nothing.
MEMORY_GB = 6.0
DISK_GB = 10.0

_COLOURS = {"ok": "green", "missing": "red", "broken": "red", "too old": "red", "too new": "red"}


def _memory_gb() -> float | None:
    """The memory this process may use, in GB: the machine's, or its control group's limit where lower."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return min(total, int(text) if text.isdigit() else total) / 1e9


def _machine() -> dict[str, Any]:
    disk = shutil.disk_usage(os.getcwd())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = _memory_gb()
    return {
        "cores": cores,
        "memory_gb": None if memory is None else round(memory, 1),
        "disk_free_gb": round(disk.free / 1e9, 1),
        "folder_writable": os.access(os.getcwd(), os.W_OK),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def _machine_lines(machine: dict[str, Any]) -> list[str]:
    memory, disk = machine["memory_gb"], machine["disk_free_gb"]
    low_memory = (
        "" if memory is None or memory >= MEMORY_GB else f" (the demonstration wants {MEMORY_GB:g} GB)"
    )
    low_disk = "" if disk >= DISK_GB else f" (the demonstration wants {DISK_GB:g} GB)"
    return [
        f"Python {machine['python']}, {machine['cores']} cores",
        f"memory: {'unknown' if memory is None else f'{memory:g} GB'}{low_memory}",
        f"free disk in this folder: {disk:g} GB{low_disk}"
        + ("" if machine["folder_writable"] else "; this folder cannot be written"),
    ]


def _table(findings: Sequence[Found]) -> list[str]:
    head = ("name", "version", "wanted", "need", "status", "origin", "remedy or path")
    rows = [
        (
            found.name,
            found.version or "-",
            found.minimum if not found.minimum[:1].isdigit() else f">={found.minimum}",
            "required" if found.required else "optional",
            found.status,
            found.origin or "-",
            found.remedy or found.path or "",
        )
        for found in findings
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if row is not head:
            cells[4] = click.style(cells[4], fg=_COLOURS[row[4]])
        lines.append("  ".join(cells).rstrip())
    return lines


def _bundle_line(reference: str) -> tuple[str, dict[str, Any]]:
    """One line about a reference bundle, and the same as data.

    Raises:
        InputError, ReferenceMismatchError: when the bundle cannot be used.
    """
    from wes_biomarkers.io.bundle import read_bundle

    bundle = read_bundle(reference)
    data = {
        "path": reference,
        "build": bundle.build,
        "synthetic": bundle.synthetic,
        "targets": list(bundle.targets),
    }
    kind = " (synthetic)" if bundle.synthetic else ""
    return (
        f"reference {reference}: build {bundle.build}{kind}, targets {', '.join(bundle.targets) or 'none'}",
        data,
    )


@click.command("doctor")
@click.option("--reference", metavar="DIR", help="Also look at this reference bundle.")
@click.option(
    "--profile",
    default="local,system",
    show_default=True,
    help="Executor (local, slurm) and software (system, conda, docker, singularity).",
)
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
@click.option("-o", "--out", metavar="FILE", help="Write there instead of to stdout; `-` is stdout.")
def command(reference: str | None, profile: str, as_json: bool, out: str | None) -> int:
    """What is installed, in which version and from where, and how to get what is missing.

    Exit code 4 when a required program or package is missing or has the wrong version.
    """
    from wes_biomarkers import software
    from wes_biomarkers.errors import WesError
    from wes_biomarkers.io.files import write_text

    tools, machine = software.find_tools(profile), _machine()
    packages = [*software.find_packages(), software.find_signatures(), *software.find_predictors()]
    bundle_error: WesError | None = None
    bundle_line, bundle_data = "", None
    if reference is not None:
        try:
            bundle_line, bundle_data = _bundle_line(reference)
        except WesError as error:
            bundle_error = error
    bad = [found for found in [*tools, *packages] if found.stops]
    if as_json:
        data = {
            "schema": "wes_biomarkers.doctor/1",
            "ok": not bad and bundle_error is None,
            "profile": ",".join(software.split_profile(profile)),
            "tools": [found.as_dict() for found in tools],
            "packages": [found.as_dict() for found in packages],
            "machine": machine,
            "reference": bundle_data,
        }
        text = json.dumps(data, indent=2) + "\n"
    else:
        place = software.home()
        lines = [
            *_table([*tools, *packages]),
            "",
            f"set-up: {place or 'none; run bin/setup'} (newest Nextflow tried: {software.NEXTFLOW_TRIED})",
            *_machine_lines(machine),
            *([bundle_line] if bundle_line else []),
            "all well"
            if not bad
            else "not ready: " + ", ".join(f"{found.name} {found.status}" for found in bad),
        ]
        text = "\n".join(lines) + "\n"
    if out in (None, "-"):
        click.echo(text, nl=False)
    else:
        write_text(str(out), click.unstyle(text))
    if bundle_error is not None:
        raise bundle_error
    return EXIT_TOOL if bad else EXIT_OK
