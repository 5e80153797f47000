"""Markdown made of docstrings, rows and examples."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+:`~?([^`]+)`")
_BLOCK = re.compile(r"^\.\. code-block:: (\w+)$")


def prose(text: str) -> str:
    """Return a docstring's words as Markdown, on one line a paragraph."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(_words(paragraph).split()) for paragraph in paragraphs)


def summary(documented: object) -> str:
    """Return the first paragraph of a docstring of its own; empty where it has none."""
    text = documented if isinstance(documented, str) else getattr(documented, "__doc__", None)
    return prose(text or "").split("\n\n", maxsplit=1)[0]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; columns that are empty in all rows are left out."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    kept = [place for place, _ in enumerate(heads) if any(row[place] for row in cells)]
    lines = [[heads[place] for place in kept], ["---"] * len(kept), *([row[i] for i in kept] for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return words that are no Markdown, so that they read as they are."""
    return re.sub(r"([\\`*<>\[\]]|\b_|_\b)", r"\\\1", text)


def code(text: str) -> str:
    """Return a code span."""
    return f"`{text}`"


def block(text: str, language: str = "text") -> str:
    """Return a fenced block, its fence longer than any in the text."""
    runs = re.findall(r"^\s*(`{3,})", text, re.MULTILINE)
    fence = "`" * max(3, *(len(run) + 1 for run in runs)) if runs else "```"
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def page(title: str, *parts: str) -> str:
    """Return a page that says where it comes from."""
    note = "<!-- Written by tests/docs/test_reference.py from the code, and checked by it. -->"
    return "\n\n".join([f"# {title}", note, *(part.strip("\n") for part in parts if part)])


def _words(text: str) -> str:
    return _ROLE.sub(r"``\1``", text).replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
