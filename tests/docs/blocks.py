"""The code blocks of a Markdown file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^(?P=indent)(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block, and the line it begins at; a title is the name of a file."""

    language: str
    text: str
    line: int
    title: str = ""

    def __str__(self) -> str:
        return f"{self.language}, line {self.line}"


def blocks_in(name: str) -> list[Block]:
    """Return the blocks of a file of the repository, in order."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [
        Block(
            match["language"],
            re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            text.count("\n", 0, match.start()) + 1,
            match["title"] or "",
        )
        for match in _BLOCK.finditer(text)
    ]


def without_blocks(name: str) -> str:
    """Return the words of a file of the repository alone."""
    return _BLOCK.sub("", (ROOT / name).read_text(encoding="utf-8"))


def blocks_of(name: str, language: str) -> list[Block]:
    """Return the blocks of one language in a file of the repository, in order."""
    return [block for block in blocks_in(name) if block.language == language]
