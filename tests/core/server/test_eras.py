"""Both protocol eras, the handshake's and the one without, get the same tools and the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.agents.agent import connected, settings_for

from portcall import __version__
from portcall.errors import InvalidArgumentError
from portcall.gateway import Portcall
from portcall.server.app import build_server
from portcall.server.instructions import instructions
from portcall.settings import Settings
from portcall.testing import DEMO_HOST, FakeRegistry
from portcall.tools import TOOLS

if TYPE_CHECKING:
    from tests.agents.agent import Agent, Answer

pytestmark = pytest.mark.anyio

ERAS = ("auto", "legacy")
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_registries", {}),
    ("search_tags", {"image_name": f"{DEMO_HOST}/shop/gateway", "limit": 5}),
    ("search_tags", {"image_name": f"{DEMO_HOST}/shop/gateway:stable"}),
    ("get_image_details", {"image_name": f"{DEMO_HOST}/shop/api:1.4.2", "platform": "linux/arm64"}),
    ("get_image_details", {"image_name": f"{DEMO_HOST}/shop/api:1.4.20"}),
    ("get_image_details", {"image_name": "UPPER/case"}),
    ("get_image_details", {}),
    ("get_manifest", {"image_name": f"{DEMO_HOST}/shop/worker"}),
    ("check_images", {"images": [f"{DEMO_HOST}/shop/api", f"{DEMO_HOST}/no/such"]}),
    ("delete_everything", {"secret": "x"}),
    ("search_tags", {"image_name": f"{DEMO_HOST}/shop/api", "tag_pattern": None, "limit": "5", "cursor": ""}),
    ("check_images", {"images": f'["{DEMO_HOST}/shop/api"]', "platform": None, "suggest_newer": "true"}),
    ("get_manifest", {"image": "x", "password": "hunter2"}),
)


async def all_answers(demo: FakeRegistry, mode: str) -> list[Answer]:
    async with connected(settings_for(demo.address, [DEMO_HOST]), mode=mode) as agent:
        for tool, arguments in CALLS:
            await agent.call(tool, **arguments)
        return agent.answers


async def test_both_eras_get_the_same_answers(demo: FakeRegistry):
    modern, legacy = [await all_answers(demo, mode) for mode in ERAS]
    assert modern == legacy
    assert [answer.is_error for answer in modern] == [False] * 4 + [True] * 3 + [False] * 2 + [
        True,
        False,
        False,
        True,
    ]
    assert modern[-2].structured["ok"] == 1
    assert modern[-1].says("there is no argument `password`")
    assert "hunter2" not in modern[-1].text + str(modern[-1].structured)


@pytest.mark.parametrize("mode", ERAS)
async def test_the_server_says_who_it_is(mode: str):
    async with connected(Settings(), mode=mode) as agent:
        info = agent.client.server_info
        assert info is not None
        assert (info.name, info.version) == ("portcall", __version__)
        assert agent.client.session.instructions == instructions(TOOLS)
        assert len(instructions(TOOLS)) < 1000


@pytest.mark.parametrize("mode", ERAS)
async def test_an_unknown_tool_is_answered_in_our_own_words(mode: str):
    async with connected(Settings(), mode=mode) as agent:
        answer = await agent.call("get_image_detail", image_name="hunter2")
        assert answer.code == "invalid_argument"
        assert answer.says(r"The tools are .*`get_image_details`")
        assert "hunter2" not in answer.text + str(answer.structured)


DISCOVERY = ["list_registries", "search_images", "search_users", "list_repositories", "get_repository"]


@pytest.mark.parametrize("mode", ERAS)
async def test_toolsets_hide_the_others_and_refuse_them(mode: str, demo: FakeRegistry):
    asked_before = len(demo.requests)
    settings = settings_for(demo.address, [DEMO_HOST])
    async with connected(settings, mode=mode, toolsets=["discovery"]) as agent:
        assert [tool.name for tool in (await agent.client.list_tools()).tools] == DISCOVERY
        assert not (await agent.call("list_registries")).is_error
        refused = await agent.call("get_manifest", image_name=f"{DEMO_HOST}/shop/api")
        assert refused.code == "invalid_argument"
        assert refused.structured["error"]["hint"] == f"The tools are {', '.join(DISCOVERY)}."
    assert len(demo.requests) == asked_before


def test_an_unknown_toolset_stops_the_start():
    with pytest.raises(InvalidArgumentError, match="no toolset 'everything'"):
        build_server(Portcall(Settings()), ["everything"])


@pytest.mark.parametrize("mode", ERAS)
async def test_progress_rises_through_all_parts_of_the_work(mode: str, demo: FakeRegistry):
    async with connected(settings_for(demo.address, [DEMO_HOST]), mode=mode) as agent:
        told = await progress_of(agent, "search_tags", image_name=f"{DEMO_HOST}/shop/gateway:stable")
    assert len(told) > 5
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert all(total is None or done <= total for done, total, _ in told)
    assert told[-1][2] == "tags compared"


async def progress_of(agent: Agent, tool: str, **arguments: Any) -> list[tuple[float, float | None, str | None]]:
    told: list[tuple[float, float | None, str | None]] = []

    async def heard(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    result = await agent.client.call_tool(tool, arguments, progress_callback=heard)
    assert not result.is_error
    return told


@pytest.mark.parametrize("mode", ERAS)
async def test_one_bad_answer_does_not_end_the_session(mode: str, monkeypatch: pytest.MonkeyPatch):
    async with connected(Settings(), mode=mode) as agent:
        with monkeypatch.context() as broken:
            broken.setattr("portcall.server.tool.fitted", lambda _: 1 / 0)
            answer = await agent.call("list_registries")
        assert answer.code == "internal"
        assert "ZeroDivisionError" not in answer.text
        assert not (await agent.call("list_registries")).is_error
