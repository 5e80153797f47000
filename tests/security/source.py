"""The source that is shipped, read as a tree: for what must nowhere be done."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the gateway and its plugins, by path; the fake registry is another program."""
    folders = (ROOT / "core" / "portcall", ROOT / "plugins")
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    shipped = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for name, path in shipped.items()
        if not name.startswith("core/portcall/testing/")
    }


def imported() -> Iterator[tuple[str, str]]:
    """Yield every module that is imported, or taken from another, with the file that does so."""
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def called() -> Iterator[tuple[str, str]]:
    """Yield the last name of everything that is called (``tar.extractall()``: ``extractall``), with the file."""
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield file, name


def written() -> Iterator[tuple[str, str]]:
    """Yield every text constant, with the file that it stands in."""
    for file, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield file, node.value
