"""The programs this project uses: where each one is, which version, and how to get what is missing.

They are declared once, in definitions/software.tsv, which `bin/setup` reads too. `bin/setup` puts what it
makes into one folder, the home: `$WES_BIOMARKERS_HOME`, or `.wes` in the checkout.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError, ToolError
from wes_biomarkers.io.files import packaged_text

#: Software profile -> kinds of tool it needs beside the Python environment. Nextflow itself is always needed.
SOFTWARE_PROFILES: dict[str, tuple[str, ...]] = {
    "system": ("apt", "build"),
    "conda": ("conda",),
    "docker": ("docker",),
    "singularity": ("singularity",),
}
#: Executor profile -> kinds of tool it needs.
EXECUTOR_PROFILES: dict[str, tuple[str, ...]] = {"local": (), "slurm": ("slurm",)}
#: Kinds of which any one program will do.
ALTERNATIVES = ("conda", "singularity")
#: The Java that Nextflow 25.04 no longer starts on; bin/setup has the same bound.
JAVA_BELOW = "25"
#: The newest Nextflow this project was run with.
NEXTFLOW_TRIED = "25.04.4"

_VERSIONS = (re.compile(r"[0-9]+(?:\.[0-9]+)+"), re.compile(r'(?<=")[0-9]+'))
_SECONDS = 60


@dataclass(frozen=True)
class Tool:
    """A program as declared: `minimum` is empty where any version will do."""

    name: str
    command: tuple[str, ...]
    minimum: str
    kind: str
    required: bool
    packages: tuple[str, ...]
    purpose: str


@dataclass(frozen=True)
class Found:
    """What was found of a program or Python package. `status` is ok, missing, broken, too old or too new."""

    name: str
    required: bool
    minimum: str
    purpose: str
    status: str
    version: str | None = None
    path: str | None = None
    origin: str = ""
    remedy: str = ""

    @property
    def stops(self) -> bool:
        """Whether the pipeline cannot run like this."""
        return self.required and self.status != "ok"

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON types."""
        return asdict(self)


@cache
def read_tools() -> tuple[Tool, ...]:
    """All declared programs, in the order of the file."""
    lines = packaged_text("software.tsv").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")][1:]
    return tuple(
        Tool(
            name=name,
            command=tuple(command.split()),
            minimum="" if minimum == "-" else minimum,
            kind=kind,
            required=need == "required",
            packages=() if packages == "-" else tuple(packages.split()),
            purpose=purpose,
        )
        for name, command, minimum, kind, need, packages, purpose in rows
    )


def parse_version(text: str) -> str | None:
    """The version in what a program prints: its first dotted number, or else a quoted one (`java -version`).

    >>> parse_version("samtools 1.16.1"), parse_version('openjdk version "21" 2023-09-19')
    ('1.16.1', '21')
    """
    said = "\n".join(line for line in text.splitlines() if not line.startswith("Picked up "))
    matches = [match.group() for pattern in _VERSIONS if (match := pattern.search(said))]
    return matches[0] if matches else None


def version_key(version: str) -> tuple[int, ...]:
    """Numbers to compare two versions by, without trailing zeros.

    >>> version_key("1.9") < version_key("1.16"), version_key("17") == version_key("17.0")
    (True, True)
    """
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def home() -> Path | None:
    """The folder `bin/setup` made, or None when there is none."""
    named = os.environ.get("WES_BIOMARKERS_HOME")
    places = (
        [Path(named)] if named else [Path(sys.prefix).parent, Path(__file__).resolve().parents[1] / ".wes"]
    )
    return next((place.absolute() for place in places if (place / "jvm").is_dir()), None)


def task_environment() -> dict[str, str]:
    """The environment for Nextflow and its tasks: this installation's commands first, then the user's PATH.

    PYTHONPATH and PYTHONHOME are dropped, since they belong to another Python.
    """
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    place = home()
    own = [] if place is None else [str(place / "bin")]
    if place is None or not (place / "bin" / "wes-biomarkers").exists():
        own.append(str(Path(sys.executable).parent))
    if place is not None:
        env["WES_BIOMARKERS_HOME"] = str(place)
    users = [part for part in env.get("PATH", os.defpath).split(os.pathsep) if part and part not in own]
    env["PATH"] = os.pathsep.join(own + users)
    return env


