"""R's answers: recorded beside the script that gives them, and given again where R is installed."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "r"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.R"))


def recorded(name: str) -> Any:
    """What tests/r/NAME.R printed when it was recorded in tests/r/NAME.json."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def data(name: str) -> Path:
    """A table that R and we read: tests/r/data/NAME."""
    return FOLDER / "data" / name


@cache
def missing_packages(name: str) -> tuple[str, ...]:
    """What this machine lacks to run the script: R itself, or packages of its `# packages:` line."""
    if shutil.which("Rscript") is None:
        return ("R",)
    first = (FOLDER / f"{name}.R").read_text(encoding="utf-8").splitlines()[0]
    packages = first.removeprefix("# packages:").split()
    code = "for (p in commandArgs(TRUE)) if (!requireNamespace(p, quietly=TRUE)) cat(p, '')"
    done = subprocess.run(["Rscript", "-e", code, *packages], capture_output=True, text=True, check=True)
    return tuple(done.stdout.split())


def run(name: str) -> Any:
    """What the script prints now."""
    done = subprocess.run(
        ["Rscript", f"{name}.R"], cwd=FOLDER, capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)


def differences(old: Any, new: Any, place: str = "") -> list[str]:
    """Where two answers differ by more than 1e-7 of their size."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys():
            return [f"{place}: other names"]
        return [fault for key in old for fault in differences(old[key], new[key], f"{place}.{key}")]
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return [f"{place}: other length"]
        return [
            fault
            for i, (a, b) in enumerate(zip(old, new, strict=True))
            for fault in differences(a, b, f"{place}[{i}]")
        ]
    if isinstance(old, int | float) and isinstance(new, int | float):
        return [] if math.isclose(old, new, rel_tol=1e-7, abs_tol=1e-9) else [f"{place}: {old} and {new}"]
    return [] if old == new else [f"{place}: {old!r} and {new!r}"]
