"""Resources: what the tools say, under addresses; and what they say when there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from mcp.shared.exceptions import MCPError
from tests.agents.agent import connected, settings_for
from tests.doubles.dockerhub import DockerHubDouble

from portcall.settings import Settings
from portcall.testing import DEMO_HOST, FakeRegistry, image, layer, quirks

if TYPE_CHECKING:
    from tests.agents.agent import Agent

pytestmark = pytest.mark.anyio

INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603


async def read(agent: Agent, uri: str) -> str:
    (content,) = (await agent.client.read_resource(uri)).contents
    assert content.mime_type == "text/markdown"
    return str(getattr(content, "text", None))


async def refused(agent: Agent, uri: str) -> MCPError:
    with pytest.raises(MCPError) as caught:
        await agent.client.read_resource(uri)
    return caught.value


@pytest.mark.parametrize("name", [f"{DEMO_HOST}/shop/api", f"{DEMO_HOST}%2Fshop%2Fapi", f"{DEMO_HOST}%2fshop/api"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_image_reads_as_the_tool_tells_it(name: str, mode: str, demo: FakeRegistry):
    async with connected(settings_for(demo.address, [DEMO_HOST]), mode=mode) as agent:
        told = await agent.call("get_image_details", image_name=f"{DEMO_HOST}/shop/api:1.4.2")
        assert await read(agent, f"docker://image/{name}/1.4.2") == told.text


async def test_a_digest_may_stand_for_the_tag(demo_agent: Agent, demo: FakeRegistry):
    digest = demo.digest("shop/api", "1.4.2")
    text = await read(demo_agent, f"docker://image/{DEMO_HOST}/shop/api/{digest}")
    assert text.startswith(f"# {DEMO_HOST}/shop/api for `linux/amd64`")
    assert f"`{DEMO_HOST}/shop/api@{digest}`" in text


async def test_a_registry_may_have_a_port(fake: FakeRegistry):
    fake.push("team/api", image([layer({"a": "b"})]), tags=["1.0"])
    host = f"localhost:{fake.address.port}"
    async with connected(settings_for(fake.address, [host])) as agent:
        for name in (f"{host}/team/api", f"{host}%2Fteam%2Fapi", f"localhost%3A{fake.address.port}%2Fteam%2Fapi"):
            assert (await read(agent, f"docker://image/{name}/1.0")).startswith(f"# {host}/team/api:1.0")


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        (f"docker://image/{DEMO_HOST}/shop/api/1.4.20", f"not_found: {DEMO_HOST}/shop/api has no tag '1.4.20'"),
        (f"docker://image/{DEMO_HOST}/no/such/1", f"not_found: {DEMO_HOST} has no repository no/such"),
        (f"docker://image/{DEMO_HOST}/Shop/api/1", "invalid_reference: unexpected 'S'"),
        (f"docker://image/{DEMO_HOST}/shop/api:1.4/1.5", "invalid_argument: the argument `tag` contradicts"),
    ],
)
async def test_what_is_not_there_is_an_invalid_parameter(demo_agent: Agent, uri: str, told: str):
    error = await refused(demo_agent, uri)
    assert error.code == INVALID_PARAMS
    assert error.message.startswith(told)


async def test_a_failure_to_look_is_the_servers(fake_agent: Agent, fake: FakeRegistry):
    fake.add(quirks.Answer(403))
    error = await refused(fake_agent, "docker://image/registry.example/team/api/1.0")
    assert error.code == INTERNAL_ERROR
    assert error.message.startswith("forbidden: registry.example refuses access to")


@pytest.mark.parametrize(
    "uri",
    ["docker://image/nginx", "docker://nothing/nginx/1", "docker://image/../../etc/1", "docker://image/a%00b/1"],
)
async def test_an_address_that_means_nothing_is_an_invalid_parameter(
    demo_agent: Agent, uri: str, demo: FakeRegistry
):
    before = len(demo.requests)
    assert (await refused(demo_agent, uri)).code == INVALID_PARAMS
    assert len(demo.requests) == before


async def test_the_templates_are_listed(demo_agent: Agent):
    templates = (await demo_agent.client.list_resource_templates()).resource_templates
    assert {each.uri_template for each in templates} == {
        "docker://image/{+name}/{tag}",
        "docker://images/{+query}",
    }
    for template in templates:
        assert template.mime_type == "text/markdown"
        assert template.title
        assert template.description


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("query", ["nginx", "nginx%20proxy", "grafana%2Fgrafana", "grafana/grafana"])
async def test_a_search_reads_as_the_tool_tells_it(mode: str, query: str):
    with DockerHubDouble().serve() as places:
        entry = {**places.settings, "api": places.api}
        async with connected(Settings.model_validate({"registries": {"docker.io": entry}}), mode=mode) as agent:
            told = await agent.call("search_images", query=unquote(query))
            assert await read(agent, f"docker://images/{query}") == told.text
    assert unquote(query) in told.text


async def test_a_search_that_finds_nothing_is_no_error_and_an_empty_one_is():
    with DockerHubDouble().serve() as places:
        entry = {**places.settings, "api": places.api}
        async with connected(Settings.model_validate({"registries": {"docker.io": entry}})) as agent:
            assert (await read(agent, "docker://images/zzz-nothing-zzz")).startswith("# 0 images")
            assert (await refused(agent, "docker://images/%20")).code == INVALID_PARAMS