def _run_version(command: Iterable[str], env: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            list(command),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(done.stdout.decode("utf-8", "replace"))


@cache
def _users_nextflow() -> tuple[str, str] | None:
    """A suitable Nextflow of the user's own, as (path, version)."""
    env, place, minimum = task_environment(), home(), _tool("nextflow").minimum
    own = place / "bin" if place else None
    path = os.pathsep.join(p for p in env["PATH"].split(os.pathsep) if own is None or Path(p) != own)
    command = os.environ.get("WES_BIOMARKERS_NEXTFLOW") or shutil.which("nextflow", path=path)
    if command is None:
        return None
    version = _run_version([command, "-v"], env)
    if version is None or version_key(version) < version_key(minimum):
        return None
    return command, version


def nextflow_command() -> list[str]:
    """The Nextflow to start: the user's own on PATH when it is new enough, else the one of `bin/setup`.

    `$WES_BIOMARKERS_NEXTFLOW` names another one. Run it with `task_environment()`.

    Raises:
        ToolError: when there is none.
    """
    users, place = _users_nextflow(), home()
    if users is not None:
        return [users[0]]
    if named := os.environ.get("WES_BIOMARKERS_NEXTFLOW"):
        raise ToolError(f"WES_BIOMARKERS_NEXTFLOW={named} is not a Nextflow that starts and is new enough.")
    if place is not None and (place / "bin" / "nextflow").exists():
        return [str(place / "bin" / "nextflow")]
    raise ToolError(
        f"Nextflow {_tool('nextflow').minimum} or newer is missing. {_remedy(_tool('nextflow'))}."
    )


def _tool(name: str) -> Tool:
    return next(tool for tool in read_tools() if tool.name == name)


def _remedy(tool: Tool) -> str:
    if tool.kind in ("jvm", "venv"):
        return "Run bin/setup"
    if tool.kind in ("apt", "java", "build"):
        return f"Run bin/setup, or install the package {' '.join(tool.packages)}"
    return f"Ask the administrator for {tool.name}, or take another profile"


def _origin(path: str) -> str:
    place = home()
    if place is not None and Path(path).is_relative_to(place):
        return "set-up"
    return "environment" if Path(path).is_relative_to(sys.prefix) else "PATH"


def find_tool(tool: Tool) -> Found:
    """Where a program is, its version, and whether it will do."""
    env, place = task_environment(), home()
    path: str | None = shutil.which(tool.command[0], path=env["PATH"])
    version: str | None = None
    if tool.name == "nextflow" and (users := _users_nextflow()):
        path, version = users
    elif tool.kind == "java" and place is not None and (place / "jvm" / "java").exists():
        path = str(place / "jvm" / "java")
    common = {"name": tool.name, "required": tool.required, "minimum": tool.minimum, "purpose": tool.purpose}
    if path is None:
        return Found(**common, status="missing", remedy=_remedy(tool))  # type: ignore[arg-type]
    if tool.kind == "venv":
        version = _package_version(tool.name)
    elif version is None:
        version = _run_version([path, *tool.command[1:]], env)
    if version is None and tool.minimum:
        status = "broken"
    elif version and version_key(version) < version_key(tool.minimum):
        status = "too old"
    elif version and tool.kind == "java" and version_key(version) >= version_key(JAVA_BELOW):
        status = "too new"
    else:
        status = "ok"
    return Found(
        **common,  # type: ignore[arg-type]
        status=status,
        version=version,
        path=path,
        origin=_origin(path),
        remedy="" if status == "ok" else _remedy(tool),
    )


def split_profile(profile: str) -> tuple[str, str]:
    """The executor and the software of a profile such as `slurm,singularity`; `local,system` where unsaid.

    Raises:
        InputError: for a name that is neither, or two of one kind.
    """
    names = [name.strip() for name in profile.split(",") if name.strip()]
    executors = [name for name in names if name in EXECUTOR_PROFILES]
    software = [name for name in names if name in SOFTWARE_PROFILES]
    if len(executors) > 1 or len(software) > 1 or len(executors) + len(software) < len(names):
        known = f"{', '.join(EXECUTOR_PROFILES)}; software: {', '.join(SOFTWARE_PROFILES)}"
        raise InputError(
            [Fault("not a profile", f"Give at most one executor and one software: {known}.", value=profile)]
        )
    return (executors or ["local"])[0], (software or ["system"])[0]


def find_tools(profile: str = "local,system") -> list[Found]:
    """Every program a profile needs, as found on this machine.

    Raises:
        InputError: for an unknown profile.
    """
    executor, software = split_profile(profile)
    kinds = {*SOFTWARE_PROFILES[software], *EXECUTOR_PROFILES[executor], "java", "venv"}
    wanted = [
        tool
        for tool in read_tools()
        if tool.kind in kinds or tool.name == "nextflow" or (tool.kind == "jvm" and software == "system")
    ]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(zip(wanted, pool.map(find_tool, wanted), strict=True))
    chosen: list[Found] = []
    for tool, finding in found:
        if tool.kind in ALTERNATIVES:
            same = [other for kin, other in found if kin.kind == tool.kind]
            if finding is not next((other for other in same if other.status == "ok"), same[0]):
                continue
        chosen.append(finding)
    return chosen


def check_programs(profile: str) -> None:
    """See that the programs of a `local,system` run are on PATH (their versions: `doctor`); quick.

    Raises:
        ToolError: naming every one that is missing and how to get it.
    """
    if split_profile(profile) != ("local", "system"):
        return
    path = task_environment()["PATH"]
    wanted = (tool for tool in read_tools() if tool.required and tool.kind in ("apt", "jvm", "venv"))
    missing = [
        tool for tool in wanted if tool.name != "nextflow" and not shutil.which(tool.command[0], path=path)
    ]
    if missing:
        lines = [f"{tool.name} is missing ({tool.purpose}). {_remedy(tool)}." for tool in missing]
        raise ToolError("\n".join(lines))


def _package_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def find_packages() -> list[Found]:
    """Every Python package this one asks for, as installed; its development extras are left out."""
    try:
        requirements = metadata.requires("wes-biomarkers") or []
    except metadata.PackageNotFoundError:
        requirements = []
    found = []
    for requirement in requirements:
        match = re.match(r"([A-Za-z0-9._-]+)\s*([^;]*)", requirement)
        if match is None or "extra ==" in requirement:
            continue
        name, limits = match.group(1), match.group(2).strip()
        version = _package_version(name)
        status = "missing" if version is None else _limit_status(version, limits)
        found.append(
            Found(
                name=name,
                required=True,
                minimum=limits,
                purpose="Python package",
                status=status,
                version=version,
                origin="environment" if version else "",
                remedy="" if status == "ok" else "Run bin/setup",
            )
        )
    return sorted(found, key=lambda finding: finding.name)


def find_signatures() -> Found:
    """COSMIC's reference signatures, as `feature signatures` finds them."""
    from wes_biomarkers.io.signature_tables import signature_file

    try:
        path = signature_file("SBS")
    except InputError:
        path = None
    return Found(
        name="cosmic-signatures",
        required=True,
        minimum="",
        purpose="reference signatures",
        status="missing" if path is None else "ok",
        version=None if path is None else parse_version(path.name),
        path=None if path is None else str(path.parent),
        origin="" if path is None else _origin(str(path)),
        remedy="Run bin/setup" if path is None else "",
    )


def _limit_status(version: str, limits: str) -> str:
    for sign, bound in re.findall(r"(>=|<)\s*([0-9.]+)", limits):
        if sign == ">=" and version_key(version) < version_key(bound):
            return "too old"
        if sign == "<" and version_key(version) >= version_key(bound):
            return "too new"
    return "ok"
