"""Features, statistics, contracts and plots compute alone: no files, no clock, no chance but by an argument."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wes_biomarkers"
PURE = sorted(
    path
    for layer in ("contracts", "features", "neoantigens", "stats", "plots")
    for path in (PACKAGE / layer).rglob("*.py")
    if path != PACKAGE / "plots" / "save.py"  # the one module that writes pictures
)

#: Modules that reach outside the process, or hide a state.
FORBIDDEN_MODULES = {
    *("os", "io", "pathlib", "shutil", "tempfile", "glob", "subprocess", "socket", "urllib", "gzip", "bz2"),
    *("lzma", "zipfile", "tarfile", "csv", "tomllib", "sqlite3", "mmap", "time", "random", "secrets"),
    *("importlib", "cyvcf2", "pysam", "openpyxl", "yaml", "click"),
}
#: Calls by their last names: files, the clock.
FORBIDDEN_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "now", "today", "utcnow"),
    *("read_csv", "read_table", "read_excel", "read_parquet", "read_bed", "to_csv", "to_parquet", "to_json"),
    *("loadtxt", "savetxt", "genfromtxt", "fromfile", "tofile", "memmap", "getenv", "input", "print"),
}
#: Random generators need their seed.
SEEDED_CALLS = {"default_rng", "RandomState", "Random", "SeedSequence", "PCG64"}


def impurities(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                if name.split(".")[0] in FORBIDDEN_MODULES:
                    found.append(f"line {node.lineno} imports {name}")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last = name.split(".")[-1]
            is_unseeded = last in SEEDED_CALLS and not (node.args or node.keywords)
            is_global = name in (f"np.random.{last}", f"numpy.random.{last}") and last not in SEEDED_CALLS
            if last in FORBIDDEN_CALLS or is_unseeded or is_global:
                found.append(f"line {node.lineno} calls {name}")
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pure(path):
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(path):\n    return open(path).read()",
        "def f(path):\n    from pathlib import Path",
        "import gzip",
        "def f(path):\n    return path.read_text()",
        "import datetime\n\ndef f():\n    return datetime.date.today()",
        "import datetime\n\ndef f():\n    return datetime.datetime.now()",
        "import time",
        "from random import choice",
        "import numpy as np\nrng = np.random.default_rng()",
        "import numpy as np\nx = np.random.normal(3)",
        "import pandas as pd\nx = pd.read_csv('a')",
    ],
)
def test_an_impurity_would_be_seen(source):
    assert impurities(source)


def test_seeded_chance_and_given_days_are_pure():
    source = "import numpy as np\nimport datetime\n\ndef f(seed, day: datetime.date):\n    "
    assert impurities(source + "return np.random.default_rng(seed).normal(), day.isoformat()") == []
