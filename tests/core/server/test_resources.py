"""Resources: what the tools say, under addresses; and what they say when there is nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from mcp.shared.exceptions import MCPError
from tests.agents.agent import connected, settings_for
from tests.doubles.dockerhub import DockerHubDouble

from portcall.render.budget import BUDGET
from portcall.server.subscriptions.address import TEMPLATE as WATCHED
from portcall.server.subscriptions.address import TagAddresses
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
    [
        "docker://nothing/hunter2/1",
        "docker://image/../../hunter2/1",
        "docker://image/hunter2%00b/1",
        "docker://tags/hunter2?cursor=x",
        "docker://registries/hunter2",
        "https://hub.docker.com/hunter2",
    ],
)
async def test_an_address_that_means_nothing_is_an_invalid_parameter_and_told_what_there_is(
    demo_agent: Agent, uri: str, demo: FakeRegistry
):
    before = len(demo.requests)
    error = await refused(demo_agent, uri)
    assert error.code == INVALID_PARAMS
    assert error.message.startswith("invalid_argument: there is no such resource here. Read")
    assert "docker://image/{+name}/{tag}" in error.message
    assert "docker://registries" in error.message
    assert "hunter2" not in error.message
    assert len(demo.requests) == before


@pytest.mark.parametrize(
    ("uri", "means"),
    [
        (f"docker://image/{DEMO_HOST}%2Fshop%2Fapi", "latest"),
        (f"docker://image/{DEMO_HOST}/shop/api/", "latest"),
        (f"docker://image/{DEMO_HOST}/shop/api:1.4.2", "1.4.2"),
        (f"docker://image/{DEMO_HOST}%2Fshop%2Fapi:1.4.2", "1.4.2"),
        (f"docker://image/{DEMO_HOST}/shop/api:1.4.2/latest", "1.4.2"),
    ],
)
async def test_an_image_without_a_tag_of_its_own_is_the_latest_or_what_its_name_says(
    demo_agent: Agent, uri: str, means: str
):
    """What people try who think of references: the tag left out, or behind a colon."""
    expected = await demo_agent.call("get_image_details", image_name=f"{DEMO_HOST}/shop/api:{means}")
    assert await read(demo_agent, uri) == expected.text


async def test_a_digest_may_stand_behind_the_name(demo_agent: Agent, demo: FakeRegistry):
    digest = demo.digest("shop/api", "1.4.2")
    text = await read(demo_agent, f"docker://image/{DEMO_HOST}/shop/api@{digest}")
    assert f"`{DEMO_HOST}/shop/api@{digest}`" in text


async def test_whose_last_part_was_taken_for_a_tag_is_told_so(demo_agent: Agent):
    """``docker://image/…/shop/api`` names the tag ``api`` of ``shop``."""
    error = await refused(demo_agent, f"docker://image/{DEMO_HOST}/shop/api")
    assert error.code == INVALID_PARAMS
    assert "The last part of the address is the tag" in error.message
    assert "The last part" not in (await refused(demo_agent, f"docker://image/{DEMO_HOST}/shop/api/0.0.1")).message


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("uri", "tool", "arguments"),
    [
        (f"docker://tags/{DEMO_HOST}/shop/api", "search_tags", {"image_name": f"{DEMO_HOST}/shop/api"}),
        (f"docker://tags/{DEMO_HOST}%2Fshop%2Fapi", "search_tags", {"image_name": f"{DEMO_HOST}/shop/api"}),
        (
            f"docker://dockerfile/{DEMO_HOST}/shop/api/1.4.2",
            "get_dockerfile",
            {"image_name": f"{DEMO_HOST}/shop/api:1.4.2"},
        ),
        (
            f"docker://dockerfile/{DEMO_HOST}%2Fshop%2Fapi",
            "get_dockerfile",
            {"image_name": f"{DEMO_HOST}/shop/api"},
        ),
        ("docker://registries", "list_registries", {}),
    ],
)
async def test_each_address_reads_as_its_tool_tells_it(
    uri: str, tool: str, arguments: dict[str, str], mode: str, demo: FakeRegistry
):
    async with connected(settings_for(demo.address, [DEMO_HOST]), mode=mode) as agent:
        told = await agent.call(tool, **arguments)
        assert not told.is_error
        assert await read(agent, uri) == told.text


