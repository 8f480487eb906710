"""A layer imports only from those before it, no module imports itself in a ring, and none grows too large."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wes_biomarkers"
#: The dependency rule: each module or package may import from its own layer and those before it.
LAYERS = (
    ("contracts", "errors", "provenance"),
    ("features", "neoantigens", "stats"),
    ("io", "definitions"),
    ("associate", "cohort", "join", "launch", "pair", "query", "reference", "simulate", "software", "study"),
    ("plots", "report", "serve"),
    ("cli", "__main__"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MAX_MODULE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 400, 80, 8


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports_of(module: str, tree: ast.AST, known: set[str]) -> set[str]:
    """The package's own modules that a module imports anywhere in it, by their full names."""
    found = set()
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = module.split(".")[: -node.level]
                base = ".".join([*parent, base] if base else parent)
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            while name and name not in known:
                name = name.rpartition(".")[0]
            found.add(name)
    return {name for name in found if name.startswith("wes_biomarkers.") and name != module}


def layer_of(module: str) -> str:
    return module.split(".")[1]


def breaches(trees: dict[str, ast.AST]) -> list[str]:
    known = set(trees) | {"wes_biomarkers"}
    return [
        f"{module} imports {imported}"
        for module, tree in trees.items()
        if module != "wes_biomarkers"
        for imported in sorted(imports_of(module, tree, known))
        if RANK[layer_of(imported)] > RANK[layer_of(module)]
    ]


def test_every_module_has_a_layer():
    assert {layer_of(name) for name in MODULES if "." in name} <= set(RANK)
    assert len(RANK) == sum(map(len, LAYERS))


def test_a_layer_imports_only_from_its_left():
    assert breaches(TREES) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("features.tmb", "from wes_biomarkers.io.vcf import read_variants"),
        ("features.tmb", "import wes_biomarkers.io.vcf"),
        ("contracts.record", "def late():\n    from wes_biomarkers.io import vcf"),
        ("io.vcf", "from wes_biomarkers import cohort"),
        ("stats.survival", "from ..plots import survival"),
        ("report.page", "from wes_biomarkers.cli.main import main"),
    ],
)
def test_a_breach_would_be_seen(module, line):
    assert len(breaches(TREES | {f"wes_biomarkers.{module}": ast.parse(line)})) == 1


def test_no_ring_of_imports():
    known = set(MODULES)
    graph = {name: imports_of(name, tree, known) for name, tree in TREES.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"ring of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("name", MODULES)
def test_sizes(name):
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            n_parameter = sum(argument.arg not in ("self", "cls") for argument in arguments)
            assert n_parameter <= MAX_PARAMETERS or is_command(node), (
                f"{name}.{node.name} takes {n_parameter}"
            )
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, (
                f"{name}.{node.name} is too long"
            )


def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command of the command line has a parameter for each of its options."""
    return any("command" in ast.unparse(decorator) for decorator in node.decorator_list)
