"""Walking through pages at the MCP door: nothing is lost, nothing comes twice, whatever was cut."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.agents.agent import Agent, Answer, connected, settings_for

from portcall.render.budget import BUDGET
from portcall.testing import FakeRegistry, image, index, layer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

TAGS = tuple(
    f"{major}.{minor}.{patch}-alpine3.20" for major in range(3) for minor in range(20) for patch in range(25)
)
WIDE = 400


@pytest.fixture(scope="module")
def full() -> Iterator[FakeRegistry]:
    """A registry with a repository of 1,500 tags, and with an index of 400 entries."""
    registry = FakeRegistry(page_size=400)
    built = image([layer({"a": "b"})])
    registry.push("team/api", built, tags=TAGS)
    registry.push("team/wide", index({f"linux/arm/v{number}": built for number in range(WIDE)}), tags=["latest"])
    with registry.serve():
        yield registry


async def walked(agent: Agent, **arguments: object) -> list[Answer]:
    pages = [await agent.call("search_tags", **arguments)]
    while pages[-1].structured["next_cursor"]:
        # As an agent does: the cursor that the text names.
        cursor = pages[-1].says(r"more: the same with cursor `([^`]+)`")
        assert cursor == pages[-1].structured["next_cursor"]
        pages.append(await agent.call("search_tags", **arguments, cursor=cursor))
        assert len(pages) < 100
    return pages


def rows(page: Answer) -> list[str]:
    told: list[str] = [tag["name"] for tag in page.structured["tags"]]
    shown = [
        name for name in re.findall(r"`([^`]+)`", page.text.partition("\n\n`")[2].join("``")) if name in set(told)
    ]
    assert shown == told
    return told


@pytest.mark.parametrize("limit", [100, 1000])
@pytest.mark.parametrize("order", ["version", "name"])
async def test_all_pages_together_are_all_tags(full: FakeRegistry, limit: int, order: str):
    async with connected(settings_for(full.address, ["registry.example"])) as agent:
        pages = await walked(agent, image_name="registry.example/team/api", limit=limit, order=order)
    names = [name for page in pages for name in rows(page)]
    assert len(names) == len(TAGS)
    assert set(names) == set(TAGS)
    for page in pages:
        assert len(page.text) <= BUDGET
        assert len(json.dumps(page.structured, separators=(",", ":"))) <= BUDGET
        assert page.structured["total"] == len(TAGS)
    cut = [page for page in pages if "to stay readable" in page.text]
    assert bool(cut) == (limit == 1000)


async def test_a_cursor_is_good_for_another_replica(full: FakeRegistry):
    settings = settings_for(full.address, ["registry.example"])
    arguments = {"image_name": "registry.example/team/api", "limit": 1000}
    async with connected(settings) as one:
        first = await one.call("search_tags", **arguments)
    async with connected(settings) as other:
        second = await other.call("search_tags", **arguments, cursor=first.structured["next_cursor"])
    assert not set(rows(first)) & set(rows(second))


async def test_the_tags_of_one_digest_go_on_too(full: FakeRegistry):
    async with connected(settings_for(full.address, ["registry.example"])) as agent:
        pages = await walked(
            agent, image_name="registry.example/team/api:2.19.24-alpine3.20", tag_pattern="2.*", limit=90
        )
    names = [name for page in pages for name in rows(page)]
    assert len(names) == len(set(names)) == pages[0].structured["total"]


async def test_an_index_over_the_budget_is_named_with_its_entries(full: FakeRegistry):
    async with connected(settings_for(full.address, ["registry.example"])) as agent:
        answer = await agent.call("get_manifest", image_name="registry.example/team/wide")
        assert answer.code == "too_large"
        assert len(answer.text) <= BUDGET
        assert len(json.dumps(answer.structured)) <= BUDGET
        assert answer.says(f"lists {WIDE} others")
        digest = answer.says(r"Candidates: `(sha256:[0-9a-f]{64}) linux/arm/v0`")
        # And the next step that it names works.
        entry = await agent.call("get_manifest", image_name="registry.example/team/wide", tag=digest)
        assert entry.says(digest)
        assert not (
            await agent.call("get_manifest", image_name="registry.example/team/wide", platform="linux/arm/v7")
        ).is_error