async def test_a_list_that_goes_on_says_with_which_tool(fake_agent: Agent, fake: FakeRegistry):
    """An address has no place for a cursor; the one that is told is good for the tool's own call."""
    fake.push("team/api", image([layer({"a": "b"})]), tags=[f"1.{minor}" for minor in range(30)])
    text = await read(fake_agent, "docker://tags/registry.example/team/api")
    assert text.endswith("the tool search_tags, with the same image_name and that cursor, goes on.")
    cursor = re.search(r"with cursor `([^`]+)`", text)
    assert cursor is not None
    rest = await fake_agent.call("search_tags", image_name="registry.example/team/api", cursor=cursor[1])
    assert [tag["name"] for tag in rest.structured["tags"]] == ["1.4", "1.3", "1.2", "1.1", "1.0"]
    fake.push("team/few", image([layer({"a": "b"})]), tags=["1.0"])
    assert "goes on" not in await read(fake_agent, "docker://tags/registry.example/team/few")


async def test_a_long_dockerfile_is_cut_within_the_budget_and_says_so(fake_agent: Agent, fake: FakeRegistry):
    steps = [layer({f"f{n}": "x"}, command=f"RUN echo {n} {'long ' * 60}") for n in range(100)]
    fake.push("team/api", image(steps), tags=["1.0"])
    text = await read(fake_agent, "docker://dockerfile/registry.example/team/api/1.0")
    assert len(text) <= BUDGET
    assert re.search(r"cut to its first \d+ of \d+ lines", text)


async def test_a_crash_of_ours_repeats_nothing_and_ends_nothing(
    demo_agent: Agent, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as broken:
        broken.setattr("portcall.server.reading.fitted", lambda _: 1 / 0)
        error = await refused(demo_agent, f"docker://image/{DEMO_HOST}/shop/api/1.4.2")
    assert error.code == INTERNAL_ERROR
    assert error.message == "internal: portcall failed. This is a bug; the log holds the details."
    assert await read(demo_agent, f"docker://image/{DEMO_HOST}/shop/api/1.4.2")


TEMPLATES = {
    "docker://image/{+name}/{tag}": "inspect",
    "docker://tags/{+name}": "inspect",
    "docker://images/{+query}": "discovery",
    "docker://dockerfile/{+name}/{tag}": "dockerfile",
}


async def listed(agent: Agent) -> tuple[set[str], set[str]]:
    templates = (await agent.client.list_resource_templates()).resource_templates
    fixed = (await agent.client.list_resources()).resources
    for each in (*templates, *fixed):
        assert each.mime_type == "text/markdown"
        assert each.title
        assert each.description
    return {each.uri_template for each in templates}, {each.uri for each in fixed}


async def test_the_resources_are_listed_each_in_one_form(demo_agent: Agent):
    assert await listed(demo_agent) == (TEMPLATES.keys(), {"docker://registries"})


@pytest.mark.parametrize("toolset", ["discovery", "inspect", "content", "dockerfile"])
async def test_what_no_offered_tool_tells_no_resource_tells(toolset: str, demo: FakeRegistry):
    settings = settings_for(demo.address, [DEMO_HOST])
    async with connected(settings, toolsets=[toolset]) as agent:
        templates, fixed = await listed(agent)
        assert templates == {template for template, needed in TEMPLATES.items() if needed == toolset}
        assert fixed == ({"docker://registries"} if toolset == "discovery" else set())
        if toolset != "inspect":
            error = await refused(agent, f"docker://image/{DEMO_HOST}/shop/api/1.4.2")
            assert error.code == INVALID_PARAMS
            assert "docker://image/" not in error.message


async def test_what_can_be_read_can_be_listened_for(demo_agent: Agent):
    """The address of an image is the same for whoever reads and for whoever subscribes."""
    read_by, _ = await listed(demo_agent)
    assert WATCHED in read_by
    assert TagAddresses().read(f"docker://image/{DEMO_HOST}/shop/api/1.4.2").tag == "1.4.2"


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
