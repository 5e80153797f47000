"""Resources, prompts and completions: the same strangers, other doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent
from tests.agents.agent import Agent, connected
from tests.security.untrusted.oracle import faults_in_json, faults_in_text
from tests.security.untrusted.payloads import WORD
from tests.security.untrusted.strangers import HOST, IMAGES, MIXTURES, TAG, Strangers

from portcall.render.budget import BUDGET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

NAMES = (*(f"{HOST}/evil/{number}" for number in IMAGES), "docker.io/evil/stranger0", "ghcr.io/evil/stranger")


@pytest.fixture(params=["auto", pytest.param("legacy", marks=pytest.mark.slow)])
async def agent(strangers: Strangers, request: pytest.FixtureRequest) -> AsyncIterator[Agent]:
    async with connected(strangers.settings, mode=request.param) as agent:
        yield agent


def addresses() -> list[str]:
    """Return an address of every kind, for every stranger."""
    found = [f"docker://{kind}/{name}/1.0" for kind in ("image", "dockerfile") for name in NAMES]
    found += [f"docker://image/{name}/{tag}" for name in NAMES[: len(IMAGES)] for tag in ("platforms", "artifact")]
    return [
        *found,
        *(f"docker://tags/{name}" for name in NAMES),
        "docker://images/stranger",
        "docker://registries",
    ]


async def test_no_word_of_a_strangers_is_alive_in_any_resource(agent: Agent):
    kinds, told = set(), ""
    for address in addresses():
        (content,) = (await agent.client.read_resource(address)).contents
        text = getattr(content, "text", "")
        assert faults_in_text(text) == [], address
        assert len(text) <= BUDGET
        kinds.add(address.split("/")[2])
        told += text
    assert WORD in told
    listed = [each.uri_template for each in (await agent.client.list_resource_templates()).resource_templates]
    listed += [str(each.uri) for each in (await agent.client.list_resources()).resources]
    assert kinds == {uri.split("/")[2] for uri in listed}


async def test_no_address_comes_back_alive(agent: Agent):
    for word in MIXTURES:
        for kind in ("image", "dockerfile", "tags", "images", "nosuch"):
            with pytest.raises(MCPError) as refused:
                await agent.client.read_resource(f"docker://{kind}/{HOST}/{word}/1.0")
            assert faults_in_text(refused.value.message) == [], (kind, word)


async def test_no_argument_of_a_prompt_is_alive(agent: Agent):
    """What fills a prompt in may well be what a stranger told somebody to write there."""
    for prompt in (await agent.client.list_prompts()).prompts:
        for argument in prompt.arguments or ():
            for word in MIXTURES:
                filled = {each.name: "nginx:1" for each in prompt.arguments or () if each.required}
                text = await _prompted(agent, prompt.name, filled | {argument.name: word})
                assert faults_in_text(text) == [], (prompt.name, argument.name, word)


async def _prompted(agent: Agent, name: str, arguments: dict[str, str]) -> str:
    try:
        told = await agent.client.get_prompt(name, arguments)
    except MCPError as refused:
        return refused.message
    contents = [message.content for message in told.messages]
    return "\n\n".join(content.text for content in contents if isinstance(content, TextContent))


async def test_completions_are_names_and_tags_alone(agent: Agent):
    image: Any = ResourceTemplateReference(type="ref/resource", uri="docker://image/{+name}/{tag}")
    audit: Any = PromptReference(type="ref/prompt", name="audit_image")
    told: list[str] = []
    for name in NAMES:
        asked = [(image, {"name": "name", "value": name[:-1]}, None)]
        asked += [(image, {"name": "tag", "value": ""}, {"name": name})]
        asked += [(audit, {"name": "image", "value": f"{name}:"}, None)]
        for word in MIXTURES:
            asked += [(image, {"name": "name", "value": f"{HOST}/{word}"}, None)]
            asked += [(image, {"name": "tag", "value": word}, {"name": name})]
        for ref, value, known in asked:
            told += (await agent.client.complete(ref, value, known)).completion.values
    assert TAG in told
    assert f"{NAMES[0]}:{TAG}" in told
    assert faults_in_json(told) == []
    assert not [value for value in told if WORD in value or not set(value) <= set(_NAMED)]


_NAMED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:"
