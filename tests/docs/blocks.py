"""The code blocks of a Markdown file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block, and the line it begins at."""

    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.language}, line {self.line}"


def blocks_of(name: str, language: str) -> list[Block]:
    """Return the blocks of one language in a file of the repository's root, in order."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = (
        Block(match["language"], match["text"], text.count("\n", 0, match.start()) + 1)
        for match in _BLOCK.finditer(text)
    )
    return [block for block in found if block.language == language]
