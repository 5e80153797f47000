"""What an agent has to read stays as little as it is: a ceiling for each of the canonical answers.

``benchmarks/context.py`` prints the same figures beside those of peers. A ceiling that has to rise says why in its
commit; one that is far above what is measured is lowered.
"""

from __future__ import annotations

import pytest
from tests.agents.context import QUESTIONS, Cost, ListCost, costs

pytestmark = pytest.mark.anyio

#: Bytes of the text, and of the JSON.
CEILINGS = {
    "10 tags": (1_000, 3_500),
    "100 tags": (7_000, 32_500),
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
LIST_CEILINGS = (18_500, 9_400, 925)
#: What is measured is at least this part of its ceiling.
CLOSE = 0.85


@pytest.fixture(scope="module")
async def measured() -> tuple[ListCost, dict[str, Cost]]:
    listed, found = await costs()
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
