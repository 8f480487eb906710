"""Help answers at once: it imports nothing heavy. Measured on the process itself, not by a clock."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wes_biomarkers.cli.main import COMMANDS, HIDDEN_COMMANDS

#: What the package depends on, by import name, beside click.
HEAVY = (
    *("numpy", "pandas", "pyarrow", "scipy", "allel", "cyvcf2", "pysam", "pyranges", "Bio", "lifelines"),
    *(
        "altair",
        "vl_convert",
        "multiqc",
        "jinja2",
        "openpyxl",
        "isal",
        "jsonschema",
        "yaml",
        "rich",
        "matplotlib",
    ),
)

_PROGRAM = """
import json, sys
from wes_biomarkers.cli.main import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as stop:
    print(json.dumps([stop.code, sorted(name for name in sys.modules if "." not in name)]))
"""


def modules_after(*words: str) -> set[str]:
    command = [sys.executable, "-c", _PROGRAM, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, names = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    return set(names)


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), *((name, "--help") for name in (*COMMANDS, *HIDDEN_COMMANDS))],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(words):
    assert modules_after(*words).isdisjoint(HEAVY)


def test_heavy_names_are_those_of_the_package():
    """Each name above can be imported here, so that a misspelt one does not pass for absent."""
    from importlib.util import find_spec

    assert [name for name in HEAVY if find_spec(name) is None] == []
