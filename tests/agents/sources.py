"""What the sources say of errors: where one is made, with which next step; and every sentence that may be one."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
#: Ours, the plugins', and the one that plugin authors copy; what tests are made of is asked by nobody.
_FOLDERS = ("core/portcall", "plugins", "examples/portcall-harbor/src")
_TESTING = "core/portcall/testing/"
#: Begins and ends like one, and has more than a word.
_SENTENCE = re.compile(r"[A-Za-z{\[].* .*[.?…]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Made:
    """An error under construction.

    Args:
        where: File and line.
        kind: Its class.
        hint: The text of its next step, ``{}`` for what is filled in; ``None`` where none is given.
    """

    where: str
    kind: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, ``{}`` for what is filled in."""

    where: str
    text: str


@cache
def _nodes() -> dict[str, tuple[ast.AST, ...]]:
    """Return what each file consists of."""
    files = [file for folder in _FOLDERS for file in sorted((_ROOT / folder).rglob("*.py"))]
    named = {str(file.relative_to(_ROOT)): file.read_text(encoding="utf-8") for file in files}
    return {
        name: tuple(ast.walk(ast.parse(text)))
        for name, text in named.items()
        if not name.startswith(_TESTING) and ("Error(" in text or "hint" in text)
    }


@cache
def error_classes() -> dict[str, frozenset[str]]:
    """Return :class:`PortcallError` and all that is derived from it, by name, each with those above it."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for nodes in _nodes().values()
        for node in nodes
        if isinstance(node, ast.ClassDef)
    }
    known = {"PortcallError": frozenset[str]()}
    while more := {name: above & known.keys() for name, above in bases.items() if name not in known}:
        found = {name: frozenset(above) for name, above in more.items() if above}
        if not found:
            break
        known |= found
    return known


@cache
def errors_made() -> tuple[Made, ...]:
    """Return every place where an error is made."""
    return tuple(made for name, nodes in _nodes().items() for made in _made_in(name, nodes))


def _made_in(name: str, nodes: tuple[ast.AST, ...]) -> Iterator[Made]:
    texts = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in error_classes():
            given = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            hint = _text(given[0], texts) if given else None
            yield Made(f"{name}:{node.lineno}", node.func.id, hint)


@cache
def sentences() -> tuple[Said, ...]:
    """Return every sentence outside docstrings: hints are among them, wherever they were put together."""
    return tuple(said for name, nodes in _nodes().items() for said in _said_in(name, nodes))


def _said_in(name: str, nodes: tuple[ast.AST, ...]) -> Iterator[Said]:
    passed_over: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr):  # a docstring
            passed_over.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            passed_over.update(map(id, node.values))
        if id(node) not in passed_over and isinstance(node, ast.Constant | ast.JoinedStr):
            text = _text(node, {}) or ""
            if _SENTENCE.fullmatch(text.strip()):
                yield Said(f"{name}:{node.lineno}", text)


def _text(node: ast.expr, texts: dict[str, ast.expr]) -> str | None:
    """Return what an expression says, as far as it can be read: its shortest outcome counts."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value, {}) or "{}" for value in values)
        case ast.IfExp(body=one, orelse=other):
            return min((_text(one, texts) or "", _text(other, texts) or ""), key=len)
        case ast.Name(id=name) if name in texts:
            return _text(texts[name], {})
        case _:
            return "{}"  # a name, a call: whatever it is, it is given
