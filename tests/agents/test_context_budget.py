"""What an agent has to read stays as little as it is: a ceiling for each of the canonical answers.

``benchmarks/context.py`` prints the same figures beside those of peers. A ceiling that has to rise says why in its
commit; one that is far above what is measured is lowered.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.agents.context import PEERS_LISTS, QUESTIONS, Cost, ListCost, costs
from tests.agents.snapshot import assert_matches

pytestmark = pytest.mark.anyio

#: Bytes of the text, and of the JSON.
CEILINGS = {
    "10 tags": (1_350, 4_150),
    "100 tags": (8_100, 36_000),
    "the full version of a tag": (200, 2_100),
    "image details": (1_700, 6_200),
    "manifest": (5_100, 5_250),
    "check of 10": (1_050, 2_700),
    "compare": (825, 1_250),
    "search of 10": (1_600, 3_950),
    "repository": (220, 300),
    "layers": (1_050, 2_550),
    "layers, deep": (1_850, 3_600),
    "files of a directory": (500, 1_300),
    "a file": (220, 750),
    "Dockerfile": (1_550, 1_650),
    "base image": (475, 675),
    "registries": (400, 780),
    "not found": (200, 310),
    "wrong argument": (180, 300),
}
#: Of all tools, of what models see of them, of the server's instructions.
LIST_CEILINGS = (20_000, 9_100, 925)
#: What is measured is at least this part of its ceiling.
CLOSE = 0.85

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "context-cost.md"
PAGE_TEXT = """\
# What it costs to read

Bytes that an agent's conversation carries, of a Docker Hub double whose `nginx` is like the real one: eight
platforms and as many attestations a tag. A token is about four bytes of prose, and less of a digest. This page is
written by `tests/agents/test_context_budget.py`, which also holds a ceiling for each row; `benchmarks/context.py`
prints it anew.

## Before the first question

The list of tools stands in every conversation: all of it where the host passes on what it gets; names,
descriptions and schemas of arguments at least. The others' were measured from outside.

| server | tools | whole list | names, descriptions, arguments |
|---|--:|--:|--:|
{lists}

portcall's instructions, beside that, are {instructions:,} bytes.

## Answers

Each comes as text and as JSON; hosts give their model one, or both. docker/hub-mcp is computed: Docker Hub's own
documents about the same tags, which it answers with twice, as text and as JSON.

| answer | calls | text | JSON | docker/hub-mcp's |
|---|--:|--:|--:|--:|
{answers}
"""


@pytest.fixture(scope="module")
async def measured() -> tuple[ListCost, dict[str, Cost]]:
    listed, found = await costs(peers=True)
    return listed, {cost.question.title: cost for cost in found}


def assert_close_below(cost: int, ceiling: int) -> None:
    assert CLOSE * ceiling <= cost <= ceiling


def test_every_question_has_a_ceiling():
    assert list(CEILINGS) == [question.title for question in QUESTIONS]


@pytest.mark.parametrize("title", CEILINGS)
async def test_an_answer_costs_no_more_than_it_did(title: str, measured: tuple[ListCost, dict[str, Cost]]):
    cost = measured[1][title]
    for bytes_taken, ceiling in zip((cost.text, cost.structured), CEILINGS[title], strict=True):
        assert_close_below(bytes_taken, ceiling)


async def test_the_list_of_tools_costs_no_more_than_it_did(measured: tuple[ListCost, dict[str, Cost]]):
    listed = measured[0]
    for bytes_taken, ceiling in zip((listed.whole, listed.shown, listed.instructions), LIST_CEILINGS, strict=True):
        assert_close_below(bytes_taken, ceiling)


async def test_the_page_tells_what_it_costs(measured: tuple[ListCost, dict[str, Cost]]):
    listed, found = measured
    mine = (f"portcall, {listed.tools} tools", (listed.whole, listed.shown))
    lists = [
        "| {} | {} | {:,} | {:,} |".format(*name.removesuffix(" tools").split(", "), *sizes)
        for name, sizes in (mine, *PEERS_LISTS.items())
    ]
    answers = [
        f"| {title} | {cost.calls} | {cost.text:,} | {cost.structured:,} | {_twice(cost.hub)} |"
        for title, cost in found.items()
    ]
    tables = {"lists": "\n".join(lists), "answers": "\n".join(answers)}
    assert_matches(PAGE, PAGE_TEXT.format(**tables, instructions=listed.instructions))


def _twice(size: int | None) -> str:
    return f"{2 * size:,}" if size else ""


async def test_the_readme_tells_what_it_costs(measured: tuple[ListCost, dict[str, Cost]]):
    listed, found = measured
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{listed.tools} tools takes {listed.whole / 1000:.1f} kB of an agent's context" in readme
    assert f"ten tags of nginx take {found['10 tags'].text / 1000:.0f} kB" in readme
