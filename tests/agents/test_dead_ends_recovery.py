"""Bad luck: the first attempt at a task fails, and what the error says, read as text, leads to the end.

The numbers are those of ``docs/tasks.md``. Nothing here knows what the right name is: it is read from the answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from mcp.shared.exceptions import MCPError
from tests.agents.images import app
from tests.agents.world import World
from tests.security.internet import Internet

from portcall.testing import Reply, image, index, layer, quirks

if TYPE_CHECKING:
    from tests.agents.agent import Agent

pytestmark = pytest.mark.anyio

CORPORATE = "registry.corp.example"


async def test_task_1_with_the_platform_the_wrong_way_round(agent: Agent):
    refused = await agent.call("get_image_details", image_name="postgres:16.9", platform="arm64/linux")
    image = await agent.call("get_image_details", image_name="postgres:16.9", platform=refused.candidate)
    assert image.says("for `linux/arm64/v8`")
    assert image.says("pinned: `postgres@sha256:")


async def test_task_1_with_the_name_mistyped(agent: Agent):
    missing = await agent.call("search_tags", image_name="postgress", tag_pattern="version:16")
    tags = await agent.call("search_tags", image_name=missing.candidate, tag_pattern="version:16")
    assert tags.says("newest stable of these: `([^`]+)`") == "16.9"


async def test_task_2_by_the_tool_of_another_server(agent: Agent):
    unknown = await agent.call("list_tags", image_name="nginx")
    tags = await agent.call(unknown.structured["error"]["candidates"][0], image_name="nginx")
    assert tags.says("newest release: `([^`]+)`") == "1.29.1"


async def test_task_2_in_an_order_that_there_is_not(agent: Agent):
    refused = await agent.call("search_tags", image_name="nginx", order="date")
    order = refused.says(r"`(\w+)` sorts by date")
    tags = await agent.call("search_tags", image_name="nginx", order=order)
    assert tags.says("by updated")


async def test_task_3_with_another_name_for_the_argument(agent: Agent):
    refused = await agent.call("search_tags", image="python:3")
    argument = refused.says(r"Did you mean `(\w+)`\?")
    tags = await agent.call("search_tags", **{argument: "python:3"})
    assert tags.says("full version: `([^`]+)`") == "3.13.5"


async def test_task_5_without_the_letter_of_the_tag(agent: Agent):
    new = "ghcr.io/acme/app:v1.5.0"
    missing = await agent.call("compare_images", image_a="ghcr.io/acme/app:1.4.2", image_b=new)
    assert missing.says("the first image")
    changes = await agent.call("compare_images", image_a=f"ghcr.io/acme/app:{missing.candidate}", image_b=new)
    assert changes.says(r"^\+ user: (.*)") == "app"


async def test_task_6_at_a_registry_that_is_mistyped(agent: Agent, monkeypatch: pytest.MonkeyPatch):
    internet = Internet()
    internet.name("registry.corp.exampel")
    internet.install(monkeypatch)
    nowhere = await agent.call("analyze_layers", image_name="registry.corp.exampel/team/api:prod", deep=True)
    assert nowhere.code == "unreachable"
    image = await agent.call("analyze_layers", image_name=nowhere.candidate, deep=True)
    assert image.says(r"reclaimable: \*\*([^*]+)\*\*") == "1.5 MB"


async def test_task_7_with_the_path_mistyped(agent: Agent):
    name = "quay.io/acme/tool:latest"
    missing = await agent.call("read_file", image_name=name, path="/etc/os-relase")
    file = await agent.call("read_file", image_name=name, path=missing.candidate)
    assert file.says("^VERSION_ID=(.*)") == "3.21.3"


async def test_task_8_at_a_private_repository_without_a_login(registries: World):
    """Here no agent gets further by itself; it knows what to ask its person for."""
    registries.github.package("acme/secret", repository="acme/app", visibility="private")
    registries.github.push("acme/secret", app("v1.5.0"), tags=["v1.5.0"])
    async with registries.agent() as agent:
        hidden = await agent.call("get_image_details", image_name="ghcr.io/acme/secret:v1.5.0")
    assert hidden.code == "not_found"
    assert hidden.says("is private, or not there")
    assert hidden.says(r"What opens it: (.*), with a classic token that has the scope") == "docker login ghcr.io"


async def test_task_10_by_a_manifest_that_is_too_large(registries: World):
    children = {f"linux/arm/v{number}": image([layer({"a": str(number)})]) for number in range(5, 9)}
    words = {f"org.example.note.{number}": "many words " * 40 for number in range(60)}
    registries.corporate.push("team/large", index(children, annotations=words), tags=["1"])
    async with registries.agent() as agent:
        large = await agent.call("get_manifest", image_name=f"{CORPORATE}/team/large:1")
        assert large.code == "too_large"
        assert large.says("Ask for one of its entries by platform, or by digest as tag")
        digest, platform = large.candidate.split()
        child = await agent.call("get_manifest", image_name=f"{CORPORATE}/team/large", tag=digest)
    assert child.says(digest)
    assert platform.startswith("linux/arm")


async def test_task_12_with_a_severity_that_there_is_not(agent: Agent):
    refused = await agent.call("get_vulnerabilities", image_name="quay.io/acme/tool:latest", severity="severe")
    worst = refused.says("none of `?(critical)")
    report = await agent.call("get_vulnerabilities", image_name="quay.io/acme/tool:latest", severity=worst)
    assert report.says("1 critical, 1 high, 1 medium")


async def test_task_12_at_a_registry_that_scans_nothing(agent: Agent):
    unable = await agent.call("get_vulnerabilities", image_name="nginx:1.29.1")
    assert unable.code == "unsupported"
    assert unable.says(r"Registries that have vulnerabilities: (.*)\.$") == "quay.io"


async def test_task_13_with_the_dockerfile_as_dockerfile(agent: Agent):
    text = "FROM python:3.11.13-alpine\nUSER app\n"
    refused = await agent.call("analyze_dockerfile", dockerfile=text)
    review = await agent.call("analyze_dockerfile", **{refused.says(r"Did you mean `(\w+)`\?"): text})
    assert review.says("line 1: .* newer: `([^`]+)`") == "3.13.5-alpine"


async def test_task_14_at_a_registry_without_sources(agent: Agent):
    unable = await agent.call("search_dockerfiles", query="ffmpeg alpine", registry="quay.io")
    able = unable.says(r"Registries that have dockerfiles: (.*)\.$").split(", ")
    found = await agent.call("search_dockerfiles", query="ffmpeg alpine", registry=able[0])
    assert found.says("^# 1 Dockerfile by way of ghcr.io")


async def test_task_15_without_the_argument_that_is_due(agent: Agent):
    refused = await agent.call("list_repositories")
    assert refused.says("Name a user or organisation")
    assert (await agent.call(refused.says(r"with (\w+)"), query="grafana")).says("`grafana/grafana`")


async def test_task_18_when_no_pulls_are_left(registries: World):
    registries.docker_hub.pull_limit.exhaust()
    async with registries.agent() as agent:
        spent = await agent.call("get_image_details", image_name="redis:7.2.9")
        assert spent.code == "rate_limited"
        assert spent.says("Signed-in callers often have a larger allowance")
        tool, switch = spent.says(r"(\w+ with \w+)=true tells what is left").split(" with ")
        told = await agent.call(tool, registry="docker.io", **{switch: True})
    assert told.says("(0 of 100) pulls left per 6 h, those spent are back within 6 h")


async def test_a_pause_that_is_asked_for_is_told_in_seconds(registries: World):
    registries.corporate.add(quirks.Answer(429, retry_after=40))
    async with registries.agent() as agent:
        told = await agent.call("get_image_details", image_name=f"{CORPORATE}/team/base:12")
    assert told.code == "rate_limited"
    assert told.structured["error"]["retry_after"] == int(told.says(r"(\d+) seconds")) == 40


async def test_task_19_without_anything_that_was_kept(registries: World):
    registries.docker_hub.fail("registry", Reply(status=501))
    async with registries.agent() as agent:
        down = await agent.call("get_image_details", image_name="redis:8")
    assert down.code == "upstream_error"
    assert down.says("[Tt]ry again later")
    assert not re.search("no such|does not exist|has no", down.text)


async def test_task_20_at_a_registry_that_nobody_vouches_for(agent: Agent):
    address = await agent.address_of("image", name="elsewhere.example/acme/app", tag="stable")
    with pytest.raises(MCPError, match=r"The operator can list others under \[registries\]"):
        await agent.hears_of(address)
