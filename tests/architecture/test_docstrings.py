"""Every public module, class, function and method says what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wes_biomarkers"
MODULES = sorted(PACKAGE.rglob("*.py"))
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def undocumented(source: str) -> list[str]:
    """Public names without docstring; of a private class its public methods too, as other code calls them."""
    tree = ast.parse(source)
    missing = [] if ast.get_docstring(tree) else ["the module"]
    return missing + [name for name, node in _members(tree) if not ast.get_docstring(node)]


def _members(
    node: ast.Module | ast.ClassDef, within: str = ""
) -> Iterator[tuple[str, FUNCTION | ast.ClassDef]]:
    for child in node.body:
        if isinstance(child, FUNCTION | ast.ClassDef) and not child.name.startswith("_"):
            yield within + child.name, child
        if isinstance(child, ast.ClassDef):
            yield from _members(child, f"{within}{child.name}.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_documented(path):
    assert undocumented(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x = 1", "the module"),
        ('"""m"""\ndef f():\n    return 1', "f"),
        ('"""m"""\nasync def f():\n    return 1', "f"),
        ('"""m"""\nclass C:\n    x: int', "C"),
        ('"""m"""\nclass C:\n    """c"""\n    def f(self):\n        return 1', "C.f"),
        ('"""m"""\nclass _C:\n    @property\n    def f(self):\n        return 1', "_C.f"),
    ],
)
def test_a_missing_docstring_would_be_seen(source, name):
    assert undocumented(source) == [name]


def test_private_names_need_none():
    assert (
        undocumented(
            '"""m"""\ndef _f():\n    return 1\n\nclass _C:\n    def __len__(self):\n        return 1'
        )
        == []
    )
