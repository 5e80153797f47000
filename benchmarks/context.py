"""What portcall costs a conversation: bytes of the list of tools and of answers, beside what peers' would be.

``--json`` for the figures alone. It takes two seconds, and no internet: Docker Hub is a double on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import print_grid

sys.path.insert(0, str(Path(__file__).parents[1]))  # the test bed is no package that is installed

from tests.agents.context import PEERS_LISTS, Cost, ListCost, costs

NOTES = """\
Bytes of UTF-8; tokens are estimated, as a quarter of the bytes of the text. text and JSON are the two forms of one
answer: hosts give their model one, or both. Peers' columns are computed from their measured shapes, over the very
same content: docker/hub-mcp answers with Docker Hub's own documents, once as text and once as JSON, here added up
(measured with another fixture of 16 entries a tag: 118 kB for 10 tags, 1.18 MB for 100); a manifest and its
configuration, as they are stored, are what StacklokLabs/ocireg-mcp answers with, also twice. "–": they have no
such tool, or what it answers was not measured. portcall keeps each form of an answer below 20,000 characters:
"100 tags" are all the calls together that it takes.
"""


def tokens(size: int) -> int:
    """Return an estimate; what it really is depends on the model."""
    return round(size / 4)


def print_lists(cost: ListCost) -> None:
    rows = {f"portcall, {cost.tools} tools": (cost.whole, cost.shown), **PEERS_LISTS}
    columns = {
        "whole list": {name: f"{whole:,}" for name, (whole, _) in rows.items()},
        "names, descriptions, inputs": {name: f"{shown:,}" for name, (_, shown) in rows.items()},
        "a tool": {name: f"{whole // int(name.split()[-2]):,}" for name, (whole, _) in rows.items()},
    }
    print_grid("The list of tools: bytes; less is better", columns)
    print(f"\nThe server's instructions: {cost.instructions:,} bytes.")


def print_answers(found: list[Cost]) -> None:
    cells: dict[str, Callable[[Cost], str]] = {
        "calls": lambda cost: str(cost.calls),
        "text": lambda cost: f"{cost.text:,}",
        "~tokens": lambda cost: f"{tokens(cost.text):,}",
        "JSON": lambda cost: f"{cost.structured:,}",
        "both": lambda cost: f"{cost.text + cost.structured:,}",
        "hub-mcp": lambda cost: _beside(cost, cost.hub),
        "manifest + configuration": lambda cost: _beside(cost, cost.raw),
    }
    columns = {title: {cost.question.title: cell(cost) for cost in found} for title, cell in cells.items()}
    print_grid(
        "Answers about library/nginx, 16 entries a tag: bytes, × of portcall's both; less is better", columns
    )


def _beside(cost: Cost, document: int | None) -> str:
    if document is None:
        return "–"
    return f"{2 * document:,} {2 * document / (cost.text + cost.structured):5.1f}×"


def as_json(listed: ListCost, found: list[Cost]) -> dict[str, Any]:
    """Return the figures; a peer's are those of both its forms."""
    answers = {
        cost.question.title: {
            "calls": cost.calls,
            "text": cost.text,
            "structured": cost.structured,
            "hub_mcp": cost.hub and 2 * cost.hub,
            "manifest_and_configuration": cost.raw and 2 * cost.raw,
        }
        for cost in found
    }
    tools = {"tools": listed.tools, "whole": listed.whole, "shown": listed.shown}
    return {"list": tools | {"instructions": listed.instructions}, "answers": answers}


def main() -> None:
    parser = argparse.ArgumentParser(description="What portcall costs a conversation, in bytes.")
    parser.add_argument("--json", action="store_true", help="the figures alone")
    options = parser.parse_args()
    listed, found = asyncio.run(costs(peers=True))
    if options.json:
        print(json.dumps(as_json(listed, found), indent=2))
        return
    print(NOTES)
    print_lists(listed)
    print_answers(found)


if __name__ == "__main__":
    main()
