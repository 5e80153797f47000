"""What is written below the attributes of a class, and its module's names."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise


@cache
def attribute_docs(kind: type) -> dict[str, str]:
    """Return the docstrings below a class's attributes, its bases' among them."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.partition(".")[0] not in {"builtins", "typing", "abc", "pydantic", "enum"}:
            found |= _own(each)
    return found


def _own(kind: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    return _documented(tree.body)


@cache
def module_docs(module: str) -> dict[str, str]:
    """Return what is written below the assignments of a module, by its name."""
    import importlib

    return _documented(ast.parse(inspect.getsource(importlib.import_module(module))).body)


def _documented(body: list[ast.stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement, after in pairwise(body):
        if (
            isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            for name in _assigned(statement):
                found[name] = after.value.value
    return found


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign):
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    else:
        return []
    return [target.id for target in targets if isinstance(target, ast.Name)]
